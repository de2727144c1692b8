//! What has to be done regularly in the store is done by one of the servers.

use dataclips::model::Job;
use futures_util::future::join_all;

use super::*;

async fn add_expired_link(server: &Server, email: &str) {
    let store = server.app.store.client().await.unwrap();
    let sql = "insert into one_time_links (hash, email, purpose, is_mailed, expires_at)
               values (sha256($1::text::bytea), $1, 'reset', true, now() - interval '1 minute')";
    store.execute(sql, &[&email]).await.unwrap();
}

async fn links(server: &Server) -> i64 {
    let store = server.app.store.client().await.unwrap();
    let sql = "select count(*) from one_time_links";
    store.query_one(sql, &[]).await.unwrap().get(0)
}

/// A minute later.
async fn make_due(server: &Server) {
    let store = server.app.store.client().await.unwrap();
    let sql = "update jobs set due_at = due_at - interval '1 minute'";
    assert!(store.execute(sql, &[]).await.unwrap() > 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_has_expired_is_deleted_once_a_minute_and_not_by_each_server() {
    let server = Server::start().await;
    let other = server.beside().await;
    add_expired_link(&server, "ann@example.com").await;
    server.app.tidy().await;
    assert_eq!(links(&server).await, 0);
    add_expired_link(&server, "ann@example.com").await;
    other.app.tidy().await;
    server.app.tidy().await;
    assert_eq!(links(&server).await, 1);
    make_due(&server).await;
    other.app.tidy().await;
    assert_eq!(links(&server).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_of_many_claims_a_job() {
    let server = Server::start().await;
    let other = server.beside().await;
    for _ in 0..3 {
        let claims = (0..20).map(|number| match number % 2 {
            0 => Job::SWEEP.claim(&server.app.store),
            _ => Job::SWEEP.claim(&other.app.store),
        });
        let claimed = join_all(claims).await;
        let claimed = claimed
            .into_iter()
            .filter(|claimed| *claimed.as_ref().unwrap());
        assert_eq!(claimed.count(), 1);
        make_due(&server).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_does_not_wait_for_a_time_that_a_wrong_clock_set() {
    let server = Server::start().await;
    assert!(Job::SWEEP.claim(&server.app.store).await.unwrap());
    let store = server.app.store.client().await.unwrap();
    let ahead = "update jobs set due_at = due_at + interval '1 hour'";
    store.execute(ahead, &[]).await.unwrap();
    assert!(Job::SWEEP.claim(&server.app.store).await.unwrap());
    assert!(!Job::SWEEP.claim(&server.app.store).await.unwrap());
}

/// A server that has just started.
async fn tidied_at_start(server: &Server) -> Server {
    let started = server.beside().await;
    started.app.tidy().await;
    started
}

#[tokio::test(flavor = "multi_thread")]
async fn servers_that_start_together_look_through_all_results_once() {
    let server = Server::start().await;
    let clip = server.create_clip("select {{n}}::int as n").await;
    bytes(&server.administrator, &clip, ".csv?n=1").await;
    is_kept(&server.administrator, &clip, 1).await;
    let _first = tidied_at_start(&server).await;
    // Nobody has asked for these rows since.
    let store = server.app.store.client().await.unwrap();
    let ago = "update results set checked_at = checked_at - interval '31 days'";
    store.execute(ago, &[]).await.unwrap();
    let kept = async || -> i64 {
        let sql = "select count(*) from results where has_rows";
        store.query_one(sql, &[]).await.unwrap().get(0)
    };
    let _second = tidied_at_start(&server).await;
    assert_eq!(kept().await, 1);
    make_due(&server).await;
    let _third = tidied_at_start(&server).await;
    assert_eq!(kept().await, 0);
}
