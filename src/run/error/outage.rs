//! A database that cannot be reached, or that ended a run itself.

use std::error::Error as _;
use std::io::{self, ErrorKind};
use std::time::Duration;

use rustls::CertificateError;
use serde::{Deserialize, Serialize};
use tokio_postgres::Error;

use super::advice;
use super::span::Span;
use super::sql_error::shortened;

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
        let sentence = match error.as_db_error() {
            Some(_) => "The database ended the query itself.",
            None => "The connection to the database was lost while the query ran.",
        };
        Self::new(error, sentence)
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
            detail: Some(format!("There was no answer within {}.", Span(limit))),
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
        let sqlstate = db.code().code();
        Self {
            sentence: advice::sentence_on_outage(sqlstate)
                .unwrap_or(sentence)
                .to_owned(),
            detail: Some(match db.detail() {
                Some(detail) => format!("{} ({})", shortened(db.message()), shortened(detail)),
                None => shortened(db.message()),
            }),
            hint: db.hint().map(shortened),
            sqlstate: Some(sqlstate.to_owned()),
            advice: advice::on_outage(sqlstate).map(str::to_owned),
        }
    }
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
    if let Some(tls) = source
        .get_ref()
        .and_then(|inner| inner.downcast_ref::<rustls::Error>())
    {
        return Some(advice_on_tls(tls));
    }
    match source.kind() {
        ErrorKind::ConnectionRefused => Some(advice::REFUSED),
        ErrorKind::NotFound | ErrorKind::PermissionDenied => Some(advice::NO_SOCKET),
        ErrorKind::UnexpectedEof | ErrorKind::ConnectionReset | ErrorKind::BrokenPipe => {
            Some(advice::CLOSED)
        }
        _ => Some(advice::UNREACHABLE),
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
