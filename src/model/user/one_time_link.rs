//! Links that sign in the owner of an address, once: after an invitation, after a forgotten password, or without a
//! password.

use std::fmt;

use deadpool_postgres::Transaction;
use jiff::{SignedDuration, Timestamp};
use tokio_postgres::Row;

use super::letter::{Letter, NewLetter};
use super::{COLUMNS, IS_ACTIVE, password};
use crate::error::Error;
use crate::model::audit::Note;
use crate::model::secret::hash;
use crate::model::{Email, User, What, secret};
use crate::store::Store;

const INVITATION_LIFETIME: SignedDuration = SignedDuration::from_hours(7 * 24);
const RESET_LIFETIME: SignedDuration = SignedDuration::from_hours(1);
const SIGN_IN_LIFETIME: SignedDuration = SignedDuration::from_mins(15);

/// What a link is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// The first password.
    Invitation,
    /// A new password, which ends all sessions.
    Reset,
    /// No password at all.
    SignIn,
}

/// How a link reaches its person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// By mail alone, so that following it proves who owns the address.
    Mailed,
    /// An administrator sees it too.
    HandedOver,
}

/// An unused link. Only the link itself contains the secret: the store keeps its hash, and `Debug` hides it.
#[derive(Clone)]
pub struct OneTimeLink {
    secret: String,
    pub email: Email,
    pub purpose: Purpose,
    pub expires_at: Timestamp,
    /// Why its mail could not be sent, or not yet.
    pub undelivered: Option<String>,
}

/// Somebody who signed in with a link.
pub struct Entered {
    pub user: User,
    /// The page to go on to.
    pub next: String,
}

impl OneTimeLink {
    /// Makes a link that nobody mails.
    pub async fn create(
        store: &Store,
        email: &Email,
        purpose: Purpose,
        way: Way,
        next: &str,
    ) -> Result<Self, Error> {
        let link = Self::generate(email, purpose)?;
        link.keep(store, way, next, None).await?;
        Ok(link)
    }

    /// A new link, which works once it is kept.
    pub fn generate(email: &Email, purpose: Purpose) -> Result<Self, Error> {
        let expires_at = Timestamp::now().saturating_add(purpose.lifetime());
        Ok(Self {
            secret: secret::generate("")?,
            email: email.clone(),
            purpose,
            expires_at: expires_at.map_err(Error::internal)?,
            undelivered: None,
        })
    }

    /// Stores a link, with the letter that carries it if there is one, which this server is to send. Replaces an earlier
    /// link for the same purpose. Fails for deactivated users.
    pub async fn keep(
        &self,
        store: &Store,
        way: Way,
        next: &str,
        letter: Option<&NewLetter<'_>>,
    ) -> Result<Option<Letter>, Error> {
        let mut client = store.client().await?;
        let transaction = client.transaction().await?;
        let id = self.keep_in(&transaction, way, next).await?;
        let letter = match letter {
            Some(letter) => Some(Letter::create(&transaction, id, letter).await?),
            None => None,
        };
        transaction.commit().await?;
        Ok(letter)
    }

    /// Returns the link's id.
    pub(super) async fn keep_in(
        &self,
        transaction: &Transaction<'_>,
        way: Way,
        next: &str,
    ) -> Result<i64, Error> {
        let Self { email, purpose, .. } = self;
        let row = transaction
            .query_opt(
                "with replaced as (
                     delete from letters
                     using one_time_links
                     where link_id = one_time_links.id and email = $2 and purpose = $3
                 )
                 insert into one_time_links (hash, email, purpose, is_mailed, next, expires_at)
                 select $1, $2, $3, $4, $5, $6
                 where not exists (
                     select from user_deactivations
                     join users on users.id = user_deactivations.user_id
                     where users.email = $2
                 )
                 on conflict (email, purpose) do update
                 set hash = excluded.hash,
                     is_mailed = excluded.is_mailed,
                     next = excluded.next,
                     undelivered = null,
                     created_at = now(),
                     expires_at = excluded.expires_at
                 returning id, (select id from users where users.email = $2) as person_id",
                &[
                    &hash(&self.secret),
                    &email.as_str(),
                    &purpose.as_str(),
                    &(way == Way::Mailed),
                    &next,
                    &self.expires_at,
                ],
            )
            .await?;
        let row = row.ok_or_else(|| {
            Error::Conflict(format!("{email} is deactivated. Reactivate them first."))
        })?;
        note_link(transaction, purpose.as_str(), row.get("person_id")).await?;
        Ok(row.get("id"))
    }

    /// The link with this secret, if it still works. Reading it does not use it up.
    pub async fn find(store: &Store, secret: &str) -> Result<Option<Self>, Error> {
        let row = store
            .client()
            .await?
            .query_opt(
                "select email, purpose, expires_at, undelivered
                 from one_time_links
                 where hash = $1 and expires_at > now()",
                &[&hash(secret)],
            )
            .await?;
        row.map(|row| Self::from_row(&row, secret.to_owned()))
            .transpose()
    }

    /// Uses up an invitation or a reset: sets the person's password, ends their sessions and invalidates their other
    /// links. `None` if the link was used meanwhile.
    pub async fn choose_password(
        &self,
        store: &Store,
        password: &str,
    ) -> Result<Option<Entered>, Error> {
        let password_hash = password::hash(password).await?;
        let mut client = store.client().await?;
        let transaction = client.transaction().await?;
        let Some(used) = self.take(&transaction).await? else {
            return Ok(None);
        };
        let row = transaction
            .query_opt(
                &format!(
                    "update users
                     set password_hash = $2,
                         password_set_at = now(),
                         verified_at = case when $3 then coalesce(verified_at, now()) else verified_at end
                     where email = $1
                     and {IS_ACTIVE}
                     returning {COLUMNS}"
                ),
                &[&self.email.as_str(), &password_hash, &used.is_mailed],
            )
            .await?;
        let Some(row) = row else { return Ok(None) };
        let user = User::from_row(&row)?;
        user.end_sessions_and_links(&transaction).await?;
        let note = Note::new(What::PasswordChanged).by(Some(user.id));
        note.detail("by a one-time link")
            .write(&transaction)
            .await?;
        transaction.commit().await?;
        Ok(Some(Entered {
            user,
            next: used.next,
        }))
    }

    /// Uses up a link that signs in. An unknown person becomes a guest, if something is granted to the address or its
    /// domain. `None` if the link was used meanwhile, or if nothing is granted any longer.
    pub async fn sign_in(&self, store: &Store) -> Result<Option<Entered>, Error> {
        let mut client = store.client().await?;
        let transaction = client.transaction().await?;
        let Some(used) = self.take(&transaction).await? else {
            return Ok(None);
        };
        if used.is_mailed {
            add_guest(&transaction, &self.email).await?;
        }
        let row = transaction
            .query_opt(
                &format!(
                    "update users
                     set entered_at = coalesce(entered_at, now()),
                         verified_at = case when $2 then coalesce(verified_at, now()) else verified_at end
                     where email = $1
                     and {IS_ACTIVE}
                     returning {COLUMNS}"
                ),
                &[&self.email.as_str(), &used.is_mailed],
            )
            .await?;
        let Some(row) = row else { return Ok(None) };
        let user = User::from_row(&row)?;
        transaction.commit().await?;
        Ok(Some(Entered {
            user,
            next: used.next,
        }))
    }

    /// Whether a link would sign in the owner of this address: a user who is not deactivated, or somebody with a
    /// grant.
    pub async fn signs_in(store: &Store, email: &Email) -> Result<bool, Error> {
        let row = store
            .client()
            .await?
            .query_one(
                "select case
                     when exists (select from users where email = $1) then not exists (
                         select from user_deactivations
                         join users on users.id = user_deactivations.user_id
                         where users.email = $1
                     )
                     else exists (select from clip_grants where grantee in ($1, $2))
                 end as signs_in",
                &[&email.as_str(), &email.domain()],
            )
            .await?;
        Ok(row.get("signs_in"))
    }

    /// Deletes expired links.
    pub async fn sweep(store: &Store) -> Result<(), Error> {
        let client = store.client().await?;
        let sql = "delete from one_time_links where expires_at <= now()";
        client.execute(sql, &[]).await?;
        Ok(())
    }

    pub fn secret(&self) -> &str {
        &self.secret
    }

    /// Takes the link out of the store: unless the transaction fails, nobody else can use it.
    async fn take(&self, transaction: &Transaction<'_>) -> Result<Option<Used>, Error> {
        let row = transaction
            .query_opt(
                "delete from one_time_links
                 where hash = $1 and expires_at > now()
                 returning is_mailed, next",
                &[&hash(&self.secret)],
            )
            .await?;
        Ok(row.map(|row| Used {
            is_mailed: row.get("is_mailed"),
            next: row.get("next"),
        }))
    }

    /// Reads the columns `email`, `purpose`, `expires_at` and `undelivered`.
    fn from_row(row: &Row, secret: String) -> Result<Self, Error> {
        let (email, purpose): (&str, &str) = (row.get("email"), row.get("purpose"));
        Ok(Self {
            secret,
            email: Email::from_stored(email),
            purpose: Purpose::parse(purpose)
                .ok_or_else(|| Error::internal("a stored purpose cannot be read"))?,
            expires_at: row.get("expires_at"),
            undelivered: row.get("undelivered"),
        })
    }
}

impl fmt::Debug for OneTimeLink {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("OneTimeLink(…)")
    }
}

impl Purpose {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Invitation => "invitation",
            Self::Reset => "reset",
            Self::SignIn => "sign-in",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        [Self::Invitation, Self::Reset, Self::SignIn]
            .into_iter()
            .find(|purpose| purpose.as_str() == text)
    }

    fn lifetime(self) -> SignedDuration {
        match self {
            Self::Invitation => INVITATION_LIFETIME,
            Self::Reset => RESET_LIFETIME,
            Self::SignIn => SIGN_IN_LIFETIME,
        }
    }
}

/// What the store knew about a link that was just used up.
struct Used {
    is_mailed: bool,
    next: String,
}

/// The person is `None` as long as the address has only been granted something.
async fn note_link(
    transaction: &Transaction<'_>,
    purpose: &str,
    person: Option<i64>,
) -> Result<(), Error> {
    let note = Note::new(What::PersonLinkMade).detail(purpose);
    match person {
        Some(id) => note.person(id).write(transaction).await,
        None => note.write(transaction).await,
    }
}

async fn add_guest(transaction: &Transaction<'_>, email: &Email) -> Result<(), Error> {
    let added = transaction
        .query_opt(
            "insert into users (email, role, verified_at)
             select $1, 'guest', now()
             where exists (select from clip_grants where grantee in ($1, $2))
             on conflict (email) do nothing
             returning id",
            &[&email.as_str(), &email.domain()],
        )
        .await?;
    if let Some(added) = added {
        let note = Note::new(What::PersonJoined).by(added.get("id"));
        note.detail("guest").write(transaction).await?;
    }
    Ok(())
}
