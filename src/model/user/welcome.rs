//! The one-time link with which the first administrator signs up.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;

use super::{COLUMNS, password};
use crate::error::Error;
use crate::model::audit::Note;
use crate::model::clip::adoption::adopt_sample_clips;
use crate::model::{Email, Role, SecretKey, User, What};
use crate::store::Store;

const PURPOSE: &str = "dataclips 2026-11 welcome link";

/// The link's secret, derived from the server's key, so that every start and every server prints the same one.
/// It stops working when there is an administrator, however they were added.
#[derive(Clone)]
pub struct Welcome(SecretKey);

impl Welcome {
    pub fn new(key: &SecretKey) -> Self {
        Self(key.clone())
    }

    pub fn text(&self) -> String {
        BASE64_URL_SAFE_NO_PAD.encode(self.0.derive(PURPOSE))
    }

    /// Compares in constant time.
    pub fn is(&self, text: &str) -> bool {
        let secrets = self.0.derive_all(PURPOSE);
        let mut texts = secrets
            .iter()
            .map(|secret| BASE64_URL_SAFE_NO_PAD.encode(secret));
        texts.any(|known| blake3::hash(known.as_bytes()) == blake3::hash(text.as_bytes()))
    }

    pub async fn is_open(store: &Store) -> Result<bool, Error> {
        let row = store
            .client()
            .await?
            .query_one(
                "select not exists (select from users where role = 'administrator') as is_open",
                &[],
            )
            .await?;
        Ok(row.get("is_open"))
    }

    /// Creates the first administrator, who adopts the sample clips. `None` if somebody else was faster.
    pub async fn create_administrator(
        store: &Store,
        email: &Email,
        password: &str,
    ) -> Result<Option<User>, Error> {
        let hash = password::hash(password).await?;
        let mut client = store.client().await?;
        let transaction = client.transaction().await?;
        transaction
            .execute("lock table users in share row exclusive mode", &[])
            .await?;
        let row = transaction
            .query_opt(
                &format!(
                    "insert into users (email, role, password_hash, verified_at)
                     select $1, $2, $3, now()
                     where not exists (select from users where role = 'administrator')
                     returning {COLUMNS}"
                ),
                &[&email.as_str(), &Role::Administrator.as_str(), &hash],
            )
            .await?;
        let Some(row) = row else { return Ok(None) };
        let administrator = User::from_row(&row)?;
        adopt_sample_clips(&transaction).await?;
        let note = Note::new(What::PersonAdded).person(administrator.id);
        note.detail("administrator, by the welcome link")
            .write(&transaction)
            .await?;
        transaction.commit().await?;
        Ok(Some(administrator))
    }
}
