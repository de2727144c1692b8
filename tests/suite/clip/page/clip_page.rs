//! The page of a clip: what it shows, and that what it shows stays text.

use crate::http::{ask, change, header, hide_sql};
use crate::support::{Clip, Server};
use serde_json::json;

async fn page(server: &Server, clip: &Clip) -> String {
    let answer = ask(&server.anonymous(), clip, "").await;
    answer.text().await.unwrap()
}

/// The cells of the table's body, as the page has them.
fn cells(page: &str) -> Vec<String> {
    let (_, body) = page.split_once("<tbody>").unwrap();
    let (body, _) = body.split_once("</tbody>").unwrap();
    let cells = body.split("<td").skip(1).map(|cell| {
        let (_, cell) = cell.split_once('>').unwrap();
        cell.split_once("</td>").unwrap().0.trim().to_owned()
    });
    cells.collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_shows_its_rows_and_how_to_get_them() {
    let server = Server::start().await;
    let clip = server
        .create_clip("select id, customer from orders order by id limit 5")
        .await;
    change(&server, &clip, json!({"title": "Five orders"})).await;
    let page = page(&server, &clip).await;
    assert!(
        page.contains("<title>Five orders – Dataclips</title>"),
        "{page}"
    );
    assert!(page.contains("<h1>Five orders</h1>"), "{page}");
    assert!(
        page.contains("<span>5 rows</span>") && page.contains(" ms"),
        "{page}"
    );
    assert!(page.contains("select id, customer from orders"), "{page}");
    assert_eq!(cells(&page)[..4], ["1", "Customer 1", "2", "Customer 2"]);
    for rest in [".csv", ".xlsx", ".json", "/share"] {
        let link = format!("href=\"/{}{rest}\"", clip.slug);
        assert!(page.contains(&link), "{link}: {page}");
    }
    hide_sql(&server, &clip).await;
    assert!(!self::page(&server, &clip).await.contains("select id"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_number_of_rows_is_written_as_people_say_it() {
    let server = Server::start().await;
    for (sql, words) in [
        ("select 1", "<span>1 row</span>"),
        ("select 1 where false", "<span>0 rows</span>"),
        ("select 1 where false", "No rows"),
        ("select * from orders limit 101", "Rows 1 to 100 of 101"),
        ("select * from orders", "<span>29,999 rows</span>"),
        ("select * from orders", "Only the first 29,999 are here"),
    ] {
        let clip = server.create_clip(sql).await;
        let page = page(&server, &clip).await;
        assert!(page.contains(words), "{sql}: {page}");
    }
    let slow = server.create_clip("select pg_sleep(1)").await;
    let page = format!("/{}?wait=1", slow.slug);
    let page = server.anonymous().get(&page).await.text().await.unwrap();
    let ran = page.contains("<span>1 row</span>")
        && page.contains("How long the query ran\" data-duration>1.");
    assert!(ran, "{page}");
}

#[tokio::test(flavor = "multi_thread")]
async fn each_kind_of_value_reads_well() {
    let server = Server::start().await;
    let long = "é".repeat(299);
    for (value, expected) in [
        ("null", "<span class=\"null\">NULL</span>"),
        ("''::text", ""),
        ("'NULL'::text", "NULL"),
        ("true", "true"),
        ("false", "false"),
        ("'t'::text", "t"),
        ("array[true, false]", "{t,f}"),
        ("9223372036854775807", "9223372036854775807"),
        ("10.50", "10.5<span class=\"soft\">0</span>"),
        ("'\\x00ff'::bytea", "\\x00ff"),
        (
            "timestamptz '2026-03-31 12:00:00.5+00'",
            "2026-03-31 12:00:00<span class=\"soft\">.5+00</span>",
        ),
        (&format!("'{long}x'"), &format!("{long}x")),
        (
            &format!("'{long}xyz'"),
            &format!("<details><summary>{long}x…</summary>{long}xyz</details>"),
        ),
    ] {
        let clip = server.create_clip(&format!("select {value} as a")).await;
        let page = page(&server, &clip).await;
        assert_eq!(cells(&page), [expected], "{value}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_people_write_stays_text() {
    let server = Server::start().await;
    let attack = "<script>alert(1)</script><img src=x onerror=\"alert(2)\">'&amp;";
    let quoted = attack.replace('\'', "''");
    let name = attack.replace('"', "\"\"");
    for sql in [
        format!("select '{quoted}' as a -- {attack}"),
        format!("select 1 as \"{}\"", &name[..60]),
        format!("select '{quoted}{}' as a", "x".repeat(400)),
        format!("select '{quoted}'::int"),
        format!("select * from \"{}\"", &name[..60]),
        format!("/* {attack} */ select"),
    ] {
        let clip = server.create_clip(&sql).await;
        change(&server, &clip, json!({"title": attack})).await;
        for rest in [
            "",
            "?version=1",
            &format!("-{}", attack.replace('/', "%2F")),
        ] {
            let page = ask(&server.anonymous(), &clip, rest)
                .await
                .text()
                .await
                .unwrap();
            assert!(page.contains("alert(1)"), "{page}");
            for tag in [
                "<script>",
                "<img src=x",
                "&amp;amp;".replace("amp;amp", "amp").as_str(),
            ] {
                assert!(!page.contains(tag), "{tag} in {sql}: {page}");
            }
        }
    }
    let nowhere = server
        .anonymous()
        .get("/%3Cscript%3Ealert(1)%3C/script%3E")
        .await;
    assert!(!nowhere.text().await.unwrap().contains("<script>"));
    let open = server.create_clip("select 1").await;
    let format = ask(&server.anonymous(), &open, ".<script>").await;
    assert_eq!(header(&format, "content-type"), "application/json");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_earlier_version_has_its_own_page() {
    let server = Server::start().await;
    let clip = server.create_clip("select 'old' as a").await;
    change(&server, &clip, json!({"sql": "select 'new' as a"})).await;
    let now = page(&server, &clip).await;
    assert_eq!(cells(&now), ["new"]);
    assert!(!now.contains("earlier version"), "{now}");
    let then = ask(&server.anonymous(), &clip, "?version=1")
        .await
        .text()
        .await
        .unwrap();
    assert_eq!(cells(&then), ["old"]);
    assert!(
        then.contains("Version 1 of 2") && then.contains("earlier version"),
        "{then}"
    );
    assert!(then.contains("select &#39;old&#39; as a"), "{then}");
    assert!(
        then.contains(&format!("/{}.csv?version=1", clip.slug)),
        "{then}"
    );
    assert!(
        then.contains(&format!("/{}/share?version=1", clip.slug)),
        "{then}"
    );
    let csv = ask(&server.anonymous(), &clip, ".csv?version=1").await;
    assert_eq!(csv.text().await.unwrap(), "a\nold\n");
}
