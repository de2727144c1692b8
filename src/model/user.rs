//! People.

pub mod attempt;
pub mod author;
pub mod deletion;
pub mod email;
pub mod first_steps;
pub mod identity;
pub mod letter;
pub mod one_time_link;
pub mod password;
pub mod person;
pub mod requested_mail;
pub mod scope;
pub mod session;
pub mod token;
pub mod welcome;

use deadpool_postgres::Transaction;
use jiff::Timestamp;
use tokio_postgres::Row;

use super::audit::Note;
use super::clip::adoption::adopt_sample_clips;
use super::{Email, What};
use crate::error::Error;
use crate::store::Store;
use scope::{TokenDatabase, UsedToken};

/// What a user may do beyond their own clips.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum, utoipa::ToSchema)]
#[schema(rename_all = "lowercase")]
pub enum Role {
    /// Everything.
    Administrator,
    /// Writes clips on the databases open to members, or to them by name.
    Member,
    /// Sees only what was granted.
    Guest,
}

#[derive(Clone, Debug)]
pub struct User {
    pub id: i64,
    pub email: Email,
    pub role: Role,
    /// Identifies the password that was valid when this was read.
    pub password_set_at: Timestamp,
    /// Whether the address is known to belong to the person; grants count only then.
    pub is_verified: bool,
    /// The token that they use, which may limit what they can reach.
    pub token: Option<UsedToken>,
}

pub(super) const COLUMNS: &str = "
    users.id, users.email, users.role, users.password_set_at, users.verified_at is not null as is_verified";

/// Whether the user of the row is not deactivated, in SQL.
pub(super) const IS_ACTIVE: &str =
    "not exists (select from user_deactivations where user_id = users.id)";

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
        let hash = password::hash(password).await?;
        let mut client = store.client().await?;
        let transaction = client.transaction().await?;
        let row = transaction
            .query_one(
                &format!(
                    "insert into users (email, role, password_hash, verified_at)
                     values ($1, $2, $3, now())
                     returning {COLUMNS}"
                ),
                &[&email.as_str(), &role.as_str(), &hash],
            )
            .await?;
        adopt_sample_clips(&transaction).await?;
        let user = Self::from_row(&row)?;
        let note = Note::new(What::PersonAdded).person(user.id);
        note.detail(role.as_str()).write(&transaction).await?;
        transaction.commit().await?;
        Ok(user)
    }

    /// `None` if the person is deactivated.
    pub async fn find_by_email(store: &Store, email: &Email) -> Result<Option<Self>, Error> {
        let row = store
            .client()
            .await?
            .query_opt(
                &format!("select {COLUMNS} from users where email = $1 and {IS_ACTIVE}"),
                &[&email.as_str()],
            )
            .await?;
        row.as_ref().map(Self::from_row).transpose()
    }

    /// `None` if the person is deactivated.
    pub async fn find(store: &Store, id: i64) -> Result<Option<Self>, Error> {
        let client = store.client().await?;
        let statement = client
            .prepare_cached(&format!(
                "select {COLUMNS} from users where id = $1 and {IS_ACTIVE}"
            ))
            .await?;
        let row = client.query_opt(&statement, &[&id]).await?;
        row.as_ref().map(Self::from_row).transpose()
    }

    /// The user with this address and password. An unknown address takes as long as a wrong password; both are noted.
    pub async fn authenticate(
        store: &Store,
        email: &Email,
        password: &str,
    ) -> Result<Option<Self>, Error> {
        let row = store
            .client()
            .await?
            .query_opt(
                &format!(
                    "select {COLUMNS}, password_hash from users where email = $1 and {IS_ACTIVE}"
                ),
                &[&email.as_str()],
            )
            .await?;
        let hash = row.as_ref().and_then(|row| row.get("password_hash"));
        if !password::verify(password, hash).await? {
            let person = row.map(|row| row.get("id"));
            note_wrong_password(store, person).await?;
            return Ok(None);
        }
        row.as_ref().map(Self::from_row).transpose()
    }

    /// Also ends all sessions that began with the old password and all one-time links, so that anybody who knew it
    /// loses access. The caller begins a new session. Fails if the password has changed since the user was read.
    pub async fn change_password(&self, store: &Store, password: &str) -> Result<Self, Error> {
        let hash = password::hash(password).await?;
        let mut client = store.client().await?;
        let transaction = client.transaction().await?;
        let row = transaction
            .query_opt(
                &format!(
                    "update users
                     set password_hash = $3, password_set_at = now()
                     where id = $1 and password_set_at = $2
                     returning {COLUMNS}"
                ),
                &[&self.id, &self.password_set_at, &hash],
            )
            .await?;
        let row = row.ok_or_else(|| {
            Error::invalid(
                "current_password",
                "Your password was just changed elsewhere. Sign in again with the new one.",
            )
        })?;
        self.end_sessions_and_links(&transaction).await?;
        let note = Note::new(What::PasswordChanged).by(Some(self.id));
        note.write(&transaction).await?;
        transaction.commit().await?;
        Self::from_row(&row)
    }

    /// Ends all sessions of the user, and all one-time links to them.
    async fn end_sessions_and_links(&self, transaction: &Transaction<'_>) -> Result<(), Error> {
        let sql = "delete from sessions where user_id = $1";
        transaction.execute(sql, &[&self.id]).await?;
        let sql = "delete from one_time_links where email = $1";
        transaction.execute(sql, &[&self.email.as_str()]).await?;
        Ok(())
    }

    /// Whether the user has a password to sign in with, and so to change.
    pub async fn has_password(&self, store: &Store) -> Result<bool, Error> {
        let client = store.client().await?;
        let sql = "select password_hash is not null as has_password from users where id = $1";
        let row = client.query_one(sql, &[&self.id]).await?;
        Ok(row.get("has_password"))
    }

    pub async fn all(store: &Store) -> Result<Vec<Self>, Error> {
        let rows = store
            .client()
            .await?
            .query(&format!("select {COLUMNS} from users order by id"), &[])
            .await?;
        rows.iter().map(Self::from_row).collect()
    }

    /// The address, if it is known to be theirs.
    pub(super) fn verified_email(&self) -> Option<&str> {
        self.is_verified.then_some(self.email.as_str())
    }

    /// The database to which their token is limited, if it is.
    pub fn only_database(&self) -> Option<&TokenDatabase> {
        self.token.as_ref()?.database.as_ref()
    }

    pub fn is_administrator(&self) -> bool {
        self.role == Role::Administrator
    }

    /// Reads [`COLUMNS`].
    pub(super) fn from_row(row: &Row) -> Result<Self, Error> {
        let (email, role): (&str, &str) = (row.get("email"), row.get("role"));
        Ok(Self {
            id: row.get("id"),
            email: Email::from_stored(email),
            role: Role::parse(role)
                .ok_or_else(|| Error::internal("a stored role cannot be read"))?,
            password_set_at: row.get("password_set_at"),
            is_verified: row.get("is_verified"),
            token: None,
        })
    }
}

/// Without the address where nobody has it: people type passwords there, too.
async fn note_wrong_password(store: &Store, person: Option<i64>) -> Result<(), Error> {
    let client = store.client().await?;
    let note = Note::new(What::SignInFailed).detail("wrong password");
    match person {
        Some(id) => note.person(id).write(&client).await,
        None => note.detail("unknown address").write(&client).await,
    }
}
