//! Mails with one-time links that are not sent yet. A server claims a mail for a while to send it; if it has not recorded
//! the outcome by then, another server may try.

use std::time::Duration;

use deadpool_postgres::Transaction;
use jiff::Timestamp;
use tokio_postgres::Row;

use crate::error::Error;
use crate::model::secret::secret_key::store_key::store_sealer;
use crate::model::{Email, SecretKey};
use crate::store::Store;

/// For one try. Sending a mail takes 15 seconds at most, but a slow store may delay its begin.
const CLAIM: Duration = Duration::from_mins(1);
/// After each try that failed. Then no more is made.
const PAUSES: [Duration; 4] = [
    Duration::from_mins(1),
    Duration::from_mins(5),
    Duration::from_mins(30),
    Duration::from_hours(2),
];

/// A letter that this server has claimed.
#[derive(Clone, Debug)]
pub struct Letter {
    id: i64,
    tries: i32,
    pub to: Email,
    /// When its link expires.
    expires_at: Timestamp,
    /// Subject and text.
    pub sealed: Vec<u8>,
}

/// A letter to store, and the key that seals it.
pub struct NewLetter<'a> {
    key: &'a SecretKey,
    text: String,
}

/// What a try that failed leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NextTry {
    TriedAgain,
    GivenUp,
}

impl<'a> NewLetter<'a> {
    pub fn new(key: &'a SecretKey, text: String) -> Self {
        Self { key, text }
    }
}

impl Letter {
    /// Writes the letter for a new link. It is claimed: this server is about to send it.
    pub(super) async fn create(
        transaction: &Transaction<'_>,
        link_id: i64,
        new: &NewLetter<'_>,
    ) -> Result<Self, Error> {
        let sealer = store_sealer(transaction, new.key).await?.for_letters();
        let sealed = sealer.seal(&new.text).map_err(Error::internal)?;
        let row = transaction
            .query_one(
                "with created as (
                     insert into letters (link_id, sealed, tries, due_at)
                     values ($1, $2, 1, now() + $3 * interval '1 s')
                     on conflict (link_id) do update
                     set id = default, sealed = excluded.sealed, tries = 1, due_at = excluded.due_at
                     returning id, link_id, tries, sealed
                 )
                 select created.id, tries, sealed, email, expires_at
                 from created
                 join one_time_links on one_time_links.id = link_id",
                &[&link_id, &sealed, &CLAIM.as_secs_f64()],
            )
            .await?;
        Ok(Self::from_row(&row))
    }

    /// Claims letters that are due, so many at most, and none that another server has claimed.
    pub async fn claim(store: &Store, max: usize) -> Result<Vec<Self>, Error> {
        let client = store.client().await?;
        // Due even later: from when a clock was wrong.
        let longest = PAUSES.into_iter().fold(CLAIM, Duration::max) + Duration::from_mins(1);
        let sql = "with due as (
                       select letters.id, email, expires_at
                       from letters
                       join one_time_links on one_time_links.id = link_id
                       where (due_at <= now() or due_at > now() + $3 * interval '1 s') and expires_at > now()
                       order by due_at
                       limit $1
                       for update of letters skip locked
                   )
                   update letters
                   set tries = tries + 1, due_at = now() + $2 * interval '1 s'
                   from due
                   where letters.id = due.id
                   returning letters.id, tries, sealed, email, expires_at";
        let statement = client.prepare_cached(sql).await?;
        let rows = client
            .query(
                &statement,
                &[&(max as i64), &CLAIM.as_secs_f64(), &longest.as_secs_f64()],
            )
            .await?;
        Ok(rows.iter().map(Self::from_row).collect())
    }

    /// The mail server has accepted it.
    pub async fn sent(&self, store: &Store) -> Result<(), Error> {
        let client = store.client().await?;
        // The link is locked before its letter, as when it is replaced.
        let sql = "with noted as (
                       update one_time_links
                       set undelivered = null
                       where id = (select link_id from letters where id = $1)
                       returning id
                   )
                   delete from letters where id = $1 and link_id in (select id from noted)";
        client.execute(sql, &[&self.id]).await?;
        Ok(())
    }

    /// Notes why it could not be sent, for an administrator who can hand the link over.
    pub async fn failed(&self, store: &Store, why: &str, next: NextTry) -> Result<(), Error> {
        let client = store.client().await?;
        let pause = self.pause().as_secs_f64();
        let sql = "with noted as (
                       update one_time_links
                       set undelivered = $2
                       where id = (select link_id from letters where id = $1)
                       returning id
                   ), again as (
                       update letters
                       set due_at = now() + $3 * interval '1 s'
                       where id = $1 and not $4 and link_id in (select id from noted)
                   )
                   delete from letters where id = $1 and $4 and link_id in (select id from noted)";
        let is_over = next == NextTry::GivenUp;
        client
            .execute(sql, &[&self.id, &why, &pause, &is_over])
            .await?;
        Ok(())
    }

    /// Notes why it was not even tried. The try does not count, and another server may make it once the claim lapses.
    pub async fn give_back(&self, store: &Store, why: &str) -> Result<(), Error> {
        let client = store.client().await?;
        let sql = "with noted as (
                       update one_time_links
                       set undelivered = $2
                       where id = (select link_id from letters where id = $1)
                       returning id
                   )
                   update letters
                   set tries = tries - 1
                   where id = $1 and link_id in (select id from noted)";
        client.execute(sql, &[&self.id, &why]).await?;
        Ok(())
    }

    /// What happens if this try fails for a while only.
    pub fn next(&self) -> NextTry {
        let pauses = usize::try_from(self.tries).unwrap_or(usize::MAX);
        let next_at = Timestamp::now().saturating_add(self.pause());
        let is_in_time = next_at.is_ok_and(|at| at < self.expires_at);
        match pauses <= PAUSES.len() && is_in_time {
            true => NextTry::TriedAgain,
            false => NextTry::GivenUp,
        }
    }

    fn pause(&self) -> Duration {
        let index = usize::try_from(self.tries - 1).unwrap_or_default();
        PAUSES[index.min(PAUSES.len() - 1)]
    }

    /// Reads the columns `id`, `tries`, `sealed`, `email` and `expires_at`.
    fn from_row(row: &Row) -> Self {
        Self {
            id: row.get("id"),
            tries: row.get("tries"),
            to: Email::from_stored(row.get("email")),
            expires_at: row.get("expires_at"),
            sealed: row.get("sealed"),
        }
    }
}
