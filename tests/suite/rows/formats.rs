//! docs/formats.md: every type in every format, as the server answers.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use crate::encode::parquet::parquet;
use crate::encode::{column, split, text, workbook, xml_values};
use crate::support::{Clip, Server};

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/formats.md");
/// Set, it writes the file anew.
const RENEW: &str = "RENEW_FORMATS";

const HEADER: &str = "\
# What values become

Each line is a value as the server sends it. A test compares this file with the server;
`RENEW_FORMATS=1 cargo test --test suite formats` rewrites it. Types that the machine's PostgreSQL lacks keep their lines.

CSV and TSV carry what PostgreSQL's `COPY` prints, except booleans; TSV needs no quotes around a comma. NDJSON carries the same
values as JSON, `.xls` is the same workbook as `.xlsx`. NULL is an empty field in CSV, `null` in JSON, `<value null=\"true\"/>` in
XML, and no cell in a workbook. The XML here is what an XML parser reads. Dates and times in a workbook are Excel's days since
1900, shown as the format says. `⏎` is a line break.

An array is nested in JSON, a list in Parquet, and PostgreSQL's literal elsewhere. A domain is like its base type. What is not in
this list is text, as PostgreSQL prints it: a type that somebody adds works without any change here. Which types Parquet has, and
why, is [below](#parquet).
";

const PARQUET_HEADING: &str = "\n## Parquet\n";

/// Begins with its heading.
const PARQUET: &str = "
## Parquet

A column has the type in this table, but is text if one of its values has another form than that type has by default, as with a
DateStyle that the query itself sets. “Counted” values are NULL in the file: `X-Dataclips-Replaced` has their number, and the file's
metadata their number in each column. A row with more than 16 MiB of text is refused with 422.

| PostgreSQL | in `.parquet` | because |
| --- | --- | --- |
| bool, int2, int4, int8, float4, float8 | the same | |
| oid, xid8 | UInt32, UInt64 | |
| numeric(p, s), p ≤ 38, 0 ≤ s ≤ p | Decimal128(p, s); NaN is NULL, counted | |
| other numeric: without a scale, with more digits | text | 256 bits are DOUBLE in DuckDB, an error in polars, and `0` for 150 in apache-arrow for JavaScript |
| timestamp, timestamptz | microseconds, in `UTC` for timestamptz | polars ends at a zone such as `+05:30` |
| date | days | |
| infinity, BC, years over 9999 | NULL, counted | one such date makes pandas and chDB refuse the whole file |
| time | microseconds; 24:00:00 is NULL, counted | it is 00:00 in pyarrow, and refused by pandas |
| timetz, interval, money, ranges, composites, all others | text | an INTERVAL loses months, or the file, in half of the readers |
| uuid | 16 bytes, as a UUID; text in arrays | pandas refuses a file that has a list of UUIDs |
| json, jsonb | text | chDB refuses a file of JSON with one array, scalar or repeated key |
| bytea | bytes | |
| geometry, geography | bytes: WKB, which has no SRID | |
| arrays | lists, if all values have one dimension; else text | |
| enum, NULL without a type | text | chDB refuses columns of NULL |
| repeated names, of any case; no name | `name_2`; `column_1` | some readers show one column twice |
| no column | refused, 422, as in every format | such a file has no rows |

The file's metadata: `title`, `url`, `version`, `result`, `started_at`, `finished_at`, `rows`, `truncated`, `truncated_by`, `replaced`
(an object of columns and numbers), and `sql` where the clip shows it to everyone.
";

/// Written by the test of the readers.
const READERS: &str = "\n## Parquet in data frames\n";

/// `# Section`, then `type | expression`. Of the section of extensions: `extension: type | expression`.
const TYPES: &str = r#"
# Numbers
smallint | (-32768)::int2
integer | 2147483647
bigint | 123456789012345
bigint, 16 digits or more | 9223372036854775807
oid | 4294967295::oid
numeric | 10.50
numeric, a quotient | 10.0 / 3
numeric, more than 15 digits | 12345678901234567890.25
numeric, not a number | 'NaN'::numeric
numeric, infinite (14 or newer) | 'Infinity'::numeric
numeric(12,2) | 1234567890.50::numeric(12,2)
real | 0.1::float4
double precision | 0.1::float8 + 0.2::float8
double precision, large | 1e20::float8
double precision, infinite | '-Infinity'::float8
money | 1234.5::numeric::money
boolean | true

# Text
text | 'grün, "quoted"'::text
text, empty | ''::text
text, two lines | E'first\nsecond'
text, like a number | '00123'
text, like a formula | '=1+1'
varchar | 'abc'::varchar(3)
char | 'ab'::char(4)
name | 'pg_tables'::name
"char" | 'x'::"char"
enum | 'so so'::mood
uuid | 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'::uuid
xml | '<a b="1">&amp;</a>'::xml
bytea | '\x00ff'::bytea
bit | B'0101'
bit varying | B'010'::varbit

# Dates and times
date | date '2026-03-31'
date, before Excel's calendar | date '1900-02-28'
date, BC | date '0044-03-15 BC'
date, infinite | date 'infinity'
time | time '12:00:00.5'
time with time zone | timetz '12:00:00+05:30'
timestamp | timestamp '2026-03-31 12:00:00'
timestamp, with microseconds | timestamp '2026-12-31 23:59:59.999999'
timestamp, infinite | timestamp '-infinity'
timestamp with time zone | timestamptz '2026-03-31 12:00:00.125+00'
timestamp with time zone, other zone | timestamptz '2026-03-31 17:30:00+05:30'
interval | interval '1 year 2 mons -3 days 04:05:06.789'

# JSON
json | '{"b" :  1.10, "b":[ ]}'::json
jsonb | '{"b": 1.10, "a": "\u00e9", "n": 12345678901234567890}'::jsonb
json, null | 'null'::json
jsonpath | '$.a[*]'::jsonpath

# Arrays
integer[] | array[1, null, 3]
integer[], two dimensions | array[[1, 2], [3, 4]]
integer[], empty | '{}'::int[]
integer[], from 0 | '[0:1]={7,8}'::int[]
numeric[] | array[1.10, 'NaN']
boolean[] | array[true, false]
text[] | array['a', 'NULL', null, '', 'b "c"', 'd,e']
date[] | array[date '2026-03-31', 'infinity']
timestamptz[] | array[timestamptz '2026-03-31 12:00:00+00']
jsonb[] | array['{"a": 1.10}'::jsonb]
enum[] | array['so so'::mood]
box[] | '{(1,1),(0,0);(2,2),(1,1)}'::box[]
composite[] | array[row('Main St', 1, null)::place]
range[] | array[int4range(1, 5)]
int2vector | '1 2'::int2vector
oidvector | '1 2'::oidvector

# Domains, composites, records
domain of numeric | 99.5::percent
domain of numeric, array | '{99.5,NULL}'::percent[]
domain of boolean | true::flag
composite | row('Main "St"', null, date '2026-03-31')::place
record | row(1, 'a b', true)
record[] | array[row(1, 'a'), row(2, 'b')]

# Ranges
int4range | int4range(1, 5)
int8range | int8range(1, null)
numrange | 'empty'::numrange
daterange | daterange('2026-01-01', '2026-02-01')
tsrange | tsrange('2026-01-01', '2026-01-02')
tstzrange | tstzrange('2026-01-01', null)
a custom range | '[0.5,1e100)'::span
int4multirange | '{[1,3),[5,7)}'::int4multirange
int8multirange | '{[1,3)}'::int8multirange
nummultirange | '{[1.5,2]}'::nummultirange
datemultirange | '{[2026-01-01,2026-02-01)}'::datemultirange
tsmultirange | '{[2026-01-01,2026-02-01)}'::tsmultirange
tstzmultirange | '{[2026-01-01,2026-02-01)}'::tstzmultirange
int4multirange[] | array['{[1,3)}'::int4multirange]

# Networks, shapes, search
inet | '192.168.0.1/24'::inet
cidr | '10.0.0.0/8'::cidr
macaddr | '08:00:2b:01:02:03'::macaddr
macaddr8 | '08:00:2b:01:02:03:04:05'::macaddr8
point | point(1.5, -2)
line | '{1,2,3}'::line
lseg | '[(0,0),(1,1)]'::lseg
box | '((0,0),(1,1))'::pg_catalog.box
path | '((0,0),(1,1))'::path
polygon | '((0,0),(1,1))'::polygon
circle | '<(0,0),2>'::circle
tsvector | to_tsvector('english', 'Fat rats sat')
tsquery | 'fat & !rat'::tsquery

# PostgreSQL's own types
regclass | 'orders'::regclass
regproc | 'now'::regproc
regprocedure | 'now()'::regprocedure
regoper | '|/'::regoper
regoperator | '+(integer,integer)'::regoperator
regtype | 'integer'::regtype
regrole | 'reader'::regrole
regnamespace | 'public'::regnamespace
regconfig | 'english'::regconfig
regdictionary | 'simple'::regdictionary
regcollation | '"C"'::regcollation
pg_lsn | '16/B374D848'::pg_lsn
xid | '7'::xid
xid8 | '7'::xid8
cid | '7'::cid
tid | '(1,2)'::tid
pg_snapshot | '10:20:10,14'::pg_snapshot
txid_snapshot | '10:20:10,14'::txid_snapshot
refcursor | 'portal'::refcursor
aclitem | 'reader=r/postgres'::aclitem

# Extensions
hstore: hstore | 'a=>1, b=>NULL'::hstore
hstore: hstore[] | array['a=>1'::hstore]
citext: citext | 'Mixed'::citext
ltree: ltree | 'Top.Science'::ltree
ltree: lquery | 'Top.*'::lquery
cube: cube | '(1, 2)'::cube
seg: seg | '1.5 .. 2'::seg
isn: isbn | '978-0-393-04002-9'::isbn
isn: ean13 | '978-0-393-04002-9'::ean13
intarray: query_int | '1&2'::query_int
postgis: geometry | 'SRID=4326;POINT(13.4 52.5)'::geometry
postgis: geometry, another system | 'SRID=3857;POINT(1 2)'::geometry
postgis: geometry[] | array['SRID=4326;POINT(13.4 52.5)'::geometry]
postgis: geography | 'LINESTRING(13.4 52.5, 2.35 48.85)'::geography
postgis: box2d | 'BOX(1 2,3 4)'::box2d
vector: vector | '[1,2.5,3]'::vector
"#;

/// The heading of what is below the tables.
const BELOW: &str = "## GeoJSON, Markdown and the query\n";

/// Made beside the built-in types.
const OWN_TYPES: &str = "
    create type mood as enum ('sad', 'so so');
    create domain percent as numeric(5, 2);
    create domain flag as boolean;
    create type place as (street text, number int, since date);
    create type span as range (subtype = float8);
";

/// Built-in types of which no query makes a value.
const WITHOUT_VALUES: [&str; 7] = [
    "gtsvector",
    "pg_brin_bloom_summary",
    "pg_brin_minmax_multi_summary",
    "pg_dependencies",
    "pg_mcv_list",
    "pg_ndistinct",
    "pg_node_tree",
];

/// A line of the table, by its type's name.
type Lines = BTreeMap<String, String>;

#[tokio::test(flavor = "multi_thread")]
async fn docs_formats_is_what_the_server_answers() {
    let server = Server::start().await;
    let superuser = server.superuser().await;
    superuser.batch_execute(OWN_TYPES).await.unwrap();
    let known = known(&superuser).await;
    let examples: Vec<_> = examples().filter(|example| known.has(example)).collect();
    let columns = examples.iter().enumerate();
    let columns = columns.map(|(index, example)| format!("{} as c{index}", example.sql));
    let sql = format!("select {}", columns.collect::<Vec<_>>().join(",\n"));
    let clip = server.create_clip(&sql).await;
    let lines = lines(&server, &clip, &examples).await;
    known.assert_all_are_shown(&server, &clip).await;

    let before = fs::read_to_string(FILE).unwrap_or_default();
    let now = page(&lines, &before);
    if is_renewed() {
        fs::write(FILE, &now).unwrap();
    } else {
        let line = now
            .lines()
            .zip(before.lines())
            .find(|(now, old)| now != old);
        assert!(
            now == before,
            "set {RENEW}=1 to renew docs/formats.md: {line:#?}"
        );
    }
}

struct Example<'a> {
    extension: Option<&'a str>,
    name: &'a str,
    sql: &'a str,
}

impl<'a> Example<'a> {
    fn read(line: &'a str) -> Option<Self> {
        let (name, sql) = line.split_once(" | ")?;
        let (extension, name) = match name.split_once(": ") {
            Some((extension, name)) => (Some(extension), name),
            None => (None, name),
        };
        Some(Self {
            extension,
            name,
            sql,
        })
    }
}

fn examples() -> impl Iterator<Item = Example<'static>> {
    TYPES.lines().filter_map(Example::read)
}

/// What the queried PostgreSQL has.
struct Known {
    version: i32,
    extensions: BTreeSet<String>,
    types: BTreeSet<String>,
}

/// Creates the extensions too.
async fn known(superuser: &tokio_postgres::Client) -> Known {
    let mut known = Known {
        version: 0,
        extensions: BTreeSet::new(),
        types: BTreeSet::new(),
    };
    let types = "select typname from pg_type where typnamespace = 'pg_catalog'::regnamespace and typtype in ('b', 'r', 'm') and typcategory <> 'A' and typrelid = 0";
    for row in superuser.query(types, &[]).await.unwrap() {
        known.types.insert(row.get(0));
    }
    let version = "select current_setting('server_version_num')::int";
    known.version = superuser.query_one(version, &[]).await.unwrap().get(0);
    let available = "select name::text from pg_available_extensions";
    for row in superuser.query(available, &[]).await.unwrap() {
        let name: String = row.get(0);
        if examples().any(|example| example.extension == Some(&name)) {
            let create = format!("create extension \"{name}\"");
            superuser.batch_execute(&create).await.unwrap();
            known.extensions.insert(name);
        }
    }
    known
}

impl Known {
    fn has(&self, example: &Example<'_>) -> bool {
        let is_of_14 = example.name.contains("multirange") || example.name.contains("14 or newer");
        match example.extension {
            Some(extension) => self.extensions.contains(extension),
            None => self.version >= 140_000 || !is_of_14,
        }
    }

    async fn assert_all_are_shown(mut self, server: &Server, clip: &Clip) {
        let json: serde_json::Value = server.rows(clip, "json").await.json().await.unwrap();
        for name in json["type_names"].as_array().unwrap() {
            self.types.remove(name.as_str().unwrap());
        }
        for name in WITHOUT_VALUES {
            self.types.remove(name);
        }
        assert!(self.types.is_empty(), "not in the table: {:?}", self.types);
    }
}

async fn lines(server: &Server, clip: &Clip, examples: &[Example<'_>]) -> Lines {
    let csv = text(server, clip, "csv").await;
    let (_, row) = csv.split_once('\n').unwrap();
    let csv = split(row.strip_suffix('\n').unwrap(), ',');
    let json = text(server, clip, "json").await;
    let json: Table = serde_json::from_str(&json).unwrap();
    let xml = xml_values(&text(server, clip, "xml").await);
    let parquet = parquet(server, clip, "parquet").await.columns;
    let cells = workbook(server, clip, "xlsx").await.cells(1);
    let examples = examples.iter().enumerate().map(|(index, example)| {
        let json = json.values[0][index].get();
        let cell = cells.get(&format!("{}2", column(index)));
        let cell = cell.map_or_else(|| "no cell".to_owned(), |cell| as_cell(cell));
        let xml = xml[index].as_deref().unwrap();
        let typed = &parquet[index];
        let typed = match &typed.values[0] {
            Some(value) => format!("{} {}", typed.kind, code(value)),
            None => format!("{} NULL, counted", typed.kind),
        };
        let cells = [code(&csv[index]), code(json), code(xml), cell, typed].join(" | ");
        (example.name.to_owned(), cells)
    });
    examples.collect()
}

#[derive(serde::Deserialize)]
struct Table {
    values: Vec<Vec<Box<serde_json::value::RawValue>>>,
}

/// `yyyy-mm-dd 46112` → a number that is shown as a date.
fn as_cell(cell: &str) -> String {
    for plain in ["text", "number", "boolean"] {
        if let Some(value) = cell.strip_prefix(plain) {
            return format!("{plain} {}", code(&value[1..]));
        }
    }
    let (format, value) = cell.rsplit_once(' ').unwrap();
    format!("{} as {}", code(value), code(format))
}

/// For a cell of a table in Markdown.
fn code(text: &str) -> String {
    let text = text.replace('|', "\\|").replace('\n', "⏎");
    match text.as_str() {
        "" => "nothing".to_owned(),
        text if text.contains('`') => format!("`` {text} ``"),
        text => format!("`{text}`"),
    }
}

/// What this PostgreSQL does not have keeps its line.
fn page(lines: &Lines, before: &str) -> String {
    let mut page = HEADER.to_owned();
    for line in TYPES.trim().lines() {
        if let Some(section) = line.strip_prefix("# ") {
            page += &format!(
                "\n## {section}\n\n| type | example | CSV | JSON | XML | workbook | Parquet |\n"
            );
            page += "| --- | --- | --- | --- | --- | --- | --- |\n";
        } else if let Some(example) = Example::read(line) {
            let start = format!("| {} | {} | ", example.name, code(example.sql));
            let kept = before.lines().find_map(|line| line.strip_prefix(&start));
            let kept = kept.and_then(|rest| rest.strip_suffix(" |"));
            let cells = lines.get(example.name).map(String::as_str).or(kept);
            page += &format!("{start}{} |\n", cells.unwrap_or("not tried | | | |"));
        }
    }
    let (_, below) = before
        .split_once(BELOW)
        .expect("the page goes on below the tables");
    // Up to what is said of Parquet it is written by hand.
    let by_hand = below.split_once(PARQUET_HEADING);
    page += &format!("\n{BELOW}{}", by_hand.map_or(below, |(by_hand, _)| by_hand));
    page += PARQUET;
    if let Some((_, readers)) = before.split_once(READERS) {
        page += &format!("{READERS}{readers}");
    }
    page
}

/// The section that tells what the readers of Parquet make of each type.
pub fn assert_readers(table: &str) {
    let before = fs::read_to_string(FILE).unwrap();
    let (others, _) = before.split_once(READERS).unwrap_or((&before, ""));
    let now = format!("{others}{READERS}{table}");
    if is_renewed() {
        fs::write(FILE, &now).unwrap();
    }
    assert!(
        is_renewed() || now == before,
        "set {RENEW}=1 to renew docs/formats.md: {table}"
    );
}

#[expect(
    clippy::disallowed_methods,
    reason = "who runs this test says so, no setting does"
)]
fn is_renewed() -> bool {
    std::env::var_os(RENEW).is_some()
}
