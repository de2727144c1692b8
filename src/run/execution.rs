//! The work of one run, from the queue to the last row.

use std::convert::Infallible;
use std::future::pending;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicI32, Ordering};
use std::time::Duration;

use futures_util::future::BoxFuture;
use jiff::{Timestamp, Unit};
use tokio::sync::watch;
use tokio::time::{Instant, sleep, sleep_until, timeout};
use tokio_util::sync::CancellationToken;

use super::error::time_limit::{Answering, SetBy, TimeLimit};
use super::followers::{Followed, Newest, Place};
use super::handle::progress_watchers::Watchers;
use super::handle::stage::{Outcome, Stage};
use super::handle::times::{Marks, RunTimes, Times};
use super::metrics::{End, RunMetrics};
use super::parameters::Statement;
use super::pool::database::Database;
use super::pool::databases::Entry;
use super::pool::queue::Ticket;
use super::pool::run_session::{RunSession, Stopped, Way};
use super::{Failure, Limits, Query, text};
use crate::result::{Column, Memory, Rows, Summary};

/// How long we wait for PostgreSQL's own error after `statement_timeout` should have ended the query.
const GRACE: Duration = Duration::from_secs(2);

/// After this time without an answer to a small question, people are told that the database is silent.
const SILENT_AFTER: Duration = Duration::from_secs(5);

/// How often PostgreSQL is asked what a run waits for, while someone is watching; starts after this much execution
/// time.
const WAIT_EVERY: Duration = Duration::from_secs(1);
/// The interval after a failed attempt, since each may write a line to the database's log.
const WAIT_AFTER_FAILURE: Duration = Duration::from_secs(15);
/// For a process that a pooler hides.
const NO_PROCESS: i32 = 0;

pub(super) struct Execution {
    pub(super) query: Query,
    pub(super) limits: Limits,
    pub(super) memory: Memory,
    pub(super) stop: CancellationToken,
    /// The whole server's.
    pub(super) stopping: CancellationToken,
    pub(super) watchers: Watchers,
    /// Its name.
    pub(super) database: String,
    pub(super) marks: Marks,
    pub(super) times: RunTimes,
    pub(super) metrics: RunMetrics,
}

/// Where a run executes.
struct Server<'a> {
    database: &'a Arc<Database>,
    /// Given where the database has followers.
    place: Option<&'a Place>,
}

/// The time that a run has.
#[derive(Clone, Copy)]
struct Clock {
    limit: TimeLimit,
    deadline: Instant,
}

/// When the text was sent.
#[derive(Clone, Copy)]
struct Sent {
    at: Timestamp,
    instant: Instant,
}

/// Where a run begins.
pub(super) enum Start {
    /// On its database, which has no followers.
    Database(Result<Entry, Failure>),
    /// On the server that is chosen first.
    Followed(Box<Followed>, BoxFuture<'static, Newest>),
}

impl Execution {
    /// Drives the run to its end and publishes every stage. Never leaves a query running in PostgreSQL.
    pub(super) async fn drive(self, start: Start, stage: watch::Sender<Stage>) {
        let started = Instant::now();
        let outcome = match start {
            Start::Database(entry) => self.run(entry, None, pending(), &stage).await,
            Start::Followed(followed, newest) => self.run_followed(&followed, newest, &stage).await,
        };
        let times = self.marks.times();
        self.times.set(times);
        let end = End {
            outcome: &outcome,
            times,
            bytes: self.marks.received(),
        };
        self.metrics.note(&self.database, &end);
        self.log(&outcome, started.elapsed(), times);
        stage.send_replace(Stage::ended(outcome));
    }

    fn log(&self, outcome: &Outcome, elapsed: Duration, times: Times) {
        let (query, database) = (&self.query.application_name, &self.database);
        let elapsed_ms = elapsed.as_millis() as u64;
        let queue_ms = times.queue.map(|time| time.as_millis() as u64);
        let connect_ms = times.connect.map(|time| time.as_millis() as u64);
        let failure = match outcome {
            Ok((_, summary)) => {
                let (rows, truncated) = (summary.rows, summary.truncated.map(|cut| cut.as_str()));
                tracing::info!(
                    query,
                    database,
                    rows,
                    truncated,
                    elapsed_ms,
                    queue_ms,
                    connect_ms,
                    "run finished"
                );
                return;
            }
            Err(failure) => failure,
        };
        let (code, sqlstate, cause) = (failure.code(), failure.sqlstate(), failure.cause());
        if failure.is_of_database() {
            tracing::warn!(
                query,
                database,
                code,
                sqlstate,
                cause,
                elapsed_ms,
                queue_ms,
                connect_ms,
                "run failed"
            );
        } else {
            tracing::info!(
                query,
                database,
                code,
                sqlstate,
                cause,
                elapsed_ms,
                queue_ms,
                connect_ms,
                "run failed"
            );
        }
    }

    /// Runs on a follower if one is fit, and once more on the primary if the follower fails.
    async fn run_followed(
        &self,
        followed: &Followed,
        newest: BoxFuture<'static, Newest>,
        stage: &watch::Sender<Stage>,
    ) -> Outcome {
        let (entry, place) = tokio::select! {
            biased;
            () = self.stop.cancelled() => return Err(self.cancelled()),
            chosen = followed.choose(newest) => chosen?,
        };
        let has_another = place.is_follower() && followed.may_use_primary();
        let lost = async {
            match has_another {
                true => followed.lost(&place).await,
                false => pending().await,
            }
        };
        let outcome = self.run(Ok(entry), Some(&place), lost, stage).await;
        let failure = match &outcome {
            Err(failure) if failure.is_of_server() && has_another => failure,
            Ok(_) | Err(_) => return outcome,
        };
        tracing::info!(
            query = self.query.application_name,
            server = place.name(),
            sqlstate = failure.sqlstate(),
            cause = failure.cause(),
            "a run on a follower failed, and begins again on the primary"
        );
        set_unobserved(stage, Stage::Connecting);
        let (entry, place) = followed.primary()?;
        self.run(Ok(entry), Some(&place), pending(), stage).await
    }

    /// `place` is given where the database has followers. Ends once the server is `lost`.
    async fn run(
        &self,
        entry: Result<Entry, Failure>,
        place: Option<&Place>,
        lost: impl Future<Output = ()>,
        stage: &watch::Sender<Stage>,
    ) -> Outcome {
        let Entry { database, ticket } = entry?;
        text::refuse_without_statement(&self.query.sql)?;
        let statement = Statement::new(&self.query.sql, &self.query.values)?;
        let server = Server {
            database: &database,
            place,
        };
        let mut lost = pin!(lost);
        let session = tokio::select! {
            biased;
            () = self.stop.cancelled() => return Err(self.cancelled()),
            session = self.session(&database, ticket, stage) => session?,
            () = &mut lost => return Err(Failure::no_answer(SILENT_AFTER)),
        };
        self.query(&server, session, &statement, lost, stage).await
    }

    async fn session(
        &self,
        database: &Database,
        ticket: Ticket,
        stage: &watch::Sender<Stage>,
    ) -> Result<RunSession, Failure> {
        let turn = ticket.turn(self.limits.timeout).await?;
        self.marks.has_turn();
        set_unobserved(stage, Stage::Connecting);
        let limit = self.own_limit();
        let session = timeout(limit.limit + GRACE, database.session(turn, limit.limit))
            .await
            .unwrap_or(Err(Failure::silent(limit)))?;
        self.marks.is_connected();
        Ok(session)
    }

    /// Queries until the end, the time limit, or a cancellation, whichever comes first.
    async fn query(
        &self,
        server: &Server<'_>,
        session: RunSession,
        statement: &Statement<'_>,
        lost: Pin<&mut impl Future<Output = ()>>,
        stage: &watch::Sender<Stage>,
    ) -> Outcome {
        let database = server.database;
        let since = Instant::now();
        let limit = self.limit(&session);
        let deadline = since + limit.limit;
        let clock = Clock { limit, deadline };
        set_unobserved(stage, Stage::executing(since));
        let process = AtomicI32::new(session.process().unwrap_or(NO_PROCESS));
        let mut session = Some(session);
        let given_up = async {
            tokio::select! {
                () = sleep_until(deadline + GRACE) => Failure::silent(limit),
                () = lost => Failure::no_answer(SILENT_AFTER),
            }
        };
        let outcome = tokio::select! {
            outcome = self.work(server, &mut session, statement, &process, clock, stage) => outcome,
            () = self.stop.cancelled() => Err(self.cancelled()),
            failure = given_up => {
                // Who waits for the answer has waited long enough.
                if let Some(session) = session {
                    let side = database.side().clone();
                    tokio::spawn(async move { session.close(&side).await });
                }
                return Err(failure);
            }
            never = self.report_waits(database, &process, stage) => match never {},
        };
        if let Some(session) = session {
            session.close(database.side()).await;
        }
        match outcome {
            // Only now: the run's connection may have been the only one.
            Err(failure) => {
                let side = database.side();
                Err(side.add_near_names(failure, &self.query.sql).await)
            }
            received => received,
        }
    }

    /// By whoever asked for the run, or with all runs of this server.
    fn cancelled(&self) -> Failure {
        match self.stopping.is_cancelled() {
            true => Failure::Stopping,
            false => Failure::Cancelled,
        }
    }

    /// The smaller one of our limit and the owner's.
    fn limit(&self, session: &RunSession) -> TimeLimit {
        let ours = self.own_limit();
        match session.owners_timeout() {
            Some(owners) if owners.limit < ours.limit => owners,
            _ => ours,
        }
    }

    fn own_limit(&self) -> TimeLimit {
        TimeLimit {
            limit: self.limits.timeout,
            set_by: SetBy::Dataclips,
        }
    }

    /// Runs the text, once more if the types of its columns have to be asked for first.
    async fn work(
        &self,
        server: &Server<'_>,
        session: &mut Option<RunSession>,
        statement: &Statement<'_>,
        process: &AtomicI32,
        clock: Clock,
        stage: &watch::Sender<Stage>,
    ) -> Outcome {
        let database = server.database;
        let mut way = Way::of(statement.text());
        loop {
            let Some(current) = session else {
                return Err(Failure::Cancelled);
            };
            server.ask_position(current);
            let is_without_encoding = current.is_without_encoding();
            let sent = Sent::now();
            match current
                .start(&self.query, statement, way, clock.deadline)
                .await
            {
                Ok(columns) => {
                    return match self.receive(server, current, columns, sent, stage).await {
                        Ok(received) => Ok(received),
                        Err(stopped) => {
                            Err(self.failure(statement, is_without_encoding, stopped, clock))
                        }
                    };
                }
                Err(Stopped::UnknownType) if way == Way::AtOnce => {
                    way = Way::DescribedFirst;
                    let turn = current.turn();
                    if let Some(session) = session.take() {
                        session.close(database.side()).await;
                    }
                    let again = session.insert(database.session(turn, self.limits.timeout).await?);
                    let known = again.process().unwrap_or(NO_PROCESS);
                    process.store(known, Ordering::Relaxed);
                }
                Err(stopped) => {
                    return Err(self.failure(statement, is_without_encoding, stopped, clock));
                }
            }
        }
    }

    async fn receive(
        &self,
        server: &Server<'_>,
        session: &mut RunSession,
        columns: Vec<Column>,
        sent: Sent,
        stage: &watch::Sender<Stage>,
    ) -> Result<(Rows, Summary), Stopped> {
        let width = columns.len();
        let (mut writer, rows) = Rows::new(columns, &self.memory);
        match server.may_be_replaced() {
            true => set_held(stage, &rows),
            false => stage.send_modify(|stage| stage.set_rows(&rows)),
        }
        let truncated = session.receive(width, &self.limits, &mut writer).await?;
        let elapsed = sent.instant.elapsed();
        let finished_at = now();

        let count = writer.rows();
        self.marks.has_received(writer.text_bytes());
        let checksum = writer.finish(truncated).map_err(Failure::from)?;
        let read_from = server
            .place
            .map(|place| Arc::new(place.read_from(session.position())));
        let summary = Summary {
            number: 1,
            started_at: sent.at,
            finished_at,
            checked_at: finished_at,
            elapsed,
            rows: count,
            truncated,
            checksum,
            checked_from: read_from.clone(),
            read_from,
        };
        Ok((rows, summary))
    }

    /// Regularly publishes what the query waits for, or that the database does not answer; unknown if PostgreSQL cannot be
    /// asked, which never fails the run. Wakes no observer.
    async fn report_waits(
        &self,
        database: &Database,
        process: &AtomicI32,
        stage: &watch::Sender<Stage>,
    ) -> Infallible {
        let mut pause = WAIT_EVERY;
        let mut silent_since = None;
        loop {
            sleep(pause).await;
            let asked_at = Instant::now();
            let wait = match process.load(Ordering::Relaxed) {
                NO_PROCESS => Ok(None),
                _ if self.watchers.is_empty() => Ok(None),
                // Boxed: a short run never gets here, but carries the space for it.
                process => {
                    let asking = Box::pin(database.side().wait_of(process));
                    let answer = timeout(SILENT_AFTER, asking).await;
                    answer.unwrap_or(Err(Failure::no_answer(SILENT_AFTER)))
                }
            };
            let is_silent = wait.as_ref().is_err_and(Failure::is_no_answer);
            silent_since = is_silent.then(|| silent_since.unwrap_or(asked_at));
            pause = match wait {
                Err(Failure::QueueFull) => WAIT_EVERY,
                Err(_) if !is_silent => WAIT_AFTER_FAILURE,
                Ok(_) | Err(_) => WAIT_EVERY,
            };
            stage.send_if_modified(|stage| {
                stage.set_wait(wait.ok().flatten(), silent_since);
                false
            });
        }
    }

    /// SQLSTATE 57014 means both timeout and cancel: we know whether we asked for it; otherwise the clock decides.
    fn failure(
        &self,
        statement: &Statement<'_>,
        is_without_encoding: bool,
        stopped: Stopped,
        clock: Clock,
    ) -> Failure {
        match stopped {
            Stopped::Failed(mut failure) => {
                statement.relate(&mut failure, &self.query.types, is_without_encoding);
                failure
            }
            Stopped::Cancelled(_) if self.stop.is_cancelled() => self.cancelled(),
            Stopped::Cancelled(_) if Instant::now() + clock.differs_max() >= clock.deadline => {
                clock.failure()
            }
            Stopped::Cancelled(unavailable) => unavailable,
            // Where it was described first, each type has been asked for.
            Stopped::UnknownType => Failure::misunderstood(),
        }
    }
}

impl Server<'_> {
    /// Before each time that a transaction begins.
    fn ask_position(&self, session: &mut RunSession) {
        if let Some(place) = self.place.filter(|place| place.says_position()) {
            session.ask_position(place.is_follower());
        }
    }

    /// Whether the run may begin again on another server.
    fn may_be_replaced(&self) -> bool {
        self.place.is_some_and(Place::is_follower)
    }
}

impl Sent {
    fn now() -> Self {
        Self {
            at: now(),
            instant: Instant::now(),
        }
    }
}

impl Clock {
    fn failure(self) -> Failure {
        let TimeLimit { limit, set_by } = self.limit;
        let answering = Answering::Heard;
        Failure::Timeout {
            limit,
            set_by,
            answering,
        }
    }

    /// PostgreSQL counts whole milliseconds by its own clock, which may run a thousandth faster than ours.
    fn differs_max(self) -> Duration {
        Duration::from_millis(10) + self.limit.limit / 1_000
    }
}

/// Nobody waits for this stage, so nobody is woken.
fn set_unobserved(current: &watch::Sender<Stage>, stage: Stage) {
    current.send_if_modified(|current| {
        *current = stage;
        false
    });
}

/// Wakes nobody for rows that are not given away yet, either.
fn set_held(current: &watch::Sender<Stage>, rows: &Rows) {
    current.send_if_modified(|stage| {
        stage.hold_rows(rows);
        false
    });
}

/// In microseconds, PostgreSQL's precision: the store, and many clients, would lose finer digits.
fn now() -> Timestamp {
    let now = Timestamp::now();
    now.round(Unit::Microsecond).unwrap_or(now)
}
