//! Whether a connection's role is safe enough to run what people write: the first safeguard, before READ ONLY. And how
//! to create such a role.
//!
//! Only `session_user` counts: a statement can always return to it.

mod created_role;
mod creation_failure;
mod everyone;
mod grade;
mod grants;
mod name;
mod new_role;
mod power;
mod predefined;
mod reading;
mod refusal;
mod safe_role;
pub(super) mod warning;

use tokio_postgres::{Client, Error};

pub use created_role::{CreatedRole, Omission};
pub use creation_failure::CreationFailure;
pub use grade::Grade;
pub use name::{RoleName, RoleNameError};
pub(super) use new_role::NewRole;
pub use power::Power;
pub use predefined::{Predefined, predefined};
pub use refusal::Refusal;
pub(super) use safe_role::CONNECTION_LIMIT;
pub use safe_role::SafeRole;
pub(super) use safe_role::quote_identifier;
pub use warning::Warning;

/// The findings about a role.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoleReport {
    pub role: String,
    /// Reasons not to use the role at all.
    pub refusals: Vec<Refusal>,
    /// What the role should not be able to do, with SQL to revoke it; the worst first.
    pub warnings: Vec<Warning>,
    /// A safe role for this database.
    pub safe_role: SafeRole,
}

impl RoleReport {
    pub fn is_refused(&self) -> bool {
        !self.refusals.is_empty()
    }
}

/// A lock on the catalogue must not block for long. Compiling these queries takes longer than running them, which PostgreSQL misjudges
/// where a setting tells it to avoid a kind of scan.
const PREPARATION: &str =
    "set local statement_timeout = '4s'; set local search_path to pg_catalog; set local jit = off";

/// Examines this connection's role in the catalogue. The search path is replaced, so that nothing in the database can
/// shadow the catalogue's own names.
pub async fn check(client: &mut Client) -> Result<RoleReport, Error> {
    let transaction = client.build_transaction().read_only(true).start().await?;
    // All messages are sent together: one round trip. If the first one fails, nothing that follows counts.
    let (prepared, role, warnings, refusals, safe_role) = tokio::join!(
        transaction.batch_execute(PREPARATION),
        transaction.query_typed_one("select session_user::text", &[]),
        warning::warnings(&transaction),
        refusal::refusals(&transaction),
        SafeRole::read(&transaction),
    );
    prepared?;
    let role = role?.try_get(0)?;
    let warnings = warnings?;
    Ok(RoleReport {
        role,
        refusals: refusals?,
        safe_role: safe_role?.with_revokes_of(&warnings),
        warnings,
    })
    // Dropped, the transaction is rolled back without a round trip of its own.
}

/// The relevant roles, as the start of a query: `settable` are those that SET ROLE can reach (or that the role could
/// grant itself as their administrator), `held` those whose privileges then apply.
///
/// Grants have their own options since PostgreSQL 16; before that every membership allows SET ROLE, and INHERIT is the
/// member's attribute. The columns are read through JSON, so that one query works for both.
const ROLES: &str = "
    with recursive settable as (
        select oid from pg_roles where rolname = session_user
      union
        select m.roleid
        from settable s
        join pg_auth_members m on m.member = s.oid
        where m.admin_option or coalesce((to_jsonb(m) ->> 'set_option')::boolean, true)
    ),
    inherited as (
        select oid from settable
      union
        select m.roleid
        from inherited i
        join pg_roles r on r.oid = i.oid
        join pg_auth_members m on m.member = i.oid
        where coalesce((to_jsonb(m) ->> 'inherit_option')::boolean, r.rolinherit)
    ),
    held as (
        select oid from inherited
      union
        select r.oid
        from pg_roles r, pg_database d
        where r.rolname = 'pg_database_owner'
          and d.datname = current_database()
          and d.datdba in (select oid from inherited)
    )";
