//! Every type in every format, through the real server, and against what PostgreSQL's own COPY prints.

use std::collections::HashMap;

use futures_util::TryStreamExt;
use quick_xml::events::Event;
use serde::Deserialize;
use serde_json::value::RawValue;
use tokio_postgres::Client;
use tokio_postgres::types::ToSql;

use crate::support::{Clip, Server, Workbook, character, connect};

/// Types of the queried database's own.
const OWN_TYPES: &str = "
    create type mood as enum ('sad', 'so so', 'it''s fine');
    create domain percent as numeric(5, 2) check (value between 0 and 100);
    create domain flag as boolean;
    create type place as (street text, number int, since date);
    create type span as range (subtype = float8);
    create type public.box as enum ('small', 'large');
    create type \"Odd \"\"name\"\"\" as enum ('a');
";

/// What the session of a run is set to.
pub const SESSION: &str = "
    set timezone = 'UTC'; set datestyle = 'ISO'; set intervalstyle = 'postgres';
    set bytea_output = 'hex'; set extra_float_digits = 1; set client_encoding = 'UTF8'";

/// SQL expression | CSV | JSON | XML | cell of the workbook. `=` stands for the XML that is the same as the CSV.
/// A number in the workbook is what Excel's own double holds.
const TYPES: &str = r##"
    (-32768)::int2 | -32768 | -32768 | = | number -32768
    2147483647 | 2147483647 | 2147483647 | = | number 2147483647
    999999999999999 | 999999999999999 | 999999999999999 | = | number 999999999999999
    1000000000000001 | 1000000000000001 | 1000000000000001 | = | text 1000000000000001
    9223372036854775807 | 9223372036854775807 | 9223372036854775807 | = | text 9223372036854775807
    '-9223372036854775808'::int8 | -9223372036854775808 | -9223372036854775808 | = | text -9223372036854775808
    4294967295::oid | 4294967295 | 4294967295 | = | number 4294967295
    'orders'::regclass | orders | "orders" | = | text orders
    10.50 | 10.50 | 10.50 | = | number 10.5
    0.000000000000000123 | 0.000000000000000123 | 0.000000000000000123 | = | number 0.000000000000000123
    1234567890123456789012345678901234567890 | 1234567890123456789012345678901234567890 | 1234567890123456789012345678901234567890 | = | text 1234567890123456789012345678901234567890
    -0.1234567890123456789012345678901234567890 | -0.1234567890123456789012345678901234567890 | -0.1234567890123456789012345678901234567890 | = | number -0.12345678901234568
    1 / 3.0 | 0.33333333333333333333 | 0.33333333333333333333 | = | number 0.3333333333333333
    47.0 / 6 | 7.8333333333333333 | 7.8333333333333333 | = | number 7.833333333333333
    12345678901234.56 | 12345678901234.56 | 12345678901234.56 | = | text 12345678901234.56
    'NaN'::numeric | NaN | "NaN" | = | text NaN
    99.5::percent | 99.50 | 99.50 | = | number 99.5
    0.1::float4 | 0.1 | 0.1 | = | number 0.1
    0.1::float8 + 0.2::float8 | 0.30000000000000004 | 0.30000000000000004 | = | number 0.30000000000000004
    1e20::float8 | 1e+20 | 1e+20 | = | number 100000000000000000000
    '-0'::float8 | -0 | -0 | = | number -0
    '5e-324'::float8 | 5e-324 | 5e-324 | = | text 5e-324
    'NaN'::float8 | NaN | "NaN" | = | text NaN
    'Infinity'::float8 | Infinity | "Infinity" | = | text Infinity
    '-Infinity'::float4 | -Infinity | "-Infinity" | = | text -Infinity
    1234.5::numeric::money | "$1,234.50" | "$1,234.50" | $1,234.50 | "$"#,##0.00 1234.5
    (-0.07)::numeric::money | -$0.07 | "-$0.07" | = | "$"#,##0.00 -0.07
    true | true | true | = | boolean 1
    false | false | false | = | boolean 0
    true::flag | true | true | = | boolean 1
    't'::text | t | "t" | = | text t
    '007' | 007 | "007" | = | text 007
    'NULL' | NULL | "NULL" | = | text NULL
    '=1+1' | =1+1 | "=1+1" | = | text =1+1
    'https://example.com' | https://example.com | "https://example.com" | = | text https://example.com
    'grün'::varchar(3) | grü | "grü" | = | text grü
    'ab'::char(2) | ab | "ab" | = | text ab
    'pg_tables'::name | pg_tables | "pg_tables" | = | text pg_tables
    'x'::"char" | x | "x" | = | text x
    'so so'::mood | so so | "so so" | = | text so so
    'a'::"Odd ""name""" | a | "a" | = | text a
    'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'::uuid | a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11 | "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11" | = | text a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11
    '192.168.0.1/24'::inet | 192.168.0.1/24 | "192.168.0.1/24" | = | text 192.168.0.1/24
    '::1'::inet | ::1 | "::1" | = | text ::1
    '10.0.0.0/8'::cidr | 10.0.0.0/8 | "10.0.0.0/8" | = | text 10.0.0.0/8
    '08:00:2b:01:02:03'::macaddr | 08:00:2b:01:02:03 | "08:00:2b:01:02:03" | = | text 08:00:2b:01:02:03
    int4range(1, 5) | "[1,5)" | "[1,5)" | [1,5) | text [1,5)
    'empty'::numrange | empty | "empty" | = | text empty
    tstzrange('2026-01-01', null) | "[""2026-01-01 00:00:00+00"",)" | "[\"2026-01-01 00:00:00+00\",)" | ["2026-01-01 00:00:00+00",) | text ["2026-01-01 00:00:00+00",)
    '[0.5,1e100)'::span | "[0.5,1e+100)" | "[0.5,1e+100)" | [0.5,1e+100) | text [0.5,1e+100)
    row('Main "St"', null, date '2026-03-31')::place | "(""Main """"St"""""",,2026-03-31)" | "(\"Main \"\"St\"\"\",,2026-03-31)" | ("Main ""St""",,2026-03-31) | text ("Main ""St""",,2026-03-31)
    row(1, 'a b', true) | "(1,""a b"",t)" | "(1,\"a b\",t)" | (1,"a b",t) | text (1,"a b",t)
    interval '1 year 2 mons -3 days 04:05:06.789' | 1 year 2 mons -3 days +04:05:06.789 | "1 year 2 mons -3 days +04:05:06.789" | = | text 1 year 2 mons -3 days +04:05:06.789
    B'0101' | 0101 | "0101" | = | text 0101
    '<a b="1">&amp;</a>'::xml | "<a b=""1"">&amp;</a>" | "<a b=\"1\">&amp;</a>" | <a b="1">&amp;</a> | text <a b="1">&amp;</a>
    to_tsvector('english', 'Fat rats sat') | 'fat':1 'rat':2 'sat':3 | "'fat':1 'rat':2 'sat':3" | = | text 'fat':1 'rat':2 'sat':3
    'fat & !rat'::tsquery | 'fat' & !'rat' | "'fat' & !'rat'" | = | text 'fat' & !'rat'
    point(1.5, -2) | "(1.5,-2)" | "(1.5,-2)" | (1.5,-2) | text (1.5,-2)
    '((0,0),(1,1))'::box | "(1,1),(0,0)" | "(1,1),(0,0)" | (1,1),(0,0) | text (1,1),(0,0)
    '<(0,0),2>'::circle | "<(0,0),2>" | "<(0,0),2>" | <(0,0),2> | text <(0,0),2>
    '\x00ff'::bytea | \x00ff | "\\x00ff" | = | text \x00ff
    ''::bytea | \x | "\\x" | = | text \x
    '16/B374D848'::pg_lsn | 16/B374D848 | "16/B374D848" | = | text 16/B374D848
    '$.a[*]'::jsonpath | "$.""a""[*]" | "$.\"a\"[*]" | $."a"[*] | text $."a"[*]
    date '2026-03-31' | 2026-03-31 | "2026-03-31" | = | yyyy-mm-dd 46112
    date '1900-02-28' | 1900-02-28 | "1900-02-28" | = | text 1900-02-28
    date '0044-03-15 BC' | 0044-03-15 BC | "0044-03-15 BC" | = | text 0044-03-15 BC
    date '12026-01-01' | 12026-01-01 | "12026-01-01" | = | text 12026-01-01
    date 'infinity' | infinity | "infinity" | = | text infinity
    time '12:00:00.5' | 12:00:00.5 | "12:00:00.5" | = | text 12:00:00.5
    timetz '12:00:00+05:30' | 12:00:00+05:30 | "12:00:00+05:30" | = | text 12:00:00+05:30
    timestamp '2026-03-31 12:00:00' | 2026-03-31 12:00:00 | "2026-03-31T12:00:00" | = | yyyy-mm-dd hh:mm:ss 46112.5
    timestamp '2026-03-31 12:00:00.123456' | 2026-03-31 12:00:00.123456 | "2026-03-31T12:00:00.123456" | = | yyyy-mm-dd hh:mm:ss.000 46112.500001423614
    timestamp '9999-12-31 23:59:59.999999' | 9999-12-31 23:59:59.999999 | "9999-12-31T23:59:59.999999" | = | yyyy-mm-dd hh:mm:ss.000 2958465.9999999884
    timestamp '0044-03-15 12:00:00 BC' | 0044-03-15 12:00:00 BC | "0044-03-15 12:00:00 BC" | = | text 0044-03-15 12:00:00 BC
    timestamp '-infinity' | -infinity | "-infinity" | = | text -infinity
    timestamptz '2026-03-31 12:00:00.123456+00' | 2026-03-31 12:00:00.123456+00 | "2026-03-31T12:00:00.123456+00:00" | = | yyyy-mm-dd hh:mm:ss.000 46112.500001423614
    timestamptz '2026-03-31 17:30:00+05:30' | 2026-03-31 12:00:00+00 | "2026-03-31T12:00:00+00:00" | = | yyyy-mm-dd hh:mm:ss 46112.5
    timestamptz 'infinity' | infinity | "infinity" | = | text infinity
    timestamptz '0044-03-15 12:00:00+00 BC' | 0044-03-15 12:00:00+00 BC | "0044-03-15 12:00:00+00 BC" | = | text 0044-03-15 12:00:00+00 BC
    '{"b" :  1.10, "b":[ ], "n":12345678901234567890.10e-400}'::json | "{""b"" :  1.10, ""b"":[ ], ""n"":12345678901234567890.10e-400}" | {"b" :  1.10, "b":[ ], "n":12345678901234567890.10e-400} | {"b" :  1.10, "b":[ ], "n":12345678901234567890.10e-400} | text {"b" :  1.10, "b":[ ], "n":12345678901234567890.10e-400}
    '{"b":1.10,"a":"\u00e9"}'::jsonb | "{""a"": ""é"", ""b"": 1.10}" | {"a": "é", "b": 1.10} | {"a": "é", "b": 1.10} | text {"a": "é", "b": 1.10}
    'null'::jsonb | null | null | = | text null
    '"text"'::json | """text""" | "text" | "text" | text "text"
    array[1, null, 3] | "{1,NULL,3}" | [1,null,3] | {1,NULL,3} | text {1,NULL,3}
    array[[1, 2], [3, 4]] | "{{1,2},{3,4}}" | [[1,2],[3,4]] | {{1,2},{3,4}} | text {{1,2},{3,4}}
    '{}'::int[] | {} | [] | = | text {}
    '[0:1]={7,8}'::int8[] | "[0:1]={7,8}" | [7,8] | [0:1]={7,8} | text [0:1]={7,8}
    array[9223372036854775807] | {9223372036854775807} | [9223372036854775807] | = | text {9223372036854775807}
    array[1.10, 'NaN'] | "{1.10,NaN}" | [1.10,"NaN"] | {1.10,NaN} | text {1.10,NaN}
    array[0.1::float8, 'Infinity'] | "{0.1,Infinity}" | [0.1,"Infinity"] | {0.1,Infinity} | text {0.1,Infinity}
    array[true, false, null] | "{t,f,NULL}" | [true,false,null] | {t,f,NULL} | text {t,f,NULL}
    array['a', 'NULL', null, '', 'b "c"', 'd,e', '{f}', 'g\h'] | "{a,""NULL"",NULL,"""",""b \""c\"""",""d,e"",""{f}"",""g\\h""}" | ["a","NULL",null,"","b \"c\"","d,e","{f}","g\\h"] | {a,"NULL",NULL,"","b \"c\"","d,e","{f}","g\\h"} | text {a,"NULL",NULL,"","b \"c\"","d,e","{f}","g\\h"}
    array['x'::varchar] | {x} | ["x"] | = | text {x}
    array[date '2026-03-31', 'infinity'] | "{2026-03-31,infinity}" | ["2026-03-31","infinity"] | {2026-03-31,infinity} | text {2026-03-31,infinity}
    array[timestamp '2026-03-31 12:00:00'] | "{""2026-03-31 12:00:00""}" | ["2026-03-31T12:00:00"] | {"2026-03-31 12:00:00"} | text {"2026-03-31 12:00:00"}
    array[timestamptz '2026-03-31 12:00:00.5+00'] | "{""2026-03-31 12:00:00.5+00""}" | ["2026-03-31T12:00:00.5+00:00"] | {"2026-03-31 12:00:00.5+00"} | text {"2026-03-31 12:00:00.5+00"}
    array['{"a": 1.10}'::json, null] | "{""{\""a\"": 1.10}"",NULL}" | [{"a": 1.10},null] | {"{\"a\": 1.10}",NULL} | text {"{\"a\": 1.10}",NULL}
    array['[1, "x"]'::jsonb] | "{""[1, \""x\""]""}" | [[1, "x"]] | {"[1, \"x\"]"} | text {"[1, \"x\"]"}
    array['\x00ff'::bytea] | "{""\\x00ff""}" | ["\\x00ff"] | {"\\x00ff"} | text {"\\x00ff"}
    array[1.5::numeric::money] | {$1.50} | ["$1.50"] | = | text {$1.50}
    array['::1'::inet] | {::1} | ["::1"] | = | text {::1}
    array[interval '1 day'] | "{""1 day""}" | ["1 day"] | {"1 day"} | text {"1 day"}
    array[int4range(1, 5)] | "{""[1,5)""}" | ["[1,5)"] | {"[1,5)"} | text {"[1,5)"}
    array[point(1, 2)] | "{""(1,2)""}" | ["(1,2)"] | {"(1,2)"} | text {"(1,2)"}
    '{(1,1),(0,0);(2,2),(1,1)}'::box[] | "{(1,1),(0,0);(2,2),(1,1)}" | ["(1,1),(0,0)","(2,2),(1,1)"] | {(1,1),(0,0);(2,2),(1,1)} | text {(1,1),(0,0);(2,2),(1,1)}
    array['so so'::mood, 'sad'] | "{""so so"",sad}" | ["so so","sad"] | {"so so",sad} | text {"so so",sad}
    array['small'::public.box, 'large'] | "{small,large}" | ["small","large"] | {small,large} | text {small,large}
    array[99.5::percent] | {99.50} | [99.50] | = | text {99.50}
    array[true::flag] | {t} | [true] | = | text {t}
    array[row('a', 1, null)::place] | "{""(a,1,)""}" | ["(a,1,)"] | {"(a,1,)"} | text {"(a,1,)"}
    array[row(1, 'a b'), row(2, null)] | "{""(1,\""a b\"")"",""(2,)""}" | ["(1,\"a b\")","(2,)"] | {"(1,\"a b\")","(2,)"} | text {"(1,\"a b\")","(2,)"}
    '1 2'::int2vector | 1 2 | "1 2" | = | text 1 2
"##;

/// Only where the extension is installed: name | expression | CSV | JSON | XML | cell.
const EXTENSION_TYPES: &str = r#"
    hstore | 'a=>1, b=>NULL'::hstore | """a""=>""1"", ""b""=>NULL" | {"a":"1","b":null} | "a"=>"1", "b"=>NULL | text "a"=>"1", "b"=>NULL
    hstore | array['a=>1'::hstore] | "{""\""a\""=>\""1\""""}" | [{"a":"1"}] | {"\"a\"=>\"1\""} | text {"\"a\"=>\"1\""}
    citext | 'Mixed'::citext | Mixed | "Mixed" | = | text Mixed
    citext | array['Mixed'::citext] | {Mixed} | ["Mixed"] | = | text {Mixed}
    ltree | 'Top.Science'::ltree | Top.Science | "Top.Science" | = | text Top.Science
    postgis | 'SRID=4326;POINT(1.5 -2)'::geometry | 0101000020E6100000000000000000F83F00000000000000C0 | {"type":"Point","coordinates":[1.5,-2]} | = | text 0101000020E6100000000000000000F83F00000000000000C0
    postgis | 'POINT(1.5 -2)'::geography | 0101000020E6100000000000000000F83F00000000000000C0 | {"type":"Point","coordinates":[1.5,-2]} | = | text 0101000020E6100000000000000000F83F00000000000000C0
    cube | '(1, 2)'::cube | "(1, 2)" | "(1, 2)" | (1, 2) | text (1, 2)
"#;

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

struct Type<'a> {
    sql: &'a str,
    csv: &'a str,
    json: &'a str,
    xml: &'a str,
    xlsx: &'a str,
}

impl<'a> Type<'a> {
    fn read_all(table: &'a str) -> Vec<Self> {
        table.lines().filter_map(Self::read).collect()
    }

    fn read(line: &'a str) -> Option<Self> {
        let [sql, csv, json, xml, xlsx] = line.trim_start().split(" | ").collect::<Vec<_>>()[..]
        else {
            assert!(line.trim().is_empty(), "{line}");
            return None;
        };
        let xml = if xml == "=" { csv } else { xml };
        Some(Self {
            sql,
            csv,
            json,
            xml,
            xlsx,
        })
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_type_prints_in_every_format_as_the_contract_says() {
    let server = Server::start().await;
    let superuser = server.superuser().await;
    superuser.batch_execute(OWN_TYPES).await.unwrap();
    let mut types = Type::read_all(TYPES);
    types.extend(installed(&superuser).await);
    let clip = server.create_clip(&zoo(&types)).await;

    let names: Vec<String> = (1..=types.len())
        .map(|number| format!("c{number}"))
        .collect();
    let nulls = vec![""; types.len()];
    for (format, delimiter) in [("csv", ','), ("tsv", '\t')] {
        let text = text(&server, &clip, format).await;
        let lines: Vec<&str> = text.split('\n').collect();
        let [header, row, null_row, ""] = lines[..] else {
            panic!("{text}");
        };
        assert_eq!(split(header, delimiter), names);
        assert_eq!(split(null_row, delimiter), nulls);
        for (cell, expected) in split(row, delimiter).iter().zip(&types) {
            // Only the delimiter differs: a comma alone needs no quotes between tabs.
            let needs_quotes = delimiter == ',' || expected.xml.contains('"');
            let expected_cell = if needs_quotes {
                expected.csv
            } else {
                expected.xml
            };
            assert_eq!(cell, expected_cell, "{} in {format}", expected.sql);
        }
    }

    let table: Table = read(&text(&server, &clip, "json").await);
    assert_eq!(table.fields, names);
    let ndjson = text(&server, &clip, "ndjson").await;
    let [row, null_row]: [Object; 2] = lines(&ndjson).try_into().unwrap();
    let objects: Vec<Object> = read(&text(&server, &clip, "json?shape=objects").await);
    for (index, (expected, name)) in types.iter().zip(&names).enumerate() {
        for value in [&table.values[0][index], &row[name], &objects[0][name]] {
            assert_eq!(value.get(), expected.json, "{} in JSON", expected.sql);
        }
        for value in [&table.values[1][index], &null_row[name], &objects[1][name]] {
            assert_eq!(value.get(), "null", "{} in JSON", expected.sql);
        }
    }

    let values = xml_values(&text(&server, &clip, "xml").await);
    let cells = workbook(&server, &clip, "xlsx").await.cells(1);
    for (index, expected) in types.iter().enumerate() {
        assert_eq!(
            values[index].as_deref(),
            Some(expected.xml),
            "{} in XML",
            expected.sql
        );
        assert_eq!(values[types.len() + index], None, "{} in XML", expected.sql);
        let column = column(index);
        assert_eq!(
            cells[&format!("{column}2")],
            expected.xlsx,
            "{} in Excel",
            expected.sql
        );
        assert_eq!(
            cells.get(&format!("{column}3")),
            None,
            "{} in Excel",
            expected.sql
        );
    }
}

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

/// Runs only where PostGIS is installed.
#[tokio::test(flavor = "multi_thread")]
async fn postgis_reads_the_same_geometries_from_json_and_from_the_page() {
    let server = Server::start().await;
    let superuser = server.superuser().await;
    if let Err(error) = superuser.batch_execute("create extension postgis").await {
        eprintln!("not tried, since PostGIS is not installed: {error:?}");
        return;
    }
    superuser.batch_execute(SHAPES).await.unwrap();
    let clip = server.create_clip("select g from shapes order by id").await;
    let json: Table = read(&text(&server, &clip, "json").await);
    let lines = text(&server, &clip, "ndjson").await;
    let lines: Vec<Object> = self::lines(&lines);
    let page = shown(&server, &clip).await;
    let sql =
        "select st_asewkb(st_setsrid(st_geomfromgeojson($1::text), st_srid(g))) = st_asewkb(g)
        and st_asewkb(st_geomfromtext($2, st_srid(g))) = st_asewkb(g)
        and st_srid(g) = coalesce(($1::json ->> 'srid')::int, 4326), g::text
        from shapes order by id offset $3 limit 1";
    assert!(json.values.len() > 100);
    for (index, row) in json.values.iter().enumerate() {
        assert_eq!(row[0].get(), lines[index]["g"].get());
        let parameters: [&(dyn ToSql + Sync); 3] = [&row[0].get(), &page[index], &(index as i64)];
        let same = superuser.query_one(sql, &parameters).await.unwrap();
        let geometry: &str = same.get(1);
        assert!(
            same.get::<_, bool>(0),
            "{geometry}: {} {}",
            row[0],
            page[index]
        );
    }
}

/// Random lines, and what GeoJSON has a shape for.
const SHAPES: &str = "
    create table shapes (id int generated always as identity, g geometry);
    grant select on shapes to public;
    insert into shapes (g)
    select st_makeline(array[st_makepoint(random() * 360 - 180, random() * 1e-9, random() * 1e300),
                             st_makepoint(-random(), random() / 3, round((random() * 1e6)::numeric, 2))])
    from generate_series(1, 100);
    insert into shapes (g) select st_makepoint(random() * 360 - 180, random() * 180 - 90)
    from generate_series(1, 100);
    insert into shapes (g) values
        ('SRID=4326;POINT(1 2)'), ('SRID=3857;POINT(1113194.9079327357 -0.1)'),
        ('SRID=4326;LINESTRING EMPTY'), ('MULTIPOINT Z ((1 2 3),(4 5 6))'),
        ('POLYGON((0 0,4 0,4 4,0 0),(1 1,2 1,2 2,1 1))'),
        ('MULTILINESTRING((0 0,1 1),(2 2,3 3))'), ('MULTIPOLYGON(((0 0,4 0,4 4,0 0)),((9 9,9 8,8 8,9 9)))'),
        ('SRID=25832;GEOMETRYCOLLECTION(POINT(1 2),GEOMETRYCOLLECTION(LINESTRING(0 0,1 1)))')";

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

/// Two rows with a column for each type: its value, and NULL.
fn zoo(types: &[Type<'_>]) -> String {
    let columns = types
        .iter()
        .enumerate()
        .map(|(index, known)| format!("{} as c{}", known.sql, index + 1));
    let columns: Vec<String> = columns.collect();
    let nulls = vec!["null"; types.len()];
    format!(
        "select {} union all select {}",
        columns.join(",\n"),
        nulls.join(", ")
    )
}

/// One column with a row for each text.
fn hostile_texts() -> String {
    let rows: Vec<String> = HOSTILE_TEXTS
        .iter()
        .map(|(sql, _)| format!("({sql})"))
        .collect();
    format!("values {}", rows.join(", "))
}

/// The types of the extensions that this PostgreSQL has, now created.
async fn installed(superuser: &Client) -> Vec<Type<'static>> {
    let rows = superuser
        .query("select name from pg_available_extensions", &[])
        .await
        .unwrap();
    let available: Vec<String> = rows.iter().map(|row| row.get(0)).collect();
    let mut types = Vec::new();
    for line in EXTENSION_TYPES.trim().lines() {
        let (name, known) = line.trim_start().split_once(" | ").unwrap();
        if available.iter().any(|available| available == name) {
            let sql = format!("create extension if not exists {name}");
            superuser.batch_execute(&sql).await.unwrap();
            types.extend(Type::read(known));
        }
    }
    types
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

/// The one column of a clip's result as its page shows it.
async fn shown(server: &Server, clip: &Clip) -> Vec<String> {
    #[derive(Deserialize)]
    struct Shown {
        values: Vec<[String; 1]>,
    }
    let path = format!("/{}/rows?form=text&limit=1000", clip.slug);
    let answer = server.anonymous().get(&path).await;
    let shown: Shown = read(&answer.text().await.unwrap());
    shown.values.into_iter().map(|[text]| text).collect()
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
