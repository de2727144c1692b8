//! How long a run may take, and who set that limit.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::span::Span;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimeLimit {
    pub limit: Duration,
    pub set_by: SetBy,
}

/// Where a limit comes from. Stored with failures: these names are read back years later.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SetBy {
    #[default]
    Dataclips,
    /// The others are PostgreSQL's `statement_timeout`.
    Role,
    Database,
    Url,
    Server,
}

/// Whether the database was heard of until the limit was reached.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answering {
    #[default]
    Heard,
    Silent,
}

impl Answering {
    pub fn is_heard(&self) -> bool {
        *self == Self::Heard
    }
}

impl SetBy {
    /// From `pg_settings.source`.
    pub fn from_source(source: &str) -> Self {
        match source {
            "user" | "database user" => Self::Role,
            "database" => Self::Database,
            "client" => Self::Url,
            _ => Self::Server,
        }
    }

    /// What to do about a query that takes longer.
    pub fn advice(self) -> &'static str {
        match self {
            Self::Dataclips => {
                "Ask for fewer rows or a shorter time, add an index, or have an administrator raise the limit."
            }
            Self::Role => {
                "Ask for fewer rows or a shorter time, add an index, or have it raised: alter role … set statement_timeout."
            }
            Self::Database => {
                "Ask for fewer rows or a shorter time, add an index, or have it raised: alter database … set statement_timeout."
            }
            Self::Url => {
                "Ask for fewer rows or a shorter time, add an index, or have an administrator change the options in the database's URL."
            }
            Self::Server => {
                "Ask for fewer rows or a shorter time, add an index, or have statement_timeout raised in the server's configuration."
            }
        }
    }
}

impl TimeLimit {
    /// For everyone.
    pub fn sentence(self) -> String {
        let limit = Span(self.limit);
        let whose = match self.set_by {
            SetBy::Dataclips => return format!("The query took longer than {limit}."),
            SetBy::Role => "the role",
            SetBy::Database => "the database",
            SetBy::Url => "the database's URL",
            SetBy::Server => "the database server",
        };
        format!("The query took longer than {limit}, the statement_timeout of {whose}.")
    }
}
