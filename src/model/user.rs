//! People.

use argon2::{Argon2, PasswordHasher};
use tokio_postgres::Row;

use super::Email;
use super::sample::adopt_sample_clips;
use crate::error::Error;
use crate::store::Store;

const PASSWORD_CHARACTERS_MIN: usize = 8;
const PASSWORD_BYTES_MAX: usize = 1_000;

/// What a user may do beside his own clips.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Role {
    /// Everything.
    Administrator,
    /// Writes clips on the databases open to members, or to them by name.
    Member,
    /// Only sees what was granted.
    Guest,
}

#[derive(Clone, Debug)]
pub struct User {
    pub id: i64,
    pub email: Email,
    pub role: Role,
}

impl Role {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Administrator => "administrator",
            Self::Member => "member",
            Self::Guest => "guest",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        [Self::Administrator, Self::Member, Self::Guest]
            .into_iter()
            .find(|role| role.as_str() == text)
    }
}

impl User {
    /// Adds a user whose address an administrator vouches for. The first administrator adopts the sample clips.
    pub async fn create(
        store: &Store,
        email: &Email,
        role: Role,
        password: &str,
    ) -> Result<Self, Error> {
        let hash = hash_password(password).await?;
        let mut client = store.client().await?;
        let transaction = client.transaction().await?;
        let row = transaction
            .query_one(
                "insert into users (email, role, password_hash, verified_at)
                 values ($1, $2, $3, now())
                 returning id, email, role",
                &[&email.as_str(), &role.as_str(), &hash],
            )
            .await?;
        adopt_sample_clips(&transaction).await?;
        transaction.commit().await?;
        Self::from_row(&row)
    }

    pub async fn find_by_email(store: &Store, email: &Email) -> Result<Option<Self>, Error> {
        let row = store
            .client()
            .await?
            .query_opt(
                "select id, email, role from users where email = $1",
                &[&email.as_str()],
            )
            .await?;
        row.as_ref().map(Self::from_row).transpose()
    }

    pub async fn all(store: &Store) -> Result<Vec<Self>, Error> {
        let rows = store
            .client()
            .await?
            .query("select id, email, role from users order by id", &[])
            .await?;
        rows.iter().map(Self::from_row).collect()
    }

    pub fn is_administrator(&self) -> bool {
        self.role == Role::Administrator
    }

    /// Reads the columns `id`, `email` and `role`.
    pub(super) fn from_row(row: &Row) -> Result<Self, Error> {
        let (email, role): (&str, &str) = (row.get("email"), row.get("role"));
        Ok(Self {
            id: row.get("id"),
            email: Email::parse(email)
                .ok_or_else(|| Error::internal("a stored e-mail address cannot be read"))?,
            role: Role::parse(role)
                .ok_or_else(|| Error::internal("a stored role cannot be read"))?,
        })
    }
}

/// Argon2id with the library's recommended cost, on a thread where it holds nobody up.
pub(super) async fn hash_password(password: &str) -> Result<String, Error> {
    if password.chars().count() < PASSWORD_CHARACTERS_MIN || password.len() > PASSWORD_BYTES_MAX {
        return Err(Error::invalid(
            "password",
            "Choose a password of at least 8 characters.",
        ));
    }
    let password = password.to_owned();
    tokio::task::spawn_blocking(move || Argon2::default().hash_password(password.as_bytes()))
        .await
        .map_err(Error::internal)?
        .map(|hash| hash.to_string())
        .map_err(|error| Error::internal(error.to_string()))
}
