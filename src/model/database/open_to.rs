//! Who may query a database.

use deadpool_postgres::Transaction;

use crate::error::Error;
use crate::model::{Email, Role, User};

/// Who may query a database. Administrators always may.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OpenTo {
    Administrators,
    Members,
    Named(Vec<Email>),
}

impl OpenTo {
    /// Reads what [`OpenTo::keep`] stored.
    pub(in crate::model) fn new(group: &str, members: Vec<&str>) -> Self {
        match group {
            "members" => Self::Members,
            "named" => Self::Named(members.into_iter().map(Email::from_stored).collect()),
            _ => Self::Administrators,
        }
    }

    pub fn admits(&self, user: &User) -> bool {
        match (user.role, self) {
            (Role::Administrator, _) | (Role::Member, Self::Members) => true,
            (Role::Member, Self::Named(emails)) => emails.contains(&user.email),
            (Role::Member, Self::Administrators) | (Role::Guest, _) => false,
        }
    }

    pub(in crate::model) fn as_str(&self) -> &'static str {
        match self {
            Self::Administrators => "administrators",
            Self::Members => "members",
            Self::Named(_) => "named",
        }
    }

    /// Stores the members by name; the group is a column of the database's own row.
    pub(in crate::model) async fn keep(
        &self,
        transaction: &Transaction<'_>,
        database_id: i64,
    ) -> Result<(), Error> {
        let mut emails: Vec<&str> = match self {
            Self::Named(emails) => emails.iter().map(Email::as_str).collect(),
            Self::Administrators | Self::Members => Vec::new(),
        };
        emails.sort_unstable();
        emails.dedup();
        transaction
            .execute(
                "delete from database_members where database_id = $1",
                &[&database_id],
            )
            .await?;
        let added = transaction
            .query(
                "with added as (
                     insert into database_members (database_id, user_id)
                     select $1, id from users where email = any ($2)
                     returning user_id
                 )
                 select users.email from added join users on users.id = added.user_id",
                &[&database_id, &emails],
            )
            .await?;
        let known: Vec<&str> = added.iter().map(|row| row.get("email")).collect();
        emails.retain(|email| !known.contains(email));
        match emails.is_empty() {
            true => Ok(()),
            false => Err(Error::invalid(
                "open_to",
                format!(
                    "Some addresses have no account: {}. Invite those people first, then open the database to them.",
                    emails.join(", ")
                ),
            )),
        }
    }
}
