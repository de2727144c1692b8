//! The embedded default: a private PostgreSQL cluster in the data directory, for servers without a `DATABASE_URL`.
//!
//! It holds two databases: our own store, and a sample that clips query as a role that can only read. It can be reached
//! only through a Unix socket in a directory that belongs to its owner. Knows nothing of clips or HTTP.

mod bootstrap;
mod error;
mod leftover;
mod lock;
mod owner;
mod place;
mod program_files;
mod programs;
pub mod sample;
mod server;

use std::path::{Path, PathBuf};
use std::time::Duration;

use percent_encoding::{NON_ALPHANUMERIC, percent_encode};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep};
use tokio_postgres::Config;
use tokio_util::sync::CancellationToken;
use tracing::info;

pub use error::Error;
use lock::{Attempt, Holder, Lock, Purpose};
use place::Place;
pub use programs::Programs;
use server::Server;

/// How long to wait for a server that holds the lock: one that was killed releases it a moment later.
const SERVER_GONE_WITHIN: Duration = Duration::from_secs(1);

/// How long to wait for a command that holds the lock.
const LOCK_WITHIN: Duration = Duration::from_secs(30);

/// How long a server that holds the lock may take to start its PostgreSQL.
const ANSWER_WITHIN: Duration = Duration::from_secs(60);

const POLL: Duration = Duration::from_millis(100);

/// A running private cluster: our own, or that of the server running beside this command.
#[derive(Debug)]
pub struct Cluster {
    place: Place,
    is_new: bool,
    supervision: Option<Supervision>,
}

/// Held as long as we keep PostgreSQL running.
#[derive(Debug)]
struct Supervision {
    stopping: CancellationToken,
    task: JoinHandle<()>,
    _lock: Lock,
}

impl Cluster {
    /// For the server: takes the lock, creates the cluster if there is none, cleans up after a crash, starts
    /// PostgreSQL, and keeps it running.
    pub async fn start(data_dir: &Path) -> Result<Self, Error> {
        let data_dir = place::open(data_dir)?;
        let started = Instant::now();
        loop {
            match Lock::attempt(&data_dir, Purpose::Serving)? {
                Attempt::Taken(lock) => {
                    let cluster = Self::run(&data_dir, lock).await?;
                    cluster.log_if_outside(&data_dir);
                    return Ok(cluster);
                }
                Attempt::Held(Some(Holder {
                    pid,
                    purpose: Purpose::Serving,
                })) if started.elapsed() > SERVER_GONE_WITHIN => {
                    return Err(Error::ServerRuns { data_dir, pid });
                }
                Attempt::Held(holder) if started.elapsed() > LOCK_WITHIN => {
                    return Err(busy(data_dir, holder));
                }
                Attempt::Held(_) => sleep(POLL).await,
            }
        }
    }

    /// For a command: uses the running server's cluster; if no server runs, starts it like [`Cluster::start`].
    pub async fn attach_or_start(data_dir: &Path) -> Result<Self, Error> {
        let data_dir = place::open(data_dir)?;
        let started = Instant::now();
        loop {
            match Lock::attempt(&data_dir, Purpose::Command)? {
                Attempt::Taken(lock) => return Self::run(&data_dir, lock).await,
                Attempt::Held(Some(Holder {
                    pid,
                    purpose: Purpose::Serving,
                })) => {
                    if let Some(cluster) = Self::attach(&data_dir).await? {
                        return Ok(cluster);
                    }
                    if started.elapsed() > ANSWER_WITHIN {
                        return Err(Error::NoAnswer { data_dir, pid });
                    }
                }
                Attempt::Held(holder) if started.elapsed() > LOCK_WITHIN => {
                    return Err(busy(data_dir, holder));
                }
                Attempt::Held(_) => {}
            }
            sleep(POLL).await;
        }
    }

    /// How to connect to our own store.
    pub fn store(&self) -> Config {
        store_config(&self.place)
    }

    /// The store's URL, in libpq's form.
    pub fn store_url(&self) -> String {
        self.url("dataclips", "dataclips")
    }

    /// The sample database's URL, in libpq's form.
    pub fn sample_url(&self) -> String {
        self.url("dataclips_reader", "sample")
    }

    fn url(&self, user: &str, database: &str) -> String {
        let run = self.place.run.as_os_str().as_encoded_bytes();
        let host = percent_encode(run, NON_ALPHANUMERIC);
        format!("postgresql://{user}@{host}/{database}?sslmode=disable")
    }

    /// Whether this start created the cluster.
    pub fn is_new(&self) -> bool {
        self.is_new
    }

    /// The directory that PostgreSQL writes to.
    pub fn home(&self) -> &Path {
        &self.place.home
    }

    /// Shuts PostgreSQL down and waits for it. Does nothing if the cluster belongs to another process.
    pub async fn stop(mut self) {
        if let Some(supervision) = &mut self.supervision {
            supervision.stopping.cancel();
            let _ = (&mut supervision.task).await;
        }
    }

    fn log_if_outside(&self, data_dir: &Path) {
        let Place { home, owner, .. } = &self.place;
        if !home.starts_with(data_dir) {
            info!(
                home = %home.display(),
                "PostgreSQL's cluster is outside the data directory, in {}, where {owner} has access",
                home.display()
            );
        }
    }

    async fn run(data_dir: &Path, lock: Lock) -> Result<Self, Error> {
        let place = Place::find(data_dir).await?;
        let is_new = !place.has_cluster();
        let programs = if is_new {
            let programs = Programs::find().await?;
            info!(
                home = %place.home.display(),
                version = programs.version(),
                "making a private PostgreSQL {} cluster in {}",
                programs.version(),
                place.home.display()
            );
            bootstrap::make_cluster(&programs, &place).await?;
            programs
        } else {
            Programs::find_for(&place.cluster()).await?
        };

        let server = Server::start(&programs, &place).await?;
        let stopping = CancellationToken::new();
        let task = tokio::spawn(server::supervise(
            server,
            programs,
            place.clone(),
            stopping.clone(),
        ));
        Ok(Self {
            place,
            is_new,
            supervision: Some(Supervision {
                stopping,
                task,
                _lock: lock,
            }),
        })
    }

    async fn attach(data_dir: &Path) -> Result<Option<Self>, Error> {
        // Until the cluster exists, the server may still choose another place for it.
        if !place::has_cluster(data_dir) {
            return Ok(None);
        }
        let place = Place::find(data_dir).await?;
        let cluster = Self {
            place,
            is_new: false,
            supervision: None,
        };
        Ok(server::accepts_connections(&cluster.place)
            .await
            .then_some(cluster))
    }
}

impl Drop for Supervision {
    fn drop(&mut self) {
        // Dropping the task drops the `Server`, which asks PostgreSQL to end.
        self.task.abort();
    }
}

fn store_config(place: &Place) -> Config {
    let mut config = Config::new();
    config
        .host_path(&place.run)
        .user("dataclips")
        .dbname("dataclips");
    config
}

fn busy(data_dir: PathBuf, holder: Option<Holder>) -> Error {
    let holder = match holder {
        Some(holder) => format!("Dataclips ({holder})"),
        None => "Another process".to_owned(),
    };
    Error::Busy {
        data_dir,
        holder,
        waited_s: LOCK_WITHIN.as_secs(),
    }
}
