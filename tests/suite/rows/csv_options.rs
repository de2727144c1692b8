//! The options of CSV and TSV: the bytes are those of PostgreSQL's COPY with the same options, and three readers that are
//! not ours find the same values again.

use std::io::Write;
use std::process::{Command, Stdio};

use futures_util::{SinkExt, TryStreamExt};
use tokio_postgres::Client;

use crate::http::{ask, header};
use crate::support::{Clip, Server};

/// Address | COPY's options.
const OPTIONS: &str = "
    .csv | header
    .csv?delimiter=, | header
    .csv?delimiter=; | header, delimiter ';'
    .csv?delimiter=%3B | header, delimiter ';'
    .csv?delimiter=%09 | header, delimiter E'\\t'
    .csv?delimiter=| | header, delimiter '|'
    .csv?delimiter=%20 | header, delimiter ' '
    .csv?delimiter=' | header, delimiter ''''
    .csv?null=NULL | header, null 'NULL'
    .csv?null=%5CN | header, null '\\N'
    .csv?null=- | header, null '-'
    .csv?null=1.50 | header, null '1.50'
    .csv?null=%20 | header, null ' '
    .csv?quote=all | header, force_quote *
    .csv?null=NULL&quote=all&delimiter=; | header, null 'NULL', force_quote *, delimiter ';'
    .csv?null=a%3Bb&delimiter=%7C | header, null 'a;b', delimiter '|'
    .csv?decimal=. | header
    .tsv | header, delimiter E'\\t'
    .tsv?delimiter=%09&null=%5CN | header, delimiter E'\\t', null '\\N'
    .tsv?null=NULL&quote=all | header, delimiter E'\\t', null 'NULL', force_quote *
";

/// Texts that an option could make ambiguous, beside numbers and NULLs.
const ROWS: &str = r#"
    select text as "NULL", null::text as "a;b", 1.50 as "-", '' as e, number as f, text as "1.50", array[0.5] as g
    from (values ('NULL', -1.5::float8), ('\N', 1e300), ('-', 'NaN'), ('', '-Infinity'), (' ', 5e-324), ('1.50', 0), ('1,50', 7),
        ('a;b', 0.1), ('a|b', 0.1), ('a,b', null), (E'a\tb', 1), (E'a\nb', 1), (E'a\rb', 1), ('"', 1), ('''', 1), ('a b', 1),
        ('\.', 1), (null, null), ('größer', 1), ('1.5', 1.5))
        as pairs (text, number)
"#;

/// The text of each value with decimal commas where they are asked for.
const AS_TEXT: &str =
    r#"select "NULL", "a;b", MARK("-"::text), e, MARK(f::text), "1.50", g::text from rows"#;

/// Reads the file as Python's own `csv` does, and prints its cells as JSON.
const PYTHON: &str = r#"
import csv, io, json, sys
text = io.TextIOWrapper(sys.stdin.buffer, encoding="utf-8", newline="")
print(json.dumps(list(csv.reader(text, delimiter=sys.argv[1], strict=True))))
"#;

#[tokio::test(flavor = "multi_thread")]
async fn the_options_print_what_copy_prints_with_the_same() {
    let server = Server::start().await;
    let client = client(&server).await;
    let lone = "values ('NULL'), (null), ('\\N'), ('a;b'), ('-')";
    for sql in [ROWS, lone, "select 1 as a limit 0"] {
        let clip = server.create_clip(sql).await;
        for (rest, options) in options() {
            let copied = copy(&client, sql, options).await;
            assert_eq!(text(&server, &clip, rest).await, copied, "{sql} {rest}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_reader_finds_the_values_again_whatever_the_options() {
    let server = Server::start().await;
    let client = client(&server).await;
    let clip = server.create_clip(ROWS).await;
    for decimal in ["", "decimal=,"] {
        let expected = expected(&client, ROWS, decimal).await;
        for (rest, options) in options() {
            // This one says itself which mark numbers have.
            if !decimal.is_empty() && rest.contains("decimal") {
                continue;
            }
            let separator = if rest.contains('?') { '&' } else { '?' };
            let rest = format!("{rest}{separator}{decimal}");
            let file = text(&server, &clip, &rest).await;
            assert_eq!(
                copied_back(&client, &file, options).await,
                expected,
                "{rest}"
            );
            let delimiter = delimiter(options);
            let null = null(options);
            let printed = expected.iter().map(|row| {
                let cells = row.iter().map(|cell| cell.as_deref().unwrap_or(&null));
                cells.map(str::to_owned).collect::<Vec<String>>()
            });
            let printed: Vec<Vec<String>> = printed.collect();
            assert_eq!(read_by_crate(&file, delimiter), printed, "{rest}");
            assert_eq!(read_by_python(&file, delimiter), printed, "{rest}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_decimal_comma_is_written_in_numbers_alone() {
    let server = Server::start().await;
    let sql = "select 1.5 as a, -0.25::float4 as b, 1.5e300::float8 as c, 'NaN'::numeric as d, 7 as e, 1.5::numeric::money as f,
        '1.5' as g, array[1.5] as h, point(1.5, 2) as i, null::numeric as j, interval '1.5 s' as k";
    let clip = server.create_clip(sql).await;
    for (rest, row) in [
        (
            ".csv?decimal=,&delimiter=;",
            "1,5;-0,25;1,5e+300;NaN;7;$1.50;1.5;{1.5};(1.5,2);;00:00:01.5",
        ),
        (
            ".csv?decimal=,",
            "\"1,5\",\"-0,25\",\"1,5e+300\",NaN,7,$1.50,1.5,{1.5},\"(1.5,2)\",,00:00:01.5",
        ),
        (
            ".csv?decimal=,&delimiter=;&guard=1&null=1,5",
            "\"1,5\";-0,25;1,5e+300;NaN;7;$1.50;1.5;{1.5};(1.5,2);1,5;00:00:01.5",
        ),
        (
            ".tsv?decimal=,",
            "1,5\t-0,25\t1,5e+300\tNaN\t7\t$1.50\t1.5\t{1.5}\t(1.5,2)\t\t00:00:01.5",
        ),
    ] {
        let file = text(&server, &clip, rest).await;
        assert_eq!(file.lines().nth(1), Some(row), "{rest}");
    }
    let json = text(&server, &clip, ".json?decimal=,&null=NULL&quote=all").await;
    assert!(json.contains("[[1.5,-0.25,1.5e+300,\"NaN\",7,"), "{json}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_text_alone_on_its_line_stays_visible_beside_a_text_for_null() {
    let server = Server::start().await;
    let clip = server
        .create_clip("values (''), (null), ('NULL'), ('\\.')")
        .await;
    let file = text(&server, &clip, ".csv?null=NULL").await;
    assert_eq!(file, "column1\n\"\"\nNULL\n\"NULL\"\n\"\\.\"\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn options_that_could_not_be_read_back_are_refused_with_a_sentence() {
    let server = Server::start().await;
    let clip = server.create_clip("select 1 as a").await;
    for (option, rest) in [
        ("delimiter", ".csv?delimiter=%22"),
        ("delimiter", ".csv?delimiter=%0A"),
        ("delimiter", ".csv?delimiter=%0D"),
        ("delimiter", ".csv?delimiter=a"),
        ("delimiter", ".csv?delimiter=1"),
        ("delimiter", ".csv?delimiter=."),
        ("delimiter", ".csv?delimiter=%3D"),
        ("delimiter", ".csv?delimiter=,,"),
        ("delimiter", ".csv?delimiter=%C2%A7"),
        ("delimiter", ".tsv?delimiter=;"),
        ("null", ".csv?null=a,b"),
        ("null", ".csv?null=a;b&delimiter=;"),
        ("null", ".tsv?null=a%09b"),
        ("null", ".csv?null=%22%22"),
        ("null", ".csv?null=a%0Ab"),
        ("null", ".csv?null=%3D1%2B1"),
        ("null", ".csv?null=123456789012345678901"),
        ("decimal", ".csv?decimal=;"),
        ("quote", ".csv?quote=none"),
    ] {
        let answer = ask(&server.anonymous(), &clip, rest).await;
        assert_eq!(answer.status(), 400, "{rest}");
        assert!(header(&answer, "content-type").starts_with("application/json"));
        let body = answer.text().await.unwrap();
        assert!(
            body.contains(&format!("`{option}` must be ")),
            "{rest}: {body}"
        );
    }
}

fn options() -> impl Iterator<Item = (&'static str, &'static str)> {
    let lines = OPTIONS.trim().lines();
    lines.map(|line| line.trim().split_once(" | ").unwrap())
}

/// `delimiter ';'` is a semicolon.
fn delimiter(options: &str) -> u8 {
    match options.split_once("delimiter ") {
        None => b',',
        Some((_, text)) if text.starts_with('E') => b'\t',
        Some((_, text)) => text.as_bytes()[1],
    }
}

fn null(options: &str) -> String {
    match options.split_once("null '") {
        None => String::new(),
        Some((_, text)) => text.split('\'').next().unwrap().to_owned(),
    }
}

async fn client(server: &Server) -> Client {
    let client = server.superuser().await;
    let set = "set timezone = 'UTC'; set datestyle = 'ISO'; set extra_float_digits = 1";
    client.batch_execute(set).await.unwrap();
    client
}

async fn text(server: &Server, clip: &Clip, rest: &str) -> String {
    let answer = ask(&server.anonymous(), clip, rest).await;
    let status = answer.status();
    let text = answer.text().await.unwrap();
    assert_eq!(status, 200, "{rest}: {text}");
    text
}

async fn copy(client: &Client, sql: &str, options: &str) -> String {
    let copy = format!("copy ({sql}) to stdout (format csv, {options})");
    let stream = client.copy_out(&copy).await.unwrap();
    let pieces: Vec<bytes::Bytes> = stream.try_collect().await.unwrap();
    String::from_utf8(pieces.concat()).unwrap()
}

type Cells = Vec<Vec<Option<String>>>;

async fn expected(client: &Client, rows: &str, decimal: &str) -> Cells {
    let mark = match decimal {
        "" => "(",
        _ => "translate(",
    };
    let sql = AS_TEXT.replace("MARK(", mark);
    let sql = match decimal {
        "" => sql,
        _ => sql.replace("::text)", "::text, '.', ',')"),
    };
    cells(client, &format!("with rows as ({rows}) {sql}")).await
}

/// What `COPY … FROM` makes of a file.
async fn copied_back(client: &Client, file: &str, options: &str) -> Cells {
    let table = "drop table if exists back; create table back
        (row int generated always as identity, a text, b text, c text, d text, e text, f text, g text)";
    client.batch_execute(table).await.unwrap();
    let options = options.replace(", force_quote *", "");
    let copy = format!("copy back (a, b, c, d, e, f, g) from stdin (format csv, {options})");
    let sink = client.copy_in(&copy).await.unwrap();
    let mut sink = std::pin::pin!(sink);
    let bytes = bytes::Bytes::copy_from_slice(file.as_bytes());
    sink.send(bytes).await.unwrap();
    sink.finish().await.unwrap();
    cells(client, "select a, b, c, d, e, f, g from back order by row").await
}

async fn cells(client: &Client, sql: &str) -> Cells {
    let rows = client.query(sql, &[]).await.unwrap();
    let cells = rows
        .iter()
        .map(|row| (0..row.len()).map(|index| row.get(index)).collect());
    cells.collect()
}

fn read_by_crate(file: &str, delimiter: u8) -> Vec<Vec<String>> {
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(delimiter)
        .from_reader(file.as_bytes());
    let records = reader.records();
    let rows = records.map(|record| record.unwrap().iter().map(str::to_owned).collect());
    rows.collect()
}

fn read_by_python(file: &str, delimiter: u8) -> Vec<Vec<String>> {
    let mut python = Command::new("python3")
        .args(["-c", PYTHON, &char::from(delimiter).to_string()])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = python.stdin.take().unwrap();
    input.write_all(file.as_bytes()).unwrap();
    drop(input);
    let output = python.wait_with_output().unwrap();
    assert!(output.status.success());
    let mut rows: Vec<Vec<String>> = serde_json::from_slice(&output.stdout).unwrap();
    rows.remove(0);
    rows
}
