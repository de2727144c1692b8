//! What a run promises, wherever its database is.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use dataclips::run::Limits;
use futures_util::TryStreamExt;
use futures_util::future::join_all;
use serde_json::{Value, json};

use super::kind::Kind;
use super::scene::{Scene, Setup};
use super::types::{Type, VALUES, WITHOUT_INPUT};
use crate::support::{Clip, LIMITS, status_and_body};

const SLEEP: &str = "select pg_sleep(30)";

/// The next run has the session of the one before.
const ONE_CONNECTION: Limits = Limits {
    connections: 1,
    ..LIMITS
};
const ONE_SECOND: Limits = Limits {
    timeout: Duration::from_secs(1),
    ..LIMITS
};
const ONE_MEGABYTE: Limits = Limits {
    bytes_max: 1_000_000,
    ..LIMITS
};

pub async fn rows_are_right_as_page_csv_and_json(kind: Kind) {
    let scene = Scene::set(kind).await;
    let sql = "select n, 'row ' || n as text, n = 2 as is_two, mood, null::date as nothing
               from generate_series(1, 3) as n, feelings order by n";
    let clip = scene.clip(sql).await;
    for _ in 0..2 {
        let csv = scene.server.rows(&clip, "csv").await;
        assert_eq!(
            csv.text().await.unwrap(),
            "n,text,is_two,mood,nothing\n1,row 1,false,calm,\n2,row 2,true,calm,\n3,row 3,false,calm,\n"
        );
        let rows = scene.server.rows(&clip, "json").await;
        let rows: Value = rows.json().await.unwrap();
        let fields = json!(["n", "text", "is_two", "mood", "nothing"]);
        assert_eq!(rows["fields"], fields);
        assert_eq!(
            rows["type_names"],
            json!(["int4", "text", "bool", "mood", "date"])
        );
        assert_eq!(rows["values"][1], json!([2, "row 2", true, "calm", null]));
        let page = scene
            .server
            .anonymous()
            .get(&format!("/{}", clip.slug))
            .await;
        assert_eq!(page.status(), 200);
        assert_eq!(page.headers()["x-dataclips-rows"], "3");
        let page = page.text().await.unwrap();
        assert!(page.contains("row 3"), "{page}");
    }
}

pub async fn a_result_is_cut_by_rows_and_by_bytes(kind: Kind) {
    let scene = Scene::with_limits(kind, ONE_MEGABYTE).await;
    for (sql, rows, by) in [
        ("select n from generate_series(1, 29999) as n", 29_999, None),
        (
            "select n from generate_series(1, 30000) as n",
            29_999,
            Some("rows"),
        ),
        (
            "select 1 from pg_attribute a, pg_attribute b, pg_attribute c",
            29_999,
            Some("rows"),
        ),
        (
            "select repeat('x', 1000) from generate_series(1, 1000)",
            1_000,
            None,
        ),
        (
            "select repeat('x', 1000) from generate_series(1, 9000)",
            1_000,
            Some("bytes"),
        ),
    ] {
        let clip = scene.clip(sql).await;
        let answer = scene.server.rows(&clip, "json").await;
        assert_eq!(answer.status(), 200, "{sql}");
        assert_eq!(
            answer.headers()["x-dataclips-truncated"],
            *by.is_some().to_string(),
            "{sql}"
        );
        let document: Value = answer.json().await.unwrap();
        assert_eq!(document["values"].as_array().unwrap().len(), rows, "{sql}");
        assert_eq!(document["truncated_by"].as_str(), by, "{sql}");
    }
    scene.no_query_is_left().await;
}

pub async fn a_run_that_takes_too_long_is_a_504(kind: Kind) {
    let scene = Scene::with_limits(kind, ONE_SECOND).await;
    for sql in [
        SLEEP,
        "select set_config('statement_timeout', '0', false), pg_sleep(30)",
        "select n, repeat('x', 1000), pg_sleep(0.001) from generate_series(1, 20000) as n",
        "explain analyze select count(*) from pg_attribute a, pg_attribute b, pg_attribute c",
    ] {
        let started = Instant::now();
        let (status, error) = scene.error(sql).await;
        assert_eq!(
            (status, error["code"].as_str()),
            (504, Some("timeout")),
            "{sql}: {error}"
        );
        let range = Duration::from_millis(980)..Duration::from_secs(5);
        assert!(
            range.contains(&started.elapsed()),
            "{sql}: {:?}",
            started.elapsed()
        );
        scene.no_query_is_left().await;
    }
    assert_eq!(scene.csv("select 1 as one").await, "one\n1\n");
}

pub async fn a_smaller_time_limit_of_the_role_holds(kind: Kind) {
    let setup = Setup {
        sql: "alter role visitor set statement_timeout = '300ms'",
        ..Setup::default()
    };
    let scene = Scene::with(kind, setup).await;
    for sql in [SLEEP, "explain analyze select pg_sleep(30)"] {
        let (status, error) = scene.error(sql).await;
        assert_eq!(
            (status, error["code"].as_str()),
            (504, Some("timeout")),
            "{sql}: {error}"
        );
        let message = error["message"].as_str().unwrap();
        assert!(
            message.starts_with("The query took longer than 300 milliseconds"),
            "{message}"
        );
    }
}

pub async fn a_departed_readers_query_is_cancelled(kind: Kind) {
    let scene = Scene::set(kind).await;
    for number in 0..15 {
        let clip = scene.clip(&format!("select {number}, pg_sleep(30)")).await;
        let reader = scene.asks(&clip);
        scene.a_query_runs().await;
        reader.abort();
        assert!(reader.await.is_err(), "the answer was there already");
        scene.no_query_is_left().await;
    }
    assert_eq!(scene.csv("select 1 as one").await, "one\n1\n");
}

pub async fn blanks_are_filled_in(kind: Kind) {
    let scene = Scene::with_limits(kind, ONE_CONNECTION).await;
    let sql = "select {{x}} as x, n, mood from generate_series(1, 9) as n, feelings
               where ({{n?}} is null or n = {{n?}}) and n = any ({{ns = {1,2}}}) and mood >= {{mood = calm}}
               order by n";
    let clip = scene.clip(sql).await;
    let ask = async |query: &str| {
        let path = format!("/{}.csv?{query}", clip.slug);
        let answer = scene.server.anonymous().get(&path).await;
        (answer.status().as_u16(), answer.text().await.unwrap())
    };
    for _ in 0..2 {
        for (query, rows) in [
            ("x=a", "a,1,calm\na,2,calm\n"),
            ("x=b&n=2", "b,2,calm\n"),
            ("x=c&ns=3&ns=5", "c,3,calm\nc,5,calm\n"),
            ("x=d&ns=4", "d,4,calm\n"),
            ("x=%27+or+1%3D1+--&n=1", "' or 1=1 --,1,calm\n"),
            ("x=e&n=9", ""),
        ] {
            let expected = (200, format!("x,n,mood\n{rows}"));
            assert_eq!(ask(query).await, expected, "{query}");
        }
        for (query, name) in [("x=a&n=one", "n"), ("x=a&mood=grim", "mood")] {
            let (status, body) = ask(query).await;
            let is_named =
                body.contains("parameter_unreadable") && body.contains(&format!("`{name}`"));
            assert!(status == 422 && is_named, "{query}: {body}");
        }
    }
    let clip = scene.clip("select pg_sleep({{seconds}})").await;
    for _ in 0..5 {
        let path = format!("/{}.csv?seconds=30", clip.slug);
        let client = scene.server.anonymous();
        let reader = tokio::spawn(async move { client.get(&path).await });
        scene.a_query_runs().await;
        reader.abort();
        scene.no_query_is_left().await;
    }
    assert_eq!(scene.csv("select {{a = 1}} as one").await, "one\n1\n");
}

pub async fn a_value_of_every_type_is_read_from_the_address(kind: Kind) {
    let scene = Scene::set(kind).await;
    scene.superuser.batch_execute(OURS).await.unwrap();
    let known = known_types(&scene).await;
    let values = known
        .iter()
        .flat_map(|(name, [first, second])| [(*name, *first), (*name, *second)]);
    // An address cannot tell an empty text from none.
    let values: Vec<_> = values.filter(|(_, value)| *value != "''").collect();
    for values in values.chunks(16) {
        let column = |index: usize, value: &str| {
            let name = values[index].0;
            format!("{value}::{name} as c{index}, array[{value}::{name}] as d{index}")
        };
        let columns = |value: &dyn Fn(usize) -> String| -> String {
            let columns = (0..values.len()).map(|index| column(index, &value(index)));
            format!("select {}", columns.collect::<Vec<_>>().join(", "))
        };
        let literals = scene
            .clip(&columns(&|index| values[index].1.to_owned()))
            .await;
        let blanks = scene
            .clip(&columns(&|index| format!("{{{{p{index}}}}}")))
            .await;
        let mut query = String::new();
        for (index, (name, value)) in values.iter().enumerate() {
            let text = scene
                .ask(&format!("select format('%s', {value}::{name})"))
                .await;
            let encoded: String = text.bytes().map(|byte| format!("%{byte:02X}")).collect();
            query += &format!("&p{index}={encoded}");
        }
        for format in ["csv", "tsv", "ndjson", "xml"] {
            let answer = async |clip: &Clip| {
                let path = format!("/{}.{format}?utm_x=1{query}", clip.slug);
                let answer = scene.server.anonymous().get(&path).await;
                (answer.status().as_u16(), answer.text().await.unwrap())
            };
            assert_eq!(answer(&blanks).await, answer(&literals).await, "{values:?}");
        }
    }
}

pub async fn hostile_texts_change_nothing(kind: Kind) {
    let scene = Scene::with_limits(kind, ONE_CONNECTION).await;
    let before = scene.ask(CONTENTS).await;
    let settings = scene.csv(SETTINGS).await;
    for (sql, expected) in HOSTILE {
        let clip = scene.clip(sql).await;
        let answer = scene.server.rows(&clip, "json").await;
        let (status, body) = status_and_body(answer).await;
        let error = &body["error"];
        let found = match status {
            200 => "200",
            _ => error["sqlstate"]
                .as_str()
                .or(error["code"].as_str())
                .unwrap_or_default(),
        };
        assert_eq!(found, *expected, "{sql}: {body}");
        assert_eq!(scene.csv(SETTINGS).await, settings, "after {sql}");
        assert_eq!(scene.ask(CONTENTS).await, before, "after {sql}");
    }
}

/// Text, and the SQLSTATE or the code of its refusal, or 200.
const HOSTILE: &[(&str, &str)] = &[
    ("select 1; select 2", "42601"),
    ("select 1; commit; delete from notes", "42601"),
    ("commit; delete from notes", "42601"),
    ("begin", "no_columns"),
    ("commit", "no_columns"),
    ("rollback and chain", "no_columns"),
    ("set transaction read write", "no_columns"),
    ("set statement_timeout = 0", "no_columns"),
    ("discard all", "no_columns"),
    ("deallocate all", "no_columns"),
    ("create table t (a int)", "no_columns"),
    ("create temp table t (a int)", "no_columns"),
    ("select 1 as a into t", "no_columns"),
    ("drop table notes", "no_columns"),
    ("insert into notes values ('x')", "no_columns"),
    ("insert into notes values ('x') returning *", "25006"),
    (
        "with new as (insert into notes values ('x') returning *) select * from new",
        "25006",
    ),
    (
        "with gone as (delete from notes returning *) select * from gone",
        "25006",
    ),
    ("explain analyze delete from notes", "25006"),
    ("select writes()", "25006"),
    ("select creates_temp_table()", "25006"),
    ("do $$ begin delete from notes; end $$", "no_columns"),
    ("copy notes from stdin", "no_columns"),
    ("select set_config('role', 'postgres', false)", "42501"),
    (
        "select set_config('session_authorization', 'postgres', false)",
        "42501",
    ),
    (
        "select set_config('transaction_read_only', 'off', false)",
        "25001",
    ),
    (
        "select set_config('default_transaction_read_only', 'off', false)",
        "200",
    ),
    ("select set_config('statement_timeout', '0', false)", "200"),
    ("select set_config('search_path', 'evil', false)", "200"),
    ("select sets_everything()", "200"),
    ("select $1::int", "parameters"),
    ("", "empty"),
];

/// Everything that those texts could change.
const CONTENTS: &str = "
    select concat_ws(' ', (select string_agg(note, ',') from notes), (select count(*) from pg_class),
                          (select count(*) from pg_proc), (select count(*) from pg_largeobject_metadata))";

/// The session as a run finds it. How much time is left differs from run to run.
const SETTINGS: &str = "
    select current_user = session_user as is_itself, current_setting('transaction_read_only') as read_only,
           current_setting('statement_timeout')::interval between '50 s' and '60 s' as is_limited,
           (select md5(string_agg(name || '=' || setting, ' ' order by name)) from pg_settings
             where name not in ('statement_timeout', 'application_name') and name not like 'plpgsql.%') as all_settings,
           nullif(current_setting('my.secret', true), '') as secret,
           (select count(*) from pg_class where relpersistence = 't') as temporary_tables";

pub async fn settings_locks_and_seed_end_with_the_run(kind: Kind) {
    let scene = Scene::with_limits(kind, ONE_CONNECTION).await;
    let settings = scene.csv(SETTINGS).await;
    assert!(settings.contains("\ntrue,on,true,"), "{settings}");
    let seeded = "select setseed(0.5); select random()::text";
    let seeded = scene.superuser.simple_query(seeded).await.unwrap();
    let seeded = seeded.iter().find_map(|message| match message {
        tokio_postgres::SimpleQueryMessage::Row(row) => row.get(0).filter(|text| !text.is_empty()),
        _ => None,
    });
    let seeded = seeded.unwrap();
    for (sql, status) in [
        ("select sets_everything()", 200),
        ("select set_config('my.secret', 'left behind', false)", 200),
        ("select setseed(0.5)", 200),
        (
            "select count(pg_advisory_lock(n)) from generate_series(1, 1000) as n",
            200,
        ),
        (
            "select pg_advisory_lock(n) from generate_series(1, 31000) as n",
            200,
        ),
        (
            "select pg_advisory_lock_shared(1), 1 / (n - 3) from generate_series(1, 5) as n",
            422,
        ),
    ] {
        let clip = scene.clip(sql).await;
        let answer = scene.server.rows(&clip, "csv").await;
        assert_eq!(answer.status(), status, "{sql}");
        // A pooler may give the next runs other connections first.
        for _ in 0..5 {
            assert_eq!(scene.csv(SETTINGS).await, settings, "after {sql}");
            let random = scene.csv("select random()").await;
            assert!(!random.contains(seeded), "after {sql}: {random}");
        }
        assert_eq!(scene.ask(LOCKS).await, "0", "after {sql}");
    }
}

const LOCKS: &str = "
    select count(*)::text from pg_locks
    where locktype = 'advisory' and database = (select oid from pg_database where datname = current_database())";

pub async fn prepared_statements_end_with_the_run(kind: Kind) {
    let scene = Scene::with_limits(kind, ONE_CONNECTION).await;
    let prepared = "select count(*) from pg_prepared_statements where from_sql";
    for _ in 0..3 {
        assert_eq!(scene.csv("select prepares()").await, "prepares\n1\n");
        assert_eq!(scene.csv(prepared).await, "count\n0\n");
    }
}

/// As a run prints values.
const OURS: &str = "set timezone = 'UTC'; set datestyle = 'ISO'; set intervalstyle = 'postgres';
                    set bytea_output = 'hex'; set extra_float_digits = 1";

pub async fn csv_is_what_copy_prints(kind: Kind) {
    let scene = Scene::set(kind).await;
    scene.superuser.batch_execute(OURS).await.unwrap();
    let known = known_types(&scene).await;
    let mut statements: Vec<_> = known.chunks(8).flat_map(statements_of).collect();
    for sql in [
        "select null",
        "select ''",
        r"select '\.' as a",
        "select array[true, null, false] as booleans",
        "select ev_action from pg_rewrite limit 3",
    ] {
        statements.push(sql.to_owned());
    }
    for sql in statements {
        assert_eq!(scene.csv(&sql).await, copied(&scene, &sql).await, "{sql}");
    }
    let booleans = scene
        .csv("select true as a, false as b, null::bool as c")
        .await;
    assert_eq!(booleans, "a,b,c\ntrue,false,\n");
}

/// Values and NULLs, arrays of them, and columns with odd names.
fn statements_of(types: &[Type]) -> [String; 3] {
    let columns = |column: fn(&Type) -> String| {
        let columns: Vec<_> = types.iter().map(column).collect();
        columns.join(", ")
    };
    let first = columns(|(name, [first, _])| format!("{first}::{name}"));
    let second = columns(|(name, [_, second])| format!("{second}::{name}"));
    let null = columns(|(name, _)| format!("null::{name}"));
    let titled = columns(|(name, [first, _])| {
        let name_alone = name.trim_matches('"');
        format!("{first}::{name} as \"{name_alone}, \"\"x\"\"\"")
    });
    let arrays = columns(|(name, [first, second])| {
        format!("array[{first}::{name}, null, {second}::{name}]")
    });
    [
        format!("select {first} union all select {second} union all select {null}"),
        format!("select {titled}"),
        format!("select {arrays}"),
    ]
}

/// Those that this server has. None of its built-in types may be missing in our list.
async fn known_types(scene: &Scene) -> Vec<Type> {
    let sql = "select typname::text from pg_type where typnamespace = 'pg_catalog'::regnamespace and typtype in ('b', 'r', 'm')
               and (typcategory <> 'A' or typname in ('int2vector', 'oidvector')) and typname <> 'bool'";
    let rows = scene.superuser.query(sql, &[]).await.unwrap();
    let names: BTreeSet<String> = rows.iter().map(|row| row.get(0)).collect();
    let is_known = |name: &str| names.contains(name.trim_matches('"'));
    let known: Vec<_> = VALUES
        .iter()
        .copied()
        .filter(|(name, _)| is_known(name))
        .collect();
    let listed: BTreeSet<_> = known
        .iter()
        .map(|(name, _)| name.trim_matches('"'))
        .collect();
    let missing: Vec<_> = names
        .iter()
        .filter(|name| !listed.contains(name.as_str()) && !WITHOUT_INPUT.contains(&name.as_str()))
        .collect();
    assert!(missing.is_empty(), "{missing:?}");
    known
}

/// What psql's `COPY` would write.
async fn copied(scene: &Scene, sql: &str) -> String {
    let copy = format!("copy ({sql}) to stdout (format csv, header)");
    let stream = scene.superuser.copy_out(&copy).await.unwrap();
    let parts: Vec<_> = stream.try_collect().await.unwrap();
    String::from_utf8(parts.concat()).unwrap()
}

pub async fn errors_are_those_of_the_query(kind: Kind) {
    let scene = Scene::with_limits(kind, ONE_CONNECTION).await;
    // Near names are asked for, which needs a connection too.
    let answer_max = Duration::from_secs(5);
    for (sql, sqlstate, position) in [
        ("select 1 / 0", "22012", None),
        (
            "select 1 / (3 - n) from generate_series(1, 5) as n",
            "22012",
            None,
        ),
        ("select nope", "42703", Some(8)),
        ("select * from feeling", "42P01", Some(15)),
        ("selec 1", "42601", Some(1)),
        ("select 'x'::int", "22P02", Some(8)),
        ("select * from pg_authid", "42501", None),
    ] {
        for _ in 0..2 {
            let started = Instant::now();
            let (status, error) = scene.error(sql).await;
            assert!(
                started.elapsed() < answer_max,
                "{sql}: {:?}",
                started.elapsed()
            );
            let found = (
                status,
                error["sqlstate"].as_str(),
                error["position"].as_u64(),
            );
            assert_eq!(found, (422, Some(sqlstate), position), "{sql}: {error}");
            assert_eq!(scene.csv("select mood from feelings").await, "mood\ncalm\n");
        }
    }
}

/// Six readers request three clips in turn, 120 times.
pub async fn six_readers_at_once_are_answered(kind: Kind) {
    let scene = Scene::set(kind).await;
    let mut clips = Vec::new();
    for number in 0..3 {
        let sql = format!(
            "select n, {number} as clip, mood, pg_sleep(0.001) from generate_series(1, 10) as n, feelings"
        );
        clips.push(scene.clip(&sql).await);
    }
    let (scene, clips) = (&scene, &clips);
    let readers = (0..6).map(async |reader| {
        for run in 0..20 {
            let number = (reader + run) % 3;
            let answer = scene.server.rows(&clips[number], "csv").await;
            let status = answer.status();
            let text = answer.text().await.unwrap();
            assert_eq!(status, 200, "{text}");
            assert!(
                text.ends_with(&format!("10,{number},calm,\"\"\n")),
                "{text}"
            );
        }
    });
    join_all(readers).await;
}

/// A query is checked when a clip is made of it, which looks its types up; and the schema is read.
pub async fn queries_are_checked_while_others_run(kind: Kind) {
    let scene = &Scene::set(kind).await;
    let writers = (1..=6).map(async |writer| {
        for (sql, sqlstate) in [
            (
                format!("select null::kind_{writer} as kind, {writer} as n"),
                None,
            ),
            (
                format!("select array[null]::kind_{}[] as kinds", writer + 6),
                None,
            ),
            (format!("select nope_{writer}"), Some("42703")),
            (format!("select * from note_{writer}"), Some("42P01")),
        ] {
            let clip = scene.clip(&sql).await;
            let warning = clip.body["warning"]["sqlstate"].as_str();
            assert_eq!(warning, sqlstate, "{sql}: {}", clip.body);
            let status = scene.server.rows(&clip, "csv").await.status();
            assert_eq!(status == 200, sqlstate.is_none(), "{sql}: {status}");
            let schema = "/api/v1/databases/queried/schema?search=feel";
            let schema = scene.server.administrator.get(schema).await.text().await;
            let schema = schema.unwrap();
            assert!(schema.contains("mood"), "{schema}");
        }
    });
    join_all(writers).await;
}

pub async fn three_connections_are_enough(kind: Kind) {
    let setup = Setup {
        sql: "alter role visitor connection limit 3",
        ..Setup::default()
    };
    let scene = Scene::with(kind, setup).await;
    let mut clips = Vec::new();
    for number in 0..10 {
        clips.push(scene.clip(&format!("select {number}, pg_sleep(0.1)")).await);
    }
    let answers = join_all(clips.iter().map(|clip| scene.server.rows(clip, "csv"))).await;
    let statuses: Vec<_> = answers
        .iter()
        .map(|answer| answer.status().as_u16())
        .collect();
    assert_eq!(statuses, [200; 10]);
}

/// Eight clips at once, each three times.
pub async fn a_session_pool_of_two_is_enough(kind: Kind) {
    let setup = Setup {
        pooler: "default_pool_size = 2",
        ..Setup::default()
    };
    let scene = Scene::with(kind, setup).await;
    let mut clips = Vec::new();
    for number in 0..8 {
        clips.push(scene.clip(&format!("select {number}, pg_sleep(0.1)")).await);
    }
    let scene = &scene;
    let readers = clips.iter().map(async |clip| {
        let mut slowest = Duration::ZERO;
        for _ in 0..3 {
            let started = Instant::now();
            let answer = scene.server.rows(clip, "csv").await;
            slowest = slowest.max(started.elapsed());
            let status = answer.status();
            assert_eq!(status, 200, "{}", answer.text().await.unwrap());
        }
        slowest
    });
    let slowest = join_all(readers).await.into_iter().max().unwrap();
    println!("the slowest of 24 answers came after {slowest:?}");
    assert!(slowest < Duration::from_secs(10), "{slowest:?}");
}
