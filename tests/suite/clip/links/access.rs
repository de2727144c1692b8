//! Link × route → status.

use dataclips::model::Role;
use reqwest::Method;
use serde_json::json;

use super::*;
use crate::support::status_and_body;

/// What a link opens, in every format and as a window.
const ROWS: [&str; 13] = [
    ".csv",
    ".tsv",
    ".json",
    ".json?shape=objects",
    ".ndjson",
    ".xml",
    ".xls",
    ".xlsx",
    ".md",
    ".sql",
    ".parquet",
    "-some-text.csv?version=1",
    "/rows",
];

/// What it does not open.
const PAGES: [&str; 5] = ["", "-text", "/history", "/settings", "/run"];

#[tokio::test(flavor = "multi_thread")]
async fn a_link_opens_the_rows_of_its_clip_in_every_format_and_nothing_else() {
    let server = Server::start().await;
    let clip = protected(&server, "select 1 as a").await;
    let (_, secret) = link(&server, &clip, &EVERY).await;
    assert!(secret.starts_with("dataclips_link_"), "{secret}");
    for rest in ROWS {
        let answer = ask_by(&server, &clip, rest, &secret).await;
        assert_eq!(answer.status(), 200, "{rest}");
    }
    for rest in PAGES {
        let answer = ask_by(&server, &clip, rest, &secret).await;
        assert_eq!(answer.status(), 401, "{rest}");
    }
    let missing = ask_by(&server, &clip, ".pdf", &secret).await;
    assert_eq!(missing.status(), 404);
    let words = missing.text().await.unwrap();
    assert!(words.contains("csv, tsv, json"), "{words}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_that_is_not_this_clips_opens_nothing() {
    let server = Server::start().await;
    let clip = protected(&server, "select 1 as a").await;
    let other = protected(&server, "select 2 as b").await;
    let (_, valid) = link(&server, &clip, &EVERY).await;
    let (_, of_another) = link(&server, &other, &EVERY).await;
    let wrong = [
        expired(&server, &clip).await,
        revoked(&server, &clip).await,
        of_another,
        String::new(),
        "dataclips_link_".to_owned(),
        format!("{valid}x"),
        valid.to_uppercase(),
        valid.replace("dataclips_link_", "dataclips_"),
    ];
    for secret in &wrong {
        for rest in ROWS.into_iter().chain([".pdf"]).chain(PAGES) {
            let answer = ask_by(&server, &clip, rest, secret).await;
            assert_eq!(answer.status(), 401, "{secret} {rest}");
        }
    }
    let open = server.create_clip("select 1 as a").await;
    for secret in wrong.iter().chain([&valid]) {
        for rest in ROWS.into_iter().chain(["", "/history"]) {
            let answer = ask_by(&server, &open, rest, secret).await;
            assert_eq!(answer.status(), 200, "{secret} {rest}");
        }
        let settings = ask_by(&server, &open, "/settings", secret).await;
        assert_eq!(settings.status(), 401);
    }
}

/// Revoking one leaves the others.
#[tokio::test(flavor = "multi_thread")]
async fn links_are_revoked_one_at_a_time() {
    let server = Server::start().await;
    let clip = protected(&server, "select 1 as a").await;
    let (first, first_secret) = link(&server, &clip, &EVERY).await;
    let (_, second_secret) = link(&server, &clip, &EVERY).await;
    let other = model_of(&server, &protected(&server, "select 2 as b").await).await;
    let (store, ada) = (&server.app.store, user(&server, "ada@example.com").await);
    assert!(!ClipLink::revoke(store, &other, &ada, first).await.unwrap());
    for (secret, status) in [(&first_secret, 200), (&second_secret, 200)] {
        let answer = ask_by(&server, &clip, ".csv", secret).await;
        assert_eq!(answer.status(), status);
    }
    let clip_itself = model_of(&server, &clip).await;
    assert!(
        ClipLink::revoke(store, &clip_itself, &ada, first)
            .await
            .unwrap()
    );
    assert!(
        !ClipLink::revoke(store, &clip_itself, &ada, first)
            .await
            .unwrap()
    );
    for (secret, status) in [(&first_secret, 401), (&second_secret, 200)] {
        let answer = ask_by(&server, &clip, ".csv", secret).await;
        assert_eq!(answer.status(), status);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_opens_only_the_formats_that_it_is_for() {
    let server = Server::start().await;
    let clip = protected(&server, "select 1 as a").await;
    let formats = [Format::Xlsx, Format::Csv, Format::Csv];
    let new = NewClipLink {
        formats: Some(&formats),
        ..EVERY
    };
    let (_, secret) = link(&server, &clip, &new).await;
    for (rest, status) in [
        (".csv", 200),
        (".xls", 200),
        (".xlsx", 200),
        (".tsv", 403),
        (".json", 403),
        (".ndjson", 403),
        (".xml", 403),
        (".md", 403),
        (".geojson", 403),
        (".sql", 403),
        (".parquet", 403),
        ("/rows", 403),
        (".pdf", 404),
    ] {
        let answer = ask_by(&server, &clip, rest, &secret).await;
        assert_eq!(answer.status(), status, "{rest}");
        assert_eq!(header(&answer, "access-control-allow-origin"), "*");
        if status == 403 {
            let (_, body) = status_and_body(answer).await;
            let words = body["error"]["message"].as_str().unwrap();
            assert!(words.contains("It opens csv, xlsx."), "{words}");
        }
    }
    let json = NewClipLink {
        formats: Some(&[Format::Json]),
        ..EVERY
    };
    let (_, secret) = link(&server, &clip, &json).await;
    for rest in [".json", "/rows"] {
        let answer = ask_by(&server, &clip, rest, &secret).await;
        assert_eq!(answer.status(), 200, "{rest}");
    }
    let open = server.create_clip("select 1 as a").await;
    let (_, secret) = link(&server, &open, &CSV).await;
    let answer = ask_by(&server, &open, ".json", &secret).await;
    assert_eq!(answer.status(), 200, "anyone may have it");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clip_link_is_anonymous_to_the_api() {
    let server = Server::start().await;
    let clip = server.create_clip("select 1 as a").await;
    let (_, secret) = link(&server, &clip, &EVERY).await;
    let program = server.anonymous().with_token(&secret);
    for path in ["", "/versions", "/results", "/links"] {
        let path = format!("/api/v1/clips/{}{path}", clip.slug);
        assert_eq!(program.get(&path).await.status(), 401, "{path}");
        let in_address = server.administrator.token();
        let by_address = format!("{path}?access-token={in_address}");
        let answer = server.anonymous().get(&by_address).await;
        assert_eq!(answer.status(), 401, "{path}");
    }
    let update = json!({"title": "Mine"});
    let path = format!("/api/v1/clips/{}", clip.slug);
    assert_eq!(program.patch(&path, &update).await.status(), 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_users_token_is_never_accepted_in_an_address() {
    let server = Server::start().await;
    let clip = protected(&server, "select 1 as a").await;
    let token = server.administrator.token();
    for rest in ROWS.into_iter().chain(PAGES) {
        let answer = ask(&server.anonymous(), &clip, &with_token(rest, token)).await;
        assert_eq!(answer.status(), 401, "{rest}");
        let ours = ask(&server.administrator, &clip, rest).await;
        assert_eq!(ours.status(), 200, "{rest}");
    }
}

/// A link that opens nothing takes nothing from a person who is signed in.
#[tokio::test(flavor = "multi_thread")]
async fn the_cookie_counts_where_the_link_does_not() {
    let server = Server::start().await;
    let clip = protected(&server, "select 1 as a").await;
    let other = protected(&server, "select 2 as b").await;
    let (_, valid) = link(&server, &clip, &EVERY).await;
    let (_, of_another) = link(&server, &other, &EVERY).await;
    let browser = server.signed_in("ada@example.com").await;
    for secret in [&of_another, &expired(&server, &clip).await] {
        let rows = ask(&browser, &clip, &with_token(".csv", secret)).await;
        assert_eq!(rows.status(), 200);
        let origin = header(&rows, "access-control-allow-origin");
        assert_eq!(origin, "", "a cookie opened it");
    }
    let rows = ask(&browser, &clip, &with_token(".csv", &valid)).await;
    assert_eq!(header(&rows, "access-control-allow-origin"), "*");
    let page = ask(&browser, &clip, &with_token("", &valid)).await;
    assert_eq!(page.status(), 200);
    server.user("eve@example.com", Role::Member).await;
    let stranger = server.signed_in("eve@example.com").await;
    for (rest, status) in [(".csv", 200), ("", 403)] {
        let answer = ask(&stranger, &clip, &with_token(rest, &valid)).await;
        assert_eq!(answer.status(), status);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_reports_that_its_clip_was_removed() {
    let server = Server::start().await;
    let clip = protected(&server, "select 1 as a").await;
    let (_, secret) = link(&server, &clip, &EVERY).await;
    let wrong = expired(&server, &clip).await;
    remove(&server, &clip).await;
    for rest in [".csv", ".pdf", "/rows"] {
        assert_eq!(ask_by(&server, &clip, rest, &secret).await.status(), 410);
        assert_eq!(ask_by(&server, &clip, rest, &wrong).await.status(), 401);
    }
    let gone = ask_by(&server, &clip, ".csv", &secret).await;
    assert_eq!(header(&gone, "access-control-allow-origin"), "*");
    assert_eq!(ask_by(&server, &clip, "", &secret).await.status(), 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_links_of_a_deactivated_person_open_nothing() {
    let server = Server::start().await;
    let clip = protected(&server, "select 1 as a").await;
    let (_, secret) = link(&server, &clip, &EVERY).await;
    let store = server.app.store.client().await.unwrap();
    let ada = user(&server, "ada@example.com").await;
    let shut_out = "insert into user_deactivations (user_id) values ($1)";
    store.execute(shut_out, &[&ada.id]).await.unwrap();
    assert_eq!(ask_by(&server, &clip, ".csv", &secret).await.status(), 401);
    store
        .execute("delete from user_deactivations", &[])
        .await
        .unwrap();
    assert_eq!(ask_by(&server, &clip, ".csv", &secret).await.status(), 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_changes_nothing() {
    let server = Server::start().await;
    let clip = server.create_clip("select 1 as a").await;
    let (_, secret) = link(&server, &clip, &EVERY).await;
    for rest in ["", "/pin", "/title", "/removal", "/cancellation"] {
        let path = format!("/{}{}", clip.slug, with_token(rest, &secret));
        let request = server.anonymous().request(Method::POST, &path);
        let fields = [("version", "1"), ("result", "1"), ("title", "Mine")];
        let request = request.bearer_auth(&secret).form(&fields);
        let answer = request.header("sec-fetch-site", "same-origin").send().await;
        assert_eq!(answer.unwrap().status(), 401, "{rest}");
    }
}
