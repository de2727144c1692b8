//! The audit: what it holds, who may change it, and how it is read.

use std::time::Duration;

use dataclips::model::{Email, NewToken, Role, Token, User, What, sweep_audit};
use reqwest::Method;
use serde_json::{Value, json};
use tokio_postgres::error::SqlState;

use crate::cli::program::Program;
use crate::support::{Server, connect, shared, status_and_body};

const YEAR: Duration = Duration::from_hours(365 * 24);

/// `SECURITY.md`, on the role that owns the audit.
fn other_owner() -> String {
    let said = include_str!("../../../SECURITY.md");
    let (_, said) = said.split_once("```sql\n-- The audit").unwrap();
    let sql = said.split_once("```").unwrap().0;
    format!("-- The audit{sql}")
}

async fn audit(server: &Server, query: &str) -> Vec<Value> {
    let answer = server
        .administrator
        .get(&format!("/api/v1/audit{query}"))
        .await;
    let (status, mut body) = status_and_body(answer).await;
    assert_eq!(status, 200, "{body}");
    serde_json::from_value(body["entries"].take()).unwrap()
}

/// The entries of the clip's runs, once there are so many.
async fn runs(server: &Server, count: usize) -> Vec<Value> {
    loop {
        let runs = audit(server, "?what=run").await;
        if runs.len() >= count {
            return runs;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

async fn add_old(server: &Server, days: i32) {
    let store = server.app.store.client().await.unwrap();
    let sql = "insert into audit_entries (at, what, via) values (now() - $1 * interval '1 day', 'old', 'server')";
    store.execute(sql, &[&f64::from(days)]).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_servers_role_changes_no_entry_and_removes_no_young_one() {
    let server = Server::start().await;
    add_old(&server, 29).await;
    let store = server.app.store.client().await.unwrap();
    for sql in [
        "update audit_entries set what = 'x'",
        "delete from audit_entries",
        "delete from audit_entries where at < now() - interval '28 days'",
        "truncate audit_entries",
    ] {
        let error = store.batch_execute(sql).await.unwrap_err();
        assert_eq!(error.code(), Some(&SqlState::RESTRICT_VIOLATION), "{sql}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn old_entries_are_swept_and_that_is_an_entry_too() {
    let server = Server::start().await;
    for days in [400, 366, 364, 31, 29] {
        add_old(&server, days).await;
    }
    sweep_audit(&server.app.store, YEAR).await.unwrap();
    assert_eq!(audit(&server, "?what=old").await.len(), 3);
    let swept = audit(&server, "?what=audit.swept").await;
    assert_eq!(swept[0]["detail"], "2 entries older than 365 days");
    assert_eq!(swept[0]["via"], "server");
    // Nothing that is younger, whatever is asked for.
    sweep_audit(&server.app.store, Duration::ZERO)
        .await
        .unwrap();
    assert_eq!(audit(&server, "?what=old").await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn with_another_owner_the_servers_role_can_only_add_and_sweep() {
    let server = Server::start().await;
    let name = server.data.replace("data", "store");
    let superuser = shared().connect("postgres", &name).await;
    let role = format!("audit_of_{name}");
    let sql = other_owner()
        .replace("dataclips_audit", &role)
        .replace("to dataclips;", "to keeper;");
    let sql = sql.replace("from dataclips;", "from keeper;");
    superuser.batch_execute(&sql).await.unwrap();
    add_old(&server, 400).await;
    server.create_clip("select 1").await;
    assert_eq!(audit(&server, "?what=clip.created").await.len(), 1);
    let store = server.app.store.client().await.unwrap();
    for sql in [
        "delete from audit_entries",
        "update audit_entries set what = 'x'",
        "truncate audit_entries",
        "alter table audit_entries disable trigger all",
        "drop table audit_entries",
        "create or replace function refuse_audit_change() returns trigger language plpgsql as 'begin return null; end'",
    ] {
        let error = store.batch_execute(sql).await.unwrap_err();
        assert_eq!(
            error.code(),
            Some(&SqlState::INSUFFICIENT_PRIVILEGE),
            "{sql}"
        );
    }
    sweep_audit(&server.app.store, YEAR).await.unwrap();
    assert_eq!(audit(&server, "?what=old").await.len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn each_run_is_an_entry_with_its_outcome_and_hashes_of_its_values() {
    let server = Server::start().await;
    let clip = server.create_clip("select {{country}} as country").await;
    for country in ["France", "Peru", "France"] {
        let path = format!("/{}.csv?country={country}", clip.slug);
        assert_eq!(server.administrator.get(&path).await.status(), 200);
    }
    let failing = server.create_clip("select 1 / 0").await;
    assert_eq!(server.rows(&failing, "csv").await.status(), 422);
    let runs = runs(&server, 4).await;
    let failed = &runs[0];
    assert_eq!(failed["what"], "run.failed");
    assert_eq!(failed["run"]["outcome"], "sql_error");
    assert_eq!(
        (&failed["via"], failed.get("who")),
        (&json!("anonymous"), None)
    );
    assert_eq!(failed["address"], "127.0.0.1");
    let hashes: Vec<&str> = runs[1..]
        .iter()
        .map(|run| run["run"]["parameters"]["country"].as_str().unwrap())
        .collect();
    assert!(
        hashes[0] == hashes[2] && hashes[0] != hashes[1],
        "{hashes:?}"
    );
    assert!(
        hashes.iter().all(|hash| hash.starts_with("hash ")),
        "{hashes:?}"
    );
    for run in &runs[1..] {
        assert_eq!(run["what"], "run.finished");
        assert_eq!(run["who"]["name"], "ada@example.com");
        assert_eq!(run["clip"]["number"], clip.body["number"]);
        assert_eq!(run["database"]["name"], "data");
        assert_eq!(
            (&run["run"]["outcome"], &run["run"]["rows"]),
            (&json!("ok"), &json!(1))
        );
        assert_eq!(run["run"]["version"], 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_entry_holds_a_secret() {
    let server = Server::start().await;
    let clip = server.create_clip("select 1 as one").await;
    let links = format!("/api/v1/clips/{}/links", clip.slug);
    let (_, link) = status_and_body(
        server
            .administrator
            .post(&links, &json!({"label": "sheet"}))
            .await,
    )
    .await;
    let link = link["token"].as_str().unwrap();
    let read = server
        .anonymous()
        .with_token(link)
        .get(&format!("/{}.csv", clip.slug))
        .await;
    assert_eq!(read.status(), 200);
    let wrong = [
        ("email", "my secret@example.com"),
        ("password", "battery staple"),
    ];
    server.anonymous().submit("/sign-in", &wrong).await;
    let other = json!({"url": server.data_url().replace("reader@", "reader:hunter2@")});
    server
        .administrator
        .patch("/api/v1/databases/data", &other)
        .await;
    runs(&server, 1).await;
    let store = server.app.store.client().await.unwrap();
    let sql = "select coalesce(string_agg(audit_entries::text, ' '), '') from audit_entries";
    let all: String = store.query_one(sql, &[]).await.unwrap().get(0);
    for secret in [
        &clip.slug,
        link,
        server.administrator.token(),
        "battery",
        "hunter2",
        "my secret",
        "postgres",
    ] {
        assert!(!all.contains(secret), "{secret}: {all}");
    }
    assert!(
        all.contains("sign-in.failed") && all.contains("clip.link-made"),
        "{all}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn entries_are_found_by_person_kind_and_time() {
    let server = Server::start().await;
    let mia = server.user("mia@example.com", Role::Member).await;
    mia.create_clip("select 1").await;
    server.create_clip("select 2").await;
    for (query, count) in [
        ("?what=clip.created", 2),
        ("?what=clip&who=MIA@", 1),
        ("?what=clip&who=nobody", 0),
        ("?what=cli", 0),
        ("?what=clip&to=2000-01-01", 0),
        ("?what=clip&from=2000-01-01&to=2999-01-01T00:00:00Z", 2),
        ("?what=clip&from=2999-01-01", 0),
        ("?what=clip&who=127.0.0.1", 2),
        ("?what=person&who=server", 2),
    ] {
        assert_eq!(audit(&server, query).await.len(), count, "{query}");
    }
    for query in ["from=yesterday", "to=x", "cursor=x"] {
        let answer = server
            .administrator
            .get(&format!("/api/v1/audit?{query}"))
            .await;
        assert_eq!(answer.status(), 400, "{query}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_and_the_file_hold_every_entry_once() {
    let server = Server::start().await;
    let store = server.app.store.client().await.unwrap();
    // Many at the same moment, and more than the file reads at once.
    let sql = "insert into audit_entries (at, what, via)
               select now() - (n / 7) * interval '1 s', 'many', 'server' from generate_series(1, 2300) as n";
    store.execute(sql, &[]).await.unwrap();
    let mut numbers = Vec::new();
    let mut cursor = String::new();
    loop {
        let path = format!("/api/v1/audit?what=many&cursor={cursor}");
        let (_, body) = status_and_body(server.administrator.get(&path).await).await;
        let entries = body["entries"].as_array().unwrap();
        assert!(entries.len() <= 100);
        numbers.extend(
            entries
                .iter()
                .map(|entry| entry["number"].as_i64().unwrap()),
        );
        match body["next"].as_str() {
            Some(next) => cursor = next.to_owned(),
            None => break,
        }
    }
    let file = server
        .administrator
        .get("/api/v1/audit/export?what=many")
        .await;
    assert_eq!(file.headers()["content-type"], "application/x-ndjson");
    let text = file.text().await.unwrap();
    let lines = text
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap());
    let mut in_file: Vec<i64> = lines.map(|line| line["number"].as_i64().unwrap()).collect();
    in_file.reverse();
    assert_eq!(in_file.len(), 2_300);
    assert_eq!(numbers, in_file);
    let refused = server
        .administrator
        .get("/api/v1/audit/export?who=%00")
        .await;
    assert_eq!(refused.status(), 400);
    let exported = audit(&server, "?what=audit.exported").await;
    assert_eq!(exported.len(), 1);
    assert_eq!(exported[0]["who"]["name"], "ada@example.com");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_shows_what_was_done_and_escapes_it() {
    let server = Server::start().await;
    let clip = server.create_clip("select 1").await;
    let title = json!({"title": "<b>Orders</b>"});
    server
        .administrator
        .patch(&format!("/api/v1/clips/{}", clip.slug), &title)
        .await;
    let request = server
        .administrator
        .request(Method::GET, "/audit?what=clip");
    let page = request.send().await.unwrap().text().await.unwrap();
    assert!(page.contains("<strong>Clip renamed</strong>"), "{page}");
    assert!(
        page.contains("&#60;b&#62;Orders") && !page.contains("<b>Orders"),
        "{page}"
    );
    assert!(
        page.contains("ada@example.com") && page.contains("by token"),
        "{page}"
    );
    assert!(page.contains("href=\"/audit/export?what=clip\""), "{page}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_entry_names_its_token_even_once_that_is_revoked() {
    let server = Server::start().await;
    let store = &server.app.store;
    let email = Email::parse("ada@example.com").unwrap();
    let ada = User::find_by_email(store, &email).await.unwrap().unwrap();
    let new = NewToken::named("night shift 2");
    let token = Token::create(store, &ada, &new).await.unwrap();
    let client = server.anonymous().with_token(token.as_str());
    let clip = client.create_clip("select 1 as n").await;
    assert_eq!(
        client.get(&format!("/{}.csv", clip.slug)).await.status(),
        200
    );
    runs(&server, 1).await;
    let issued = Token::all(store, &ada).await.unwrap().remove(0);
    Token::revoke(store, &ada, issued.id).await.unwrap();
    let named = json!({"number": issued.id, "name": "night shift 2"});
    for what in ["clip.created", "run.finished"] {
        let entry = audit(&server, &format!("?what={what}&who=token"))
            .await
            .remove(0);
        assert_eq!((&entry["via"], &entry["token"]), (&json!("token"), &named));
    }
    let api = &server.administrator;
    let file = api.get("/api/v1/audit/export?what=clip.created").await;
    let line: Value = serde_json::from_str(file.text().await.unwrap().trim()).unwrap();
    assert_eq!(line["token"], named);
    let page = api
        .get("/audit?what=clip.created")
        .await
        .text()
        .await
        .unwrap();
    let words = format!("by token {} “night shift 2”", issued.id);
    assert!(page.contains(&words), "{page}");
    server.signed_in("ada@example.com").await;
    let entry = audit(&server, "?what=sign-in.succeeded").await.remove(0);
    assert_eq!(entry.get("token"), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn commands_are_entries_too() {
    let program = Program::on_empty_store().await;
    program.done(&["user", "add", "ada@example.com"], "correct horse");
    program.done(&["token", "add", "ada@example.com", "--name", "laptop"], "");
    let backup = program.done(&["export"], "");
    program.done(&["import"], &backup);
    let store = connect(&program.setting("DATABASE_URL")).await.unwrap();
    let sql = "select what from audit_entries where via = 'command line' order by id";
    let rows = store.query(sql, &[]).await.unwrap();
    let what: Vec<&str> = rows.iter().map(|row| row.get(0)).collect();
    let expected = [
        "person.added",
        "token.created",
        "store.exported",
        "store.imported",
    ];
    assert_eq!(what, expected);
}

#[test]
fn each_kind_of_entry_is_documented() {
    let documented = include_str!("../../../docs/audit.md");
    for what in What::all() {
        let name = format!("| `{}` |", what.name());
        assert!(documented.contains(&name), "{name}");
    }
}
