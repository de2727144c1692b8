//! People as administrators see them: active, invited, waiting or deactivated.

use deadpool_postgres::Transaction;
use jiff::Timestamp;
use tokio_postgres::Row;

use super::{COLUMNS, IS_ACTIVE};
use crate::error::Error;
use crate::model::audit::Note;
use crate::model::{Email, Role, User, What};
use crate::store::Store;

/// Whether somebody can sign in, or what is missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Signed in at least once, or has a password.
    Active,
    /// Has not used the invitation yet.
    Invited,
    /// The address is not verified, and no invitation is pending.
    Waiting,
    /// Cannot sign in, and their tokens and links do not work.
    Deactivated,
}

#[derive(Clone, Debug)]
pub struct Person {
    pub user: User,
    pub state: State,
    pub created_at: Timestamp,
    /// `None`: nobody, or somebody who is no longer a user.
    pub added_by: Option<String>,
    /// To the minute; `None` if no session is left.
    pub last_seen_at: Option<Timestamp>,
    /// How many clips they own.
    pub clips: i64,
    /// `None` if there is no valid invitation.
    pub invited_until: Option<Timestamp>,
    /// Why the invitation's mail could not be sent.
    pub undelivered: Option<String>,
}

/// What an administrator changes about a person; `None` leaves a thing as it is.
#[derive(Clone, Copy, Debug, Default)]
pub struct PersonChanges {
    pub role: Option<Role>,
    pub is_active: Option<bool>,
}

fn select(condition: &str) -> String {
    format!(
        "select {COLUMNS},
             users.created_at,
             case
                 when not {IS_ACTIVE} then 'deactivated'
                 when users.password_hash is not null or users.entered_at is not null then 'active'
                 when exists (select from identities where user_id = users.id) then 'active'
                 when users.verified_at is not null or invitations.id is not null then 'invited'
                 else 'waiting'
             end as state,
             (select adders.email from users adders where adders.id = users.added_by_id) as added_by,
             (select max(last_used_at) from sessions where user_id = users.id) as last_seen_at,
             (
                 select count(*)
                 from clips
                 where owner_id = users.id
                 and not exists (select from clip_removals where clip_id = clips.id)
             ) as clips,
             invitations.expires_at as invited_until,
             invitations.undelivered
         from users
         left join one_time_links invitations
             on invitations.email = users.email
             and invitations.purpose = 'invitation'
             and invitations.expires_at > now()
         {condition}"
    )
}

impl Person {
    /// People whose address contains the text, ordered by address.
    pub async fn all(store: &Store, search: &str) -> Result<Vec<Self>, Error> {
        let sql = select("where strpos(users.email, lower($1)) > 0 order by users.email");
        let client = store.client().await?;
        let rows = client.query(&sql, &[&search]).await?;
        rows.iter().map(Self::from_row).collect()
    }

    pub async fn find(store: &Store, id: i64) -> Result<Option<Self>, Error> {
        let sql = select("where users.id = $1");
        let client = store.client().await?;
        let row = client.query_opt(&sql, &[&id]).await?;
        row.as_ref().map(Self::from_row).transpose()
    }

    /// People with one of these addresses, ordered by address.
    pub async fn among(store: &Store, emails: &[&Email]) -> Result<Vec<Self>, Error> {
        let sql = select("where users.email = any ($1) order by users.email");
        let emails: Vec<&str> = emails.iter().map(|email| email.as_str()).collect();
        let client = store.client().await?;
        let rows = client.query(&sql, &[&emails]).await?;
        rows.iter().map(Self::from_row).collect()
    }

    pub async fn find_by_email(store: &Store, email: &Email) -> Result<Option<Self>, Error> {
        let sql = select("where users.email = $1");
        let client = store.client().await?;
        let row = client.query_opt(&sql, &[&email.as_str()]).await?;
        row.as_ref().map(Self::from_row).transpose()
    }

    /// Adds somebody without a password, unless the address is known; returns whether it was new. If an administrator
    /// adds it, the address counts as verified.
    pub async fn add(store: &Store, email: &Email, role: Role, by: &User) -> Result<bool, Error> {
        let mut client = store.client().await?;
        let transaction = client.transaction().await?;
        let is_new = insert(&transaction, email, role, by).await?;
        transaction.commit().await?;
        Ok(is_new)
    }

    /// The same for many: all or none.
    pub async fn add_all(
        store: &Store,
        emails: &[Email],
        role: Role,
        by: &User,
    ) -> Result<(), Error> {
        let mut client = store.client().await?;
        let transaction = client.transaction().await?;
        for email in emails {
            if !insert(&transaction, email, role, by).await? {
                return Err(Error::invalid(
                    "emails",
                    format!(
                        "{email} already has an account. Nobody was invited: remove that address, and send the rest again."
                    ),
                ));
            }
        }
        transaction.commit().await?;
        Ok(())
    }

    /// Marks the address as verified, because an administrator knows whose it is.
    pub async fn vouch(store: &Store, email: &Email) -> Result<(), Error> {
        let mut client = store.client().await?;
        let transaction = client.transaction().await?;
        let sql = "update users set verified_at = now() where email = $1 and verified_at is null returning id";
        if let Some(verified) = transaction.query_opt(sql, &[&email.as_str()]).await? {
            let note = Note::new(What::PersonVerified).person(verified.get("id"));
            note.write(&transaction).await?;
        }
        transaction.commit().await?;
        Ok(())
    }

    /// Changes everything or nothing. Deactivation takes effect at once: the person's sessions and links end, and their
    /// tokens stop working. Administrators cannot change their own role or deactivate themselves, and one who can sign
    /// in always remains.
    pub async fn change(
        &self,
        store: &Store,
        changes: PersonChanges,
        by: &User,
    ) -> Result<(), Error> {
        self.check(changes, by)?;
        let mut client = store.client().await?;
        let transaction = client.transaction().await?;
        if changes.is_active == Some(false) {
            // Before the lock: following a link locks the two in this order, and the other order could deadlock.
            self.delete_links(&transaction).await?;
        }
        lock(&transaction).await?;
        expect_administrator(&transaction, by).await?;
        if let Some(role) = changes.role {
            let sql = "update users set role = $2 where id = $1";
            transaction
                .execute(sql, &[&self.user.id, &role.as_str()])
                .await?;
        }
        match changes.is_active {
            Some(true) => {
                let sql = "delete from user_deactivations where user_id = $1";
                transaction.execute(sql, &[&self.user.id]).await?;
            }
            Some(false) => self.deactivate(&transaction, by).await?,
            None => {}
        }
        keep_an_administrator(&transaction).await?;
        self.note(&transaction, changes).await?;
        transaction.commit().await?;
        Ok(())
    }

    /// Withdraws the invitation of somebody who never signed in, as if the address had never been added.
    pub async fn remove(&self, store: &Store) -> Result<(), Error> {
        let mut client = store.client().await?;
        let transaction = client.transaction().await?;
        self.delete_links(&transaction).await?;
        let sql = "delete from users
                   where id = $1
                   and password_hash is null
                   and entered_at is null
                   and not exists (select from identities where user_id = users.id)
                   and not exists (select from clips where owner_id = users.id)
                   and not exists (select from versions where author_id = users.id)";
        if transaction.execute(sql, &[&self.user.id]).await? == 0 {
            return Err(Error::Conflict(format!(
                "{} has already signed in, or owns clips. Deactivate or delete them instead.",
                self.user.email
            )));
        }
        let note = Note::new(What::PersonRemoved).person(self.user.id);
        note.write(&transaction).await?;
        transaction.commit().await?;
        Ok(())
    }

    /// Refuses for the person who alone may sign in with a password, if that is set.
    pub fn keep_way_in(&self, password_only_for: Option<&Email>) -> Result<(), Error> {
        let email = &self.user.email;
        match password_only_for == Some(email) {
            false => Ok(()),
            true => Err(Error::Conflict(format!(
                "Only {email} can sign in when the sign-in service fails. Set DATACLIPS_PASSWORD_ONLY_FOR to another administrator first."
            ))),
        }
    }

    async fn note(
        &self,
        transaction: &Transaction<'_>,
        changes: PersonChanges,
    ) -> Result<(), Error> {
        let note = |what| Note::new(what).person(self.user.id);
        if let Some(role) = changes.role {
            let detail = format!("{} → {}", self.user.role.as_str(), role.as_str());
            let note = note(What::PersonRoleChanged).detail(&detail);
            note.write(transaction).await?;
        }
        match changes.is_active {
            Some(true) => note(What::PersonReactivated).write(transaction).await,
            Some(false) => note(What::PersonDeactivated).write(transaction).await,
            None => Ok(()),
        }
    }

    fn check(&self, changes: PersonChanges, by: &User) -> Result<(), Error> {
        if self.user.id != by.id {
            return Ok(());
        }
        if changes.role.is_some_and(|role| role != by.role) {
            return Err(Error::Conflict(
                "You cannot change your own role. Ask another administrator to do it.".to_owned(),
            ));
        }
        if changes.is_active == Some(false) {
            return Err(Error::Conflict(
                "You cannot deactivate yourself. Ask another administrator to do it.".to_owned(),
            ));
        }
        Ok(())
    }

    pub(super) async fn delete_links(&self, transaction: &Transaction<'_>) -> Result<(), Error> {
        let sql = "delete from one_time_links where email = $1";
        transaction
            .execute(sql, &[&self.user.email.as_str()])
            .await?;
        Ok(())
    }

    async fn deactivate(&self, transaction: &Transaction<'_>, by: &User) -> Result<(), Error> {
        let sql = "insert into user_deactivations (user_id, by_id) values ($1, $2) on conflict do nothing";
        transaction.execute(sql, &[&self.user.id, &by.id]).await?;
        let sql = "delete from sessions where user_id = $1";
        transaction.execute(sql, &[&self.user.id]).await?;
        Ok(())
    }

    fn from_row(row: &Row) -> Result<Self, Error> {
        let state: &str = row.get("state");
        Ok(Self {
            user: User::from_row(row)?,
            state: State::parse(state)
                .ok_or_else(|| Error::internal("a person's state cannot be read"))?,
            created_at: row.get("created_at"),
            added_by: row.get("added_by"),
            last_seen_at: row.get("last_seen_at"),
            clips: row.get("clips"),
            invited_until: row.get("invited_until"),
            undelivered: row.get("undelivered"),
        })
    }
}

impl State {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Invited => "invited",
            Self::Waiting => "waiting",
            Self::Deactivated => "deactivated",
        }
    }

    fn parse(text: &str) -> Option<Self> {
        [
            Self::Active,
            Self::Invited,
            Self::Waiting,
            Self::Deactivated,
        ]
        .into_iter()
        .find(|state| state.as_str() == text)
    }
}

/// Returns whether the address is new.
async fn insert(
    transaction: &Transaction<'_>,
    email: &Email,
    role: Role,
    by: &User,
) -> Result<bool, Error> {
    let added = transaction
        .query_opt(
            "insert into users (email, role, added_by_id, verified_at)
             values ($1, $2, $3, case when $4 then now() end)
             on conflict (email) do nothing
             returning id",
            &[
                &email.as_str(),
                &role.as_str(),
                &by.id,
                &by.is_administrator(),
            ],
        )
        .await?;
    if let Some(added) = &added {
        let note = Note::new(What::PersonAdded).person(added.get("id"));
        note.detail(role.as_str()).write(transaction).await?;
    }
    Ok(added.is_some())
}

/// Serialises two administrators who deactivate each other, so that one of them remains.
pub(super) async fn lock(transaction: &Transaction<'_>) -> Result<(), Error> {
    let sql = "lock table users in share row exclusive mode";
    transaction.execute(sql, &[]).await?;
    Ok(())
}

/// Refuses somebody who was an administrator when their request began, and is none any longer: two who delete or deactivate each
/// other at once do not both succeed. Asks under the lock.
pub(super) async fn expect_administrator(
    transaction: &Transaction<'_>,
    by: &User,
) -> Result<(), Error> {
    let sql = format!("select from users where id = $1 and role = 'administrator' and {IS_ACTIVE}");
    match transaction.query_opt(&sql, &[&by.id]).await? {
        Some(_) => Ok(()),
        None => Err(Error::Forbidden(
            "Only an administrator can do this.".to_owned(),
        )),
    }
}

/// Whether an administrator other than this user can sign in, even when an OpenID provider cannot be reached.
pub(super) async fn is_kept_without(
    transaction: &Transaction<'_>,
    user_id: i64,
) -> Result<bool, Error> {
    let row = transaction
        .query_one(
            &format!(
                "select exists (
                     select from users
                     where role = 'administrator'
                     and id <> $1
                     and (password_hash is not null or entered_at is not null)
                     and {IS_ACTIVE}
                 ) as is_kept"
            ),
            &[&user_id],
        )
        .await?;
    Ok(row.get("is_kept"))
}

pub(super) async fn keep_an_administrator(transaction: &Transaction<'_>) -> Result<(), Error> {
    // Nobody has this id.
    if is_kept_without(transaction, 0).await? {
        return Ok(());
    }
    Err(Error::Conflict(
        "This is the last administrator who can sign in. Make somebody else an administrator first.".to_owned(),
    ))
}
