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

    /// Records that this server lives. Returns how many others do.
    pub async fn beat(self, client: &Client) -> Result<usize, Error> {
        let sql = "with beat as (
                       insert into servers (id) values ($1)
                       on conflict (id) do update set seen_at = now()
                   ), gone as (
                       delete from servers where seen_at not between now() - interval '1 hour' and now() + interval '1 hour' and id <> $1
                   )
                   select count(*) from servers where id <> $1 and seen_at between now() - interval '6 seconds' and now() + interval '6 seconds'";
        let row = client
            .query_typed_one(sql, &[(&self.0, Type::INT8)])
            .await?;
        Ok(row.get::<_, i64>(0) as usize)
    }

    /// Whether any server lives.
    pub async fn any_lives(store: &Store) -> Result<bool, Error> {
        let sql =
            "select exists (select from servers where seen_at > now() - interval '6 seconds')";
        Ok(store.client().await?.query_one(sql, &[]).await?.get(0))
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
