//! Why a role is refused: its powers, and those of the roles that it can use.

use std::fmt;

use tokio_postgres::{Error, Row, Transaction};

use super::predefined::{Predefined, predefined};
use super::{Power, ROLES};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    pub role: String,
    /// The role that has the power, if `role` has it only through membership.
    pub through: Option<String>,
    pub power: Power,
}

/// Attributes are never inherited: they count only where SET ROLE reaches. Predefined roles count where inherited, too.
const HOLDERS: &str = "
    select session_user::text, r.rolname::text, r.oid in (select oid from settable),
           r.rolsuper, r.rolcreaterole, r.rolcreatedb, r.rolreplication, r.rolbypassrls
    from pg_roles r
    where r.oid in (select oid from held)
    order by r.rolname <> session_user, r.rolname";

pub(super) async fn refusals(transaction: &Transaction<'_>) -> Result<Vec<Refusal>, Error> {
    let holders = transaction
        .query_typed(&format!("{ROLES} {HOLDERS}"), &[])
        .await?;
    let mut refusals = Vec::new();
    for holder in &holders {
        let (role, holds): (String, String) = (holder.try_get(0)?, holder.try_get(1)?);
        refusals.extend(powers(holder)?.into_iter().map(|power| Refusal {
            role: role.clone(),
            through: (holds != role).then(|| holds.clone()),
            power,
        }));
    }
    Ok(refusals)
}

/// For a superuser nothing else is checked.
fn powers(holder: &Row) -> Result<Vec<Power>, Error> {
    let name: &str = holder.try_get(1)?;
    let mut powers = Vec::new();
    if holder.try_get(2)? {
        if holder.try_get(3)? {
            return Ok(vec![Power::Superuser]);
        }
        let attributes = [
            (holder.try_get(4)?, Power::CreateRole),
            (holder.try_get(5)?, Power::CreateDatabase),
            (holder.try_get(6)?, Power::Replication),
            (holder.try_get(7)?, Power::BypassRowSecurity),
        ];
        powers.extend(
            attributes
                .into_iter()
                .filter(|(has, _): &(bool, _)| *has)
                .map(|(_, power)| power),
        );
    }
    if let Some(Predefined::Refused(power)) = predefined(name) {
        powers.push(power);
    }
    Ok(powers)
}

impl fmt::Display for Refusal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.through {
            None => write!(formatter, "The role `{}` {}.", self.role, self.power),
            Some(through) => write!(
                formatter,
                "The role `{}` is a member of `{through}`, which {}.",
                self.role, self.power
            ),
        }
    }
}
