//! What a role should not be able to do. READ ONLY, or a limit, prevents most of it; revoking is better.

mod database;
mod functions;
mod memberships;
mod schemas;
mod tables;

use tokio_postgres::{Error, Transaction};

use super::Grade;

/// One thing to revoke, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning {
    pub grade: Grade,
    pub sentence: String,
    /// `None` if revoking does not help: owners can grant it to themselves again.
    pub sql: Option<String>,
    /// PostgreSQL gives this right to everyone, so that revoking it concerns every role of the database.
    pub is_default: bool,
}

/// The worst first.
pub(super) async fn warnings(transaction: &Transaction<'_>) -> Result<Vec<Warning>, Error> {
    let mut warnings = tables::warnings(transaction).await?;
    warnings.extend(schemas::warnings(transaction).await?);
    warnings.extend(database::warnings(transaction).await?);
    warnings.extend(functions::warnings(transaction).await?);
    warnings.extend(memberships::warnings(transaction).await?);
    warnings.sort_by_key(|warning| warning.grade);
    Ok(warnings)
}
