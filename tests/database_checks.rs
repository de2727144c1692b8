//! The checks that a database passes before clips query it, against a real PostgreSQL: encryption, role, own store.

mod support;

use dataclips::postgres::ConnectionUrl;
use dataclips::postgres::Connector;
use dataclips::run::failure::{Failure, is_cancellation};
use dataclips::run::near_names::RelationName;
use dataclips::run::own_store::Identity;
use dataclips::run::role::{self, Power, RoleReport};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use support::{Cluster, connect};

async fn report(cluster: &Cluster, role: &str) -> RoleReport {
    role::check(&mut cluster.connect(role, "shop").await)
        .await
        .unwrap()
}

/// A database without the rights that PostgreSQL gives to everyone, so that each case shows its own.
async fn shop() -> Cluster {
    let cluster = Cluster::start("max_connections=30").boot();
    let postgres = cluster.connect("postgres", "postgres").await;
    postgres
        .batch_execute("create database shop")
        .await
        .unwrap();
    let shop = cluster.connect("postgres", "shop").await;
    shop.batch_execute(
        "revoke create on schema public from public;
         do $$ declare f regprocedure; begin
             for f in select oid from pg_proc where proname ~ '^(lo_|lowrite|pg_logical_emit_message)' loop
                 execute format('revoke execute on function %s from public', f);
             end loop;
         end $$;
         create table orders (id int, note text);
         create schema sales;
         create table sales.invoices (id int);",
    )
    .await
    .unwrap();
    cluster
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
    for (recipe, power) in cases {
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
        let failure = Failure::of_role(&report).unwrap();
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
        (
            "grant execute on function pg_logical_emit_message(boolean, text, text) to r",
            "the write-ahead log",
        ),
        (
            "grant execute on function lo_create(oid), lowrite(integer, bytea) to public",
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
    assert_eq!(sql, [None, None], "{:?}", report.warnings);
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
    assert!(
        (2..=3).contains(&before.warnings.len()),
        "{:?}",
        before.warnings
    );
    let shop = cluster.connect("postgres", "shop").await;
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

#[tokio::test]
async fn our_own_store_is_recognised_however_its_url_is_spelled() {
    let cluster = shop().await;
    let own = Identity::read(&cluster.connect("postgres", "shop").await)
        .await
        .unwrap();
    let host = |host: &str| cluster.host_url("postgres", host, "shop");
    for url in [
        cluster.socket_url("postgres", "shop"),
        host("127.0.0.1"),
        host("localhost"),
        host("LOCALHOST"),
    ] {
        let other = Identity::read(&connect(&url).await.unwrap()).await.unwrap();
        assert!(own.is_same(&other), "{url}");
    }
    let other = Identity::read(&cluster.connect("postgres", "postgres").await)
        .await
        .unwrap();
    assert!(!own.is_same(&other) && !other.is_same(&own));
}

#[tokio::test]
async fn our_own_store_is_recognised_by_its_marker_where_the_service_hides_the_rest() {
    let cluster = shop().await;
    let shop = cluster.connect("postgres", "shop").await;
    shop.batch_execute(
        "create role r login;
         revoke execute on function pg_control_system() from public;
         create table store_marker (marker text not null);
         insert into store_marker values ('0b8f');
         grant select on store_marker to public",
    )
    .await
    .unwrap();
    let own = Identity::read(&cluster.connect("r", "shop").await)
        .await
        .unwrap();
    assert!(own.is_same(&Identity::read(&shop).await.unwrap()));
    let elsewhere = Identity::read(&cluster.connect("r", "postgres").await)
        .await
        .unwrap();
    assert!(!own.is_same(&elsewhere) && !elsewhere.is_same(&own));
    shop.batch_execute("revoke select on store_marker from public")
        .await
        .unwrap();
    assert!(
        !own.is_same(
            &Identity::read(&cluster.connect("r", "shop").await)
                .await
                .unwrap()
        )
    );
}

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
            Failure::of_statement(&client.prepare(sql).await.unwrap_err())
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
        let failure = Failure::of_statement(&client.query(sql, &[]).await.unwrap_err());
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
    assert_eq!(Failure::of_statement(&lost).sqlstate(), Some("57P01"));
    let closed = Failure::of_statement(&client.query("select 1", &[]).await.unwrap_err());
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

/// An authority, and a server's certificate that it vouches for.
struct Certificates {
    authority: String,
    server: String,
    key: String,
}

fn certificates(name: &str, host: &str) -> Certificates {
    let mut authority = CertificateParams::new(Vec::new()).unwrap();
    authority.distinguished_name.push(DnType::CommonName, name);
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = CertifiedIssuer::self_signed(authority, KeyPair::generate().unwrap()).unwrap();
    let key = KeyPair::generate().unwrap();
    let server = CertificateParams::new(vec![host.to_owned()])
        .unwrap()
        .signed_by(&key, &authority)
        .unwrap();
    Certificates {
        authority: authority.pem(),
        server: server.pem(),
        key: key.serialize_pem(),
    }
}

/// Whether the connection is encrypted, or why there is none.
async fn encryption(url: &str) -> Result<bool, String> {
    let connector =
        Connector::new(&ConnectionUrl::parse(url).unwrap()).map_err(|error| error.to_string())?;
    let (client, connection) = connector
        .connect()
        .await
        .map_err(|failure| failure.detail().unwrap().to_owned())?;
    tokio::spawn(connection);
    let sql = "select ssl from pg_stat_ssl where pid = pg_backend_pid()";
    Ok(client.query_typed_one(sql, &[]).await.unwrap().get(0))
}

async fn assert_encryption(cluster: &Cluster, cases: &[(&str, Result<bool, &str>)]) {
    for (parameters, expected) in cases {
        let url = format!(
            "{}?{parameters}",
            cluster.host_url("postgres", "localhost", "postgres")
        );
        match (encryption(&url).await, expected) {
            (Ok(encrypted), Ok(expected)) => assert_eq!(encrypted, *expected, "{parameters}"),
            (Err(error), Err(expected)) => {
                assert!(error.contains(expected), "{parameters}: {error}")
            }
            (outcome, _) => panic!("{parameters}: {outcome:?}"),
        }
    }
}

#[tokio::test]
async fn certificates_are_checked_as_sslmode_says() {
    let cluster =
        Cluster::start("ssl=on\nssl_cert_file='../server.pem'\nssl_key_file='../server.key'");
    let right = certificates("ours", "localhost");
    cluster.write("server.pem", &right.server);
    cluster.write("server.key", &right.key);
    let authority = cluster.write("authority.pem", &right.authority);
    let other = cluster.write("other.pem", &certificates("another", "localhost").authority);
    let empty = cluster.write("empty.pem", "");
    let cluster = cluster.boot();
    assert_encryption(
        &cluster,
        &[
            ("sslmode=disable", Ok(false)),
            ("sslmode=allow", Ok(false)),
            ("sslmode=prefer", Ok(true)),
            ("", Ok(true)),
            ("sslmode=require", Ok(true)),
            ("sslmode=require&channel_binding=prefer", Ok(true)),
            (
                &format!("sslmode=require&sslrootcert={authority}"),
                Ok(true),
            ),
            (
                &format!("sslmode=require&sslrootcert={other}"),
                Err("UnknownIssuer"),
            ),
            (
                &format!("sslmode=verify-ca&sslrootcert={authority}"),
                Ok(true),
            ),
            (
                &format!("sslmode=verify-ca&sslrootcert={other}"),
                Err("UnknownIssuer"),
            ),
            (
                &format!("sslmode=verify-full&sslrootcert={authority}"),
                Ok(true),
            ),
            (
                &format!("sslmode=verify-full&sslrootcert={other}"),
                Err("UnknownIssuer"),
            ),
            (
                "sslmode=verify-ca&sslrootcert=/nowhere.pem",
                Err("/nowhere.pem that `sslrootcert` names cannot be read"),
            ),
            (
                &format!("sslmode=verify-ca&sslrootcert={empty}"),
                Err("holds no certificate"),
            ),
            ("sslrootcert=system", Err("")),
        ],
    )
    .await;
    let socket = format!(
        "{}?sslmode=verify-full",
        cluster.socket_url("postgres", "postgres")
    );
    assert_eq!(encryption(&socket).await, Ok(false));
}

#[tokio::test]
async fn a_certificate_for_another_host_passes_verify_ca_alone() {
    let cluster =
        Cluster::start("ssl=on\nssl_cert_file='../server.pem'\nssl_key_file='../server.key'");
    let wrong = certificates("ours", "elsewhere.example");
    cluster.write("server.pem", &wrong.server);
    cluster.write("server.key", &wrong.key);
    let authority = cluster.write("authority.pem", &wrong.authority);
    let cluster = cluster.boot();
    assert_encryption(
        &cluster,
        &[
            (
                &format!("sslmode=verify-ca&sslrootcert={authority}"),
                Ok(true),
            ),
            (
                &format!("sslmode=verify-full&sslrootcert={authority}"),
                Err("not valid for name"),
            ),
        ],
    )
    .await;
}

#[tokio::test]
async fn a_server_without_tls_is_taken_by_the_modes_that_allow_it() {
    let cluster = Cluster::start("").boot();
    assert_encryption(
        &cluster,
        &[
            ("sslmode=disable", Ok(false)),
            ("sslmode=allow", Ok(false)),
            ("sslmode=prefer", Ok(false)),
            ("sslmode=require", Err("server does not support TLS")),
            ("sslmode=verify-full", Err("server does not support TLS")),
        ],
    )
    .await;
}
