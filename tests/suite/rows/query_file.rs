//! The query as a file: what is in it, and who may have it.

use dataclips::model::Role;
use reqwest::Method;
use serde_json::{Value, json};

use crate::http::{ask, ask_with, change, header, hide_sql, protect, remove_database};
use crate::support::{Client, Clip, Server};

async fn file(client: &Client, clip: &Clip, query: &str) -> String {
    let answer = ask(client, clip, &format!(".sql{query}")).await;
    assert_eq!(answer.status(), 200, "{query}");
    answer.text().await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_query_is_below_a_comment_byte_for_byte() {
    let server = Server::start().await;
    let first = "-- its own comment\r\nselect {{n = 1 2}} as \"ü\",\t{{m?}} ,{{k}};  \n\n--";
    let clip = server.create_clip(first).await;
    let second = "select pg_sleep(3600) /* */";
    change(
        &server,
        &clip,
        json!({"sql": second, "title": "Böse */ \\! -- \u{2028}select"}),
    )
    .await;
    let url = format!("{}/{}", server.url, clip.slug);
    let newest = format!(
        "-- Title: Böse */ \\! --  select\n-- URL: {url}\n-- Version: 2\n-- Database: data\n-- Author: ada@example.com\n\n{second}"
    );
    assert_eq!(file(&server.administrator, &clip, "").await, newest);
    assert_eq!(
        file(&server.administrator, &clip, "?version=2").await,
        newest
    );
    let older = file(&server.administrator, &clip, "?version=1").await;
    let expected = format!(
        "-- Version: 1\n-- Database: data\n-- Author: ada@example.com\n-- Parameter: n = 1 2\n-- Parameter: m, may be empty\n-- Parameter: k\n\n{first}"
    );
    let head = format!("-- URL: {url}?version=1\n{expected}");
    assert!(older.ends_with(&head), "{older}");
    // Signed out, nobody is told who wrote it, as on the pages of its history.
    let unsigned = file(&server.anonymous(), &clip, "").await;
    let author = "-- Author: shown to people who are signed in\n";
    assert_eq!(
        unsigned,
        newest.replace("-- Author: ada@example.com\n", author)
    );
    for (query, status) in [
        ("?version=3", 404),
        ("?version=1&result=1", 404),
        ("?version=x", 400),
        ("?n=5&nothing=6", 200),
    ] {
        let answer = ask(&server.anonymous(), &clip, &format!(".sql{query}")).await;
        assert_eq!(answer.status(), status, "{query}");
    }
    let results = format!("/api/v1/clips/{}/results", clip.slug);
    let results: Value = server
        .administrator
        .get(&results)
        .await
        .json()
        .await
        .unwrap();
    assert_eq!(results["results"], json!([]), "nothing ran");
    remove_database(&server).await;
    assert_eq!(file(&server.administrator, &clip, "").await, newest);
}

#[tokio::test(flavor = "multi_thread")]
async fn it_is_for_those_who_may_see_it() {
    let server = Server::start().await;
    let clip = server
        .create_clip("select 'secret' as a, {{n = 1}} as n")
        .await;
    let links = format!("/api/v1/clips/{}/links", clip.slug);
    let mut by_link = Vec::new();
    for new in [
        json!({"label": "all"}),
        json!({"label": "one", "values": {"n": 1}}),
    ] {
        let made: Value = server
            .administrator
            .post(&links, &new)
            .await
            .json()
            .await
            .unwrap();
        by_link.push(
            server
                .anonymous()
                .with_token(made["token"].as_str().unwrap()),
        );
    }
    let member = server.user("mia@example.com", Role::Member).await;
    let nobody = server.anonymous();
    let everybody = [
        &nobody,
        &member,
        &by_link[0],
        &by_link[1],
        &server.administrator,
    ];
    let check = async |expected: [u16; 5], what: &str| {
        for (client, status) in everybody.iter().zip(expected) {
            let answer = ask(client, &clip, ".sql").await;
            assert_eq!(answer.status(), status, "{what}");
            let is_allowed = status == 200;
            let body = answer.text().await.unwrap();
            assert_eq!(body.contains("secret"), is_allowed, "{what}: {body}");
            assert!(is_allowed || body.contains("\"error\":"), "{body}");
        }
    };
    // A link that fixes a value does not show the query, whose default may be another one.
    check([200, 200, 200, 403, 200], "open").await;
    hide_sql(&server, &clip).await;
    check([403, 403, 403, 403, 200], "hidden").await;
    protect(&server, &clip).await;
    check([401, 403, 403, 403, 200], "hidden and protected").await;
    change(&server, &clip, json!({"show_sql": true})).await;
    check([401, 403, 200, 403, 200], "protected").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn it_has_a_tag_and_parts_and_is_no_result() {
    let server = Server::start().await;
    let clip = server.create_clip("select 1 as a").await;
    let visitor = server.anonymous();
    let whole = ask(&visitor, &clip, ".sql").await;
    let names: Vec<&str> = whole.headers().keys().map(|name| name.as_str()).collect();
    let about: Vec<&&str> = names
        .iter()
        .filter(|name| name.starts_with("x-dataclips"))
        .collect();
    assert_eq!(about, [&"x-dataclips-version"]);
    assert_eq!(header(&whole, "access-control-allow-origin"), "*");
    assert!(header(&whole, "cache-control").contains("no-cache"));
    assert_eq!(header(&whole, "vary"), "Accept-Encoding");
    let etag = header(&whole, "etag").to_owned();
    let whole = whole.bytes().await.unwrap();
    let again = ask_with(&visitor, &clip, ".sql", ("if-none-match", &etag)).await;
    assert_eq!(again.status(), 304);
    assert_eq!(header(&again, "etag"), etag);
    let part = ask_with(&visitor, &clip, ".sql", ("range", "bytes=-12")).await;
    assert_eq!(part.status(), 206);
    assert_eq!(part.bytes().await.unwrap(), &whole[whole.len() - 12..]);
    let outside = ask_with(&visitor, &clip, ".sql", ("range", "bytes=9999-")).await;
    assert_eq!(outside.status(), 416);
    let head = visitor.request(Method::HEAD, &format!("/{}.sql", clip.slug));
    let head = head.send().await.unwrap();
    assert_eq!(header(&head, "content-length"), whole.len().to_string());
    change(&server, &clip, json!({"title": "Another"})).await;
    let changed = ask(&visitor, &clip, ".sql").await;
    assert_ne!(header(&changed, "etag"), etag);
}
