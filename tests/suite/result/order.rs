//! A sorted window, compared with what PostgreSQL's own ORDER BY returns for the same values.

#![expect(clippy::disallowed_methods, reason = "no viewer looks at these rows")]

use dataclips::result::{Column, Direction, Memory, Rows, Sort, View};
use tokio_postgres::{Client, SimpleQueryMessage};

use crate::support::{connect, empty_database};

/// Rows that are generated for each type, beside the edges.
const GENERATED: u32 = 400;

/// Type | edges | an expression that makes a value of the numbers `n` and, at random, `r` from 0 to 1.
const TYPES: &str = "
    bool | {t,f} | r < 0.5
    int2 | {-32768,32767,0,-1} | ((r - 0.5) * 300)::int
    int4 | {-2147483648,2147483647,0} | ((r - 0.5) * 2e9)::int
    int8 | {-9223372036854775808,9223372036854775807,9223372036854775806,0} | ((r - 0.5) * 10 ^ (n % 18))::int8
    oid | {0,9,10,4294967295} | (r * 4e9)::int8
    numeric | {NaN,0,0.000,-0.0,1e100,1e-100,-1e100,10,9,9.5,9.50} | ((r - 0.5) * 10 ^ (n % 40 - 20))::numeric * 1.000000000000000000001
    numeric(12, 2) | {0,-0.01,0.01} | (r - 0.5) * 1000
    float4 | {NaN,Infinity,-Infinity,0,-0,1e-45,3.4e38} | (r - 0.5) * 10 ^ (n % 60 - 30)
    float8 | {NaN,Infinity,-Infinity,0,-0,5e-324,1.7976931348623157e308,0.1,0.30000000000000004,0.3} | (r - 0.5) * 10 ^ (n % 600 - 300)
    money | {0,-0.01,0.01,92233720368547758.07,-92233720368547758.08} | ((r - 0.5) * 10 ^ (n % 12))::numeric
    date | {infinity,-infinity,4714-11-24 BC,5874897-12-31,0001-12-31 BC,0001-01-01,2000-02-29,2000-03-01,9999-12-31,10000-01-01} | date '2000-01-01' + ((r - 0.5) * 10 ^ (n % 7))::int
    timestamp | {infinity,-infinity,4714-11-24 BC,294276-12-31 23:59:59.999999,0001-12-31 23:59:59 BC,0001-01-01} | timestamp '2000-01-01' + (r - 0.5) * 10 ^ (n % 12) * interval '1 second'
    timestamptz | {infinity,-infinity,294276-12-31 00:00:00+00,0001-12-31 23:59:59+00 BC,2026-10-25 00:30:00+00,2026-10-25 01:30:00+00,2026-03-29 01:30:00+00} | timestamptz '2000-01-01' + (r - 0.5) * 10 ^ (n % 12) * interval '1 second'
    interval | {0,1 mon,30 days,29 days 24:00:01,1 year,-1 year,-00:00:00.000001,178000000 years,-178000000 years} | (r - 0.5) * 10 ^ (n % 9) * case n % 3 when 0 then interval '1 second' when 1 then interval '1 day 1 hour' else interval '1 mon -1 day' end
    time | {00:00,24:00,12:00:00.000001} | time '00:00' + r * interval '1 day'
    uuid | {00000000-0000-0000-0000-000000000000,ffffffff-ffff-ffff-ffff-ffffffffffff} | md5(r::text)::uuid
    bytea | {\"\",\"\\\\\\\\x00\",\"\\\\\\\\xff\",\"\\\\\\\\x0000\"} | decode(left(md5(r::text), n % 16 / 2 * 2), 'hex')
";

/// Their text as PostgreSQL orders it by code points, once every letter is in lower case.
const TEXTS: &str = "
    text | {\"\",\" \",a,A,ab,Ab,aB,AB,\"a b\",a-b,a_b,10,9,é,É,e,Ä,ä,z,Z,ж,Ж,字,😀,İ,i,I,ß,ẞ,ss} | translate(substr(md5(r::text), 1, n % 6), '0123456789', 'ABCDEFéÉ😀 ')
";

/// What a clip can set for itself; texts of one column then have several offsets, with minutes and seconds too.
const TIME_ZONES: &[&str] = &[
    "UTC",
    "Europe/Berlin",
    "Asia/Kolkata",
    "America/St_Johns",
    "Pacific/Apia",
];

#[tokio::test(flavor = "multi_thread")]
async fn a_result_is_sorted_as_postgresql_sorts_each_type() {
    let client = client().await;
    for (name, edges, generated) in types(TYPES) {
        create(&client, name, edges, generated).await;
        let zones = if name == "timestamptz" {
            TIME_ZONES
        } else {
            &TIME_ZONES[..1]
        };
        for zone in zones {
            let set = format!("set timezone = '{zone}'");
            client.batch_execute(&set).await.unwrap();
            agree(&client, name, "value").await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn texts_are_sorted_by_their_letters_and_only_then_by_case() {
    let client = client().await;
    for (name, edges, generated) in types(TEXTS) {
        create(&client, name, edges, generated).await;
        let lower = r#"lower(value collate "und-x-icu") collate "C""#;
        agree(&client, name, &format!(r#"{lower}, value collate "C""#)).await;
    }
}

async fn client() -> Client {
    let client = connect(&empty_database().await).await.unwrap();
    let set = "set datestyle = 'ISO'; set intervalstyle = 'postgres'; set extra_float_digits = 1";
    client.batch_execute(set).await.unwrap();
    client
}

fn types(table: &str) -> impl Iterator<Item = (&str, &str, &str)> {
    table.trim().lines().map(|line| {
        let [name, edges, generated] = line.trim().split(" | ").collect::<Vec<_>>()[..] else {
            panic!("{line}");
        };
        (name, edges, generated)
    })
}

/// A table of values in no order, some of them twice and some of them NULL.
async fn create(client: &Client, name: &str, edges: &str, generated: &str) {
    let sql = format!(
        "select setseed(0.5);
         drop table if exists unsorted;
         create table unsorted (number int generated always as identity, value {name});
         insert into unsorted (value)
         select value from (
             select unnest('{edges}'::text[])::{name} as value
             union all
             select ({generated})::{name} from (select n, random() as r from generate_series(1, {GENERATED}) n) as random
             union all
             select null from generate_series(1, 5)
         ) as once cross join generate_series(1, 2)
         order by random()"
    );
    client.batch_execute(&sql).await.unwrap();
}

async fn agree(client: &Client, name: &str, by: &str) {
    let columns = columns(client).await;
    let rows = result(columns, &read(client, "number").await);
    for (direction, word) in [
        (Direction::Ascending, "asc"),
        (Direction::Descending, "desc"),
    ] {
        let view = View {
            sort: Some(Sort {
                column: 1,
                direction,
            }),
            limit: usize::MAX,
            ..View::default()
        };
        let window = rows.window(&view).await.unwrap();
        let keys: Vec<String> = by
            .split(", ")
            .map(|key| format!("{key} {word} nulls last"))
            .collect();
        let expected = read(client, &format!("{}, number", keys.join(", "))).await;
        assert!(expected.len() > 2 * GENERATED as usize);
        let differs = window
            .rows
            .iter()
            .zip(&expected)
            .find(|(ours, theirs)| ours != theirs);
        assert_eq!(differs, None, "{name} {word}");
        assert_eq!(window.rows.len(), expected.len());
    }
}

async fn columns(client: &Client) -> Vec<Column> {
    let statement = client.prepare("table unsorted").await.unwrap();
    let columns = statement.columns().iter().map(|column| Column {
        name: column.name().to_owned(),
        type_oid: column.type_().oid(),
        type_name: column.type_().name().to_owned(),
        element_oid: None,
        type_modifier: None,
    });
    columns.collect()
}

async fn read(client: &Client, order: &str) -> Vec<Vec<Option<String>>> {
    let sql = format!("select number, value from unsorted order by {order}");
    let messages = client.simple_query(&sql).await.unwrap();
    let rows = messages.iter().filter_map(|message| match message {
        SimpleQueryMessage::Row(row) => Some(row),
        _ => None,
    });
    rows.map(|row| vec![row.get(0).map(str::to_owned), row.get(1).map(str::to_owned)])
        .collect()
}

fn result(columns: Vec<Column>, cells: &[Vec<Option<String>>]) -> Rows {
    let (mut writer, rows) = Rows::new(columns, &Memory::new(1 << 20));
    for row in cells {
        writer.append(row.iter().map(Option::as_deref)).unwrap();
    }
    writer.finish(None).unwrap();
    rows
}
