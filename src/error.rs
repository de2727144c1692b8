//! What can go wrong, one variant per kind of response. `web::page::error_response` turns an [`Error`] into a page or
//! JSON.

mod store_unfit;

use std::borrow::Cow;
use std::fmt;
use std::io::ErrorKind;

use deadpool_postgres::{HookError, PoolError};
use thiserror::Error;
use tokio_postgres::error::SqlState;

use crate::run::Failure;
use crate::run::role::CreationFailure;
pub use store_unfit::StoreUnfit;

/// Variants differ by the response that they lead to, not by where the error comes from.
#[derive(Debug, Error)]
pub enum Error {
    #[error("{0}")]
    NotFound(String),
    #[error("This clip was removed. Its owner or an administrator can restore it.")]
    Removed,
    #[error(
        "The rows of version {version}, result {number} are no longer kept. Request a newer result, or pin one to keep it."
    )]
    Swept { version: i32, number: u32 },
    #[error(
        "This clip is protected. Sign in as somebody with access to it; a program needs a token, or a clip link that has not expired or been revoked."
    )]
    Protected,
    #[error("{0}")]
    Unauthenticated(&'static str),
    #[error("{0}")]
    Forbidden(String),
    /// A page of another site made the visitor's browser send this request.
    #[error(
        "This request came from another site's page, so it was refused. Send it from a page of this server."
    )]
    ForeignOrigin,
    #[error("Too many attempts. Wait {retry_after} s, then try again.")]
    TooManyAttempts {
        /// Seconds.
        retry_after: u64,
    },
    /// By a signed-out reader, of queries with parameters.
    #[error(
        "Those were too many runs from your network address. Wait {retry_after} s, then try again. Signed-in users have no such limit."
    )]
    TooManyRuns {
        /// Seconds.
        retry_after: u64,
    },
    /// By one user.
    #[error(
        "Those were too many previews within a minute. Wait {retry_after} s, then run it again."
    )]
    TooManyPreviews {
        /// Seconds.
        retry_after: u64,
    },
    #[error("{0}")]
    BadRequest(String),
    #[error(
        "What you sent is longer than this server accepts. If it was a form, go back and shorten it."
    )]
    TooLong,
    #[error(
        "What you sent did not arrive in time. Send it again; if your network is slow, send less at once."
    )]
    TooSlow,
    /// The request is understood, but this field's value is not accepted.
    #[error("{message}")]
    Invalid {
        field: Cow<'static, str>,
        message: String,
    },
    #[error("This address does not accept this HTTP method.")]
    WrongMethod,
    /// The client refuses every coding that we have, and a body without one.
    #[error(
        "`Accept-Encoding` refuses every coding that this server has. Accept gzip, br, zstd or identity, or leave the header out."
    )]
    NotAcceptable,
    /// It cannot be done in the current state; the message says what to do first.
    #[error("{0}")]
    Conflict(String),
    /// A query was edited from a version that is not the newest.
    #[error(
        "Somebody else changed this query after you started. Nothing was overwritten: look at the newest version first."
    )]
    EditConflict,
    /// A run failed. `sees_sql` says whether the visitor may read PostgreSQL's own message.
    #[error("{}", failure.message())]
    Run { failure: Failure, sees_sql: bool },
    /// The result exists, but this format cannot hold it.
    #[error("{0}")]
    TooLargeForFormat(String),
    /// The result exists, but this format is for other ones.
    #[error("{0}")]
    UnfitForFormat(String),
    /// The requested range lies outside the response.
    #[error("The response has {bytes} bytes, and none of them is in the requested range.")]
    OutsideAnswer { bytes: u64 },
    /// The requested range belongs to rows that were answered before, and may have changed since.
    #[error(
        "This request continues an earlier response, which is no longer held, and the rows may have changed. Fetch the file from the beginning."
    )]
    ResultGone,
    /// A database cannot be added or changed, because it cannot be queried with these settings.
    #[error("{}", .0.message())]
    DatabaseNotUsable(Failure),
    /// The requested safe role was not created.
    #[error("{0}")]
    RoleNotCreated(CreationFailure),
    #[error(
        "The database of this clip was removed. Its owner or an administrator can move it to another database."
    )]
    DatabaseRemoved,
    /// The stored URL of a database cannot be used; the message says what an administrator can do.
    #[error("{0}")]
    DatabaseUnreadable(String),
    #[error(
        "The server that runs this query did not respond within 2 seconds. If the query still runs in a moment, cancel it again."
    )]
    ServerSilent,
    /// Nobody can sign in at the OpenID provider just now.
    #[error("{0}")]
    ProviderUnavailable(String),
    #[error("The server cannot reach its own database just now. Try again in a moment.")]
    StoreUnavailable,
    #[error(
        "The disk of the server's own database is full, so this was not stored. What is stored can still be read. An administrator has to make room; then try again."
    )]
    NoRoom,
    #[error(
        "The server's own database accepts no changes: it is a standby, or set to be read-only. DATABASE_URL must lead to the primary."
    )]
    StoreReadOnly,
    #[error(
        "The server's own database is behind a pooler in transaction mode, which mixes the sessions of its clients. DATABASE_URL must lead to PostgreSQL itself, or to a pooler in session mode."
    )]
    StorePooled,
    #[error(transparent)]
    StoreUnfit(#[from] StoreUnfit),
    #[error("Something went wrong on our side.")]
    Internal(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl Error {
    /// A run's failure, for somebody who sees the query.
    pub fn of_query(failure: Failure) -> Self {
        Self::Run {
            failure,
            sees_sql: true,
        }
    }

    pub fn internal(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Internal(error.into())
    }

    pub fn invalid(field: &'static str, message: impl Into<String>) -> Self {
        Self::Invalid {
            field: field.into(),
            message: message.into(),
        }
    }

    /// What happened, for the log: responses say less about our own failures.
    pub fn cause(&self) -> String {
        match self {
            Self::Internal(cause) => match cause.source() {
                Some(source) => format!("{cause}: {source}"),
                None => cause.to_string(),
            },
            error => error.to_string(),
        }
    }

    /// Whether somebody cancelled the run on purpose.
    pub fn is_cancellation(&self) -> bool {
        let Self::Run { failure, .. } = self else {
            return false;
        };
        matches!(failure, Failure::Cancelled)
    }

    pub fn not_found(noun: impl fmt::Display) -> Self {
        Self::NotFound(format!("There is no such {noun}."))
    }

    pub fn store_pool(error: PoolError) -> Self {
        match error {
            PoolError::Backend(error) | PoolError::PostCreateHook(HookError::Backend(error)) => {
                error.into()
            }
            PoolError::Timeout(_) | PoolError::Closed => Self::StoreUnavailable,
            PoolError::NoRuntimeSpecified | PoolError::PostCreateHook(_) => Self::internal(error),
        }
    }
}

/// Errors of our own store only: runs on queried databases end in a [`Failure`].
impl From<tokio_postgres::Error> for Error {
    fn from(error: tokio_postgres::Error) -> Self {
        let Some(answer) = error.as_db_error() else {
            return match connection_failure(&error) {
                Some(ErrorKind::TimedOut) => StoreUnfit::Silent.into(),
                Some(_) => Self::StoreUnavailable,
                None if error.is_closed() => Self::StoreUnavailable,
                None => Self::internal(error),
            };
        };
        if let Some((field, message)) = answer.constraint().and_then(constraint_message) {
            return Self::invalid(field, message);
        }
        match *answer.code() {
            // Rust's strings are UTF-8: NUL is the only character in them that PostgreSQL refuses.
            SqlState::CHARACTER_NOT_IN_REPERTOIRE => Self::BadRequest(
                "A text contains a NUL character, which PostgreSQL cannot store.".to_owned(),
            ),
            SqlState::ADMIN_SHUTDOWN
            | SqlState::CRASH_SHUTDOWN
            | SqlState::CANNOT_CONNECT_NOW
            | SqlState::IDLE_IN_TRANSACTION_SESSION_TIMEOUT
            // Of one of our own statements: nobody else cancels them.
            | SqlState::QUERY_CANCELED
            | SqlState::TOO_MANY_CONNECTIONS => Self::StoreUnavailable,
            SqlState::FOREIGN_KEY_VIOLATION if answer.constraint().is_some_and(is_about_person) => {
                Self::Conflict(
                    "A person whom this concerns was deleted in the meantime. Load the page again, then try once more."
                        .to_owned(),
                )
            }
            SqlState::DISK_FULL => Self::NoRoom,
            SqlState::LOCK_NOT_AVAILABLE => StoreUnfit::Locked.into(),
            SqlState::READ_ONLY_SQL_TRANSACTION => Self::StoreReadOnly,
            _ => Self::internal(error),
        }
    }
}

fn connection_failure(error: &tokio_postgres::Error) -> Option<ErrorKind> {
    let cause = std::error::Error::source(error)?.downcast_ref::<std::io::Error>();
    cause.map(std::io::Error::kind)
}

/// Whether a constraint of this name refers to a person.
fn is_about_person(constraint: &str) -> bool {
    let ends = ["_user_fkey", "_owner_fkey", "_by_fkey"];
    ends.iter().any(|end| constraint.ends_with(end))
}

/// The field and the message for each named constraint of the store.
fn constraint_message(constraint: &str) -> Option<(&'static str, &'static str)> {
    Some(match constraint {
        "users_email_key" => ("email", "This address already has an account."),
        "users_email_lower" => ("email", "Write the address in lower case."),
        "databases_name_key" => ("name", "A database with this name already exists."),
        "databases_name_length" => ("name", "Give the database a name of 1 to 100 characters."),
        "clips_title_length" => ("title", "Give the clip a name of 1 to 200 characters."),
        "clips_description_length" => ("description", "Shorten the description."),
        "clips_tags_count" | "clips_tags_given" => ("tags", "Give the clip fewer tags."),
        "versions_note_length" => ("note", "Shorten the note."),
        "clips_max_age_positive" => (
            "max_age",
            "Give the maximum age in seconds, above 0, or null.",
        ),
        "clip_links_label_length" => (
            "label",
            "Give the link a label of 1 to 100 characters, on one line.",
        ),
        "tokens_name_length" => ("name", "Give the token a name of 1 to 100 characters."),
        _ => return None,
    })
}
