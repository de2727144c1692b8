//! `/api/v1/clips/{slug}/chart`.

use super::*;

#[tokio::test(flavor = "multi_thread")]
async fn a_chart_is_kept_changed_returned_and_removed() {
    let server = Server::start().await;
    let ada = &server.administrator;
    let clip = sales(&server).await;
    let (status, body) = status_and_body(ada.get(&chart_of(&clip)).await).await;
    assert_eq!(status, 404, "{body}");
    let bars = json!({"kind": "bar", "x": "region", "y": ["amount"]});
    for (chart, told_back) in [
        (line(), line()),
        (
            bars,
            json!({"kind": "bar", "x": "region", "y": ["amount"], "series": null, "stacked": false, "opens_first": false}),
        ),
    ] {
        assert_eq!(keep(ada, &clip, &chart).await, (200, told_back.clone()));
        let kept = status_and_body(ada.get(&chart_of(&clip)).await).await;
        assert_eq!(kept, (200, told_back));
    }
    let trail = ada.get(&format!("/api/v1/clips/{}/trail", clip.slug)).await;
    let trail = trail.text().await.unwrap();
    assert_eq!(trail.matches("\"charted\"").count(), 2, "{trail}");
    for _ in 0..2 {
        assert_eq!(ada.delete(&chart_of(&clip)).await.status(), 204);
        assert_eq!(ada.get(&chart_of(&clip)).await.status(), 404);
    }
    let trail = ada.get(&format!("/api/v1/clips/{}/trail", clip.slug)).await;
    let trail = trail.text().await.unwrap();
    assert_eq!(trail.matches("\"uncharted\"").count(), 1, "{trail}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_drawn_is_refused_with_a_sentence() {
    let server = Server::start().await;
    let clip = sales(&server).await;
    let many: Vec<String> = (0..21).map(|number| format!("c{number}")).collect();
    for (chart, status, words) in [
        (
            json!({"kind": "pie", "y": ["amount"]}),
            422,
            "This cannot be `kind`: it must be `line`, `bar`, `scatter` or `figure`.",
        ),
        (
            json!({"kind": "line", "y": []}),
            422,
            "Choose 1 to 20 columns",
        ),
        (
            json!({"kind": "line", "y": many}),
            422,
            "Choose 1 to 20 columns",
        ),
        (json!({"kind": "line"}), 400, "missing field `y`"),
        (
            json!({"kind": "line", "y": ["amout"]}),
            422,
            "There is no column “amout”",
        ),
        (
            json!({"kind": "line", "y": ["region"]}),
            422,
            "“region” holds no numbers (text)",
        ),
        (
            json!({"kind": "line", "x": "", "y": ["amount"]}),
            422,
            "the name of a column",
        ),
        (
            json!({"kind": "line", "x": "dai", "y": ["amount"]}),
            422,
            "“dai”",
        ),
        (
            json!({"kind": "bar", "series": "of", "y": ["amount"]}),
            422,
            "“of”",
        ),
        (
            json!({"kind": "figure", "x": "day", "y": ["amount"]}),
            422,
            "A figure has only `y`",
        ),
        (
            json!({"kind": "line", "y": ["amount"], "colour": "red"}),
            422,
            "colour",
        ),
        (
            json!({"kind": "line", "y": ["a\u{0}"]}),
            422,
            "There is no column",
        ),
    ] {
        let (got, body) = keep(&server.administrator, &clip, &chart).await;
        assert!(
            got == status && body.to_string().contains(words),
            "{chart}: {got} {body}"
        );
    }
    let kept = server.administrator.get(&chart_of(&clip)).await;
    assert_eq!(kept.status(), 404);
}

/// Its columns are not known yet.
#[tokio::test(flavor = "multi_thread")]
async fn a_clip_that_has_not_run_accepts_any_column_names() {
    let server = Server::start().await;
    let clip = server.create_clip(SALES).await;
    let chart = json!({"kind": "bar", "x": "any", "y": ["thing"], "series": null, "stacked": false, "opens_first": true});
    let kept = keep(&server.administrator, &clip, &chart).await;
    assert_eq!(kept, (200, chart));
}
