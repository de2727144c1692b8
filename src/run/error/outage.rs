//! A database that cannot be reached, or that ended a run itself.

use std::error::Error as _;
use std::io::{self, ErrorKind};
use std::time::Duration;

use rustls::CertificateError;
use serde::{Deserialize, Serialize};
use tokio_postgres::Error;
use tokio_postgres::error::{DbError, SqlState};

use super::advice;
use super::server_error::ServerError;
use super::span::Span;
use super::sql_error::shortened;

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
        let detail = format!("error communicating with the server: {error}");
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
        }
    }

    /// No address of the database could be reached.
    pub fn without_socket(error: &io::Error) -> Self {
        Self {
            detail: Some(format!("error connecting to server: {error}")),
            advice: Some(advice_on_io(error).to_owned()),
            ..Self::before_connecting(String::new())
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
        }
    }

    pub fn no_answer(limit: Duration) -> Self {
        Self {
            sentence: "The database cannot be reached.".to_owned(),
            detail: Some(format!("{NO_ANSWER} {}.", Span(limit))),
            hint: None,
            sqlstate: None,
            advice: Some(advice::UNREACHABLE.to_owned()),
        }
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
            advice: advice::on_outage(&error.sqlstate).map(str::to_owned),
        }
    }
}

pub fn is_about_statement_pooling(error: &Error) -> bool {
    let message = error.as_db_error().map(DbError::message);
    message.is_some_and(|message| message.contains(STATEMENT_POOLING))
}

/// The driver's short description and that of its cause. Neither ever contains the URL.
fn describe(error: &Error) -> String {
    match error.source() {
        Some(source) => format!("{error}: {source}"),
        None => error.to_string(),
    }
}

fn advice_on_transport(error: &Error) -> Option<&'static str> {
    if error.is_closed() {
        return Some(advice::CLOSED);
    }
    let Some(source) = error.source()?.downcast_ref::<io::Error>() else {
        return Some(advice::SIGN_IN);
    };
    Some(advice_on_io(source))
}

fn advice_on_io(error: &io::Error) -> &'static str {
    if let Some(tls) = error
        .get_ref()
        .and_then(|inner| inner.downcast_ref::<rustls::Error>())
    {
        return advice_on_tls(tls);
    }
    match error.kind() {
        ErrorKind::ConnectionRefused => advice::REFUSED,
        ErrorKind::NotFound | ErrorKind::PermissionDenied => advice::NO_SOCKET,
        ErrorKind::UnexpectedEof | ErrorKind::ConnectionReset | ErrorKind::BrokenPipe => {
            advice::CLOSED
        }
        _ => advice::UNREACHABLE,
    }
}

fn advice_on_tls(error: &rustls::Error) -> &'static str {
    let rustls::Error::InvalidCertificate(reason) = error else {
        return advice::TLS;
    };
    match reason {
        CertificateError::UnknownIssuer | CertificateError::BadSignature => advice::TLS_ISSUER,
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            advice::TLS_NAME
        }
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => advice::TLS_EXPIRED,
        _ => advice::TLS,
    }
}
