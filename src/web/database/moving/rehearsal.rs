//! Runs the newest query of each clip of a database there and on another database, before the clips move, and compares the
//! rows. Nothing is stored. It tries one clip after the other, so it takes two connections; dropping it cancels the queries.

use std::collections::VecDeque;
use std::io;
use std::sync::Arc;

use futures_util::stream::{Stream, unfold};
use tokio_postgres::error::SqlState;

use super::move_preview::{is_query_failure, other_than};
use crate::error::Error;
use crate::model::{Actor, Clip, Database, User};
use crate::result::{Rows, Summary};
use crate::run::{Failure, Origin, Query, RunsOn, Target, Values};
use crate::web::app::App;

/// Clips that are read from the store at a time.
const BATCH: i64 = 50;
/// After so many clips in a row for which the other database is not available, the rest is not tried.
const OUTAGES_MAX: usize = 2;

pub struct Rehearsal {
    app: Arc<App>,
    by: User,
    actor: Actor,
    database: Database,
    /// `None` where the database is removed, so that nothing can be compared.
    from: Option<Side>,
    to: Side,
    clips: VecDeque<Clip>,
    /// The number of the clip that was read last.
    after: i64,
    counts: Counts,
    /// How many clips in a row the other database was not available for.
    outages: usize,
    /// Why the rest is not tried.
    outage: Option<Failure>,
}

/// The database of a side, and whether it has followers.
struct Side {
    target: Target,
    has_followers: bool,
}

pub enum Step {
    Tried(Box<Rehearsed>),
    /// The last one.
    Ended(Ending),
}

/// A clip whose query was tried.
pub struct Rehearsed {
    pub clip: Clip,
    pub verdict: Verdict,
}

pub enum Verdict {
    /// Both databases return the same rows in the same order, as far as results go.
    Same {
        rows: u64,
        is_cut: bool,
    },
    /// They do not.
    Differs {
        rows: u64,
        rows_before: u64,
    },
    /// It runs on the other database. This one returned nothing to compare: the query fails on it, or it is removed.
    Works {
        rows: u64,
        before: Option<Failure>,
    },
    Fails(Failure),
    /// It fails on this database, too.
    FailsOnBoth {
        failure: Failure,
        before: Failure,
    },
    /// Its query needs values, or its parameters cannot be read.
    NotRun(Failure),
}

pub struct Ending {
    pub counts: Counts,
    /// Why the rest was not tried, as where the other database cannot be reached.
    pub error: Option<String>,
}

/// How many clips there are of each kind.
#[derive(Clone, Copy, Default)]
pub struct Counts {
    pub same: u64,
    pub differs: u64,
    pub works: u64,
    pub fails: u64,
    pub fails_on_both: u64,
    pub not_run: u64,
}

impl Rehearsal {
    pub fn new(app: &Arc<App>, from: &Database, to: &Database, by: &User) -> Result<Self, Error> {
        other_than(from, to)?;
        let side = |database: &Database| {
            Ok::<_, Error>(Side {
                target: app.target(database)?.on_primary(),
                has_followers: !database.followers.is_empty(),
            })
        };
        Ok(Self {
            app: app.clone(),
            by: by.clone(),
            actor: Actor::current(),
            from: match from.is_removed {
                true => None,
                false => Some(side(from)?),
            },
            to: side(to)?,
            database: from.clone(),
            clips: VecDeque::new(),
            after: 0,
            counts: Counts::default(),
            outages: 0,
            outage: None,
        })
    }

    /// Tries one clip after the other.
    pub fn run(self) -> impl Stream<Item = Step> + Send {
        unfold(Some(self), async |rehearsal: Option<Self>| {
            let mut rehearsal = rehearsal?;
            let actor = rehearsal.actor;
            let error = match actor.act(rehearsal.next()).await {
                Ok(Some(tried)) => {
                    rehearsal.counts.add(&tried.verdict);
                    return Some((Step::Tried(Box::new(tried)), Some(rehearsal)));
                }
                Ok(None) => None,
                Err(error) => Some(error.to_string()),
            };
            let counts = rehearsal.counts;
            Some((Step::Ended(Ending { counts, error }), None))
        })
    }

    async fn next(&mut self) -> Result<Option<Rehearsed>, Error> {
        if self.clips.is_empty() {
            let read = Clip::on(&self.app.store, &self.database, self.after, BATCH).await?;
            self.clips = read.into();
        }
        let Some(clip) = self.clips.pop_front() else {
            return Ok(None);
        };
        if let Some(failure) = self.outage.take() {
            return Err(Error::DatabaseNotUsable(failure));
        }
        self.after = clip.number;
        let verdict = self.judge(&clip).await?;
        Ok(Some(Rehearsed { clip, verdict }))
    }

    async fn judge(&mut self, clip: &Clip) -> Result<Verdict, Error> {
        let types = &clip.version.parameter_types;
        let parameters = clip.version.parameters();
        let values = parameters.and_then(|all| all.complete(&Values::default(), types));
        let values = match values {
            Ok(values) => values,
            Err(failure) => return Ok(Verdict::NotRun(failure)),
        };
        let before = async {
            match &self.from {
                Some(from) => Some(self.returned(clip, from, &values).await),
                None => None,
            }
        };
        let (before, after) = tokio::join!(before, self.returned(clip, &self.to, &values));
        if self.to.has_server_for(clip) {
            self.note_outage(after.as_ref().err());
        }
        Ok(match (before, after) {
            (Some(Err(before)), Err(failure)) => Verdict::FailsOnBoth { failure, before },
            (Some(Ok(_)) | None, Err(failure)) => Verdict::Fails(failure),
            (Some(Ok(before)), Ok(after)) => compare(&before, &after).await?,
            (Some(Err(before)), Ok((_, after))) => Verdict::Works {
                rows: after.rows,
                before: Some(before),
            },
            (None, Ok((_, after))) => Verdict::Works {
                rows: after.rows,
                before: None,
            },
        })
    }

    /// One outage may be the query's own doing: it can crash the connection. Two in a row mean that the database is not available.
    fn note_outage(&mut self, failure: Option<&Failure>) {
        self.outages = match failure {
            Some(failure) if is_outage(failure) => self.outages + 1,
            Some(_) | None => 0,
        };
        let is_last = failure.is_some_and(is_lasting) || self.outages >= OUTAGES_MAX;
        self.outage = failure.filter(|_| is_last).cloned();
    }

    async fn returned(
        &self,
        clip: &Clip,
        side: &Side,
        values: &Values,
    ) -> Result<(Rows, Summary), Failure> {
        if !side.has_server_for(clip) {
            return Err(Failure::without_followers());
        }
        let query = Query {
            origin: Origin::Preview { user: self.by.id },
            application_name: format!(
                "dataclips preview clip {} version {}",
                clip.number, clip.version.number
            ),
            sql: clip.version.sql.clone(),
            values: values.clone(),
            types: clip.parameter_types(&clip.version),
        };
        self.app.live.preview(&side.target, query).returned().await
    }
}

/// By names and values: the types of a database's own have other numbers in a copy of it.
async fn compare(before: &(Rows, Summary), after: &(Rows, Summary)) -> Result<Verdict, Error> {
    let ((rows_before, before), (rows, after)) = (before, after);
    let is_same = before.checksum == after.checksum
        || (before.truncated == after.truncated
            && rows_before
                .are_same_elsewhere(rows)
                .await
                .map_err(|interrupted| Error::internal(io::Error::from(interrupted)))?);
    Ok(match is_same {
        true => Verdict::Same {
            rows: after.rows,
            is_cut: after.truncated.is_some(),
        },
        false => Verdict::Differs {
            rows: after.rows,
            rows_before: before.rows,
        },
    })
}

/// Whether the database may be to blame. Not if somebody cancelled the query.
fn is_outage(failure: &Failure) -> bool {
    let is_cancelled = failure.sqlstate() == Some(SqlState::QUERY_CANCELED.code());
    !is_query_failure(failure) && !is_cancelled
}

/// Whether every other query fails with it, too.
fn is_lasting(failure: &Failure) -> bool {
    matches!(
        failure,
        Failure::Stopping | Failure::Refused(_) | Failure::OwnStore
    )
}

impl Side {
    fn has_server_for(&self, clip: &Clip) -> bool {
        clip.runs_on != RunsOn::Follower || self.has_followers
    }
}

impl Verdict {
    /// For programs.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Same { .. } => "same",
            Self::Differs { .. } => "differs",
            Self::Works { .. } => "works",
            Self::Fails(_) => "fails",
            Self::FailsOnBoth { .. } => "fails_on_both",
            Self::NotRun(_) => "not_run",
        }
    }

    pub fn failure(&self) -> Option<&Failure> {
        match self {
            Self::Fails(failure) | Self::FailsOnBoth { failure, .. } | Self::NotRun(failure) => {
                Some(failure)
            }
            Self::Same { .. } | Self::Differs { .. } | Self::Works { .. } => None,
        }
    }

    /// Why the query fails on this database already, which is not the move's fault.
    pub fn failure_before(&self) -> Option<&Failure> {
        match self {
            Self::FailsOnBoth { before, .. } => Some(before),
            Self::Works { before, .. } => before.as_ref(),
            Self::Same { .. } | Self::Differs { .. } | Self::Fails(_) | Self::NotRun(_) => None,
        }
    }

    pub fn differs(&self) -> bool {
        matches!(self, Self::Differs { .. })
    }

    /// Whether only the rows of a cut result were the same: further ones may differ.
    pub fn is_cut(&self) -> bool {
        matches!(self, Self::Same { is_cut: true, .. })
    }

    /// On the other database.
    pub fn rows(&self) -> Option<u64> {
        match self {
            Self::Same { rows, .. } | Self::Differs { rows, .. } | Self::Works { rows, .. } => {
                Some(*rows)
            }
            Self::Fails(_) | Self::FailsOnBoth { .. } | Self::NotRun(_) => None,
        }
    }

    /// On this database.
    pub fn rows_before(&self) -> Option<u64> {
        match self {
            Self::Same { rows, .. } => Some(*rows),
            Self::Differs { rows_before, .. } => Some(*rows_before),
            Self::Works { .. } | Self::Fails(_) | Self::FailsOnBoth { .. } | Self::NotRun(_) => {
                None
            }
        }
    }
}

impl Counts {
    fn add(&mut self, verdict: &Verdict) {
        let count = match verdict {
            Verdict::Same { .. } => &mut self.same,
            Verdict::Differs { .. } => &mut self.differs,
            Verdict::Works { .. } => &mut self.works,
            Verdict::Fails(_) => &mut self.fails,
            Verdict::FailsOnBoth { .. } => &mut self.fails_on_both,
            Verdict::NotRun(_) => &mut self.not_run,
        };
        *count += 1;
    }
}
