//! Whatever people write into clips and databases, a browser shows it as text: nothing runs, nothing is asked for.

use std::io::ErrorKind;
use std::net::TcpListener;

use serde_json::json;

use super::*;

/// What only markup of ours may make: no script of the page's own, no handlers, no way to load or to lead elsewhere.
const MARKUP: &str = "[...document.querySelectorAll('*')].filter(element =>
    element.matches('script:not([src^=\"/static/\"]), link:not([href^=\"/static/\"]), img:not([src^=\"/static/\"]), form[action]:not([action^=\"/\"]), iframe, object, embed, base, style, meta[http-equiv]')
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

/// A query whose failure's words hold the attack.
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

#[tokio::test(flavor = "multi_thread")]
async fn what_people_write_never_runs() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let server = Server::start().await;
    let [browser, editor] = Browser::two(&server).await;
    sign_in(&editor, "ada@example.com").await;
    for attack in attacks(&address) {
        let database = &attack[..attack.len().min(100)];
        server.add_database(database, &server.data_url()).await;
        for (sql, heading) in [
            (rows(&attack), name(&attack)),
            (failure(&attack), attack.clone()),
        ] {
            let new = json!({"title": attack, "database": database, "sql": sql});
            let answer = server.administrator.post("/api/v1/clips", &new).await;
            let clip: serde_json::Value = answer.json().await.unwrap();
            let path = format!("/{}", clip["slug"].as_str().unwrap());
            let heading = heading.replace("\"\"", "\"");
            is_text(&browser, &path, &[&attack, database, &heading, &sql]).await;
            is_text(&editor, &path, &[&attack, &heading]).await;
            assert_eq!(editor.value("Query").await, sql);
            is_text(&editor, &format!("{path}/versions"), &[&attack, &sql]).await;
            is_text(&editor, &format!("{path}/settings"), &[&attack]).await;
            assert_eq!(editor.value("Name").await, attack);
            editor.press("Remove Dataclip").await;
            editor.is_at("/clips/removed").await;
            is_text(&editor, "/clips/removed", &[&attack, database]).await;
            editor.press(&format!("Restore {attack}")).await;
            editor.is_at(&path).await;
        }
        is_text(&editor, "/", &[&attack, database]).await;
        is_text(&editor, "/databases", &[database]).await;
        editor.click_link(database).await;
        editor.sees("As it answers now").await;
        is_text(&editor, &editor.address().await, &[database]).await;
        assert_eq!(editor.value("Name").await, database);
        is_text(&editor, "/clips/new", &["New dataclip"]).await;
        let decorated = format!(
            "/no-such-clip-{}",
            attack.replace(['/', '%', '?', '#'], "-")
        );
        browser.visit(&decorated).await;
        assert_eq!(browser.evaluate(MARKUP).await, json!([]));
    }
    assert_eq!(listener.accept().unwrap_err().kind(), ErrorKind::WouldBlock);
}
