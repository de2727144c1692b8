//! Several servers divide the connections to a database, and make room for each other.

use std::time::{Duration, Instant};

use futures_util::future::join_all;

use super::Visitor;
use crate::support::{Clip, Server, shared};

/// A role with few connections, and a database `narrow` that the server queries with it.
struct Narrow {
    role: String,
    superuser: tokio_postgres::Client,
}

impl Narrow {
    async fn add(server: &Server, connections: usize) -> Self {
        let role = format!("narrow_{}", server.data);
        let superuser = server.superuser().await;
        let sql = format!("create role {role} login connection limit {connections}");
        superuser.batch_execute(&sql).await.unwrap();
        let url = shared().socket_url(&role, &server.data);
        server.add_database("narrow", &url).await;
        let narrow = Self { role, superuser };
        narrow.wait_for(0, "true").await;
        narrow
    }

    async fn connections(&self, is: &str) -> i64 {
        let sql = format!("select count(*) from pg_stat_activity where usename = $1 and {is}");
        let row = self.superuser.query_one(&sql, &[&self.role]).await;
        row.unwrap().get(0)
    }

    async fn wait_for_at_most(&self, count: i64) {
        let deadline = Instant::now() + Duration::from_secs(10);
        while self.connections("true").await > count {
            assert!(Instant::now() < deadline, "more than {count}");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// Waits until so many connections are like this.
    async fn wait_for(&self, count: i64, is: &str) {
        let deadline = Instant::now() + Duration::from_secs(10);
        while self.connections(is).await != count {
            let now = self.connections("true").await;
            assert!(Instant::now() < deadline, "not {count} {is}, of {now}");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
}

const SLEEPING: &str = "wait_event = 'PgSleep'";

/// Clips that take this long. No connection is left of their creation.
async fn clips(server: &Server, narrow: &Narrow, count: usize, seconds: f64) -> Vec<Clip> {
    let mut clips = Vec::new();
    for number in 0..count {
        let sql = format!("select {number} as number, pg_sleep({seconds})");
        clips.push(server.administrator.create_clip_on("narrow", &sql).await);
    }
    let store = server.app.store.client().await.unwrap();
    let sql = "select id from databases where name = 'narrow'";
    let database: i64 = store.query_one(sql, &[]).await.unwrap().get(0);
    server.app.runner.make_room(database);
    narrow.wait_for(0, "true").await;
    clips
}

fn ask(server: &Server, clips: &[Clip]) -> Vec<Visitor> {
    let asked = clips.iter().map(|clip| Visitor::asks(server, clip, "csv"));
    asked.collect()
}

async fn all_are_answered(visitors: Vec<Visitor>) {
    let answers = join_all(visitors.into_iter().map(Visitor::answer)).await;
    for answer in answers {
        let status = answer.status();
        assert_eq!(status, 200, "{}", answer.text().await.unwrap());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_share_that_shrinks_and_grows_gives_connections_back_and_takes_them() {
    let server = Server::start().await;
    let narrow = Narrow::add(&server, 20).await;
    let long = clips(&server, &narrow, 8, 3.0).await;
    let clips = clips(&server, &narrow, 8, 0.3).await;
    // Idle ones are closed now.
    all_are_answered(ask(&server, &clips)).await;
    narrow.wait_for(8, "state = 'idle'").await;
    server.app.runner.share_among(3);
    narrow.wait_for(2, "true").await;
    all_are_answered(ask(&server, &clips)).await;
    assert_eq!(narrow.connections("true").await, 2);
    // Those in use when their runs end, which nobody cuts.
    server.app.runner.share_among(1);
    let visitors = ask(&server, &long);
    narrow.wait_for(8, SLEEPING).await;
    server.app.runner.share_among(100);
    all_are_answered(visitors).await;
    narrow.wait_for_at_most(1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn three_servers_keep_within_ten_connections_of_a_role() {
    let first = Server::start().await;
    let narrow = Narrow::add(&first, 10).await;
    let long = clips(&first, &narrow, 8, 3.0).await;
    let clips = clips(&first, &narrow, 24, 0.3).await;
    all_are_answered(ask(&first, &clips[..8])).await;
    narrow.wait_for(8, "state = 'idle'").await;
    // All of the first one's are in use when the others arrive.
    let early = ask(&first, &long);
    narrow.wait_for(8, SLEEPING).await;
    let (second, third) = (first.beside().await, first.beside().await);
    let mut visitors = early;
    for (number, clip) in clips.iter().enumerate() {
        let server = [&first, &second, &third][number % 3];
        visitors.push(Visitor::asks(server, clip, "csv"));
    }
    all_are_answered(visitors).await;
    // Each keeps two, unless another needed those it did not use.
    narrow.wait_for_at_most(6).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_without_a_connection_gets_one_that_another_does_not_use() {
    let first = Server::start().await;
    let narrow = Narrow::add(&first, 1).await;
    let second = first.beside().await;
    let long = clips(&first, &narrow, 1, 3.0).await;
    let clips = clips(&first, &narrow, 4, 0.3).await;
    for servers in [[&first, &second], [&second, &first]] {
        all_are_answered(ask(servers[0], &clips[..2])).await;
        narrow.wait_for(1, "state = 'idle'").await;
        all_are_answered(ask(servers[1], &clips[2..])).await;
    }
    // It waits for one that another uses.
    let long = ask(&first, &long);
    narrow.wait_for(1, SLEEPING).await;
    let waiting = ask(&second, &clips[2..]);
    all_are_answered(long).await;
    all_are_answered(waiting).await;
}
