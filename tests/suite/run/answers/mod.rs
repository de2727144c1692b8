//! Texts and the whole answer to each: columns, rows and every word of an error. What is refused, and in which words,
//! must not depend on how a run talks to PostgreSQL.
//!
//! `answers.txt` holds the table: a text at the margin, below it the answer, indented by four spaces, and an empty
//! line. In a text, `«5 x»` stands for `xxxxx`, and `␀` for a NUL. A build that answers differently writes its own
//! table beside its other temporary files, and says where.

use std::fmt::Write;
use std::fs;
use std::time::Duration;

use dataclips::run::Limits;
use tokio::time::timeout;

use super::visits::Visits;
use crate::support::{LIMITS, Server, shared};

const TABLE: &str = include_str!("answers.txt");
/// PostgreSQL's words change with its version: others than this answer with the same codes and columns.
const VERSION: i32 = 15;

/// First lines that older versions write, each with the first version that writes the table's.
const OLDER: [(i32, &str, &str); 2] = [
    (14, "select repeat('x', 1100000000)", "sql_error XX000"),
    (
        14,
        r"select null, 'x', '', 1::numeric, true, '\x00ff'::bytea",
        r#"columns: "?column?" text 25, "?column?" text 25, "?column?" text 25, "numeric" numeric 1700, "bool" bool 16, "bytea" bytea 17"#,
    ),
];

/// No text needs so long; `select from pg_sleep(30)` must not either.
const ANSWER_MAX: Duration = Duration::from_secs(15);

const NEXT: &str = "select 6 * 7 as next";
const NEXT_ANSWER: &str = "columns: \"next\" int4 23\n42\n";

/// One connection, so that the next text finds what the one before left.
const ONE_CONNECTION: Limits = Limits {
    connections: 1,
    rows_max: 20_000,
    bytes_max: 4 << 20,
    ..LIMITS
};

#[tokio::test(flavor = "multi_thread")]
async fn a_text_is_answered_word_by_word_as_it_always_was() {
    let server = server().await;
    let visits = Visits::new(&server.data_url(), ONE_CONNECTION).await;
    check(&server, &visits, "As usual").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_text_that_meets_the_time_limit_is_answered_as_it_always_was() {
    let server = server().await;
    let limits = Limits {
        timeout: Duration::from_millis(300),
        ..ONE_CONNECTION
    };
    let visits = Visits::new(&server.data_url(), limits).await;
    check(&server, &visits, "Within 300 ms").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_text_on_a_database_without_an_encoding_is_answered_as_it_always_was() {
    let server = Server::start().await;
    let database = format!("{}_ascii", server.data);
    let sql = format!("create database {database} encoding 'SQL_ASCII' template template0");
    server.superuser().await.batch_execute(&sql).await.unwrap();
    let url = shared().socket_url("reader", &database);
    let visits = Visits::new(&url, ONE_CONNECTION).await;
    check(&server, &visits, "Without an encoding").await;
}

async fn server() -> Server {
    let server = Server::start().await;
    let superuser = server.superuser().await;
    superuser
        .batch_execute(include_str!("data.sql"))
        .await
        .unwrap();
    server
}

/// Asks all texts of a part of the table, and a plain one after each, on the same connection where it was kept.
async fn check(server: &Server, visits: &Visits, part: &str) {
    let version = version(server).await;
    let (mut found, mut differences) = (format!("## {part}\n"), String::new());
    for (text, expected) in texts(part) {
        let sql = written_out(text);
        let answer = timeout(ANSWER_MAX, visits.answer(&sql)).await;
        let answer = answer.unwrap_or_else(|_| panic!("no answer to {text}"));
        let older = OLDER
            .iter()
            .find(|(until, differing, _)| version < *until && *differing == text);
        let is_equal = match older {
            Some((_, _, first)) => answer.lines().next() == Some(first),
            None if version == VERSION => answer == expected,
            None => answer.lines().next() == expected.lines().next(),
        };
        if !is_equal {
            writeln!(differences, "{text}\nwas\n{expected}is\n{answer}").unwrap();
        }
        writeln!(found, "\n{text}").unwrap();
        for line in answer.lines() {
            writeln!(found, "    {line}").unwrap();
        }
        assert_eq!(visits.answer(NEXT).await, NEXT_ANSWER, "after {text}");
    }
    if !differences.is_empty() {
        let file = format!("{}/answers {part}.txt", env!("CARGO_TARGET_TMPDIR"));
        fs::write(&file, found).unwrap();
        panic!("{differences}The whole table of this build is in {file}");
    }
}

/// The texts of a part of the table, each with its answer.
fn texts(part: &str) -> Vec<(&'static str, String)> {
    let mut parts = TABLE.split("## ");
    let part = parts
        .find_map(|text| text.strip_prefix(part)?.strip_prefix('\n'))
        .unwrap();
    let entries = part.split("\n\n").map(str::trim_end);
    let texts = entries.filter(|entry| !entry.is_empty()).map(|entry| {
        let entry = entry.trim_start_matches('\n');
        let (text, answer) = entry.split_once("\n    ").unwrap_or((entry, ""));
        let answer = answer.split("\n    ").map(|line| format!("{line}\n"));
        (text, answer.collect())
    });
    texts.collect()
}

fn written_out(text: &str) -> String {
    let text = text.replace('␀', "\0");
    let mut parts = text.split('«');
    let mut whole = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (count, part) = part.split_once(' ').unwrap();
        let (repeated, rest) = part.split_once('»').unwrap();
        whole.push_str(&repeated.repeat(count.parse().unwrap()));
        whole.push_str(rest);
    }
    whole
}

async fn version(server: &Server) -> i32 {
    let sql = "select current_setting('server_version_num')::int / 10000";
    let superuser = server.superuser().await;
    superuser.query_one(sql, &[]).await.unwrap().get(0)
}
