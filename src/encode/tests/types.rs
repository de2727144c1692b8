//! Every type in every format, as the contract fixes it.

use super::*;

/// In short: `number 1`, `text 1`, `boolean 1`, `styled 1`.
fn cell_below_the_header(sheet: &str) -> String {
    let (_, cell) = sheet.split_once("<c r=\"A2\"").unwrap();
    let (cell, _) = cell.split_once("</c>").unwrap();
    let (attributes, value) = cell.split_once('>').unwrap();
    let kind = match attributes {
        "" => "number",
        styled if styled.starts_with(" s=\"") => "styled",
        " t=\"b\"" => "boolean",
        " t=\"inlineStr\"" => "text",
        other => other,
    };
    let value = ["<v>", "</v>", "<is><t>", "</t></is>"]
        .into_iter()
        .fold(value.to_owned(), |value, tag| value.replace(tag, ""));
    format!("{kind} {value}").trim_end().to_owned()
}

/// Type | its OID and its element's | PostgreSQL's text | and how CSV, JSON and the workbook encode it.
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
text        | 25      |                               | ""                            | ""                     | text
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
timestamptz | 1184    | 2026-03-31 14:00:00+02        | 2026-03-31 14:00:00+02        | "2026-03-31T14:00:00+02:00" | styled 46112.5
timestamptz | 1184    | 2026-03-31 15:30:00+03:30     | 2026-03-31 15:30:00+03:30     | "2026-03-31 15:30:00+03:30" | text 2026-03-31 15:30:00+03:30
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
async fn every_type_is_encoded_in_every_format_as_the_contract_fixes() {
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
