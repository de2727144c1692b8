//! Schemas in which the role may create.

use tokio_postgres::{Error, Transaction};

use super::Warning;
use crate::run::role::{Grade, ROLES};

/// Before PostgreSQL 15 everyone may create in the schema public of a new database.
const SCHEMAS: &str = "
    select distinct session_user::text, quote_ident(n.nspname), coalesce(quote_ident(r.rolname), 'public'),
           a.grantee = n.nspowner, a.grantee = 0 and n.nspname = 'public'
    from pg_namespace n
    cross join lateral aclexplode(coalesce(n.nspacl, acldefault('n', n.nspowner))) a
    left join pg_roles r on r.oid = a.grantee
    where a.privilege_type = 'CREATE'
      and (a.grantee = 0 or a.grantee in (select oid from held))
      and n.nspname <> 'information_schema' and n.nspname !~ '^pg_'
    order by 2, 3";

pub(super) async fn warnings(transaction: &Transaction<'_>) -> Result<Vec<Warning>, Error> {
    let rows = transaction
        .query_typed(&format!("{ROLES} {SCHEMAS}"), &[])
        .await?;
    let mut warnings = Vec::new();
    for row in &rows {
        let (role, schema, grantee): (&str, &str, &str) =
            (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?);
        let is_owner: bool = row.try_get(3)?;
        warnings.push(Warning {
            grade: Grade::Danger,
            sentence: format!(
                "The role `{role}` can create tables and functions in schema {schema}."
            ),
            sql: (!is_owner).then(|| format!("revoke create on schema {schema} from {grantee};")),
            is_default: row.try_get(4)?,
        });
    }
    Ok(warnings)
}
