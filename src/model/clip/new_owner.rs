//! People to whom a clip can be transferred.

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
        found.ok_or_else(|| {
            Error::invalid(
                field,
                "Enter the e-mail address of a member or an administrator who can sign in here.",
            )
        })
    }

    pub async fn find(store: &Store, email: &Email) -> Result<Option<Self>, Error> {
        let row = store
            .client()
            .await?
            .query_opt(
                &format!(
                    "select id
                     from users
                     where email = $1
                     and role in ('administrator', 'member')
                     and {IS_ACTIVE}"
                ),
                &[&email.as_str()],
            )
            .await?;
        Ok(row.map(|row| Self {
            id: row.get("id"),
            email: email.clone(),
        }))
    }
}
