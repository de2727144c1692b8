//! Shared by the tests of this room: a result made of cells, encoded in a format, and read back.

#![expect(clippy::disallowed_methods, reason = "no viewer looks at these rows")]

mod documents;
mod features;
mod geometries;
mod hostile;
mod long_rows;
mod markdown;
#[cfg(feature = "parquet")]
mod parquet;
mod producer;
mod types;

use std::future::ready;
use std::io::{self, Read};
use std::time::Duration;

use jiff::Timestamp;
use quick_xml::events::Event;
use serde_json::value::RawValue;

use super::*;
use crate::result::{Cut, Memory, Rows, Writer};

type Cells<'a> = Vec<Option<&'a str>>;

fn column(name: &str, type_oid: u32, type_name: &str, element_oid: Option<u32>) -> Column {
    Column {
        name: name.to_owned(),
        type_oid,
        type_name: type_name.to_owned(),
        element_oid,
        ..Column::default()
    }
}

fn text_columns(names: &[&str]) -> Vec<Column> {
    names
        .iter()
        .map(|name| column(name, 25, "text", None))
        .collect()
}

fn caption() -> Caption {
    Caption {
        title: "Five \"first\" <tables> & more\n".to_owned(),
        version: Some(3),
        url: Some("https://example.com/abc".to_owned()),
        sql: Some("select 1".to_owned()),
    }
}

fn write(mut writer: Writer, rows: &[Cells<'_>], truncated: Option<Cut>) -> Summary {
    for row in rows {
        writer.append(row.iter().copied()).unwrap();
    }
    let started_at: Timestamp = "2026-03-31T12:00:00.123456789Z".parse().unwrap();
    Summary {
        number: 7,
        started_at,
        finished_at: started_at + Duration::from_secs(1),
        checked_at: started_at + Duration::from_secs(2),
        elapsed: Duration::from_millis(5),
        rows: rows.len() as u64,
        truncated,
        checksum: writer.finish(truncated).unwrap(),
        read_from: None,
        checked_from: None,
    }
}

async fn encode_with(
    format: Format,
    options: Options,
    columns: Vec<Column>,
    cells: &[Cells<'_>],
    truncated: Option<Cut>,
) -> Vec<u8> {
    encode_captioned(format, options, caption(), columns, cells, truncated).await
}

async fn encode_captioned(
    format: Format,
    options: Options,
    caption: Caption,
    columns: Vec<Column>,
    cells: &[Cells<'_>],
    truncated: Option<Cut>,
) -> Vec<u8> {
    try_encode(format, options, caption, columns, cells, truncated)
        .await
        .unwrap()
}

async fn try_encode(
    format: Format,
    options: Options,
    caption: Caption,
    columns: Vec<Column>,
    cells: &[Cells<'_>],
    truncated: Option<Cut>,
) -> Result<Vec<u8>, Failure<io::Error>> {
    let memory = Memory::new(1 << 20);
    let (writer, rows) = Rows::new(columns, &memory);
    let summary = write(writer, cells, truncated);
    let ending = ready(Ok(summary));
    let coding = Coding::Identity;
    let produced = produce(rows, format, options, caption, coding, ending, &memory);
    let (spool, _) = produced.await?;
    let pieces = spool.pieces(0..spool.bytes());
    Ok(pieces.flat_map(|piece| piece.unwrap()).collect())
}

async fn encode(format: Format, columns: Vec<Column>, cells: &[Cells<'_>]) -> String {
    String::from_utf8(encode_with(format, Options::default(), columns, cells, None).await).unwrap()
}

/// The XML of a workbook's first sheet.
async fn sheet(columns: Vec<Column>, cells: &[Cells<'_>]) -> String {
    let bytes = encode_with(Format::Xlsx, Options::default(), columns, cells, None).await;
    unzip(&bytes, DATA)
}

fn unzip(workbook: &[u8], part: &str) -> String {
    let mut archive = zip::ZipArchive::new(io::Cursor::new(workbook)).unwrap();
    let mut text = String::new();
    archive
        .by_name(part)
        .unwrap()
        .read_to_string(&mut text)
        .unwrap();
    text
}

const DATA: &str = "xl/worksheets/sheet1.xml";
const ABOUT: &str = "xl/worksheets/sheet2.xml";

/// The rows of JSON's table shape, every value as it was encoded.
fn values(json: &str) -> Vec<Vec<Box<RawValue>>> {
    #[derive(serde::Deserialize)]
    struct Table {
        values: Vec<Vec<Box<RawValue>>>,
    }
    serde_json::from_str::<Table>(json).unwrap().values
}

fn xml_values(xml: &str) -> Vec<Option<String>> {
    let mut reader = quick_xml::Reader::from_str(xml);
    let mut values = Vec::new();
    loop {
        match reader.read_event().unwrap() {
            Event::Start(tag) if tag.name().as_ref() == "value" => {
                let mut text = String::new();
                loop {
                    match reader.read_event().unwrap() {
                        Event::Text(part) => text.push_str(&part),
                        Event::GeneralRef(name) => text.push(reference(&name)),
                        Event::End(_) => break,
                        other => panic!("{other:?}"),
                    }
                }
                values.push(Some(text));
            }
            Event::Empty(tag) if tag.name().as_ref() == "value" => values.push(None),
            Event::Eof => return values,
            _ => {}
        }
    }
}

fn reference(name: &str) -> char {
    match name {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "#13" => '\r',
        other => panic!("{other}"),
    }
}
