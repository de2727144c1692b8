//! What people are told when a query fails, each time by the failure itself: what it comes from, and what to write.

mod blanks;
mod characters;
mod other_tools;
mod sqlstates;

use dataclips::run::error::sql_error::SqlError;
use dataclips::run::{Failure, ParameterTypes};

use blanks::BLANKS;
use characters::CHARACTERS;
use other_tools::OTHER_TOOLS;
use sqlstates::{RIGHTS, SQLSTATES};

use super::shop;
use super::visits::Visits;
use crate::support::{Cluster, LIMITS};

/// The text, its SQLSTATE, and a part of the advice.
type Case = (&'static str, &'static str, &'static str);

const SHOP: &str = "
    create role r login;
    create table secret (id int);
    create index pages on orders using brin (id);
    create schema hidden; create table hidden.t (id int);
    create sequence numbers;
    create function f() returns int language sql as 'select 1';
    revoke execute on function f from public;
    create procedure p(inout int) language sql as 'select 1';
    revoke execute on procedure p from public;
    grant select on orders to r";

#[tokio::test]
async fn an_error_is_explained_by_what_it_comes_from() {
    let cluster = prepared_shop().await;
    let shop = Visits::new(&cluster.socket_url("r", "shop"), LIMITS).await;
    let cases = [CHARACTERS, OTHER_TOOLS, BLANKS, RIGHTS, SQLSTATES].concat();
    assert_advice(&shop, &cases).await;
    let columns: Vec<_> = (0..1_665).map(|number| number.to_string()).collect();
    let wide = error_of(&shop, &format!("select {}", columns.join(","))).await;
    assert!(wide.advice().unwrap().contains("at most 1,664 columns"));
    let call = format!("select jsonb_build_array({})", columns[..101].join(","));
    let long = error_of(&shop, &call).await;
    assert!(long.advice().unwrap().contains("at most 100 arguments"));
}

#[tokio::test]
async fn a_database_of_any_encoding_has_its_errors_marked_and_explained() {
    let cluster = prepared_shop().await;
    let data = "The data holds text that UTF-8 does not have";
    let lacks =
        |character: &str| format!("The query contains {character} in line 1, column 9, which");
    for (encoding, text, cases) in [
        ("UTF8", "é漢😀", vec![]),
        (
            "LATIN1",
            "éé",
            vec![
                ("select '€'", lacks("€ (U+20AC)")),
                ("select 1 – 2", "There is a dash – (U+2013)".to_owned()),
                ("select U&'\\20ac'", data.to_owned()),
            ],
        ),
        (
            "WIN1252",
            "é€",
            vec![
                ("select '漢'", lacks("漢 (U+6F22)")),
                ("select chr(129)", data.to_owned()),
            ],
        ),
        (
            "EUC_JP",
            "漢é",
            vec![
                ("select '€'", lacks("€ (U+20AC)")),
                ("table unreadable", data.to_owned()),
            ],
        ),
        ("SQL_ASCII", "é漢😀", vec![]),
    ] {
        let visits = encoded(&cluster, encoding).await;
        let sql = format!("select '{text}', '{text}',\n'{text}', * from orderz");
        let error = error_of(&visits, &sql).await;
        let before = sql[..sql.find("orderz").unwrap()].chars().count();
        assert_eq!(error.position, Some(before + 1), "{encoding}");
        assert_eq!(error.near_names, ["orders"], "{encoding}");
        for (sql, expected) in cases {
            let error = error_of(&visits, sql).await;
            assert_eq!(error.sqlstate, "22P05", "{encoding}: {sql}");
            let advice = error.advice().unwrap();
            assert!(advice.contains(&expected), "{encoding}: {sql}: {advice}");
        }
        let error = error_of(&visits, "select 'é',\u{3000}1").await;
        assert!(
            error
                .advice()
                .unwrap()
                .contains("(U+3000) in line 1, column 12")
        );
    }
}

#[tokio::test]
async fn what_a_standby_cannot_do_is_said_to_be_the_standbys() {
    let cluster = prepared_shop().await;
    cluster.write("data/standby.signal", "");
    cluster.restart("fast");
    let visits = Visits::new(&cluster.socket_url("r", "shop"), LIMITS).await;
    let cases = [
        (
            "select txid_current()",
            "25006",
            "The database is a standby",
        ),
        ("select * from orders for update", "25006", "or lock rows"),
    ];
    assert_advice(&visits, &cases).await;
}

async fn prepared_shop() -> Cluster {
    let cluster = shop().await;
    let shop = cluster.connect("postgres", "shop").await;
    shop.batch_execute(SHOP).await.unwrap();
    cluster
}

async fn encoded(cluster: &Cluster, encoding: &str) -> Visits {
    let name = format!("in_{}", encoding.to_lowercase());
    let superuser = cluster.connect("postgres", "postgres").await;
    let create = format!("create database {name} encoding '{encoding}' template template0");
    superuser.batch_execute(&create).await.unwrap();
    let data = cluster.connect("postgres", &name).await;
    let orders = "create table orders (id int); grant select on orders to r";
    data.batch_execute(orders).await.unwrap();
    if encoding == "EUC_JP" {
        let unreadable =
            "create table unreadable as select convert_from('\\xa9a1', 'EUC_JP') as note;
                          grant select on unreadable to r";
        data.batch_execute(unreadable).await.unwrap();
    }
    Visits::new(&cluster.socket_url("r", &name), LIMITS).await
}

async fn assert_advice(visits: &Visits, cases: &[Case]) {
    let mut wrong = Vec::new();
    for (sql, sqlstate, expected) in cases {
        let error = error_of(visits, sql).await;
        let advice = error.advice().unwrap_or_default();
        if error.sqlstate != *sqlstate || !advice.contains(expected) {
            wrong.push(format!(
                "{sql}: {} {}: {advice}",
                error.sqlstate, error.message
            ));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// Running the text and only checking it explain an error in the same way.
async fn error_of(visits: &Visits, sql: &str) -> SqlError {
    let Err(Failure::Statement(error)) = visits.start(sql).summary().await else {
        panic!("{sql}");
    };
    if let Err(failure) = visits
        .runner
        .prepare(&visits.target, sql, &ParameterTypes::default())
        .await
    {
        assert_eq!(failure, Failure::Statement(error.clone()), "{sql}");
    }
    *error
}
