//! Previews: what a query returns before it is saved, on the pages and over the API.

use std::time::{Duration, Instant};

use dataclips::model::Role;
use dataclips::run::Limits;
use serde_json::{Value, json};

use super::held;
use crate::clip::*;
use crate::support::{LIMITS, status_and_body};

async fn preview(server: &Server, sql: &str) -> (u16, Value) {
    let asked = json!({"database": "data", "sql": sql});
    status_and_body(server.administrator.post("/api/v1/preview", &asked).await).await
}

/// Clips, versions and results that the store holds.
async fn kept(server: &Server) -> [i64; 3] {
    let store = server.app.store.client().await.unwrap();
    let sql = "select (select count(*) from clips), (select count(*) from versions), (select count(*) from results)";
    let row = store.query_one(sql, &[]).await.unwrap();
    [row.get(0), row.get(1), row.get(2)]
}

/// Waits until a preview in the queried database matches.
async fn preview_that(server: &Server, is: &str) {
    let superuser = server.superuser().await;
    let sql = format!(
        "select from pg_stat_activity
         where datname = current_database() and application_name like 'dataclips preview user %' and {is}"
    );
    let deadline = Instant::now() + Duration::from_secs(10);
    while superuser.query(&sql, &[]).await.unwrap().is_empty() {
        assert!(Instant::now() < deadline, "no preview that {is}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_previews_a_query_and_nothing_is_stored() {
    let server = Server::start().await;
    let before = kept(&server).await;
    let sql = "select 12345678901234567890.10 as n, null as nothing, '\u{1f980}' as crab, 1 as n";
    let asked = json!({"database": "data", "sql": sql});
    let answer = server.administrator.post("/api/v1/preview", &asked).await;
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.headers()["content-type"], "application/json");
    let text = answer.text().await.unwrap();
    assert!(
        text.contains("[[12345678901234567890.10,null,\"\u{1f980}\",1]]"),
        "{text}"
    );
    let body: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(body["title"], "Preview");
    assert_eq!(body["fields"], json!(["n", "nothing", "crab", "n"]));
    assert_eq!(body["type_names"][0], "numeric");
    assert_eq!([&body["version"], &body["result"]], [&Value::Null; 2]);
    assert_eq!(
        [&body["rows"], &body["truncated"]],
        [&json!(1), &json!(false)]
    );
    assert_eq!(kept(&server).await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_preview_has_the_limits_and_the_locks_of_every_run() {
    let server = Server::with_limits(Limits {
        rows_max: 10,
        ..LIMITS
    })
    .await;
    let (status, body) = preview(&server, "select a.* from orders a, orders b").await;
    assert_eq!(status, 200, "{body}");
    assert_eq!(body["rows"], 10);
    assert_eq!(body["truncated_by"], "rows");
    for (sql, status, sqlstate) in [
        ("select 1; select 2", 422, "42601"),
        ("create table t ()", 422, ""),
        ("select nothing", 422, "42703"),
        (
            "with x as (delete from orders returning 1) select * from x",
            422,
            "25006",
        ),
        ("", 422, ""),
    ] {
        let (got, body) = preview(&server, sql).await;
        assert_eq!(got, status, "{sql}: {body}");
        if !sqlstate.is_empty() {
            assert_eq!(body["error"]["sqlstate"], sqlstate, "{sql}: {body}");
        }
    }
    let (_, body) = preview(&server, "select\n nothing").await;
    assert_eq!(body["error"]["position"], 9, "{body}");
    let (status, body) = status_and_body(
        server
            .administrator
            .post(
                "/api/v1/preview",
                &json!({"database": "nowhere", "sql": "select 1"}),
            )
            .await,
    )
    .await;
    assert_eq!((status, &body["error"]["field"]), (422, &json!("database")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_who_is_deactivated_while_their_preview_runs_sees_no_rows() {
    let analyst = Analyst::new().await;
    let superuser = analyst.server.superuser().await;
    superuser
        .batch_execute("begin; lock table orders")
        .await
        .unwrap();
    let browser = analyst.browser.clone();
    let waiting = tokio::spawn(async move {
        let typed = [
            ("title", ""),
            ("database", "data"),
            ("sql", "select 'se' || 'cret' from orders limit 1"),
        ];
        browser.submit("/clips/preview", &typed).await
    });
    preview_that(&analyst.server, "wait_event_type = 'Lock'").await;
    let shut_out = json!({"active": false});
    let person = "/api/v1/people/ann@example.com";
    let answer = analyst.server.administrator.patch(person, &shut_out).await;
    assert_eq!(answer.status(), 200);
    superuser.batch_execute("rollback").await.unwrap();
    let (status, page) = seen(waiting.await.unwrap()).await;
    assert_eq!(status, 401, "{page}");
    assert!(!page.contains("secret"), "{page}");
}

#[tokio::test(flavor = "multi_thread")]
async fn leaving_a_preview_cancels_its_query() {
    let analyst = Analyst::new().await;
    let clip = analyst.create("Counted", "select 1").await;
    for path in ["/clips/preview".to_owned(), format!("{clip}/preview")] {
        let browser = analyst.browser.clone();
        let waiting = tokio::spawn(async move {
            let typed = [
                ("title", ""),
                ("database", "data"),
                ("sql", "select pg_sleep(40)"),
            ];
            browser.submit(&path, &typed).await
        });
        preview_that(&analyst.server, "wait_event = 'PgSleep'").await;
        waiting.abort();
        assert!(waiting.await.is_err());
        analyst.server.no_query_is_left().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_clip_is_tried_before_it_is_created() {
    let analyst = Analyst::new().await;
    let before = kept(&analyst.server).await;
    let mut typed = [
        ("title", ""),
        ("database", "data"),
        (
            "sql",
            "select n, n + 1000 as more from generate_series(1, 250) n",
        ),
        ("pinned", "1"),
    ];
    let (status, page) = seen(analyst.submit("/clips/preview", &typed).await).await;
    assert_eq!(status, 200, "{page}");
    for words in [
        "returned 250 rows",
        "not saved",
        "1100<",
        "Rows 1 to 100 of 250",
        "name=\"pinned\" value=\"1\" checked",
    ] {
        assert!(page.contains(words), "{words}: {page}");
    }
    assert!(
        !page.contains("1101<") && page.contains("/previews/"),
        "{page}"
    );
    assert_eq!(query_field(&page), typed[2].1);
    typed[2].1 = "select nothing";
    let (status, page) = seen(analyst.submit("/clips/preview", &typed).await).await;
    assert_eq!(status, 422, "{page}");
    assert!(page.contains("data-position=\"8\""), "{page}");
    assert_eq!(query_field(&page), "select nothing");
    assert_eq!(kept(&analyst.server).await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_query_is_tried_before_it_is_saved() {
    let analyst = Analyst::new().await;
    let clip = analyst.create("Counted", "select 1 as a").await;
    let try_out = format!("{clip}/preview");
    let typed = [("sql", "select 1234 as b"), ("base", "1")];
    let (status, page) = seen(analyst.submit(&try_out, &typed).await).await;
    assert_eq!(status, 200, "{page}");
    assert!(
        page.contains("returned 1 row") && page.contains("1234</td>"),
        "{page}"
    );
    assert_eq!(query_field(&page), "select 1234 as b");
    assert_eq!(query_field(&analyst.page(&clip).await), "select 1 as a");
    // Nobody else is offered it.
    let reader = analyst.server.anonymous();
    let (_, page) = seen(reader.get(&clip).await).await;
    assert!(!page.contains("/preview"), "{page}");
    assert_eq!(path_of(analyst.browser.get(&try_out).await).await, clip);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_previews_rows_are_held_for_whoever_ran_it() {
    let analyst = Analyst::new().await;
    let sql = "select n, 'row ' || n as name from generate_series(1, 250) n";
    let typed = [("title", ""), ("database", "data"), ("sql", sql)];
    let (_, page) = seen(analyst.submit("/clips/preview", &typed).await).await;
    let window = held(&page);
    let read = async |client: &crate::support::Client, rest: &str| {
        status_and_body(client.get(&format!("{window}{rest}")).await).await
    };
    let (status, body) = read(&analyst.browser, "?filter=row%202&sort=-n&limit=2").await;
    assert_eq!(status, 200, "{body}");
    assert_eq!(body["values"], json!([[250, "row 250"], [249, "row 249"]]));
    assert_eq!(body["matching"], 62);
    let columns = window.replace("/rows", "/columns?columns=1");
    let (_, body) = status_and_body(analyst.browser.get(&columns).await).await;
    assert_eq!(body["columns"][0].as_array().unwrap().len(), 250);
    let alone = window.replace("/rows", "?sort=-1");
    let (status, page) = seen(analyst.browser.get(&alone).await).await;
    assert!(status == 200 && page.contains("row 250</td>"), "{page}");
    // Others learn nothing of it, administrators included.
    assert_eq!(read(&analyst.server.anonymous(), "").await.0, 401);
    let role = dataclips::model::Role::Administrator;
    analyst.server.user("bob@example.com", role).await;
    let bob = analyst.server.signed_in("bob@example.com").await;
    assert_eq!(read(&bob, "").await.0, 404);
    // Four previews later it has made room.
    for _ in 0..4 {
        analyst.submit("/clips/preview", &typed).await;
    }
    let (status, body) = read(&analyst.browser, "").await;
    assert_eq!(status, 404);
    let message = body["error"]["message"].as_str().unwrap();
    assert!(message.contains("run it again"), "{message}");
}

/// Without JavaScript every link of a preview leads to another page.
#[tokio::test(flavor = "multi_thread")]
async fn what_was_typed_stays_beside_the_rows_of_its_preview() {
    let analyst = Analyst::new().await;
    let clip = analyst.create("Counted", "select 1 as a").await;
    let sql = "select n, n % 3 as more from generate_series(1, 250) n";
    let new = [
        ("title", "Typed"),
        ("database", "data"),
        ("sql", sql),
        ("pinned", "1"),
    ];
    let edit = [("sql", sql), ("base", "1"), ("note", "More <rows>")];
    let (kept_new, kept_edit) = (
        ["value=\"Typed\"", "value=\"1\" checked"],
        ["name=\"base\" value=\"1\"", "More &#60;rows&#62;"],
    );
    for (form, typed, kept) in [
        ("/clips/preview".to_owned(), &new[..], kept_new),
        (format!("{clip}/preview"), &edit[..], kept_edit),
    ] {
        let (_, page) = seen(analyst.submit(&form, typed).await).await;
        let rows = held(&page).replace("/rows", "");
        let action = form.replace("/preview", "");
        for (options, shown) in [
            ("?sort=-1", "250</td>"),
            ("?filter=249", "249</td>"),
            ("?page=3", "201</td>"),
            ("?chart=1", "data-chart-script"),
            ("?filter=nothing", "Try another, or"),
        ] {
            let page = analyst.page(&format!("{rows}{options}")).await;
            assert_eq!(query_field(&page), sql, "{options}");
            assert!(
                page.contains(&format!("method=\"post\" action=\"{action}\"")),
                "{page}"
            );
            for words in kept.iter().chain([&shown]) {
                assert!(page.contains(words), "{options} {words}: {page}");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn held_rows_end_with_the_right_to_query_their_database() {
    let analyst = Analyst::new().await;
    let typed = [
        ("title", ""),
        ("database", "data"),
        ("sql", "values (1), (2)"),
    ];
    let (_, page) = seen(analyst.submit("/clips/preview", &typed).await).await;
    let window = held(&page);
    let change = json!({"open_to": "administrators"});
    let changed = analyst
        .server
        .administrator
        .patch("/api/v1/databases/data", &change)
        .await;
    assert_eq!(changed.status(), 200);
    assert_eq!(analyst.browser.get(&window).await.status(), 403);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_user_runs_only_so_many_previews_a_minute() {
    let server = Server::with_previews_per_minute(2.try_into().unwrap()).await;
    let ada = &server.administrator;
    let browser = server.signed_in("ada@example.com").await;
    let query = json!({"database": "data", "sql": "select 1 as n"});
    let fields = [
        ("title", "Kept"),
        ("database", "data"),
        ("sql", "select 2 as n"),
    ];
    let in_api = ada.post("/api/v1/preview", &query).await;
    assert_eq!(in_api.status(), 200);
    let in_page = browser.submit("/clips/preview", &fields).await;
    assert_eq!(in_page.status(), 200);

    let refused = ada.post("/api/v1/preview", &query).await;
    let wait: u64 = refused.headers()["retry-after"]
        .to_str()
        .unwrap()
        .parse()
        .unwrap();
    assert!((1..=31).contains(&wait), "{wait}");
    let (status, body) = status_and_body(refused).await;
    assert_eq!(
        (status, &body["error"]["code"]),
        (429, &json!("too_many_previews"))
    );
    let clip = server.create_clip("select 3 as n").await;
    for (path, fields) in [
        ("/clips/preview".to_owned(), &fields[..]),
        (
            format!("/{}/preview", clip.slug),
            &[("sql", "select 4 as n"), ("base", "1")][..],
        ),
    ] {
        let refused = browser.submit(&path, fields).await;
        assert_eq!(refused.status(), 429, "{path}");
        assert!(refused.headers().contains_key("retry-after"), "{path}");
        let page = refused.text().await.unwrap();
        assert!(page.contains("too many previews within a minute"), "{page}");
        assert!(
            page.contains(fields.iter().find(|(name, _)| *name == "sql").unwrap().1),
            "{page}"
        );
    }
    let mia = server.user("mia@example.com", Role::Member).await;
    assert_eq!(mia.post("/api/v1/preview", &query).await.status(), 200);
    assert_eq!(server.rows(&clip, "csv").await.status(), 200);
}
