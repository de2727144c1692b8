//! One of our servers, and a database on a server of some kind that it queries.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use dataclips::run::Limits;
use reqwest::Response;
use serde_json::Value;
use tokio::task::JoinHandle;
use tokio_postgres::Client;

use super::kind::{Clusters, Kind};
use crate::support::{Clip, LIMITS, PgBouncer, Server, status_and_body};

/// For a cancelled query to be gone, and for a standby to replay what its primary did.
const WAIT_MAX: Duration = Duration::from_secs(10);

pub struct Scene {
    pub server: Server,
    /// A superuser where the clips run.
    pub superuser: Client,
    _pooler: Option<PgBouncer>,
}

/// What a scene has that is not usual.
#[derive(Clone, Copy)]
pub struct Setup {
    pub limits: Limits,
    /// Executed in the queried database by a superuser; `visitor` stands for the role that clips query as.
    pub sql: &'static str,
    /// More settings of the pooler.
    pub pooler: &'static str,
}

impl Default for Setup {
    fn default() -> Self {
        Self {
            limits: LIMITS,
            sql: "",
            pooler: "",
        }
    }
}

impl Scene {
    pub async fn set(kind: Kind) -> Self {
        Self::with(kind, Setup::default()).await
    }

    pub async fn with_limits(kind: Kind, limits: Limits) -> Self {
        let setup = Setup {
            limits,
            ..Setup::default()
        };
        Self::with(kind, setup).await
    }

    pub async fn with(kind: Kind, setup: Setup) -> Self {
        let server = Server::with_limits(setup.limits).await;
        let clusters = kind.clusters();
        let (database, visitor) = create_database(clusters, setup.sql).await;
        let cluster = clusters.standby.unwrap_or(clusters.primary);
        let pooler = kind.pooler_settings().map(|settings| {
            let settings = format!("{settings}\n{}", setup.pooler);
            PgBouncer::start(cluster, &[&visitor], &settings)
        });
        let url = match &pooler {
            Some(pooler) => pooler.url(&visitor, &database),
            None => cluster.socket_url(&visitor, &database),
        };
        server.add_database("queried", &url).await;
        Self {
            superuser: cluster.connect("postgres", &database).await,
            server,
            _pooler: pooler,
        }
    }

    pub async fn clip(&self, sql: &str) -> Clip {
        let administrator = &self.server.administrator;
        administrator.create_clip_on("queried", sql).await
    }

    /// The rows of a clip that is made for this, as CSV.
    pub async fn csv(&self, sql: &str) -> String {
        let clip = self.clip(sql).await;
        let answer = self.server.rows(&clip, "csv").await;
        let status = answer.status();
        let text = answer.text().await.unwrap();
        assert_eq!(status, 200, "{sql}: {text}");
        text
    }

    /// Status and error of a clip that is made for this.
    pub async fn error(&self, sql: &str) -> (u16, Value) {
        let clip = self.clip(sql).await;
        let (status, mut body) = status_and_body(self.server.rows(&clip, "json").await).await;
        (status, body["error"].take())
    }

    /// Requests the rows as CSV, without waiting for them.
    pub fn asks(&self, clip: &Clip) -> JoinHandle<Response> {
        let (client, path) = (self.server.anonymous(), format!("/{}.csv", clip.slug));
        tokio::spawn(async move { client.get(&path).await })
    }

    /// What the superuser sees: a single value, as text.
    pub async fn ask(&self, sql: &str) -> String {
        self.superuser.query_one(sql, &[]).await.unwrap().get(0)
    }

    pub async fn a_query_runs(&self) {
        self.until("a query runs", "> 0").await;
    }

    pub async fn no_query_is_left(&self) {
        self.until("no query is left", "= 0").await;
    }

    async fn until(&self, what: &str, count: &str) {
        let sql = format!(
            "select (count(*) {count})::text from pg_stat_activity
             where datname = current_database() and state = 'active' and application_name ~ '^dataclips (clip|preview) '"
        );
        let deadline = Instant::now() + WAIT_MAX;
        while self.ask(&sql).await != "true" {
            assert!(Instant::now() < deadline, "not within {WAIT_MAX:?}: {what}");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}

/// The names of a new database and of the role that clips query as.
async fn create_database(clusters: Clusters, sql: &str) -> (String, String) {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let (database, visitor) = (format!("row_{number}"), format!("visitor_{number}"));
    let postgres = clusters.primary.connect("postgres", "postgres").await;
    for sql in [
        format!("create role {visitor} login"),
        format!("create database {database}"),
    ] {
        postgres.batch_execute(&sql).await.unwrap();
    }
    let superuser = clusters.primary.connect("postgres", &database).await;
    let sql = format!("{}{sql}", include_str!("data.sql")).replace("visitor", &visitor);
    superuser.batch_execute(&sql).await.unwrap();
    let position = "select pg_current_wal_lsn()::text";
    let position: String = superuser.query_one(position, &[]).await.unwrap().get(0);
    wait_for_standby(clusters, &position).await;
    (database, visitor)
}

async fn wait_for_standby(clusters: Clusters, position: &str) {
    let Some(standby) = clusters.standby else {
        return;
    };
    let postgres = standby.connect("postgres", "postgres").await;
    let sql = format!("select pg_last_wal_replay_lsn() >= '{position}'");
    let deadline = Instant::now() + WAIT_MAX;
    while !postgres
        .query_one(&sql, &[])
        .await
        .unwrap()
        .get::<_, bool>(0)
    {
        assert!(Instant::now() < deadline, "the standby does not follow");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}
