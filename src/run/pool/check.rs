//! Asks PostgreSQL about a text that is not run, on a connection for runs.

use tokio::time::{Instant, timeout};

use super::parameter_types::{self, SearchError};
use super::run_connection::RunConnection;
use super::side_session::{CHECK_NAME, QUERY_MAX};
use crate::run::parameters::{ParameterTypes, Statement};
use crate::run::wire::{QUERY_CANCELED, WireError};
use crate::run::{Failure, Prepared};

const CHECK_TIMEOUT: Failure = Failure::timeout(QUERY_MAX);

/// Has PostgreSQL parse and describe a text in a read-only transaction, and returns its columns and parameters.
pub(super) async fn check(
    connection: &mut RunConnection,
    statement: &Statement<'_>,
    types: &ParameterTypes,
) -> Result<Prepared, Failure> {
    let checked = match timeout(QUERY_MAX, describe(connection, statement, types)).await {
        Ok(checked) => checked,
        Err(_) => Err(SearchError::Failure(CHECK_TIMEOUT)),
    };
    let checked = checked.map_err(|error| match error {
        SearchError::Wire(WireError::Server(error)) if error.sqlstate == QUERY_CANCELED => {
            CHECK_TIMEOUT
        }
        SearchError::Wire(error) => Failure::from_wire_error(error),
        SearchError::Failure(failure) => failure,
    });
    let checked = checked.map_err(|mut failure| {
        statement.relate(&mut failure, types, connection.is_without_encoding);
        failure
    });
    let _ = timeout(QUERY_MAX, connection.wire.reset()).await;
    checked
}

async fn describe(
    connection: &mut RunConnection,
    statement: &Statement<'_>,
    types: &ParameterTypes,
) -> Result<Prepared, SearchError> {
    let deadline = Instant::now() + QUERY_MAX;
    let opening = connection.settings.opening(CHECK_NAME, deadline);
    let parameters = match statement.has_blanks() {
        true => parameter_types::find(connection, statement, types, &opening).await?,
        false => Vec::new(),
    };
    let oids: Vec<u32> = parameters.iter().map(|column| column.type_oid).collect();
    let described = connection
        .wire
        .describe(&opening, statement.text(), &oids)
        .await?;
    described.refuse(oids.len())?;
    connection
        .types
        .learn(&described.fields, &mut connection.wire)
        .await?;
    let columns = connection.types.columns(&described.fields);
    Ok(Prepared {
        columns: columns.ok_or_else(Failure::misunderstood)?,
        parameters,
    })
}
