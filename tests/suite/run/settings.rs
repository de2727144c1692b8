//! The settings of a run: ours hold whatever the owner has set for the role, and what is the owner's to choose stays so.

use std::time::{Duration, Instant};

use dataclips::run::Limits;

use crate::run::visits::Visits;
use crate::support::{LIMITS, Server};

const ONE_CONNECTION: Limits = Limits {
    connections: 1,
    ..LIMITS
};

/// Sets these for `reader`, in this server's database alone.
async fn set_for_reader(server: &Server, settings: &[(&str, &str)]) {
    let superuser = server.superuser().await;
    for (name, value) in settings {
        let database = &server.data;
        let sql = format!("alter role reader in database {database} set {name} = '{value}'");
        superuser.batch_execute(&sql).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn values_are_printed_in_the_same_way_whatever_is_set_for_the_role() {
    let server = Server::start().await;
    let settings = [
        ("timezone", "Asia/Kathmandu"),
        ("intervalstyle", "iso_8601"),
        ("bytea_output", "escape"),
        ("extra_float_digits", "-5"),
        ("datestyle", "German"),
    ];
    set_for_reader(&server, &settings).await;
    let visits = Visits::new(&server.data_url(), ONE_CONNECTION).await;
    let sql = "select '2026-03-31 12:00+00'::timestamptz as at, interval '1 day' as length,
                      '\\x00ff'::bytea as bytes, 0.1::float8 + 0.2 as sum";
    for _ in 0..2 {
        let answer = visits.answer(sql).await;
        let row = answer.lines().nth(1).unwrap();
        let expected = "2026-03-31 12:00:00+00 | 1 day | \\x00ff | 0.30000000000000004";
        assert_eq!(row, expected, "{answer}");
    }
}

/// As a startup option `DateStyle` would replace both of its parts.
#[tokio::test(flavor = "multi_thread")]
async fn dates_are_read_in_the_order_that_is_set_for_the_role() {
    let server = Server::start().await;
    set_for_reader(&server, &[("datestyle", "SQL, DMY")]).await;
    let visits = Visits::new(&server.data_url(), ONE_CONNECTION).await;
    let answer = visits.answer("select '01/02/2026'::date as day").await;
    assert_eq!(answer, "columns: \"day\" date 1082\n2026-02-01\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_smaller_time_limit_holds_wherever_it_is_set() {
    let server = Server::start().await;
    let url = format!(
        "{}?options=-c%20statement_timeout%3D700ms",
        server.data_url()
    );
    set_for_reader(&server, &[("statement_timeout", "300ms")]).await;
    let two_hundred = Limits {
        timeout: Duration::from_millis(200),
        ..ONE_CONNECTION
    };
    for (url, limits, expected) in [
        (
            server.data_url(),
            ONE_CONNECTION,
            "300 milliseconds, the statement_timeout of the role",
        ),
        (server.data_url(), two_hundred, "200 milliseconds"),
        (
            url,
            ONE_CONNECTION,
            "700 milliseconds, the statement_timeout of the database's URL",
        ),
    ] {
        let visits = Visits::new(&url, limits).await;
        for sql in ["select pg_sleep(20)", "explain analyze select pg_sleep(20)"] {
            let started = Instant::now();
            let failure = visits.start(sql).summary().await.unwrap_err();
            assert_eq!(failure.code(), "timeout", "{sql}");
            let sentence = format!("The query took longer than {expected}.");
            assert_eq!(failure.summary(), sentence, "{sql}");
            assert!(started.elapsed() < Duration::from_secs(10), "{sql}");
        }
    }
}

/// Nothing resets what a language keeps in its process.
#[tokio::test(flavor = "multi_thread")]
async fn runs_share_no_process_where_a_language_may_keep_something_in_it() {
    let server = Server::start().await;
    let visits = Visits::new(&server.data_url(), ONE_CONNECTION).await;
    let process = "select pg_backend_pid()";
    let first = visits.answer(process).await;
    assert_eq!(visits.answer(process).await, first);

    let language = "create trusted language keeper handler plpgsql_call_handler;
        create function kept() returns int language keeper as 'begin return 1; end'";
    let superuser = server.superuser().await;
    superuser.batch_execute(language).await.unwrap();
    let visits = Visits::new(&server.data_url(), ONE_CONNECTION).await;
    let mut seen = Vec::new();
    for _ in 0..3 {
        let answer = visits.answer(process).await;
        assert!(!seen.contains(&answer), "{answer} of {seen:?}");
        seen.push(answer);
    }
}
