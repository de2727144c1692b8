//! Speaks PostgreSQL's protocol, version 3.0, on a connection that the PostgreSQL library has signed in.
//!
//! One owner, no task beside it, and a read buffer of fixed size: rows go from it to their page without an allocation
//! for each, and a huge one in parts. Whatever was not expected makes the connection useless.

mod answer;
mod error;
mod flight;
mod inbox;
mod rows;
mod settings;
mod types;

use crate::postgres::Transport;
use crate::run::error::server_error::ServerError;
use crate::run::parameters::Sent;
pub(in crate::run) use answer::{Described, Field};
pub(in crate::run) use error::WireError;
use flight::Flight;
use inbox::Inbox;
pub(in crate::run) use rows::RowsError;
pub(in crate::run) use settings::{Opening, Settings, Startup, statement_timeout};
pub(in crate::run) use types::Types;

/// A description of 1,664 columns, PostgreSQL's limit, takes a tenth of this.
const DESCRIPTION_BYTES_MAX: usize = 4 << 20;
/// Of each part of an error. People read 2,000 characters of it.
const ERROR_FIELD_BYTES_MAX: usize = 16 << 10;
/// What we ask of the catalogue fits.
const ANSWER_BYTES_MAX: usize = 64 << 10;
/// What PostgreSQL reports for a statement that was cancelled, or took longer than `statement_timeout`.
pub(in crate::run) const QUERY_CANCELED: &str = "57014";
/// `no_active_sql_transaction`, PostgreSQL's warning to `rollback` outside of a transaction.
const NO_TRANSACTION: &str = "25P01";

const ROLLBACK: &str = "rollback";
/// Undoes everything else that a statement leaves behind. Its random seed is set by the next run.
const DISCARD: &str = "discard all";
/// The same behind a pooler, whose servers we share: what others have there must stay. Settings, temporary tables and
/// listening end with the transaction; advisory locks do not. Returns no row, since the function's result is never NULL.
const UNLOCK: &str = "select where pg_catalog.pg_advisory_unlock_all() is null";

/// The rows that a statement of ours returns.
pub(in crate::run) type Answer = Vec<Vec<Option<String>>>;

/// A connection to PostgreSQL.
pub(in crate::run) struct Wire {
    stream: Box<dyn Transport>,
    inbox: Inbox,
    flight: Flight,
    state: State,
    /// The rows have been read: what follows answers [`ROLLBACK`] and [`Wire::reset_command`].
    is_finishing: bool,
    /// A pooler stands in between: each transaction may have another server.
    is_pooled: bool,
}

/// What the server is doing, as far as it has told us.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Waiting for us, outside of a transaction, with nothing left from the last run.
    Idle,
    /// Waiting for us.
    Ready,
    /// Working on a flight, or unknown.
    Busy,
    /// It has ended the connection, and its process.
    Ended,
    /// Unknown: the connection is broken, or cannot be trusted.
    Lost,
}

impl Wire {
    /// The server waits for us, outside of a transaction.
    pub(in crate::run) fn new(stream: Box<dyn Transport>, is_pooled: bool) -> Self {
        Self {
            stream,
            inbox: Inbox::new(),
            flight: Flight::default(),
            state: State::Idle,
            is_finishing: false,
            is_pooled,
        }
    }

    /// Whether the connection may serve somebody else.
    pub(in crate::run) fn is_idle(&self) -> bool {
        self.state == State::Idle
    }

    /// Whether the server may still be working for us.
    pub(in crate::run) fn is_busy(&self) -> bool {
        self.state == State::Busy
    }

    /// Whether the server waits for us, in a transaction that has to be rolled back.
    pub(in crate::run) fn is_ready(&self) -> bool {
        self.state == State::Ready
    }

    /// Whether what the server does is unknown.
    pub(in crate::run) fn is_lost(&self) -> bool {
        self.state == State::Lost
    }

    /// Nothing that the server may still send can be trusted.
    pub(in crate::run) fn give_up(&mut self) {
        self.state = State::Lost;
    }

    /// Whether the server has closed the connection meanwhile.
    pub(in crate::run) fn is_closed(&mut self) -> bool {
        self.inbox.is_closed(&mut self.stream)
    }

    /// Asks the catalogue something, with a statement of ours.
    pub(in crate::run) async fn ask(&mut self, sql: &str) -> Result<Answer, WireError> {
        let [answer] = self.ask_all([sql]).await?;
        Ok(answer)
    }

    /// The same with several statements, in one round trip.
    pub(in crate::run) async fn ask_all<const N: usize>(
        &mut self,
        statements: [&str; N],
    ) -> Result<[Answer; N], WireError> {
        for sql in statements {
            self.flight.command(sql)?;
        }
        self.send().await?;
        let mut answers = [const { Answer::new() }; N];
        for answer in &mut answers {
            *answer = self
                .answer()
                .await
                .map_err(WireError::about_own_statement)?;
        }
        if self.ready().await? == b'I' {
            self.state = State::Idle;
        }
        Ok(answers)
    }

    async fn answer(&mut self) -> Result<Answer, WireError> {
        self.expect(b'1').await?;
        self.expect(b'2').await?;
        let mut rows = Vec::new();
        loop {
            match self.next().await? {
                b'D' => rows.push(self.short_row().await?),
                b'C' => return Ok(rows),
                _ => return Err(WireError::Unexpected),
            }
        }
    }

    /// Runs a text to its end in one round trip: opens the transaction with these commands, parses, describes and
    /// executes the text, and resets the session.
    ///
    /// [`Wire::rows`] and [`Wire::finish`] follow, unless this fails.
    pub(in crate::run) async fn run_at_once(
        &mut self,
        opening: &Opening,
        sent: Sent<'_>,
    ) -> Result<Described, WireError> {
        self.open_with(opening)?;
        self.flight.parse(sent.text, sent.types)?;
        self.flight.describe()?;
        self.flight.execute(sent.values)?;
        self.end()?;
        self.send().await?;
        let answer = self.opened(opening).await?;
        let described = Described {
            answer,
            ..self.described().await?
        };
        match self.expect(b'2').await {
            // Binding too few of them fails, whatever they are.
            Err(WireError::Server(_)) if described.parameters.len() > sent.types.len() => {
                Ok(described)
            }
            bound => bound.map_err(WireError::while_binding).map(|()| described),
        }
    }

    /// Opens the transaction with these commands, and has PostgreSQL parse and describe the text in it.
    pub(in crate::run) async fn describe(
        &mut self,
        opening: &Opening,
        text: &str,
        types: &[u32],
    ) -> Result<Described, WireError> {
        self.open_with(opening)?;
        self.flight.parse(text, types)?;
        self.flight.describe()?;
        self.send().await?;
        let answer = self.opened(opening).await?;
        let described = self.described().await?;
        self.ready().await?;
        Ok(Described {
            answer,
            ..described
        })
    }

    /// Executes the text that was just described, after these commands, and resets the session. The text is parsed
    /// again: the commands took its place.
    ///
    /// [`Wire::rows`] and [`Wire::finish`] follow, unless this fails.
    pub(in crate::run) async fn execute(
        &mut self,
        before: &[String],
        sent: Sent<'_>,
    ) -> Result<(), WireError> {
        self.open(before)?;
        self.flight.parse(sent.text, sent.types)?;
        self.flight.execute(sent.values)?;
        self.end()?;
        self.send().await?;
        self.expect_commands(before.len()).await?;
        self.expect(b'1').await?;
        self.expect(b'2').await.map_err(WireError::while_binding)
    }

    /// The end of a flight whose rows have been read: the session has been reset, and the server waits for us.
    pub(in crate::run) async fn finish(&mut self) -> Result<(), WireError> {
        self.is_finishing = true;
        self.expect_commands(2).await?;
        self.is_finishing = false;
        match self.ready().await? {
            b'I' => {
                self.state = State::Idle;
                Ok(())
            }
            _ => Err(WireError::Unexpected),
        }
    }

    /// Resets the session after an error.
    pub(in crate::run) async fn reset(&mut self) -> Result<(), WireError> {
        self.end()?;
        self.send().await?;
        self.finish().await
    }

    /// Reads and drops everything until the server waits for us, or the connection ends. Can be repeated after an
    /// interruption.
    pub(in crate::run) async fn drain(&mut self) {
        while self.state == State::Busy {
            match self.inbox.next(&mut self.stream).await {
                Ok(b'Z') => self.state = State::Ready,
                Ok(b'E') => match self.server_error().await {
                    Ok(error) if error.is_fatal => self.state = State::Ended,
                    Ok(_) => {}
                    Err(_) => self.state = State::Lost,
                },
                Ok(_) => {}
                Err(_) => self.state = State::Lost,
            }
        }
    }

    /// Signs out, and waits until the server has closed the connection.
    pub(in crate::run) async fn sign_out(&mut self) {
        self.flight.terminate();
        let sent = self.flight.send(&mut self.stream).await;
        if sent.is_ok() {
            while self.inbox.next(&mut self.stream).await.is_ok() {}
        }
    }

    fn open(&mut self, commands: &[String]) -> Result<(), WireError> {
        commands
            .iter()
            .try_for_each(|command| self.flight.command(command))
    }

    fn open_with(&mut self, opening: &Opening) -> Result<(), WireError> {
        self.open(&opening.commands)?;
        opening
            .question
            .map_or(Ok(()), |question| self.flight.command(question))
    }

    async fn opened(&mut self, opening: &Opening) -> Result<Option<Answer>, WireError> {
        self.expect_commands(opening.commands.len()).await?;
        match opening.question {
            Some(_) => {
                let answer = self.answer().await;
                answer.map(Some).map_err(WireError::about_own_statement)
            }
            None => Ok(None),
        }
    }

    fn end(&mut self) -> Result<(), WireError> {
        self.flight.command(ROLLBACK)?;
        self.flight.command(self.reset_command())
    }

    fn reset_command(&self) -> &'static str {
        match self.is_pooled {
            true => UNLOCK,
            false => DISCARD,
        }
    }

    async fn send(&mut self) -> Result<(), WireError> {
        self.state = State::Busy;
        self.flight.sync();
        self.flight.send(&mut self.stream).await
    }

    async fn described(&mut self) -> Result<Described, WireError> {
        self.expect(b'1').await?;
        self.expect(b't').await?;
        let parameters = answer::parameters(&self.body().await?)?;
        let fields = match self.next().await? {
            b'T' => answer::fields(&self.body().await?)?,
            b'n' => Vec::new(),
            _ => return Err(WireError::Unexpected),
        };
        Ok(Described {
            parameters,
            fields,
            answer: None,
        })
    }

    async fn body(&mut self) -> Result<Vec<u8>, WireError> {
        self.inbox
            .body(&mut self.stream, DESCRIPTION_BYTES_MAX)
            .await
    }

    /// The answers to statements of ours.
    async fn expect_commands(&mut self, count: usize) -> Result<(), WireError> {
        for _ in 0..count {
            for tag in [b'1', b'2', b'C'] {
                let answer = self.expect(tag).await;
                answer.map_err(WireError::about_own_statement)?;
            }
        }
        Ok(())
    }

    async fn expect(&mut self, tag: u8) -> Result<(), WireError> {
        match self.next().await? == tag {
            true => Ok(()),
            false => Err(WireError::Unexpected),
        }
    }

    /// Waits until the server is ready, and returns its transaction's status: `I` is none.
    async fn ready(&mut self) -> Result<u8, WireError> {
        self.expect(b'Z').await?;
        let [status] = self.inbox.array(&mut self.stream).await?;
        self.state = State::Ready;
        Ok(status)
    }

    /// The tag of the next message that belongs to the flight. Others may come between any two. An error of the server
    /// ends the flight: what is left of it is skipped.
    async fn next(&mut self) -> Result<u8, WireError> {
        loop {
            match self.inbox.next(&mut self.stream).await? {
                b'N' if self.is_finishing => {
                    if self.server_error().await?.sqlstate == NO_TRANSACTION {
                        // The text has ended our transaction.
                        return Err(WireError::Unexpected);
                    }
                }
                // Notices, changed settings and notifications.
                b'N' | b'S' | b'A' => {}
                b'E' => {
                    let error = self.server_error().await?;
                    match error.is_fatal {
                        true => self.state = State::Ended,
                        false => self.skip_to_ready().await?,
                    }
                    return Err(WireError::Server(Box::new(error)));
                }
                tag => return Ok(tag),
            }
        }
    }

    /// After an error nothing else comes before the server is ready.
    async fn skip_to_ready(&mut self) -> Result<(), WireError> {
        loop {
            match self.inbox.next(&mut self.stream).await? {
                b'N' | b'S' | b'A' => {}
                b'Z' => {
                    self.state = State::Ready;
                    return Ok(());
                }
                // The server shuts down.
                b'E' if self.server_error().await?.is_fatal => {
                    self.state = State::Ended;
                    return Ok(());
                }
                _ => return Err(WireError::Unexpected),
            }
        }
    }

    /// Reads an error or a notice. Of a text that quotes a huge value only the start is kept.
    async fn server_error(&mut self) -> Result<ServerError, WireError> {
        let mut error = ServerError::default();
        loop {
            let [field] = self.inbox.array(&mut self.stream).await?;
            if field == 0 {
                return Ok(error);
            }
            let mut text = Vec::new();
            loop {
                let part = self.inbox.some(&mut self.stream).await?;
                if part.is_empty() {
                    return Err(WireError::Unexpected);
                }
                let end = part.iter().position(|byte| *byte == 0);
                let part = &part[..end.unwrap_or(part.len())];
                let kept = part.len().min(ERROR_FIELD_BYTES_MAX - text.len());
                text.extend_from_slice(&part[..kept]);
                let read = part.len() + usize::from(end.is_some());
                self.inbox.consume(read);
                if end.is_some() {
                    break;
                }
            }
            answer::set_field(&mut error, field, &text);
        }
    }
}
