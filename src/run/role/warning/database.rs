//! What the role may create in the database itself: schemas and temporary tables.

use tokio_postgres::{Error, Row, Transaction};

use super::Warning;
use crate::run::role::{Grade, ROLES};

/// READ ONLY stops CREATE TEMPORARY TABLE, but not EXPLAIN ANALYZE of it, which fills the table. It is gone at the end of
/// the run, and temp_file_limit does not count it. An owner has each right once more.
const RIGHTS: &str = "
    select distinct session_user::text, quote_ident(d.datname), coalesce(quote_ident(r.rolname), 'public'),
           a.grantee = d.datdba, a.privilege_type = 'TEMPORARY', a.grantee = 0
    from pg_database d
    cross join lateral aclexplode(coalesce(d.datacl, acldefault('d', d.datdba))) a
    left join pg_roles r on r.oid = a.grantee
    where d.datname = current_database()
      and (a.privilege_type = 'CREATE' or a.privilege_type = 'TEMPORARY' and a.grantee <> d.datdba)
      and (a.grantee = 0 or a.grantee in (select oid from held))
    order by 5, 3";

pub(super) async fn warnings(transaction: &Transaction<'_>) -> Result<Vec<Warning>, Error> {
    let sql = format!("{ROLES} {RIGHTS}");
    let rows = transaction.query_typed(&sql, &[]).await?;
    rows.iter().map(warning).collect()
}

fn warning(row: &Row) -> Result<Warning, Error> {
    let (role, database, grantee): (&str, &str, &str) =
        (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?);
    let is_owner: bool = row.try_get(3)?;
    if row.try_get(4)? {
        return Ok(Warning {
            grade: Grade::Note,
            sentence: format!(
                "The role `{role}` can fill the server's disk with temporary tables: READ ONLY does not stop EXPLAIN ANALYZE \
                 CREATE TEMPORARY TABLE, and temp_file_limit does not count such tables."
            ),
            sql: Some(format!(
                "revoke temporary on database {database} from {grantee};"
            )),
            is_default: row.try_get(5)?,
        });
    }
    Ok(Warning {
        grade: Grade::Danger,
        sentence: match is_owner {
            true => format!(
                "The role `{role}` can create schemas and temporary tables in the database {database}, as its owner \
                 ({grantee}) can."
            ),
            false => format!("The role `{role}` can create schemas in the database {database}."),
        },
        sql: (!is_owner).then(|| format!("revoke create on database {database} from {grantee};")),
        is_default: false,
    })
}
