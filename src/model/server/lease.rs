//! Runs for which several servers wait: the one that has the lease executes it.
//!
//! All times are the store's, so that the clocks of servers do not matter.

use jiff::Timestamp;
use tokio_postgres::Row;
use tokio_postgres::types::{Json, ToSql};

use super::ServerId;
use super::notice::Notice;
use super::run_key::{Lease, RunKey};
use super::tag::Tag;
use crate::error::Error;
use crate::model::Subject;
use crate::run::parameters::SetKey;
use crate::run::{Failure, Progress};
use crate::store::Store;

/// Who executes a run.
pub enum Claim {
    Ours(Lease),
    Others(Lease),
}

/// What the server that executes a run learns when it renews the lease.
#[derive(Clone, Copy, Debug)]
pub struct LeaseState {
    pub is_cancelled: bool,
    /// On how many other servers somebody waits.
    pub waiters: i64,
    /// Whether somebody there looks at its progress.
    pub is_watched: bool,
}

/// What a server that waits for a run learns when it looks.
pub enum Look {
    Running(Option<Progress>),
    /// The server that executed it has stopped, or is not heard any more.
    Abandoned,
    Ended(Ended),
}

/// How a run ended: with a result, by its id, or with a failure.
pub type Ended = Result<i64, Failure>;

impl Lease {
    /// Takes the lease and tells the others, unless a server that lives has it. A lease is for six seconds: one that lasts
    /// much longer is from when the store's clock was wrong, and has lapsed.
    pub async fn claim(
        store: &Store,
        key: &RunKey,
        server: ServerId,
        asked_at: Timestamp,
    ) -> Result<Claim, Error> {
        let id = getrandom::u64().map_err(Error::internal)? as i64;
        let lease = Self {
            id,
            server,
            asked_at,
        };
        let began = Notice::Began {
            key: key.clone(),
            lease,
        }
        .text()?;
        let client = store.client().await?;
        loop {
            // Whoever takes a run over tells when it was first requested.
            let sql = "with claimed as (
                       insert into runs (clip_id, version, values_key, target, id, server_id, asked_at, lease_until)
                       values ($1, $2, $3, $4, $5, $6, $7, now() + interval '6 seconds')
                       on conflict (clip_id, version, values_key, target) where ended_at is null do update
                       set id = excluded.id, server_id = excluded.server_id, lease_until = excluded.lease_until,
                           is_cancelled = false, progress = null
                       where runs.lease_until not between now() and now() + interval '12 seconds'
                       returning id, server_id, asked_at
                       )
                       select id, server_id, asked_at,
                           pg_notify($8, jsonb_set($9::text::jsonb, '{began,asked_at}', to_jsonb(asked_at))::text)
                       from claimed";
            let Subject {
                clip,
                version,
                values,
            } = key.subject;
            let (values, target) = (values.as_bytes(), key.target.as_str());
            let parameters: [&(dyn ToSql + Sync); 9] = [
                &clip,
                &version,
                &values,
                &target,
                &id,
                &server.0,
                &asked_at,
                &Notice::CHANNEL,
                &began,
            ];
            if let Some(row) = client.query_opt(sql, &parameters).await? {
                return Ok(Claim::Ours(Self::from_row(&row)));
            }
            let sql = "select id, server_id, asked_at from runs
                       where clip_id = $1 and version = $2 and values_key = $3 and target = $4 and ended_at is null";
            if let Some(row) = client.query_opt(sql, &parameters[..4]).await? {
                return Ok(Claim::Others(Self::from_row(&row)));
            }
        }
    }

    /// All runs that servers execute now.
    pub async fn in_flight(store: &Store) -> Result<Vec<(RunKey, Self)>, Error> {
        let sql = "select clip_id, version, values_key, target, id, server_id, asked_at from runs
                   where ended_at is null and lease_until between now() and now() + interval '12 seconds'";
        let rows = store.client().await?.query(sql, &[]).await?;
        let runs = rows.iter().map(|row| {
            let subject = Subject {
                clip: row.get("clip_id"),
                version: row.get("version"),
                values: SetKey::from_bytes(row.get("values_key")),
            };
            let target = Tag::from_text(row.get("target"));
            (RunKey { subject, target }, Self::from_row(row))
        });
        Ok(runs.collect())
    }

    /// Keeps the lease, and says how far the run is, where somebody watches. `None` if the lease is lost.
    pub async fn renew(
        &self,
        store: &Store,
        progress: Option<&Progress>,
    ) -> Result<Option<LeaseState>, Error> {
        let sql = "with waiters as (
                       select watches from run_waiters
                       where run_id = $1 and seen_at between now() - interval '6 seconds' and now() + interval '6 seconds'
                   )
                   update runs
                   set lease_until = now() + interval '6 seconds', progress = $3
                   where id = $1 and server_id = $2 and ended_at is null
                   returning is_cancelled, (select count(*) from waiters) as waiters,
                       exists (select from waiters where watches) as is_watched";
        let client = store.client().await?;
        let row = client
            .query_opt(sql, &[&self.id, &self.server.0, &progress.map(Json)])
            .await?;
        Ok(row.map(|row| LeaseState {
            is_cancelled: row.get("is_cancelled"),
            waiters: row.get("waiters"),
            is_watched: row.get("is_watched"),
        }))
    }

    /// Says how the run ended, to those who wait for it and to those who come back for it within five minutes.
    pub async fn end(&self, store: &Store, ended: &Ended) -> Result<(), Error> {
        let sql = "with waiters as (delete from run_waiters where run_id = $1),
                   ended as (
                       update runs
                       set ended_at = now(), result_id = $3, failure = $4, progress = null
                       where id = $1 and server_id = $2 and ended_at is null
                   )
                   select pg_notify($5, $6)";
        let (result, failure) = (ended.as_ref().ok(), ended.as_ref().err().map(Json));
        let told = Notice::Ended { id: self.id }.text()?;
        let parameters: [&(dyn ToSql + Sync); 6] = [
            &self.id,
            &self.server.0,
            &result,
            &failure,
            &Notice::CHANNEL,
            &told,
        ];
        let client = store.client().await?;
        client.query_one(sql, &parameters).await?;
        Ok(())
    }

    /// Gives the lease back: whoever still waits executes the run.
    pub async fn abandon(&self, store: &Store) -> Result<(), Error> {
        let client = store.client().await?;
        let sql = "with abandoned as (delete from runs where id = $1 and server_id = $2 and ended_at is null)
                   select pg_notify($3, $4)";
        let told = Notice::Ended { id: self.id }.text()?;
        client
            .query_one(sql, &[&self.id, &self.server.0, &Notice::CHANNEL, &told])
            .await?;
        Ok(())
    }

    /// Says that somebody at this server waits, and looks. `is_new` tells the one who executes the run.
    pub async fn wait(
        &self,
        store: &Store,
        waiter: ServerId,
        watches: bool,
        is_new: bool,
    ) -> Result<Look, Error> {
        let client = store.client().await?;
        let sql = "with waiting as (
                       insert into run_waiters (run_id, server_id, watches)
                       select id, $2, $3 from runs where id = $1 and ended_at is null
                       on conflict (run_id, server_id) do update set seen_at = now(), watches = excluded.watches
                   )
                   select ended_at is not null as has_ended, lease_until not between now() and now() + interval '12 seconds' as is_lapsed, progress, result_id, failure,
                       (select pg_notify($5, $6) where $4) as told
                   from runs where id = $1";
        let looked = client
            .query_opt(
                sql,
                &[
                    &self.id,
                    &waiter.0,
                    &watches,
                    &is_new,
                    &Notice::CHANNEL,
                    &self.told()?,
                ],
            )
            .await?;
        let Some(row) = looked else {
            return Ok(Look::Abandoned);
        };
        if row.get("has_ended") {
            return Ok(ended(&row).map_or(Look::Abandoned, Look::Ended));
        }
        // That of a later release may be of another kind.
        let progress = row.try_get::<_, Option<Json<Progress>>>("progress");
        Ok(match row.get("is_lapsed") {
            true => Look::Abandoned,
            false => Look::Running(progress.ok().flatten().map(|progress| progress.0)),
        })
    }

    /// Nobody at this server waits any longer.
    pub async fn leave(&self, store: &Store, waiter: ServerId) -> Result<(), Error> {
        let client = store.client().await?;
        let sql = "with gone as (delete from run_waiters where run_id = $1 and server_id = $2)
                   select pg_notify($3, $4)";
        client
            .query_one(sql, &[&self.id, &waiter.0, &Notice::CHANNEL, &self.told()?])
            .await?;
        Ok(())
    }

    /// Asks the one who executes the run to cancel it.
    pub async fn cancel(&self, store: &Store) -> Result<(), Error> {
        let client = store.client().await?;
        let sql = "with cancelled as (update runs set is_cancelled = true where id = $1 and ended_at is null)
                   select pg_notify($2, $3)";
        client
            .query_one(sql, &[&self.id, &Notice::CHANNEL, &self.told()?])
            .await?;
        Ok(())
    }

    /// Whether nobody executes it any longer.
    pub async fn has_ended(&self, store: &Store) -> Result<bool, Error> {
        let sql = "select exists (select from runs where id = $1 and ended_at is null)";
        let row = store.client().await?.query_one(sql, &[&self.id]).await?;
        Ok(!row.get::<_, bool>(0))
    }

    /// How the last run ended that was requested at this moment or later: a failure for a minute, a result for five.
    pub async fn ended_since(
        store: &Store,
        subject: Subject,
        asked: Timestamp,
    ) -> Result<Option<Ended>, Error> {
        let sql = "select result_id, failure from runs
                   where clip_id = $1 and version = $2 and values_key = $3 and asked_at >= $4
                   and ended_at > now() - case when failure is null then interval '5 minutes' else interval '1 minute' end
                   and ended_at <= now() + interval '1 second'
                   order by ended_at desc limit 1";
        let Subject {
            clip,
            version,
            values,
        } = subject;
        let client = store.client().await?;
        let row = client
            .query_opt(sql, &[&clip, &version, &values.as_bytes(), &asked])
            .await?;
        Ok(row.as_ref().and_then(ended))
    }

    /// Forgets what nobody comes back for.
    pub async fn sweep(store: &Store) -> Result<(), Error> {
        let sql = "with gone as (
                       delete from runs
                       where ended_at < now() - interval '5 minutes' or lease_until < now() - interval '5 minutes'
                       or ended_at > now() + interval '5 minutes'
                   )
                   delete from run_waiters where seen_at < now() - interval '5 minutes'";
        store.client().await?.execute(sql, &[]).await?;
        Ok(())
    }

    /// For those who execute it or wait for it.
    fn told(&self) -> Result<String, Error> {
        Notice::Run { id: self.id }.text()
    }

    fn from_row(row: &Row) -> Self {
        Self {
            id: row.get("id"),
            server: ServerId(row.get("server_id")),
            asked_at: row.get("asked_at"),
        }
    }
}

/// `None` where the failure is of a kind that only a later release knows.
fn ended(row: &Row) -> Option<Ended> {
    let failure: Option<Json<Failure>> = row.try_get("failure").ok()?;
    match failure {
        Some(Json(failure)) => Some(Err(failure)),
        None => row.get::<_, Option<i64>>("result_id").map(Ok),
    }
}
