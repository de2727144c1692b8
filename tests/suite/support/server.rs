//! The whole application on a port of its own, over databases of its own.

use std::future::pending;
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, LazyLock, Mutex};
use std::time::{Duration, Instant};

use dataclips::live::Live;
use dataclips::mail::Mailer;
use dataclips::model::{Email, NewToken, Role, SecretKey, Token, User};
use dataclips::postgres::{ConnectionUrl, Connector};
use dataclips::result::Memory;
use dataclips::run::{Identity, Limits, Runner};
use dataclips::servers::Servers;
use dataclips::store::Store;
use dataclips::web::{self, App, ConnectionLimits, ProviderSettings, RunLimits, Settings};
use reqwest::{Response, StatusCode};
use serde_json::json;
use tokio::net::TcpListener;
use tokio::sync::OnceCell;

use super::{Client, Clip, Cluster, Mailbox, Proxy, stopwatch};

/// How many bytes of rows are kept for each clip, unless a test says otherwise.
const RESULTS_BYTES_MAX: u64 = 256 << 20;
/// The memory that results and responses share, unless a test says otherwise.
const MEMORY_BYTES_MAX: u64 = 256 << 20;

/// The limits of runs, unless a test says otherwise.
pub const LIMITS: Limits = Limits {
    timeout: Duration::from_secs(60),
    rows_max: 29_999,
    bytes_max: 100 << 20,
    connections: 8,
    queue_max: 256,
};

/// The limits of connections, unless a test says otherwise.
pub const CONNECTION_LIMITS: ConnectionLimits = ConnectionLimits {
    header: Duration::from_secs(10),
    body: Duration::from_secs(30),
    idle: Duration::from_secs(60),
    send: Duration::from_secs(60),
    send_rate: 2 << 10,
    connections_max: 1_000,
    per_address_max: None,
};

/// Every user's.
pub const PASSWORD: &str = "correct horse";

/// The token of `ada@example.com`, the administrator in the template of stores.
static TEMPLATES: OnceCell<String> = OnceCell::const_new();

/// Databases of servers that have ended. The next server drops them, so that few exist at a time.
static LEFT: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// One cluster for all tests of a program. Its roles: `postgres`, the superuser; `keeper`, who owns the stores;
/// `reader`, with whom clips query.
pub fn shared() -> &'static Cluster {
    static SHARED: LazyLock<Cluster> = LazyLock::new(|| {
        // Room for the locks of a hostile statement beside those of everybody else.
        Cluster::start("max_connections=400\nmax_locks_per_transaction=320")
            .boot()
            .leave_with_process()
    });
    stopwatch::start();
    &SHARED
}

const RUN_LIMITS: RunLimits = RunLimits {
    runs: None,
    previews: NonZeroU32::MAX,
};

/// What a server may use.
struct Bounds {
    mailer: Option<Mailer>,
    logs_addresses: bool,
    provider: Option<ProviderSettings>,
    proxies: usize,
    limits: Limits,
    memory_bytes_max: u64,
    results_bytes_max: u64,
    connections: ConnectionLimits,
    run_limits: RunLimits,
}

impl Default for Bounds {
    fn default() -> Self {
        Self {
            mailer: None,
            logs_addresses: false,
            provider: None,
            proxies: 0,
            limits: LIMITS,
            memory_bytes_max: MEMORY_BYTES_MAX,
            results_bytes_max: RESULTS_BYTES_MAX,
            connections: CONNECTION_LIMITS,
            run_limits: RUN_LIMITS,
        }
    }
}

/// A running server with an administrator, and a database `data` that it may query as `reader`.
pub struct Server {
    pub app: Arc<App>,
    pub url: String,
    pub memory: Memory,
    /// Name of the queried database in the cluster.
    pub data: String,
    store_url: String,
    /// Acts as an administrator.
    pub administrator: Client,
}

impl Server {
    pub async fn start() -> Self {
        Self::with_limits(LIMITS).await
    }

    pub async fn with_limits(limits: Limits) -> Self {
        Self::with(limits, MEMORY_BYTES_MAX).await
    }

    pub async fn with(limits: Limits, memory_bytes_max: u64) -> Self {
        let bounds = Bounds {
            limits,
            memory_bytes_max,
            ..Bounds::default()
        };
        Self::within(bounds).await
    }

    /// Keeps at most this many bytes of results for each clip.
    pub async fn with_results(results_bytes_max: u64) -> Self {
        let bounds = Bounds {
            results_bytes_max,
            ..Bounds::default()
        };
        Self::within(bounds).await
    }

    pub async fn with_runs_per_minute(runs: NonZeroU32) -> Self {
        let bounds = Bounds {
            run_limits: RunLimits {
                runs: Some(runs),
                ..RUN_LIMITS
            },
            ..Bounds::default()
        };
        Self::within(bounds).await
    }

    pub async fn with_previews_per_minute(previews: NonZeroU32) -> Self {
        let bounds = Bounds {
            run_limits: RunLimits {
                previews,
                ..RUN_LIMITS
            },
            ..Bounds::default()
        };
        Self::within(bounds).await
    }

    pub async fn with_connections(connections: ConnectionLimits) -> Self {
        let bounds = Bounds {
            connections,
            ..Bounds::default()
        };
        Self::within(bounds).await
    }

    async fn within(bounds: Bounds) -> Self {
        let (store, data) = databases().await;
        let store = shared().socket_url("keeper", &store);
        Self::known_as(None, &store, data, bounds).await
    }

    /// The connection to its store can be cut.
    pub async fn behind_proxy() -> (Self, Proxy) {
        let (store, data) = databases().await;
        let proxy = Proxy::to(shared().port).await;
        let url = proxy.url("keeper", &store);
        let server = Self::known_as(None, &url, data, Bounds::default()).await;
        (server, proxy)
    }

    /// Its store has two hosts; the connections to each can fall silent.
    pub async fn behind_two_proxies() -> (Self, [Proxy; 2]) {
        let (store, data) = databases().await;
        let proxies = [
            Proxy::to(shared().port).await,
            Proxy::to(shared().port).await,
        ];
        let hosts = [proxies[0].address(), proxies[1].address()].join(",");
        let url = format!("postgresql://keeper@{hosts}/{store}");
        let server = Self::known_as(None, &url, data, Bounds::default()).await;
        (server, proxies)
    }

    /// It trusts `X-Forwarded-For`, as behind one reverse proxy.
    pub async fn behind_reverse_proxy() -> Self {
        let bounds = Bounds {
            proxies: 1,
            ..Bounds::default()
        };
        Self::within(bounds).await
    }

    /// The addresses of clients are in its log.
    pub async fn logging_addresses() -> Self {
        let bounds = Bounds {
            logs_addresses: true,
            ..Bounds::default()
        };
        Self::within(bounds).await
    }

    /// Its mails arrive in the test's mailbox.
    pub async fn with_mail() -> (Self, Mailbox) {
        let mailbox = Mailbox::open().await;
        (Self::with_mail_by(&mailbox.url()).await, mailbox)
    }

    /// People sign in at an OpenID provider, too.
    pub async fn with_provider(provider: ProviderSettings) -> Self {
        let bounds = Bounds {
            provider: Some(provider),
            ..Bounds::default()
        };
        Self::within(bounds).await
    }

    /// The same, reached by HTTPS.
    pub async fn with_provider_behind_https(provider: ProviderSettings) -> Self {
        let (store, data) = databases().await;
        let store = shared().socket_url("keeper", &store);
        let bounds = Bounds {
            provider: Some(provider),
            ..Bounds::default()
        };
        Self::known_as(Some("https://clips.example.com"), &store, data, bounds).await
    }

    /// Its mails are sent by this SMTP server.
    pub async fn with_mail_by(url: &str) -> Self {
        let mailer = Mailer::new(url, "Dataclips <dataclips@example.com>").unwrap();
        let bounds = Bounds {
            mailer: Some(mailer),
            ..Bounds::default()
        };
        Self::within(bounds).await
    }

    /// People reach it by HTTPS, through a proxy.
    pub async fn behind_https(public_url: &str) -> Self {
        let (store, data) = databases().await;
        let store = shared().socket_url("keeper", &store);
        Self::known_as(Some(public_url), &store, data, Bounds::default()).await
    }

    async fn known_as(
        public_url: Option<&str>,
        store_url: &str,
        data: String,
        bounds: Bounds,
    ) -> Self {
        let mut server = Self::open(public_url, store_url, data, bounds).await;
        server.administrator = server.anonymous().with_token(administrators_token().await);
        server.add_database("data", &server.data_url()).await;
        server
    }

    /// Opens it without adding anything to its store.
    async fn open(public_url: Option<&str>, store_url: &str, data: String, bounds: Bounds) -> Self {
        let connector = Connector::new(&ConnectionUrl::parse(store_url).unwrap()).unwrap();
        let store = Store::open(&connector).await.unwrap();
        let identity = Identity::read(&store.client().await.unwrap())
            .await
            .unwrap();
        let memory = Memory::new(bounds.memory_bytes_max);
        let runner = Arc::new(Runner::new(bounds.limits, memory.clone(), identity));
        let key = SecretKey::from_text(&"test".repeat(8)).unwrap();
        let servers = Servers::join(store.clone(), &key).await.unwrap();
        let live = Arc::new(Live::new(
            store.clone(),
            runner.clone(),
            servers.clone(),
            memory.clone(),
            bounds.results_bytes_max,
        ));
        tokio::spawn({
            let live = live.clone();
            async move { live.follow_notices().await }
        });
        tokio::spawn({
            let live = live.clone();
            async move { live.share_connections().await }
        });
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let app = Arc::new(App::new(
            store,
            key,
            runner,
            live,
            servers,
            memory.clone(),
            Settings {
                public_url: public_url.unwrap_or(&url).to_owned(),
                sql_bytes_max: 1 << 20,
                proxies: bounds.proxies,
                security_contact: Some("mailto:security@example.com".to_owned()),
                logs_addresses: bounds.logs_addresses,
                run_limits: bounds.run_limits,
                mailer: bounds.mailer,
                provider: bounds.provider,
            },
        ));
        tokio::spawn(web::follow_reads(app.clone()));
        tokio::spawn(web::send_mails(app.clone()));
        tokio::spawn(web::follow_previews(app.clone()));
        let serving = web::serve(listener, app.clone(), bounds.connections, pending());
        tokio::spawn(serving);
        Self {
            administrator: Client::new(&url),
            app,
            url,
            memory,
            data,
            store_url: store_url.to_owned(),
        }
    }

    /// Another server on the same store, with the same settings, once each of them knows of the other.
    pub async fn beside(&self) -> Self {
        let mut other = Self::open(
            Some(&self.url),
            &self.store_url,
            self.data.clone(),
            Bounds {
                mailer: self.app.settings.mailer.clone(),
                provider: self.app.settings.provider.clone(),
                proxies: self.app.settings.proxies,
                ..Bounds::default()
            },
        )
        .await;
        other.administrator = other.anonymous().with_token(self.administrator.token());
        while self.app.servers.is_alone() || other.app.servers.is_alone() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        other
    }

    /// Opens a database to members.
    pub async fn add_database(&self, name: &str, url: &str) {
        let added = json!({"name": name, "url": url, "open_to": "members"});
        let answer = self.administrator.post("/api/v1/databases", &added).await;
        assert_eq!(
            answer.status(),
            StatusCode::CREATED,
            "{}",
            answer.text().await.unwrap()
        );
    }

    /// The URL with which clips query.
    pub fn data_url(&self) -> String {
        shared().socket_url("reader", &self.data)
    }

    /// A superuser's connection to the queried database.
    pub async fn superuser(&self) -> tokio_postgres::Client {
        shared().connect("postgres", &self.data).await
    }

    pub fn anonymous(&self) -> Client {
        Client::new(&self.url)
    }

    /// Adds a user; the client acts as this user.
    pub async fn user(&self, email: &str, role: Role) -> Client {
        let email = Email::parse(email).unwrap();
        let user = User::create(&self.app.store, &email, role, PASSWORD)
            .await
            .unwrap();
        let token = Token::create(&self.app.store, &user, &NewToken::named("test"))
            .await
            .unwrap();
        self.anonymous().with_token(token.as_str())
    }

    /// A client in which this user is signed in by a session cookie.
    pub async fn signed_in(&self, email: &str) -> Client {
        let browser = self.anonymous();
        let answer = browser.sign_in(email, PASSWORD).await;
        assert_eq!(answer.status(), StatusCode::SEE_OTHER);
        browser
    }

    pub async fn create_clip(&self, sql: &str) -> Clip {
        self.administrator.create_clip(sql).await
    }

    /// The rows in a format, fetched by a client that only has the clip's URL.
    pub async fn rows(&self, clip: &Clip, format: &str) -> Response {
        self.anonymous()
            .get(&format!("/{}.{format}", clip.slug))
            .await
    }

    /// Waits until no run's query is left in PostgreSQL.
    pub async fn no_query_is_left(&self) {
        self.no_query_is_left_within(Duration::from_secs(5)).await;
    }

    pub async fn no_query_is_left_within(&self, time: Duration) {
        let superuser = self.superuser().await;
        let sql = "select count(*) from pg_stat_activity where application_name ~ '^dataclips (clip|preview) ' and datname = current_database()";
        let deadline = Instant::now() + time;
        while Instant::now() < deadline {
            let left: i64 = superuser.query_one(sql, &[]).await.unwrap().get(0);
            if left == 0 {
                return;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("a query is still there after {time:?}");
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        leave(&self.data);
    }
}

/// Gives up a queried database and its store: the next server drops them.
pub fn leave(data: &str) {
    let store = data.replace("data", "store");
    LEFT.lock().unwrap().extend([store, data.to_owned()]);
}

/// A new database in the shared cluster, empty, as `keeper` reaches it.
pub async fn empty_database() -> String {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    administrators_token().await;
    let name = format!("empty_{}", NUMBER.fetch_add(1, Ordering::Relaxed));
    let postgres = shared().connect("postgres", "postgres").await;
    let sql = format!("create database {name} owner keeper");
    postgres.batch_execute(&sql).await.unwrap();
    shared().socket_url("keeper", &name)
}

/// The token of `ada@example.com`, an administrator, who is in every store that `databases` makes.
pub async fn administrators_token() -> &'static str {
    TEMPLATES.get_or_init(make_templates).await
}

/// Names of a new store, cloned from a migrated template with an administrator, and of a new database to query.
pub async fn databases() -> (String, String) {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    administrators_token().await;
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let (store, data) = (format!("store_{number}"), format!("data_{number}"));
    let postgres = shared().connect("postgres", "postgres").await;
    let left = std::mem::take(&mut *LEFT.lock().unwrap());
    for name in left {
        // A database that is still in use stays until the cluster is removed.
        let sql = format!("drop database {name} with (force)");
        let _ = postgres.batch_execute(&sql).await;
    }
    let strategy = cloning(&postgres).await;
    for (name, template) in [(&store, "store_template"), (&data, "data_template")] {
        let sql = format!("create database {name} template {template} owner keeper {strategy}");
        postgres.batch_execute(&sql).await.unwrap();
    }
    // A template's rights are not copied.
    let sql = format!("revoke temporary on database {data} from public");
    postgres.batch_execute(&sql).await.unwrap();
    (store, data)
}

/// Copying files takes half as long as writing each page to the log. Versions before 15 can only copy files.
async fn cloning(postgres: &tokio_postgres::Client) -> &'static str {
    let sql = "select current_setting('server_version_num')::integer >= 150000";
    let may_choose = postgres.query_one(sql, &[]).await.unwrap().get(0);
    if may_choose { "strategy file_copy" } else { "" }
}

async fn make_templates() -> String {
    let postgres = shared().connect("postgres", "postgres").await;
    for sql in [
        "create role keeper login",
        "create role reader login connection limit 200",
        "create database store_template owner keeper",
        "create database data_template owner keeper",
    ] {
        postgres.batch_execute(sql).await.unwrap();
    }
    let data = shared().connect("postgres", "data_template").await;
    data.batch_execute(include_str!("data.sql")).await.unwrap();
    add_administrator(&shared().socket_url("keeper", "store_template")).await
}

/// Migrates a store, and adds `ada@example.com`, whose token it returns.
pub async fn add_administrator(store: &str) -> String {
    let connector = Connector::new(&ConnectionUrl::parse(store).unwrap()).unwrap();
    let store = Store::open(&connector).await.unwrap();
    let email = Email::parse("ada@example.com").unwrap();
    let user = User::create(&store, &email, Role::Administrator, PASSWORD).await;
    let token = Token::create(&store, &user.unwrap(), &NewToken::named("test")).await;
    store.close();
    token.unwrap().as_str().to_owned()
}
