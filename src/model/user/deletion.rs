//! Deletes people. What is theirs goes with them; what they did stays, under their number alone.

use deadpool_postgres::Transaction;

use super::IS_ACTIVE;
use super::person::{expect_administrator, keep_an_administrator, lock};
use crate::error::Error;
use crate::model::audit::Note;
use crate::model::clip::activity::{self, Kind};
use crate::model::clip::adoption::adopt_sample_clips;
use crate::model::{FormerLinks, NewOwner, Person, User, What};
use crate::store::Store;

/// What becomes of the clips of somebody who is deleted.
#[derive(Clone, Copy, Debug)]
pub enum LeftClips<'a> {
    /// Nothing was decided, so it is refused if they own any.
    None,
    GivenTo(&'a NewOwner, FormerLinks),
    /// Whoever deletes the person can restore them.
    Removed,
}

/// What somebody would leave behind.
#[derive(Clone, Copy, Debug)]
pub struct Estate {
    /// Clips of theirs that are not removed.
    pub clips: i64,
    /// Those among them that others may see.
    pub shared_clips: i64,
    /// Clip links that they made to those clips.
    pub links: i64,
    /// Clips of others that were shared with them by name.
    pub shares: i64,
}

impl Estate {
    pub async fn of(store: &Store, person: &Person) -> Result<Self, Error> {
        let sql = "with own as (
                       select id, anyone from clips
                       where owner_id = $1 and not exists (select from clip_removals where clip_id = clips.id)
                   )
                   select
                       (select count(*) from own) as clips,
                       (
                           select count(*) from own
                           where anyone or exists (
                               select from clip_grants where clip_id = own.id and grantee <> $2
                           )
                       ) as shared_clips,
                       (
                           select count(*) from clip_links
                           where user_id = $1 and clip_id in (select id from own)
                           and (expires_at is null or expires_at > now())
                       ) as links,
                       (
                           select count(*) from clip_grants
                           where grantee = $2 and clip_id not in (select id from own)
                       ) as shares";
        let client = store.client().await?;
        let (id, email) = (person.user.id, person.user.email.as_str());
        let row = client.query_one(sql, &[&id, &email]).await?;
        Ok(Self {
            clips: row.get("clips"),
            shared_clips: row.get("shared_clips"),
            links: row.get("links"),
            shares: row.get("shares"),
        })
    }
}

impl Person {
    /// Deletes them for good, in one transaction. Administrators cannot delete themselves, and one who has a password always
    /// remains. `by` is `None` on the command line.
    pub async fn delete(
        &self,
        store: &Store,
        left: LeftClips<'_>,
        by: Option<&User>,
    ) -> Result<(), Error> {
        if by.is_some_and(|by| by.id == self.user.id) {
            return Err(Error::Conflict(
                "You cannot delete yourself. Ask another administrator to do it.".to_owned(),
            ));
        }
        let mut client = store.client().await?;
        let transaction = client.transaction().await?;
        // Before the lock, as for a deactivation.
        self.delete_links(&transaction).await?;
        lock(&transaction).await?;
        if let Some(by) = by {
            expect_administrator(&transaction, by).await?;
        }
        self.keep_a_password(&transaction).await?;
        let detail = self.leave_clips(&transaction, left, by).await?;
        self.delete_rest(&transaction).await?;
        keep_an_administrator(&transaction).await?;
        adopt_sample_clips(&transaction).await?;
        let note = Note::new(What::PersonDeleted).person(self.user.id);
        note.detail(&detail).write(&transaction).await?;
        transaction.commit().await?;
        Ok(())
    }

    async fn keep_a_password(&self, transaction: &Transaction<'_>) -> Result<(), Error> {
        let has_way_in =
            format!("role = 'administrator' and password_hash is not null and {IS_ACTIVE}");
        let sql = format!(
            "select
                 exists (select from users where id = $1 and {has_way_in})
                 and not exists (select from users where id <> $1 and {has_way_in}) as is_last"
        );
        let row = transaction.query_one(&sql, &[&self.user.id]).await?;
        match row.get("is_last") {
            false => Ok(()),
            true => Err(Error::Conflict(
                "This is the last administrator who has a password. Let another administrator choose one first."
                    .to_owned(),
            )),
        }
    }

    /// Gives their clips away or removes them. Returns what became of them, for the audit.
    async fn leave_clips(
        &self,
        transaction: &Transaction<'_>,
        left: LeftClips<'_>,
        by: Option<&User>,
    ) -> Result<String, Error> {
        let clips = self.lock_clips(transaction).await?;
        let by = by.map(|by| by.id);
        let detail = match left {
            LeftClips::None if !clips.is_empty() => return Err(self.undecided(clips.len())),
            LeftClips::None => String::new(),
            LeftClips::GivenTo(owner, links) => {
                self.give(transaction, &clips, owner, links, by).await?;
                format!("{} to {}", in_words(clips.len()), owner.email)
            }
            LeftClips::Removed => {
                remove(transaction, &clips, by).await?;
                format!("{} removed", in_words(clips.len()))
            }
        };
        let owner = match left {
            LeftClips::GivenTo(owner, _) => Some(owner.id),
            LeftClips::None | LeftClips::Removed => by,
        };
        // Also of those that were removed before.
        let sql = "update clips set owner_id = $2 where owner_id = $1";
        transaction.execute(sql, &[&self.user.id, &owner]).await?;
        Ok(detail)
    }

    /// Locks all clips of theirs, and then the person, in the order of every change of a clip: what they began before ends
    /// first, and what they begin later fails. Returns the clips that are not removed.
    async fn lock_clips(&self, transaction: &Transaction<'_>) -> Result<Vec<i64>, Error> {
        let id = self.user.id;
        let sql = "select id from clips where owner_id = $1 order by id for update";
        transaction.execute(sql, &[&id]).await?;
        let sql = "select id from users where id = $1 for update";
        // Somebody else may have deleted them meanwhile.
        if transaction.query_opt(sql, &[&id]).await?.is_none() {
            return Err(Error::not_found("person"));
        }
        let sql = "select id from clips
                   where owner_id = $1 and not exists (select from clip_removals where clip_id = clips.id)
                   order by id";
        let clips = transaction.query(sql, &[&id]).await?;
        Ok(clips.iter().map(|row| row.get("id")).collect())
    }

    fn undecided(&self, clips: usize) -> Error {
        Error::Conflict(format!(
            "{} owns {}. Say what becomes of {}: give {2} to another person, or remove {2}.",
            self.user.email,
            in_words(clips),
            if clips == 1 { "it" } else { "them" },
        ))
    }

    async fn give(
        &self,
        transaction: &Transaction<'_>,
        clips: &[i64],
        owner: &NewOwner,
        links: FormerLinks,
        by: Option<i64>,
    ) -> Result<(), Error> {
        if owner.id == self.user.id {
            return Err(Error::invalid(
                "clips_to",
                "Give the clips to somebody other than the person whom you delete.",
            ));
        }
        owner.expect_able(transaction, "clips_to").await?;
        let sql = "update clips set updated_at = now() where id = any ($1)";
        transaction.execute(sql, &[&clips]).await?;
        if links == FormerLinks::Keep {
            let sql =
                "update clip_links set user_id = $3 where user_id = $2 and clip_id = any ($1)";
            transaction
                .execute(sql, &[&clips, &self.user.id, &owner.id])
                .await?;
        }
        let detail = format!("to {}, when its owner was deleted", owner.email);
        activity::note_all(transaction, clips, by, Kind::Transferred, &detail).await
    }

    /// The rest goes with the row: sessions, tokens, what they viewed and starred, rights to databases, and who they are at
    /// OpenID providers.
    async fn delete_rest(&self, transaction: &Transaction<'_>) -> Result<(), Error> {
        let email = self.user.email.as_str();
        for sql in [
            "delete from clip_grants where grantee = $1",
            "delete from requested_mails where email = $1",
        ] {
            transaction.execute(sql, &[&email]).await?;
        }
        for sql in [
            "delete from clip_links where user_id = $1",
            "delete from previews where user_id = $1",
            "delete from users where id = $1",
        ] {
            transaction.execute(sql, &[&self.user.id]).await?;
        }
        Ok(())
    }
}

async fn remove(
    transaction: &Transaction<'_>,
    clips: &[i64],
    by: Option<i64>,
) -> Result<(), Error> {
    let sql = "insert into clip_removals (clip_id, user_id) select unnest($1::bigint[]), $2";
    transaction.execute(sql, &[&clips, &by]).await?;
    activity::note_all(transaction, clips, by, Kind::Removed, "").await
}

fn in_words(clips: usize) -> String {
    match clips {
        1 => "1 clip".to_owned(),
        clips => format!("{clips} clips"),
    }
}
