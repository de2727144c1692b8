//! The meaning of what a connection URL says about TLS, as libpq documents it.

use super::grammar::Values;
use super::settings::choice;
use super::{Address, UrlError};
use crate::postgres::tls::{ClientCertificate, Mode, Policy, Roots, Versions};

/// A Unix socket is never encrypted, whatever `sslmode` says, as in libpq.
pub(super) fn tls(values: &Values, addresses: &[Address]) -> Result<Policy, UrlError> {
    let roots = values.find("sslrootcert").map(Roots::parse);
    let mode = match (mode(values)?, &roots) {
        (None | Some(Mode::VerifyFull), Some(Roots::System)) => Mode::VerifyFull,
        (Some(_), Some(Roots::System)) => return Err(UrlError::SystemNeedsVerifyFull),
        (mode, _) => mode.unwrap_or(Mode::Prefer),
    };
    if values.find("sslnegotiation") == Some("direct") && matches!(mode, Mode::Allow | Mode::Prefer)
    {
        return Err(UrlError::DirectNeedsRequire);
    }
    let policy = Policy {
        certificate: certificate(values)?,
        versions: versions(values)?,
        names_host: names_host(values)?,
        ..Policy::new(mode, roots)
    };
    match addresses.iter().all(Address::is_socket) {
        true => Ok(Policy::new(Mode::Disable, None)),
        false => Ok(policy),
    }
}

fn mode(values: &Values) -> Result<Option<Mode>, UrlError> {
    let refused = |parameter, allowed| UrlError::Value { parameter, allowed };
    match (values.find("sslmode"), values.find("ssl")) {
        (Some(mode), _) => Mode::parse(mode).map(Some).ok_or(refused(
            "sslmode",
            "disable, allow, prefer, require, verify-ca or verify-full",
        )),
        (None, Some("true")) => Ok(Some(Mode::Require)),
        (None, Some(_)) => Err(refused("ssl", "true; `sslmode` has more choices")),
        (None, None) => Ok(None),
    }
}

/// Unlike libpq, no file is looked for that the URL does not name.
fn certificate(values: &Values) -> Result<Option<ClientCertificate>, UrlError> {
    let is_sent = choice(
        values,
        "sslcertmode",
        "disable or allow",
        &[("disable", false), ("allow", true)],
    )?;
    match (values.find("sslcert"), values.find("sslkey")) {
        (Some(certificate), Some(key)) => {
            let certificate = ClientCertificate {
                certificate: certificate.into(),
                key: key.into(),
            };
            Ok(is_sent.unwrap_or(true).then_some(certificate))
        }
        (None, None) => Ok(None),
        (Some(_), None) | (None, Some(_)) => Err(UrlError::CertificateNeedsKey),
    }
}

fn versions(values: &Values) -> Result<Versions, UrlError> {
    let lowest = choice(
        values,
        "ssl_min_protocol_version",
        "TLSv1, TLSv1.1, TLSv1.2 or TLSv1.3",
        &[
            ("TLSv1", false),
            ("TLSv1.1", false),
            ("TLSv1.2", false),
            ("TLSv1.3", true),
        ],
    )?;
    let highest = choice(
        values,
        "ssl_max_protocol_version",
        "TLSv1.2 or TLSv1.3 (older ones are not secure)",
        &[("TLSv1.2", false), ("TLSv1.3", true)],
    )?;
    match (lowest.unwrap_or(false), highest.unwrap_or(true)) {
        (false, true) => Ok(Versions::Both),
        (true, true) => Ok(Versions::Only13),
        (false, false) => Ok(Versions::Only12),
        (true, false) => Err(UrlError::NoProtocolVersion),
    }
}

/// `sslsni`
fn names_host(values: &Values) -> Result<bool, UrlError> {
    let choices = [("0", false), ("1", true)];
    let chosen = choice(values, "sslsni", "0 or 1", &choices)?;
    Ok(chosen.unwrap_or(true))
}
