//! The servers that share the store: each regularly records that it lives. All times are the store's.

pub mod job;
pub mod lease;
pub mod notice;
pub mod run_key;
pub mod running;
pub mod settings;
pub mod tag;

use serde::{Deserialize, Serialize};
use tokio_postgres::Client;
use tokio_postgres::types::Type;

use crate::error::Error;
use crate::model::SecretKey;
use crate::store::Store;
use notice::Notice;

/// A server from its start to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ServerId(i64);

impl ServerId {
    pub fn generate() -> Result<Self, Error> {
        let random = getrandom::u64().map_err(Error::internal)?;
        Ok(Self(random as i64))
    }

    /// A few hexadecimal digits that tell servers apart.
    pub fn short_name(self) -> String {
        format!("{:06x}", self.0 & 0xff_ffff)
    }

    /// Records that this server lives, and which keys it knows. Returns how many others live.
    pub async fn beat(self, client: &Client, key: &SecretKey) -> Result<usize, Error> {
        let sql = "with beat as (
                       insert into servers (id, key_fingerprints) values ($1, $2)
                       on conflict (id) do update set seen_at = now(), key_fingerprints = excluded.key_fingerprints
                   ), gone as (
                       delete from servers where seen_at not between now() - interval '1 hour' and now() + interval '1 hour' and id <> $1
                   )
                   select count(*), (select fingerprint from store_keys) from servers where id <> $1 and seen_at between now() - interval '6 seconds' and now() + interval '6 seconds'";
        let fingerprints = key.fingerprints();
        let known: Vec<&[u8]> = fingerprints.iter().map(|known| &known[..]).collect();
        let row = client
            .query_typed_one(sql, &[(&self.0, Type::INT8), (&known, Type::BYTEA_ARRAY)])
            .await?;
        if let Some(fingerprint) = row.get::<_, Option<&[u8]>>(1) {
            key.follow(fingerprint);
        }
        Ok(row.get::<_, i64>(0) as usize)
    }

    /// Whether any server lives.
    pub async fn any_lives(store: &Store) -> Result<bool, Error> {
        let sql =
            "select exists (select from servers where seen_at > now() - interval '6 seconds')";
        Ok(store.client().await?.query_one(sql, &[]).await?.get(0))
    }

    /// The living servers that do not know the key with this fingerprint.
    pub async fn living_without_key(
        store: &Store,
        fingerprint: &[u8; 32],
    ) -> Result<Vec<Self>, Error> {
        let sql = "select id from servers
                   where seen_at between now() - interval '6 seconds' and now() + interval '6 seconds'
                   and not coalesce($1 = any (key_fingerprints), false)
                   order by started_at";
        let rows = store
            .client()
            .await?
            .query(sql, &[&&fingerprint[..]])
            .await?;
        Ok(rows.iter().map(|row| Self(row.get(0))).collect())
    }

    /// Makes the others count again.
    pub async fn announce(self, client: &Client) -> Result<(), Error> {
        Notice::Joined.send(client).await
    }

    /// Says that this server stops.
    pub async fn leave(self, client: &Client) -> Result<(), Error> {
        client
            .execute("delete from servers where id = $1", &[&self.0])
            .await?;
        Notice::Left.send(client).await
    }
}
