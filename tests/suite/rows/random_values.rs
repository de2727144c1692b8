//! For each type: random values, read back from CSV, JSON, a workbook and Parquet, are what PostgreSQL printed.

use std::collections::HashMap;
use std::fs;
use std::process::Command;

use jiff::civil::{DateTime, date};
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};
use tokio_postgres::{Client, SimpleQueryMessage};

use super::formats::assert_readers;
use crate::encode::parquet::parquet;
use crate::encode::{SESSION, column, text, workbook};
use crate::support::{ParquetColumn, Server, connect};

const ROWS: usize = 400;

/// Another seed every time; who sees a failure can set it here.
const SEED: &str = "random()";

const OWN_TYPES: &str = r#"
    create type mood as enum ('sad', 'so so', 'it''s "fine"');
    create domain percent as numeric(5, 2);
    create type place as (street text, number int, since date);
    create function random_text() returns text volatile language sql as $$
        select coalesce(string_agg(substr(E'aZ09 ,;:"''\\\t\n=+-@{}()[]<>|&éß😀\u2028', 1 + floor(random() * 34)::int, 1), ''), '')
        from generate_series(1, floor(random() * 12)::int)
    $$;
"#;

/// Type | what it becomes | a random value. Below it, `[]` makes an array of such values.
const TYPES: &str = r#"
    int2 | integer | floor(random() * 65536 - 32768)::int2
    int4 | integer | floor((random() - 0.5) * 4294967295)::int4
    int8 | integer | floor((random() - 0.5) * 10 ^ (random() * 18.9))::int8
    oid | integer | floor(random() * 4294967295)::int8::oid
    numeric | number | round((random() - 0.5)::numeric * 10::numeric ^ floor(random() * 25)::int, floor(random() * 12)::int)
    numeric | number | round((random() - 0.5)::numeric * 1000, 20) / 7
    numeric(12,2) | number | ((random() - 0.5) * 10 ^ (random() * 10))::numeric(12, 2)
    numeric(38,19) | number | case when random() < 0.9 then ((random() - 0.5) * 10 ^ (random() * 36 - 18))::numeric(38, 19) else 'NaN' end
    xid8 | text | floor(random() * 1e18)::int8::text::xid8
    percent | number | (random() * 999)::percent
    float4 | float | ((random() - 0.5) * 10 ^ (random() * 70 - 35))::float4
    float8 | float | (random() - 0.5) * 10 ^ (random() * 600 - 300)
    money | money | ((random() - 0.5) * 10 ^ (random() * 12))::numeric::money
    bool | boolean | random() < 0.5
    text | text | random_text()
    varchar | text | random_text()::varchar(5)
    char(8) | text | random_text()::char(8)
    mood | text | (enum_range(null::mood))[1 + floor(random() * 3)::int]
    uuid | text | gen_random_uuid()
    bytea | text | substr(decode(md5(random()::text), 'hex'), 1, floor(random() * 17)::int)
    bit(8) | text | floor(random() * 256)::int::bit(8)
    date | date | case when random() < 0.02 then '-infinity' else date '2000-01-01' + ((random() - 0.5) * 10 ^ (1 + random() * 5.5))::int end
    time | text | case when random() < 0.02 then '24:00' else time '00:00' + random() * interval '24 hours' end
    timetz | text | timetz '00:00+05:30' + random() * interval '24 hours'
    timestamp | time | timestamp '2000-01-01' + (random() - 0.5) * 10 ^ (random() * 11.5) * interval '1 second'
    timestamptz | time | timestamptz '2000-01-01' + (random() - 0.5) * 10 ^ (random() * 11.5) * interval '1 second'
    interval | text | make_interval(years => floor(random() * 20 - 10)::int, days => floor(random() * 60 - 30)::int, secs => random() * 1000000 - 500000)
    json | json | json_build_object('a', random(), random_text(), random_text(), 'c', array[null, true])
    jsonb | json | jsonb_build_array(random()::numeric, random_text(), jsonb_build_object(random_text(), null))
    inet | text | '10.0.0.0'::inet + floor(random() * 10000000)::int8
    cidr | text | network(set_masklen('10.0.0.0'::inet + floor(random() * 10000000)::int8, floor(random() * 33)::int))
    macaddr | text | substr(md5(random()::text), 1, 12)::macaddr
    point | text | point(random() * 100, random() - 0.5)
    pg_catalog.box | text | box(point(random(), random()), point(random(), random()))
    circle | text | circle(point(random(), random()), random())
    int4range | text | int4range(floor(random() * 10)::int, 10 + floor(random() * 10)::int)
    numrange | text | numrange(random()::numeric, null)
    tstzrange | text | tstzrange('2000-01-01', timestamptz '2000-01-01' + random() * interval '999 days')
    place | text | row(random_text(), floor(random() * 10)::int, date '2000-01-01' + floor(random() * 1000)::int)::place
    tsvector | text | to_tsvector('simple', md5(random()::text))
    pg_lsn | text | concat(upper(to_hex(floor(random() * 1e9)::bigint)), '/', upper(to_hex(floor(random() * 4e9)::bigint)))::pg_lsn
"#;

/// Of these an array is tried too.
const ELEMENTS: &str = "int2 int4 int8 oid xid8 numeric percent float4 float8 money bool text mood uuid bytea date time timestamp timestamptz \
                        interval json jsonb inet point pg_catalog.box int4range place";

struct Type {
    name: String,
    becomes: &'static str,
    sql: String,
}

/// The values of one type: as PostgreSQL printed them, and as each format has them.
struct Column {
    kind: Type,
    printed: Vec<Option<String>>,
    csv: Vec<String>,
    json: Vec<Box<RawValue>>,
    cells: Vec<Option<String>>,
    parquet: ParquetColumn,
}

#[tokio::test(flavor = "multi_thread")]
async fn random_values_of_every_type_are_read_back_as_postgresql_printed_them() {
    let server = Server::start().await;
    let seed = create_values(&server).await;
    let reader = connect(&server.data_url()).await.unwrap();
    reader.batch_execute(SESSION).await.unwrap();
    for column in columns(&server, &reader).await {
        let name = format!("{} with seed {seed}", column.kind.name);
        assert_csv(&column, &name);
        assert_json(&column, &reader, &name).await;
        assert_workbook(&column, &name);
        assert_parquet(&column, &reader, &name).await;
    }
}

/// `make test-readers` installs the programs. Keeps the names of pyarrow, polars and DuckDB for the types in docs/formats.md.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs programs that `make test-readers` installs"]
async fn data_frames_read_what_postgresql_printed_from_parquet() {
    let server = Server::start().await;
    let seed = create_values(&server).await;
    let reader = connect(&server.data_url()).await.unwrap();
    reader.batch_execute(SESSION).await.unwrap();
    let clip = server.create_clip(&values_sql()).await;
    let answer = server.rows(&clip, "parquet").await;
    let folder = tempfile::tempdir().unwrap();
    let (file, texts) = (
        folder.path().join("values.parquet"),
        folder.path().join("texts.json"),
    );
    fs::write(&file, answer.bytes().await.unwrap()).unwrap();
    let types = types();
    let names: Vec<&str> = types.iter().map(|kind| &*kind.name).collect();
    let mut columns = Vec::new();
    for (index, name) in names.iter().enumerate() {
        columns.push(texts_of(&reader, index, name).await);
    }
    fs::write(
        &texts,
        json!({"names": names, "columns": columns}).to_string(),
    )
    .unwrap();
    let program = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/readers/parquet_types.py"
    );
    let output = Command::new("python3")
        .arg(program)
        .args([&file, &texts])
        .output()
        .unwrap();
    let wrong = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "with seed {seed}: {wrong}");
    let table = String::from_utf8(output.stdout).unwrap();
    assert_readers(&format!("{READERS_HEADER}{table}"));
}

const READERS_HEADER: &str = "
What three readers call each type. They read every value unchanged, as do DataFusion, pandas (with `dtype_backend=\"pyarrow\"`) and chDB
(but for arrays that are NULL, which are empty there): `make test-readers` compares random values, with the versions in
`tests/readers/requirements.txt`.

| PostgreSQL | pyarrow | polars | DuckDB |
| --- | --- | --- | --- |
";

/// The values of a column as PostgreSQL prints them; arrays as lists.
async fn texts_of(reader: &Client, index: usize, name: &str) -> Vec<Value> {
    let sql = match name.ends_with("[]") {
        // As they print: a cast of `inet` to text is longer.
        true => format!(
            "select case when c{index} is distinct from null then
                (select coalesce(json_agg(case when c{index}[i] is distinct from null then format('%s', c{index}[i]) end order by i), '[]')
                 from generate_subscripts(c{index}, 1) as i) end
             from random_values order by n"
        ),
        false => format!("select c{index} from random_values order by n"),
    };
    let rows = printed(reader, &sql).await.into_iter();
    let texts = rows.map(|mut row| match (row.remove(0), name.ends_with("[]")) {
        (None, _) => Value::Null,
        (Some(text), false) => Value::String(text),
        (Some(list), true) => serde_json::from_str(&list).unwrap(),
    });
    texts.collect()
}

fn types() -> Vec<Type> {
    let mut types = Vec::new();
    for line in TYPES.trim().lines() {
        let [name, becomes, sql] = line.splitn(3, " | ").collect::<Vec<_>>()[..] else {
            panic!("{line}");
        };
        let name = name.trim();
        types.push(Type {
            name: name.to_owned(),
            becomes,
            // A table declares the scale of a numeric.
            sql: format!("(case when random() > 0.05 then {sql} end)::{name}"),
        });
        if ELEMENTS.split_whitespace().any(|element| element == name) {
            types.push(Type {
                name: format!("{name}[]"),
                becomes: "array",
                sql: format!(
                    "(case when random() > 0.05 then (select coalesce(array_agg(case when random() > 0.1 then {sql} end), '{{}}') from generate_series(1, floor(random() * 5)::int) where n > 0) end)::{name}[]"
                ),
            });
        }
    }
    types
}

/// Returns the seed.
async fn create_values(server: &Server) -> f64 {
    let superuser = server.superuser().await;
    superuser.batch_execute(OWN_TYPES).await.unwrap();
    superuser.batch_execute(SESSION).await.unwrap();
    let seed = format!("select {SEED}::float8");
    let seed: f64 = superuser.query_one(&seed, &[]).await.unwrap().get(0);
    let types = types();
    let columns = types.iter().enumerate();
    let columns = columns.map(|(index, kind)| format!(", {} as c{index}", kind.sql));
    let sql = format!(
        "select setseed({seed}); create table random_values as select n{} from generate_series(1, {ROWS}) as n; grant select on random_values to reader",
        columns.collect::<String>()
    );
    superuser.batch_execute(&sql).await.unwrap();
    seed
}

fn values_sql() -> String {
    let names: Vec<_> = (0..types().len())
        .map(|index| format!("c{index}"))
        .collect();
    format!("select {} from random_values order by n", names.join(", "))
}

async fn columns(server: &Server, reader: &Client) -> Vec<Column> {
    let types = types();
    let sql = values_sql();
    let printed = printed(reader, &sql).await;
    let clip = server.create_clip(&sql).await;
    let csv = text(server, &clip, "csv").await;
    let csv: Vec<_> = csv::Reader::from_reader(csv.as_bytes())
        .into_records()
        .map(Result::unwrap)
        .collect();
    let json = text(server, &clip, "json").await;
    let json: Table = serde_json::from_str(&json).unwrap();
    let cells = workbook(server, &clip, "xlsx").await.cells(1);
    assert_eq!((csv.len(), json.values.len()), (ROWS, ROWS));
    let parquet = parquet(server, &clip, "parquet").await.columns;
    let columns = types.into_iter().zip(parquet).enumerate();
    let columns = columns.map(|(index, (kind, parquet))| Column {
        parquet,
        kind,
        printed: printed.iter().map(|row| row[index].clone()).collect(),
        csv: csv.iter().map(|row| row[index].to_owned()).collect(),
        json: json.values.iter().map(|row| row[index].clone()).collect(),
        cells: column_of(&cells, index),
    });
    columns.collect()
}

fn column_of(cells: &HashMap<String, String>, index: usize) -> Vec<Option<String>> {
    let places = (0..ROWS).map(|row| format!("{}{}", column(index), row + 2));
    places.map(|place| cells.get(&place).cloned()).collect()
}

#[derive(Deserialize)]
struct Table {
    values: Vec<Vec<Box<RawValue>>>,
}

async fn printed(reader: &Client, sql: &str) -> Vec<Vec<Option<String>>> {
    let messages = reader.simple_query(sql).await.unwrap();
    let rows = messages.iter().filter_map(|message| match message {
        SimpleQueryMessage::Row(row) => Some(row),
        _ => None,
    });
    let rows = rows.map(|row| (0..row.len()).map(|index| row.get(index).map(str::to_owned)));
    rows.map(Iterator::collect).collect()
}

fn assert_csv(column: &Column, name: &str) {
    for (printed, csv) in column.printed.iter().zip(&column.csv) {
        let expected = match printed.as_deref() {
            Some("t") if column.kind.becomes == "boolean" => "true",
            Some("f") if column.kind.becomes == "boolean" => "false",
            other => other.unwrap_or_default(),
        };
        assert_eq!(csv, expected, "{name} in CSV");
    }
}

/// What has another form in JSON is read by PostgreSQL, which prints it anew.
async fn assert_json(column: &Column, reader: &Client, name: &str) {
    let is_reshaped = matches!(column.kind.becomes, "array" | "time");
    let texts = column.json.iter().map(|value| text_of(column, value));
    let mut texts: Vec<Option<String>> = texts.collect();
    if is_reshaped {
        texts = printed_anew(reader, &column.kind.name, &texts).await;
    }
    assert_eq!(texts, column.printed, "{name} in JSON");
}

fn text_of(column: &Column, json: &RawValue) -> Option<String> {
    let value: Value = serde_json::from_str(json.get()).unwrap();
    let is_digits = matches!(column.kind.becomes, "integer" | "number" | "float");
    match (&value, column.kind.becomes) {
        (Value::Null, _) => None,
        (_, "json") => Some(json.get().to_owned()),
        (Value::Bool(value), "boolean") => Some(if *value { "t" } else { "f" }.to_owned()),
        (Value::Number(_), _) if is_digits => Some(json.get().to_owned()),
        (Value::String(text), _) => Some(text.clone()),
        (Value::Array(_), "array") => Some(array_literal(&column.kind.name, json)),
        _ => panic!("{json} of {}", column.kind.name),
    }
}

/// Of one dimension.
fn array_literal(name: &str, json: &RawValue) -> String {
    let elements: Vec<Option<Box<RawValue>>> = serde_json::from_str(json.get()).unwrap();
    let elements = elements.iter().map(|element| {
        let text = match element.as_deref().map(RawValue::get) {
            None => return "NULL".to_owned(),
            Some(json) if name.starts_with("json") => json.to_owned(),
            Some(json) => serde_json::from_str::<String>(json).unwrap_or(json.to_owned()),
        };
        format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
    });
    let delimiter = if name.contains("box") { ";" } else { "," };
    format!("{{{}}}", elements.collect::<Vec<_>>().join(delimiter))
}

async fn printed_anew(
    reader: &Client,
    name: &str,
    texts: &[Option<String>],
) -> Vec<Option<String>> {
    let sql = format!(
        "select value::{name}::text from unnest($1::text[]) with ordinality as texts (value, n) order by n"
    );
    let rows = reader.query(&sql, &[&texts]).await.unwrap();
    rows.iter().map(|row| row.get(0)).collect()
}

/// What is no text there is read by PostgreSQL, which prints it anew.
async fn assert_parquet(column: &Column, reader: &Client, name: &str) {
    let ParquetColumn { kind, values, .. } = &column.parquet;
    assert_eq!(kind, &parquet_kind(&column.kind.name), "{name}");
    let texts = match kind.as_str() {
        "text" | "boolean" => values.clone(),
        _ => {
            let is_box = column.kind.name.contains("box");
            let separated = |text: &String| match is_box {
                true => text.replace("\",", "\";").replace("NULL,", "NULL;"),
                false => text.clone(),
            };
            let texts = values.iter().map(|text| text.as_ref().map(separated));
            printed_anew(reader, &column.kind.name, &texts.collect::<Vec<_>>()).await
        }
    };
    for (printed, text) in column.printed.iter().zip(&texts) {
        let is_kept = printed == text
            || printed
                .as_deref()
                .is_some_and(|printed| may_be_null(printed, text.as_deref()));
        assert!(is_kept, "{name}: {printed:?} became {text:?} in Parquet");
    }
}

/// Whether this, or those of these elements that are NULL, cannot be told by every reader.
fn may_be_null(printed: &str, text: Option<&str>) -> bool {
    let is_beyond = |value: &str| {
        let value = value.trim_matches('"');
        let is_odd_day = value
            .split_once('-')
            .is_some_and(|(year, _)| year.len() > 4)
            || value.ends_with("BC");
        is_odd_day || matches!(value, "24:00:00" | "NaN" | "infinity" | "-infinity")
    };
    let elements = |list: &str| -> Vec<String> {
        let list = list.trim_matches(['{', '}']);
        list.split(',').map(str::to_owned).collect()
    };
    match text {
        None => is_beyond(printed),
        Some(text) => elements(printed)
            .iter()
            .zip(elements(text))
            .all(|(printed, text)| *printed == text || (text == "NULL" && is_beyond(printed))),
    }
}

fn parquet_kind(name: &str) -> String {
    if name == "uuid[]" {
        return "list of text".to_owned();
    }
    if let Some(element) = name.strip_suffix("[]") {
        return format!("list of {}", parquet_kind(element));
    }
    match name {
        "bool" => "boolean",
        "int2" => "int16",
        "int4" => "int32",
        "int8" => "int64",
        "oid" => "uint32",
        "xid8" => "uint64",
        "float4" => "float",
        "float8" => "double",
        "numeric(12,2)" => "decimal(12, 2)",
        "numeric(38,19)" => "decimal(38, 19)",
        "percent" => "decimal(5, 2)",
        "uuid" => "uuid",
        "bytea" => "binary",
        "date" | "time" | "timestamp" => name,
        "timestamptz" => "timestamp in UTC",
        _ => "text",
    }
    .to_owned()
}

fn assert_workbook(column: &Column, name: &str) {
    for (printed, cell) in column.printed.iter().zip(&column.cells) {
        let (Some(printed), Some(cell)) = (printed, cell) else {
            assert_eq!(printed.is_none(), cell.is_none(), "{name}: {printed:?}");
            continue;
        };
        let is_kept = match cell.split_once(' ').unwrap() {
            ("text", text) => text == printed && may_be_text(column, printed),
            ("boolean", value) => (value == "1") == (printed == "t"),
            ("number", number) => is_number(column.kind.becomes, number, printed),
            _ if column.kind.becomes == "money" => is_money(cell, printed),
            _ => is_moment(cell, printed),
        };
        assert!(is_kept, "{name}: {printed} became {cell}");
    }
}

/// A number with more digits than Excel keeps, or a date that its calendar does not have.
fn may_be_text(column: &Column, printed: &str) -> bool {
    match column.kind.becomes {
        "integer" | "number" | "money" => digits(printed).len() > 15 || printed == "NaN",
        "float" => printed.contains('e'),
        "date" | "time" => !("1900-03-01".."9999-12-32").contains(&printed) || is_odd(printed),
        "boolean" => false,
        _ => true,
    }
}

fn is_odd(printed: &str) -> bool {
    printed.ends_with("BC") || printed.find('-') != Some(4)
}

fn is_number(becomes: &str, number: &str, printed: &str) -> bool {
    let (whole, _) = printed.split_once('.').unwrap_or((printed, ""));
    let is_exact = digits(printed).len() <= 15;
    let may_be_number = match becomes {
        "integer" => is_exact,
        // A quotient's last decimals may go.
        "number" => is_exact || digits(whole).len() <= 9,
        "float" => true,
        _ => false,
    };
    may_be_number && is_equal(number, printed)
}

fn is_equal(number: &str, other: &str) -> bool {
    number.parse::<f64>().unwrap().to_bits() == other.parse::<f64>().unwrap().to_bits()
}

/// `"$"#,##0.00 -1234.5` and `-$1,234.50`
fn is_money(cell: &str, printed: &str) -> bool {
    let (_, amount) = cell.rsplit_once(' ').unwrap();
    let plain = printed.replace(['$', ','], "");
    is_equal(amount, &plain)
}

/// `yyyy-mm-dd hh:mm:ss 46112.5` is this moment, within the millisecond.
fn is_moment(cell: &str, printed: &str) -> bool {
    let (_, days) = cell.rsplit_once(' ').unwrap();
    let printed = printed.trim_end_matches("+00").replace(' ', "T");
    let printed = match printed.contains('T') {
        true => printed.parse::<DateTime>().unwrap(),
        false => format!("{printed}T00:00:00").parse().unwrap(),
    };
    let start = date(1899, 12, 30).at(0, 0, 0, 0);
    let exact = start.duration_until(printed).as_micros() as i64;
    let kept = (days.parse::<f64>().unwrap() * 86_400_000.0).round() as i64;
    // Cut to milliseconds, never rounded up.
    (0..1000).contains(&(exact - kept * 1000))
}

/// The significant ones.
fn digits(printed: &str) -> String {
    let (mantissa, _) = printed.split_once('e').unwrap_or((printed, ""));
    let is_fraction = mantissa.contains('.');
    let mantissa = if is_fraction {
        mantissa.trim_end_matches('0')
    } else {
        mantissa
    };
    let digits: String = mantissa.chars().filter(char::is_ascii_digit).collect();
    digits.trim_start_matches('0').to_owned()
}
