//! A database that cannot be reached, or that ended a run itself.

use std::error::Error as _;
use std::io::{self, ErrorKind};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio_postgres::Error;
use tokio_postgres::error::{DbError, SqlState};

use super::advice;
use super::server_error::ServerError;
use super::span::Span;
use super::sql_error::shortened;
use crate::postgres::{ConnectError, HandshakeError, HostError};

const NO_ANSWER: &str = "There was no answer within";
/// What poolers say, which have no code of their own for it: PgBouncer, and Supavisor.
const POOLER_IS_FULL: [&str; 3] = [
    "no more connections allowed",
    "query_wait_timeout",
    "ax client connections reached",
];
/// What PgBouncer says.
const STATEMENT_POOLING: &str = "transaction blocks not allowed in statement pooling mode";

const LOST: &str = "The connection to the database was lost while the query ran.";

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outage {
    /// Our own sentence, for everyone: names no host, role or database.
    pub sentence: String,
    /// The words of PostgreSQL, the system or the driver, for those who look after the database.
    pub detail: Option<String>,
    pub hint: Option<String>,
    pub sqlstate: Option<String>,
    advice: Option<String>,
    /// No server that may be used has what the newest result shows. Never stored.
    #[serde(skip)]
    pub is_behind_newest: bool,
}

impl Outage {
    pub fn while_connecting(error: &Error) -> Self {
        Self::new(error, "The database cannot be reached.")
    }

    pub fn while_running(error: &Error) -> Self {
        Self::new(error, LOST)
    }

    pub fn reported_while_running(error: &ServerError) -> Self {
        Self::reported(error, "The database ended the query itself.")
    }

    /// About a statement of ours, which is never the query's fault.
    pub fn on_own_statement(error: &ServerError) -> Self {
        Self::reported(
            error,
            "The database refused what Dataclips sends before and after each query.",
        )
    }

    /// The server, or a pooler, has no connection left for us.
    pub fn is_about_connections(&self) -> bool {
        let detail = self.detail.as_deref().unwrap_or_default();
        self.sqlstate.as_deref() == Some(SqlState::TOO_MANY_CONNECTIONS.code())
            || POOLER_IS_FULL.iter().any(|words| detail.contains(words))
    }

    pub fn is_no_answer(&self) -> bool {
        let detail = self.detail.as_deref();
        detail.is_some_and(|detail| detail.starts_with(NO_ANSWER))
    }

    /// The server closed the connection.
    pub fn closed() -> Self {
        Self::on_connection("connection closed".to_owned(), advice::CLOSED)
    }

    pub fn lost(error: &io::Error) -> Self {
        let detail = format!("error communicating with the server: {}", words(error));
        Self::on_connection(detail, advice_on_io(error))
    }

    /// The server sent something that has no place in PostgreSQL's protocol.
    pub fn misunderstood() -> Self {
        let detail = "unexpected message from server".to_owned();
        Self::on_connection(detail, advice::SIGN_IN)
    }

    fn on_connection(detail: String, advice: &str) -> Self {
        Self {
            sentence: LOST.to_owned(),
            detail: Some(detail),
            hint: None,
            sqlstate: None,
            advice: Some(advice.to_owned()),
            is_behind_newest: false,
        }
    }

    /// With several hosts, each is named with what went wrong there.
    pub fn on_connect_error(error: &ConnectError) -> Self {
        match error {
            ConnectError::Postgres(error) => Self::while_connecting(error),
            ConnectError::Handshake(error) => {
                Self::cannot_reach(error.to_string(), advice::on_handshake(error))
            }
            ConnectError::Unresolved(error) => Self::cannot_reach(
                format!("The host's name cannot be resolved: {error}."),
                advice::UNRESOLVED,
            ),
            ConnectError::Socket(error) => Self::cannot_reach(
                format!("error connecting to server: {error}"),
                advice_on_io(error),
            ),
            ConnectError::NoAnswer { limit } => Self::no_answer(*limit),
            ConnectError::OtherKind(kind) => {
                let (words, advice) = advice::on_kind(*kind);
                Self::cannot_reach(words.to_owned(), advice)
            }
            ConnectError::Hosts(hosts) => Self {
                detail: Some(on_each(hosts)),
                ..Self::on_connect_error(error.most_telling())
            },
        }
    }

    /// No follower can be used, and nothing else may.
    pub fn no_follower(sentence: String, detail: Option<String>) -> Self {
        Self {
            sentence,
            detail,
            hint: None,
            sqlstate: None,
            advice: Some(advice::NO_FOLLOWER.to_owned()),
            is_behind_newest: false,
        }
    }

    pub fn without_followers() -> Self {
        let sentence = "This clip runs on followers only, and its database has none.";
        Self {
            advice: Some(advice::WITHOUT_FOLLOWERS.to_owned()),
            ..Self::no_follower(sentence.to_owned(), None)
        }
    }

    pub fn behind_newest() -> Self {
        let sentence = "Every follower is behind the newest rows.";
        Self {
            is_behind_newest: true,
            ..Self::no_follower(sentence.to_owned(), None)
        }
    }

    fn cannot_reach(detail: String, advice: &str) -> Self {
        Self {
            advice: Some(advice.to_owned()),
            ..Self::before_connecting(detail)
        }
    }

    /// For a reason that is known before connecting.
    pub fn before_connecting(reason: String) -> Self {
        Self {
            sentence: "The database cannot be reached.".to_owned(),
            detail: Some(reason),
            hint: None,
            sqlstate: None,
            advice: None,
            is_behind_newest: false,
        }
    }

    pub fn no_answer(limit: Duration) -> Self {
        let detail = format!("{NO_ANSWER} {}.", Span(limit));
        Self::cannot_reach(detail, advice::UNREACHABLE)
    }

    pub fn advice(&self) -> Option<String> {
        self.advice.clone()
    }

    fn new(error: &Error, sentence: &str) -> Self {
        let Some(db) = error.as_db_error() else {
            return Self {
                sentence: sentence.to_owned(),
                detail: Some(describe(error)),
                hint: None,
                sqlstate: None,
                advice: advice_on_transport(error).map(str::to_owned),
                is_behind_newest: false,
            };
        };
        Self::reported(&db.into(), sentence)
    }

    fn reported(error: &ServerError, sentence: &str) -> Self {
        let message = shortened(&error.message);
        Self {
            sentence: advice::sentence_on_outage(&error.sqlstate)
                .unwrap_or(sentence)
                .to_owned(),
            detail: Some(match &error.detail {
                Some(detail) => format!("{message} ({})", shortened(detail)),
                None => message,
            }),
            hint: error.hint.as_deref().map(shortened),
            sqlstate: Some(error.sqlstate.clone()),
            advice: advice::on_outage(&error.sqlstate, &error.message).map(str::to_owned),
            is_behind_newest: false,
        }
    }
}

pub fn is_about_statement_pooling(error: &Error) -> bool {
    let message = error.as_db_error().map(DbError::message);
    message.is_some_and(|message| message.contains(STATEMENT_POOLING))
}

/// One sentence for each host, in their order.
fn on_each(hosts: &[HostError]) -> String {
    let sentences = hosts.iter().map(|HostError { host, error }| {
        let why = Outage::on_connect_error(error).detail.unwrap_or_default();
        format!("At {host}: {}.", why.trim_end_matches('.'))
    });
    sentences.collect::<Vec<_>>().join(" ")
}

/// The driver's short description and that of its cause. Neither ever contains the URL.
fn describe(error: &Error) -> String {
    match (error.source(), io_error(error)) {
        (_, Some(source)) => format!("{error}: {}", words(source)),
        (Some(source), None) => format!("{error}: {source}"),
        (None, None) => error.to_string(),
    }
}

/// The TLS library's own words are names in its source.
fn words(error: &io::Error) -> String {
    match HandshakeError::from_io(error) {
        Some(handshake) => handshake.to_string(),
        None => error.to_string(),
    }
}

fn io_error(error: &Error) -> Option<&io::Error> {
    error.source()?.downcast_ref()
}

fn advice_on_transport(error: &Error) -> Option<&'static str> {
    if error.is_closed() {
        return Some(advice::CLOSED);
    }
    Some(match io_error(error) {
        Some(error) => advice_on_io(error),
        None => advice::on_library(&error.source()?.to_string()),
    })
}

fn advice_on_io(error: &io::Error) -> &'static str {
    if let Some(handshake) = HandshakeError::from_io(error) {
        return advice::on_handshake(&handshake);
    }
    match error.kind() {
        ErrorKind::ConnectionRefused => advice::REFUSED,
        ErrorKind::NotFound => advice::NO_SOCKET,
        ErrorKind::PermissionDenied => advice::DENIED,
        ErrorKind::UnexpectedEof | ErrorKind::ConnectionReset | ErrorKind::BrokenPipe => {
            advice::CLOSED
        }
        _ => advice::UNREACHABLE,
    }
}
