//! What all servers share of a version with one set of values: its results, and who executes it.

use std::sync::Arc;

use jiff::Timestamp;
use tokio::task::JoinHandle;
use tokio_util::task::TaskTracker;

use super::outcome::{ResultWithRows, RunOutcome};
use super::run::RunAudit;
use super::running::RunningHere;
use super::storage::ResultStorage;
use crate::error::Error;
use crate::model::{Claim, Ended, Lease, RunKey, ServerId, StoredResult, Subject};
use crate::run::{RunsOn, Target};
use crate::servers::Servers;
use crate::store::Store;

#[derive(Clone)]
pub(super) struct SharedVersion {
    pub(super) subject: Subject,
    pub(super) storage: Arc<ResultStorage>,
    pub(super) servers: Arc<Servers>,
    pub(super) running: Arc<RunningHere>,
    pub(super) audit: RunAudit,
    /// Runs until they are recorded and told to other servers.
    pub(super) tasks: TaskTracker,
}

impl SharedVersion {
    pub(super) fn store(&self) -> &Store {
        self.storage.store()
    }

    /// This server, which executes the runs that are started here.
    pub(super) fn server(&self) -> ServerId {
        self.servers.id()
    }

    /// Of a run that all servers together execute once at a time.
    pub(super) fn key(&self, target: &Target) -> RunKey {
        let database = match target.runs_on() {
            RunsOn::Any => format!("{} {}", target.id, target.url.expose()),
            on @ (RunsOn::Primary | RunsOn::Follower) => {
                format!("{} {} {}", target.id, on.as_str(), target.url.expose())
            }
        };
        RunKey {
            subject: self.subject,
            target: self.servers.tag(&database),
        }
    }

    /// Goes on even if nobody waits for it, since the others hear of it.
    pub(super) fn claim(
        &self,
        key: RunKey,
        asked_at: Timestamp,
    ) -> JoinHandle<Result<Claim, Error>> {
        let (store, server) = (self.store().clone(), self.server());
        tokio::spawn(async move { Lease::claim(&store, &key, server, asked_at).await })
    }

    pub(super) async fn with_rows(
        &self,
        result: &StoredResult,
    ) -> Result<Option<ResultWithRows>, Error> {
        self.storage.with_rows(result).await
    }

    /// The outcome of a run at another server. `None` if its rows are gone.
    pub(super) async fn read(&self, ended: Ended) -> Result<Option<RunOutcome>, Error> {
        match ended {
            Err(failure) => Ok(Some(Err(failure))),
            Ok(result) => {
                let clip = self.subject.clip;
                match StoredResult::find_of_clip(self.store(), clip, result).await? {
                    Some(result) => Ok(self.with_rows(&result).await?.map(Ok)),
                    None => Ok(None),
                }
            }
        }
    }

    /// Stores rows before others are told of them.
    pub(super) async fn keep_rows(&self, returned: &ResultWithRows) {
        let (result, rows) = (&returned.result, &returned.rows);
        self.storage.keep_rows(self.subject, result, rows).await;
    }
}
