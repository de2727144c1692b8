//! The side connection to a database: one, for progress and the schema, so that they never wait behind runs.

use std::time::Duration;

use deadpool::managed;
use tokio::time::timeout;

use super::connection::Opener;
use super::lease::{Lease, pool};
use super::process::Process;
use super::side_session::SideSession;
use crate::run::error::near_names::RelationName;
use crate::run::{Failure, Report, Wait};

/// For inspecting a database, including all waiting: a list of databases never hangs because one is down.
const EXAMINATION_MAX: Duration = Duration::from_secs(6);
/// The part of that for getting the side connection, which others may be using.
const EXAMINATION_WAIT: Duration = Duration::from_secs(3);
/// How long to wait for the side connection.
const SIDE_WAIT: Duration = Duration::from_secs(5);
/// The same for the progress of a run, which is queried again soon.
const PROGRESS_WAIT: Duration = Duration::from_secs(1);

pub(in crate::run) struct Side(managed::Pool<Opener>);

impl Side {
    pub(super) fn new(opener: Opener) -> Self {
        Self(pool(opener, 1))
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

    /// Whether a run's process has ended; if not, asks PostgreSQL to terminate it.
    pub(in crate::run) async fn terminate(&self, process: &Process) -> Result<bool, Failure> {
        let mut session = self.session().await?;
        let has_ended = session.terminate(process).await;
        session.close().await;
        has_ended
    }

    /// Names of relations that may have been meant; none if the side connection is busy.
    pub(in crate::run) async fn near(&self, name: &RelationName) -> Vec<String> {
        let Ok(mut session) = self.session_within(PROGRESS_WAIT).await else {
            return Vec::new();
        };
        let names = session.near(name).await;
        session.close().await;
        names
    }

    async fn session_within(&self, wait_max: Duration) -> Result<SideSession, Failure> {
        let taken = Lease::take_from(&self.0, wait_max).await;
        // The caller before us is still trying to open it.
        let is_opening = self.0.status().size == 0;
        match taken {
            Err(Failure::QueueFull) if is_opening => Err(Failure::no_answer(wait_max)),
            taken => Ok(SideSession::new(taken?)),
        }
    }

    pub(super) fn release_idle(&self, idle_max: Duration) {
        self.0.retain(|_, metrics| metrics.last_used() < idle_max);
    }
}
