//! A version in use, with one set of values: its run in flight, and its results. Knows which version it is, and where
//! results are stored.
//!
//! [`LiveVersion::run`] joins the run in flight or starts one. When its execution has ended, a task records what it
//! returned, even if nobody waits for it by then: equal data moves the newest result's *checked* time, anything else
//! becomes the next result.

mod recording;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, Instant};

use futures_util::FutureExt;
use jiff::Timestamp;
use tokio::sync::Mutex as AsyncMutex;
use tokio::time::timeout;

use super::elsewhere::{RunElsewhere, RunsElsewhere};
use super::joined_run::JoinedRun;
use super::lease_keeper::LeaseKeeper;
use super::ledger::Ledger;
use super::outcome::{ResultWithRows, RunOutcome};
use super::run::{Run, RunEnd};
use super::shared_version::SharedVersion;
use super::waiter::{Waited, Waiter};
use crate::error::Error;
use crate::model::{Actor, Checked, Lease, Newest, StoredResult, Subject};
use crate::run::{Newest as NewestToRun, Query, Runner, Target};
use crate::servers::told;

/// How long a Cancel waits for the server that executes the run.
const CANCEL_WAIT: Duration = Duration::from_secs(2);

pub struct LiveVersion {
    shared: SharedVersion,
    runner: Arc<Runner>,
    elsewhere: Arc<RunsElsewhere>,
    in_flight: Mutex<Weak<Run>>,
    ledger: Mutex<Ledger>,
    /// Whether the age of the newest result decides that no query runs.
    is_age_asked: AtomicBool,
    /// Runs are recorded one after the other.
    recording: AsyncMutex<()>,
    used_at: Mutex<Instant>,
}

/// A run that was asked to end.
#[derive(Clone, Copy, Debug)]
pub struct Cancelled {
    pub asked_at: Timestamp,
    /// Otherwise the server that executes it has not responded yet.
    pub has_ended: bool,
}

impl LiveVersion {
    pub(super) fn new(
        shared: SharedVersion,
        runner: Arc<Runner>,
        elsewhere: Arc<RunsElsewhere>,
    ) -> Self {
        Self {
            shared,
            runner,
            elsewhere,
            in_flight: Mutex::default(),
            ledger: Mutex::default(),
            is_age_asked: AtomicBool::new(false),
            recording: AsyncMutex::default(),
            used_at: Mutex::new(Instant::now()),
        }
    }

    /// Joins the run in flight on this database, here or at another server, or starts one. Nobody joins a run on another
    /// URL, or a cancelled one. The query is cancelled when the last holder drops the run. Only a run that starts has to be
    /// admitted.
    pub fn run<E>(
        self: &Arc<Self>,
        target: &Target,
        query: &Query,
        admit: impl FnOnce() -> Result<(), E>,
    ) -> Result<JoinedRun, E> {
        let mut in_flight = self.in_flight();
        if let Some(run) = in_flight.upgrade().filter(|run| run.may_be_joined(target)) {
            return Ok(JoinedRun::new(run));
        }
        let run = match self.found_elsewhere(target) {
            Some(lease) => self.wait_for(lease, target, query),
            None => {
                admit()?;
                self.start(target, query, None)
            }
        };
        *in_flight = Arc::downgrade(&run);
        Ok(JoinedRun::new(run))
    }

    /// Executes the query here. `lease` where the run is taken over from another server.
    fn start(self: &Arc<Self>, target: &Target, query: &Query, lease: Option<Lease>) -> Arc<Run> {
        let newest = self.clone().newest_for(target.clone()).boxed();
        let running = self.runner.start_after(target, query.clone(), newest);
        let (run, pending) = Run::new(running, target.clone());
        let run = Arc::new(run);
        let shared = &self.shared;
        shared.running.add_run(&run, shared.key(target));
        let audited = shared
            .audit
            .begin(Some(shared.subject), target.id, &query.values);
        let mut keeper = LeaseKeeper::new(self.shared.clone(), &run, lease);
        let (version, asked_at) = (self.clone(), run.asked_at());
        let (values, types) = (query.values.clone(), query.types.clone());
        self.shared.tasks.spawn(async move {
            let end = keeper.run_end(&pending).await;
            audited.end(&end);
            let is_abandoned = matches!(end, RunEnd::Abandoned);
            let recorded = version.record(asked_at, &values, end);
            let outcome = keeper.meanwhile(recorded).await;
            pending.publish(outcome.clone());
            keeper.end(&outcome, is_abandoned).await;
            version.keep_parameter_types(&types).await;
        });
        run
    }

    /// The newest result, as far as it decides which servers may execute the next run.
    async fn newest_for(self: Arc<Self>, target: Target) -> NewestToRun {
        let Ok(newest) = self.newest().await else {
            return NewestToRun::Unknown;
        };
        let following = target.following.as_ref();
        let is_of_target = |result: &StoredResult| {
            following.is_none_or(|following| result.as_of() >= following.changed_at)
        };
        match newest.filter(is_of_target) {
            Some(result) => NewestToRun::Result {
                position: result.checked_from.and_then(|from| from.position),
                checked_at: result.checked_at,
            },
            None => NewestToRun::Nothing,
        }
    }

    /// A run that another server executes.
    fn found_elsewhere(&self, target: &Target) -> Option<Lease> {
        if self.elsewhere.is_empty() {
            return None;
        }
        self.shared.servers.listening()?;
        self.elsewhere.find(&self.shared.key(target))
    }

    fn wait_for(self: &Arc<Self>, lease: Lease, target: &Target, query: &Query) -> Arc<Run> {
        let elsewhere = Arc::new(RunElsewhere::new(lease.asked_at));
        let (run, outcome) = Run::elsewhere(elsewhere.clone(), target.clone(), lease.asked_at);
        let key = self.shared.key(target);
        let run = Arc::new(run);
        self.shared.running.add_run(&run, key.clone());
        let waiter = Waiter::new(self.shared.clone(), elsewhere.clone(), key.clone(), lease);
        let (version, target, query) = (self.clone(), target.clone(), query.clone());
        self.shared.tasks.spawn(Actor::current().act(async move {
            let waited = match waiter.wait(version.runner.stopped()).await {
                Waited::Outcome(outcome) => *outcome,
                Waited::Execute(lease) => {
                    version.elsewhere.forget_key(&key);
                    let run = version.start(&target, &query, lease);
                    *version.in_flight() = Arc::downgrade(&run);
                    run.outcome_for(&elsewhere).await
                }
            };
            outcome.send_replace(Some(waited));
        }));
        run
    }

    /// Cancels the run in flight, whichever server executes it. `None` if there is none.
    pub async fn cancel(&self) -> Result<Option<Cancelled>, Error> {
        let Some(run) = self.running() else {
            return self.cancel_elsewhere().await;
        };
        run.cancel();
        let has_ended = match run.is_here() {
            true => {
                run.outcome().await.ok();
                true
            }
            false => run.outcome_within(CANCEL_WAIT).await.is_some(),
        };
        Ok(Some(Cancelled {
            asked_at: run.asked_at(),
            has_ended,
        }))
    }

    /// The same where nobody waits here.
    async fn cancel_elsewhere(&self) -> Result<Option<Cancelled>, Error> {
        let mut cancelled = None;
        for lease in self.elsewhere.find_all(self.shared.subject) {
            let mut notices = self.shared.servers.notices();
            lease.cancel(self.shared.store()).await?;
            let waited = timeout(CANCEL_WAIT, async {
                while !lease.has_ended(self.shared.store()).await? {
                    told(&mut notices, lease.id).await;
                }
                Ok::<_, Error>(())
            });
            let has_ended = waited.await.ok().transpose()?.is_some();
            cancelled = Some(Cancelled {
                asked_at: lease.asked_at,
                has_ended,
            });
        }
        Ok(cancelled)
    }

    /// The run in flight for which somebody waits here, if there is one.
    pub fn running(&self) -> Option<Arc<Run>> {
        let run = self.in_flight().upgrade();
        run.filter(|run| run.is_running())
    }

    /// The outcome of the last run, if it was requested at this moment or later, and ended recently.
    pub async fn outcome_since(&self, asked: Timestamp) -> Result<Option<RunOutcome>, Error> {
        // A run that has just ended may not be recorded yet.
        drop(self.recording.lock().await);
        let outcome = self
            .with_ledger(|ledger| ledger.outcome_since(asked))
            .await?;
        match outcome {
            Some(Err(failure)) => Ok(Some(Err(failure))),
            Some(Ok(result)) => Ok(self.shared.with_rows(&result).await?.map(Ok)),
            None if self.shared.servers.is_alone() => Ok(None),
            None => {
                match Lease::ended_since(self.shared.store(), self.shared.subject, asked).await? {
                    Some(ended) => self.shared.read(ended).await,
                    None => Ok(None),
                }
            }
        }
    }

    /// The newest result that is not an error, if it was checked at `checked_from` or later, and its data was read at
    /// `read_from` or later. Whoever asks at another server next gets no older one.
    pub async fn fresh(
        &self,
        checked_from: Timestamp,
        read_from: Timestamp,
    ) -> Result<Option<ResultWithRows>, Error> {
        self.is_age_asked.store(true, Ordering::Relaxed);
        let newest = self.newest_of_all().await?;
        // Checked in the future: a clock was wrong.
        let checked_within = checked_from..=Timestamp::now();
        let is_fresh = |result: &StoredResult| {
            checked_within.contains(&result.checked_at) && result.as_of() >= read_from
        };
        match newest.filter(is_fresh) {
            Some(result) => self.shared.with_rows(&result).await,
            None => Ok(None),
        }
    }

    /// The newest result that is not an error, whatever its age; if its rows are gone, the newest one whose rows are stored.
    pub async fn latest(&self) -> Result<Option<ResultWithRows>, Error> {
        let Some(newest) = self.newest().await? else {
            return Ok(None);
        };
        if let Some(latest) = self.shared.with_rows(&newest).await? {
            return Ok(Some(latest));
        }
        let Subject {
            clip,
            version,
            values,
        } = self.shared.subject;
        match StoredResult::newest_kept(self.shared.store(), clip, version, Some(values)).await? {
            Some(kept) => self.shared.with_rows(&kept).await,
            None => Ok(None),
        }
    }

    /// The facts of the newest result that is not an error.
    pub async fn newest(&self) -> Result<Option<StoredResult>, Error> {
        self.with_ledger(|ledger| ledger.good().cloned()).await
    }

    /// The same, as the store has it now where there are other servers: none tells when it checks a result, and a notice of a
    /// new one may still be on its way.
    pub async fn newest_of_all(&self) -> Result<Option<StoredResult>, Error> {
        if self.shared.servers.is_alone() {
            return self.newest().await;
        }
        let newest = self.read_newest().await?;
        Ok(self.ledger().with_checks(newest).good)
    }

    /// Stores rows before others are told of them.
    pub async fn keep_rows(&self, returned: &ResultWithRows) {
        self.shared.keep_rows(returned).await;
    }

    /// Another server may have added this result.
    pub(super) fn result_added(&self, number: u32) {
        self.ledger().forget_before(number);
    }

    /// The store deleted this result's rows.
    pub(super) fn rows_deleted(&self, result: i64) {
        self.ledger().set_has_rows(result, false);
    }

    /// Tells the store what was checked.
    async fn flush(&self) {
        let checked = self.take_unflushed();
        match StoredResult::check(self.shared.store(), &checked).await {
            Ok(locked) => self.set_unflushed(&locked),
            Err(error) => {
                tracing::warn!(
                    cause = error.cause(),
                    "the time when a result was last checked waits for the next try"
                );
                self.set_unflushed(&checked);
            }
        }
    }

    /// The checks of results that the store does not know of yet.
    pub(super) fn take_unflushed(&self) -> Vec<Checked> {
        self.ledger().take_unflushed()
    }

    /// These checks could not be written.
    pub(super) fn set_unflushed(&self, checked: &[Checked]) {
        self.ledger().set_unflushed(checked);
    }

    pub(super) fn touch(&self) {
        *self.used_at() = Instant::now();
    }

    /// Whether it can be dropped, to be read from the store again: unused for this long, and held by the map alone.
    pub(super) fn is_idle(self: &Arc<Self>, unused: Duration) -> bool {
        let used_at = *self.used_at();
        let is_flushed = !self.ledger().is_unflushed();
        used_at.elapsed() > unused
            && is_flushed
            && Arc::strong_count(self) == 1
            && self.in_flight().strong_count() == 0
    }

    /// Acts on what is known of the newest results, which are read from the store where they may have changed.
    async fn with_ledger<R>(&self, act: impl FnOnce(&mut Ledger) -> R) -> Result<R, Error> {
        let mut is_first = true;
        loop {
            let listening = self.shared.servers.listening();
            let forgotten = {
                let mut ledger = self.ledger();
                if ledger.is_known(listening) {
                    return Ok(act(&mut ledger));
                }
                ledger.forgotten()
            };
            let newest = self.read_newest().await?;
            let mut ledger = self.ledger();
            // Other servers may have added a result meanwhile. Where they do so again and again, what was read serves once.
            let is_current = ledger.forgotten() == forgotten;
            if is_current || !is_first {
                ledger.learn(newest, listening.filter(|_| is_current));
                return Ok(act(&mut ledger));
            }
            is_first = false;
        }
    }

    async fn read_newest(&self) -> Result<Newest, Error> {
        let Subject {
            clip,
            version,
            values,
        } = self.shared.subject;
        StoredResult::newest(self.shared.store(), clip, version, values).await
    }

    fn in_flight(&self) -> MutexGuard<'_, Weak<Run>> {
        self.in_flight
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn ledger(&self) -> MutexGuard<'_, Ledger> {
        self.ledger.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn used_at(&self) -> MutexGuard<'_, Instant> {
        self.used_at.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
