//! `/databases/{id}/move?to=`: which clips would fail on another database, before they move there.

use std::time::Duration;

use tokio::time::{Instant, timeout_at};

use crate::error::Error;
use crate::model::{Clip, Database};
use crate::run::{Failure, Target};
use crate::web::app::App;

/// How long preparing all queries may take.
const TIME_MAX: Duration = Duration::from_secs(20);
/// Clips that are read from the store at a time.
const BATCH: i64 = 100;

/// What was found by preparing the newest query of each clip.
pub struct Preview {
    /// All clips that would move, removed ones too.
    pub clips: i64,
    /// How many of them were prepared in time.
    pub tried: i64,
    pub failing: Vec<Failing>,
    /// Why the other database could not prepare the rest.
    pub outage: Option<Failure>,
}

/// A clip whose query would not run there.
pub struct Failing {
    pub clip: Clip,
    pub failure: Failure,
}

impl Preview {
    /// Prepares one query after the other, and runs none.
    pub async fn take(app: &App, from: &Database, to: &Database) -> Result<Self, Error> {
        other_than(from, to)?;
        let mut preview = Self {
            clips: Clip::count_on(&app.store, from).await?,
            tried: 0,
            failing: Vec::new(),
            outage: None,
        };
        let target = app.target(to)?;
        let deadline = Instant::now() + TIME_MAX;
        let mut after = 0;
        loop {
            let clips = Clip::on(&app.store, from, after, BATCH).await?;
            let Some(last) = clips.last() else {
                return Ok(preview);
            };
            after = last.number;
            for clip in clips {
                if !preview.try_clip(app, &target, clip, deadline).await {
                    return Ok(preview);
                }
            }
        }
    }

    /// Prepares one clip's query. `false` where the time is up or the database cannot be reached.
    async fn try_clip(
        &mut self,
        app: &App,
        target: &Target,
        clip: Clip,
        deadline: Instant,
    ) -> bool {
        let types = clip.parameter_types(&clip.version);
        let sql = clip.version.sql.clone();
        let preparing = app.runner.prepare(target, &sql, &types);
        let Ok(prepared) = timeout_at(deadline, preparing).await else {
            return false;
        };
        match prepared {
            Err(failure) if !is_query_failure(&failure) => {
                self.outage = Some(failure);
                return false;
            }
            Err(failure) => self.failing.push(Failing { clip, failure }),
            Ok(_) => {}
        }
        self.tried += 1;
        true
    }

    /// How many were not tried.
    pub fn untried(&self) -> i64 {
        self.clips.saturating_sub(self.tried)
    }
}

pub(super) fn other_than(from: &Database, to: &Database) -> Result<(), Error> {
    match from.id == to.id {
        true => Err(Error::invalid(
            "to",
            "Choose a database other than the one to move from.",
        )),
        false => Ok(()),
    }
}

/// Whether the failure is about the query, so that another query might succeed.
pub(super) fn is_query_failure(failure: &Failure) -> bool {
    match failure {
        Failure::Statement(_)
        | Failure::Empty
        | Failure::Nul
        | Failure::NoColumns
        | Failure::Parameters
        | Failure::Parameter(_)
        | Failure::NotUtf8
        | Failure::RowTooLarge { .. }
        | Failure::Timeout { .. } => true,
        Failure::Cancelled
        | Failure::Stopping
        | Failure::Unavailable(_)
        | Failure::QueueFull
        | Failure::Refused(_)
        | Failure::OwnStore
        | Failure::Storage => false,
    }
}
