//! Tables that the role may write to.

use tokio_postgres::{Error, Transaction};

use super::Warning;
use crate::run::role::{Grade, ROLES};

/// One row for each schema and grantee. Grants on columns are revoked together with those on their table.
const TABLES: &str = "
    , grants as (
        select c.oid, c.relname, c.relnamespace, c.relowner, a.grantee, a.privilege_type
        from pg_class c
        cross join lateral aclexplode(coalesce(c.relacl, acldefault('r', c.relowner))) a
        where c.relkind in ('r', 'p', 'v', 'f')
      union all
        select c.oid, c.relname, c.relnamespace, c.relowner, a.grantee, a.privilege_type
        from pg_attribute t
        join pg_class c on c.oid = t.attrelid
        cross join lateral aclexplode(t.attacl) a
        where t.attacl is not null and not t.attisdropped and c.relkind in ('r', 'p', 'v', 'f')
    )
    select session_user::text, quote_ident(n.nspname),
           coalesce(quote_ident(r.rolname), 'public'), g.grantee = g.relowner,
           lower(string_agg(distinct g.privilege_type, ', ' order by g.privilege_type)),
           count(distinct g.oid), min(quote_ident(g.relname))
    from grants g
    join pg_namespace n on n.oid = g.relnamespace
    left join pg_roles r on r.oid = g.grantee
    where g.privilege_type in ('INSERT', 'UPDATE', 'DELETE', 'TRUNCATE')
      and (g.grantee = 0 or g.grantee in (select oid from held))
      and n.nspname <> 'information_schema' and n.nspname !~ '^pg_'
    group by n.nspname, r.rolname, g.grantee = g.relowner
    order by n.nspname, r.rolname";

pub(super) async fn warnings(transaction: &Transaction<'_>) -> Result<Vec<Warning>, Error> {
    let rows = transaction
        .query_typed(&format!("{ROLES} {TABLES}"), &[])
        .await?;
    let mut warnings = Vec::new();
    for row in &rows {
        let (role, schema, grantee): (&str, &str, &str) =
            (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?);
        let (is_owner, privileges): (bool, &str) = (row.try_get(3)?, row.try_get(4)?);
        let (tables, example): (i64, &str) = (row.try_get(5)?, row.try_get(6)?);
        let which = match tables {
            1 => format!("the table {schema}.{example}"),
            more => format!("{more} tables of schema {schema}, such as {example}"),
        };
        let revoke =
            format!("revoke {privileges} on all tables in schema {schema} from {grantee};");
        warnings.push(match is_owner {
            true => Warning {
                grade: Grade::Danger,
                is_default: false,
                sentence: format!(
                    "The role `{role}` can write to {which}, as their owner ({grantee}) can."
                ),
                sql: None,
            },
            false => Warning {
                grade: Grade::Danger,
                is_default: false,
                sentence: format!("The role `{role}` can write to {which} ({privileges})."),
                sql: Some(revoke),
            },
        });
    }
    Ok(warnings)
}
