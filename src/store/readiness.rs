//! Whether the store can serve requests now, and if not, why. Asked over a connection of its own, so that requests that
//! wait for a connection of the pool do not count.

use std::fmt;
use std::time::{Duration, Instant};

use deadpool_postgres::ClientWrapper;
use tokio::sync::Mutex;
use tokio::time::timeout;
use tokio_postgres::Client;
use tokio_postgres::error::SqlState;

use super::dialer::Dialer;
use super::{fitness, migration};
use crate::error::{Error, StoreUnfit};

/// How long the store may take to say whether it is fit.
const LOOK_MAX: Duration = Duration::from_secs(3);

/// Cannot be planned while somebody has locked a table that almost every request reads; reads none of them.
const LOOK: &str = "
    select current_setting('transaction_read_only') = 'on' as is_read_only,
        (select max(version) from refinery_schema_history) as applied,
        (select fingerprint from store_keys) as fingerprint,
        (select old_fingerprint from store_keys) as old_fingerprint
    from store_marker
    where not exists (select from users limit 0)
    and not exists (select from sessions limit 0)
    and not exists (select from databases limit 0)
    and not exists (select from clips limit 0)
    and not exists (select from versions limit 0)
    and not exists (select from results limit 0)";

const APPLIED: &str = "select coalesce(max(version), 0) from refinery_schema_history";

/// What a fit store's schema is to this program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Schema {
    Known,
    /// A newer program has upgraded the store to this version, which serves the release before it too.
    Newer {
        applied: i32,
        known: i32,
    },
}

impl fmt::Display for Schema {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Known => formatter.write_str("This program knows the schema of the store."),
            Self::Newer { applied, known } => write!(
                formatter,
                "A newer Dataclips has upgraded the store: its schema is {applied}, this program's {known}. Upgrade this server too."
            ),
        }
    }
}

/// Looks at the store, one look at a time.
#[derive(Default)]
pub(super) struct Check(Mutex<Looks>);

#[derive(Default)]
struct Looks {
    /// The connection that is kept for the next look, and when it was opened.
    kept: Option<(Instant, ClientWrapper)>,
    /// When the last look began, and what came of it.
    last: Option<(Instant, Result<Seen, StoreUnfit>)>,
}

/// What was seen of a store that answers.
#[derive(Clone)]
pub(super) struct Seen {
    is_read_only: bool,
    applied: i32,
    fingerprint: Option<Vec<u8>>,
    /// Of the key that is being replaced.
    old_fingerprint: Option<Vec<u8>>,
}

impl Check {
    /// Those who wait for somebody else's look share the next one.
    pub(super) async fn look(&self, dialer: &Dialer) -> Result<Seen, Error> {
        let asked = Instant::now();
        let mut looks = self.0.lock().await;
        if let Some((began, outcome)) = &looks.last
            && *began > asked
        {
            return outcome.clone().map_err(Error::from);
        }
        let began = Instant::now();
        let looked = timeout(LOOK_MAX, looks.look(dialer)).await;
        let seen = looked.unwrap_or(Err(StoreUnfit::Silent.into()));
        looks.last = match &seen {
            Ok(seen) => Some((began, Ok(seen.clone()))),
            Err(Error::StoreUnfit(unfit)) => Some((began, Err(*unfit))),
            Err(_) => None,
        };
        seen
    }
}

impl Looks {
    /// A connection that failed, or whose answer nobody waited for, is not kept.
    async fn look(&mut self, dialer: &Dialer) -> Result<Seen, Error> {
        if let Some((opened, client)) = self.kept.take()
            && !dialer.silence.is_after(opened)
        {
            match Seen::read(&client).await {
                Err(Error::StoreUnavailable) => {}
                seen => {
                    self.kept = Some((opened, client));
                    return seen;
                }
            }
        }
        let opened = Instant::now();
        let client = dialer.for_checks().await?;
        let other = dialer.for_checks().await?;
        let seen = Seen::read(&client).await?;
        fitness::refuse_unfit(&client, &other).await?;
        self.kept = Some((opened, client));
        Ok(seen)
    }
}

impl Seen {
    async fn read(client: &Client) -> Result<Self, Error> {
        let row = match client.query_typed_one(LOOK, &[]).await {
            Ok(row) => row,
            Err(error) if error.code() == Some(&SqlState::UNDEFINED_TABLE) => {
                return Err(older(0));
            }
            Err(error) if error.code() == Some(&SqlState::UNDEFINED_COLUMN) => {
                let applied = client.query_typed_one(APPLIED, &[]).await?;
                return Err(older(applied.try_get(0)?));
            }
            Err(error) => return Err(error.into()),
        };
        Ok(Self {
            is_read_only: row.try_get("is_read_only")?,
            applied: row
                .try_get::<_, Option<i32>>("applied")?
                .unwrap_or_default(),
            fingerprint: row.try_get("fingerprint")?,
            old_fingerprint: row.try_get("old_fingerprint")?,
        })
    }

    /// `keys` are the fingerprints of the secret keys that we know, where they are to be compared.
    pub(super) fn judge(&self, keys: Option<&[[u8; 32]]>) -> Result<Schema, Error> {
        let known = migration::newest();
        let applied = self.applied;
        if self.is_read_only {
            return Err(Error::StoreReadOnly);
        }
        if applied < known {
            return Err(older(applied));
        }
        if let Some(keys) = keys {
            self.judge_key(keys)?;
        }
        Ok(match applied == known {
            true => Schema::Known,
            false => Schema::Newer { applied, known },
        })
    }

    fn judge_key(&self, keys: &[[u8; 32]]) -> Result<(), StoreUnfit> {
        let is_known = |fingerprint: &[u8]| is_known(keys, fingerprint);
        match (&self.fingerprint, &self.old_fingerprint) {
            (Some(key), Some(old)) if is_known(key) && !is_known(old) => {
                Err(StoreUnfit::KeyHalfReplaced)
            }
            (Some(key), _) if is_known(key) => Ok(()),
            _ => Err(StoreUnfit::OtherKey),
        }
    }
}

fn is_known(keys: &[[u8; 32]], fingerprint: &[u8]) -> bool {
    keys.iter().any(|key| key == fingerprint)
}

fn older(applied: i32) -> Error {
    let known = migration::newest();
    StoreUnfit::Older { applied, known }.into()
}
