//! One database that runs query: its connections, and the queue for them.

use std::sync::Arc;
use std::time::Duration;

use super::check::check;
use super::connection::{OPENING_MAX, Opener};
use super::connections::Connections;
use super::queue::{Queue, Ticket, Turn};
use super::room::Sharing;
use super::run_connection::RunOpener;
use super::run_session::RunSession;
use super::side::Side;
use super::side_session::QUERY_MAX;
use super::taking::take;
use crate::postgres::ConnectionUrl;
use crate::run::parameters::{ParameterTypes, Parameters, Statement};
use crate::run::{Failure, Identity, Limits, Origin, PoolState, Prepared, Target};

pub(in crate::run) struct Database {
    name: String,
    url: Arc<ConnectionUrl>,
    /// For runs, of all servers.
    connections_max: usize,
    connections: Arc<Connections>,
    side: Arc<Side>,
    /// Queues runs in front of the pool, which therefore never makes them wait.
    queue: Arc<Queue>,
}

impl Database {
    pub(in crate::run) fn new(
        target: &Target,
        limits: &Limits,
        own_store: Identity,
        sharing: &Sharing,
    ) -> Result<Self, Failure> {
        let opener = Opener::new(&target.url, own_store)?;
        let (runs, room) = (RunOpener::new(opener.clone()), sharing.room(target.id));
        let connections = Connections::new(runs, room, limits.connections);
        let database = Self {
            name: target.name.clone(),
            url: target.url.clone(),
            connections_max: limits.connections,
            side: Arc::new(Side::new(opener, connections.clone())),
            connections,
            queue: Arc::new(Queue::new(limits.connections, limits.queue_max)),
        };
        database.share(sharing);
        Ok(database)
    }

    /// Keeps to this server's share of the connections from now on.
    pub(in crate::run) fn share(&self, sharing: &Sharing) {
        let share = sharing.share(self.connections_max);
        self.connections.set_max(share);
        self.queue.withhold(self.connections_max - share);
    }

    pub(in crate::run) fn is_of(&self, target: &Target) -> bool {
        self.url.expose() == target.url.expose() && self.name == target.name
    }

    pub(in crate::run) fn name(&self) -> &str {
        &self.name
    }

    pub(in crate::run) fn state(&self) -> PoolState {
        let slots = &self.connections.slots;
        let idle = self.connections.idle_count();
        PoolState {
            waiting: self.queue.length(),
            in_use: slots.count().saturating_sub(idle),
            idle,
            max: slots.max(),
            refusals: slots.refusals(),
        }
    }

    /// Takes a place for a run immediately.
    pub(in crate::run) fn enter(&self, origin: Origin) -> Result<Ticket, Failure> {
        self.queue.enter(origin)
    }

    /// A connection for the run whose turn it is. Waits this long for one of those that live, and longer to open one.
    pub(in crate::run) async fn session(
        &self,
        turn: Turn,
        wait_max: Duration,
    ) -> Result<RunSession, Failure> {
        let connections = &self.connections;
        let connection = take(connections, &self.side, wait_max.max(OPENING_MAX)).await?;
        Ok(RunSession::new(connection, connections.clone(), turn))
    }

    /// Has PostgreSQL parse and describe a text. Behind a pooler, and for a text with parameters, on a connection for runs.
    pub(in crate::run) async fn check(
        &self,
        sql: &str,
        types: &ParameterTypes,
    ) -> Result<Prepared, Failure> {
        // What cannot run is refused here too, such as a name with two defaults.
        Parameters::read(sql)?;
        let statement = Statement::without_values(sql)?;
        let checked = match statement.has_blanks() {
            true => self.check_like_run(&statement, types).await,
            false => {
                let mut session = self.side.session().await?;
                let is_pooled = session.is_pooled();
                let checked = match is_pooled {
                    true => None,
                    false => Some(session.check(sql).await),
                };
                session.close().await;
                match checked {
                    Some(checked) => checked.map(Prepared::without_parameters),
                    None => self.check_like_run(&statement, types).await,
                }
            }
        };
        match checked {
            Ok(prepared) => Ok(prepared),
            Err(failure) => Err(self.side.add_near_names(failure, sql).await),
        }
    }

    async fn check_like_run(
        &self,
        statement: &Statement<'_>,
        types: &ParameterTypes,
    ) -> Result<Prepared, Failure> {
        let mut connection = take(&self.connections, &self.side, QUERY_MAX).await?;
        let checked = check(&mut connection, statement, types).await;
        if connection.wire.is_idle() {
            self.connections.put_back(connection);
        }
        checked
    }

    pub(in crate::run) fn side(&self) -> &Arc<Side> {
        &self.side
    }

    /// Closes connections that nobody uses, for another server.
    pub(in crate::run) fn make_room(&self) {
        self.connections.close_idle(Duration::ZERO);
        self.side.close_idle();
    }

    /// Closes connections unused for this long.
    pub(in crate::run) fn release_idle(&self, idle_max: Duration) {
        self.connections.close_idle(idle_max);
        self.side.release_idle(idle_max);
    }

    /// Whether there are connections, or some are being opened.
    pub(in crate::run) fn is_open(&self) -> bool {
        self.connections.slots.count() > 0 || self.side.is_open()
    }
}
