//! Secrets that stand for a user over the API.

use std::fmt;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;

use super::User;
use crate::error::Error;
use crate::store::Store;

const PREFIX: &str = "dataclips_";

/// A token's secret, known only to whoever made it: the store keeps its hash. `Debug` hides it.
pub struct Token(String);

impl Token {
    /// Makes a token for a user; the secret can be read now and never again.
    pub async fn create(store: &Store, user: &User, name: &str) -> Result<Self, Error> {
        let mut secret = [0; 32];
        getrandom::fill(&mut secret).map_err(Error::internal)?;
        let token = Self(format!("{PREFIX}{}", BASE64_URL_SAFE_NO_PAD.encode(secret)));
        store
            .client()
            .await?
            .execute(
                "insert into tokens (user_id, name, hash) values ($1, $2, $3)",
                &[&user.id, &name, &hash(&token.0)],
            )
            .await?;
        Ok(token)
    }

    /// The user for whom this text stands, if it is a token that has not expired. Notes the use, once a minute at most.
    pub async fn find_user(store: &Store, text: &str) -> Result<Option<User>, Error> {
        if !text.starts_with(PREFIX) {
            return Ok(None);
        }
        let client = store.client().await?;
        let statement = client
            .prepare_cached(
                "with used as (
                     update tokens
                     set last_used_at = now()
                     where hash = $1
                     and (last_used_at is null or last_used_at < now() - interval '1 minute')
                 )
                 select users.id, users.email, users.role
                 from tokens
                 join users on users.id = tokens.user_id
                 where tokens.hash = $1
                 and (tokens.expires_at is null or tokens.expires_at > now())",
            )
            .await?;
        let row = client.query_opt(&statement, &[&hash(text)]).await?;
        row.as_ref().map(User::from_row).transpose()
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Token(…)")
    }
}

/// The secret is random, so a fast hash keeps it as well as a slow one.
fn hash(text: &str) -> Vec<u8> {
    blake3::hash(text.as_bytes()).as_bytes().to_vec()
}
