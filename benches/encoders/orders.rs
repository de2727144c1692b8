//! Rows like those of a shop, as a result: each value is a function of the row's number, in the text that PostgreSQL
//! would print. They resemble those of `benches/limits/orders.sql`.

use std::io;
use std::time::Duration;

use dataclips::result::{Column, Memory, Rows, Summary};
use jiff::Timestamp;

/// The most rows that a result can have.
pub const ROWS: u64 = 29_999;

const COLUMNS: [(&str, u32, &str, Option<u32>); 11] = [
    ("id", 20, "int8", None),
    ("created_at", 1184, "timestamptz", None),
    ("customer", 25, "text", None),
    ("amount", 1700, "numeric", None),
    ("qty", 23, "int4", None),
    ("ratio", 701, "float8", None),
    ("active", 16, "bool", None),
    ("note", 25, "text", None),
    ("tags", 1009, "_text", Some(25)),
    ("payload", 3802, "jsonb", None),
    ("place", 17_000, "geometry", None),
];
const COLUMNS_WITHOUT_PLACE: usize = 10;

const CUSTOMERS: [&str; 4] = ["Acme, Inc.", "Müller GmbH", "\"Quoted\" Co", "北京商店"];

pub fn result(memory: &Memory) -> io::Result<(Rows, Summary)> {
    with_columns(COLUMNS_WITHOUT_PLACE, memory)
}

/// The same rows, each with a point.
pub fn result_with_places(memory: &Memory) -> io::Result<(Rows, Summary)> {
    with_columns(COLUMNS.len(), memory)
}

fn with_columns(count: usize, memory: &Memory) -> io::Result<(Rows, Summary)> {
    let columns = COLUMNS[..count].iter().copied();
    let columns = columns.map(|(name, type_oid, type_name, element_oid)| Column {
        name: name.to_owned(),
        type_oid,
        type_name: type_name.to_owned(),
        element_oid,
        ..Column::default()
    });
    let (mut writer, rows) = Rows::new(columns.collect(), memory);
    for number in 1..=ROWS {
        writer.append(row(number)[..count].iter().map(Option::as_deref))?;
    }
    let started_at = Timestamp::UNIX_EPOCH;
    let summary = Summary {
        number: 1,
        started_at,
        finished_at: started_at + Duration::from_millis(150),
        checked_at: started_at + Duration::from_millis(150),
        elapsed: Duration::from_millis(150),
        rows: ROWS,
        truncated: None,
        read_from: None,
        checked_from: None,
        checksum: writer.finish(None)?,
    };
    Ok((rows, summary))
}

fn row(number: u64) -> [Option<String>; 11] {
    [
        Some(number.to_string()),
        Some(moment(number)),
        Some(customer(number)),
        Some(format!("{}.{:02}", number * 79 % 100_000, number % 100)),
        (!number.is_multiple_of(23)).then(|| (number * 13 % 500).to_string()),
        (!number.is_multiple_of(101)).then(|| format!("0.{:016}", number * 2_654_435_761)),
        Some(if number.is_multiple_of(3) { "f" } else { "t" }.to_owned()),
        note(number),
        (!number.is_multiple_of(11))
            .then(|| format!("{{tag{},\"a,b\",region-{}}}", number % 17, number % 29)),
        (!number.is_multiple_of(19)).then(|| payload(number)),
        (!number.is_multiple_of(29)).then(|| place(number)),
    ]
}

/// A point in longitude and latitude, as PostGIS prints it.
fn place(number: u64) -> String {
    let longitude = (number * 7919 % 36_000) as f64 / 100.0 - 180.0;
    let latitude = (number * 104_729 % 18_000) as f64 / 100.0 - 90.0;
    format!(
        "0101000020E6100000{:016X}{:016X}",
        longitude.to_bits().swap_bytes(),
        latitude.to_bits().swap_bytes()
    )
}

fn moment(number: u64) -> String {
    let (day, hour, minute, second) = (number % 28 + 1, number % 24, number % 60, number % 59);
    let microsecond = number * 7919 % 1_000_000;
    format!("2020-01-{day:02} {hour:02}:{minute:02}:{second:02}.{microsecond:06}+00")
}

fn customer(number: u64) -> String {
    let name = CUSTOMERS[(number % 4) as usize];
    format!("{name} {}", number * 31 % 50_000)
}

fn note(number: u64) -> Option<String> {
    match number % 6 {
        0 => None,
        1 => Some(format!("plain note {number}")),
        2 => Some(format!("comma, separated, note {number}")),
        3 => Some(format!("she said \"ship it\" on day {number}")),
        4 => Some(format!("first line\nsecond line {number}\twith a tab")),
        _ => Some(format!("Grüße aus Köln — ünïcödé ✓ 🚚 {number}")),
    }
}

fn payload(number: u64) -> String {
    format!(
        r#"{{"sku": "SKU-{:05}", "src": "web", "dims": [{}, {}, {}], "ship": {{"city": "Zürich", "express": {}}}}}"#,
        number % 9973,
        number % 10,
        number % 20,
        number % 30,
        number.is_multiple_of(2),
    )
}
