//! Types that authors fix: what they do to a query, and what they leave behind.

use serde_json::{Value, json};

use super::*;
use crate::support::{Client, status_and_body};

const ORDER: &str = "select id from orders where id = {{id}}";

fn fixing(name: &str, type_name: Option<&str>) -> Value {
    json!({"parameters": [{"name": name, "type": type_name}]})
}

async fn patched(client: &Client, clip: &Clip, changes: &Value) -> (u16, Value) {
    let path = format!("/api/v1/clips/{}", clip.slug);
    status_and_body(client.patch(&path, changes).await).await
}

async fn type_of(client: &Client, clip: &Clip) -> (Value, Value) {
    let answer = client.get(&format!("/api/v1/clips/{}", clip.slug)).await;
    let (_, body) = status_and_body(answer).await;
    let parameter = &body["parameters"][0];
    (parameter["type"].clone(), parameter["type_fixed"].clone())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_type_that_breaks_the_query_is_saved_with_a_warning() {
    let server = Server::start().await;
    let ada = &server.administrator;
    let clip = ada.create_clip(ORDER).await;
    let (status, body) = patched(ada, &clip, &fixing("id", Some("date"))).await;
    let warning = &body["warning"];
    assert_eq!((status, &warning["code"]), (200, &json!("sql_error")));
    let message = warning["message"].as_str().unwrap();
    assert!(message.contains("integer = date"), "{body}");
    let advice = warning["advice"].as_str().unwrap();
    assert!(advice.contains("Settings") && advice.contains("date"));
    assert_eq!(body["parameters"][0]["type"], "date", "not the former one");
    assert_eq!(type_of(ada, &clip).await, (json!("date"), json!(true)));

    // The run fails, and says where the type was fixed.
    let rows = ada.get(&format!("/{}.json?id=1", clip.slug)).await;
    let (status, failed) = status_and_body(rows).await;
    assert_eq!(status, 422);
    assert_eq!(failed["error"]["advice"], json!(advice));

    // Nothing else is warned of, and the type goes with the setting.
    let (_, body) = patched(ada, &clip, &json!({"title": "U"})).await;
    assert_eq!(body.get("warning"), None);
    let (status, body) = patched(ada, &clip, &fixing("id", None)).await;
    assert_eq!((status, body.get("warning")), (200, None));
    assert_eq!(type_of(ada, &clip).await, (json!("integer"), json!(false)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_type_that_cannot_be_cast_leads_to_settings() {
    let server = Server::start().await;
    let ada = &server.administrator;
    let clip = ada.create_clip("select {{n}}::integer as n").await;
    let (_, body) = patched(ada, &clip, &fixing("n", Some("date"))).await;
    let warning = &body["warning"];
    assert_eq!(warning["sqlstate"], "42846", "{body}");
    let advice = warning["advice"].as_str().unwrap();
    assert!(advice.contains("Settings fixes the type of `n` to date"));

    // The page leads to that type.
    let browser = server.signed_in("ada@example.com").await;
    let page = browser.get(&format!("/{}?n=2026-01-01", clip.slug)).await;
    let page = page.text().await.unwrap();
    assert!(
        page.contains("the type of <code>n</code> to date"),
        "{page}"
    );
    let settings = format!("/{}/settings?failed=n#type-n", clip.slug);
    assert!(page.contains(&format!("href=\"{settings}\"")), "{page}");
    let page = browser.get(&settings).await.text().await.unwrap();
    assert!(page.contains("The query failed with this type."), "{page}");
    let (_, _) = patched(ada, &clip, &fixing("n", None)).await;
    let page = browser.get(&settings).await.text().await.unwrap();
    assert!(!page.contains("The query failed"), "{page}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_type_that_is_no_longer_fixed_is_asked_for_again() {
    let server = Server::start().await;
    let ada = &server.administrator;
    let clip = ada.create_clip("select {{x}} as x, {{n}} + 1 as n").await;
    let (_, body) = patched(ada, &clip, &fixing("x", Some("date"))).await;
    assert_eq!(body.get("warning"), None);
    let rows = format!("/{}.csv?n=1&x=", clip.slug);
    let fixed = ada.get(&format!("{rows}1%20May%202026")).await;
    assert_eq!(fixed.text().await.unwrap(), "x,n\n2026-05-01,2\n");
    let (_, body) = patched(ada, &clip, &fixing("x", None)).await;
    assert_eq!(body["parameters"][0]["type"], "text");
    assert_eq!(body["parameters"][1]["type"], "integer");
    let text = ada.get(&format!("{rows}France")).await;
    assert_eq!(text.text().await.unwrap(), "x,n\nFrance,2\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn query_and_settings_change_together_or_not_at_all() {
    let server = Server::start().await;
    let ada = &server.administrator;
    let clip = ada.create_clip("select {{x}} as x").await;
    let both = json!({"sql": "select {{y}} as y", "base": 1,
        "parameters": [{"name": "y", "type": "date", "label": "Day"}]});
    let (status, body) = patched(ada, &clip, &both).await;
    assert_eq!((status, &body["version"]), (200, &json!(2)));
    assert_eq!(body["parameters"][0]["type"], "date");
    assert_eq!(body["parameters"][0]["label"], "Day");
    // Another edit was quicker.
    let late = json!({"sql": "select {{y}} as z", "base": 1,
        "parameters": [{"name": "y", "label": "Late"}]});
    assert_eq!(patched(ada, &clip, &late).await.0, 409);
    let (_, body) = patched(ada, &clip, &json!({})).await;
    assert_eq!(body["parameters"][0]["label"], "Day");
    // The new query is tried with the type that comes with it.
    let breaking = json!({"sql": "select {{y}}::int + 1 as n, {{y}} = 1 as z",
        "parameters": [{"name": "y", "type": "date"}]});
    let (status, body) = patched(ada, &clip, &breaking).await;
    assert_eq!((status, &body["version"]), (200, &json!(3)));
    assert_eq!(body["warning"]["code"], "sql_error", "{body}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_settings_page_refuses_a_type_that_breaks_the_query_beside_its_field() {
    let server = Server::start().await;
    let clip = server
        .create_clip("select id from orders where id = {{id}} and customer = {{who}}")
        .await;
    let ada = server.signed_in("ada@example.com").await;
    let path = format!("/{}/parameters", clip.slug);
    let fields = [
        ("type.who", "text"),
        ("type.id", "date"),
        ("label.id", "Number"),
    ];
    let answer = ada.submit(&path, &fields).await;
    assert_eq!(answer.status(), 422);
    let text = answer.text().await.unwrap();
    let problem = "id=\"type-id-problem\">With this type the query fails: operator does not exist: integer = date.";
    assert!(text.contains(problem), "{text}");
    assert!(text.contains("value=\"Number\""), "what was typed: {text}");
    assert_eq!(
        type_of(&server.administrator, &clip).await,
        (json!("integer"), json!(false))
    );
    let fields = [("type.who", "text"), ("type.id", "bigint")];
    assert_eq!(ada.submit(&path, &fields).await.status(), 303);

    // Two that fit each other only together.
    let clip = server
        .create_clip("select ({{a}} = {{b}})::text as same")
        .await;
    let path = format!("/{}/parameters", clip.slug);
    for type_name in ["date", "uuid"] {
        let fields = [("type.a", type_name), ("type.b", type_name)];
        assert_eq!(ada.submit(&path, &fields).await.status(), 303);
    }
    // A query that fails anyway.
    let clip = server.create_clip("select {{a}} from tomorrow").await;
    let path = format!("/{}/parameters", clip.slug);
    assert_eq!(ada.submit(&path, &[("type.a", "date")]).await.status(), 303);
}

#[tokio::test(flavor = "multi_thread")]
async fn settings_in_a_wrong_shape_are_refused_in_plain_words() {
    let server = Server::start().await;
    let ada = &server.administrator;
    let clip = ada.create_clip("select {{a}}").await;
    for options in [json!("x"), json!([1]), json!({"link": "x"}), json!(5)] {
        let settings = json!({"parameters": [{"name": "a", "options": options}]});
        let (status, body) = patched(ada, &clip, &settings).await;
        let message = body["error"]["message"].as_str().unwrap();
        assert_eq!(status, 422, "{body}");
        assert!(
            message.contains("a list of texts, or {\"clip\": "),
            "{body}"
        );
    }
    let long = json!({"parameters": [{"name": "a".repeat(64)}]});
    let (status, body) = patched(ada, &clip, &long).await;
    assert_eq!(status, 422);
    assert!(body["error"]["message"].as_str().unwrap().contains("63"));
}

#[tokio::test(flavor = "multi_thread")]
async fn settings_show_a_character_type_as_people_write_it() {
    let server = Server::start().await;
    let superuser = server.superuser().await;
    let create = "create table sexes (sex char(1)); grant select on sexes to reader";
    superuser.batch_execute(create).await.unwrap();
    let clip = server
        .create_clip("select sex from sexes where sex = {{sex}}")
        .await;
    let ada = server.signed_in("ada@example.com").await;
    let settings = ada.get(&format!("/{}/settings", clip.slug)).await;
    let settings = settings.text().await.unwrap();
    assert!(settings.contains("Automatic (character)"), "{settings}");
}
