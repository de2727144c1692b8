//! What runs now: here, and as the other servers tell. Administrators see it, and cancel.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::Notify;
use tokio::time::{Instant, sleep};

use super::Live;
use super::run::Run;
use crate::error::Error;
use crate::model::{Actor, RunKey, RunningFacts, RunningId, RunningRun};
use crate::run::CancelOnDrop;

/// How often a server tells the others what runs at it.
const TELL_INTERVAL: Duration = Duration::from_secs(1);
/// What is shorter is not worth telling.
const TOLD_AFTER: Duration = Duration::from_millis(200);
/// How long a Cancel waits for another server.
const CANCEL_WAIT: Duration = Duration::from_secs(3);
const LOOK_INTERVAL: Duration = Duration::from_millis(100);
/// What a run waits for is asked for as long as somebody looked at it this recently.
const WATCHED_FOR: Duration = Duration::from_secs(5);

/// What runs at this server.
#[derive(Default)]
pub(super) struct RunningHere {
    entries: Mutex<HashMap<RunningId, Entry>>,
    /// Somebody wants one of them to be cancelled.
    pub(super) asked: Notify,
}

/// It is forgotten some time after it has ended.
struct Entry {
    key: Option<RunKey>,
    database: i64,
    asked_at: Timestamp,
    /// Who began it.
    actor: Actor,
    work: Work,
}

#[derive(Clone)]
enum Work {
    Run(Weak<Run>),
    Preview(Weak<CancelOnDrop>),
}

/// Whether a run that was asked to end has done so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cancellation {
    Ended,
    /// The server that executes it has not responded yet.
    Asked,
}

impl RunningHere {
    pub(super) fn add_run(&self, run: &Arc<Run>, key: RunKey) {
        let database = run.target().id;
        self.add(Some(key), database, Work::Run(Arc::downgrade(run)));
    }

    pub(super) fn add_preview(&self, running: &Arc<CancelOnDrop>, database: i64) {
        self.add(None, database, Work::Preview(Arc::downgrade(running)));
    }

    fn add(&self, key: Option<RunKey>, database: i64, work: Work) {
        let entry = Entry {
            key,
            database,
            asked_at: Timestamp::now(),
            actor: Actor::current(),
            work,
        };
        let mut entries = self.entries();
        entries.retain(|_, entry| entry.work.is_alive());
        entries.insert(RunningId::generate(), entry);
    }

    fn all(&self) -> Vec<(RunningId, RunningFacts)> {
        let entries = self.entries();
        let facts = entries
            .iter()
            .map(|(id, entry)| Some((*id, entry.facts()?)));
        facts.flatten().collect()
    }

    fn cancel(&self, id: RunningId) {
        let work = self.entries().get(&id).map(|entry| entry.work.clone());
        match work {
            Some(Work::Run(run)) => run.upgrade().iter().for_each(|run| run.cancel()),
            Some(Work::Preview(run)) => run.upgrade().iter().for_each(|run| run.cancel()),
            None => {}
        }
    }

    fn is_running(&self, id: RunningId) -> bool {
        self.entries()
            .get(&id)
            .is_some_and(|entry| entry.work.is_running())
    }

    /// From now on it is known what they wait for.
    fn watch(&self) {
        for entry in self.entries().values() {
            let watching = match &entry.work {
                Work::Run(run) => run.upgrade().map(|run| run.watch()),
                Work::Preview(run) => run.upgrade().map(|run| run.watch()),
            };
            tokio::spawn(async move {
                sleep(WATCHED_FOR).await;
                drop(watching);
            });
        }
    }

    fn entries(&self) -> MutexGuard<'_, HashMap<RunningId, Entry>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Entry {
    /// `None` once it has ended.
    fn facts(&self) -> Option<RunningFacts> {
        let (progress, (waiting, people), is_here) = match &self.work {
            Work::Run(run) => {
                let run = run.upgrade().filter(|run| run.is_running())?;
                (run.progress(), run.waiting().count(), run.is_here())
            }
            Work::Preview(run) => {
                let run = run.upgrade().filter(|run| !run.has_ended())?;
                let people = self.actor.user_id.into_iter().collect();
                (run.progress(), (1, people), true)
            }
        };
        Some(RunningFacts {
            key: self.key.clone(),
            database: self.database,
            asked_at: self.asked_at,
            progress,
            waiting,
            people,
            is_here,
        })
    }
}

impl Work {
    fn is_alive(&self) -> bool {
        match self {
            Self::Run(run) => run.strong_count() > 0,
            Self::Preview(run) => run.strong_count() > 0,
        }
    }

    fn is_running(&self) -> bool {
        match self {
            Self::Run(run) => run.upgrade().is_some_and(|run| !run.has_ended()),
            Self::Preview(run) => run.upgrade().is_some_and(|run| !run.has_ended()),
        }
    }
}

impl Live {
    /// Everything that runs at all servers, the oldest first. Those who wait at other servers than the one that executes
    /// a run are counted too.
    pub async fn running_now(&self) -> Result<Vec<RunningRun>, Error> {
        self.running.watch();
        let server = self.servers.id();
        let here = self.running.all().into_iter();
        let mut all: Vec<_> = here
            .map(|(id, facts)| RunningRun { id, server, facts })
            .collect();
        if !self.servers.is_alone() {
            all.extend(RunningRun::elsewhere(self.storage.store(), server).await?);
        }
        let (mut running, waited): (Vec<_>, Vec<_>) =
            all.into_iter().partition(|run| run.facts.is_here);
        waited
            .iter()
            .for_each(|waited| add_waiting(&mut running, waited));
        running.sort_by_key(|run| (run.facts.asked_at, run.id.to_text()));
        Ok(running)
    }

    /// Whether this server executes it.
    pub fn is_here(&self, run: &RunningRun) -> bool {
        run.server == self.servers.id()
    }

    /// Cancels a run or a preview for everybody, whichever server executes it. `None` if there is none with this id.
    pub async fn cancel_running(&self, id: RunningId) -> Result<Option<Cancellation>, Error> {
        let running = self.running_now().await?;
        let Some(run) = running.into_iter().find(|run| run.id == id) else {
            return Ok(None);
        };
        let store = self.storage.store();
        self.ask_to_cancel(&run).await?;
        let deadline = Instant::now() + CANCEL_WAIT;
        while Instant::now() < deadline {
            let has_ended = match self.is_here(&run) {
                true => !self.running.is_running(id),
                false => run.has_ended(store).await?,
            };
            if has_ended {
                return Ok(Some(Cancellation::Ended));
            }
            sleep(LOOK_INTERVAL).await;
        }
        Ok(Some(Cancellation::Asked))
    }

    /// Cancels, at all servers, the runs for which only this person waits.
    pub async fn cancel_runs_of(&self, user_id: i64) -> Result<(), Error> {
        let is_theirs = |run: &RunningRun| run.facts.people == [user_id] && run.facts.waiting == 1;
        let running = self.running_now().await?;
        for run in running.iter().filter(|run| is_theirs(run)) {
            self.ask_to_cancel(run).await?;
        }
        Ok(())
    }

    async fn ask_to_cancel(&self, run: &RunningRun) -> Result<(), Error> {
        let store = self.storage.store();
        if !self.is_here(run) {
            return run.cancel(store).await;
        }
        run.note_cancelled(store).await?;
        self.running.cancel(run.id);
        Ok(())
    }

    /// Tells the other servers what runs here, and cancels what they ask for.
    pub(super) async fn tell_running(&self) {
        let mut has_told = false;
        loop {
            tokio::select! {
                () = sleep(TELL_INTERVAL) => {}
                () = self.running.asked.notified() => {}
            }
            let mut running = self.running.all();
            let long = |facts: &RunningFacts| facts.progress.elapsed >= TOLD_AFTER;
            running.retain(|(_, facts)| !self.servers.is_alone() && long(facts));
            if running.is_empty() && !has_told {
                continue;
            }
            match RunningRun::tell(self.storage.store(), self.servers.id(), &running).await {
                Ok(cancelled) => {
                    cancelled.into_iter().for_each(|id| self.running.cancel(id));
                    has_told = !running.is_empty();
                }
                Err(error) => tracing::debug!(
                    cause = error.cause(),
                    "the other servers do not know what runs here"
                ),
            }
        }
    }

    /// A notice about a run with this number: it may be one of those that run here.
    pub(super) fn look_at_running(&self, number: i64) {
        if self.running.entries().keys().any(|id| id.is(number)) {
            self.running.asked.notify_one();
        }
    }
}

/// Counts those who wait for the same run at another server.
fn add_waiting(running: &mut [RunningRun], waited: &RunningRun) {
    let same = running
        .iter_mut()
        .find(|run| run.facts.key == waited.facts.key);
    if let Some(run) = same {
        run.facts.waiting += waited.facts.waiting;
        run.facts.people.extend(&waited.facts.people);
        run.facts.people.sort_unstable();
        run.facts.people.dedup();
    }
}
