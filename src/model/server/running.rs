//! What runs now, as the servers tell each other. Each tells every second, where there are several.

use std::collections::HashMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tokio_postgres::Row;
use tokio_postgres::types::Json;

use super::ServerId;
use super::notice::Notice;
use super::run_key::RunKey;
use crate::error::Error;
use crate::model::audit::Note;
use crate::model::{Slug, What};
use crate::run::Progress;
use crate::store::Store;

/// Identifies a run or a preview among those of all servers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct RunningId(pub(super) i64);

/// A run or a preview in progress.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RunningFacts {
    /// `None` for a preview.
    pub key: Option<RunKey>,
    pub database: i64,
    pub asked_at: Timestamp,
    pub progress: Progress,
    /// Of requests, at this server.
    pub waiting: usize,
    /// The numbers of those among them who are signed in.
    pub people: Vec<i64>,
    /// Whether this server executes it.
    pub is_here: bool,
}

/// One that some server has told of.
#[derive(Clone, Debug)]
pub struct RunningRun {
    pub id: RunningId,
    pub server: ServerId,
    pub facts: RunningFacts,
}

/// What the numbers in [`RunningFacts`] are called.
#[derive(Debug, Default)]
pub struct RunningNames {
    pub clips: HashMap<i64, (Slug, String)>,
    pub databases: HashMap<i64, String>,
    pub people: HashMap<i64, String>,
}

impl RunningId {
    pub fn generate() -> Self {
        // Without a source of randomness nothing else works either.
        Self(getrandom::u64().unwrap_or_default() as i64)
    }

    pub fn parse(text: &str) -> Option<Self> {
        let is_whole = text.len() == 16 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        let number = u64::from_str_radix(text, 16).ok().filter(|_| is_whole)?;
        Some(Self(number as i64))
    }

    /// Whether a notice about a run with this number means it.
    pub fn is(self, number: i64) -> bool {
        self.0 == number
    }

    /// 16 hexadecimal digits.
    pub fn to_text(self) -> String {
        format!("{:016x}", self.0)
    }
}

impl RunningFacts {
    pub fn clip(&self) -> Option<i64> {
        self.key.as_ref().map(|key| key.subject.clip)
    }

    pub fn version(&self) -> Option<i32> {
        self.key.as_ref().map(|key| key.subject.version)
    }
}

impl RunningRun {
    /// Tells the others what runs here, instead of what was told before. Returns what somebody asked to cancel.
    pub async fn tell(
        store: &Store,
        server: ServerId,
        running: &[(RunningId, RunningFacts)],
    ) -> Result<Vec<RunningId>, Error> {
        let sql = "with gone as (
                       delete from running_now
                       where server_id = $1 and id <> all ($2) or seen_at < now() - interval '1 minute'
                   )
                   insert into running_now (id, server_id, facts)
                   select id, $1, facts from unnest($2::bigint[], $3::jsonb[]) as told (id, facts)
                   on conflict (id) do update set facts = excluded.facts, seen_at = now()
                   returning id, is_cancelled";
        let ids: Vec<i64> = running.iter().map(|(id, _)| id.0).collect();
        let facts: Vec<_> = running.iter().map(|(_, facts)| Json(facts)).collect();
        let client = store.client().await?;
        let rows = client.query(sql, &[&server.0, &ids, &facts]).await?;
        let cancelled = rows.iter().filter(|row| row.get("is_cancelled"));
        Ok(cancelled.map(|row| RunningId(row.get("id"))).collect())
    }

    /// What the other servers have told.
    pub async fn elsewhere(store: &Store, here: ServerId) -> Result<Vec<Self>, Error> {
        let sql = "select id, server_id, facts from running_now
                   where server_id <> $1 and seen_at > now() - interval '6 seconds'";
        let rows = store.client().await?.query(sql, &[&here.0]).await?;
        // Those of a later release may be of another kind.
        Ok(rows.iter().filter_map(Self::from_row).collect())
    }

    /// Asks the server that executes it to cancel it.
    pub async fn cancel(&self, store: &Store) -> Result<(), Error> {
        let mut client = store.client().await?;
        let transaction = client.transaction().await?;
        let sql = "update running_now set is_cancelled = true where id = $1";
        transaction.execute(sql, &[&self.id.0]).await?;
        self.note(&transaction).await?;
        transaction.commit().await?;
        Notice::Run { id: self.id.0 }.send(&client).await
    }

    /// Whether its server tells of it no longer.
    pub async fn has_ended(&self, store: &Store) -> Result<bool, Error> {
        let sql = "select not exists (select from running_now where id = $1)";
        let row = store.client().await?.query_one(sql, &[&self.id.0]).await?;
        Ok(row.get(0))
    }

    /// Records that somebody cancels one that runs here.
    pub async fn note_cancelled(&self, store: &Store) -> Result<(), Error> {
        self.note(&store.client().await?).await
    }

    async fn note(&self, client: &impl deadpool_postgres::GenericClient) -> Result<(), Error> {
        let facts = &self.facts;
        match facts.clip() {
            Some(clip) => note_cancelled(client, clip, facts.version()).await,
            None => {
                let note = Note::new(What::PreviewCancelled).database(facts.database);
                note.write(client).await
            }
        }
    }

    fn from_row(row: &Row) -> Option<Self> {
        let facts: Json<RunningFacts> = row.try_get("facts").ok()?;
        Some(Self {
            id: RunningId(row.get("id")),
            server: ServerId(row.get("server_id")),
            facts: facts.0,
        })
    }
}

impl RunningNames {
    pub async fn find(store: &Store, running: &[RunningRun]) -> Result<Self, Error> {
        let clips: Vec<i64> = running.iter().filter_map(|run| run.facts.clip()).collect();
        let databases: Vec<i64> = running.iter().map(|run| run.facts.database).collect();
        let people: Vec<i64> = running
            .iter()
            .flat_map(|run| run.facts.people.clone())
            .collect();
        let sql = "select 'clip' as noun, id, title as name, slug from clips where id = any ($1)
                   union all select 'database', id, name, null from databases where id = any ($2)
                   union all select 'person', id, email, null from users where id = any ($3)";
        let client = store.client().await?;
        let rows = client.query(sql, &[&clips, &databases, &people]).await?;
        let mut names = Self::default();
        rows.iter().for_each(|row| names.add(row));
        Ok(names)
    }

    fn add(&mut self, row: &Row) {
        let (id, name): (i64, String) = (row.get("id"), row.get("name"));
        let slug = row.get::<_, Option<&str>>("slug").and_then(Slug::parse);
        match (row.get("noun"), slug) {
            ("clip", Some(slug)) => {
                self.clips.insert(id, (slug, name));
            }
            ("database", _) => {
                self.databases.insert(id, name);
            }
            _ => {
                self.people.insert(id, name);
            }
        }
    }
}

/// Records that somebody cancels a clip's run.
pub async fn note_cancelled_run(store: &Store, clip: i64, version: i32) -> Result<(), Error> {
    note_cancelled(&store.client().await?, clip, Some(version)).await
}

async fn note_cancelled(
    client: &impl deadpool_postgres::GenericClient,
    clip: i64,
    version: Option<i32>,
) -> Result<(), Error> {
    let detail = version.map_or(String::new(), |version| format!("version {version}"));
    let note = Note::new(What::RunCancelled).clip(clip);
    note.detail(&detail).write(client).await
}
