//! A role that can read no table, though there are some: most likely nobody has granted it any yet.

use tokio_postgres::{Error, Row};

use super::Warning;
use crate::run::role::Grade;

/// How many schemas the SQL to run names.
const SCHEMAS_MAX: usize = 10;

/// The role, quoted for SQL and plain; whether it can read a table; and the schemas with tables.
pub(in crate::run) const READABLE: &str = "
    with tables as (
        select c.oid, n.oid as schema, n.nspname
        from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where c.relkind in ('r', 'p', 'v', 'm', 'f') and n.nspname <> 'information_schema' and n.nspname !~ '^pg_'
    )
    select quote_ident(session_user), session_user::text,
           exists (select from tables where has_schema_privilege(schema, 'usage') and has_any_column_privilege(oid, 'select')),
           array(select distinct quote_ident(nspname) from tables order by 1)";

/// From the row of [`READABLE`].
pub(in crate::run) fn warning(row: &Row) -> Result<Option<Warning>, Error> {
    let (quoted, role): (&str, &str) = (row.try_get(0)?, row.try_get(1)?);
    let (can_read, mut schemas): (bool, Vec<&str>) = (row.try_get(2)?, row.try_get(3)?);
    schemas.truncate(SCHEMAS_MAX);
    let schemas = schemas.join(", ");
    Ok((!can_read && !schemas.is_empty()).then(|| Warning {
        grade: Grade::Note,
        sentence: format!("The role `{role}` cannot read any table. Grant it those that clips may query."),
        sql: Some(format!(
            "grant usage on schema {schemas} to {quoted};\ngrant select on all tables in schema {schemas} to {quoted};"
        )),
        is_default: false,
    }))
}
