//! The PostgreSQL databases that clips query.

pub mod environment;
pub mod follower;
pub mod health_look;
mod in_words;
mod omissions;
pub mod open_to;
mod sealed_url;
pub mod source;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use deadpool_postgres::GenericClient;
use jiff::Timestamp;
use tokio_postgres::Row;

use super::audit::{Note, stored_via};
use super::clip::activity::Kind;
use super::secret::secret_key::store_key::store_sealer;
use super::{Actor, OpenTo, SecretKey, Source, User, What};
use crate::error::Error;
use crate::postgres::ConnectionUrl;
use crate::run::{FollowerRules, WithoutFollower};
use crate::store::Store;
use follower::{FOLLOWERS, Follower};
use sealed_url::SealedUrl;

/// A database as stored; its URL stays sealed until a run needs it.
#[derive(Clone, Debug)]
pub struct Database {
    pub id: i64,
    pub name: String,
    pub open_to: OpenTo,
    pub source: Source,
    /// Whether its health is looked at once a day.
    pub has_daily_look: bool,
    pub created_at: Timestamp,
    /// When its name, URL or access last changed.
    pub updated_at: Timestamp,
    pub is_removed: bool,
    /// `None` unless it is removed.
    pub removed_at: Option<Timestamp>,
    /// By name.
    pub followers: Vec<Follower>,
    pub follower_rules: FollowerRules,
    url: SealedUrl,
}

/// A database to add.
#[derive(Debug)]
pub struct NewDatabase<'a> {
    pub name: &'a str,
    pub url: &'a ConnectionUrl,
    pub open_to: &'a OpenTo,
    pub source: Source,
}

/// What an edit changes; `None` leaves a thing as it is.
#[derive(Debug, Default)]
pub struct DatabaseChanges<'a> {
    pub name: Option<&'a str>,
    pub url: Option<&'a ConnectionUrl>,
    pub open_to: Option<&'a OpenTo>,
    pub has_daily_look: Option<bool>,
    /// How far behind a follower may be.
    pub lag_bytes_max: Option<u64>,
    pub lag_max: Option<Duration>,
    pub without_follower: Option<WithoutFollower>,
}

/// The addresses of users who may query the database of the row by name.
pub(super) const MEMBERS: &str = "
    array(
        select users.email
        from database_members
        join users on users.id = database_members.user_id
        where database_members.database_id = databases.id
        order by users.email
    ) as members";

fn select(condition: &str) -> String {
    format!(
        "select databases.id, databases.name, databases.url_sealed, databases.open_to, databases.source,
             databases.created_at, databases.updated_at, databases.follower_lag_bytes_max,
             databases.follower_lag_seconds_max, databases.without_follower,
             database_removals.created_at as removed_at,
             exists (select from daily_looks where database_id = databases.id) as has_daily_look, {MEMBERS}, {FOLLOWERS}
         from databases
         left join database_removals on database_removals.database_id = databases.id
         {condition}"
    )
}

impl DatabaseChanges<'_> {
    /// Whether rows from before the change may not be those of the database any more.
    fn concerns_data(&self) -> bool {
        self.name.is_some() || self.url.is_some() || self.open_to.is_some()
    }
}

impl Database {
    /// Adds a database. With the name of a removed one, restores that one and its clips, with the new URL.
    pub async fn create(
        store: &Store,
        key: &SecretKey,
        new: &NewDatabase<'_>,
    ) -> Result<Self, Error> {
        let name = parse_name(new.name)?;
        let mut client = store.client().await?;
        let transaction = client.transaction().await?;
        let sealer = store_sealer(&transaction, key).await?;
        let url_sealed = sealer.seal(new.url.expose()).map_err(Error::internal)?;
        let row = transaction
            .query_opt(
                "insert into databases as existing (name, url_sealed, source, open_to)
                 values ($1, $2, $3, $4)
                 on conflict on constraint databases_name_key do update
                 set url_sealed = excluded.url_sealed,
                     source = excluded.source,
                     open_to = excluded.open_to,
                     updated_at = now()
                 where exists (select from database_removals where database_id = existing.id)
                 returning id",
                &[
                    &name,
                    &url_sealed,
                    &new.source.as_str(),
                    &new.open_to.as_str(),
                ],
            )
            .await?;
        let Some(row) = row else {
            return Err(name_taken());
        };
        let id: i64 = row.get("id");
        transaction
            .execute(
                "delete from database_removals where database_id = $1",
                &[&id],
            )
            .await?;
        new.open_to.keep(&transaction, id).await?;
        let detail = format!("{name}, open to {}", new.open_to.in_words());
        let note = Note::new(What::DatabaseAdded).database(id);
        note.detail(&detail).write(&transaction).await?;
        let database = Self::load(&transaction, id).await?;
        transaction.commit().await?;
        Ok(database)
    }

    /// Whether a database may be added with this name; checked before a connection is tried.
    pub async fn check_name(store: &Store, name: &str) -> Result<(), Error> {
        match Self::find_by_name(store, parse_name(name)?).await? {
            Some(_) => Err(name_taken()),
            None => Ok(()),
        }
    }

    pub async fn find(store: &Store, id: i64) -> Result<Self, Error> {
        Self::load(&store.client().await?, id).await
    }

    /// By its id, removed or not.
    pub async fn find_by_id(store: &Store, id: i64) -> Result<Option<Self>, Error> {
        let client = store.client().await?;
        let sql = select("where databases.id = $1");
        let row = client.query_opt(&sql, &[&id]).await?;
        row.as_ref().map(Self::from_row).transpose()
    }

    /// A database that is not removed.
    pub async fn find_by_name(store: &Store, name: &str) -> Result<Option<Self>, Error> {
        let database = Self::find_by_name_even_removed(store, name).await?;
        Ok(database.filter(|database| !database.is_removed))
    }

    pub async fn find_by_name_even_removed(
        store: &Store,
        name: &str,
    ) -> Result<Option<Self>, Error> {
        let client = store.client().await?;
        let sql = select("where databases.name = $1");
        let row = client.query_opt(&sql, &[&name]).await?;
        row.as_ref().map(Self::from_row).transpose()
    }

    /// All that are not removed, ordered by name.
    pub async fn all(store: &Store) -> Result<Vec<Self>, Error> {
        let sql = select("where database_removals.database_id is null order by databases.name");
        let rows = store.client().await?.query(&sql, &[]).await?;
        rows.iter().map(Self::from_row).collect()
    }

    /// Those that can be restored, or whose clips can be moved; the most recently removed first.
    pub async fn removed(store: &Store) -> Result<Vec<Self>, Error> {
        let sql = select(
            "where database_removals.database_id is not null
             order by database_removals.created_at desc, databases.name",
        );
        let rows = store.client().await?.query(&sql, &[]).await?;
        rows.iter().map(Self::from_row).collect()
    }

    /// Applies an edit, all or nothing.
    pub async fn change(
        &self,
        store: &Store,
        key: &SecretKey,
        changes: &DatabaseChanges<'_>,
    ) -> Result<Self, Error> {
        let name = changes.name.map(parse_name).transpose()?;
        let lag_bytes_max = changes.lag_bytes_max.map(parse_lag_bytes).transpose()?;
        let lag_seconds_max = changes.lag_max.map(parse_lag).transpose()?;
        let mut client = store.client().await?;
        let transaction = client.transaction().await?;
        let url_sealed = match changes.url {
            Some(url) => {
                let sealer = store_sealer(&transaction, key).await?;
                Some(sealer.seal(url.expose()).map_err(Error::internal)?)
            }
            None => None,
        };
        transaction
            .execute(
                "update databases
                 set name = coalesce($2, name),
                     url_sealed = coalesce($3, url_sealed),
                     open_to = coalesce($4, open_to),
                     follower_lag_bytes_max = coalesce($5, follower_lag_bytes_max),
                     follower_lag_seconds_max = coalesce($6, follower_lag_seconds_max),
                     without_follower = coalesce($7, without_follower),
                     updated_at = case when $8 then now() else updated_at end
                 where id = $1",
                &[
                    &self.id,
                    &name,
                    &url_sealed,
                    &changes.open_to.map(OpenTo::as_str),
                    &lag_bytes_max,
                    &lag_seconds_max,
                    &changes.without_follower.map(WithoutFollower::as_str),
                    &changes.concerns_data(),
                ],
            )
            .await?;
        if let Some(open_to) = changes.open_to {
            open_to.keep(&transaction, self.id).await?;
        }
        let daily_look = match changes.has_daily_look {
            Some(true) => {
                Some("insert into daily_looks (database_id) values ($1) on conflict do nothing")
            }
            Some(false) => Some("delete from daily_looks where database_id = $1"),
            None => None,
        };
        if let Some(sql) = daily_look {
            transaction.execute(sql, &[&self.id]).await?;
        }
        let note = Note::new(What::DatabaseChanged).database(self.id);
        let detail = changes.in_words(self, key);
        if !detail.is_empty() {
            note.detail(&detail).write(&transaction).await?;
        }
        let changed = Self::load(&transaction, self.id).await?;
        transaction.commit().await?;
        Ok(changed)
    }

    /// How many clips query it now, not counting removed ones.
    pub async fn clips(&self, store: &Store) -> Result<i64, Error> {
        let row = store
            .client()
            .await?
            .query_one(
                "select count(*) as clips
                 from clips
                 where database_id = $1
                 and not exists (select from clip_removals where clip_id = clips.id)",
                &[&self.id],
            )
            .await?;
        Ok(row.get("clips"))
    }

    /// The same for all databases, by their ids; a database without clips is absent.
    pub async fn clips_of_all(store: &Store) -> Result<HashMap<i64, i64>, Error> {
        let rows = store
            .client()
            .await?
            .query(
                "select database_id, count(*) as clips
                 from clips
                 where database_id is not null
                 and not exists (select from clip_removals where clip_id = clips.id)
                 group by database_id",
                &[],
            )
            .await?;
        Ok(rows
            .iter()
            .map(|row| (row.get("database_id"), row.get("clips")))
            .collect())
    }

    /// Restores a removed database with the URL it had; the caller checks first that it works. A database from the
    /// environment becomes an added one, or the next start would remove it again.
    pub async fn restore(&self, store: &Store) -> Result<Self, Error> {
        let mut client = store.client().await?;
        let transaction = client.transaction().await?;
        let row = transaction
            .query_one(
                "with restored as (
                     delete from database_removals where database_id = $1 returning database_id
                 ), adopted as (
                     update databases
                     set source = 'added', updated_at = now()
                     from restored
                     where id = restored.database_id
                     and source = 'environment'
                 )
                 select exists (select from restored) as is_restored",
                &[&self.id],
            )
            .await?;
        if row.get("is_restored") {
            let note = Note::new(What::DatabaseRestored).database(self.id);
            note.write(&transaction).await?;
        }
        let restored = Self::load(&transaction, self.id).await?;
        transaction.commit().await?;
        Ok(restored)
    }

    pub async fn remove(&self, store: &Store, by: &User) -> Result<(), Error> {
        let mut client = store.client().await?;
        let transaction = client.transaction().await?;
        let removed = transaction
            .execute(
                "insert into database_removals (database_id, user_id) values ($1, $2) on conflict do nothing",
                &[&self.id, &by.id],
            )
            .await?;
        if removed > 0 {
            let note = Note::new(What::DatabaseRemoved).database(self.id);
            note.write(&transaction).await?;
        }
        transaction.commit().await?;
        Ok(())
    }

    /// Gives every clip of this database a new version with the same text on the other one; returns how many.
    pub async fn move_clips(&self, store: &Store, to: &Database, by: &User) -> Result<u64, Error> {
        if self.id == to.id {
            return Err(Error::invalid(
                "to",
                "Choose a database other than the one to move from.",
            ));
        }
        let mut client = store.client().await?;
        let transaction = client.transaction().await?;
        // Locks the clips, as every edit does: versions are numbered one after the other. A clip that is moved to this
        // database meanwhile is not locked, and so stays.
        let locked = transaction
            .query(
                "select id from clips
                 where exists (select from versions where clip_id = clips.id and database_id = $1)
                 order by id
                 for update",
                &[&self.id],
            )
            .await?;
        let actor = Actor::current();
        let locked: Vec<i64> = locked.iter().map(|row| row.get("id")).collect();
        let via = stored_via("$7", "$9");
        let moved = transaction
            .execute(
                &format!("with latest as (
                     select distinct on (clip_id) clip_id, number, sql, database_id
                     from versions
                     where clip_id = any ($4)
                     order by clip_id, number desc
                 ), moved as (
                     insert into versions (clip_id, number, sql, database_id, author_id)
                     select clip_id, number + 1, sql, $2, $3
                     from latest
                     where database_id = $1
                     returning clip_id, number
                 ), activities as (
                     insert into clip_deeds (clip_id, user_id, kind, detail)
                     select clip_id, $3, $5, 'version ' || number || ', moved to ' || $6
                     from moved
                 ), audited as (
                     insert into audit_entries (what, user_id, via, address, clip_id, detail)
                     select 'clip.' || $5, $3, {via}, $8, clip_id, 'version ' || number || ', moved to ' || $6
                     from moved
                 )
                 update clips set updated_at = now() from moved where clips.id = moved.clip_id"),
                &[
                    &self.id,
                    &to.id,
                    &by.id,
                    &locked,
                    &Kind::Edited.as_str(),
                    &to.name,
                    &actor.via.as_str(),
                    &actor.address,
                    &actor.token_id,
                ],
            )
            .await?;
        let detail = format!("{moved} clips to {}", to.name);
        let note = Note::new(What::DatabaseMoved).database(self.id);
        note.detail(&detail).write(&transaction).await?;
        transaction.commit().await?;
        Ok(moved)
    }

    /// The URL to connect to.
    pub fn url(&self, key: &SecretKey) -> Result<Arc<ConnectionUrl>, Error> {
        let whose = || format!("database “{}”", self.name);
        self.url.open(key, whose)
    }

    /// The follower with this name.
    pub fn follower(&self, name: &str) -> Option<&Follower> {
        let mut followers = self.followers.iter();
        followers.find(|follower| follower.name == name)
    }

    async fn load(client: &impl GenericClient, id: i64) -> Result<Self, Error> {
        let statement = client
            .prepare_cached(&select("where databases.id = $1"))
            .await?;
        Self::from_row(&client.query_one(&statement, &[&id]).await?)
    }

    fn from_row(row: &Row) -> Result<Self, Error> {
        let removed_at: Option<Timestamp> = row.get("removed_at");
        Ok(Self {
            id: row.get("id"),
            name: row.get("name"),
            open_to: OpenTo::new(row.get("open_to"), row.get("members")),
            source: Source::parse(row.get("source")),
            has_daily_look: row.get("has_daily_look"),
            created_at: row.get("created_at"),
            updated_at: row.get("updated_at"),
            is_removed: removed_at.is_some(),
            removed_at,
            followers: Follower::all_from_row(row),
            follower_rules: FollowerRules {
                lag_bytes_max: row.get::<_, i64>("follower_lag_bytes_max").unsigned_abs(),
                lag_max: Duration::from_secs(
                    row.get::<_, i32>("follower_lag_seconds_max")
                        .unsigned_abs()
                        .into(),
                ),
                without_follower: WithoutFollower::parse(row.get("without_follower"))
                    .unwrap_or(FollowerRules::DEFAULT.without_follower),
            },
            url: SealedUrl::new(row.get("url_sealed")),
        })
    }
}

fn name_taken() -> Error {
    Error::invalid("name", "A database with this name already exists.")
}

fn parse_name(name: &str) -> Result<&str, Error> {
    parse_label(name)
        .ok_or_else(|| Error::invalid("name", "Give the database a name of 1 to 100 characters."))
}

/// One line of 1 to 100 characters.
fn parse_label(name: &str) -> Option<&str> {
    let name = name.trim();
    let is_label =
        !name.is_empty() && name.chars().count() <= 100 && !name.chars().any(char::is_control);
    is_label.then_some(name)
}

fn parse_lag_bytes(bytes: u64) -> Result<i64, Error> {
    i64::try_from(bytes).map_err(|_| {
        Error::invalid(
            "follower_lag_bytes_max",
            "Give the number of bytes that a follower may be behind.",
        )
    })
}

fn parse_lag(lag: Duration) -> Result<i32, Error> {
    i32::try_from(lag.as_secs()).map_err(|_| {
        Error::invalid(
            "follower_lag_max",
            "Give the number of seconds that a follower may be behind.",
        )
    })
}
