//! Entries about runs, which are written a second after they ended, many at once: a process that is killed loses those of
//! its last second. Nobody waits for them.

use std::collections::VecDeque;
use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use serde_json::Value;
use tokio::time::sleep;

use super::actor::stored_via;
use super::note::Note;
use super::what::What;
use super::{Actor, RunFacts};
use crate::error::Error;
use crate::store::Store;

const WRITE_INTERVAL: Duration = Duration::from_secs(1);
/// Beyond this, entries are dropped and counted: the store does not respond, or cannot keep up.
const WAITING_MAX: usize = 10_000;

/// What is known of a run once it has ended.
#[derive(Debug)]
pub struct RunRecord {
    pub what: What,
    pub actor: Actor,
    pub clip: Option<i64>,
    pub database: i64,
    pub facts: RunFacts,
    pub ended_at: Instant,
}

/// The entries of this server that wait to be written.
#[derive(Clone)]
pub struct RunLog(Arc<Shared>);

struct Shared {
    store: Store,
    waiting: Mutex<Waiting>,
    is_writing: AtomicBool,
}

#[derive(Default)]
struct Waiting {
    records: VecDeque<RunRecord>,
    dropped: u64,
}

impl RunLog {
    pub fn new(store: Store) -> Self {
        Self(Arc::new(Shared {
            store,
            waiting: Mutex::default(),
            is_writing: AtomicBool::new(false),
        }))
    }

    /// Never waits.
    pub fn add(&self, record: RunRecord) {
        self.waiting().add(record);
        if !self.0.is_writing.swap(true, Ordering::SeqCst) {
            let log = self.clone();
            tokio::spawn(async move { log.write_later().await });
        }
    }

    /// Writes what waits now.
    pub async fn flush(&self) -> Result<(), Error> {
        let (records, dropped) = self.waiting().take();
        let written = self.write(&records, dropped).await;
        if written.is_err() {
            self.waiting().give_back(records, dropped);
        }
        written
    }

    /// Until nothing waits any longer.
    async fn write_later(&self) {
        loop {
            sleep(WRITE_INTERVAL).await;
            if let Err(error) = self.flush().await {
                let cause = error.cause();
                tracing::warn!(cause, "audit entries of runs wait for the next try");
            }
            self.0.is_writing.store(false, Ordering::SeqCst);
            let is_done = self.waiting().is_empty();
            // Somebody who came meanwhile may have started another.
            if is_done || self.0.is_writing.swap(true, Ordering::SeqCst) {
                return;
            }
        }
    }

    async fn write(&self, records: &[RunRecord], dropped: u64) -> Result<(), Error> {
        if records.is_empty() && dropped == 0 {
            return Ok(());
        }
        let mut client = self.0.store.client().await?;
        let transaction = client.transaction().await?;
        transaction
            .execute(&insert(), &Columns::new(records).parameters())
            .await?;
        if dropped > 0 {
            let detail = format!("{dropped} entries of runs: the store could not keep up");
            Note::new(What::AuditLost)
                .detail(&detail)
                .write(&transaction)
                .await?;
        }
        transaction.commit().await?;
        Ok(())
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.0
            .waiting
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl Waiting {
    fn add(&mut self, record: RunRecord) {
        match self.records.len() < WAITING_MAX {
            true => self.records.push_back(record),
            false => self.dropped += 1,
        }
    }

    fn take(&mut self) -> (Vec<RunRecord>, u64) {
        (
            self.records.drain(..).collect(),
            std::mem::take(&mut self.dropped),
        )
    }

    fn give_back(&mut self, records: Vec<RunRecord>, dropped: u64) {
        self.dropped += dropped;
        let newer = std::mem::take(&mut self.records);
        for record in records.into_iter().chain(newer) {
            self.add(record);
        }
    }

    fn is_empty(&self) -> bool {
        self.records.is_empty() && self.dropped == 0
    }
}

/// The store's clock decides when each ended.
fn insert() -> String {
    format!(
        "insert into audit_entries (at, what, user_id, via, address, clip_id, database_id, outcome, version, row_count,
             elapsed_us, parameters)
         select now() - age * interval '1 us', what, user_id, {}, address, clip_id, database_id, outcome, version,
             row_count, elapsed_us, parameters
         from unnest($1::bigint[], $2::text[], $3::bigint[], $4::text[], $5::inet[], $6::bigint[], $7::bigint[],
             $8::text[], $9::integer[], $10::bigint[], $11::bigint[], $12::jsonb[], $13::bigint[])
             as record (age, what, user_id, via, address, clip_id, database_id, outcome, version, row_count, elapsed_us,
             parameters, token_id)",
        stored_via("record.via", "record.token_id")
    )
}

/// The records, column by column, as one statement takes them.
#[derive(Default)]
struct Columns<'a> {
    age: Vec<i64>,
    what: Vec<String>,
    user_id: Vec<Option<i64>>,
    via: Vec<&'static str>,
    address: Vec<Option<IpAddr>>,
    clip: Vec<Option<i64>>,
    database: Vec<i64>,
    outcome: Vec<&'a str>,
    version: Vec<Option<i32>>,
    rows: Vec<Option<i64>>,
    elapsed: Vec<i64>,
    parameters: Vec<Option<&'a Value>>,
    token: Vec<Option<i64>>,
}

impl<'a> Columns<'a> {
    fn new(records: &'a [RunRecord]) -> Self {
        let mut columns = Self::default();
        records.iter().for_each(|record| columns.push(record));
        columns
    }

    fn push(&mut self, record: &'a RunRecord) {
        let RunRecord { actor, facts, .. } = record;
        self.age.push(micros(record.ended_at.elapsed()));
        self.what.push(record.what.name().into_owned());
        self.user_id.push(actor.user_id);
        self.via.push(actor.via.as_str());
        self.address.push(actor.address);
        self.clip.push(record.clip);
        self.database.push(record.database);
        self.outcome.push(&facts.outcome);
        self.version.push(facts.version);
        self.rows.push(facts.rows);
        self.elapsed.push(micros(facts.elapsed));
        self.parameters.push(facts.parameters.as_ref());
        self.token.push(actor.token_id);
    }

    fn parameters(&self) -> [&(dyn tokio_postgres::types::ToSql + Sync); 13] {
        [
            &self.age,
            &self.what,
            &self.user_id,
            &self.via,
            &self.address,
            &self.clip,
            &self.database,
            &self.outcome,
            &self.version,
            &self.rows,
            &self.elapsed,
            &self.parameters,
            &self.token,
        ]
    }
}

fn micros(time: Duration) -> i64 {
    i64::try_from(time.as_micros()).unwrap_or(i64::MAX)
}
