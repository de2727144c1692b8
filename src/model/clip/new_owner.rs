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
