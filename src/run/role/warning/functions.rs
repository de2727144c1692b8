//! Functions that the role may execute and READ ONLY does not restrain.

use tokio_postgres::{Error, Transaction};

use super::Warning;
use crate::run::role::{Grade, ROLES};

/// READ ONLY blocks the functions that change large objects since PostgreSQL 16; the one that writes a file never.
const FUNCTIONS: &str = "
    , risks as (
        select p.oid, p.pronamespace, p.proname, p.proacl, p.proowner,
               case when p.proname = 'pg_logical_emit_message' then 'write to the write-ahead log'
                    when p.proname like 'dblink%' then 'connect to other databases'
                    when p.proname like 'pg_read%' then 'read the server''s files'
                    when p.proname = 'lo_export' then 'write the server''s files'
                    else 'write large objects' end as risk,
               p.proname = 'pg_logical_emit_message' as is_note,
               p.pronamespace = 'pg_catalog'::regnamespace as is_builtin
        from pg_proc p
        where p.proname in ('pg_logical_emit_message', 'lo_export', 'pg_read_file', 'pg_read_binary_file')
           or p.proname like 'dblink%'
           or (current_setting('server_version_num')::integer < 160000
               and p.proname in ('lo_creat', 'lo_create', 'lo_from_bytea', 'lo_import', 'lo_put', 'lo_truncate',
                                 'lo_truncate64', 'lo_unlink', 'lowrite'))
    )
    select session_user::text, f.risk, coalesce(quote_ident(r.rolname), 'public'),
           string_agg(format('%I.%I(%s)', n.nspname, f.proname, pg_get_function_identity_arguments(f.oid)), ', '
                      order by f.proname, f.oid),
           f.is_note, a.grantee = 0 and f.is_builtin
    from risks f
    join pg_namespace n on n.oid = f.pronamespace
    cross join lateral aclexplode(coalesce(f.proacl, acldefault('f', f.proowner))) a
    left join pg_roles r on r.oid = a.grantee
    where a.privilege_type = 'EXECUTE'
      and (a.grantee = 0 or a.grantee in (select oid from held))
    group by f.risk, f.is_note, f.is_builtin, a.grantee, r.rolname
    order by f.risk, r.rolname";

pub(super) async fn warnings(transaction: &Transaction<'_>) -> Result<Vec<Warning>, Error> {
    let rows = transaction
        .query_typed(&format!("{ROLES} {FUNCTIONS}"), &[])
        .await?;
    let mut warnings = Vec::new();
    for row in &rows {
        let (role, risk): (&str, &str) = (row.try_get(0)?, row.try_get(1)?);
        let (grantee, functions): (&str, &str) = (row.try_get(2)?, row.try_get(3)?);
        warnings.push(Warning {
            grade: match row.try_get(4)? {
                true => Grade::Note,
                false => Grade::Danger,
            },
            sentence: format!(
                "The role `{role}` can {risk} with functions that READ ONLY does not stop."
            ),
            sql: Some(format!(
                "revoke execute on function {functions} from {grantee};"
            )),
            is_default: row.try_get(5)?,
        });
    }
    Ok(warnings)
}
