//! The text of a query, as pages and the API take it: checked, and prepared to find out whether it would fail.

use crate::access::Queryable;
use crate::error::Error;
use crate::model::Database;
use crate::result::Column;
use crate::run::{ParameterTypes, Parameters};
use crate::web::app::App;
use crate::web::rows::parameter_values::reserved;

/// What happens to a query that would fail now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IfFailing {
    /// It is not saved.
    Refuse,
    /// It is saved, and the failure is returned as a warning: its table may exist tomorrow.
    Warn,
    /// It is saved without being tried.
    Keep,
}

impl IfFailing {
    /// `keep` is sent by the button that keeps a query that fails.
    pub fn from_form(keep: Option<&str>) -> Self {
        match keep {
            Some(_) => Self::Keep,
            None => Self::Refuse,
        }
    }
}

/// What PostgreSQL says of a query that is not run.
#[derive(Default)]
pub struct TriedOut {
    /// Why it would fail now.
    pub warning: Option<Error>,
    /// The types of its parameters; none where they are not known.
    pub parameter_types: Vec<Column>,
}

/// Line breaks as in the text that was typed: forms send each as CR LF.
pub fn with_unix_lines(text: &str) -> String {
    text.replace("\r\n", "\n").replace('\r', "\n")
}

/// Whether a text can be saved.
pub fn check(app: &App, sql: &str) -> Result<(), Error> {
    if sql.len() > app.settings.sql_bytes_max {
        return Err(Error::invalid(
            "sql",
            format!(
                "The query is too long: this server accepts {} bytes at most.",
                app.settings.sql_bytes_max
            ),
        ));
    }
    if sql.contains('\0') {
        return Err(Error::invalid(
            "sql",
            "The query contains a NUL character, which PostgreSQL cannot store.",
        ));
    }
    // Blanks that cannot be read fail as a query does: that may be saved.
    match Parameters::read(sql).as_ref().map(reserved) {
        Ok(Some(name)) => Err(reserved_name(name)),
        _ => Ok(()),
    }
}

/// Whether a query that is to be saved would run on this database; see [`IfFailing`]. Nothing is run.
pub async fn try_out(
    app: &App,
    sql: &str,
    database: &Queryable<Database>,
    types: &ParameterTypes,
    if_failing: IfFailing,
) -> Result<TriedOut, Error> {
    if if_failing == IfFailing::Keep {
        return Ok(TriedOut::default());
    }
    match prepare(app, sql, database, types).await {
        Ok(parameter_types) => Ok(TriedOut {
            warning: None,
            parameter_types,
        }),
        Err(error) if if_failing == IfFailing::Refuse => Err(error),
        Err(error) => Ok(TriedOut {
            warning: Some(error),
            parameter_types: Vec::new(),
        }),
    }
}

/// Has PostgreSQL parse the query, without running it. The error is for somebody who sees the query.
async fn prepare(
    app: &App,
    sql: &str,
    database: &Database,
    types: &ParameterTypes,
) -> Result<Vec<Column>, Error> {
    let target = app.target(database)?;
    let prepared = app.runner.prepare(&target, sql, types).await;
    Ok(prepared.map_err(Error::of_query)?.parameters)
}

fn reserved_name(name: &str) -> Error {
    Error::invalid(
        "sql",
        format!(
            "No blank can be called `{name}`: addresses of clips use that name for something else. Call it `the_{name}`, for example."
        ),
    )
}
