//! Which roles are refused, which get a warning, and what the suggested SQL does.

mod created;

use dataclips::run::Failure;
use dataclips::run::error::near_names::RelationName;
use dataclips::run::role::{self, Grade, Power, Predefined, RoleReport};
use tokio_postgres::Client;
use tokio_postgres::error::SqlState;

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
    let version = version(&shop).await;
    for (recipe, power) in cases {
        if version < 14 && power == Power::WriteAllData {
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

/// The oldest PostgreSQL that has it, what is granted, the grade, and words of the warning.
const WARNED: [(i32, &str, Grade, &str); 19] = [
    (
        13,
        "grant insert, truncate on orders to r",
        Grade::Danger,
        "can write to the table public.orders (insert, truncate)",
    ),
    (
        13,
        "grant update (note) on orders to r",
        Grade::Danger,
        "can write to the table public.orders (update)",
    ),
    (
        13,
        "grant delete on orders to public",
        Grade::Danger,
        "can write to the table public.orders (delete)",
    ),
    (
        13,
        "create role g; grant insert on sales.invoices to g; grant g to r",
        Grade::Danger,
        "the table sales.invoices (insert)",
    ),
    (
        13,
        "alter role r noinherit; create role g; grant insert on orders to g; grant g to r",
        Grade::Danger,
        "public.orders (insert)",
    ),
    (
        13,
        "grant create on schema sales to r",
        Grade::Danger,
        "can create tables and functions in schema sales",
    ),
    (
        13,
        "grant create on schema public to public",
        Grade::Danger,
        "can create tables and functions in schema public",
    ),
    (
        13,
        "grant create on database shop to r",
        Grade::Danger,
        "can create schemas in the database shop",
    ),
    (
        13,
        "grant temporary on database shop to public",
        Grade::Note,
        "temporary tables",
    ),
    (
        13,
        "create role g; grant temporary on database shop to g; grant g to r",
        Grade::Note,
        "temporary tables",
    ),
    (13, GRANT_EMIT_MESSAGE, Grade::Note, "the write-ahead log"),
    (
        13,
        "grant execute on function lo_export(oid, text) to r",
        Grade::Danger,
        "write the server's files",
    ),
    (
        13,
        "grant execute on function pg_read_file(text) to r",
        Grade::Danger,
        "read the server's files",
    ),
    (
        13,
        "create function dblink_x(\"order by\" int) returns int language sql as 'select 1'",
        Grade::Danger,
        "other databases",
    ),
    (
        15,
        "grant pg_checkpoint to r",
        Grade::Note,
        "a member of `pg_checkpoint`, which can make the server write",
    ),
    (
        16,
        "grant pg_create_subscription to r",
        Grade::Danger,
        "a member of `pg_create_subscription`, which can subscribe",
    ),
    (
        16,
        "grant pg_use_reserved_connections to r",
        Grade::Note,
        "a member of `pg_use_reserved_connections`, which can use up the connections",
    ),
    (
        17,
        "grant pg_maintain to r",
        Grade::Note,
        "a member of `pg_maintain`, which can lock, vacuum and rebuild",
    ),
    (
        17,
        "create role g; grant pg_maintain to g with admin option; set role g; grant pg_maintain to r; reset role",
        Grade::Note,
        "a member of `pg_maintain`",
    ),
];

#[tokio::test]
async fn each_warning_has_a_grade_and_its_revoke_ends_it() {
    let cluster = shop().await;
    let shop = cluster.connect("postgres", "shop").await;
    let version = version(&shop).await;
    for (oldest, recipe, grade, sentence) in WARNED {
        if version < oldest {
            continue;
        }
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
        assert_eq!(warning.grade, grade, "{recipe}");
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
async fn read_only_does_not_stop_a_temporary_table_but_the_revoke_does() {
    let cluster = shop().await;
    let shop = cluster.connect("postgres", "shop").await;
    shop.batch_execute(
        "create role r login; alter role r set temp_file_limit = '1MB'; grant temporary on database shop to public",
    )
    .await
    .unwrap();
    let mut r = cluster.connect("r", "shop").await;
    let fills = "explain analyze create temporary table t as select repeat('x', 1000) from generate_series(1, 20000)";
    let run = r.build_transaction().read_only(true).start().await.unwrap();
    run.batch_execute(fills).await.unwrap();
    let sql = "select pg_relation_size('t') > 10 * 1024 * 1024";
    let is_large: bool = run.query_one(sql, &[]).await.unwrap().get(0);
    assert!(is_large);
    run.rollback().await.unwrap();

    let warnings = report(&cluster, "r").await.warnings;
    shop.batch_execute(warnings[0].sql.as_ref().unwrap())
        .await
        .unwrap();
    let run = r.build_transaction().read_only(true).start().await.unwrap();
    let refused = run.batch_execute(fills).await.unwrap_err();
    assert_eq!(refused.code(), Some(&SqlState::INSUFFICIENT_PRIVILEGE));
}

#[tokio::test]
async fn every_role_of_postgresql_is_known() {
    let cluster = shop().await;
    let shop = cluster.connect("postgres", "shop").await;
    let sql = "select rolname::text from pg_roles where rolname ~ '^pg_'";
    let roles = shop.query(sql, &[]).await.unwrap();
    let unknown: Vec<&str> = roles
        .iter()
        .map(|row| row.get::<_, &str>(0))
        .filter(|role| role::predefined(role).is_none())
        .collect();
    assert_eq!(unknown, [] as [&str; 0]);
    for row in &roles {
        let of: &str = row.get(0);
        let expected = role::predefined(of).unwrap();
        // Nobody can be made a member of it.
        if of == "pg_database_owner" {
            assert_eq!(expected, Predefined::Harmless);
            continue;
        }
        shop.batch_execute(&format!("create role r login in role {of}"))
            .await
            .unwrap();
        let report = report(&cluster, "r").await;
        let powers: Vec<_> = report.refusals.iter().map(|found| found.power).collect();
        let grades: Vec<_> = report.warnings.iter().map(|found| found.grade).collect();
        let found = (powers, grades);
        match expected {
            Predefined::Harmless => assert_eq!(found, (vec![], vec![]), "{of}"),
            Predefined::Warned(grade, _) => assert_eq!(found, (vec![], vec![grade]), "{of}"),
            Predefined::Refused(power) => assert_eq!(found, (vec![power], vec![]), "{of}"),
        }
        shop.batch_execute("drop role r").await.unwrap();
    }
}

#[tokio::test]
async fn a_role_of_a_newer_postgresql_is_warned_of_as_a_danger() {
    let cluster = shop().await;
    let shop = cluster.connect("postgres", "shop").await;
    shop.batch_execute(
        "create role r login in role pg_monitor; set allow_system_table_mods = on;
         update pg_authid set rolname = 'pg_brand_new' where rolname = 'pg_monitor'",
    )
    .await
    .unwrap();
    let warnings = report(&cluster, "r").await.warnings;
    assert_eq!(warnings.len(), 1, "{warnings:?}");
    assert_eq!(warnings[0].grade, Grade::Danger);
    assert_eq!(
        warnings[0].sql.as_deref(),
        Some("revoke pg_brand_new from r;")
    );
}

#[tokio::test]
async fn dangers_come_before_notes() {
    let cluster = shop().await;
    let shop = cluster.connect("postgres", "shop").await;
    let sql = "create role r login; grant temporary on database shop to r; grant create on database shop to r;
               grant execute on function pg_read_file(text) to r";
    shop.batch_execute(&format!("{sql}; {GRANT_EMIT_MESSAGE}"))
        .await
        .unwrap();
    let report = report(&cluster, "r").await;
    let grades: Vec<_> = report.warnings.iter().map(|found| found.grade).collect();
    let (danger, note) = (Grade::Danger, Grade::Note);
    assert_eq!(grades, [danger, danger, note, note]);
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
    for words in ["as their owner (r) can", "as its owner (r) can"] {
        let mut warnings = report.warnings.iter();
        let warning = warnings.find(|warning| warning.sentence.contains(words));
        assert!(warning.is_some(), "{words}: {:?}", report.warnings);
    }
    for warning in &report.warnings {
        assert_eq!((warning.grade, &warning.sql), (Grade::Danger, &None));
    }
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
    // Temporary tables and the write-ahead log; before 16 large objects, too; before 15 also the schema public.
    let expected = match version(&shop).await {
        ..15 => 4,
        15 => 3,
        16.. => 2,
    };
    assert_eq!(before.warnings.len(), expected, "{:?}", before.warnings);
    for warning in &before.warnings {
        assert!(warning.is_default, "{warning:?}");
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
    let reader = &mut cluster.connect("Reader%27s%20%22own%22", odd).await;
    let report = role::check(reader).await.unwrap();
    assert!(!report.is_refused());
    assert_eq!(report.warnings, []);
    for words in [
        "grant connect on database \"Odd \"\"name\" to \"dataclips_reader\";\n",
        "--   grant temporary on database \"Odd \"\"name\" to THEIR_ROLE;\n",
        "\nrevoke temporary on database \"Odd \"\"name\" from public;\n",
    ] {
        assert!(refused.safe_role.sql().contains(words), "{words}");
    }
    // Where everyone has nothing more, nothing has to be taken from everyone.
    assert!(!report.safe_role.sql().contains("from public"));
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
