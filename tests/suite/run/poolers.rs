//! What is said of a pooler, which modes of it are refused, and that it never holds our own store.

use dataclips::error::Error;
use dataclips::postgres::{ConnectionUrl, Connector};
use dataclips::run::Pooling;
use dataclips::store::Store;
use futures_util::future::join_all;

use crate::support::{PgBouncer, Server, connect, empty_database, shared};

const SESSION: &str = "pool_mode = session";
const TRANSACTION: &str = "pool_mode = transaction\nserver_round_robin = 1";

#[tokio::test(flavor = "multi_thread")]
async fn a_pooler_is_recognised_and_named() {
    let server = Server::start().await;
    let browser = server.signed_in("ada@example.com").await;
    let url = ConnectionUrl::parse(&server.data_url()).unwrap();
    let direct = server.app.runner.inspect(&url).await.unwrap();
    assert_eq!(direct.pooling, None);
    let list = browser.get("/databases").await.text().await.unwrap();
    assert!(!list.contains("through a pooler"), "{list}");
    for (settings, expected) in [
        (SESSION, Pooling::Unknown),
        (TRANSACTION, Pooling::Transaction),
    ] {
        let pooler = PgBouncer::start(shared(), &["reader"], settings);
        let url = pooler.url("reader", &server.data);
        open_connections(&url).await;
        let pooled = ConnectionUrl::parse(&url).unwrap();
        let report = server.app.runner.inspect(&pooled).await.unwrap();
        assert_eq!(report.pooling, Some(expected), "{settings}");
        server.add_database("pooled", &url).await;
        let list = browser.get("/databases").await.text().await.unwrap();
        assert!(list.contains("through a pooler"), "{list}");
        let removed = server
            .administrator
            .delete("/api/v1/databases/pooled")
            .await;
        assert_eq!(removed.status(), 204);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pooler_in_statement_mode_is_refused_with_what_to_do() {
    let server = Server::start().await;
    let pooler = PgBouncer::start(shared(), &["reader"], "pool_mode = statement");
    let url = ConnectionUrl::parse(&pooler.url("reader", &server.data)).unwrap();
    let failure = server.app.runner.inspect(&url).await.unwrap_err();
    assert_eq!(failure.code(), "database_refused", "{failure:?}");
    let [refusal] = failure.refusals() else {
        panic!("{failure:?}");
    };
    assert!(
        refusal.contains("statement mode") && refusal.contains("session or transaction mode"),
        "{refusal}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn our_own_store_is_never_behind_a_pooler_in_transaction_mode() {
    for settings in [
        "pool_mode = transaction\ndefault_pool_size = 1",
        TRANSACTION,
    ] {
        let (opened, _pooler) = open_store_through(settings).await;
        let error = opened.err().unwrap();
        let is_told = matches!(error, Error::StorePooled);
        assert!(is_told, "{settings}: {error:?}");
    }
    let (opened, _pooler) = open_store_through(SESSION).await;
    let store = opened.unwrap();
    assert!(store.check().await.is_ok());
    store.close();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_becomes_read_only_is_not_ready_and_says_why() {
    let server = Server::start().await;
    let ready = async || {
        let answer = server.anonymous().get("/readyz").await;
        (answer.status().as_u16(), answer.text().await.unwrap())
    };
    assert_eq!(ready().await, (200, "ready\n".to_owned()));
    let store = server.data.replace("data", "store");
    let postgres = shared().connect("postgres", "postgres").await;
    let sql = format!(
        "alter database {store} set default_transaction_read_only = on;
         select pg_terminate_backend(pid) from pg_stat_activity where datname = '{store}'"
    );
    postgres.batch_execute(&sql).await.unwrap();
    let (status, words) = loop {
        // Connections that were just ended are told as such first.
        let (status, words) = ready().await;
        if words != "the store cannot be reached\n" {
            break (status, words);
        }
    };
    assert_eq!(status, 503);
    assert!(words.contains("read-only"), "{words}");
}

/// Has the pooler open connections to PostgreSQL: each transaction needs one.
async fn open_connections(url: &str) {
    let clients = join_all((0..5).map(|_| connect(url))).await;
    let clients: Vec<_> = clients.into_iter().map(Result::unwrap).collect();
    for command in ["begin", "rollback"] {
        for client in &clients {
            client.batch_execute(command).await.unwrap();
        }
    }
}

/// The pooler ends when it is dropped.
async fn open_store_through(settings: &str) -> (Result<Store, Error>, PgBouncer) {
    let url = empty_database().await;
    let database = url.rsplit('/').next().unwrap();
    let pooler = PgBouncer::start(shared(), &["keeper"], settings);
    let url = ConnectionUrl::parse(&pooler.url("keeper", database)).unwrap();
    let connector = Connector::new(&url).unwrap();
    let opened = Store::open(&connector).await;
    (opened, pooler)
}
