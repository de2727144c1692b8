//! Statements that try to write, to persist, to harm or to confuse: the response to each, that nothing in the database
//! changed, and that the next visitor finds a pristine session once the response has arrived.

mod statements;

use std::time::{Duration, Instant};

use dataclips::run::Limits;
use reqwest::StatusCode;
use serde_json::{Value, json};
use tokio_postgres::Client;

use crate::support::{Clip, LIMITS, Server, shared};
use Then::{Answers, Cut, Differs, Prints, Refused};
use statements::{BEFORE_14, STATEMENTS};

/// What a visitor gets.
#[derive(Debug)]
enum Then {
    /// All rows; as CSV, below the header, they are this.
    Prints(&'static str),
    /// All rows, too long to be shown here.
    Answers,
    /// So many rows, and the word that there are more.
    Cut(u64),
    /// Status, code and SQLSTATE.
    Refused(u16, &'static str, &'static str),
    /// Versions of PostgreSQL answer differently; none may leave anything behind.
    Differs,
}

/// One connection, so that the next visitor gets the very session that the statement before had.
const ONE_CONNECTION: Limits = Limits {
    connections: 1,
    rows_max: 1_000,
    bytes_max: 4 << 20,
    ..LIMITS
};

#[tokio::test(flavor = "multi_thread")]
async fn a_hostile_statement_changes_nothing_and_leaves_a_pristine_session() {
    let scene = Scene::set().await;
    let version = scene.ask("show server_version_num").await;
    let older = match &version[..2] {
        "13" => BEFORE_14,
        _ => &[],
    };
    for (sql, then) in STATEMENTS {
        let differs = older.iter().find(|(differing, _)| differing == sql);
        scene
            .face(sql, differs.map_or(then, |(_, then)| then))
            .await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_text_beyond_all_measure_is_refused_in_words() {
    let scene = Scene::set().await;
    let columns = |count| vec!["1"; count].join(",");
    let nested = |depth| format!("select {}1{}", "(".repeat(depth), ")".repeat(depth));
    for (sql, then) in [
        (format!("select {}", columns(1_600)), Answers),
        (
            format!("select {}", columns(1_665)),
            Refused(422, "sql_error", "54011"),
        ),
        (nested(1_000), Prints("1")),
        (nested(400_000), Refused(422, "sql_error", "42601")),
        (
            format!("select {}1", "- ".repeat(200_000)),
            Refused(422, "sql_error", "42601"),
        ),
        (
            format!("select 1{}", " union all select 1".repeat(50_000)),
            Refused(422, "sql_error", "54001"),
        ),
        (format!("select 1 --{}", "x".repeat(1 << 19)), Prints("1")),
        (
            format!("select length('{}')", "ö".repeat(1 << 18)),
            Prints("262144"),
        ),
    ] {
        scene.face(&sql, &then).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_function_that_deallocates_everything_does_not_take_the_next_visitors_types_away() {
    let scene = Scene::set().await;
    scene
        .face("select mood from feelings", &Prints("calm"))
        .await;
    scene.face("select deallocates()", &Prints("1")).await;
    scene.face("select size from boxes", &Prints("small")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_serves_many_visitors_failures_included() {
    let scene = Scene::set().await;
    let clip = scene.server.create_clip("select pg_backend_pid()").await;
    let process = async || scene.server.rows(&clip, "csv").await.text().await.unwrap();
    let first = process().await;
    for sql in [
        "select mood from feelings",
        "select 1 / 0",
        "select nope",
        "commit",
    ] {
        let other = scene.server.create_clip(sql).await;
        scene.server.rows(&other, "csv").await;
        assert_eq!(process().await, first, "{sql}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_value_that_postgresql_repeats_in_its_message_is_shortened() {
    let server = Server::start().await;
    let clip = server.create_clip("select repeat('ö', 1000000)::int").await;
    let answer = server.rows(&clip, "json").await;
    assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let problem: Value = answer.json().await.unwrap();
    let message = problem["error"]["message"].as_str().unwrap();
    assert!(message.starts_with("invalid input syntax for type integer: \"öö"));
    assert!(message.ends_with("öö…"));
    assert_eq!(message.chars().count(), 2_001);
}

#[tokio::test(flavor = "multi_thread")]
async fn bytes_of_a_database_without_an_encoding_are_not_passed_on() {
    let server = Server::start().await;
    let database = format!("{}_bytes", server.data);
    let sql = format!("create database {database} encoding 'SQL_ASCII' template template0");
    server.superuser().await.batch_execute(&sql).await.unwrap();
    server
        .add_database("bytes", &shared().socket_url("reader", &database))
        .await;
    for (sql, status, code) in [
        (r"select E'\xff' as text", 422, "not_utf8"),
        (r"select 1 as number, E'a\xff' as text", 422, "not_utf8"),
        (r"select E'\xff'::int", 422, "not_utf8"),
        (
            "select set_config('client_encoding', 'SQL_ASCII', true), E'\\xff'",
            422,
            "not_utf8",
        ),
        (r"select E'\xc3\xb6' as text", 200, ""),
        (r"select convert('\xf6', 'LATIN1', 'UTF8')", 200, ""),
    ] {
        let clip = server.administrator.create_clip_on("bytes", sql).await;
        let answer = server.rows(&clip, "json").await;
        assert_eq!(answer.status().as_u16(), status, "{sql}");
        let answer: Value = answer.json().await.unwrap();
        assert_eq!(
            answer["error"]["code"].as_str().unwrap_or_default(),
            code,
            "{sql}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_text_that_cannot_be_kept_makes_no_clip() {
    let server = Server::start().await;
    for sql in ["select 1\0", &" ".repeat((1 << 20) + 1)] {
        let new = json!({"title": "A test", "database": "data", "sql": sql});
        let answer = server.administrator.post("/api/v1/clips", &new).await;
        assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY);
        let problem: Value = answer.json().await.unwrap();
        assert_eq!(problem["error"]["field"], "sql");
    }
}

/// A server with one connection to a database in which `reader` may do more than read.
struct Scene {
    server: Server,
    superuser: Client,
    next_visitor: Clip,
    contents: String,
    settings: String,
}

impl Scene {
    async fn set() -> Self {
        let server = Server::with_limits(ONE_CONNECTION).await;
        let superuser = server.superuser().await;
        let roles = "do $$ begin
            perform pg_advisory_xact_lock(1);
            if to_regrole('friend') is null then create role friend; grant friend to reader; end if;
        end $$";
        superuser.batch_execute(roles).await.unwrap();
        superuser
            .batch_execute(include_str!("data.sql"))
            .await
            .unwrap();
        let next_visitor = server.create_clip(SETTINGS).await;
        let mut scene = Self {
            server,
            superuser,
            next_visitor,
            contents: String::new(),
            settings: String::new(),
        };
        scene.contents = scene.ask(CONTENTS).await;
        scene.settings = scene.settings().await;
        let expected = r#"reader,reader,"""$user"", public",UTC,"ISO, MDY",UTF8,on,true,,false,"#;
        assert!(scene.settings.starts_with(expected), "{}", scene.settings);
        assert!(scene.settings.ends_with(",0,0,0,0,0"), "{}", scene.settings);
        scene
    }

    /// Requests a clip of this statement, and checks what it left behind.
    async fn face(&self, sql: &str, then: &Then) {
        let named: String = sql.chars().take(200).collect();
        self.visit(sql, then, &named).await;
        let ended_by_database = matches!(then, Refused(503, ..));
        let left = match ended_by_database {
            false => self.ask(LEFT_BEHIND).await,
            true => self.left_behind_in_the_end().await,
        };
        assert_eq!(left, "", "left behind by {named}");
        assert_eq!(
            self.ask(CONTENTS).await,
            self.contents,
            "changed by {named}"
        );
        assert_eq!(
            self.settings().await,
            self.settings,
            "the session after {named}"
        );
    }

    async fn visit(&self, sql: &str, then: &Then, named: &str) {
        let clip = self.server.create_clip(sql).await;
        let answer = self.server.rows(&clip, "csv").await;
        let status = answer.status().as_u16();
        let header = |name| {
            answer
                .headers()
                .get(name)
                .map(|value| value.to_str().unwrap().to_owned())
        };
        let (rows, truncated) = (header("x-dataclips-rows"), header("x-dataclips-truncated"));
        let body = answer.text().await.unwrap();
        let shown: String = body.chars().take(1_000).collect();
        match then {
            Prints(printed) => {
                assert_eq!(status, 200, "{named}: {shown}");
                assert_eq!(without_header(&body), *printed, "{named}");
            }
            Answers => assert_eq!(
                (status, truncated.as_deref()),
                (200, Some("false")),
                "{named}: {shown}"
            ),
            Cut(count) => {
                assert_eq!(
                    (status, truncated.as_deref()),
                    (200, Some("true")),
                    "{named}: {shown}"
                );
                assert_eq!(rows, Some(count.to_string()), "{named}");
            }
            Refused(expected, code, sqlstate) => {
                let problem: Value = serde_json::from_str(&body).unwrap_or_default();
                let error = &problem["error"];
                let found = (
                    status,
                    error["code"].as_str(),
                    error["sqlstate"].as_str().unwrap_or_default(),
                );
                assert_eq!(
                    found,
                    (*expected, Some(*code), *sqlstate),
                    "{named}: {shown}"
                );
            }
            Differs => assert!(matches!(status, 200 | 422), "{named}: {shown}"),
        }
    }

    /// The session as the next visitor finds it.
    async fn settings(&self) -> String {
        let answer = self.server.rows(&self.next_visitor, "csv").await;
        without_header(&answer.text().await.unwrap()).to_owned()
    }

    /// After a connection that PostgreSQL closed: it tells the client before its process is gone.
    async fn left_behind_in_the_end(&self) -> String {
        let deadline = Instant::now() + Duration::from_secs(5);
        loop {
            let left = self.ask(LEFT_BEHIND).await;
            if left.is_empty() || Instant::now() > deadline {
                return left;
            }
        }
    }

    async fn ask(&self, sql: &str) -> String {
        self.superuser.query_one(sql, &[]).await.unwrap().get(0)
    }
}

fn without_header(csv: &str) -> &str {
    let rows = csv.split_once('\n').map_or("", |(_, rows)| rows);
    rows.strip_suffix('\n').unwrap_or(rows)
}

/// Of all other settings only that they are as they were.
const SETTINGS: &str = "
select current_user,
       session_user,
       current_setting('search_path') as search_path,
       current_setting('TimeZone') as timezone,
       current_setting('DateStyle') as datestyle,
       current_setting('client_encoding') as client_encoding,
       current_setting('transaction_read_only') as read_only,
       current_setting('statement_timeout')::interval between '50 s' and '60 s' as is_limited,
       nullif(current_setting('my.secret', true), '') as secret,
       (select random() = random from seeded) as is_seeded,
       (select md5(string_agg(name || '=' || setting, ' ' order by name)) from pg_settings
         where name <> 'statement_timeout' and name not like 'plpgsql.%') as all_settings,
       (select count(*) from pg_class where relpersistence = 't') as temporary_tables,
       (select count(*) from pg_prepared_statements where from_sql) as prepared,
       (select count(*) from pg_cursors where name <> '') as cursors,
       (select count(*) from pg_listening_channels()) as channels,
       (select count(*) from pg_locks where locktype = 'advisory' and pid = pg_backend_pid()) as locks";

/// Everything that a statement could change.
const CONTENTS: &str = "
select concat_ws(' ',
    (select md5(string_agg(o::text, '' order by id)) from orders o),
    (select md5(string_agg(n::text, '')) from notes n),
    (select md5(string_agg(s::text, '')) from secrets s),
    (select concat(last_value, is_called) from counter),
    (select md5(string_agg(concat_ws(' ', oid, relname, relfilenode, relacl, relowner, relnatts), '' order by oid)) from pg_class),
    (select md5(string_agg(concat_ws(' ', oid, proname, proacl), '' order by oid)) from pg_proc),
    (select md5(string_agg(n::text, '' order by oid)) from pg_namespace n),
    (select count(*) from pg_type),
    (select count(*) from pg_description),
    (select count(*) from pg_largeobject_metadata),
    (select md5(string_agg(a::text, '' order by rolname)) from pg_authid a
      where rolname in ('reader', 'keeper', 'postgres', 'friend')),
    (select md5(string_agg(s::text, '' order by setdatabase, setrole)) from pg_db_role_setting s
      where setdatabase in (0, (select oid from pg_database where datname = current_database()))
        and setrole in (select 0::oid union all select oid from pg_authid
          where rolname in ('reader', 'keeper', 'postgres', 'friend'))))";

/// What lies outside transactions, and what still goes on.
const LEFT_BEHIND: &str = "
select concat_ws(', ',
    (select count(*) || ' advisory locks' from pg_locks
      where locktype = 'advisory'
        and database = (select oid from pg_database where datname = current_database())
     having count(*) > 0),
    (select string_agg(state || ': ' || query, '; ') from pg_stat_activity
      where datname = current_database() and usename = 'reader' and state <> 'idle'),
    (select 'a replication slot' from pg_replication_slots limit 1),
    (select 'a prepared transaction' from pg_prepared_xacts limit 1))";
