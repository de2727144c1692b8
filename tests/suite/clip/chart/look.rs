//! How a chart looks: chosen in an address or the form, stored with the chart.

use super::*;

fn with_look(look: &Value) -> Value {
    let mut chart = line();
    chart["look"] = look.clone();
    chart
}

#[tokio::test(flavor = "multi_thread")]
async fn a_look_is_stored_with_the_chart_and_drawn() {
    let server = Server::start().await;
    let clip = sales(&server).await;
    let look = json!({"area": true, "share": true, "goal": "12.50", "numbers": "compact", "decimals": 1, "x_title": "Day", "y_title": "Sales"});
    let chart = with_look(&look);
    assert_eq!(
        keep(&server.administrator, &clip, &chart).await,
        (200, chart.clone())
    );
    let kept = status_and_body(server.administrator.get(&chart_of(&clip)).await).await;
    assert_eq!(kept, (200, chart));
    let path = format!("/{}?chart=1", clip.slug);
    let page = server.anonymous().get(&path).await;
    let page = page.text().await.unwrap().replace("&#34;", "\"");
    for part in [
        "\"goal\":\"12.50\"",
        "\"share\":true",
        "<option value=\"100\" selected>",
        "name=\"chart.x_title\" value=\"Day\"",
        "<details class=\"look\" data-unless=\"figure\" open>",
    ] {
        assert!(page.contains(part), "{part}: {page}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_stores_a_look_and_a_chart_without_one_tells_of_none() {
    let server = Server::start().await;
    let clip = sales(&server).await;
    let ada = server.signed_in("ada@example.com").await;
    let path = format!("/{}/chart?version=1&result=1", clip.slug);
    let fields = [("kind", "bar"), ("x", "2"), ("y", "3"), ("stack", "100")];
    let fields = [
        &fields[..],
        &[("goal", " 50 "), ("numbers", ""), ("x_title", "")],
    ]
    .concat();
    assert_eq!(ada.submit(&path, &fields).await.status(), 303);
    let stored = status_and_body(server.administrator.get(&chart_of(&clip)).await)
        .await
        .1;
    assert_eq!(stored["look"], json!({"share": true, "goal": "50"}));
    assert_eq!(stored["stacked"], json!(true));
    assert_eq!(
        keep(&server.administrator, &clip, &line()).await,
        (200, line())
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_look_that_cannot_be_drawn_is_refused_with_a_sentence() {
    let server = Server::start().await;
    let clip = sales(&server).await;
    for (look, words) in [
        (json!({"log": true}), "cannot have a logarithmic scale"),
        (json!({"goal": "many"}), "Give the goal as a number"),
        (json!({"decimals": 11}), "from 0 to 10"),
        (
            json!({"y_title": "x".repeat(101)}),
            "at most 100 characters",
        ),
        (json!({"colour": "red"}), "colour"),
        (json!({"numbers": "roman"}), "roman"),
    ] {
        let (status, body) = keep(&server.administrator, &clip, &with_look(&look)).await;
        assert!(
            status == 422 && body.to_string().contains(words),
            "{look}: {status} {body}"
        );
    }
    let bars = json!({"kind": "bar", "x": "day", "y": ["amount"], "look": {"area": true}});
    let (status, body) = keep(&server.administrator, &clip, &bars).await;
    assert!(
        status == 422 && body.to_string().contains("only lines have an `area`"),
        "{body}"
    );
    for (query, field, words) in [
        ("stack=1&log=1", "log", "A stacked chart"),
        ("goal=1,5", "goal", "Give the goal as a number"),
    ] {
        let path = format!("/{}?chart=1&kind=line&x=1&y=3&{query}", clip.slug);
        let answer = server.anonymous().get(&path).await;
        assert_eq!(answer.status(), 422, "{query}");
        let page = answer.text().await.unwrap();
        let (_, problem) = page
            .split_once(&format!("id=\"{field}-problem\">"))
            .unwrap();
        assert!(problem.starts_with(words), "{query}: {problem}");
    }
}
