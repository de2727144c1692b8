//! What only the forms of JSON have to get right.

use std::collections::HashMap;

use super::{Table, read, text};
use crate::support::Server;

#[tokio::test(flavor = "multi_thread")]
async fn a_json_cell_with_line_breaks_stays_on_its_line_of_ndjson() {
    let server = Server::start().await;
    let sql = r#"select E'{\r\n "a": "b\\nc",\n\t"d": 1.10\n}'::json as j"#;
    let clip = server.create_clip(sql).await;
    assert_eq!(
        text(&server, &clip, "ndjson").await,
        "{\"j\":{   \"a\": \"b\\nc\", \t\"d\": 1.10 }}\n"
    );
    let table: Table = read(&text(&server, &clip, "json").await);
    assert_eq!(
        table.values[0][0].get(),
        "{\r\n \"a\": \"b\\nc\",\n\t\"d\": 1.10\n}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_common_values_of_a_column_nest_in_json() {
    let server = Server::start().await;
    let superuser = server.superuser().await;
    let shades =
        "create table shades as select 'light \"blue\"' as shade from generate_series(1, 9);
        grant select on shades to public; analyze shades";
    superuser.batch_execute(shades).await.unwrap();
    let sql = "select most_common_vals from pg_stats where tablename = 'shades'";
    let clip = server.create_clip(sql).await;
    let table: Table = read(&text(&server, &clip, "json").await);
    assert_eq!(table.values[0][0].get(), r#"["light \"blue\""]"#);
}

/// `json` holds any escape, but half of a surrogate pair is no character.
#[tokio::test(flavor = "multi_thread")]
async fn a_lone_surrogate_makes_no_file_unreadable_and_is_counted() {
    let server = Server::start().await;
    let sql = r#"select '["\ud800", "\ud83d\ude00"]'::json as j, array['"\uDC00"'::json] as a, E'\x01' as t"#;
    let clip = server.create_clip(sql).await;
    for (format, expected, replaced) in [
        ("json", r#"["\ud800", "\ud83d\ude00"],["\uDC00"],"#, None),
        ("json?shape=objects", r#":["\uDC00"],"#, None),
        (
            "ndjson",
            r#"{"j":["\ufffd", "\ud83d\ude00"],"a":["\ufffd"],"t":"\u0001"}"#,
            Some("2"),
        ),
        (
            "xml",
            "<value>[\"\\ufffd\", \"\\ud83d\\ude00\"]</value><value>{\"\\\"\\\\uDC00\\\"\"}</value><value>\u{fffd}</value>",
            Some("2"),
        ),
        ("csv", r"\ud800", None),
    ] {
        // The second answer comes from a cache.
        let stored = format.replace('?', "&");
        let (suffix, options) = stored.split_once('&').unwrap_or((&stored, ""));
        let stored = format!("{suffix}?version=1&result=1&{options}");
        for format in [format, &stored, &stored] {
            let answer = server.rows(&clip, format).await;
            let counted = answer.headers().get("x-dataclips-replaced");
            let counted = counted.map(|count| count.to_str().unwrap().to_owned());
            assert_eq!(counted.as_deref(), replaced, "{format}");
            let text = answer.text().await.unwrap();
            assert!(text.contains(expected), "{format}: {text}");
        }
    }
    let line = text(&server, &clip, "ndjson").await;
    read::<HashMap<String, serde_json::Value>>(&line);
}

#[tokio::test(flavor = "multi_thread")]
async fn both_shapes_of_json_carry_what_consumers_know() {
    let server = Server::start().await;
    let clip = server
        .create_clip("select 1 as a, 'x'::text as b union all select 2, null order by 1")
        .await;
    let json = text(&server, &clip, "json").await;
    let table: serde_json::Value = read(&json);
    let (beginning, _) = json.split_once(",\"started_at\"").unwrap();
    assert_eq!(
        beginning,
        r#"{"title":"A test","fields":["a","b"],"types":[23,25],"type_names":["int4","text"],"values":[[1,"x"],[2,null]]"#
    );
    for (key, expected) in [
        ("version", "1"),
        ("result", "1"),
        ("rows", "2"),
        ("truncated", "false"),
    ] {
        assert_eq!(table[key].to_string(), expected, "{key}");
    }
    for key in ["started_at", "finished_at"] {
        let at = table[key].as_str().unwrap();
        assert!(
            at.ends_with('Z') && at.parse::<jiff::Timestamp>().is_ok(),
            "{at}"
        );
    }
    assert_eq!(table["checksum"].as_str().unwrap().len(), 64);
    assert_eq!(table.get("truncated_by"), None);
    assert_eq!(
        text(&server, &clip, "json?shape=objects").await,
        "[{\"a\":1,\"b\":\"x\"},{\"a\":2,\"b\":null}]\n"
    );
    let refused = server.rows(&clip, "json?shape=round").await;
    assert_eq!(refused.status(), 400);
}
