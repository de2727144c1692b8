//! Regular jobs on the store: when one is due, one of the servers does it.

use std::time::Duration;

use crate::error::Error;
use crate::store::Store;

/// A job that is due again some time after it was claimed.
#[derive(Clone, Copy, Debug)]
pub struct Job {
    name: &'static str,
    /// A little less than how often servers look.
    pause: Duration,
}

impl Job {
    /// Deletes what has expired.
    pub const SWEEP: Self = Self::every_minute("sweep");
    /// Looks through the results of all clips, when servers have started.
    pub const SWEEP_RESULTS: Self = Self::every_minute("sweep results");

    /// Removes old audit entries.
    pub const SWEEP_AUDIT: Self = Self {
        name: "sweep audit",
        pause: Duration::from_mins(59),
    };

    const fn every_minute(name: &'static str) -> Self {
        Self {
            name,
            pause: Duration::from_secs(55),
        }
    }

    /// Whether the job is due, and this server's to do. It is, too, where a clock was wrong when it was last done: then it is
    /// due later than a claim that waited for another could find it.
    /// If that fails or the server ends, another does it after the pause.
    pub async fn claim(self, store: &Store) -> Result<bool, Error> {
        let client = store.client().await?;
        let claimed = client
            .execute(
                "insert into jobs (name, due_at) values ($1, now() + $2 * interval '1 s')
                 on conflict (name) do update set due_at = excluded.due_at
                 where jobs.due_at <= now() or jobs.due_at > excluded.due_at + interval '1 minute'",
                &[&self.name, &self.pause.as_secs_f64()],
            )
            .await?;
        Ok(claimed > 0)
    }

    /// Counts how it ended.
    pub fn note_end<T>(self, store: &Store, ended: &Result<T, Error>) {
        store.metrics().note_job(self.name, ended.is_ok());
    }
}
