//! Runs versions when their rows are requested, and finds the results that are stored. Knows nothing of HTTP.
//!
//! Calls go down only: [`Live`] → version → waiter and lease keeper → run, ledger and shared version → storage → rows
//! cache, rows writer and sweeper.
//!
//! What is cached here, and until when: see the table in `docs/architecture.md`.

mod connections;
mod elsewhere;
mod joined_run;
mod lease_keeper;
mod ledger;
mod metrics;
mod outcome;
mod preview;
mod rows_cache;
mod rows_writer;
mod run;
mod running;
mod shared_version;
mod storage;
mod sweeper;
mod version;
mod waiter;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::broadcast::error::RecvError;
use tokio::time::interval;
use tokio_util::task::TaskTracker;

use crate::error::Error;
pub use crate::model::Subject;
use crate::model::{Clip, Lease, Notice, Pin, RunLog, StoredResult, User};
use crate::result::Memory;
use crate::run::Runner;
use crate::servers::Servers;
use crate::store::Store;
use elsewhere::RunsElsewhere;
pub use joined_run::JoinedRun;
pub use metrics::{LiveMetrics, Lookups};
pub use outcome::{ResultWithRows, RunOutcome};
pub use preview::PreviewRun;
pub use run::Run;
use run::RunAudit;
pub use running::Cancellation;
use running::RunningHere;
use shared_version::SharedVersion;
use storage::ResultStorage;
pub use version::{Cancelled, LiveVersion};

/// How often changed *checked* times are written to the store.
const CHECKED_FLUSH: Duration = Duration::from_secs(5);
/// A version that is not used for this long leaves memory until it is used again.
const UNUSED_MAX: Duration = Duration::from_secs(3_600);
/// Versions and sets of values in memory, as far as they are not in use: whoever has the link to a clip with parameters can
/// make up sets of values.
const IN_MEMORY_MAX: usize = 1_000;
/// Where there are more, those that were not used for this long leave first.
const SPARED: Duration = Duration::from_secs(60);

/// The versions in use, and the results of all versions.
pub struct Live {
    runner: Arc<Runner>,
    storage: Arc<ResultStorage>,
    servers: Arc<Servers>,
    elsewhere: Arc<RunsElsewhere>,
    running: Arc<RunningHere>,
    audit: RunAudit,
    tasks: TaskTracker,
    versions: Mutex<HashMap<Subject, Arc<LiveVersion>>>,
}

impl Live {
    /// `results_bytes_max` limits the stored rows of each clip.
    pub fn new(
        store: Store,
        runner: Arc<Runner>,
        servers: Arc<Servers>,
        memory: Memory,
        results_bytes_max: u64,
    ) -> Self {
        let audit = RunAudit::new(RunLog::new(store.clone()), servers.clone());
        let storage = ResultStorage::new(store, servers.clone(), memory, results_bytes_max);
        Self {
            runner,
            servers,
            storage: Arc::new(storage),
            elsewhere: Arc::default(),
            running: Arc::default(),
            audit,
            tasks: TaskTracker::new(),
            versions: Mutex::default(),
        }
    }

    /// The audit keeps the values of parameters, and not only hashes of them.
    pub fn with_audited_values(mut self) -> Self {
        self.audit.keeps_values = true;
        self
    }

    pub fn metrics(&self) -> &LiveMetrics {
        self.storage.metrics()
    }

    /// A version to run, or to read the newest results of.
    pub fn version(&self, subject: Subject) -> Arc<LiveVersion> {
        let mut versions = self.versions();
        if versions.len() >= IN_MEMORY_MAX && !versions.contains_key(&subject) {
            make_room(&mut versions);
        }
        let version = versions.entry(subject).or_insert_with(|| {
            let shared = SharedVersion {
                subject,
                storage: self.storage.clone(),
                servers: self.servers.clone(),
                running: self.running.clone(),
                audit: self.audit.clone(),
                tasks: self.tasks.clone(),
            };
            let (runner, elsewhere) = (self.runner.clone(), self.elsewhere.clone());
            Arc::new(LiveVersion::new(shared, runner, elsewhere))
        });
        version.touch();
        version.clone()
    }

    /// A result with its rows, or the failure of its run. [`Error::Swept`] if the rows are gone.
    pub async fn open(&self, result: &StoredResult) -> Result<RunOutcome, Error> {
        if let Err(failure) = &result.content {
            return Ok(Err(failure.clone()));
        }
        let opened = match result.has_rows() || self.storage.is_being_written(result) {
            true => self.storage.with_rows(result).await?,
            false => self.open_unwritten(result).await?,
        };
        opened.map(Ok).ok_or(Error::Swept {
            version: result.version,
            number: result.number,
        })
    }

    /// Rows that are in memory only are gone soon. They may have been written since the result was read, or will be.
    async fn open_unwritten(&self, result: &StoredResult) -> Result<Option<ResultWithRows>, Error> {
        let mut opened = self.storage.with_stored_rows(result).await?;
        opened = opened.or_else(|| self.storage.with_unkept_rows(result));
        match opened.is_none() && self.storage.may_be_written_elsewhere(result) {
            true => self.storage.with_rows(result).await,
            false => Ok(opened),
        }
    }

    /// A result that was returned a short time ago, with its rows. `None` if they are gone.
    pub async fn reopen(&self, result: &StoredResult) -> Result<Option<ResultWithRows>, Error> {
        self.storage.with_rows(result).await
    }

    /// Pins a clip to a result, whose rows are stored before this returns.
    pub async fn pin(&self, clip: &Clip, result: &StoredResult, by: &User) -> Result<(), Error> {
        let rows = self.storage.rows_in_memory(result);
        Pin::create(self.storage.store(), clip, result, rows.as_ref(), by).await
    }

    /// Like [`Live::pin`], for rows that a run just returned, whatever their size.
    pub async fn pin_with_rows(
        &self,
        clip: &Clip,
        returned: &ResultWithRows,
        by: &User,
    ) -> Result<(), Error> {
        let rows = Some(&returned.rows);
        Pin::create(self.storage.store(), clip, &returned.result, rows, by).await
    }

    /// Drops versions that nobody uses, and deletes stored results and rows beyond the limits.
    pub async fn tidy(&self) {
        self.versions()
            .retain(|_, version| !version.is_idle(UNUSED_MAX));
        // A notice may have been lost with the server that was to send it.
        self.find_elsewhere().await;
        if let Err(error) = self.storage.sweep().await {
            tracing::warn!(
                cause = error.cause(),
                "results beyond the limits stay until the next try"
            );
        }
    }

    /// Periodically writes changed *checked* times to the store.
    pub async fn flush_checked(&self) {
        let mut ticks = interval(CHECKED_FLUSH);
        loop {
            ticks.tick().await;
            self.flush().await;
        }
    }

    /// Follows what other servers do with the results and runs of versions.
    pub async fn follow_notices(&self) {
        tokio::select! {
            () = self.follow_runs() => {}
            () = self.tell_running() => {}
        }
    }

    async fn follow_runs(&self) {
        let mut notices = self.servers.notices();
        self.find_elsewhere().await;
        loop {
            match notices.recv().await {
                Ok(Notice::Missed) => self.find_elsewhere().await,
                Ok(notice) => self.note(notice),
                Err(RecvError::Lagged(_)) => self.servers.missed(),
                Err(RecvError::Closed) => return,
            }
        }
    }

    fn note(&self, notice: Notice) {
        match notice {
            Notice::Result { subject, number } => {
                if let Some(version) = self.in_use(subject) {
                    version.result_added(number);
                }
            }
            Notice::Released { subject, id } => {
                if let Some(version) = self.in_use(subject) {
                    version.rows_deleted(id);
                }
            }
            Notice::Began { key, lease } if lease.server == self.servers.id() => {
                self.elsewhere.forget_key(&key);
            }
            Notice::Began { key, lease } => self.elsewhere.began(key, lease),
            Notice::Ended { id } => self.elsewhere.forget(id),
            Notice::Room { database } => self.runner.make_room(database),
            Notice::Run { id } => self.look_at_running(id),
            Notice::Changed
            | Notice::Read { .. }
            | Notice::ReadHeard { .. }
            | Notice::ReadAsked { .. }
            | Notice::PreviewAsked { .. }
            | Notice::PreviewFound { .. }
            | Notice::PreviewPassedOn { .. }
            | Notice::Joined
            | Notice::Left
            | Notice::Missed => {}
        }
    }

    /// Reads which runs the other servers execute.
    async fn find_elsewhere(&self) {
        match Lease::in_flight(self.storage.store()).await {
            Ok(runs) => {
                let own = self.servers.id();
                let others = runs.into_iter().filter(|(_, lease)| lease.server != own);
                self.elsewhere.replace(others);
            }
            Err(error) => tracing::debug!(
                cause = error.cause(),
                "the runs of the other servers are not known"
            ),
        }
    }

    /// Waits until everything is in the store.
    pub async fn close(&self) {
        self.tasks.close();
        self.tasks.wait().await;
        self.storage.close().await;
        self.flush().await;
        self.audit.flush().await;
    }

    async fn flush(&self) {
        let versions: Vec<_> = self.versions().values().cloned().collect();
        let taken = versions.into_iter().map(|version| {
            let checked = version.take_unflushed();
            (version, checked)
        });
        let taken: Vec<_> = taken.filter(|(_, checked)| !checked.is_empty()).collect();
        let all: Vec<_> = taken
            .iter()
            .flat_map(|(_, checked)| checked)
            .cloned()
            .collect();
        if all.is_empty() {
            return;
        }
        let left = match StoredResult::check(self.storage.store(), &all).await {
            Ok(locked) => locked,
            Err(error) => {
                tracing::warn!(
                    cause = error.cause(),
                    "the times when results were last checked wait for the next try"
                );
                all
            }
        };
        for (version, mut checked) in taken {
            checked.retain(|checked| left.contains(checked));
            version.set_unflushed(&checked);
        }
    }

    fn in_use(&self, subject: Subject) -> Option<Arc<LiveVersion>> {
        self.versions().get(&subject).cloned()
    }

    fn versions(&self) -> MutexGuard<'_, HashMap<Subject, Arc<LiveVersion>>> {
        self.versions.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Drops those that nobody uses; they are read from the store when they are used again.
fn make_room(versions: &mut HashMap<Subject, Arc<LiveVersion>>) {
    for unused in [SPARED, Duration::ZERO] {
        versions.retain(|_, version| !version.is_idle(unused));
        if versions.len() < IN_MEMORY_MAX {
            return;
        }
    }
}
