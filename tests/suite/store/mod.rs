//! Our own store: its migrations and its constraints.

mod audit;
mod full_disk;
mod key;
mod key_rotation;
mod outages;
mod upgrade;

use std::time::Duration;

use dataclips::error::Error;
use dataclips::postgres::{ConnectionUrl, Connector};
use dataclips::store::Store;
use tokio::task::JoinSet;

use crate::support::{Server, connect, empty_database};

pub async fn open(url: &str) -> Result<Store, Error> {
    let connector = Connector::new(&ConnectionUrl::parse(url).unwrap()).unwrap();
    Store::open(&connector).await
}

#[tokio::test(flavor = "multi_thread")]
async fn servers_that_start_together_on_an_empty_store_migrate_it_once() {
    let url = empty_database().await;
    let mut starts = JoinSet::new();
    for _ in 0..10 {
        let url = url.clone();
        starts.spawn(async move { open(&url).await.unwrap() });
    }
    for store in starts.join_all().await {
        assert!(store.check().await.is_ok());
        store.close();
    }
    let client = connect(&url).await.unwrap();
    let sql = "select (select count(*) from store_marker),
                      (select count(*) from refinery_schema_history),
                      (select count(*) from pg_locks where locktype = 'advisory')";
    let row = client.query_one(sql, &[]).await.unwrap();
    let (markers, migrations): (i64, i64) = (row.get(0), row.get(1));
    let files = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/migrations")).unwrap();
    assert_eq!((markers, migrations), (1, files.count() as i64));
    assert_eq!(row.get::<_, i64>(2), 0, "the lock is given back");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_accepts_no_changes_is_refused_at_the_start() {
    let url = empty_database().await;
    let client = connect(&url).await.unwrap();
    let read_only = "do $$ begin
        execute format('alter database %I set default_transaction_read_only = on', current_database());
    end $$";
    client.batch_execute(read_only).await.unwrap();
    let refused = open(&url).await.err();
    assert!(matches!(refused, Some(Error::StoreReadOnly)), "{refused:?}");
}

/// Only for checks can a name that PostgreSQL generated be distinguished from a chosen one: it numbers them or names
/// them after the column, which we never do.
#[tokio::test(flavor = "multi_thread")]
async fn every_rule_of_the_store_has_a_name_of_ours() {
    let url = empty_database().await;
    open(&url).await.unwrap().close();
    let client = connect(&url).await.unwrap();
    let sql = "
        select conname::text, contype::text, pg_get_constraintdef(oid)
        from pg_constraint
        where connamespace = 'public'::regnamespace and conrelid <> 0
        and conrelid <> 'refinery_schema_history'::regclass and contype <> 'n'
        order by conname";
    let rows = client.query(sql, &[]).await.unwrap();
    assert!(rows.len() > 20);
    let migrations: String = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/migrations"))
        .unwrap()
        .map(|file| std::fs::read_to_string(file.unwrap().path()).unwrap())
        .collect();
    for row in rows {
        let (name, rule): (&str, &str) = (row.get(0), row.get(2));
        assert!(
            migrations.contains(&format!("constraint {name} ")),
            "no migration names {name}: {rule}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_violated_rule_of_the_store_is_reported_beside_its_field() {
    let server = Server::start().await;
    server.create_clip("select 1").await;
    let client = server.app.store.client().await.unwrap();
    for (sql, field) in [
        (
            "insert into users (email, role) values ('ada@example.com', 'guest')",
            Some("email"),
        ),
        (
            "insert into users (email, role) values ('Ada@example.com', 'guest')",
            Some("email"),
        ),
        (
            "insert into databases (name, url_sealed, source) values ('data', '', 'added')",
            Some("name"),
        ),
        (
            "insert into databases (name, url_sealed, source) values ('', '', 'added')",
            Some("name"),
        ),
        ("update clips set title = ''", Some("title")),
        ("update clips set title = repeat('x', 201)", Some("title")),
        ("update clips set max_age_seconds = 0", Some("max_age")),
        ("update tokens set name = ''", Some("name")),
        // A rule that no request can violate is an internal error.
        ("update clips set slug = 'short'", None),
        ("update users set role = 'king'", None),
        ("update versions set number = 0", None),
        (
            "insert into versions (clip_id, number, sql, database_id) values (1, 1, '', 1)",
            None,
        ),
    ] {
        let error: Error = client.execute(sql, &[]).await.unwrap_err().into();
        match (&error, field) {
            (Error::Invalid { field, message }, Some(expected)) => {
                assert_eq!(field, expected, "{sql}");
                assert!(message.ends_with('.'), "{message}");
            }
            (Error::Internal(_), None) => {}
            _ => panic!("{sql}: {error:?}"),
        }
    }
}

/// A request waits while all connections are in use, and gets a 503 before a proxy would give up.
#[tokio::test(flavor = "multi_thread")]
async fn more_requests_than_connections_wait_for_each_other() {
    let url = empty_database().await;
    let store = open(&url).await.unwrap();
    let mut questions = JoinSet::new();
    for _ in 0..64 {
        let store = store.clone();
        questions.spawn(async move {
            let client = store.client().await?;
            client.execute("select pg_sleep(0.01)", &[]).await?;
            Ok::<_, Error>(())
        });
    }
    let answers = tokio::time::timeout(Duration::from_secs(8), questions.join_all());
    for answer in answers.await.expect("all were served in time") {
        answer.unwrap();
    }
    store.close();
    assert!(matches!(
        store.client().await.err(),
        Some(Error::StoreUnavailable)
    ));
}

/// The search's index may find too much, but nothing that holds a text may be missing in it.
#[tokio::test(flavor = "multi_thread")]
async fn a_text_has_all_numbers_of_each_of_its_parts() {
    let server = Server::start().await;
    let client = server.app.store.client().await.unwrap();
    let text = "SELECT 'x%_\\' AS \"Größe\",\n\t東京 FROM Москва -- \u{1f600}";
    let sql = "select part
               from generate_series(1, char_length($1)) as start,
                   generate_series(1, char_length($1)) as length,
                   lateral (select upper(substr($1, start, length)) as part) as parts
               where not search_numbers($1) @> search_numbers(part)";
    let missing = client.query(sql, &[&text]).await.unwrap();
    let missing: Vec<&str> = missing.iter().map(|row| row.get(0)).collect();
    assert!(missing.is_empty(), "{missing:?}");
    let sql = "select search_numbers('ab'), cardinality(search_numbers(string_agg(chr(n), ' ')))
               from generate_series(1, 50000) as n";
    let row = client.query_one(sql, &[]).await.unwrap();
    assert_eq!(row.get::<_, Vec<i32>>(0), [97, 98, 97 * 256 + 98]);
    let bound = 256 + 2 * 65_536;
    assert!(row.get::<_, i32>(1) <= bound);
}
