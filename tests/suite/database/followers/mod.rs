//! Followers: real ones, made by pg_basebackup, which stream from their primary.

mod adding;
mod failover;
mod losing;
mod running;
mod servers;
mod standing;

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use dataclips::result::Position;
use reqwest::{Response, StatusCode};
use serde_json::{Value, json};
use tokio::sync::{Mutex, MutexGuard, OnceCell};
use tokio_postgres::Client as Postgres;

use crate::support::{Client, Clip, Cluster, Server, status_and_body};

/// Followers cancel queries at once that hold up what they replay.
const FOLLOWER: &str = "max_standby_streaming_delay=0\nhot_standby_feedback=off";
/// At `/metrics`, of databases that have followers.
pub const FOLLOWER_NUMBERS: [&str; 2] = [
    "dataclips_runs_by_server_total",
    "dataclips_follower_lag_bytes",
];
const PATIENCE: Duration = Duration::from_secs(20);

/// A primary and its follower. Clips query its database `shop` as `reader`.
pub struct Pair {
    primary: Arc<Cluster>,
    follower: Arc<Cluster>,
    /// A superuser on each.
    on_primary: Postgres,
    on_follower: Postgres,
    /// Nobody else uses it meanwhile.
    _turn: Option<MutexGuard<'static, ()>>,
}

/// The same pair for all tests that leave both as they were: one after the other.
static SHARED: OnceCell<[Arc<Cluster>; 2]> = OnceCell::const_new();
static TURN: Mutex<()> = Mutex::const_new(());
static TABLES: AtomicU32 = AtomicU32::new(1);

/// Nobody else uses it meanwhile.
pub async fn pair() -> Pair {
    let turn = TURN.lock().await;
    let shared = SHARED.get_or_init(async || {
        let [primary, follower] = start(FOLLOWER).await;
        [
            Arc::new(primary.leave_with_process()),
            Arc::new(follower.leave_with_process()),
        ]
    });
    let [primary, follower] = shared.await.clone();
    let pair = Pair {
        _turn: Some(turn),
        ..Pair::of(primary, follower).await
    };
    // Left paused where a test failed.
    pair.pause_or_resume("resume").await;
    pair
}

const PRIMARY_SETTINGS: &str = "wal_keep_size=64MB";

async fn start(settings: &str) -> [Cluster; 2] {
    let primary = Cluster::start(PRIMARY_SETTINGS).boot();
    make_shop(&primary).await;
    let follower = primary.follower(settings).boot();
    [primary, follower]
}

async fn make_shop(primary: &Cluster) {
    let postgres = primary.connect("postgres", "postgres").await;
    for sql in [
        "create role reader login",
        "create role other login",
        "create database shop",
    ] {
        postgres.batch_execute(sql).await.unwrap();
    }
}

impl Pair {
    /// For a test that does not leave it as it was.
    async fn start(settings: &str) -> Self {
        let [primary, follower] = start(settings).await;
        Self::of(Arc::new(primary), Arc::new(follower)).await
    }

    async fn of(primary: Arc<Cluster>, follower: Arc<Cluster>) -> Self {
        Self {
            on_primary: primary.connect("postgres", "shop").await,
            on_follower: follower.connect("postgres", "shop").await,
            primary,
            follower,
            _turn: None,
        }
    }

    pub fn primary_url(&self) -> String {
        self.primary.socket_url("reader", "shop")
    }

    pub fn follower_url(&self) -> String {
        self.follower.socket_url("reader", "shop")
    }

    async fn execute(&self, sql: &str) {
        self.on_primary.batch_execute(sql).await.unwrap();
    }

    async fn pause_or_resume(&self, verb: &str) {
        let sql = format!("select pg_wal_replay_{verb}()");
        self.on_follower.batch_execute(&sql).await.unwrap();
    }

    /// Waits until the follower has replayed everything.
    async fn replay(&self) {
        replay(&self.on_primary, &self.on_follower).await;
    }

    /// Waits until a query sleeps on the follower.
    async fn is_asleep(&self) {
        let sql = "select count(*) from pg_stat_activity where wait_event = 'PgSleep'";
        let asleep = async {
            while self
                .on_follower
                .query_one(sql, &[])
                .await
                .unwrap()
                .get::<_, i64>(0)
                == 0
            {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::time::timeout(PATIENCE, asleep).await.unwrap();
    }

    /// A new table on both, with one row: 1.
    async fn table(&self) -> String {
        let name = format!("numbers_{}", TABLES.fetch_add(1, Ordering::Relaxed));
        self.execute(&format!(
            "create table {name} (number integer); insert into {name} values (1); grant select on {name} to reader, other"
        ))
        .await;
        self.replay().await;
        name
    }
}

/// Waits until a follower has replayed everything.
async fn replay(primary: &Postgres, follower: &Postgres) {
    let sql = "select pg_current_wal_lsn()::text";
    let row = primary.query_one(sql, &[]).await.unwrap();
    let written = Position::parse(row.get(0)).unwrap();
    let replayed = async {
        loop {
            let sql = "select pg_last_wal_replay_lsn()::text";
            let row = follower.query_one(sql, &[]).await.unwrap();
            if Position::parse(row.get(0)).unwrap() >= written {
                return;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(PATIENCE, replayed).await.unwrap();
}

/// A server of ours with the database `shop` and its follower `east`.
struct Shop {
    server: Server,
    ada: Client,
}

impl Shop {
    async fn open(pair: &Pair) -> Self {
        let shop = Self::without_follower(pair).await;
        let (status, added) = shop.add("east", &pair.follower_url()).await;
        assert_eq!(status, 201, "{added}");
        shop
    }

    async fn without_follower(pair: &Pair) -> Self {
        let server = Server::start().await;
        server.add_database("shop", &pair.primary_url()).await;
        let ada = server.administrator.clone();
        Self { server, ada }
    }

    async fn add(&self, name: &str, url: &str) -> (u16, Value) {
        let new = json!({"name": name, "url": url});
        status_and_body(
            self.ada
                .post("/api/v1/databases/shop/followers", &new)
                .await,
        )
        .await
    }

    async fn set(&self, changes: Value) {
        let answer = self.ada.patch("/api/v1/databases/shop", &changes).await;
        assert_eq!(
            answer.status(),
            StatusCode::OK,
            "{}",
            answer.text().await.unwrap()
        );
    }

    async fn clip(&self, sql: &str) -> Clip {
        self.ada.create_clip_on("shop", sql).await
    }

    async fn run_on(&self, clip: &Clip, runs_on: &str) {
        let path = format!("/api/v1/clips/{}", clip.slug);
        let answer = self.ada.patch(&path, &json!({"runs_on": runs_on})).await;
        assert_eq!(
            answer.status(),
            StatusCode::OK,
            "{}",
            answer.text().await.unwrap()
        );
    }

    /// What is known of the follower.
    async fn standing(&self) -> Value {
        let answer = self.ada.get("/api/v1/databases/shop/followers").await;
        let (status, body) = status_and_body(answer).await;
        assert_eq!(status, 200, "{body}");
        body["followers"][0].clone()
    }

    /// Waits until the follower has this status.
    async fn becomes(&self, status: &str) -> Value {
        let known = async {
            loop {
                let standing = self.standing().await;
                if standing["status"] == status {
                    return standing;
                }
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        };
        let known = tokio::time::timeout(PATIENCE, known).await;
        known.unwrap_or_else(|_| panic!("the follower does not become {status}"))
    }

    async fn rows(&self, clip: &Clip) -> Response {
        self.server.rows(clip, "json").await
    }

    /// The first value, and where it came from.
    async fn value(&self, clip: &Clip) -> (Value, String) {
        let answer = self.rows(clip).await;
        let from = from(&answer);
        let (status, body) = status_and_body(answer).await;
        assert_eq!(status, 200, "{body}");
        (body["values"][0][0].clone(), from)
    }
}

/// The server that a response names.
fn from(answer: &Response) -> String {
    let server = answer.headers().get("x-dataclips-server");
    server.map_or(String::new(), |server| server.to_str().unwrap().to_owned())
}
