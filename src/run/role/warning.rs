//! What a role should not be able to do. READ ONLY, or a limit, prevents most of it; revoking is better.

use tokio_postgres::{Error, Transaction};

use super::ROLES;

/// One thing to revoke, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning {
    pub sentence: String,
    /// `None` if revoking does not help: owners can grant it to themselves again.
    pub sql: Option<String>,
}

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

const SCHEMAS: &str = "
    select session_user::text, quote_ident(n.nspname), coalesce(quote_ident(r.rolname), 'public'),
           a.grantee = n.nspowner
    from pg_namespace n
    cross join lateral aclexplode(coalesce(n.nspacl, acldefault('n', n.nspowner))) a
    left join pg_roles r on r.oid = a.grantee
    where a.privilege_type = 'CREATE'
      and (a.grantee = 0 or a.grantee in (select oid from held))
      and n.nspname <> 'information_schema' and n.nspname !~ '^pg_'
    order by n.nspname, r.rolname";

/// READ ONLY blocks the functions that change large objects since PostgreSQL 16; the one that writes a file never.
const FUNCTIONS: &str = "
    , risks as (
        select p.oid, p.pronamespace, p.proname, p.proacl, p.proowner,
               case when p.proname = 'pg_logical_emit_message' then 'write to the write-ahead log'
                    when p.proname like 'dblink%' then 'connect to other databases'
                    when p.proname like 'pg_read%' then 'read the server''s files'
                    else 'write large objects' end as risk
        from pg_proc p
        where p.proname in ('pg_logical_emit_message', 'lo_export', 'pg_read_file', 'pg_read_binary_file')
           or p.proname like 'dblink%'
           or (current_setting('server_version_num')::integer < 160000
               and p.proname in ('lo_creat', 'lo_create', 'lo_from_bytea', 'lo_import', 'lo_put', 'lo_truncate',
                                 'lo_truncate64', 'lo_unlink', 'lowrite'))
    )
    select session_user::text, f.risk, coalesce(quote_ident(r.rolname), 'public'),
           string_agg(format('%I.%I(%s)', n.nspname, f.proname, pg_get_function_identity_arguments(f.oid)), ', '
                      order by f.proname, f.oid)
    from risks f
    join pg_namespace n on n.oid = f.pronamespace
    cross join lateral aclexplode(coalesce(f.proacl, acldefault('f', f.proowner))) a
    left join pg_roles r on r.oid = a.grantee
    where a.privilege_type = 'EXECUTE'
      and (a.grantee = 0 or a.grantee in (select oid from held))
    group by f.risk, r.rolname
    order by f.risk, r.rolname";

pub(super) async fn warnings(transaction: &Transaction<'_>) -> Result<Vec<Warning>, Error> {
    let mut warnings = on_tables(transaction).await?;
    warnings.extend(on_schemas(transaction).await?);
    warnings.extend(on_functions(transaction).await?);
    Ok(warnings)
}

async fn on_tables(transaction: &Transaction<'_>) -> Result<Vec<Warning>, Error> {
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
                sentence: format!(
                    "The role `{role}` can write to {which}, as their owner ({grantee}) can."
                ),
                sql: None,
            },
            false => Warning {
                sentence: format!("The role `{role}` can write to {which} ({privileges})."),
                sql: Some(revoke),
            },
        });
    }
    Ok(warnings)
}

async fn on_schemas(transaction: &Transaction<'_>) -> Result<Vec<Warning>, Error> {
    let rows = transaction
        .query_typed(&format!("{ROLES} {SCHEMAS}"), &[])
        .await?;
    let mut warnings = Vec::new();
    for row in &rows {
        let (role, schema, grantee): (&str, &str, &str) =
            (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?);
        let is_owner: bool = row.try_get(3)?;
        warnings.push(Warning {
            sentence: format!(
                "The role `{role}` can create tables and functions in schema {schema}."
            ),
            sql: (!is_owner).then(|| format!("revoke create on schema {schema} from {grantee};")),
        });
    }
    Ok(warnings)
}

async fn on_functions(transaction: &Transaction<'_>) -> Result<Vec<Warning>, Error> {
    let rows = transaction
        .query_typed(&format!("{ROLES} {FUNCTIONS}"), &[])
        .await?;
    let mut warnings = Vec::new();
    for row in &rows {
        let (role, risk): (&str, &str) = (row.try_get(0)?, row.try_get(1)?);
        let (grantee, functions): (&str, &str) = (row.try_get(2)?, row.try_get(3)?);
        warnings.push(Warning {
            sentence: format!(
                "The role `{role}` can {risk} with functions that READ ONLY does not stop."
            ),
            sql: Some(format!(
                "revoke execute on function {functions} from {grantee};"
            )),
        });
    }
    Ok(warnings)
}
