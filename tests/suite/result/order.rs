//! A sorted window, compared with what PostgreSQL's own ORDER BY returns for the same values.

#![expect(clippy::disallowed_methods, reason = "no viewer looks at these rows")]

use dataclips::result::{Column, Direction, Memory, Rows, Sort, View};
use dataclips::run::Limits;
use tokio_postgres::{Client, SimpleQueryMessage};

use crate::run::visits::Visits;
use crate::support::{LIMITS, Server};

/// Rows that are generated for each type, beside the edges.
const GENERATED: u32 = 400;

/// Types of the queried database's own, which are created after our connection to it was opened.
const OWN_TYPES: &str = r#"
    create type mood as enum ('sad', 'so so', 'it''s "fine"', 'great, really');
    alter type mood add value 'Awful' before 'sad';
    alter type mood add value 'between' after 'so so';
    create domain feeling as mood;
    create domain percent as numeric(5, 2);
    create type span as range (subtype = float8);
    create type words as range (subtype = text, collation = "C");
    create type moods as range (subtype = feeling);
"#;
/// The first version with multiranges.
const MULTIRANGES: &str = "140000";

/// Type | edges | an expression that makes a value of the numbers `n` and, at random, `r` from 0 to 1.
const TYPES: &str = r#"
    bool | {t,f} | r < 0.5
    int2 | {-32768,32767,0,-1} | ((r - 0.5) * 300)::int
    int4 | {-2147483648,2147483647,0} | ((r - 0.5) * 2e9)::int
    int8 | {-9223372036854775808,9223372036854775807,9223372036854775806,0} | ((r - 0.5) * 10 ^ (n % 18))::int8
    oid | {0,9,10,4294967295} | (r * 4e9)::int8
    xid8 | {0,9,10,18446744073709551615} | (r * 10 ^ (n % 18))::int8::text
    numeric | {NaN,0,0.000,-0.0,1e100,1e-100,-1e100,10,9,9.5,9.50} | ((r - 0.5) * 10 ^ (n % 40 - 20))::numeric * 1.000000000000000000001
    numeric(12, 2) | {0,-0.01,0.01} | (r - 0.5) * 1000
    float4 | {NaN,Infinity,-Infinity,0,-0,1e-45,3.4e38} | (r - 0.5) * 10 ^ (n % 60 - 30)
    float8 | {NaN,Infinity,-Infinity,0,-0,5e-324,1.7976931348623157e308,0.1,0.30000000000000004,0.3} | (r - 0.5) * 10 ^ (n % 600 - 300)
    money | {0,-0.01,0.01,92233720368547758.07,-92233720368547758.08} | ((r - 0.5) * 10 ^ (n % 12))::numeric
    date | {infinity,-infinity,4714-11-24 BC,5874897-12-31,0001-12-31 BC,0001-01-01,2000-02-29,2000-03-01,9999-12-31,10000-01-01} | date '2000-01-01' + ((r - 0.5) * 10 ^ (n % 7))::int
    timestamp | {infinity,-infinity,4714-11-24 BC,294276-12-31 23:59:59.999999,0001-12-31 23:59:59 BC,0001-01-01} | timestamp '2000-01-01' + (r - 0.5) * 10 ^ (n % 12) * interval '1 second'
    timestamptz | {infinity,-infinity,294276-12-31 00:00:00+00,0001-12-31 23:59:59+00 BC,2026-10-25 00:30:00+00,2026-10-25 01:30:00+00,2026-03-29 01:30:00+00} | timestamptz '2000-01-01' + (r - 0.5) * 10 ^ (n % 12) * interval '1 second'
    interval | {0,1 mon,30 days,29 days 24:00:01,1 year,-1 year,-00:00:00.000001,178000000 years,-178000000 years} | (r - 0.5) * 10 ^ (n % 9) * case n % 3 when 0 then interval '1 second' when 1 then interval '1 day 1 hour' else interval '1 mon -1 day' end
    time | {00:00,24:00,12:00:00.000001,12:00:00.1,12:00:00.01} | time '00:00' + r * interval '1 day'
    timetz | {00:00+00,24:00-15:59,00:00+15:59,12:00:00.000001+00,12:00:00+00,13:00:00+01,11:00:00-01,11:29:59-00:30:01} | (time '00:00' + date_trunc('hour', r * interval '1 day'))::text || (array['+00', '-03:30', '+05:30', '+01:00:01', '-12'])[1 + n % 5]
    uuid | {00000000-0000-0000-0000-000000000000,ffffffff-ffff-ffff-ffff-ffffffffffff} | md5(r::text)::uuid
    bytea | {"","\\\\x00","\\\\xff","\\\\x0000"} | decode(left(md5(r::text), n % 16 / 2 * 2), 'hex')
    bit(12) | {000000000000,111111111111,100000000000,000000000001} | (r * 4095)::int::bit(12)
    varbit | {"",0,1,00,01,10,11,000000000,100000000,10000000,1000000001} | left((r * 1048575)::int::bit(20)::text, n % 20)::varbit
    inet | {0.0.0.0/0,255.255.255.255,10.0.0.0/8,10.0.0.0,10.1.0.0/16,9.255.255.255,10.0.0.1/8,10.0.0.1,::,::1,::/0,::ffff:10.0.0.1,ffff::/16,2001:db8::1/32} | case n % 3 when 0 then set_masklen(inet '2001:db8::ff:0' + (r * 100000)::int, 90 + n % 39) else set_masklen(inet '10.0.0.0' + (r * 1000)::int, 20 + n % 13) end
    cidr | {0.0.0.0/0,10.0.0.0/8,10.0.0.0/16,10.0.0.0/32,10.128.0.0/9,9.0.0.0/8,::/0,::/128,2001:db8::/32} | network(case n % 3 when 0 then set_masklen(inet '2001:db8::ff:0' + (r * 100000)::int, 90 + n % 39) else set_masklen(inet '10.0.0.0' + (r * 1000)::int, 20 + n % 13) end)
    macaddr | {00:00:00:00:00:00,ff:ff:ff:ff:ff:ff,0a:00:00:00:00:00} | left(md5(r::text), 12)
    macaddr8 | {00:00:00:00:00:00:00:00,ff:ff:ff:ff:ff:ff:ff:ff} | left(md5(r::text), 16)
    pg_lsn | {0/0,0/9,0/A,0/10,9/0,A/0,10/0,FFFFFFFF/FFFFFFFF} | concat(upper(to_hex((r * 10 ^ (n % 9))::bigint)), '/', upper(to_hex((r * 10 ^ (n % 8))::bigint)))::pg_lsn
    text | {""," ",a,A,ab,Ab,aB,AB,"a b",a-b,a_b,10,9,é,É,e,Ä,ä,z,Z,ж,Ж,字,😀,ﬀ,İ,i,I,ß,ẞ,ss} | translate(substr(md5(r::text), 1, n % 6), '0123456789', 'ABCDEFéÉ😀 ')
    varchar(9) | {"",a,B} | left(md5(r::text), n % 6)
    char(4) | {"",a,B,"a\t","a b"} | left(md5(r::text), n % 4)
    name | {"",a,B,é} | left(md5(r::text), n % 6)
    mood | {sad,Awful,"so so",between} | (enum_range(null::mood))[1 + n % 6]
    feeling | {sad,Awful} | (enum_range(null::mood))[1 + n % 6]
    mood[] | {"{}","{sad,NULL}","{\"it''s \\\"fine\\\"\"}"} | (array[(enum_range(null::mood))[1 + n % 6], nullif((enum_range(null::mood))[1 + (r * 5)::int], 'sad')])[:1 + n % 2]
    feeling[] | {"{}"} | array[(enum_range(null::mood))[1 + n % 6], (enum_range(null::mood))[1 + (r * 5)::int]]
    percent[] | {"{}","{9}","{10}"} | array[r * 100]
    int4[] | {"{}","{0}","{NULL}","{NULL,NULL}","[0:1]={1,2}","[-3:-2]={1,2}","[1:2]={1,2}","{{1,2},{0,4}}","{{1},{2},{0},{4}}","{1,2,0,4}","{{{1,2},{0,4}}}","[5:6][-1:0]={{1,2},{0,4}}","{-1}","{9}","{10}"} | (array[(r * 3)::int, nullif(n % 4, 0), n % 2 - 1])[:1 + n % 3]
    text[] | {"{}","{\"\"}","{NULL}","{\"NULL\"}","{null}","{\"a,b\"}","{a,b}","{\"a\\\\b\"}","{\"a\\\"b\"}","{\"{}\"}","{a}","{\" a\"}"} | array[translate(left(md5(r::text), n % 3), '01234', ',"\{}'), nullif(left(md5(n::text), n % 2), '')]
    char(3)[] | {"{}","{a}"} | array[left(md5(r::text), n % 3), left(md5(n::text), n % 3)]
    numeric[] | {"{NaN}","{1.50,1.5}","{1.5,1.50}","{1e40}"} | array[(r * 3)::int, (r - 0.5) * 10 ^ (n % 8)]
    float8[] | {"{-Infinity}","{NaN,-0}"} | array[(r * 3)::int, (r - 0.5) * 10 ^ (n % 300 - 150)]
    bool[] | {"{}","{t,f,NULL}"} | array[r < 0.5, n % 2 = 0, n % 3 = 0]
    date[] | {"{infinity}","{0044-03-15 BC}"} | array[date '2000-01-01' + (r * 5)::int, date '2000-01-01' - n]
    timestamptz[] | {"{}"} | array[timestamptz '2000-01-01' + r * interval '9 hours']
    interval[] | {"{1 mon}","{30 days}"} | array[r * interval '60 days']
    inet[] | {"{::1}","{10.0.0.0/8,10.0.0.0}"} | array[set_masklen(inet '10.0.0.0' + (r * 10)::int, 20 + n % 13), inet '10.0.0.0' + n]
    bytea[] | {"{\"\"}","{\"\\\\\\\\x00\"}"} | array[decode(left(md5(r::text), n % 16 / 2 * 2), 'hex')]
    int4range[] | {"{}","{empty,NULL}","{\"(,)\"}"} | array[int4range((r * 5)::int, 6 + n % 5), int4range(n, null)]
    int4range | {empty,"(,)","(,1)","[1,)","[1,1]","[-9,10)","[9,10)","[10,11)"} | int4range(nullif((r * 10)::int, 3), nullif(10 + n % 5, 12))
    int8range | {empty,"(,)","[9000000000,)"} | int8range(nullif((r * 10)::int, 3), nullif(10 + n % 5, 12))
    numrange | {empty,"(,)","[1,2]","[1,2)","(1,2]","(1,2)","[1.0,2.00)","[1,NaN]","[NaN,)","(,1]","(,1)","[1,)","(1,)"} | numrange(nullif((r * 5)::int, 3), nullif(5 + n % 3, 6) * 1.5, (array['[]', '[)', '(]', '()'])[1 + n % 4])
    tsrange | {empty,"(,infinity)","[-infinity,]","[2026-01-01,2026-01-01 12:00:00.5]"} | tsrange(timestamp '2000-01-01' + (r * 9)::int * interval '1 hour', timestamp '2001-01-01' + n * interval '1 s', (array['[]', '[)', '(]', '()'])[1 + n % 4])
    tstzrange | {empty,"(,)","(,infinity]","(,infinity)"} | tstzrange(timestamptz '2000-01-01' + (r * 9)::int * interval '1 hour', nullif(timestamptz '2001-01-01', timestamptz '2000-12-31' + n % 5 * interval '1 day'))
    daterange | {empty,"(,)","[0044-03-15 BC,0001-01-01]","[10000-01-01,)"} | daterange(date '2000-01-01' + (r * 9)::int, date '2001-01-01' + n)
    span | {empty,"(,)","[1e10,1e20)","[NaN,NaN]"} | span(r, 1 + n % 3, (array['[]', '[)', '(]', '()'])[1 + n % 4])
    words | {empty,"(,)","[\"\",a]","[\"\",\"\"]","[\"a,b\",\"c\\\"d\"]","[\"a\\\\b\",)","[\"[\",\"]\"]","[\" \",)"} | words(translate(left(md5(r::text), n % 3), '01234567', ',"\[]() '), null)
    moods | {empty,"(,)","[sad,\"so so\"]","(,\"it''s \\\"fine\\\"\"]"} | moods('Awful', (enum_range(null::mood))[1 + n % 6])
    moods[] | {"{}"} | array[moods('Awful', (enum_range(null::mood))[1 + n % 6]), moods((enum_range(null::mood))[1 + (r * 5)::int], null)]
    int4multirange | {"{}","{empty}","{(,)}","{[1,2),[5,6)}","{[1,2),[5,)}","{[1,2)}"} | int4multirange(int4range((r * 5)::int, 6), int4range(7 + n % 2, 9 + n % 3))
    nummultirange | {"{}","{(,1),(1,)}","{[1,2),(2,3]}"} | nummultirange(numrange((r * 5)::int, 6, '(]'), numrange(7 + n % 2, 9 + n % 3))
    tstzmultirange | {"{}","{(,infinity)}"} | tstzmultirange(tstzrange(timestamptz '2000-01-01' + (r * 9)::int * interval '1 hour', null))
    words_multirange | {"{}","{[a,b],[c,d]}","{[\"a}\",b]}","{[\"a,\",b)}"} | words_multirange(words(left(md5(r::text), n % 3), null))
    moods_multirange | {"{}","{[sad,\"so so\"]}"} | moods_multirange(moods((enum_range(null::mood))[1 + (r * 5)::int], null))
    int4multirange[] | {"{}","{NULL}","{\"{}\"}"} | array[int4multirange(int4range((r * 5)::int, 6)), int4multirange()]
"#;

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
    let server = Server::start().await;
    let limits = Limits {
        connections: 1,
        ..LIMITS
    };
    let visits = Visits::new(&server.data_url(), limits).await;
    visits.answer("select 1").await;
    let client = server.superuser().await;
    let set = "set datestyle = 'ISO'; set intervalstyle = 'postgres'; set extra_float_digits = 1";
    client.batch_execute(set).await.unwrap();
    client.batch_execute(OWN_TYPES).await.unwrap();
    for (name, edges, generated) in types(TYPES) {
        if name.contains("multirange") && !has_multiranges(&client).await {
            continue;
        }
        create(&client, name, edges, generated).await;
        let columns = columns(&visits).await;
        let zones = match name.starts_with("timestamptz") {
            true => TIME_ZONES,
            false => &TIME_ZONES[..1],
        };
        for zone in zones {
            let set = format!("set timezone = '{zone}'");
            client.batch_execute(&set).await.unwrap();
            agree(&client, &columns, name).await;
        }
    }
}

async fn has_multiranges(client: &Client) -> bool {
    let version = client.query_one("show server_version_num", &[]).await;
    version.unwrap().get::<_, &str>(0) >= MULTIRANGES
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
         order by random();
         grant select on unsorted to public"
    );
    client.batch_execute(&sql).await.unwrap();
}

async fn agree(client: &Client, columns: &[Column], name: &str) {
    let rows = result(columns.to_vec(), &read(client, "number").await);
    let has_collation = ["text", "char", "name"]
        .iter()
        .any(|word| name.contains(word));
    let collation = if has_collation { r#"collate "C""# } else { "" };
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
        let by = format!("value {collation} {word} nulls last, number");
        let expected = read(client, &by).await;
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

/// As a run describes them.
async fn columns(visits: &Visits) -> Vec<Column> {
    let running = visits.start("select number, value from unsorted");
    running.summary().await.unwrap();
    running.rows().await.unwrap().columns().to_vec()
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
