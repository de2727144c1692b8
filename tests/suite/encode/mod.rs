//! Every type in every format, through the real server, and against what PostgreSQL's own COPY prints.

mod geometries;
mod json;
pub mod parquet;
mod types;

use std::collections::HashMap;

use futures_util::TryStreamExt;
use quick_xml::events::Event;
use serde::Deserialize;
use serde_json::value::RawValue;
use tokio_postgres::Client;

use types::{OWN_TYPES, TYPES, Type, installed, zoo};

use crate::support::{Clip, Server, Workbook, character, connect};

/// What the session of a run is set to.
pub const SESSION: &str = "
    set timezone = 'UTC'; set datestyle = 'ISO'; set intervalstyle = 'postgres';
    set bytea_output = 'hex'; set extra_float_digits = 1; set client_encoding = 'UTF8'";

/// A type that prints as PostGIS' does: PostgreSQL prints the labels of an enum as they are.
pub const GEOMETRY: &str = "create type geometry as enum (
    '0101000020E6100000000000000000F03F0000000000000040',
    '0101000020110F0000000000000000F03F0000000000000040')";
/// Its longitude 1 and latitude 2.
pub const POINT: &str = "0101000020E6100000000000000000F03F0000000000000040";
/// Its 1 and 2 metres in SRID 3857.
pub const METRES: &str = "0101000020110F0000000000000000F03F0000000000000040";

/// Text that breaks careless encoders, as SQL writes it and as it is.
const HOSTILE_TEXTS: &[(&str, &str)] = &[
    ("''", ""),
    (r"'\.'", "\\."),
    ("'\"'", "\""),
    ("'a,b'", "a,b"),
    (r"E'a\tb'", "a\tb"),
    (r"E'a\nb'", "a\nb"),
    (r"E'a\r\nb'", "a\r\nb"),
    (r"E'\r'", "\r"),
    ("' a '", " a "),
    (r"'\N'", "\\N"),
    ("'😀 ﷽ é'", "😀 ﷽ é"),
    ("']]> <!-- &amp; <b>'", "]]> <!-- &amp; <b>"),
    ("'=1+1'", "=1+1"),
    ("'-x'", "-x"),
    (r"E'\u2028\uFEFF'", "\u{2028}\u{feff}"),
    ("'_x0041_'", "_x0041_"),
    (r"E'a\u0001b'", "a\u{1}b"),
    (r"E'_x0041\u0001'", "_x0041\u{1}"),
    (r"E'\uFFFE\uFFFF'", "\u{fffe}\u{ffff}"),
];

#[tokio::test(flavor = "multi_thread")]
async fn csv_and_tsv_are_byte_for_byte_what_copy_prints() {
    let server = Server::start().await;
    let superuser = server.superuser().await;
    superuser.batch_execute(OWN_TYPES).await.unwrap();
    let mut types = Type::read_all(TYPES);
    types.retain(|known| !matches!(known.csv, "true" | "false"));
    types.extend(installed(&superuser).await);
    let reader = connect(&server.data_url()).await.unwrap();
    reader.batch_execute(SESSION).await.unwrap();
    for sql in [
        zoo(&types),
        hostile_texts(),
        r"select '\.' as a, null as a".to_owned(),
        "select null as lonely".to_owned(),
        r#"select 1 as "a,b", 2 as "say ""hi""", 3 as "tab	here", 4 as "=1""#.to_owned(),
        "select * from orders limit 0".to_owned(),
        "select id, amount, ordered_at from orders order by id limit 500".to_owned(),
    ] {
        let clip = server.create_clip(&sql).await;
        for (format, delimiter) in [("csv", ""), ("tsv", ", delimiter E'\\t'")] {
            let copied = copy(&reader, &sql, delimiter).await;
            assert_eq!(
                text(&server, &clip, format).await,
                copied,
                "{sql} as {format}"
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn hostile_text_survives_in_every_format() {
    let server = Server::start().await;
    let clip = server.create_clip(&hostile_texts()).await;
    let texts: Vec<&str> = HOSTILE_TEXTS.iter().map(|(_, text)| *text).collect();
    for (format, delimiter) in [("csv", b','), ("tsv", b'\t')] {
        let file = text(&server, &clip, format).await;
        let mut reader = csv::ReaderBuilder::new()
            .delimiter(delimiter)
            .from_reader(file.as_bytes());
        let cells: Vec<String> = reader
            .records()
            .map(|record| record.unwrap()[0].to_owned())
            .collect();
        assert_eq!(cells, texts, "{format}");
    }
    let table: Table = read(&text(&server, &clip, "json").await);
    let ndjson = text(&server, &clip, "ndjson").await;
    let lines: Vec<Object> = lines(&ndjson);
    let values = xml_values(&text(&server, &clip, "xml").await);
    let cells = workbook(&server, &clip, "xlsx").await.cells(1);
    assert_eq!(lines.len(), texts.len());
    for (index, expected) in texts.iter().enumerate() {
        for value in [&table.values[index][0], &lines[index]["column1"]] {
            assert_eq!(read::<String>(value.get()), *expected);
        }
        let holdable = expected.replace(['\u{1}', '\u{fffe}', '\u{ffff}'], "\u{fffd}");
        assert_eq!(
            values[index].as_deref(),
            Some(holdable.as_str()),
            "{expected:?}"
        );
        let cell = &cells[&format!("A{}", index + 2)];
        let kept = format!("text {}", expected.replace("\r\n", "\n"));
        assert_eq!(*cell, kept, "{expected:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn repeated_column_names_survive_everywhere() {
    let server = Server::start().await;
    let clip = server
        .create_clip("select 1 as a, 2 as a, 3 as \"a_2\", 4 as a, 5")
        .await;
    assert_eq!(
        text(&server, &clip, "csv").await,
        "a,a,a_2,a,?column?\n1,2,3,4,5\n"
    );
    assert_eq!(
        text(&server, &clip, "tsv").await,
        "a\ta\ta_2\ta\t?column?\n1\t2\t3\t4\t5\n"
    );
    let table: Table = read(&text(&server, &clip, "json").await);
    assert_eq!(table.fields, ["a", "a", "a_2", "a", "?column?"]);
    let values: Vec<&str> = table.values[0].iter().map(|value| value.get()).collect();
    assert_eq!(values, ["1", "2", "3", "4", "5"]);
    let object = r#"{"a":1,"a_3":2,"a_2":3,"a_4":4,"?column?":5}"#;
    assert_eq!(
        text(&server, &clip, "json?shape=objects").await,
        format!("[{object}]\n")
    );
    assert_eq!(text(&server, &clip, "ndjson").await, format!("{object}\n"));
    let xml = text(&server, &clip, "xml").await;
    assert_eq!(
        xml.matches("<field name=\"a\" type=\"int4\"/>").count(),
        3,
        "{xml}"
    );
    for suffix in ["xls", "xlsx"] {
        let cells = workbook(&server, &clip, suffix).await.cells(1);
        let header = ["A1", "B1", "C1", "D1", "E1"].map(|place| cells[place].as_str());
        assert_eq!(
            header,
            ["text a", "text a", "text a_2", "text a", "text ?column?"]
        );
        assert_eq!(cells["D2"], "number 4");
    }
}

/// A declared scale is PostgreSQL's type modifier, which is kept with the result. `union` drops it.
#[tokio::test(flavor = "multi_thread")]
async fn a_quotient_is_a_number_and_a_declared_scale_keeps_its_digits() {
    let server = Server::start().await;
    let sql = "select 1 / 3.0 as quotient, (1 / 3.0)::numeric(30, 20) as declared";
    let clip = server.create_clip(sql).await;
    for suffix in ["xlsx", "xlsx?version=1&result=1"] {
        let cells = workbook(&server, &clip, suffix).await.cells(1);
        assert_eq!(cells["A2"], "number 0.3333333333333333", "{suffix}");
        assert_eq!(cells["B2"], "text 0.33333333333333333333", "{suffix}");
    }
}

/// A clip may change its session's styles while it runs: then values keep PostgreSQL's own form, and mean the same
/// time.
#[tokio::test(flavor = "multi_thread")]
async fn a_clip_that_sets_its_own_date_style_gets_it() {
    let server = Server::start().await;
    let german = "select set_config('datestyle', 'German', true) is null as x, timestamp '2026-03-31 12:00:00' as at, date '2026-03-31' as day";
    let clip = server.create_clip(german).await;
    assert_eq!(
        text(&server, &clip, "csv").await,
        "x,at,day\nfalse,31.03.2026 12:00:00,31.03.2026\n"
    );
    let table: Table = read(&text(&server, &clip, "json").await);
    assert_eq!(table.values[0][1].get(), "\"31.03.2026 12:00:00\"");
    let cells = workbook(&server, &clip, "xlsx").await.cells(1);
    assert_eq!(
        (&*cells["B2"], &*cells["C2"]),
        ("text 31.03.2026 12:00:00", "text 31.03.2026")
    );

    let amsterdam = "select set_config('timezone', 'Europe/Amsterdam', true) is null as x, timestamptz '1925-01-01 00:00:00+00' as at";
    let clip = server.create_clip(amsterdam).await;
    let table: Table = read(&text(&server, &clip, "json").await);
    let csv = text(&server, &clip, "csv").await;
    let printed = csv.lines().nth(1).unwrap().strip_prefix("false,").unwrap();
    // Amsterdam's own time was 20 minutes and some seconds ahead, which only some time zone data still knows.
    if printed.len() > "1925-01-01 00:20:00+00:20".len() {
        assert_eq!(read::<String>(table.values[0][1].get()), printed);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_workbook_describes_its_clip() {
    let server = Server::start().await;
    let clip = server.create_clip("select now() as at, 'x' as b").await;
    let about = workbook(&server, &clip, "xls").await.cells(2);
    let mut lines = (1..).map_while(|row| {
        let label = about.get(&format!("A{row}"))?.clone();
        Some((label, about[&format!("B{row}")].clone()))
    });
    let lines: HashMap<String, String> = lines.by_ref().collect();
    for (label, value) in [
        ("Title", "text A test"),
        ("URL", &format!("text {}/{}", server.url, clip.slug)),
        ("Version", "number 1"),
        ("Result", "number 1"),
        ("Rows", "number 1"),
        ("Truncated", "text no"),
        ("SQL", "text select now() as at, 'x' as b"),
    ] {
        assert_eq!(lines[&format!("text {label}")], value, "{label}");
    }
    let hide = serde_json::json!({"show_sql": false});
    server
        .administrator
        .patch(&format!("/api/v1/clips/{}", clip.slug), &hide)
        .await;
    let about = workbook(&server, &clip, "xlsx").await.cells(2);
    assert!(about.values().all(|cell| cell != "text SQL"), "{about:?}");
    let data = workbook(&server, &clip, "xlsx").await.cells(1);
    assert_eq!(data["A1"], "text at (UTC)");
}

#[derive(Deserialize)]
struct Table {
    fields: Vec<String>,
    values: Vec<Vec<Box<RawValue>>>,
}

type Object = HashMap<String, Box<RawValue>>;

/// One column with a row for each text.
fn hostile_texts() -> String {
    let rows: Vec<String> = HOSTILE_TEXTS
        .iter()
        .map(|(sql, _)| format!("({sql})"))
        .collect();
    format!("values {}", rows.join(", "))
}

async fn copy(client: &Client, sql: &str, options: &str) -> String {
    let copy = format!("copy ({sql}) to stdout (format csv, header{options})");
    let stream = client.copy_out(&copy).await.unwrap();
    let pieces: Vec<bytes::Bytes> = stream.try_collect().await.unwrap();
    String::from_utf8(pieces.concat()).unwrap()
}

pub async fn text(server: &Server, clip: &Clip, format: &str) -> String {
    let answer = server.rows(clip, format).await;
    let status = answer.status();
    let text = answer.text().await.unwrap();
    assert_eq!(status, 200, "{text}");
    text
}

pub async fn workbook(server: &Server, clip: &Clip, suffix: &str) -> Workbook {
    Workbook::open(&server.rows(clip, suffix).await.bytes().await.unwrap())
}

fn read<'a, T: Deserialize<'a>>(json: &'a str) -> T {
    serde_json::from_str(json).unwrap()
}

fn lines<'a, T: Deserialize<'a>>(ndjson: &'a str) -> Vec<T> {
    ndjson.lines().map(read).collect()
}

/// The cells of a line, with the quotes that they came with.
pub fn split(line: &str, delimiter: char) -> Vec<String> {
    let mut is_quoted = false;
    let cells = line.split(|character| {
        is_quoted ^= character == '"';
        character == delimiter && !is_quoted
    });
    cells.map(str::to_owned).collect()
}

pub fn xml_values(xml: &str) -> Vec<Option<String>> {
    let mut reader = quick_xml::Reader::from_str(xml);
    let mut values = Vec::new();
    let mut value = None;
    loop {
        match reader.read_event().unwrap() {
            Event::Start(tag) if tag.name().as_ref() == "value" => value = Some(String::new()),
            Event::Empty(tag) if tag.name().as_ref() == "value" => values.push(None),
            Event::Text(text) => value.iter_mut().for_each(|value| value.push_str(&text)),
            Event::GeneralRef(name) => {
                value
                    .iter_mut()
                    .for_each(|value| value.push(character(&name)));
            }
            Event::End(tag) if tag.name().as_ref() == "value" => values.push(value.take()),
            Event::Eof => return values,
            _ => {}
        }
    }
}

/// A, B, …, Z, AA, …
pub fn column(index: usize) -> String {
    let letter = char::from(b'A' + (index % 26) as u8);
    match index / 26 {
        0 => letter.to_string(),
        more => format!("{}{letter}", column(more - 1)),
    }
}
