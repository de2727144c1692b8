//! Replaces the store's secret key: everything that the old one has sealed is sealed with the new one, in batches. Both are
//! accepted until that is done. May be interrupted at any moment, and run again.

use std::time::Duration;

use deadpool_postgres::{ClientWrapper, Transaction};
use tokio::time::{Instant, sleep};

use super::{Opened, Sealer, SecretKey};
use crate::error::Error;
use crate::model::audit::Note;
use crate::model::{ServerId, What};
use crate::store::Store;

/// How many secrets are resealed in one transaction.
const BATCH: i64 = 20;
/// How long servers have to say which keys they know: they say so every two seconds, and count for six.
const SERVERS_WAIT: Duration = Duration::from_secs(8);
const SERVERS_POLL: Duration = Duration::from_millis(200);

/// What a rotation has done.
#[derive(Debug, Default)]
pub struct Rotated {
    pub databases: usize,
    pub followers: usize,
    pub letters: usize,
    /// The names of databases and followers whose URLs neither key opens.
    pub unreadable: Vec<String>,
}

/// A table with sealed secrets: each row has an id, a name for people, and a secret.
struct Sealed {
    select: &'static str,
    update: &'static str,
}

const DATABASES: Sealed = Sealed {
    select: "select id, name, url_sealed as sealed from databases where id > $1 order by id limit $2 for update",
    update: "update databases set url_sealed = $2 where id = $1",
};
const FOLLOWERS: Sealed = Sealed {
    select: "select followers.id, databases.name || ', follower ' || followers.name as name, followers.url_sealed as sealed
             from followers join databases on databases.id = followers.database_id
             where followers.id > $1 order by followers.id limit $2 for update of followers",
    update: "update followers set url_sealed = $2 where id = $1",
};
const LETTERS: Sealed = Sealed {
    select: "select id, 'a mail' as name, sealed from letters where id > $1 order by id limit $2 for update",
    update: "update letters set sealed = $2 where id = $1",
};

/// How many secrets were resealed, and which ones neither key opens.
#[derive(Default)]
struct Resealed {
    count: usize,
    unreadable: Vec<String>,
}

/// Rotates from the old key to the new one, both of which all servers must know.
pub async fn rotate_key(store: &Store, key: &SecretKey) -> Result<Rotated, Error> {
    let mut client = store.patient_client().await?;
    State::read(&mut client).await?.check(key)?;
    expect_servers(store, key).await?;
    let sealer = begin(&mut client, key).await?;
    let databases = DATABASES.reseal(&mut client, &sealer).await?;
    let followers = FOLLOWERS.reseal(&mut client, &sealer).await?;
    let letters = LETTERS.reseal(&mut client, &sealer.for_letters()).await?;
    let rotated = Rotated {
        databases: databases.count,
        followers: followers.count,
        letters: letters.count,
        unreadable: [databases.unreadable, followers.unreadable].concat(),
    };
    end(&mut client, &sealer, &rotated).await?;
    Ok(rotated)
}

/// What the store knows of its key.
struct State {
    fingerprint: Vec<u8>,
    /// Of the key that is being replaced.
    old: Option<Vec<u8>>,
}

impl State {
    async fn read(client: &mut ClientWrapper) -> Result<Self, Error> {
        let transaction = client.transaction().await?;
        Self::lock(&transaction).await
    }

    /// Nobody seals anything until the transaction ends.
    async fn lock(transaction: &Transaction<'_>) -> Result<Self, Error> {
        let sql = "select fingerprint, old_fingerprint from store_keys for update";
        let row = transaction.query_opt(sql, &[]).await?;
        let row = row.ok_or_else(neither)?;
        Ok(Self {
            fingerprint: row.get("fingerprint"),
            old: row.get("old_fingerprint"),
        })
    }

    /// Whether the rotation has yet to begin; `false` if it has begun or ended.
    fn check(&self, key: &SecretKey) -> Result<bool, Error> {
        let known = key.fingerprints();
        let is = |index: usize, fingerprint: &[u8]| {
            known.get(index).is_some_and(|known| known == fingerprint)
        };
        match &self.old {
            None if is(1, &self.fingerprint) => Ok(true),
            None if is(0, &self.fingerprint) => Ok(false),
            Some(old) if is(0, &self.fingerprint) && is(1, old) => Ok(false),
            Some(_) if is(0, &self.fingerprint) => Err(other_old()),
            Some(_) if is(1, &self.fingerprint) => Err(unfinished()),
            _ => Err(neither()),
        }
    }
}

/// Waits until all servers know the new key.
async fn expect_servers(store: &Store, key: &SecretKey) -> Result<(), Error> {
    let Some(new) = key.fingerprints().first().copied() else {
        return Ok(());
    };
    let asked = Instant::now();
    loop {
        let without = ServerId::living_without_key(store, &new).await?;
        if without.is_empty() {
            return Ok(());
        }
        if asked.elapsed() > SERVERS_WAIT {
            let names: Vec<String> = without.iter().map(|id| id.short_name()).collect();
            return Err(servers_lack_it(&names));
        }
        sleep(SERVERS_POLL).await;
    }
}

/// From now on everybody seals with the new key.
async fn begin(client: &mut ClientWrapper, key: &SecretKey) -> Result<Sealer, Error> {
    let transaction = client.transaction().await?;
    if State::lock(&transaction).await?.check(key)? {
        let sql = "update store_keys set fingerprint = $1, old_fingerprint = $2";
        let known = key.fingerprints();
        transaction
            .execute(sql, &[&&known[0][..], &&known[1][..]])
            .await?;
        let note = Note::new(What::KeyRotated).detail("begun");
        note.write(&transaction).await?;
    }
    let state = State::lock(&transaction).await?;
    transaction.commit().await?;
    key.follow(&state.fingerprint);
    key.sealer_for(&state.fingerprint).ok_or_else(neither)
}

impl Sealed {
    async fn reseal(&self, client: &mut ClientWrapper, sealer: &Sealer) -> Result<Resealed, Error> {
        let mut resealed = Resealed::default();
        let mut after = i64::MIN;
        loop {
            let transaction = client.transaction().await?;
            let rows = transaction.query(self.select, &[&after, &BATCH]).await?;
            let Some(last) = rows.last() else {
                return Ok(resealed);
            };
            after = last.get("id");
            for row in &rows {
                match sealer.look(row.get("sealed")) {
                    Opened::AsItShouldBe => {}
                    Opened::Unreadable => resealed.unreadable.push(row.get("name")),
                    Opened::WithAnother(secret) => {
                        let sealed = sealer.seal(&secret).map_err(Error::internal)?;
                        let id: i64 = row.get("id");
                        transaction.execute(self.update, &[&id, &sealed]).await?;
                        resealed.count += 1;
                    }
                }
            }
            transaction.commit().await?;
        }
    }
}

/// Looks at everything once more before the old key is forgotten.
async fn end(client: &mut ClientWrapper, sealer: &Sealer, done: &Rotated) -> Result<(), Error> {
    let databases = DATABASES.reseal(client, sealer).await?.count;
    let followers = FOLLOWERS.reseal(client, sealer).await?.count;
    let letters = LETTERS.reseal(client, &sealer.for_letters()).await?.count;
    if databases + followers + letters > 0 {
        return Err(Error::Conflict(
            "Meanwhile a server that does not know the new key encrypted something with the old one. Run this again."
                .to_owned(),
        ));
    }
    let transaction = client.transaction().await?;
    let sql = "update store_keys set old_fingerprint = null where old_fingerprint is not null";
    if transaction.execute(sql, &[]).await? > 0 {
        let (databases, followers) = (done.databases, done.followers);
        let detail = match followers {
            0 => format!("{databases} databases, {} mails", done.letters),
            _ => format!(
                "{databases} databases, {followers} followers, {} mails",
                done.letters
            ),
        };
        let note = Note::new(What::KeyRotated).detail(&detail);
        note.write(&transaction).await?;
    }
    Ok(transaction.commit().await?)
}

fn neither() -> Error {
    Error::Conflict(
        "Neither DATACLIPS_SECRET_KEY nor DATACLIPS_OLD_SECRET_KEY is the key of this store. Nothing was changed. Set DATACLIPS_OLD_SECRET_KEY to the key that the servers have had until now."
            .to_owned(),
    )
}

fn other_old() -> Error {
    Error::Conflict(
        "DATACLIPS_OLD_SECRET_KEY is not the key that is being replaced in this store. Nothing was changed. Set it to the key that the servers had before DATACLIPS_SECRET_KEY."
            .to_owned(),
    )
}

fn unfinished() -> Error {
    Error::Conflict(
        "An earlier rotation has not ended. Nothing was changed. Complete it first: set DATACLIPS_SECRET_KEY to what DATACLIPS_OLD_SECRET_KEY is now, and DATACLIPS_OLD_SECRET_KEY to the key before that."
            .to_owned(),
    )
}

fn servers_lack_it(names: &[String]) -> Error {
    Error::Conflict(format!(
        "Some running servers do not know the new key yet ({}). Nothing was changed. Restart each with the new key as DATACLIPS_SECRET_KEY and the old one as DATACLIPS_OLD_SECRET_KEY, then run this again.",
        names.join(", ")
    ))
}
