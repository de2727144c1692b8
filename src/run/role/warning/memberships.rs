//! Predefined roles of which the role is a member.

use tokio_postgres::{Error, Row, Transaction};

use super::Warning;
use crate::run::role::{Grade, Predefined, ROLES, predefined};

/// With the REVOKE for each membership that leads there. From PostgreSQL 16 on each grantor has to be named, unless it
/// is the superuser with whom the cluster began.
const MEMBERSHIPS: &str = "
    select session_user::text, p.rolname::text,
           string_agg(format('revoke %I from %I%s;', p.rolname, m.rolname,
                             case when current_setting('server_version_num')::integer >= 160000 and a.grantor <> 10
                                  then format(' granted by %I', g.rolname) end),
                      E'\\n' order by m.rolname, a.grantor)
    from pg_auth_members a
    join pg_roles p on p.oid = a.roleid
    join pg_roles m on m.oid = a.member
    left join pg_roles g on g.oid = a.grantor
    where p.rolname ~ '^pg_' and p.oid in (select oid from held) and a.member in (select oid from held)
    group by p.rolname
    order by p.rolname";

pub(super) async fn warnings(transaction: &Transaction<'_>) -> Result<Vec<Warning>, Error> {
    let sql = format!("{ROLES} {MEMBERSHIPS}");
    let rows = transaction.query_typed(&sql, &[]).await?;
    rows.iter()
        .filter_map(|row| warning(row).transpose())
        .collect()
}

/// None for a harmless role, nor for one that is refused anyway.
fn warning(row: &Row) -> Result<Option<Warning>, Error> {
    let (role, of): (&str, &str) = (row.try_get(0)?, row.try_get(1)?);
    let (grade, what) = match predefined(of) {
        Some(Predefined::Harmless | Predefined::Refused(_)) => return Ok(None),
        Some(Predefined::Warned(grade, what)) => (grade, what),
        None => (
            Grade::Danger,
            "is newer than this version of Dataclips: what it can do is not known here",
        ),
    };
    Ok(Some(Warning {
        grade,
        sentence: format!("The role `{role}` is a member of `{of}`, which {what}."),
        sql: row.try_get(2)?,
        is_default: false,
    }))
}
