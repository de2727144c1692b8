//! Every type in every format, hostile text in every format, and the producer beside a run.

use std::future::{pending, ready};
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
        version: 3,
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
    }
}

async fn encode_with(
    format: Format,
    options: Options,
    columns: Vec<Column>,
    cells: &[Cells<'_>],
    truncated: Option<Cut>,
) -> Vec<u8> {
    let memory = Memory::new(1 << 20);
    let (writer, rows) = Rows::new(columns, &memory);
    let summary = write(writer, cells, truncated);
    let ending = ready(Ok::<_, io::Error>(summary));
    let spool = produce(rows, format, options, caption(), ending, &memory)
        .await
        .unwrap();
    spool
        .into_pieces()
        .flat_map(|piece| piece.unwrap())
        .collect()
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

/// In short: `number 1`, `text 1`, `boolean 1`, `styled 1`.
fn cell_below_the_header(sheet: &str) -> String {
    let Some((_, cell)) = sheet.split_once("<c r=\"A2\"") else {
        return "none".to_owned();
    };
    let (cell, _) = cell.split_once("</c>").unwrap();
    let (attributes, value) = cell.split_once('>').unwrap();
    let kind = match attributes {
        "" => "number",
        " s=\"2\"" => "styled",
        " t=\"b\"" => "boolean",
        " t=\"inlineStr\"" => "text",
        other => other,
    };
    let value = ["<v>", "</v>", "<is><t>", "</t></is>"]
        .into_iter()
        .fold(value.to_owned(), |value, tag| value.replace(tag, ""));
    format!("{kind} {value}")
}

/// Type, its OID and its element's, PostgreSQL's text, and what CSV, JSON and the workbook make of it.
const TYPES: &str = r#"
int2        | 21      | -32768                        | -32768                        | -32768                 | number -32768
int8        | 20      | 123456789012345               | 123456789012345               | 123456789012345        | number 123456789012345
int8        | 20      | 1234567890123456              | 1234567890123456              | 1234567890123456       | text 1234567890123456
oid         | 26      | 4294967295                    | 4294967295                    | 4294967295             | number 4294967295
numeric     | 1700    | 10.50                         | 10.50                         | 10.50                  | number 10.5
numeric     | 1700    | 2.5000000000000000            | 2.5000000000000000            | 2.5000000000000000     | number 2.5
numeric     | 1700    | 0.000000000000000123          | 0.000000000000000123          | 0.000000000000000123   | number 0.000000000000000123
numeric     | 1700    | 12345678901234567890.5        | 12345678901234567890.5        | 12345678901234567890.5 | text 12345678901234567890.5
numeric     | 1700    | NaN                           | NaN                           | "NaN"                  | text NaN
numeric     | 1700    | -Infinity                     | -Infinity                     | "-Infinity"            | text -Infinity
float4      | 700     | 0.1                           | 0.1                           | 0.1                    | number 0.1
float8      | 701     | 1e+20                         | 1e+20                         | 1e+20                  | number 100000000000000000000
float8      | 701     | 0.3333333333333333            | 0.3333333333333333            | 0.3333333333333333     | number 0.3333333333333333
float8      | 701     | 1.7976931348623157e+308       | 1.7976931348623157e+308       | 1.7976931348623157e+308 | text 1.7976931348623157e+308
float8      | 701     | 5e-324                        | 5e-324                        | 5e-324                 | text 5e-324
float8      | 701     | Infinity                      | Infinity                      | "Infinity"             | text Infinity
money       | 790     | -$1,234.56                    | "-$1,234.56"                  | "-$1,234.56"           | styled -1234.56
money       | 790     | 1.234,56 €                    | "1.234,56 €"                  | "1.234,56 €"           | text 1.234,56 €
bool        | 16      | t                             | true                          | true                   | boolean 1
bool        | 16      | f                             | false                         | false                  | boolean 0
text        | 25      | t                             | t                             | "t"                    | text t
text        | 25      |                               | ""                            | ""                     | none
text        | 25      | =1+1                          | =1+1                          | "=1+1"                 | text =1+1
text        | 25      | https://a.b                   | https://a.b                   | "https://a.b"          | text https://a.b
text        | 25      | 007                           | 007                           | "007"                  | text 007
int4range   | 3904    | [1,5)                         | "[1,5)"                       | "[1,5)"                | text [1,5)
date        | 1082    | 2026-03-31                    | 2026-03-31                    | "2026-03-31"           | styled 46112
date        | 1082    | 1900-03-01                    | 1900-03-01                    | "1900-03-01"           | styled 61
date        | 1082    | 1900-02-28                    | 1900-02-28                    | "1900-02-28"           | text 1900-02-28
date        | 1082    | 9999-12-31                    | 9999-12-31                    | "9999-12-31"           | styled 2958465
date        | 1082    | 10000-01-01                   | 10000-01-01                   | "10000-01-01"          | text 10000-01-01
date        | 1082    | 0044-03-15 BC                 | 0044-03-15 BC                 | "0044-03-15 BC"        | text 0044-03-15 BC
date        | 1082    | infinity                      | infinity                      | "infinity"             | text infinity
timestamp   | 1114    | 2026-03-31 12:00:00           | 2026-03-31 12:00:00           | "2026-03-31T12:00:00"  | styled 46112.5
timestamp   | 1114    | 2026-03-31 06:00:00.5         | 2026-03-31 06:00:00.5         | "2026-03-31T06:00:00.5" | styled 46112.250005787035
timestamp   | 1114    | 31/03/2026 12:00:00           | 31/03/2026 12:00:00           | "31/03/2026 12:00:00"  | text 31/03/2026 12:00:00
timestamptz | 1184    | 2026-03-31 12:00:00+00        | 2026-03-31 12:00:00+00        | "2026-03-31T12:00:00+00:00" | styled 46112.5
timestamptz | 1184    | 2026-03-31 15:30:00+03:30     | 2026-03-31 15:30:00+03:30     | "2026-03-31T15:30:00+03:30" | styled 46112.5
timestamptz | 1184    | 1925-01-01 00:00:00-03:30:52  | 1925-01-01 00:00:00-03:30:52  | "1925-01-01 00:00:00-03:30:52" | text 1925-01-01 00:00:00-03:30:52
time        | 1083    | 12:00:00                      | 12:00:00                      | "12:00:00"             | text 12:00:00
json        | 114     | {"a": 1.50}                   | "{""a"": 1.50}"               | {"a": 1.50}            | text {"a": 1.50}
jsonb       | 3802    | null                          | null                          | null                   | text null
_int4       | 1007 23 | {1,NULL}                      | "{1,NULL}"                    | [1,null]               | text {1,NULL}
_bool       | 1000 16 | {t,f}                         | "{t,f}"                       | [true,false]           | text {t,f}
_numeric    | 1231 1700 | {NaN,1.0}                   | "{NaN,1.0}"                   | ["NaN",1.0]            | text {NaN,1.0}
_json       | 199 114 | {"[1]"}                       | "{""[1]""}"                   | [[1]]                  | text {"[1]"}
_box        | 1020 603 | {(1,1),(0,0);(2,2),(1,1)}    | "{(1,1),(0,0);(2,2),(1,1)}"   | ["(1,1),(0,0)","(2,2),(1,1)"] | text {(1,1),(0,0);(2,2),(1,1)}
int2vector  | 22 21   | 1 2                           | 1 2                           | "1 2"                  | text 1 2
bytea       | 17      | \x00ff                        | \x00ff                        | "\\x00ff"              | text \x00ff
"#;

#[tokio::test]
async fn every_type_prints_in_every_format_as_the_contract_says() {
    for line in TYPES.trim().lines() {
        let [type_name, oids, value, csv, json, xlsx] =
            line.split('|').map(str::trim).collect::<Vec<_>>()[..]
        else {
            panic!("{line}");
        };
        let (type_oid, element_oid) = oids.split_once(' ').unwrap_or((oids, ""));
        let columns = vec![column(
            "v",
            type_oid.parse().unwrap(),
            type_name,
            element_oid.parse().ok(),
        )];
        let rows = [vec![Some(value)], vec![None]];
        assert_eq!(
            encode(Format::Csv, columns.clone(), &rows).await,
            format!("v\n{csv}\n\n"),
            "{line}"
        );
        let table = values(&encode(Format::Json, columns.clone(), &rows).await);
        assert_eq!(
            (table[0][0].get(), table[1][0].get()),
            (json, "null"),
            "{line}"
        );
        let lines = encode(Format::Ndjson, columns.clone(), &rows).await;
        assert_eq!(lines, format!("{{\"v\":{json}}}\n{{\"v\":null}}\n"));
        let xml = encode(Format::Xml, columns.clone(), &rows).await;
        let word = if type_name == "bool" { csv } else { value };
        assert_eq!(xml_values(&xml), [Some(word.to_owned()), None]);
        let sheet = sheet(columns, &rows).await;
        assert_eq!(cell_below_the_header(&sheet), xlsx, "{line}");
    }
}

/// The rows of JSON's table shape, every value as it was printed.
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

/// Cells that break careless encoders, and all their pairs' concatenations.
fn hostile_texts() -> Vec<String> {
    let seeds = [
        "",
        "\"",
        "\"\"",
        ",",
        "\t",
        "\n",
        "\r",
        "\r\n",
        "\\.",
        "\\",
        "\\N",
        "NULL",
        " ",
        " a ",
        "'",
        "😀",
        "é",
        "\u{1}",
        "\u{b}",
        "\u{1f}",
        "\u{7f}",
        "\u{85}",
        "\u{2028}",
        "\u{feff}",
        "\u{fffe}",
        "\u{ffff}",
        "]]>",
        "<!--",
        "&amp;",
        "<b>",
        "_x0041_",
        "=1",
        "-1",
        "{",
        "}",
        "{\"a\":1}",
        "null",
    ];
    seeds
        .iter()
        .flat_map(|left| seeds.iter().map(move |right| format!("{left}{right}")))
        .collect()
}

#[tokio::test]
async fn hostile_text_comes_back_from_csv_and_tsv_as_it_was() {
    let texts = hostile_texts();
    let rows: Vec<Cells<'_>> = texts
        .iter()
        .map(|text| vec![Some(&**text), None, Some("x")])
        .collect();
    for (format, delimiter) in [(Format::Csv, b','), (Format::Tsv, b'\t')] {
        let csv = encode(format, text_columns(&["a", "b\"", "c\n,\t"]), &rows).await;
        let mut reader = ::csv::ReaderBuilder::new()
            .delimiter(delimiter)
            .from_reader(csv.as_bytes());
        assert_eq!(reader.headers().unwrap(), vec!["a", "b\"", "c\n,\t"]);
        let records: Vec<::csv::StringRecord> = reader.records().map(Result::unwrap).collect();
        assert_eq!(records.len(), texts.len());
        for (record, text) in records.iter().zip(&texts) {
            assert_eq!(record, vec![text.as_str(), "", "x"]);
        }
    }
}

#[tokio::test]
async fn hostile_text_comes_back_from_json_ndjson_and_xml_as_it_was() {
    let texts = hostile_texts();
    let rows: Vec<Cells<'_>> = texts.iter().map(|text| vec![Some(&**text)]).collect();
    let json = encode(Format::Json, text_columns(&["a"]), &rows).await;
    let lines = encode(Format::Ndjson, text_columns(&["a"]), &rows).await;
    assert_eq!(lines.lines().count(), texts.len());
    let from_xml = xml_values(&encode(Format::Xml, text_columns(&["a"]), &rows).await);
    for (((value, line), from_xml), text) in values(&json)
        .iter()
        .zip(lines.lines())
        .zip(from_xml)
        .zip(&texts)
    {
        assert_eq!(
            &serde_json::from_str::<String>(value[0].get()).unwrap(),
            text
        );
        assert_eq!(
            serde_json::from_str::<serde_json::Value>(line).unwrap()["a"],
            text.as_str()
        );
        let unholdable = |character| {
            (character < ' ' && !"\t\r\n".contains(character))
                || "\u{fffe}\u{ffff}".contains(character)
        };
        assert_eq!(from_xml.unwrap(), text.replace(unholdable, "\u{fffd}"));
    }
}

#[tokio::test]
async fn csv_quotes_as_copy_does() {
    let lone: Vec<Cells<'_>> = vec![
        vec![Some("\\.")],
        vec![None],
        vec![Some("")],
        vec![Some("\\.x")],
    ];
    assert_eq!(
        encode(Format::Csv, text_columns(&["a"]), &lone).await,
        "a\n\"\\.\"\n\n\"\"\n\\.x\n"
    );
    let pair: Vec<Cells<'_>> = vec![
        vec![Some("\\."), Some("a b")],
        vec![None, None],
        vec![Some("a\"b"), Some("c\rd")],
    ];
    let csv = encode(Format::Csv, text_columns(&["a", "a"]), &pair).await;
    assert_eq!(csv, "a,a\n\\.,a b\n,\n\"a\"\"b\",\"c\rd\"\n");
    let tsv = encode(
        Format::Tsv,
        text_columns(&["a", "b"]),
        &[vec![Some("a,b"), Some("a\tb")]],
    )
    .await;
    assert_eq!(tsv, "a\tb\na,b\t\"a\tb\"\n");
}

#[tokio::test]
async fn the_excel_options_add_a_byte_order_mark_and_guards() {
    let options = Options {
        bom: true,
        guard: true,
        ..Options::default()
    };
    let columns = vec![
        column("=a", 25, "text", None),
        column("n", 1700, "numeric", None),
    ];
    let rows = [
        vec![Some("=1,2"), Some("-5")],
        vec![Some("-5"), None],
        vec![Some("+x"), None],
    ];
    let bytes = encode_with(Format::Csv, options, columns, &rows, None).await;
    assert_eq!(
        String::from_utf8(bytes).unwrap(),
        "\u{feff}'=a,n\n\"'=1,2\",-5\n-5,\n'+x,\n"
    );
}

#[tokio::test]
async fn json_keys_come_in_the_order_of_the_contract() {
    let columns = vec![column("a", 23, "int4", None), column("a", 25, "text", None)];
    let rows = [vec![Some("1"), Some("x")], vec![Some("2"), None]];
    let json = encode(Format::Json, columns.clone(), &rows).await;
    let checksum: serde_json::Value = serde_json::from_str(&json).unwrap();
    let checksum = checksum["checksum"].as_str().unwrap();
    assert_eq!(checksum.len(), 64);
    let expected = format!(
        r#"{{"title":"Five \"first\" <tables> & more\n","fields":["a","a"],"types":[23,25],"type_names":["int4","text"],"values":[[1,"x"],[2,null]],"started_at":"2026-03-31T12:00:00.123456Z","finished_at":"2026-03-31T12:00:01.123456Z","checksum":"{checksum}","version":3,"result":7,"rows":2,"truncated":false}}"#
    );
    assert_eq!(json.trim_end(), expected);
    let cut = encode_with(
        Format::Json,
        Options::default(),
        columns.clone(),
        &rows,
        Some(Cut::Bytes),
    )
    .await;
    assert!(
        String::from_utf8(cut)
            .unwrap()
            .ends_with("\"truncated\":true,\"truncated_by\":\"bytes\"}\n")
    );
    let options = Options {
        shape: Shape::Objects,
        ..Options::default()
    };
    let objects = encode_with(Format::Json, options, columns, &rows, None).await;
    assert_eq!(
        String::from_utf8(objects).unwrap(),
        "[{\"a\":1,\"a_2\":\"x\"},{\"a\":2,\"a_2\":null}]\n"
    );
}

#[tokio::test]
async fn an_empty_result_is_whole_in_every_format() {
    let columns = || text_columns(&["a", "b"]);
    assert_eq!(encode(Format::Csv, columns(), &[]).await, "a,b\n");
    assert_eq!(encode(Format::Ndjson, columns(), &[]).await, "");
    assert!(values(&encode(Format::Json, columns(), &[]).await).is_empty());
    let xml = encode(Format::Xml, columns(), &[]).await;
    assert_eq!(
        xml,
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <dataclip title=\"Five &quot;first&quot; &lt;tables&gt; &amp; more&#10;\" version=\"3\" result=\"7\">\n\
         <fields><field name=\"a\" type=\"text\"/><field name=\"b\" type=\"text\"/></fields>\n<rows>\n</rows>\n</dataclip>\n"
    );
    assert!(
        sheet(columns(), &[])
            .await
            .contains("<autoFilter ref=\"A1:B1\"/>")
    );
}

#[tokio::test]
async fn ndjson_keeps_a_json_cell_on_its_line() {
    let columns = vec![column("a", 114, "json", None)];
    let rows = [vec![Some("{\r\n \"b\": \"c\\nd\",\n \"e\": 1.10}")]];
    let line = encode(Format::Ndjson, columns, &rows).await;
    assert_eq!(line, "{\"a\":{   \"b\": \"c\\nd\",  \"e\": 1.10}}\n");
}

#[tokio::test]
async fn a_workbook_says_what_it_holds_and_repeats_byte_for_byte() {
    let columns = vec![
        column("at", 1184, "timestamptz", None),
        column("b", 25, "text", None),
    ];
    let long = "😀".repeat(20_000);
    let rows = [
        vec![Some("2026-03-31 12:00:00.5+00"), Some(&*long)],
        vec![None, Some("a\u{1}\u{fffe}_x0041_")],
    ];
    let book = encode_with(
        Format::Xlsx,
        Options::default(),
        columns.clone(),
        &rows,
        Some(Cut::Rows),
    )
    .await;
    let again = encode_with(
        Format::Xlsx,
        Options::default(),
        columns,
        &rows,
        Some(Cut::Rows),
    )
    .await;
    assert!(book == again);
    let data = unzip(&book, DATA);
    assert!(
        data.contains("<t>at (UTC)</t>")
            && data.contains("topLeftCell=\"A2\"")
            && data.contains("state=\"frozen\"")
    );
    assert!(data.contains(&format!("<t>{}…</t>", "😀".repeat(16_383))));
    assert!(data.contains("<t>a_x0001__xFFFE__x005F_x0041_</t>"));
    let strings = unzip(&book, "xl/sharedStrings.xml");
    for text in [
        "Title",
        "https://example.com/abc",
        "Truncated",
        "yes: the query",
        "Cells cut",
        "1, at the 32,767",
        "select 1",
    ] {
        assert!(strings.contains(text), "{text}");
    }
    assert!(unzip(&book, ABOUT).contains("<v>7</v>"));
    assert!(unzip(&book, "docProps/core.xml").contains("2026-03-31T12:00:01Z"));
}

#[tokio::test]
async fn rows_are_printed_while_they_arrive_and_across_pages() {
    let memory = Memory::new(64 << 20);
    let (mut writer, rows) = Rows::new(text_columns(&["a"]), &memory);
    let line = "x".repeat(999);
    let ending = async {
        for _ in 0..2_000 {
            writer.append([Some(&*line)].into_iter()).unwrap();
            tokio::task::yield_now().await;
        }
        Ok::<_, io::Error>(write(writer, &[], None))
    };
    let spool = produce(
        rows,
        Format::Csv,
        Options::default(),
        caption(),
        ending,
        &memory,
    )
    .await
    .unwrap();
    assert_eq!(spool.bytes(), 2 + 2_000 * 1_000);
    for piece in spool.into_pieces() {
        assert!(piece.unwrap().len() <= 132 << 10);
    }
    assert_eq!(memory.bytes_held(), 0);
}

#[tokio::test]
async fn a_failed_run_is_the_answer_in_every_format() {
    for suffix in Format::SUFFIXES {
        let memory = Memory::new(1 << 20);
        let (mut writer, rows) = Rows::new(text_columns(&["a"]), &memory);
        writer.append([Some("x")].into_iter()).unwrap();
        let ending = async {
            drop(writer);
            Err::<Summary, _>("cancelled")
        };
        let format = Format::parse(suffix).unwrap();
        let answer = produce(rows, format, Options::default(), caption(), ending, &memory).await;
        assert!(matches!(answer, Err(Failure::Run("cancelled"))));
        assert_eq!(memory.bytes_held(), 0);
    }
}

#[tokio::test]
async fn a_reader_who_leaves_gives_the_memory_back() {
    let memory = Memory::new(64 << 20);
    let (mut writer, rows) = Rows::new(text_columns(&["a"]), &memory);
    let line = "x".repeat(1 << 20);
    writer.append([Some(&*line)].into_iter()).unwrap();
    let before = memory.bytes_held();
    let ending = pending::<Result<Summary, io::Error>>();
    let answer = produce(
        rows.clone(),
        Format::Csv,
        Options::default(),
        caption(),
        ending,
        &memory,
    );
    assert!(
        tokio::time::timeout(Duration::from_millis(50), answer)
            .await
            .is_err()
    );
    // The step under way ends by itself.
    while memory.bytes_held() > before {
        tokio::task::yield_now().await;
    }
}
