//! The side connection to a database: one, for progress and the schema, so that they never wait behind runs.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use deadpool::managed;
use tokio::time::{sleep, timeout};

use super::connection::Opener;
use super::connections::Connections;
use super::lease::{Lease, pool};
use super::process::Process;
use super::side_session::SideSession;
use crate::run::error::near_names::RelationName;
use crate::run::followers::standing::Standing;
use crate::run::{Failure, Report, Wait};

/// For inspecting a database, including all waiting: a list of databases never hangs because one is down.
const EXAMINATION_MAX: Duration = Duration::from_secs(6);
/// The part of that for getting the side connection, which others may be using.
const EXAMINATION_WAIT: Duration = Duration::from_secs(3);
/// How long to wait for the side connection.
const SIDE_WAIT: Duration = Duration::from_secs(5);
/// The same for the progress of a run, which is queried again soon.
const PROGRESS_WAIT: Duration = Duration::from_secs(1);
/// The same for similar names, opening it included: an error must not wait for long.
const NEAR_NAMES_WAIT: Duration = Duration::from_secs(2);
/// After this time an opening may be waiting in a pooler: what is idle makes room for it.
pub(super) const HANGING: Duration = Duration::from_secs(1);
/// How long the server needs to notice that a connection was closed.
pub(super) const CLOSING: Duration = Duration::from_millis(50);
/// The same, where other servers have been asked to close some.
const CLOSING_ELSEWHERE: Duration = Duration::from_millis(300);
/// How long opening it may take, including the checks.
const OPENING_MAX: Duration = Duration::from_secs(15);

pub(in crate::run) struct Side {
    pool: managed::Pool<Opener>,
    /// Those for runs, which make room.
    connections: Arc<Connections>,
}

impl Side {
    pub(super) fn new(opener: Opener, connections: Arc<Connections>) -> Self {
        let pool = pool(opener, 1);
        Self { pool, connections }
    }

    pub(in crate::run) async fn session(&self) -> Result<SideSession, Failure> {
        self.session_within(SIDE_WAIT).await
    }

    /// Inspects the database over the side connection; opens it only if there is none.
    pub(in crate::run) async fn examine(&self) -> Result<Report, Failure> {
        let look = async {
            let mut session = self.session_within(EXAMINATION_WAIT).await?;
            let report = session.examine().await;
            session.close().await;
            report
        };
        timeout(EXAMINATION_MAX, look)
            .await
            .unwrap_or_else(|_| Err(Failure::no_answer(EXAMINATION_MAX)))
    }

    /// What a run on this database waits for, by its process id.
    pub(in crate::run) async fn wait_of(&self, process: i32) -> Result<Option<Wait>, Failure> {
        let mut session = self.session_within(PROGRESS_WAIT).await?;
        let wait = session.wait_of(process).await;
        session.close().await;
        wait
    }

    /// Where the server is in the write-ahead log.
    pub(in crate::run) async fn standing(&self) -> Result<Standing, Failure> {
        let mut session = self.session_within(PROGRESS_WAIT).await?;
        let standing = session.standing().await;
        session.close().await;
        standing
    }

    /// Whether a run's process has ended; if not, asks PostgreSQL to terminate it.
    pub(in crate::run) async fn terminate(&self, process: &Process) -> Result<bool, Failure> {
        let mut session = self.session().await?;
        let has_ended = session.terminate(process).await;
        session.close().await;
        has_ended
    }

    /// Adds the names of tables that may have been meant, where the error is that one does not exist.
    pub(in crate::run) async fn add_near_names(&self, failure: Failure, sql: &str) -> Failure {
        let Failure::Statement(mut error) = failure else {
            return failure;
        };
        if let Some(name) = error.missing_relation(sql) {
            error.near_names = Box::pin(self.near(&name)).await;
        }
        Failure::Statement(error)
    }

    /// None if the side connection is busy.
    async fn near(&self, name: &RelationName) -> Vec<String> {
        let opening = timeout(NEAR_NAMES_WAIT, self.session_within(PROGRESS_WAIT));
        let Ok(Ok(mut session)) = opening.await else {
            return Vec::new();
        };
        let names = session.near(name).await;
        session.close().await;
        names
    }

    async fn session_within(&self, wait_max: Duration) -> Result<SideSession, Failure> {
        let mut taken = self.take_within(wait_max).await;
        let is_refused = |failure: &Failure| failure.is_about_connections();
        if taken.as_ref().is_err_and(is_refused)
            && let Some(closing) = self.make_room()
        {
            sleep(closing).await;
            taken = self.take_within(wait_max).await;
        }
        // The caller before us is still trying to open it.
        let is_opening = self.pool.status().size == 0;
        match taken {
            Err(Failure::QueueFull) if is_opening => Err(Failure::no_answer(wait_max)),
            taken => Ok(SideSession::new(taken?)),
        }
    }

    /// Returns how long that takes. `None` if there is nothing to close.
    fn make_room(&self) -> Option<Duration> {
        match self.connections.close_idle(Duration::ZERO) {
            true => Some(CLOSING),
            false => self.connections.room.ask().then_some(CLOSING_ELSEWHERE),
        }
    }

    /// An opening that hangs may be waiting in a pooler, for a connection that a run has left idle.
    async fn take_within(&self, wait_max: Duration) -> Result<Lease<Opener>, Failure> {
        let mut taken = pin!(Lease::take_from(&self.pool, wait_max, OPENING_MAX));
        tokio::select! {
            taken = taken.as_mut() => return taken,
            () = sleep(HANGING) => {}
        }
        if !self.is_open() {
            self.connections.close_idle(Duration::ZERO);
        }
        taken.await
    }

    pub(super) fn is_open(&self) -> bool {
        self.pool.status().size > 0
    }

    /// Closes it if nobody uses it, to make room for a run. Returns whether it did.
    pub(super) fn close_idle(&self) -> bool {
        !self.pool.retain(|_, _| false).removed.is_empty()
    }

    pub(super) fn release_idle(&self, idle_max: Duration) {
        self.pool
            .retain(|_, metrics| metrics.last_used() < idle_max);
    }
}
