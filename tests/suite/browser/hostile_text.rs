//! Whatever people write into clips and databases, a browser shows it as text: nothing runs, and no request is sent.

use std::io::ErrorKind;
use std::net::TcpListener;

use serde_json::json;

use super::*;

/// Elements that our own markup never has: inline scripts, event handlers, and whatever loads from or leads to other
/// sites.
const MARKUP: &str = "[...document.querySelectorAll('*')].filter(element =>
    element.matches('script:not([src^=\"/static/\"]), link:not([href^=\"/static/\"]), img:not([src^=\"/static/\"]), form[action]:not([action^=\"/\"]), iframe, object, embed, base, style:not([nonce]), meta[http-equiv]')
    || element.getAttributeNames().some(name => name.startsWith('on') || name === 'srcdoc')
    || /^\\s*(javascript|data|vbscript):/i.test(element.getAttribute('href') ?? '')
).map(element => element.outerHTML)";

/// Each tries to run, or to reach a listener.
fn attacks(listener: &str) -> Vec<String> {
    let run = "document.title='owned';window.owned=1";
    vec![
        format!("<script>{run}</script>"),
        format!("</script><script>{run}</script>"),
        format!("\"><img src=x onerror={run}>"),
        format!("'><svg onload={run}>"),
        format!("</textarea><script>{run}</script>"),
        format!("</title></h1><iframe srcdoc=\"<script>{run}</script>\">"),
        format!("<a href=\"javascript:{run}\">x</a>"),
        format!("javascript:{run}"),
        format!("\" onfocus={run} autofocus x=\""),
        format!("<img src={listener}/img>"),
        format!("<link rel=stylesheet href={listener}/css>"),
        format!("<style>@import '{listener}/import';</style>"),
        format!("<meta http-equiv=refresh content=0;url={listener}>"),
        format!("<base href={listener}/><form action={listener}><button>go</button></form>"),
        "&lt;script&gt;&#60;b&#62; {{ 7*7 }} {% raw %} ${7*7} <!-- ]]>".to_owned(),
    ]
}

/// A query that has the attack as column, as a cell, as a long cell that folds, and in a comment.
fn rows(attack: &str) -> String {
    let (cell, name) = (attack.replace('\'', "''"), name(attack));
    let comment = attack.replace("*/", "");
    format!("/* {comment} */ select '{cell}' as \"{name}\", repeat('{cell} ', 40) as long")
}

/// A query whose error message contains the attack.
fn failure(attack: &str) -> String {
    format!("select '{}'::integer", attack.replace('\'', "''"))
}

/// The attack as a quoted name, cut where PostgreSQL would cut it.
fn name(attack: &str) -> String {
    attack[..attack.len().min(63)].replace('"', "\"\"")
}

async fn is_text(browser: &Browser, path: &str, texts: &[&str]) {
    browser.visit(path).await;
    for text in texts {
        browser.sees(text).await;
    }
    assert_eq!(browser.address().await, path);
    assert_eq!(browser.evaluate("typeof window.owned").await, "undefined");
    let title = browser.evaluate("document.title").await;
    assert!(title.as_str().unwrap().ends_with(" – Dataclips"), "{title}");
    let markup = browser.evaluate(MARKUP).await;
    assert_eq!(markup, json!([]), "{path}");
    browser.asks_no_other_server().await;
    browser.has_a_quiet_console().await;
}

/// Counts what reaches it: nothing may.
struct Lure(TcpListener);

impl Lure {
    fn lay() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        Self(listener)
    }

    fn attacks(&self) -> Vec<String> {
        attacks(&format!("http://{}", self.0.local_addr().unwrap()))
    }

    fn nobody_came(&self) {
        assert_eq!(self.0.accept().unwrap_err().kind(), ErrorKind::WouldBlock);
    }
}

/// A clip on a database, both named like the attack.
struct Attacked {
    path: String,
    database: String,
    sql: String,
    /// A column's name, or the error message.
    heading: String,
}

/// One with rows, one that fails.
async fn attacked(server: &Server, attack: &str) -> Vec<Attacked> {
    let database = &attack[..attack.len().min(100)];
    server.add_database(database, &server.data_url()).await;
    let mut clips = Vec::new();
    for (sql, heading) in [
        (rows(attack), name(attack)),
        (failure(attack), attack.to_owned()),
    ] {
        let new = json!({"title": attack, "database": database, "sql": sql});
        let answer = server.administrator.post("/api/v1/clips", &new).await;
        let clip: serde_json::Value = answer.json().await.unwrap();
        clips.push(Attacked {
            path: format!("/{}", clip["slug"].as_str().unwrap()),
            database: database.to_owned(),
            sql,
            heading: heading.replace("\"\"", "\""),
        });
    }
    clips
}

#[tokio::test(flavor = "multi_thread")]
async fn what_people_write_never_runs_before_a_reader() {
    let lure = Lure::lay();
    let server = Server::start().await;
    let browser = Browser::with(&server, Device::desktop()).await;
    for attack in lure.attacks() {
        for clip in attacked(&server, &attack).await {
            let texts = [&attack, &clip.database, &clip.heading];
            is_text(&browser, &clip.path, &texts.map(String::as_str)).await;
            open_query(&browser).await;
            browser.sees(&clip.sql).await;
        }
        let decorated = format!(
            "/no-such-clip-{}",
            attack.replace(['/', '%', '?', '#'], "-")
        );
        browser.visit(&decorated).await;
        assert_eq!(browser.evaluate(MARKUP).await, json!([]));
    }
    lure.nobody_came();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_people_write_never_runs_before_an_editor() {
    let lure = Lure::lay();
    let server = Server::start().await;
    let editor = Browser::with(&server, Device::desktop()).await;
    sign_in(&editor, "ada@example.com").await;
    for attack in lure.attacks() {
        let clips = attacked(&server, &attack).await;
        let database = clips[0].database.as_str();
        for clip in &clips {
            let path = &clip.path;
            is_text(&editor, path, &[&attack, &clip.heading]).await;
            open_query(&editor).await;
            assert_eq!(editor.value("Query").await, clip.sql);
            is_text(&editor, &format!("{path}/history"), &[&attack]).await;
            editor.press("Query").await;
            editor.sees(&clip.sql).await;
            is_text(&editor, &format!("{path}/settings"), &[&attack]).await;
            assert_eq!(editor.value("Name").await, attack);
            editor.press("Remove clip").await;
            editor.is_at("/clips/removed").await;
            is_text(&editor, "/clips/removed", &[&attack, database]).await;
            editor.press(&format!("Restore {attack}")).await;
            editor.is_at(path).await;
        }
        is_text(&editor, "/", &[&attack, database]).await;
        is_text(&editor, "/databases", &[database]).await;
        editor.click_link(database).await;
        editor.sees("Current state").await;
        is_text(&editor, &editor.address().await, &[database]).await;
        assert_eq!(editor.value("Name").await, database);
        is_text(&editor, "/clips/new", &["New clip"]).await;
    }
    lure.nobody_came();
}
