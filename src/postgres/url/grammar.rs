//! The grammar of libpq's connection URLs: turns a text into named values, without interpreting them.
//!
//! The rules are those of libpq's `conninfo_uri_parse_options`.

use std::collections::HashMap;

use percent_encoding::percent_decode_str;

use super::UrlError;
use super::known;

/// The pieces of a URL, still encoded.
pub(super) struct Pieces<'a> {
    credentials: Option<&'a str>,
    pub addresses: &'a str,
    database: &'a str,
    parameters: &'a str,
}

/// The values in a URL, by libpq's names. An empty value counts as absent; several hosts and ports are joined by
/// commas.
#[derive(Default)]
pub(super) struct Values(HashMap<&'static str, String>);

impl<'a> Pieces<'a> {
    pub fn split(text: &'a str) -> Result<Self, UrlError> {
        let rest = text
            .strip_prefix("postgresql://")
            .or_else(|| text.strip_prefix("postgres://"))
            .ok_or_else(|| known::scheme_error(text))?;
        let before_path = rest.split('/').next().unwrap_or_default();
        let (credentials, rest) = match before_path.split_once('@') {
            Some((credentials, _)) => (Some(credentials), &rest[credentials.len() + 1..]),
            None => (None, rest),
        };
        if rest.contains('@') && !rest.contains("user=") {
            return Err(UrlError::At);
        }
        let (location, parameters) = rest.split_once('?').unwrap_or((rest, ""));
        let (addresses, database) = location.split_once('/').unwrap_or((location, ""));
        Ok(Self {
            credentials,
            addresses,
            database,
            parameters,
        })
    }

    /// The parameters that name neither the user, the password nor the database.
    pub fn neutral_parameters(&self) -> impl Iterator<Item = &'a str> {
        self.parameters.split('&').filter(|parameter| {
            let name = parameter.split('=').next().unwrap_or_default();
            let name = percent_decode_str(name).decode_utf8_lossy();
            !matches!(&*name, "" | "user" | "password" | "dbname")
        })
    }
}

impl Values {
    pub fn read(text: &str) -> Result<Self, UrlError> {
        let pieces = Pieces::split(text)?;
        let mut values = Self::default();
        if let Some(credentials) = pieces.credentials {
            let (user, password) = credentials.split_once(':').unwrap_or((credentials, ""));
            values.insert("user", user)?;
            values.insert("password", password)?;
        }
        values.read_addresses(pieces.addresses)?;
        values.insert("dbname", pieces.database)?;
        values.read_parameters(pieces.parameters)?;
        Ok(values)
    }

    pub fn find(&self, name: &str) -> Option<&str> {
        self.0
            .get(name)
            .map(String::as_str)
            .filter(|value| !value.is_empty())
    }

    fn read_addresses(&mut self, addresses: &str) -> Result<(), UrlError> {
        let (hosts, ports): (Vec<_>, Vec<_>) = addresses
            .split(',')
            .map(split_address)
            .collect::<Result<Vec<_>, _>>()?
            .into_iter()
            .unzip();
        self.insert("host", &hosts.join(","))?;
        if ports.iter().any(|port| !port.is_empty()) {
            self.insert("port", &ports.join(","))?;
        }
        Ok(())
    }

    fn read_parameters(&mut self, parameters: &str) -> Result<(), UrlError> {
        if parameters.is_empty() {
            return Ok(());
        }
        for parameter in parameters.split('&') {
            let (name, value) = parameter.split_once('=').ok_or(UrlError::ParameterShape)?;
            if value.contains('=') {
                return Err(UrlError::ParameterShape);
            }
            self.insert(&decode(name)?, value)?;
        }
        Ok(())
    }

    /// A later value replaces an earlier one, as in libpq.
    fn insert(&mut self, name: &str, encoded: &str) -> Result<(), UrlError> {
        let value = decode(encoded)?;
        self.0.insert(known::find(name, &value)?, value);
        Ok(())
    }
}

/// `host`, `host:port` or `[IPv6]:port`.
fn split_address(address: &str) -> Result<(&str, &str), UrlError> {
    let Some(bracketed) = address.strip_prefix('[') else {
        return Ok(address.split_once(':').unwrap_or((address, "")));
    };
    let (host, port) = bracketed.split_once(']').ok_or(UrlError::Bracket)?;
    if host.is_empty() {
        return Err(UrlError::Bracket);
    }
    match port.strip_prefix(':') {
        Some(port) => Ok((host, port)),
        None if port.is_empty() => Ok((host, "")),
        None => Err(UrlError::Bracket),
    }
}

fn decode(text: &str) -> Result<String, UrlError> {
    let is_encoded = |after: &str| {
        let digits = after.as_bytes().get(..2);
        digits.is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
    };
    if !text.split('%').skip(1).all(is_encoded) {
        return Err(UrlError::Percent);
    }
    let decoded = percent_decode_str(text)
        .decode_utf8()
        .map_err(|_| UrlError::NotText)?;
    match decoded.contains('\0') {
        true => Err(UrlError::NotText),
        false => Ok(decoded.into_owned()),
    }
}
