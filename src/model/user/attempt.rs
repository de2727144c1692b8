//! Attempts that are limited, counted in the store for all servers. Who made them is kept as a keyed hash.

use std::time::Duration;

use crate::error::Error;
use crate::model::SecretKey;
use crate::store::Store;

/// Some attempts that are made at once.
#[derive(Clone, Copy, Debug)]
pub struct Attempt {
    key: [u8; 32],
    cost: Duration,
    burst: Duration,
}

/// Whether attempts were counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Admission {
    Admitted,
    /// They are too many, and were not counted.
    Refused {
        wait: Duration,
    },
}

impl Attempt {
    /// `limit` names what is limited, `who` is the one who is. The attempts take `cost` until they are available again; as
    /// many as take `burst` are available at most.
    pub fn new(key: &SecretKey, limit: &str, who: &str, cost: Duration, burst: Duration) -> Self {
        let key = key.derive("dataclips 2026-11 attempts");
        let key = blake3::keyed_hash(&key, format!("{limit}\0{who}").as_bytes());
        Self {
            key: *key.as_bytes(),
            cost,
            burst,
        }
    }

    /// Counts the attempts, or refuses them all. One statement that locks one row until it ends: whoever makes too many
    /// attempts holds up nobody else. More can never be used than the burst, but for a statement that waits for a later one:
    /// a minute beyond it is from when a clock was wrong.
    pub async fn count(&self, store: &Store) -> Result<Admission, Error> {
        let client = store.client().await?;
        let sql = "with counted as (
                       insert into attempts (key, used_until) values ($1, now() + $2 * interval '1 ms')
                       on conflict (key) do update
                       set used_until = case
                               when attempts.used_until between now() and now() + $3 * interval '1 ms' + interval '1 minute' then attempts.used_until
                               else now()
                           end + $2 * interval '1 ms'
                       where attempts.used_until + $2 * interval '1 ms' <= now() + $3 * interval '1 ms'
                           or attempts.used_until > now() + $3 * interval '1 ms' + interval '1 minute'
                       returning key
                   )
                   select exists (select from counted) as is_admitted,
                       (extract(epoch from used_until + ($2 - $3) * interval '1 ms' - now()) * 1000)::bigint as wait_ms
                   from (select) as one
                   left join attempts on attempts.key = $1";
        let statement = client.prepare_cached(sql).await?;
        let row = client
            .query_one(
                &statement,
                &[&&self.key[..], &ms(self.cost), &ms(self.burst)],
            )
            .await?;
        if row.get("is_admitted") {
            return Ok(Admission::Admitted);
        }
        // Others may have counted theirs since the statement began.
        let wait = row.get::<_, Option<i64>>("wait_ms").unwrap_or_default();
        Ok(Admission::Refused {
            wait: Duration::from_millis(wait.try_into().unwrap_or_default()),
        })
    }

    /// Forgets those whose whole burst is available again.
    pub async fn sweep(store: &Store) -> Result<(), Error> {
        let client = store.client().await?;
        // Waits for nobody who is counted right now.
        let sql = "delete from attempts
                   where key in (select key from attempts where used_until <= now() for update skip locked)";
        client.execute(sql, &[]).await?;
        Ok(())
    }
}

/// As PostgreSQL multiplies intervals.
fn ms(time: Duration) -> f64 {
    time.as_millis() as f64
}
