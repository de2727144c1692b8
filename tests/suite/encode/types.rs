//! A value of every type in every format.

use tokio_postgres::Client;

use super::parquet::parquet;
use super::{Object, Table, column, lines, read, split, text, workbook, xml_values};
use crate::support::Server;

/// Types of the queried database's own.
pub(super) const OWN_TYPES: &str = "
    create type mood as enum ('sad', 'so so', 'it''s fine');
    create domain percent as numeric(5, 2) check (value between 0 and 100);
    create domain flag as boolean;
    create type place as (street text, number int, since date);
    create type span as range (subtype = float8);
    create type public.box as enum ('small', 'large');
    create type \"Odd \"\"name\"\"\" as enum ('a');
";

/// SQL expression | CSV | JSON | XML | cell of the workbook. `=` stands for the XML that is the same as the CSV.
/// A number in the workbook is what Excel's own double holds.
pub(super) const TYPES: &str = r##"
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

pub(super) struct Type<'a> {
    pub(super) sql: &'a str,
    pub(super) csv: &'a str,
    pub(super) json: &'a str,
    pub(super) xml: &'a str,
    pub(super) xlsx: &'a str,
}

impl<'a> Type<'a> {
    pub(super) fn read_all(table: &'a str) -> Vec<Self> {
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

/// Two rows with a column for each type: its value, and NULL.
pub(super) fn zoo(types: &[Type<'_>]) -> String {
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

/// The types of the extensions that this PostgreSQL has, now created.
pub(super) async fn installed(superuser: &Client) -> Vec<Type<'static>> {
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

/// Only where the extension is installed: name | base type | value.
const BASES: [(&str, &str, &str); 4] = [
    ("hstore", "hstore", "a=>1, b=>NULL"),
    ("postgis", "geometry(Point, 4326)", "SRID=4326;POINT(1 2)"),
    ("postgis", "geography", "POINT(1 2)"),
    ("plpgsql", "pg_catalog.box", "(1,1),(0,0)"),
];

#[tokio::test(flavor = "multi_thread")]
async fn an_array_of_a_domain_is_like_one_of_its_base_type() {
    let server = Server::start().await;
    let superuser = server.superuser().await;
    let mut columns = Vec::new();
    for (index, (extension, base, value)) in BASES.into_iter().enumerate() {
        let create = format!("create extension if not exists {extension}");
        if let Err(error) = superuser.batch_execute(&create).await {
            eprintln!("not tried, since {extension} is not installed: {error:?}");
            continue;
        }
        let domains = format!(
            "create domain d{index} as {base}; create domain of_d{index} as d{index}; create domain list{index} as {base}[]; create domain of_list{index} as list{index}"
        );
        superuser.batch_execute(&domains).await.unwrap();
        columns.push(
            [base, &format!("d{index}"), &format!("of_d{index}")]
                .map(|element| format!("array['{value}', null, '{value}']::{element}[]")),
        );
        let list = format!("array['{value}', '{value}']::{base}[]");
        columns.push([
            format!("array[({list})::text]"),
            format!("array[({list})::of_list{index}]"),
            format!("array[({list})::list{index}]"),
        ]);
    }
    let columns = columns.into_iter().flatten().enumerate();
    let columns: Vec<_> = columns
        .map(|(index, sql)| format!("{sql} as c{index}"))
        .collect();
    let clip = server
        .create_clip(&format!("select {}", columns.join(", ")))
        .await;
    let json: Table = read(&text(&server, &clip, "json").await);
    let cells: Vec<_> = json.values[0]
        .iter()
        .map(|cell| cell.get().to_owned())
        .collect();
    let object: Object = read(&text(&server, &clip, "ndjson").await);
    let parquet = parquet(&server, &clip, "parquet").await;
    let parquet = parquet.columns.iter();
    let parquet: Vec<_> = parquet
        .map(|column| (&column.kind, &column.values))
        .collect();
    for (index, column) in columns.iter().enumerate() {
        let base = index - index % 3;
        assert_eq!(cells[index], cells[base], "{column}");
        assert_eq!(object[&format!("c{index}")].get(), cells[base], "{column}");
        assert_eq!(parquet[index], parquet[base], "{column}");
    }
}
