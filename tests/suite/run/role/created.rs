//! The safe role that is created by the rights of a powerful one.

use std::time::Duration;

use dataclips::postgres::ConnectionUrl;
use dataclips::run::role::{CreatedRole, CreationFailure, RoleName};
use dataclips::run::{Failure, Runner};
use tokio::time::timeout;
use tokio_postgres::Client;
use tokio_postgres::error::SqlState;

use super::super::{runner, shop};
use crate::support::{Cluster, connect};

/// `postgres` and `boss` may sign in over the network, everyone else with a password.
const PASSWORDS: &str =
    "host all postgres,boss all trust\nhost all all all scram-sha-256\nlocal all all trust\n";
const NOBODY_ELSE: &str = "host all postgres,boss all trust\nlocal all all trust\n";

const SOON: Duration = Duration::from_secs(20);

/// With a log of every statement.
async fn shop_with(hba: &str) -> Cluster {
    let cluster = shop().await;
    cluster.write("data/pg_hba.conf", hba);
    let postgres = cluster.connect("postgres", "postgres").await;
    for sql in [
        "alter system set log_statement = 'all'",
        "select pg_reload_conf()",
    ] {
        postgres.batch_execute(sql).await.unwrap();
    }
    cluster
}

fn url(cluster: &Cluster, user: &str, database: &str) -> ConnectionUrl {
    let url = cluster.host_url(user, "127.0.0.1", database);
    ConnectionUrl::parse(&format!("{url}?connect_timeout=7&application_name=a%26b")).unwrap()
}

async fn create(runner: &Runner, url: &ConnectionUrl) -> Result<CreatedRole, CreationFailure> {
    runner.create_role(url, None).await
}

fn password(role: &CreatedRole) -> &str {
    let url = role.url().expose();
    let (_, after) = url.rsplit_once("://").unwrap().1.split_once(':').unwrap();
    after.split_once('@').unwrap().0
}

/// The roles that can sign in, beside the superuser.
async fn roles(postgres: &Client) -> Vec<String> {
    let sql =
        "select rolname::text from pg_roles where rolcanlogin and rolname <> 'postgres' order by 1";
    let rows = postgres.query(sql, &[]).await.unwrap();
    rows.iter().map(|row| row.get(0)).collect()
}

/// Removal goes on by itself when nobody waits for it.
async fn only_remain(postgres: &Client, expected: &[&str]) {
    let removed = async { while roles(postgres).await != expected {} };
    timeout(SOON, removed).await.unwrap();
}

async fn has_version(postgres: &Client, number: i32) -> bool {
    let sql = "select current_setting('server_version_num')::int >= $1";
    postgres.query_one(sql, &[&number]).await.unwrap().get(0)
}

fn sqlstate(outcome: Result<(), tokio_postgres::Error>) -> Option<SqlState> {
    outcome.err().and_then(|error| error.code().cloned())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_superuser_creates_a_role_that_reads_everything_and_writes_nothing() {
    let cluster = shop_with(PASSWORDS).await;
    let postgres = cluster.connect("postgres", "postgres").await;
    let runner = runner(&cluster).await;
    for (database, encoded, name) in [
        ("plain", "plain", "dataclips_plain"),
        (
            "Große \"Läden\" 'East'",
            "Gro%C3%9Fe%20%22L%C3%A4den%22%20'East'",
            "dataclips_gro_e_l_den_east",
        ),
        (
            "x\\'; drop role r; --",
            "x%5C'%3B%20drop%20role%20r%3B%20--",
            "dataclips_x_drop_role_r",
        ),
    ] {
        let quoted = database.replace('"', "\"\"");
        postgres
            .batch_execute(&format!("create database \"{quoted}\""))
            .await
            .unwrap();
        let owner = cluster.connect("postgres", encoded).await;
        let sql = "create table plain (id int); create schema \"Odd \"\"s; --\";
                   create table \"Odd \"\"s; --\".\"Ta'ble ü\" (\"İd\" int)";
        owner.batch_execute(sql).await.unwrap();

        let entered = url(&cluster, "postgres", encoded);
        let role = create(&runner, &entered).await.unwrap();
        assert_eq!(role.name().as_str(), name);
        let omissions = role.omissions().iter();
        let omissions: Vec<_> = omissions.map(|omission| &*omission.sentence).collect();
        // Before 14 no role of PostgreSQL's own may read everything.
        let may_read_everything = has_version(&postgres, 140_000).await;
        let expected: &[&str] = match may_read_everything {
            true => &[],
            false => &[
                "Tables that other roles create later stay hidden until they are granted to the new one.",
            ],
        };
        assert_eq!(omissions, expected);
        assert_eq!(
            (&*role.report().role, &*role.report().database),
            (name, database)
        );
        assert_eq!(
            role.url().expose(),
            entered
                .expose()
                .replace("postgres@", &format!("{name}:{}@", password(&role)))
                .replace('\'', "%27")
        );
        let report = runner.inspect(role.url()).await.unwrap();
        assert_eq!(&report, role.report());

        owner
            .batch_execute("create schema later; create table later.t (id int)")
            .await
            .unwrap();
        let reader = connect(role.url().expose()).await.unwrap();
        let tables = ["plain", "\"Odd \"\"s; --\".\"Ta'ble ü\"", "later.t"];
        let readable = match may_read_everything {
            true => &tables[..],
            false => &tables[..2],
        };
        for table in readable {
            reader
                .batch_execute(&format!("table {table}"))
                .await
                .unwrap();
            for sql in [
                format!("insert into {table} values (1)"),
                format!("drop table {table}"),
            ] {
                let refused = sqlstate(reader.batch_execute(&sql).await);
                assert_eq!(refused, Some(SqlState::INSUFFICIENT_PRIVILEGE), "{sql}");
            }
        }
        let sql = "select rolconnlimit >= 10, (select setconfig[1] from pg_db_role_setting where setrole = oid)
                   from pg_roles where rolname = session_user";
        let row = reader.query_one(sql, &[]).await.unwrap();
        assert_eq!((row.get(0), row.get(1)), (true, "temp_file_limit=5GB"));

        let log = std::fs::read_to_string(cluster.path("log")).unwrap();
        assert!(log.contains(&format!("create role \"{name}\"")), "{log}");
        assert!(!log.contains(password(&role)), "{log}");
        assert!(!format!("{role:?}").contains(password(&role)), "{role:?}");
        role.keep();
    }
    assert_eq!(roles(&postgres).await.len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_is_taken_is_refused_and_a_free_one_is_found() {
    let cluster = shop_with(PASSWORDS).await;
    let postgres = cluster.connect("postgres", "postgres").await;
    let runner = runner(&cluster).await;
    let entered = url(&cluster, "postgres", "shop");
    create(&runner, &entered).await.unwrap().keep();
    let second = create(&runner, &entered).await.unwrap();
    assert_eq!(second.name().as_str(), "dataclips_shop_2");
    second.keep();

    let taken = RoleName::parse("dataclips_shop").unwrap();
    let refused = runner.create_role(&entered, Some(taken.clone())).await;
    assert_eq!(refused.unwrap_err(), CreationFailure::NameTaken(taken));
    assert_eq!(
        roles(&postgres).await,
        ["dataclips_shop", "dataclips_shop_2"]
    );

    let odd = RoleName::parse("Reader's \"own\" ü").unwrap();
    let created = runner.create_role(&entered, Some(odd)).await.unwrap();
    assert_eq!(created.report().role, "Reader's \"own\" ü");
    created.keep();
}

/// A database as PostgreSQL makes it, with what everyone may do there.
async fn plain_database(postgres: &Client) {
    let sql = "create database plain";
    postgres.batch_execute(sql).await.unwrap();
}

/// How many warnings a role without any rights has on a new database: temporary tables and the write-ahead log; before
/// 16 large objects, too; before 15 also the schema public.
async fn defaults(postgres: &Client) -> usize {
    let mut number = 2;
    for version in [150_000, 160_000] {
        number += usize::from(!has_version(postgres, version).await);
    }
    number
}

#[tokio::test(flavor = "multi_thread")]
async fn a_created_role_has_no_warning_once_everyone_lost_the_default_rights() {
    let cluster = shop_with(PASSWORDS).await;
    let postgres = cluster.connect("postgres", "postgres").await;
    plain_database(&postgres).await;
    let runner = runner(&cluster).await;
    let entered = url(&cluster, "postgres", "plain");

    let left = create(&runner, &entered).await.unwrap();
    let first = left.url().clone();
    assert_eq!(left.report().warnings.len(), defaults(&postgres).await);
    left.keep();
    let report = runner.inspect(&first).await.unwrap();
    assert_eq!(report.warnings.len(), defaults(&postgres).await);

    // Nothing is taken from anyone for a role that is not kept.
    drop(create(&runner, &entered).await.unwrap());
    only_remain(&postgres, &["dataclips_plain"]).await;
    let report = runner.inspect(&first).await.unwrap();
    assert_eq!(report.warnings.len(), defaults(&postgres).await);

    let role = create(&runner, &entered).await.unwrap();
    let second = role.url().clone();
    role.keep_and_revoke().await;
    for url in [&first, &second] {
        assert_eq!(runner.inspect(url).await.unwrap().warnings, []);
    }
    assert_eq!(
        roles(&postgres).await,
        ["dataclips_plain", "dataclips_plain_2"]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_creator_may_not_revoke_stays_in_the_warnings_with_its_sql() {
    let cluster = shop_with(PASSWORDS).await;
    let postgres = cluster.connect("postgres", "postgres").await;
    plain_database(&postgres).await;
    let sql = "create role boss login createrole";
    postgres.batch_execute(sql).await.unwrap();
    let runner = runner(&cluster).await;
    let entered = url(&cluster, "boss", "plain");
    let role = create(&runner, &entered).await.unwrap();
    let stranger = role.url().clone();
    role.keep_and_revoke().await;
    let report = runner.inspect(&stranger).await.unwrap();
    assert_eq!(report.warnings.len(), defaults(&postgres).await);

    let sql = "alter database plain owner to boss";
    postgres.batch_execute(sql).await.unwrap();
    let role = create(&runner, &entered).await.unwrap();
    let owned = role.url().clone();
    role.keep_and_revoke().await;
    let warnings = runner.inspect(&owned).await.unwrap().warnings;
    assert!(
        !warnings.is_empty()
            && warnings
                .iter()
                .all(|warning| !warning.sentence.contains("temporary")),
        "{warnings:?}"
    );
    let superuser = cluster.connect("postgres", "plain").await;
    for warning in &warnings {
        let sql = warning.sql.as_ref().unwrap();
        superuser.batch_execute(sql).await.unwrap();
    }
    assert_eq!(runner.inspect(&owned).await.unwrap().warnings, []);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_right_that_a_person_gave_everyone_stays() {
    let cluster = shop_with(PASSWORDS).await;
    let shop = cluster.connect("postgres", "shop").await;
    shop.batch_execute(
        "grant insert on orders to public; grant temporary on database shop to public",
    )
    .await
    .unwrap();
    let runner = runner(&cluster).await;
    let role = create(&runner, &url(&cluster, "postgres", "shop")).await;
    let role = role.unwrap();
    let reader = role.url().clone();
    role.keep_and_revoke().await;
    let warnings = runner.inspect(&reader).await.unwrap().warnings;
    assert_eq!(warnings.len(), 1, "{warnings:?}");
    assert!(
        warnings[0].sentence.contains("public.orders (insert)"),
        "{warnings:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_creator_who_is_no_superuser_leaves_out_what_needs_one() {
    let cluster = shop_with(PASSWORDS).await;
    let shop = cluster.connect("postgres", "shop").await;
    shop.batch_execute("create role boss login createrole noinherit")
        .await
        .unwrap();
    let runner = runner(&cluster).await;
    let role = create(&runner, &url(&cluster, "boss", "shop"))
        .await
        .unwrap();
    assert_eq!(role.report().warnings, []);
    let limit = role.omissions().last().unwrap();
    assert!(limit.sentence.contains("Only a superuser"), "{limit:?}");
    shop.batch_execute(limit.sql.as_ref().unwrap())
        .await
        .unwrap();
    // From 16 on CREATEROLE alone does not grant PostgreSQL's own roles; 13 has none that reads everything.
    let is_at_least = async |version| has_version(&shop, version).await;
    let reading = match (is_at_least(140_000).await, is_at_least(160_000).await) {
        (false, _) => Some(1),
        (true, false) => None,
        (true, true) => Some(0),
    };
    match reading {
        Some(number) => {
            let reading = role.omissions()[number].sql.as_ref().unwrap();
            shop.batch_execute(reading).await.unwrap();
        }
        None => assert_eq!(role.omissions().len(), 1, "{:?}", role.omissions()),
    }
    let reader = connect(role.url().expose()).await.unwrap();
    reader
        .batch_execute("table orders; table sales.invoices")
        .await
        .unwrap();
    // What somebody else granted on tables, the creator cannot revoke.
    if !is_at_least(140_000).await {
        let revoke = "drop owned by dataclips_shop";
        shop.batch_execute(revoke).await.unwrap();
    }
    drop(role);
    only_remain(&shop, &["boss"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn where_not_everything_may_be_granted_it_is_granted_by_name() {
    let cluster = shop_with(PASSWORDS).await;
    let shop = cluster.connect("postgres", "shop").await;
    // As from PostgreSQL 16 on, the creator may not grant pg_read_all_data: here because it looks like a superuser's.
    shop.batch_execute(
        "set allow_system_table_mods = on;
         update pg_authid set rolsuper = true where rolname = 'pg_read_all_data';
         create role boss login createrole;
         create schema \"Boss's \"\"own\" authorization boss;
         create table \"Boss's \"\"own\".\"Ta'ble ü\" (id int);
         alter table \"Boss's \"\"own\".\"Ta'ble ü\" owner to boss;
         alter table orders owner to boss;
         create table secrets (id int);",
    )
    .await
    .unwrap();
    let runner = runner(&cluster).await;
    let entered = url(&cluster, "boss", "shop");
    let given_up = create(&runner, &entered).await.unwrap();
    drop(given_up);
    only_remain(&shop, &["boss"]).await;
    let left: i64 = shop
        .query_one("select count(*) from pg_default_acl", &[])
        .await
        .unwrap()
        .get(0);
    assert_eq!(left, 0);

    let role = create(&runner, &entered).await.unwrap();
    let [all, hidden, _] = role.omissions() else {
        panic!("{:?}", role.omissions());
    };
    let reads_everything = has_version(&shop, 140_000)
        .await
        .then_some("grant pg_read_all_data to \"dataclips_shop\";");
    assert_eq!(all.sql.as_deref(), reads_everything);
    assert!(
        hidden
            .sentence
            .contains("2 tables of schema public, sales cannot be read"),
        "{hidden:?}"
    );
    let boss = cluster.connect("boss", "shop").await;
    boss.batch_execute("create table \"Boss's \"\"own\".later (id int)")
        .await
        .unwrap();
    let reader = connect(role.url().expose()).await.unwrap();
    for table in [
        "orders",
        "\"Boss's \"\"own\".\"Ta'ble ü\"",
        "\"Boss's \"\"own\".later",
    ] {
        reader
            .batch_execute(&format!("table {table}"))
            .await
            .unwrap();
    }
    for table in ["secrets", "sales.invoices"] {
        let refused = sqlstate(reader.batch_execute(&format!("table {table}")).await);
        assert_eq!(refused, Some(SqlState::INSUFFICIENT_PRIVILEGE), "{table}");
    }
    shop.batch_execute(hidden.sql.as_ref().unwrap())
        .await
        .unwrap();
    reader
        .batch_execute("table secrets; table sales.invoices")
        .await
        .unwrap();
    role.keep();
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_not_create_a_role_is_told_the_sql_for_somebody_who_may() {
    let cluster = shop_with(PASSWORDS).await;
    let shop = cluster.connect("postgres", "shop").await;
    shop.batch_execute("create role boss login createdb")
        .await
        .unwrap();
    let runner = runner(&cluster).await;
    let entered = url(&cluster, "boss", "shop");
    let refused = create(&runner, &entered).await.unwrap_err();
    let sentence = refused.to_string();
    assert!(
        sentence.starts_with("The role `boss` cannot create roles."),
        "{sentence}"
    );
    shop.batch_execute(
        "alter role boss createrole; revoke connect on database shop from public; grant connect on database shop to boss",
    )
    .await
    .unwrap();
    let refused = create(&runner, &entered).await.unwrap_err();
    let sentence = refused.to_string();
    assert!(
        sentence.starts_with("The role `boss` cannot let other roles connect to this database."),
        "{sentence}"
    );
    assert_eq!(roles(&shop).await, ["boss"]);
    shop.batch_execute(refused.sql().unwrap()).await.unwrap();
    let reader = cluster.socket_url("dataclips_shop", "shop");
    let report = runner
        .inspect(&ConnectionUrl::parse(&reader).unwrap())
        .await;
    assert_eq!(report.unwrap().warnings, []);
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_left_where_the_role_cannot_be_used() {
    let cluster = shop_with(NOBODY_ELSE).await;
    let shop = cluster.connect("postgres", "shop").await;
    shop.batch_execute("create role boss login createrole")
        .await
        .unwrap();
    let runner = runner(&cluster).await;
    for creator in ["postgres", "boss"] {
        let refused = create(&runner, &url(&cluster, creator, "shop"))
            .await
            .unwrap_err();
        let CreationFailure::NotUsable { failure, .. } = &refused else {
            panic!("{refused:?}");
        };
        assert_eq!(failure.sqlstate(), Some("28000"), "{refused:?}");
        assert!(
            refused.to_string().contains("has been removed again"),
            "{refused}"
        );
        assert_eq!(roles(&shop).await, ["boss"], "{creator}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_created_on_our_own_store_nor_on_a_follower_nor_for_who_cannot_sign_in() {
    let cluster = shop_with(PASSWORDS).await;
    let postgres = cluster.connect("postgres", "postgres").await;
    postgres
        .batch_execute("create role secretive login createrole password 'right'")
        .await
        .unwrap();
    let runner = runner(&cluster).await;
    let own = create(&runner, &url(&cluster, "postgres", "postgres")).await;
    assert_eq!(
        own.unwrap_err(),
        CreationFailure::Database(Failure::OwnStore)
    );
    let wrong = create(&runner, &url(&cluster, "secretive:hunter2", "shop")).await;
    let wrong = wrong.unwrap_err();
    assert_eq!(wrong.failure().unwrap().sqlstate(), Some("28P01"));
    assert!(
        !format!("{wrong} {wrong:?}").contains("hunter2"),
        "{wrong:?}"
    );
    assert_eq!(roles(&postgres).await, ["secretive"]);

    cluster.write("data/standby.signal", "");
    cluster.restart("fast");
    let follower = create(&runner, &url(&cluster, "postgres", "shop")).await;
    assert_eq!(follower.unwrap_err(), CreationFailure::Follower);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_that_nobody_waits_for_any_more_is_removed() {
    let cluster = shop_with(PASSWORDS).await;
    let shop = cluster.connect("postgres", "shop").await;
    let runner = runner(&cluster).await;
    let entered = url(&cluster, "postgres", "shop");
    let given_up = timeout(Duration::ZERO, create(&runner, &entered)).await;
    assert!(given_up.is_err());
    let log = || std::fs::read_to_string(cluster.path("log")).unwrap();
    let dropped = async {
        while !log().contains("drop role \"dataclips_shop\"") {
            tokio::task::yield_now().await;
        }
    };
    timeout(SOON, dropped).await.unwrap();
    only_remain(&shop, &[]).await;
}
