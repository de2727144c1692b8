//! Why no encrypted connection came about, in words of our own: those of the TLS library are names in its source.

use std::io;
use std::sync::Arc;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use rustls::pki_types::UnixTime;
use rustls::{AlertDescription, CertificateError, Error, OtherError};

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HandshakeError {
    #[error("The server does not support TLS.")]
    NotOffered,
    #[error("The server's certificate is self-signed, and not trusted.")]
    SelfSigned,
    #[error("The server's certificate is signed by an authority that is not trusted.")]
    UnknownIssuer,
    #[error("The server's certificate is not for {host}, but for {}.", list(names))]
    OtherName { host: String, names: Vec<String> },
    #[error("The server's certificate has expired{}.", day(*when))]
    Expired { when: Option<UnixTime> },
    #[error("The server's certificate is not valid yet{}.", day(*when))]
    NotYetValid { when: Option<UnixTime> },
    #[error("The server's certificate is of X.509 version 1, which cannot be verified.")]
    OldCertificate,
    #[error(
        "The server's certificate cannot be verified: it is broken, or of a kind that is not supported."
    )]
    BadCertificate,
    #[error("The server asks for a client certificate.")]
    ClientCertificateWanted,
    #[error("The server refuses the client certificate.")]
    ClientCertificateRefused,
    #[error("The server and Dataclips have no version or method of TLS in common.")]
    NothingInCommon,
    #[error("The server does not respond as TLS requires.")]
    NotTls,
}

impl HandshakeError {
    /// `None` for an error that has nothing to do with TLS.
    pub fn from_io(error: &io::Error) -> Option<Self> {
        error.get_ref()?.downcast_ref().map(Self::from_tls)
    }

    fn from_tls(error: &Error) -> Self {
        match error {
            Error::InvalidCertificate(reason) => Self::from_certificate(reason),
            Error::AlertReceived(alert) => Self::from_alert(*alert),
            Error::PeerIncompatible(_) => Self::NothingInCommon,
            _ => Self::NotTls,
        }
    }

    fn from_certificate(reason: &CertificateError) -> Self {
        match reason {
            CertificateError::UnknownIssuer | CertificateError::BadSignature => Self::UnknownIssuer,
            CertificateError::Expired => Self::Expired { when: None },
            CertificateError::ExpiredContext { not_after, .. } => Self::Expired {
                when: Some(*not_after),
            },
            CertificateError::NotValidYet => Self::NotYetValid { when: None },
            CertificateError::NotValidYetContext { not_before, .. } => Self::NotYetValid {
                when: Some(*not_before),
            },
            CertificateError::Other(OtherError(ours)) => {
                ours.downcast_ref().cloned().unwrap_or(Self::BadCertificate)
            }
            _ => Self::BadCertificate,
        }
    }

    fn from_alert(alert: AlertDescription) -> Self {
        match alert {
            AlertDescription::CertificateRequired => Self::ClientCertificateWanted,
            AlertDescription::BadCertificate
            | AlertDescription::UnsupportedCertificate
            | AlertDescription::CertificateRevoked
            | AlertDescription::CertificateExpired
            | AlertDescription::CertificateUnknown
            | AlertDescription::UnknownCA
            | AlertDescription::AccessDenied
            | AlertDescription::DecryptError => Self::ClientCertificateRefused,
            AlertDescription::HandshakeFailure
            | AlertDescription::ProtocolVersion
            | AlertDescription::InsufficientSecurity
            | AlertDescription::NoApplicationProtocol => Self::NothingInCommon,
            _ => Self::NotTls,
        }
    }
}

impl From<HandshakeError> for Error {
    fn from(error: HandshakeError) -> Self {
        CertificateError::Other(OtherError(Arc::new(error))).into()
    }
}

fn list(names: &[String]) -> String {
    match names.is_empty() {
        true => "no host at all".to_owned(),
        false => names.join(", "),
    }
}

/// Nothing where the day is not known.
fn day(when: Option<UnixTime>) -> String {
    let second = when.and_then(|when| i64::try_from(when.as_secs()).ok());
    let day = second.and_then(|second| Timestamp::from_second(second).ok());
    let day = day.map(|day| day.to_zoned(TimeZone::UTC).date());
    day.map(|day| format!(" ({day})")).unwrap_or_default()
}
