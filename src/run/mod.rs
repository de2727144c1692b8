//! Runs one SQL text on one database: read-only, limited, cancellable. Knows nothing of HTTP or of our own store.
//!
//! [`Runner::start`] returns a [`CancelOnDrop`]: its rows can be read while they arrive, its summary awaited, its progress
//! queried. Dropping it cancels the query in PostgreSQL.

mod columns;
pub mod doctor;
pub mod error;
mod execution;
mod followers;
#[cfg(any(test, fuzzing))]
pub mod fuzz;
pub mod handle;
mod metrics;
pub mod own_store;
pub mod parameters;
pub mod pool;
mod report;
pub mod role;
pub mod schema;
mod text;
mod wire;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::{BoxFuture, ready};
use tokio::sync::{broadcast, watch};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::postgres::ConnectionUrl;
use crate::result::{Column, Memory};
use doctor::Diagnosis;
pub use error::failure::Failure;
pub use error::position::Mark;
use execution::{Execution, Start};
pub use followers::{
    Behind, FollowerRules, FollowerStanding, FollowerState, FollowerTarget, Following, Newest,
    NotAFollower, RunsOn, WithoutFollower,
};
use followers::{Followed, Watches};
pub use handle::cancel_on_drop::CancelOnDrop;
pub use handle::observer::Observer;
pub use handle::progress::{Progress, Step};
pub use handle::progress_watchers::{Watchers, Watching};
use handle::stage::Stage;
use handle::times::Marks;
pub use handle::times::{RunTimes, Times};
pub use handle::wait::Wait;
pub use metrics::{OfDatabase, RunMetrics};
pub use own_store::Identity;
pub use parameters::{ParameterTypes, Parameters, Values};
use pool::connection::Opener;
use pool::databases::{Databases, Entry};
pub use pool::pooler::Pooling;
pub use report::Report;
pub use role::Warning;
use role::{CreatedRole, CreationFailure, RoleName};
use schema::{Schema, SchemaSearch};

/// Connections unused for this long are closed: production databases limit their number.
const IDLE_MAX: Duration = Duration::from_secs(300);

/// The limits for every run.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// For the whole run, from the moment it has a connection.
    pub timeout: Duration,
    pub rows_max: u64,
    /// Of values, as text.
    pub bytes_max: u64,
    /// Connections to each database, of all servers together.
    pub connections: usize,
    /// Runs that may wait for a connection to one database.
    pub queue_max: usize,
}

/// The database that a run queries.
#[derive(Clone, Debug)]
pub struct Target {
    /// Runs with the same id, name and URL share a pool.
    pub id: i64,
    /// For logs and metrics.
    pub name: String,
    pub url: Arc<ConnectionUrl>,
    /// Where runs may go to a follower, or have to.
    pub following: Option<Arc<Following>>,
}

impl Target {
    /// Without followers.
    pub fn new(id: i64, name: String, url: Arc<ConnectionUrl>) -> Self {
        Self {
            id,
            name,
            url,
            following: None,
        }
    }

    /// The same, always on the primary.
    pub fn on_primary(self) -> Self {
        Self {
            following: None,
            ..self
        }
    }

    /// Whether both are the same database, reached in the same way.
    pub fn is_same(&self, other: &Self) -> bool {
        self.id == other.id
            && self.url.expose() == other.url.expose()
            && self.runs_on() == other.runs_on()
    }

    pub fn runs_on(&self) -> RunsOn {
        let following = self.following.as_ref();
        following.map_or(RunsOn::Any, |following| following.runs_on)
    }
}

/// The statement that a run sends.
#[derive(Clone, Debug)]
pub struct Query {
    pub origin: Origin,
    /// Visible in `pg_stat_activity`, such as `dataclips clip 17 version 3`.
    pub application_name: String,
    pub sql: String,
    /// For the text's parameters.
    pub values: Values,
    pub types: ParameterTypes,
}

/// Whose run it is: those of one origin never take all connections to a database.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Origin {
    /// By number.
    Clip(i64),
    Preview {
        /// By id.
        user: i64,
    },
}

/// What PostgreSQL says of a text before it runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prepared {
    pub columns: Vec<Column>,
    /// The types of its parameters, each with the parameter's name.
    pub parameters: Vec<Column>,
}

impl Prepared {
    fn without_parameters(columns: Vec<Column>) -> Self {
        Self {
            columns,
            parameters: Vec::new(),
        }
    }
}

/// Starts runs, and holds the connections to all queried databases.
pub struct Runner {
    limits: Limits,
    memory: Memory,
    databases: Databases,
    watches: Watches,
    stopping: CancellationToken,
    metrics: RunMetrics,
}

/// The connections for runs of one database, and the runs that wait for one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PoolState {
    pub waiting: usize,
    pub in_use: usize,
    pub idle: usize,
    /// This server's share.
    pub max: usize,
    /// How often the database allowed no more connections.
    pub refusals: u64,
}

impl Runner {
    pub fn new(limits: Limits, memory: Memory, own_store: Identity) -> Self {
        Self {
            limits,
            memory,
            databases: Databases::new(limits, own_store),
            watches: Watches::default(),
            stopping: CancellationToken::new(),
            metrics: RunMetrics::new(),
        }
    }

    pub fn metrics(&self) -> &RunMetrics {
        &self.metrics
    }

    /// The connections to each database. Those of databases that count together are added up.
    pub fn pools(&self) -> Vec<(OfDatabase, PoolState)> {
        let mut pools = HashMap::<OfDatabase, PoolState>::new();
        for database in self.databases.all() {
            let label = self.metrics.label(database.name());
            pools.entry(label).or_default().add(database.state());
        }
        pools.into_iter().collect()
    }

    /// Starts a run in a task of its own, which goes on until it ends or the [`CancelOnDrop`] is dropped.
    pub fn start(&self, target: &Target, query: Query) -> CancelOnDrop {
        self.start_after(target, query, ready(Newest::Nothing).boxed())
    }

    /// The same for a version that may have results: a run that goes to a follower returns nothing older than the newest.
    pub fn start_after(
        &self,
        target: &Target,
        query: Query,
        newest: BoxFuture<'static, Newest>,
    ) -> CancelOnDrop {
        let start = self.begin(target, query.origin, newest);
        let place = match &start {
            Start::Database(Ok(entry)) => entry.ticket.place(),
            Start::Database(Err(_)) | Start::Followed(..) => None,
        };
        let (sender, stage) = watch::channel(place.map_or(Stage::Connecting, Stage::Queued));
        let execution = Execution {
            query,
            limits: self.limits,
            memory: self.memory.clone(),
            stop: self.stopping.child_token(),
            stopping: self.stopping.clone(),
            watchers: Watchers::default(),
            database: target.name.clone(),
            marks: Marks::new(),
            times: RunTimes::default(),
            metrics: self.metrics.clone(),
        };
        let observer = Observer::new(
            self.limits.timeout,
            stage,
            execution.watchers.clone(),
            execution.times.clone(),
        );
        let running = CancelOnDrop::new(observer, execution.stop.clone());
        tokio::spawn(execution.drive(start, sender));
        running
    }

    /// Checks whether the statement would run, without running it: returns its columns and parameters, or PostgreSQL's
    /// error.
    pub async fn prepare(
        &self,
        target: &Target,
        sql: &str,
        types: &ParameterTypes,
    ) -> Result<Prepared, Failure> {
        text::refuse_without_statement(sql)?;
        self.databases.primary(target)?.check(sql, types).await
    }

    /// Connects once, as for a run, and reports what it finds: for a URL that someone has just entered.
    pub async fn inspect(&self, url: &ConnectionUrl) -> Result<Report, Failure> {
        self.opener(url)?.inspect().await
    }

    /// The same for a follower of this database, which has to be one.
    pub async fn inspect_follower(
        &self,
        target: &Target,
        url: &ConnectionUrl,
    ) -> Result<Report, NotAFollower> {
        let primary = self.opener(&target.url).map_err(NotAFollower::Unusable)?;
        let follower = self.opener(url).map_err(NotAFollower::Unusable)?;
        let known = target.following.iter().flat_map(|known| &known.followers);
        let known = known.filter_map(|known| {
            let database = self.databases.follower(target, known).ok()?;
            Some((known.name.clone(), database))
        });
        followers::inspect(&primary, &follower, known.collect()).await
    }

    /// How the followers of a database are now, by name. Asks them within two seconds, whatever they do.
    pub async fn followers(&self, target: &Target) -> Result<Vec<FollowerStanding>, Failure> {
        let Some(following) = &target.following else {
            return Ok(Vec::new());
        };
        let watch = self.watches.of(&self.databases, target, following)?;
        watch.refresh().await;
        Ok(watch.standings(&following.rules).await)
    }

    /// The same for one follower of a database.
    pub async fn examine_follower(
        &self,
        target: &Target,
        follower: &FollowerTarget,
    ) -> Result<Report, Failure> {
        let database = self.databases.follower(target, follower)?;
        database.side().examine().await
    }

    /// Those in use, with the names of their databases; asks none of them.
    pub fn followers_in_use(&self) -> Vec<(OfDatabase, FollowerStanding)> {
        let in_use = self.watches.in_use().into_iter();
        in_use
            .map(|(name, standing)| (self.metrics.label(&name), standing))
            .collect()
    }

    /// Reports the current state of a known database within seconds, for a list of many. Reuses the side connection, so
    /// that listing databases opens no new ones if it exists.
    ///
    /// [`Failure::Unavailable`] is a database that is down, does not respond in time, or refuses our credentials
    /// (SQLSTATE 28P01 or 28000); [`Failure::Refused`] is a role that has become too powerful, or a server that is too
    /// old; [`Failure::OwnStore`] is our own store; [`Failure::QueueFull`] means that the side connection is open, but
    /// busy.
    pub async fn examine(&self, target: &Target) -> Result<Report, Failure> {
        self.databases.primary(target)?.side().examine().await
    }

    /// Examines the health of a known database over the side connection, within half a minute. What the role may not see is
    /// part of the diagnosis.
    pub async fn diagnose(&self, target: &Target) -> Result<Diagnosis, Failure> {
        let database = self.databases.primary(target)?;
        Diagnosis::make(database.side()).await
    }

    /// The part of the database's catalogue that the role may read, over the side connection. Once started, reading
    /// continues to its end, within seconds, even if the caller leaves, so that the connection can be reused.
    pub async fn schema(&self, target: &Target, search: SchemaSearch) -> Result<Schema, Failure> {
        let mut session = self.databases.primary(target)?.side().session().await?;
        let reading = tokio::spawn(async move {
            let schema = session.schema(&search).await;
            session.close().await;
            schema
        });
        finished(reading).await
    }

    /// Creates a role that can only read, with the rights of the URL's own role, and inspects the database with it.
    /// Without a name it gets a free one like `dataclips_shop`.
    ///
    /// The URL is used once and not stored. The new role is removed again unless [`CreatedRole::keep`] is called, once
    /// its own URL is stored. If the caller leaves, this continues to the end and then removes what it created.
    pub async fn create_role(
        &self,
        url: &ConnectionUrl,
        name: Option<RoleName>,
    ) -> Result<CreatedRole, CreationFailure> {
        let opener = self.opener(url)?;
        let new = role::NewRole {
            url: url.clone(),
            name,
            // One more serves the schema, and one is for a person.
            connections: role::CONNECTION_LIMIT.max(self.limits.connections + 2),
        };
        finished(tokio::spawn(async move { new.create(&opener).await })).await
    }

    /// Closes connections that have been unused for minutes, and forgets what else is known of databases that nobody uses.
    pub fn release_idle(&self) {
        self.watches.release_unused();
        self.databases.release_idle(IDLE_MAX);
    }

    /// Divides the connections to each database among so many servers. Idle ones above this server's share are closed now,
    /// those in use when their runs end.
    pub fn share_among(&self, servers: usize) {
        self.databases.share_among(servers);
    }

    /// Ids of databases that allow no more connections: other servers should [`Runner::make_room`].
    pub fn room_requests(&self) -> broadcast::Receiver<i64> {
        self.databases.sharing.requests()
    }

    /// Closes the unused connections to a database, because another server needs one.
    pub fn make_room(&self, database: i64) {
        for database in self.databases.of(database) {
            database.make_room();
        }
    }

    /// Cancels every run; those who wait get [`Failure::Stopping`]. New runs no longer start.
    pub fn stop(&self) {
        self.stopping.cancel();
    }

    /// Resolves once [`Runner::stop`] was called.
    pub fn stopped(&self) -> impl Future<Output = ()> + Send + use<> {
        self.stopping.clone().cancelled_owned()
    }

    fn begin(&self, target: &Target, origin: Origin, newest: BoxFuture<'static, Newest>) -> Start {
        let Some(following) = &target.following else {
            return Start::Database(self.enter(target, origin));
        };
        match self.watches.of(&self.databases, target, following) {
            Ok(watch) => {
                let followed = Followed {
                    watch,
                    following: Following::clone(following),
                    origin,
                };
                Start::Followed(Box::new(followed), newest)
            }
            Err(failure) => Start::Database(Err(failure)),
        }
    }

    fn enter(&self, target: &Target, origin: Origin) -> Result<Entry, Failure> {
        let database = self.databases.primary(target)?;
        let ticket = database.enter(origin)?;
        Ok(Entry { database, ticket })
    }

    fn opener(&self, url: &ConnectionUrl) -> Result<Opener, Failure> {
        Opener::new(url, self.databases.own_store().clone())
    }
}

impl PoolState {
    fn add(&mut self, other: Self) {
        self.waiting += other.waiting;
        self.in_use += other.in_use;
        self.idle += other.idle;
        self.max += other.max;
        self.refusals += other.refusals;
    }
}

/// The outcome of a task that continues if the caller leaves. It is cancelled only when the program ends.
async fn finished<T, E: From<Failure>>(task: JoinHandle<Result<T, E>>) -> Result<T, E> {
    match task.await {
        Ok(outcome) => outcome,
        Err(stopped) => match stopped.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            Err(_) => Err(Failure::Cancelled.into()),
        },
    }
}
