//! The settings of a run's transaction.
//!
//! Most are startup options, to which `discard all` returns. A pooler may swallow or refuse those: what did not arrive
//! is set at the start of each transaction instead.

use std::time::Duration;

use tokio::time::Instant;
use tokio_postgres::error::SqlState;

use super::{Answer, WireError};
use crate::run::error::time_limit::{SetBy, TimeLimit};

/// The values that every run needs, as PostgreSQL's `current_setting` shows them.
const SETTINGS: [(&str, &str); 5] = [
    ("TimeZone", "UTC"),
    ("IntervalStyle", "postgres"),
    ("bytea_output", "hex"),
    ("extra_float_digits", "1"),
    // Our transactions are never idle for long: only between two messages.
    ("idle_in_transaction_session_timeout", "1min"),
];
/// Exists since PostgreSQL 14. Without it the query of a killed server keeps running.
const CONNECTION_CHECK: (&str, &str) = ("client_connection_check_interval", "2s");

/// Never a startup option: that would replace the order of day and month, too, in which dates are read. The order is the
/// owner's to choose.
const DATE_STYLE: (&str, &str) = ("DateStyle", "ISO");

const BEGIN: &str = "begin transaction read only";
const BEGIN_WITH_ONE_SNAPSHOT: &str =
    "begin transaction isolation level repeatable read, read only";

/// `statement_timeout` in milliseconds, 0 for none, and where it was set. The value of each setting follows.
const READ: &str = "select t.setting, t.source";
const FROM: &str =
    " from pg_catalog.pg_settings t where t.name operator(pg_catalog.=) 'statement_timeout'";

/// What opens a transaction.
#[derive(Clone, Debug)]
pub(in crate::run) struct Opening {
    pub(super) commands: Vec<String>,
    /// A query of ours that takes the snapshot of the whole transaction.
    pub(super) question: Option<&'static str>,
}

/// Which settings go as startup options.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::run) enum Startup {
    All,
    /// For PostgreSQL 13.
    WithoutConnectionCheck,
    /// For poolers that refuse options.
    None,
}

/// What a connection's transactions have to set.
#[derive(Clone, Debug)]
pub(in crate::run) struct Settings {
    /// Those that did not arrive as startup options; all of them behind a pooler.
    missing: Vec<(&'static str, &'static str)>,
    /// The `statement_timeout` of the role, the database or the URL.
    pub(in crate::run) owners_timeout: Option<TimeLimit>,
}

impl Startup {
    pub(in crate::run) fn options(self) -> String {
        let connection_check = match self {
            Self::All => Some(CONNECTION_CHECK),
            Self::WithoutConnectionCheck => None,
            Self::None => return String::new(),
        };
        let options: Vec<String> = SETTINGS
            .into_iter()
            .chain(connection_check)
            .map(|(name, value)| format!("-c {name}={value}"))
            .collect();
        options.join(" ")
    }

    /// What to try next with a server that refuses the connection with this error; `None` if the options are not the
    /// reason.
    pub(in crate::run) fn after(self, error: &SqlState) -> Option<Self> {
        let is_about_options = [
            SqlState::UNDEFINED_OBJECT,
            SqlState::INVALID_PARAMETER_VALUE,
            SqlState::PROTOCOL_VIOLATION,
            SqlState::FEATURE_NOT_SUPPORTED,
        ]
        .contains(error);
        match self {
            _ if !is_about_options => None,
            Self::All if *error == SqlState::UNDEFINED_OBJECT => Some(Self::WithoutConnectionCheck),
            Self::All | Self::WithoutConnectionCheck => Some(Self::None),
            Self::None => None,
        }
    }
}

impl Settings {
    /// What to ask of a new session.
    pub(in crate::run) fn question(has_connection_check: bool) -> String {
        let values: Vec<String> = needed(has_connection_check)
            .map(|(name, _)| format!(", pg_catalog.current_setting('{name}')"))
            .collect();
        format!("{READ}{}{FROM}", values.concat())
    }

    /// Compares what the session has with what it needs. A pooler's session is another one for each transaction.
    pub(in crate::run) fn from_answer(
        answer: &Answer,
        has_connection_check: bool,
        is_pooled: bool,
    ) -> Result<Self, WireError> {
        let Some([Some(timeout), Some(source), values @ ..]) = answer.first().map(Vec::as_slice)
        else {
            return Err(WireError::Unexpected);
        };
        let milliseconds = timeout.parse().map_err(|_| WireError::Unexpected)?;
        let missing = needed(has_connection_check).zip(values);
        Ok(Self {
            missing: missing
                .filter(|((_, needed), value)| {
                    // `DateStyle` has two parts: `ISO, DMY`.
                    let value = value.as_deref().unwrap_or_default();
                    is_pooled || value.split(',').next() != Some(*needed)
                })
                .map(|(setting, _)| setting)
                .collect(),
            owners_timeout: (milliseconds > 0).then(|| TimeLimit {
                limit: Duration::from_millis(milliseconds),
                set_by: SetBy::from_source(source),
            }),
        })
    }

    /// The commands that open a run's transaction. The seed of `random()` is new, whatever the last run did to it.
    pub(in crate::run) fn opening(&self, application_name: &str, deadline: Instant) -> Opening {
        let mut commands = vec![
            BEGIN.to_owned(),
            statement_timeout(deadline),
            format!(
                "set local application_name = '{}'",
                application_name.replace('\'', "''")
            ),
        ];
        // Without the system's random source the seed stays as it is.
        if let Ok(random) = getrandom::u32() {
            let seed = f64::from(random) / f64::from(u32::MAX);
            commands.push(format!("set local seed = {seed}"));
        }
        let missing = self.missing.iter();
        commands.extend(missing.map(|(name, value)| format!("set local {name} = '{value}'")));
        Opening {
            commands,
            question: None,
        }
    }
}

impl Opening {
    /// Asks this in the transaction, before anything else and with the same snapshot as what follows.
    pub(in crate::run) fn asking(mut self, question: &'static str) -> Self {
        if let Some(begin) = self.commands.first_mut() {
            BEGIN_WITH_ONE_SNAPSHOT.clone_into(begin);
        }
        Self {
            question: Some(question),
            ..self
        }
    }
}

fn needed(has_connection_check: bool) -> impl Iterator<Item = (&'static str, &'static str)> {
    let connection_check = has_connection_check.then_some(CONNECTION_CHECK);
    SETTINGS
        .into_iter()
        .chain(connection_check)
        .chain([DATE_STYLE])
}

/// Rounded up, so that PostgreSQL never gives up before the deadline; at least 1, since 0 means no limit.
pub(in crate::run) fn statement_timeout(deadline: Instant) -> String {
    let left = deadline.saturating_duration_since(Instant::now());
    let milliseconds = left.as_micros().div_ceil(1_000).max(1);
    format!("set local statement_timeout = {milliseconds}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_that_a_server_refuses_are_left_out() {
        let refused = |startup: Startup, error: SqlState| startup.after(&error);
        let undefined = SqlState::UNDEFINED_OBJECT;
        let without = Startup::WithoutConnectionCheck;
        assert_eq!(refused(Startup::All, undefined.clone()), Some(without));
        assert_eq!(refused(without, undefined.clone()), Some(Startup::None));
        assert_eq!(refused(Startup::None, undefined), None);
        let pooler = SqlState::PROTOCOL_VIOLATION;
        assert_eq!(refused(Startup::All, pooler), Some(Startup::None));
        let password = SqlState::INVALID_PASSWORD;
        assert_eq!(refused(Startup::All, password), None);
    }
}
