//! Whether the role of a connection is good enough to run what people write: the first lock, before READ ONLY. And how to
//! create one that is.
//!
//! `session_user` is what counts: a statement can always return to it.

mod created_role;
mod creation_failure;
mod grants;
mod name;
mod new_role;
mod power;
mod reading;
mod safe_role;
mod warning;

use tokio_postgres::{Client, Error};

pub use created_role::{CreatedRole, Omission};
pub use creation_failure::CreationFailure;
pub use name::{RoleName, RoleNameError};
pub(super) use new_role::NewRole;
pub use power::{Power, Refusal};
pub(super) use safe_role::CONNECTION_LIMIT;
pub use safe_role::SafeRole;
pub use warning::Warning;

/// What was found about a role.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoleReport {
    pub role: String,
    /// Reasons not to use the role at all.
    pub refusals: Vec<Refusal>,
    /// What the role should rather not be able to do, with the SQL that takes it away.
    pub warnings: Vec<Warning>,
    /// A role that is good enough, for this database.
    pub safe_role: SafeRole,
}

impl RoleReport {
    pub fn is_refused(&self) -> bool {
        !self.refusals.is_empty()
    }
}

/// Looks the role of this connection up in the catalogue. The search path is set aside, so that nothing in the
/// database can stand in for the catalogue's own names.
pub async fn check(client: &mut Client) -> Result<RoleReport, Error> {
    let transaction = client.build_transaction().read_only(true).start().await?;
    transaction
        .batch_execute("set local search_path to pg_catalog")
        .await?;
    let role = transaction
        .query_typed_one("select session_user::text", &[])
        .await?;
    let report = RoleReport {
        role: role.try_get(0)?,
        refusals: power::refusals(&transaction).await?,
        warnings: warning::warnings(&transaction).await?,
        safe_role: SafeRole::read(&transaction).await?,
    };
    transaction.rollback().await?;
    Ok(report)
}

/// The roles that count, as the start of a query: `settable` are those that SET ROLE reaches (or that the role could
/// open to itself, being their administrator), `held` those whose privileges apply after that.
///
/// Grants have their own options from PostgreSQL 16 on; before it every membership allows SET ROLE, and INHERIT is
/// the member's attribute. The columns are read by way of JSON, so that one text serves both.
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
