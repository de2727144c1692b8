//! A store that does not answer, or whose tables are locked: requests fail soon, `/readyz` says why, and the store is found
//! again without a restart.

use std::time::{Duration, Instant};

use futures_util::future::join_all;

use crate::support::{Client, Server, shared};

/// What nobody has to wait longer for.
const SOON: Duration = Duration::from_secs(10);

async fn ready(visitor: &Client) -> (u16, String) {
    let answer = visitor.get("/readyz").await;
    (answer.status().as_u16(), answer.text().await.unwrap())
}

/// Many at once, so that each connection of the pool is used. Returns each status, once all have it.
async fn statuses(visitor: &Client) -> Vec<u16> {
    let started = Instant::now();
    let answers = join_all((0..40).map(|_| visitor.get("/api/v1/clips"))).await;
    assert!(started.elapsed() < SOON, "{:?}", started.elapsed());
    for answer in &answers {
        let is_told_when = answer.headers().contains_key("retry-after");
        assert_eq!(is_told_when, answer.status() == 503);
    }
    answers.iter().map(|one| one.status().as_u16()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_falls_silent_is_told_within_seconds() {
    let (server, proxy) = Server::behind_proxy().await;
    let visitor = &server.administrator;
    assert_eq!(statuses(visitor).await, [200; 40]);
    assert_eq!(ready(visitor).await.0, 200);
    proxy.silence();
    let (statuses_meanwhile, (status, words)) = tokio::join!(statuses(visitor), ready(visitor));
    assert_eq!(statuses_meanwhile, [503; 40]);
    assert_eq!(status, 503);
    assert!(words.contains("does not answer"), "{words}");
    assert_eq!(ready(visitor).await, (503, words));
    proxy.heal();
    assert_eq!(ready(visitor).await, (200, "ready\n".to_owned()));
    assert_eq!(statuses(visitor).await, [200; 40]);
}

/// After the first ones that failed, nobody waits for a connection to the host that is gone.
#[tokio::test(flavor = "multi_thread")]
async fn a_store_is_found_at_its_other_host_where_the_first_falls_silent() {
    let (server, [first, _second]) = Server::behind_two_proxies().await;
    let visitor = &server.administrator;
    assert_eq!(statuses(visitor).await, [200; 40]);
    first.silence();
    let answered = statuses(visitor).await;
    assert!(answered.contains(&503), "{answered:?}");
    assert_eq!(statuses(visitor).await, [200; 40]);
    assert_eq!(ready(visitor).await.0, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_whose_tables_are_locked_is_told() {
    let server = Server::start().await;
    let visitor = &server.administrator;
    let store = server.data.replace("data", "store");
    let mut other = shared().connect("postgres", &store).await;
    let lock = other.transaction().await.unwrap();
    lock.batch_execute("lock table clips").await.unwrap();
    let started = Instant::now();
    let ((status, words), answer) = tokio::join!(ready(visitor), visitor.get("/api/v1/clips"));
    assert_eq!(status, 503);
    assert!(words.contains("is locked"), "{words}");
    assert!(started.elapsed() < SOON, "{:?}", started.elapsed());
    assert_eq!(answer.status(), 503);
    assert!(answer.text().await.unwrap().contains("is locked"));
    lock.rollback().await.unwrap();
    assert_eq!(ready(visitor).await, (200, "ready\n".to_owned()));
    assert_eq!(visitor.get("/api/v1/clips").await.status(), 200);
}
