//! Which roles are refused, which get a warning, and what the suggested SQL does.

use dataclips::run::Failure;
use dataclips::run::error::near_names::RelationName;
use dataclips::run::role::{self, Power, RoleReport};
use tokio_postgres::Client;

use super::shop;
use crate::support::Cluster;

/// By name: PostgreSQL 17 added an argument.
const GRANT_EMIT_MESSAGE: &str = "do $$ declare f regprocedure; begin
    for f in select oid from pg_proc where proname = 'pg_logical_emit_message' loop
        execute format('grant execute on function %s to r', f);
    end loop;
end $$";

async fn report(cluster: &Cluster, role: &str) -> RoleReport {
    role::check(&mut cluster.connect(role, "shop").await)
        .await
        .unwrap()
}

/// PostgreSQL's major version.
async fn version(client: &Client) -> i32 {
    let sql = "select current_setting('server_version_num')::integer / 10000";
    client.query_one(sql, &[]).await.unwrap().get(0)
}

#[tokio::test]
async fn a_role_with_a_power_is_refused_however_it_comes_by_it() {
    let cluster = shop().await;
    let shop = cluster.connect("postgres", "shop").await;
    let cases = [
        ("create role r login superuser", Power::Superuser),
        ("create role r login createrole", Power::CreateRole),
        ("create role r login createdb", Power::CreateDatabase),
        ("create role r login replication", Power::Replication),
        ("create role r login bypassrls", Power::BypassRowSecurity),
        (
            "create role r login in role pg_read_server_files",
            Power::ReadServerFiles,
        ),
        (
            "create role r login in role pg_write_server_files",
            Power::WriteServerFiles,
        ),
        (
            "create role r login in role pg_execute_server_program",
            Power::ExecuteServerProgram,
        ),
        (
            "create role r login in role pg_write_all_data",
            Power::WriteAllData,
        ),
        (
            "create role r login in role pg_signal_backend",
            Power::SignalBackend,
        ),
        (
            "create role r login noinherit in role pg_signal_backend",
            Power::SignalBackend,
        ),
        (
            "create role r login noinherit in role postgres",
            Power::Superuser,
        ),
        (
            "create role b createdb; create role a noinherit in role b; create role r login noinherit in role a",
            Power::CreateDatabase,
        ),
        (
            "create role r login createdb; alter role r set role to postgres",
            Power::CreateDatabase,
        ),
    ];
    let has_write_all_data = version(&shop).await >= 14;
    for (recipe, power) in cases {
        if power == Power::WriteAllData && !has_write_all_data {
            continue;
        }
        shop.batch_execute(recipe).await.unwrap();
        let report = report(&cluster, "r").await;
        assert_eq!(
            report
                .refusals
                .iter()
                .map(|refusal| refusal.power)
                .collect::<Vec<_>>(),
            [power],
            "{recipe}"
        );
        let failure = Failure::from_role_report(&report).unwrap();
        assert_eq!(failure.code(), "database_refused");
        assert!(failure.message().starts_with("The role `r` "), "{failure}");
        shop.batch_execute("drop role r; drop role if exists a; drop role if exists b")
            .await
            .unwrap();
    }
}

#[tokio::test]
async fn a_role_that_can_write_is_warned_of_and_the_revoke_helps() {
    let cluster = shop().await;
    let shop = cluster.connect("postgres", "shop").await;
    let cases = [
        (
            "grant insert, truncate on orders to r",
            "can write to the table public.orders (insert, truncate)",
        ),
        (
            "grant update (note) on orders to r",
            "can write to the table public.orders (update)",
        ),
        (
            "grant delete on orders to public",
            "can write to the table public.orders (delete)",
        ),
        (
            "create role g; grant insert on sales.invoices to g; grant g to r",
            "the table sales.invoices (insert)",
        ),
        (
            "alter role r noinherit; create role g; grant insert on orders to g; grant g to r",
            "public.orders (insert)",
        ),
        (
            "grant create on schema sales to r",
            "can create tables and functions in schema sales",
        ),
        (
            "grant create on schema public to public",
            "can create tables and functions in schema public",
        ),
        (GRANT_EMIT_MESSAGE, "the write-ahead log"),
        (
            "grant execute on function lo_export(oid, text) to r",
            "write large objects",
        ),
        (
            "create function dblink_x(\"order by\" int) returns int language sql as 'select 1'",
            "other databases",
        ),
    ];
    for (recipe, sentence) in cases {
        shop.batch_execute("create role r login").await.unwrap();
        shop.batch_execute(recipe).await.unwrap();
        let before = report(&cluster, "r").await;
        assert!(!before.is_refused());
        assert_eq!(before.warnings.len(), 1, "{recipe}: {:?}", before.warnings);
        let warning = &before.warnings[0];
        assert!(
            warning.sentence.contains(sentence),
            "{recipe}: {}",
            warning.sentence
        );
        shop.batch_execute(warning.sql.as_ref().unwrap())
            .await
            .unwrap();
        assert_eq!(report(&cluster, "r").await.warnings, [], "{recipe}");
        shop.batch_execute(
            "drop function if exists dblink_x; drop owned by r; drop role r;
             do $$ begin if to_regrole('g') is not null then drop owned by g; drop role g; end if; end $$",
        )
        .await
        .unwrap();
    }
}

#[tokio::test]
async fn a_role_is_warned_of_large_objects_where_read_only_lets_it_write_them() {
    let cluster = shop().await;
    let shop = cluster.connect("postgres", "shop").await;
    shop.batch_execute(
        "create role r login; grant execute on function lo_create(oid), lowrite(integer, bytea) to public",
    )
    .await
    .unwrap();
    let before = report(&cluster, "r").await;
    if version(&shop).await >= 16 {
        assert_eq!(before.warnings, []);
        return;
    }
    assert_eq!(before.warnings.len(), 1, "{:?}", before.warnings);
    let warning = &before.warnings[0];
    assert!(
        warning.sentence.contains("write large objects"),
        "{}",
        warning.sentence
    );
    shop.batch_execute(warning.sql.as_ref().unwrap())
        .await
        .unwrap();
    assert_eq!(report(&cluster, "r").await.warnings, []);
}

#[tokio::test]
async fn an_owner_is_warned_of_without_a_revoke() {
    let cluster = shop().await;
    let shop = cluster.connect("postgres", "shop").await;
    let recipe =
        "create role r login; alter table orders owner to r; alter database shop owner to r";
    shop.batch_execute(recipe).await.unwrap();
    let report = report(&cluster, "r").await;
    let sql: Vec<_> = report
        .warnings
        .iter()
        .map(|warning| warning.sql.as_deref())
        .collect();
    // From 15 on schema public is the database owner's.
    let expected = match version(&shop).await {
        ..15 => vec![None],
        _ => vec![None, None],
    };
    assert_eq!(sql, expected, "{:?}", report.warnings);
    assert!(
        report.warnings[0]
            .sentence
            .contains("as their owner (r) can"),
        "{:?}",
        report.warnings
    );
}

#[tokio::test]
async fn a_plain_role_of_a_new_database_is_warned_of_what_everyone_may() {
    let cluster = Cluster::start("").boot();
    let postgres = cluster.connect("postgres", "postgres").await;
    postgres.batch_execute("create role r login").await.unwrap();
    postgres
        .batch_execute("create database shop")
        .await
        .unwrap();
    let before = report(&cluster, "r").await;
    assert!(!before.is_refused());
    let shop = cluster.connect("postgres", "shop").await;
    // The write-ahead log; before 16 large objects, too; before 15 also the schema public.
    let expected = match version(&shop).await {
        ..15 => 3,
        15 => 2,
        16.. => 1,
    };
    assert_eq!(before.warnings.len(), expected, "{:?}", before.warnings);
    for warning in &before.warnings {
        shop.batch_execute(warning.sql.as_ref().unwrap())
            .await
            .unwrap();
    }
    assert_eq!(report(&cluster, "r").await.warnings, []);
}

#[tokio::test]
async fn the_safe_role_is_made_by_its_sql_and_passes() {
    let cluster = shop().await;
    let shop = cluster.connect("postgres", "shop").await;
    shop.batch_execute("create role r login createdb")
        .await
        .unwrap();
    shop.batch_execute("create database \"Odd \"\"name\"")
        .await
        .unwrap();
    let odd = "Odd%20%22name";
    let refused = role::check(&mut cluster.connect("r", odd).await)
        .await
        .unwrap();
    let sql = refused.safe_role.sql_for("Reader's \"own\"", r"a'b\c");
    cluster
        .connect("postgres", odd)
        .await
        .batch_execute(&sql)
        .await
        .unwrap();
    let report = report(&cluster, "Reader%27s%20%22own%22").await;
    assert!(!report.is_refused());
    assert_eq!(report.warnings, []);
    assert!(
        refused
            .safe_role
            .sql()
            .contains("grant connect on database \"Odd \"\"name\" to \"dataclips_reader\";")
    );
}

#[tokio::test]
async fn nothing_in_the_database_can_stand_in_for_the_catalogue() {
    let cluster = shop().await;
    let shop = cluster.connect("postgres", "shop").await;
    shop.batch_execute(
        "create role r login createdb;
         create schema evil;
         create view evil.pg_roles as select * from pg_catalog.pg_roles where false;
         create function evil.eq(name, name) returns bool language sql as 'select false';
         create operator evil.= (leftarg = name, rightarg = name, function = evil.eq);
         grant usage on schema evil to public; grant select on evil.pg_roles to public;
         alter role r set search_path = evil, pg_catalog",
    )
    .await
    .unwrap();
    let report = report(&cluster, "r").await;
    assert_eq!(report.refusals[0].power, Power::CreateDatabase);
}

#[tokio::test]
async fn five_thousand_tables_are_checked_in_a_moment() {
    let cluster = Cluster::start("max_locks_per_transaction=512").boot();
    let postgres = cluster.connect("postgres", "postgres").await;
    postgres.batch_execute("create role r login").await.unwrap();
    postgres
        .batch_execute("create database shop")
        .await
        .unwrap();
    let shop = cluster.connect("postgres", "shop").await;
    let sql = "do $$ begin for i in 1..5000 loop execute format('create table t%s (a int, b text)', i); end loop; end $$;
               grant insert on all tables in schema public to r; grant select on all tables in schema public to r";
    shop.batch_execute(sql).await.unwrap();
    let mut client = cluster.connect("r", "shop").await;
    let started = std::time::Instant::now();
    let report = role::check(&mut client).await.unwrap();
    let checked = started.elapsed();
    assert!(
        report.warnings[0]
            .sentence
            .contains("5000 tables of schema public"),
        "{:?}",
        report.warnings[0]
    );
    let near = RelationName::at("table t4242x", 7)
        .unwrap()
        .near(&client)
        .await
        .unwrap();
    let elapsed = started.elapsed();
    assert_eq!(near.len(), 3);
    println!("5,000 tables: role check {checked:?}, with near names {elapsed:?}");
    assert!(elapsed.as_secs() < 5, "{elapsed:?}");
}
