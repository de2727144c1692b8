//! A truth value that must be given is a switch.

use super::*;

const SQL: &str = "select {{is_new}}::bool as is_new, {{is_big = true}}::bool as is_big, {{is_old?}}::bool as is_old";

#[tokio::test(flavor = "multi_thread")]
async fn a_truth_value_that_cannot_be_empty_is_a_switch() {
    let server = Server::start().await;
    let clip = server.create_clip(SQL).await;
    let (_, text) = page(&server, &clip, "").await;
    assert!(text.contains("Fill in is_new to see the rows."), "{text}");
    for (name, is_on) in [("is_new", false), ("is_big", true)] {
        let tag = field(&text, name);
        assert!(tag.contains("role=\"switch\""), "{tag}");
        assert_eq!(tag.contains(" checked"), is_on, "{tag}");
    }
    assert!(field(&text, "is_old").starts_with("<select"));
    let (_, text) = page(&server, &clip, "?is_new=perhaps").await;
    assert!(field(&text, "is_new").starts_with("<select"));
}

/// Without scripts a switch that is on sends both of its states, and one that is off the first.
#[tokio::test(flavor = "multi_thread")]
async fn a_switch_is_read_as_forms_send_it() {
    let server = Server::start().await;
    let clip = server.create_clip(SQL).await;
    let rows = async |query: &str| {
        let path = format!("/{}.csv{query}", clip.slug);
        let answer = server.anonymous().get(&path).await;
        (answer.status().as_u16(), answer.text().await.unwrap())
    };
    let head = "is_new,is_big,is_old";
    for (query, row) in [
        (
            "?is_new=false&is_new=true&is_big=false&is_old=",
            "true,false,",
        ),
        ("?is_new=false&is_big=false&is_big=true", "false,true,"),
    ] {
        assert_eq!(rows(query).await, (200, format!("{head}\n{row}\n")));
        let (status, text) = page(&server, &clip, query).await;
        assert_eq!(status, 200, "{text}");
        let is_on = field(&text, "is_new").contains(" checked");
        assert_eq!(is_on, row.starts_with("true"));
    }
    assert_eq!(rows("?is_new=true&is_new=false").await.0, 422);
}
