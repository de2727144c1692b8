//! Asks PostgreSQL for the types of a text's parameters.

use tokio_postgres::error::SqlState;

use super::run_connection::RunConnection;
use crate::result::Column;
use crate::run::Failure;
use crate::run::error::server_error::ServerError;
use crate::run::parameters::{ParameterTypes, Statement, TypeSearch};
use crate::run::wire::{Field, Opening, WireError};

const UNMODIFIED: i32 = -1;

/// Why the types are not known.
pub(super) enum SearchError {
    Wire(WireError),
    Failure(Failure),
}

/// The type of each parameter, in the order of the statement's names. Each attempt runs in a transaction of its own, which
/// `opening` opens, and which is rolled back.
pub(super) async fn find(
    connection: &mut RunConnection,
    statement: &Statement<'_>,
    types: &ParameterTypes,
    opening: &Opening,
) -> Result<Vec<Column>, SearchError> {
    let mut search = TypeSearch::new(statement, types);
    let wire = &mut connection.wire;
    let described = loop {
        let described = wire.describe(opening, search.text(), search.declared());
        match described.await {
            Err(WireError::Server(error)) if is_new(&error, &mut search) => wire.reset().await?,
            described => break described?,
        }
    };
    let fields = described.parameters.iter().map(|oid| Field {
        name: String::new(),
        type_oid: *oid,
        type_modifier: UNMODIFIED,
    });
    let fields: Vec<_> = fields.collect();
    connection.types.learn(&fields, wire).await?;
    let found = connection.types.columns(&fields);
    let found = found.ok_or_else(Failure::misunderstood)?;
    let found = search.named(&found)?;
    wire.reset().await?;
    Ok(found)
}

/// Whether there is another way to ask, after this error.
fn is_new(error: &ServerError, search: &mut TypeSearch<'_>) -> bool {
    let code = |state: SqlState| state.code() == error.sqlstate;
    if code(SqlState::GROUPING_ERROR) || code(SqlState::INVALID_COLUMN_REFERENCE) {
        return search.unite();
    }
    let is_undetermined =
        code(SqlState::INDETERMINATE_DATATYPE) || code(SqlState::AMBIGUOUS_PARAMETER);
    let number = numbered_parameter(&error.message).filter(|_| is_undetermined);
    number.is_some_and(|number| search.is_undetermined(number))
}

/// From `could not determine data type of parameter $1`, in the server's language.
fn numbered_parameter(message: &str) -> Option<usize> {
    let (_, behind) = message.split_once('$')?;
    let end = behind.find(|character: char| !character.is_ascii_digit());
    behind[..end.unwrap_or(behind.len())].parse().ok()
}

impl From<WireError> for SearchError {
    fn from(error: WireError) -> Self {
        Self::Wire(error)
    }
}

impl From<Failure> for SearchError {
    fn from(failure: Failure) -> Self {
        Self::Failure(failure)
    }
}
