//! People to whom a clip can be transferred.

use deadpool_postgres::{GenericClient, Transaction};

use crate::error::Error;
use crate::model::Email;
use crate::model::user::IS_ACTIVE;
use crate::store::Store;

/// A member or an administrator who is not deactivated, and so may own clips.
#[derive(Clone, Debug)]
pub struct NewOwner {
    pub(in crate::model) id: i64,
    pub(in crate::model) email: Email,
}

impl NewOwner {
    /// The one with this address; `field` is where it was typed.
    pub async fn named(store: &Store, field: &'static str, typed: &str) -> Result<Self, Error> {
        let found = match Email::parse_existing(typed) {
            Some(email) => Self::find(store, &email).await?,
            None => None,
        };
        found.ok_or_else(|| unable(field))
    }

    pub async fn find(store: &Store, email: &Email) -> Result<Option<Self>, Error> {
        Self::read(&store.client().await?, email).await
    }

    /// Asks again, under the lock of a change: they may have been deleted, deactivated or made a guest meanwhile.
    pub(in crate::model) async fn expect_able(
        &self,
        transaction: &Transaction<'_>,
        field: &'static str,
    ) -> Result<(), Error> {
        match Self::read(transaction, &self.email).await? {
            Some(owner) if owner.id == self.id => Ok(()),
            _ => Err(unable(field)),
        }
    }

    async fn read(client: &impl GenericClient, email: &Email) -> Result<Option<Self>, Error> {
        let sql = format!(
            "select id
             from users
             where email = $1
             and role in ('administrator', 'member')
             and {IS_ACTIVE}"
        );
        let row = client.query_opt(&sql, &[&email.as_str()]).await?;
        Ok(row.map(|row| Self {
            id: row.get("id"),
            email: email.clone(),
        }))
    }
}

fn unable(field: &'static str) -> Error {
    Error::invalid(
        field,
        "Enter the e-mail address of a member or an administrator who can sign in here.",
    )
}
