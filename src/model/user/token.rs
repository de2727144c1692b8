//! API tokens: secrets that authenticate a user.

use std::fmt;

use jiff::Timestamp;

use super::scope::{Scope, TokenDatabase, TokenUser, UsedToken};
use super::{COLUMNS, IS_ACTIVE};
use crate::error::Error;
use crate::model::audit::Note;
use crate::model::secret::hash;
use crate::model::{Database, User, What, secret};
use crate::store::Store;

const PREFIX: &str = "dataclips_";

/// A token's secret, shown only once, when it is made: the store keeps its hash. `Debug` hides it.
pub struct Token(String);

/// What is known about a token after it was made.
#[derive(Clone, Debug)]
pub struct IssuedToken {
    pub id: i64,
    pub name: String,
    pub scopes: Vec<Scope>,
    /// The one to which it is limited; `None`: every database of its user.
    pub database: Option<TokenDatabase>,
    pub created_at: Timestamp,
    /// `None`: does not expire.
    pub expires_at: Option<Timestamp>,
    pub is_expired: bool,
    /// To the minute; `None`: never used.
    pub last_used_at: Option<Timestamp>,
}

/// A token to make.
#[derive(Clone, Copy, Debug)]
pub struct NewToken<'a> {
    pub name: &'a str,
    pub scopes: &'a [Scope],
    /// The one to which it is limited; `None`: every database of its user.
    pub database: Option<&'a Database>,
    pub expires_at: Option<Timestamp>,
}

impl<'a> NewToken<'a> {
    /// For everything that its user may do; does not expire.
    pub fn named(name: &'a str) -> Self {
        Self {
            name,
            scopes: &Scope::ALL,
            database: None,
            expires_at: None,
        }
    }
}

impl Token {
    /// Makes a token for a user; its secret cannot be read again later.
    pub async fn create(store: &Store, user: &User, new: &NewToken<'_>) -> Result<Self, Error> {
        let NewToken { name, scopes, .. } = new;
        if scopes.is_empty() {
            return Err(Error::invalid("scopes", "Choose what the token may do."));
        }
        let scopes: Vec<_> = scopes.iter().map(|scope| scope.as_str()).collect();
        let token = Self(secret::generate(PREFIX)?);
        let mut client = store.client().await?;
        let transaction = client.transaction().await?;
        transaction
            .execute(
                "insert into tokens (user_id, name, hash, scopes, database_id, expires_at) values ($1, $2, $3, $4, $5, $6)",
                &[
                    &user.id,
                    &name,
                    &hash(&token.0),
                    &scopes,
                    &new.database.map(|database| database.id),
                    &new.expires_at,
                ],
            )
            .await?;
        let note = Note::new(What::TokenCreated).person(user.id);
        note.detail(name).write(&transaction).await?;
        transaction.commit().await?;
        Ok(token)
    }

    /// The user of the token with this text, if there is one that has not expired. Notes the use, once a minute at most.
    pub async fn find_user(store: &Store, text: &str) -> Result<Option<TokenUser>, Error> {
        if !text.starts_with(PREFIX) {
            return Ok(None);
        }
        let client = store.client().await?;
        let statement = client
            .prepare_cached(&format!(
                "with used as (
                     update tokens
                     set last_used_at = now()
                     where hash = $1
                     and (last_used_at is null or last_used_at < now() - interval '1 minute')
                     and (expires_at is null or expires_at > now())
                 )
                 select {COLUMNS}, tokens.id as token_id, tokens.scopes, tokens.database_id, databases.name as database_name
                 from tokens
                 join users on users.id = tokens.user_id
                 left join databases on databases.id = tokens.database_id
                 where tokens.hash = $1
                 and (tokens.expires_at is null or tokens.expires_at > now())
                 and {IS_ACTIVE}"
            ))
            .await?;
        let row = client.query_opt(&statement, &[&hash(text)]).await?;
        let Some(row) = row else { return Ok(None) };
        let scopes = Scope::from_stored(row.get("scopes"));
        let token = UsedToken {
            id: row.get("token_id"),
            database: TokenDatabase::from_row(&row),
        };
        Ok(Some(TokenUser::new(User::from_row(&row)?, token, scopes)))
    }

    /// The user's tokens, the newest first.
    pub async fn all(store: &Store, user: &User) -> Result<Vec<IssuedToken>, Error> {
        let rows = store
            .client()
            .await?
            .query(
                "select tokens.id, tokens.name, scopes, database_id, databases.name as database_name, tokens.created_at,
                     expires_at, last_used_at, coalesce(expires_at <= now(), false) as is_expired
                 from tokens
                 left join databases on databases.id = tokens.database_id
                 where user_id = $1
                 order by tokens.id desc",
                &[&user.id],
            )
            .await?;
        let tokens = rows.iter().map(|row| IssuedToken {
            id: row.get("id"),
            name: row.get("name"),
            scopes: Scope::from_stored(row.get("scopes")),
            database: TokenDatabase::from_row(row),
            created_at: row.get("created_at"),
            expires_at: row.get("expires_at"),
            is_expired: row.get("is_expired"),
            last_used_at: row.get("last_used_at"),
        });
        Ok(tokens.collect())
    }

    /// The name of the user's token with this secret, to show it. Does not count as a use.
    pub async fn find_name(
        store: &Store,
        user: &User,
        secret: &str,
    ) -> Result<Option<String>, Error> {
        let sql = "select name from tokens where user_id = $1 and hash = $2";
        let client = store.client().await?;
        let row = client.query_opt(sql, &[&user.id, &hash(secret)]).await?;
        Ok(row.map(|row| row.get("name")))
    }

    /// Revokes one of the user's tokens. Does nothing if it belongs to another user, or is gone already.
    pub async fn revoke(store: &Store, user: &User, id: i64) -> Result<(), Error> {
        let mut client = store.client().await?;
        let transaction = client.transaction().await?;
        let sql = "delete from tokens where user_id = $1 and id = $2 returning name";
        if let Some(revoked) = transaction.query_opt(sql, &[&user.id, &id]).await? {
            let note = Note::new(What::TokenRevoked).person(user.id);
            note.detail(revoked.get("name")).write(&transaction).await?;
        }
        transaction.commit().await?;
        Ok(())
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
