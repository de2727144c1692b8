//! The work of one run, from the queue to the last row.

use std::convert::Infallible;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use jiff::{Timestamp, Unit};
use tokio::sync::watch;
use tokio::time::{Instant, sleep, sleep_until, timeout};
use tokio_util::sync::CancellationToken;

use super::handle::progress_watchers::Watchers;
use super::handle::stage::{Outcome, Stage};
use super::pool::database::Database;
use super::pool::queue::Ticket;
use super::pool::session::{Session, Stopped};
use super::{Failure, Limits, Query};
use crate::result::{Memory, Rows, Summary};

/// How long we wait for PostgreSQL's own error after `statement_timeout` should have ended the query.
const GRACE: Duration = Duration::from_secs(2);
/// How long a cancelled query may take to end before its connection is closed regardless.
const CANCEL_WAIT: Duration = Duration::from_secs(1);
const CANCEL_TRIES: usize = 3;

/// How often PostgreSQL is asked what a run waits for, while someone is watching; starts after this much execution
/// time.
const WAIT_EVERY: Duration = Duration::from_secs(1);
/// The interval after a failed attempt, since each may write a line to the database's log.
const WAIT_AFTER_FAILURE: Duration = Duration::from_secs(15);

pub(super) struct Execution {
    pub(super) query: Query,
    pub(super) limits: Limits,
    pub(super) memory: Memory,
    pub(super) stop: CancellationToken,
    pub(super) watchers: Watchers,
}

/// What a run needs to start: its database and its place in the queue.
pub(super) struct Entry {
    pub(super) database: Arc<Database>,
    pub(super) ticket: Ticket,
}

impl Execution {
    /// Drives the run to its end and publishes every stage. Never leaves a query running in PostgreSQL.
    pub(super) async fn drive(self, entry: Result<Entry, Failure>, stage: watch::Sender<Stage>) {
        let started = Instant::now();
        let outcome = self.run(entry, &stage).await;
        match &outcome {
            Ok((_, summary)) => {
                tracing::info!(
                    query = self.query.application_name,
                    rows = summary.rows,
                    elapsed_ms = started.elapsed().as_millis() as u64,
                    truncated = summary.truncated.map(|cut| cut.as_str()),
                    "run finished"
                );
            }
            Err(failure) => {
                tracing::info!(
                    query = self.query.application_name,
                    code = failure.code(),
                    sqlstate = failure.sqlstate(),
                    elapsed_ms = started.elapsed().as_millis() as u64,
                    "run failed"
                );
            }
        }
        stage.send_replace(Stage::ended(outcome));
    }

    async fn run(&self, entry: Result<Entry, Failure>, stage: &watch::Sender<Stage>) -> Outcome {
        let Entry { database, ticket } = entry?;
        let mut session = tokio::select! {
            biased;
            () = self.stop.cancelled() => return Err(Failure::Cancelled),
            session = self.session(&database, ticket, stage) => session?,
        };
        let outcome = self.query(&database, &mut session, stage).await;
        session.close().await;
        outcome
    }

    async fn session(
        &self,
        database: &Database,
        ticket: Ticket,
        stage: &watch::Sender<Stage>,
    ) -> Result<Session, Failure> {
        let turn = ticket.turn(self.limits.timeout).await?;
        stage.send_replace(Stage::Connecting);
        database.session(turn).await
    }

    /// Queries until the end, the time limit, or a cancellation, whichever comes first.
    async fn query(
        &self,
        database: &Database,
        session: &mut Session,
        stage: &watch::Sender<Stage>,
    ) -> Outcome {
        let (canceller, process) = (session.canceller(), session.process());
        let since = Instant::now();
        let deadline = since + self.limits.timeout;
        stage.send_replace(Stage::executing(since));
        let stopped = {
            let mut work = pin!(self.receive(session, deadline, stage));
            let stopped = tokio::select! {
                outcome = &mut work => return outcome,
                () = self.stop.cancelled() => Failure::Cancelled,
                () = sleep_until(deadline + GRACE) => Failure::Timeout { limit: self.limits.timeout },
                never = self.report_waits(database, process, stage) => match never {},
            };
            for _ in 0..CANCEL_TRIES {
                canceller.cancel().await;
                if timeout(CANCEL_WAIT, &mut work).await.is_ok() {
                    break;
                }
            }
            stopped
        };
        session.mark_unsound();
        Err(stopped)
    }

    async fn receive(
        &self,
        session: &mut Session,
        deadline: Instant,
        stage: &watch::Sender<Stage>,
    ) -> Outcome {
        let columns = session
            .begin(&self.query, deadline)
            .await
            .map_err(|stopped| self.failure(stopped, deadline))?;
        let (mut writer, rows) = Rows::new(columns, &self.memory);
        stage.send_modify(|stage| stage.set_rows(&rows));

        let started_at = now();
        let started = Instant::now();
        let truncated = session
            .receive(&self.query.sql, deadline, &self.limits, &mut writer)
            .await
            .map_err(|stopped| self.failure(stopped, deadline))?;
        let elapsed = started.elapsed();
        let finished_at = now();

        let count = writer.rows();
        let checksum = writer.finish(truncated)?;
        let summary = Summary {
            number: 1,
            started_at,
            finished_at,
            checked_at: finished_at,
            elapsed,
            rows: count,
            truncated,
            checksum,
        };
        Ok((rows, summary))
    }

    /// Regularly publishes what the query waits for; unknown if PostgreSQL cannot be asked, which never fails the run.
    /// Wakes no observer.
    async fn report_waits(
        &self,
        database: &Database,
        process: i32,
        stage: &watch::Sender<Stage>,
    ) -> Infallible {
        let mut pause = WAIT_EVERY;
        loop {
            sleep(pause).await;
            let wait = match self.watchers.is_empty() {
                true => Ok(None),
                false => database.wait_of(process).await,
            };
            pause = match wait {
                Ok(_) | Err(Failure::QueueFull) => WAIT_EVERY,
                Err(_) => WAIT_AFTER_FAILURE,
            };
            stage.send_if_modified(|stage| {
                stage.set_wait(wait.ok().flatten());
                false
            });
        }
    }

    /// SQLSTATE 57014 means both timeout and cancel: we know whether we asked for it; otherwise the clock decides.
    fn failure(&self, stopped: Stopped, deadline: Instant) -> Failure {
        match stopped {
            Stopped::Failed(failure) => failure,
            Stopped::Cancelled(_) if self.stop.is_cancelled() => Failure::Cancelled,
            Stopped::Cancelled(_) if Instant::now() + self.clocks_differ_max() >= deadline => {
                Failure::Timeout {
                    limit: self.limits.timeout,
                }
            }
            Stopped::Cancelled(unavailable) => unavailable,
        }
    }

    /// PostgreSQL counts whole milliseconds by its own clock, which may run a thousandth faster than ours.
    fn clocks_differ_max(&self) -> Duration {
        Duration::from_millis(10) + self.limits.timeout / 1_000
    }
}

/// In microseconds, PostgreSQL's precision: the store, and many clients, would lose finer digits.
fn now() -> Timestamp {
    let now = Timestamp::now();
    now.round(Unit::Microsecond).unwrap_or(now)
}
