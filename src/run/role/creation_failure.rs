//! Why no role was created. Never contains a URL or a password.

use super::RoleName;
use crate::run::Failure;

/// The server is unchanged, unless the variant says otherwise.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CreationFailure {
    /// The database cannot be reached, must not be queried, or refused a statement.
    #[error("{}", .0.message())]
    Database(Failure),
    #[error("The role `{0}` already exists on this server. Choose another name.")]
    NameTaken(RoleName),
    #[error(
        "This server is a follower, which accepts no changes: create the role on its primary, which replicates it here."
    )]
    Follower,
    #[error("The operating system gave no random bytes for a password. Try again.")]
    NoPassword,
    /// With SQL for someone who may.
    #[error(
        "The role `{creator}` cannot {action}. Have someone with that right run this SQL, or give the URL of their role."
    )]
    NotAllowed {
        creator: String,
        action: &'static str,
        sql: String,
    },
    #[error("The role `{role}` was created, but could not be used, and has been removed again. {}", .failure.message())]
    NotUsable { role: RoleName, failure: Failure },
    /// The only case in which something may be left on the server; with SQL that removes it.
    #[error("It is not known whether the role `{role}` is on the server now. Have it removed, then try again. {}", .failure.message())]
    LeftBehind {
        role: RoleName,
        failure: Failure,
        sql: String,
    },
}

impl CreationFailure {
    /// SQL for someone to run on that database.
    pub fn sql(&self) -> Option<&str> {
        match self {
            Self::NotAllowed { sql, .. } | Self::LeftBehind { sql, .. } => Some(sql),
            Self::Database(_)
            | Self::NameTaken(_)
            | Self::Follower
            | Self::NoPassword
            | Self::NotUsable { .. } => None,
        }
    }

    /// The database's error, with its detail and advice.
    pub fn failure(&self) -> Option<&Failure> {
        match self {
            Self::Database(failure)
            | Self::NotUsable { failure, .. }
            | Self::LeftBehind { failure, .. } => Some(failure),
            Self::NameTaken(_) | Self::Follower | Self::NoPassword | Self::NotAllowed { .. } => {
                None
            }
        }
    }
}

impl From<Failure> for CreationFailure {
    fn from(failure: Failure) -> Self {
        Self::Database(failure)
    }
}

/// For the statements that create the role.
impl From<tokio_postgres::Error> for CreationFailure {
    fn from(error: tokio_postgres::Error) -> Self {
        Self::Database(Failure::from_statement_error(&error))
    }
}
