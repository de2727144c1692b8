//! What a role should not be able to do: READ ONLY, or a limit, prevents most of it; revoking is better. And what it should be
//! able to do, but cannot.

mod database;
mod functions;
mod memberships;
mod schemas;
mod tables;
pub(in crate::run) mod unreadable;

use tokio_postgres::{Error, Transaction};

use super::Grade;

/// One thing to revoke, or to grant, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning {
    pub grade: Grade,
    pub sentence: String,
    /// `None` if revoking does not help: owners can grant it to themselves again.
    pub sql: Option<String>,
    /// PostgreSQL gives this right to everyone, so that revoking it concerns every role of the database.
    pub is_default: bool,
}

/// The worst first. All questions are sent together.
pub(super) async fn warnings(transaction: &Transaction<'_>) -> Result<Vec<Warning>, Error> {
    let (tables, schemas, database, functions, memberships) = tokio::join!(
        tables::warnings(transaction),
        schemas::warnings(transaction),
        database::warnings(transaction),
        functions::warnings(transaction),
        memberships::warnings(transaction),
    );
    let mut warnings = [tables?, schemas?, database?, functions?, memberships?].concat();
    warnings.sort_by_key(|warning| warning.grade);
    Ok(warnings)
}
