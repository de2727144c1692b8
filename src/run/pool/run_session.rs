//! One run on a connection: a read-only transaction, always rolled back, and a clean session afterwards.
//!
//! No keyword list and no regular expression decides what may run: PostgreSQL parses the text and proves that it is one
//! statement, and executes that very statement.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, timeout};

use super::connections::Connections;
use super::ending::Ending;
use super::parameter_types::{self, SearchError};
use super::queue::Turn;
use super::run_connection::RunConnection;
use super::side::Side;
use crate::result::{Column, Cut, Position, Writer};
use crate::run::error::parameter_error::Kind;
use crate::run::error::time_limit::TimeLimit;
use crate::run::followers::standing::IN_RUN;
use crate::run::parameters::{Sent, Statement};
use crate::run::wire::{
    Answer, Described, QUERY_CANCELED, RowsError, WireError, statement_timeout,
};
use crate::run::{Failure, Limits, Query, text};

/// For resetting a session.
const RESET_MAX: Duration = Duration::from_secs(5);
/// How long a run waits for its query to take a cancel before it goes on without.
const ENDING_WAIT: Duration = Duration::from_secs(1);

const CHARACTER_NOT_IN_REPERTOIRE: &str = "22021";

/// A connection in use by a run. Close it with [`RunSession::close`].
pub(in crate::run) struct RunSession {
    connection: RunConnection,
    /// Where it comes from.
    connections: Arc<Connections>,
    /// Whether the connection may be reused after a reset.
    is_sound: bool,
    turn: Turn,
    /// Whether the run's transaction asks where its server is in the write-ahead log.
    asks_position: bool,
    /// What it said.
    position: Option<Position>,
    is_follower: bool,
}

/// In how many round trips a text is run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::run) enum Way {
    /// It is parsed, described and executed in one.
    AtOnce,
    /// It is executed only once its description is known.
    DescribedFirst,
}

/// Why a session's work stopped.
pub(in crate::run) enum Stopped {
    Failed(Failure),
    /// PostgreSQL reports that the statement was cancelled; the failure is for the case that the database itself did
    /// it.
    Cancelled(Failure),
    /// A column's type has to be asked for first. The text has to be run again, [`Way::DescribedFirst`].
    UnknownType,
}

impl Way {
    pub(in crate::run) fn of(sql: &str) -> Self {
        match text::begins_like_query(sql) {
            true => Self::AtOnce,
            false => Self::DescribedFirst,
        }
    }
}

impl RunSession {
    pub(in crate::run) fn new(
        connection: RunConnection,
        connections: Arc<Connections>,
        turn: Turn,
    ) -> Self {
        Self {
            connection,
            connections,
            is_sound: true,
            turn,
            asks_position: false,
            position: None,
            is_follower: false,
        }
    }

    /// The run's transaction asks where its server is in the write-ahead log. Fails on a server that is not such a one any more.
    pub(in crate::run) fn ask_position(&mut self, is_follower: bool) {
        (self.asks_position, self.is_follower) = (true, is_follower);
    }

    /// Up to where the write-ahead log has what the run's snapshot shows.
    pub(in crate::run) fn position(&self) -> Option<Position> {
        self.position
    }

    /// Id of its process in PostgreSQL, unless a pooler gives each transaction another.
    pub(in crate::run) fn process(&self) -> Option<i32> {
        self.connection.process.as_ref().map(|process| process.id)
    }

    /// The `statement_timeout` of the role, the database or the URL.
    pub(in crate::run) fn owners_timeout(&self) -> Option<TimeLimit> {
        self.connection.settings.owners_timeout
    }

    /// PostgreSQL counts positions in bytes then.
    pub(in crate::run) fn is_without_encoding(&self) -> bool {
        self.connection.is_without_encoding
    }

    pub(in crate::run) fn turn(&self) -> Turn {
        self.turn.clone()
    }

    /// Starts the run: PostgreSQL parses and describes the text in a transaction of its own, and begins to execute it.
    /// Returns its columns. Finds out the types of its parameters where they are not known, or are others by now.
    pub(in crate::run) async fn start(
        &mut self,
        query: &Query,
        statement: &Statement<'_>,
        way: Way,
        deadline: Instant,
    ) -> Result<Vec<Column>, Stopped> {
        let RunConnection { wire, types, .. } = &mut self.connection;
        if let Err(error) = types.refresh_labels(wire).await {
            return Err(self.stopped(error));
        }
        let known = query.types.of(statement.names());
        let Some(known) = known.filter(|known| types.agree_with(known)) else {
            let found = self.find_types(query, statement, deadline).await?;
            return self
                .start_with(&found, query, statement, way, deadline)
                .await;
        };
        let started = self
            .start_with(&known, query, statement, way, deadline)
            .await;
        match started {
            Err(Stopped::Failed(failure)) if statement.has_blanks() && is_about_types(&failure) => {
                let reset = self.connection.wire.reset().await;
                reset.map_err(|error| self.stopped(error))?;
                let found = self.find_types(query, statement, deadline).await?;
                if found == known {
                    return Err(Stopped::Failed(failure));
                }
                self.start_with(&found, query, statement, way, deadline)
                    .await
            }
            started => started,
        }
    }

    async fn find_types(
        &mut self,
        query: &Query,
        statement: &Statement<'_>,
        deadline: Instant,
    ) -> Result<Vec<Column>, Stopped> {
        let settings = &self.connection.settings;
        let opening = settings.opening(&query.application_name, deadline);
        let found =
            parameter_types::find(&mut self.connection, statement, &query.types, &opening).await;
        let found = found.map_err(|error| match error {
            SearchError::Wire(error) => self.stopped(error),
            SearchError::Failure(failure) => Stopped::Failed(failure),
        })?;
        query.types.learn(found.clone());
        Ok(found)
    }

    /// `types` are those of the statement's parameters.
    async fn start_with(
        &mut self,
        types: &[Column],
        query: &Query,
        statement: &Statement<'_>,
        way: Way,
        deadline: Instant,
    ) -> Result<Vec<Column>, Stopped> {
        let settings = &self.connection.settings;
        let opening = settings.opening(&query.application_name, deadline);
        let opening = match self.asks_position {
            true => opening.asking(IN_RUN),
            false => opening,
        };
        let oids: Vec<u32> = types.iter().map(|column| column.type_oid).collect();
        let values = statement.values(types);
        let sent = statement.sent(&oids, &values);
        let wire = &mut self.connection.wire;
        let described = match way {
            Way::AtOnce => wire.run_at_once(&opening, sent).await,
            Way::DescribedFirst => wire.describe(&opening, sent.text, sent.types).await,
        };
        let described = described.map_err(|error| self.stopped_by(error, statement, types))?;
        if let Some(answer) = &described.answer {
            self.note_position(answer)?;
        }
        described.refuse(oids.len())?;
        if way == Way::DescribedFirst {
            self.execute_described(&described, sent, deadline)
                .await
                .map_err(|error| self.stopped_by(error, statement, types))?;
        }
        self.connection
            .types
            .columns(&described.fields)
            .ok_or(Stopped::UnknownType)
    }

    fn note_position(&mut self, answer: &Answer) -> Result<(), Stopped> {
        let row = answer.first().map(Vec::as_slice);
        let Some([Some(is_follower), position]) = row else {
            self.is_sound = false;
            return Err(Failure::misunderstood().into());
        };
        if (is_follower == "t") != self.is_follower {
            self.is_sound = false;
            return Err(Failure::promoted().into());
        }
        let position = position.as_deref().and_then(Position::parse);
        self.position = position.map(Position::end_of_last_record);
        Ok(())
    }

    /// Asks for types that are not known yet, and starts the statement.
    async fn execute_described(
        &mut self,
        described: &Described,
        sent: Sent<'_>,
        deadline: Instant,
    ) -> Result<(), WireError> {
        let RunConnection { wire, types, .. } = &mut self.connection;
        types.learn(&described.fields, wire).await?;
        wire.execute(&[statement_timeout(deadline)], sent).await
    }

    /// Receives the rows. Returns the limit at which they were cut, if any; then the query is still running until
    /// [`RunSession::close`].
    pub(in crate::run) async fn receive(
        &mut self,
        columns: usize,
        limits: &Limits,
        writer: &mut Writer,
    ) -> Result<Option<Cut>, Stopped> {
        let wire = &mut self.connection.wire;
        match wire.rows(columns, limits, writer).await {
            Ok(None) => match self.connection.wire.finish().await {
                Ok(()) => Ok(None),
                Err(error) => Err(self.stopped(error)),
            },
            Ok(cut) => Ok(cut),
            Err(RowsError::Wire(error)) => Err(self.stopped(error)),
            Err(RowsError::Storage(error)) => Err(Stopped::Failed(error.into())),
            Err(RowsError::RowTooLarge { bytes }) => {
                let bytes_max = limits.bytes_max;
                Err(Stopped::Failed(Failure::RowTooLarge { bytes, bytes_max }))
            }
        }
    }

    /// Ends the use of the connection: resets it for the next run, or has PostgreSQL cancel what still runs on it, and
    /// closes it. Waits a moment for that; the turn lasts until PostgreSQL's process is done or gone.
    pub(in crate::run) async fn close(mut self, side: &Arc<Side>) {
        if self.is_sound && self.connection.wire.is_ready() {
            let reset = timeout(RESET_MAX, self.connection.wire.reset()).await;
            self.is_sound = matches!(reset, Ok(Ok(())));
        }
        if self.is_sound && self.connection.wire.is_idle() && !self.connection.keeps_state {
            self.connections.put_back(self.connection);
            return;
        }
        let ending = Ending {
            connection: self.connection,
            side: side.clone(),
            turn: self.turn,
        };
        let _ = timeout(ENDING_WAIT, tokio::spawn(ending.drive())).await;
    }

    /// The error may be about a value for one of the statement's parameters.
    fn stopped_by(
        &mut self,
        error: WireError,
        statement: &Statement<'_>,
        types: &[Column],
    ) -> Stopped {
        let unreadable = match &error {
            WireError::Binding(server) => statement.unreadable_value(server, types),
            _ => None,
        };
        match unreadable {
            Some(failure) => Stopped::Failed(failure),
            None => self.stopped(error),
        }
    }

    fn stopped(&mut self, error: WireError) -> Stopped {
        if let WireError::Closed | WireError::Io(_) | WireError::Unexpected = error {
            self.connection.wire.give_up();
        }
        // Fatal ones, too: under `exit_on_error` all are.
        if let WireError::Server(server)
        | WireError::Binding(server)
        | WireError::OwnStatement(server) = &error
        {
            if server.sqlstate == QUERY_CANCELED {
                // A late cancel must not hit the next run.
                self.is_sound = false;
                return Stopped::Cancelled(Failure::from_server_error(server));
            }
            // PostgreSQL checks such bytes before sending them, and reports an error.
            if server.sqlstate == CHARACTER_NOT_IN_REPERTOIRE && self.connection.is_without_encoding
            {
                return Stopped::Failed(Failure::NotUtf8);
            }
        }
        let failure = Failure::from_wire_error(error);
        self.is_sound &= matches!(failure, Failure::Statement(_) | Failure::NotUtf8);
        Stopped::Failed(failure)
    }
}

/// Whether the types that were declared for parameters may be others by now.
fn is_about_types(failure: &Failure) -> bool {
    match failure {
        Failure::Statement(error) => error.is_about_types(),
        Failure::Parameter(error) => error.kind == Kind::Unreadable,
        _ => false,
    }
}

impl From<Failure> for Stopped {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}
