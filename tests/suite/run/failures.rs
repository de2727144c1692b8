//! The errors that people see when a statement fails or a database cannot be reached.

use std::time::Duration;

use dataclips::run::Limits;
use dataclips::run::error::failure::{Failure, is_cancellation};

use super::shop;
use super::visits::Visits;
use dataclips::run::ParameterTypes;

use crate::support::{LIMITS, connect};

#[tokio::test]
async fn a_missing_relation_brings_near_names_that_the_role_may_read() {
    let cluster = shop().await;
    let shop = cluster.connect("postgres", "shop").await;
    let sql = "create role r login; grant usage on schema sales to r; grant select on orders to r;
               grant select (id) on sales.invoices to r; create table order_secrets (id int);
               create table \"Customers\" (id int); grant select on \"Customers\" to r";
    shop.batch_execute(sql).await.unwrap();
    let client = cluster.connect("r", "shop").await;
    for (sql, expected) in [
        ("select * from order", "42601"),
        (
            "select 'é', * from orderz",
            "There is a table named orders. Did you mean it?",
        ),
        (
            "table invoices",
            "There is a table named sales.invoices. Did you mean it?",
        ),
        (
            "table sale.invoices",
            "There is a table named sales.invoices. Did you mean it?",
        ),
        (
            "table customers",
            "There is a table named \"Customers\". Did you mean it?",
        ),
        ("table order_secret", "Check the table's spelling"),
        ("table something_else", "Check the table's spelling"),
    ] {
        let Failure::Statement(mut error) =
            Failure::from_statement_error(&client.prepare(sql).await.unwrap_err())
        else {
            panic!("{sql}");
        };
        if let Some(relation) = error.missing_relation(sql) {
            error.near_names = relation.near(&client).await.unwrap();
        }
        let advice = format!("{} {}", error.sqlstate, error.advice().unwrap());
        assert!(advice.contains(expected), "{sql}: {advice}");
    }
}

#[tokio::test]
async fn failures_are_told_apart_by_sqlstate() {
    let cluster = shop().await;
    let client = cluster.connect("postgres", "shop").await;
    client
        .batch_execute("create role nobody; create role busy login connection limit 0")
        .await
        .unwrap();
    for (sql, code, sqlstate) in [
        ("selec 1", "sql_error", "42601"),
        ("select 1; select 2", "sql_error", "42601"),
        ("select nope", "sql_error", "42703"),
        ("select 1 / 0", "sql_error", "22012"),
        ("select 'x'::int", "sql_error", "22P02"),
        ("select 1 + 'x'::text", "sql_error", "42883"),
        (
            "select (select generate_series(1, 2))",
            "sql_error",
            "21000",
        ),
        (
            "select pg_cancel_backend(pg_backend_pid())",
            "unavailable",
            "57014",
        ),
    ] {
        let failure = Failure::from_statement_error(&client.query(sql, &[]).await.unwrap_err());
        assert_eq!(
            (failure.code(), failure.sqlstate()),
            (code, Some(sqlstate)),
            "{sql}"
        );
        assert!(failure.advice().is_some(), "{sql}");
        assert!(!failure.summary().contains("nope"), "{sql}");
    }
    client
        .batch_execute("set statement_timeout = '10ms'")
        .await
        .unwrap();
    assert!(is_cancellation(
        &client.query("select pg_sleep(5)", &[]).await.unwrap_err()
    ));
    let lost = client
        .query("select pg_terminate_backend(pg_backend_pid())", &[])
        .await
        .unwrap_err();
    assert_eq!(
        Failure::from_statement_error(&lost).sqlstate(),
        Some("57P01")
    );
    let closed = Failure::from_statement_error(&client.query("select 1", &[]).await.unwrap_err());
    assert_eq!(
        closed.summary(),
        "The connection to the database was lost while the query ran."
    );
    for (url, sqlstate) in [
        (cluster.socket_url("postgres", "none"), Some("3D000")),
        (cluster.socket_url("nobody", "shop"), Some("28000")),
        (cluster.socket_url("busy", "shop"), Some("53300")),
        ("postgres://u:secret@127.0.0.1:1/d".to_owned(), None),
        ("postgres://u:secret@%2Fnowhere/d".to_owned(), None),
        ("postgres://u:secret@name.invalid/d".to_owned(), None),
    ] {
        let failure = connect(&url).await.err().unwrap();
        assert_eq!(
            (failure.code(), failure.sqlstate()),
            ("unavailable", sqlstate),
            "{url}"
        );
        assert!(!format!("{failure:?}").contains("secret"), "{url}");
        println!(
            "{url}: {} | {:?} | {:?}",
            failure.summary(),
            failure.detail(),
            failure.advice()
        );
    }
}

#[tokio::test]
async fn a_server_that_says_nothing_is_given_up() {
    let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!(
        "postgres://u@{}/d?connect_timeout=1",
        silent.local_addr().unwrap()
    );
    let failure = connect(&url).await.err().unwrap();
    assert_eq!(
        failure.detail(),
        Some("There was no answer within 1 second.")
    );
}

#[tokio::test]
async fn under_exit_on_error_an_error_is_still_the_querys() {
    let cluster = shop().await;
    let superuser = cluster.connect("postgres", "shop").await;
    let strict = "create role strict login; alter role strict set exit_on_error = on";
    superuser.batch_execute(strict).await.unwrap();
    let limits = Limits {
        timeout: Duration::from_millis(500),
        ..LIMITS
    };
    let visits = Visits::new(&cluster.socket_url("strict", "shop"), limits).await;
    for (sql, sqlstate) in [
        ("select 1 / 0", "22012"),
        ("select nope", "42703"),
        ("selec 1", "42601"),
        ("table orders", "42501"),
        ("select 1 from pg_class for update", "25006"),
    ] {
        let failure = visits.start(sql).summary().await.unwrap_err();
        let found = (failure.code(), failure.sqlstate());
        assert_eq!(found, ("sql_error", Some(sqlstate)), "{sql}");
    }
    let prepared = visits
        .runner
        .prepare(&visits.target, "select nope", &ParameterTypes::default())
        .await;
    assert_eq!(prepared.unwrap_err().code(), "sql_error");
    let slow = visits.start("select pg_sleep(60)").summary().await;
    assert_eq!(slow.unwrap_err().code(), "timeout");
    assert!(visits.start("select 1").summary().await.is_ok());
}
