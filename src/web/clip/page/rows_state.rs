//! What a clip's page shows of its rows: a kept result, fresh rows, or, where those take longer than a moment, the last
//! ones while the run goes on.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use axum::http::StatusCode;
use jiff::{SignedDuration, Timestamp};

use crate::access::Readable;
use crate::error::Error;
use crate::live::{Ending, Run, Settled};
use crate::model::{Clip, StoredResult, Version};
use crate::web::app::App;
use crate::web::clip::table::rows_table::Table;
use crate::web::clip::table::table_view::TableView;
use crate::web::http::url;
use crate::web::page::error_response;
use crate::web::rows::query::Asked;
use crate::web::rows::source::{LiveRows, Source, Wanted, failed};

/// How long a page waits for fresh rows.
const FRESH_WAIT: Duration = Duration::from_secs(1);
/// How long the run goes on for a page that is there, but does not follow it yet.
const COMING_BACK_MAX: Duration = Duration::from_secs(15);
/// Who turns a page after that gets a fresh run.
const TURN_AGE_MAX: SignedDuration = SignedDuration::from_mins(15);

/// What a page shows, and where it comes from.
pub struct RowsState {
    pub table: Option<Table>,
    pub error: Option<Error>,
    pub status: StatusCode,
    pub origin: Origin,
}

pub enum Origin {
    /// The last run came to this.
    Live,
    /// The run goes on; the rows, if any, are older.
    Running(Arc<Run>),
    /// The last run failed; the rows, if any, are older.
    Failed,
    /// The version is there, but the stored rows that were asked for are not, and nothing runs.
    Missing,
    /// Rows that stay as they are.
    Kept(StoredResult),
}

impl RowsState {
    pub async fn read(
        app: &App,
        clip: &Readable<Clip>,
        wanted: &Wanted<'_>,
        asked: &Asked,
        query: &HashMap<String, String>,
    ) -> Result<Self, Error> {
        let look = TableView::parse(query)?;
        let wait = match query.get("wait").map(String::as_str) {
            Some("1") => Duration::MAX,
            Some(_) | None => FRESH_WAIT,
        };
        let version = &wanted.version;
        let state = match &wanted.source {
            Source::Kept(result) => Self::kept(app, clip, version, result, asked, look).await,
            Source::Live(live) => {
                let page = Page {
                    live,
                    clip,
                    version,
                    look,
                };
                page.show(asked.since, TableView::goes_on(query), wait)
                    .await
            }
        };
        match state {
            Err(error @ (Error::Internal(_) | Error::BadRequest(_) | Error::StoreUnavailable)) => {
                Err(error)
            }
            Err(error) => Ok(Self::of(error)),
            Ok(state) => Ok(state),
        }
    }

    /// No rows, but why there are none.
    pub fn of(error: Error) -> Self {
        Self {
            table: None,
            status: error_response::status(&error),
            origin: if matches!(error, Error::NotFound(_) | Error::Swept { .. }) {
                Origin::Missing
            } else {
                Origin::Failed
            },
            error: Some(error),
        }
    }

    async fn kept(
        app: &App,
        clip: &Readable<Clip>,
        version: &Version,
        result: &StoredResult,
        asked: &Asked,
        look: TableView,
    ) -> Result<Self, Error> {
        let settled = app.live.open(result).await?;
        let settled = settled.map_err(|failure| failed(clip, failure))?;
        clip.show(settled.rows.columns())?;
        let address = match (asked.result, asked.version) {
            (Some(_), _) => url::result(clip, version.number, result.number),
            (None, Some(_)) => url::version(clip, version.number),
            (None, None) => url::clip(clip),
        };
        let window = url::window(clip, version.number, result.number);
        Ok(Self {
            table: Some(Table::read(address, window, settled, look).await?),
            error: None,
            status: StatusCode::OK,
            origin: Origin::Kept(result.clone()),
        })
    }

    /// What is wrong with the query or its database.
    pub fn query_error(&self) -> Option<&Error> {
        let error = self.error.as_ref();
        error.filter(|_| !matches!(self.origin, Origin::Missing))
    }

    /// Whether these rows stand in for newer ones that failed.
    pub fn is_stale(&self) -> bool {
        matches!(self.origin, Origin::Failed) && self.table.is_some()
    }
}

/// What a page of live rows is made from.
struct Page<'a> {
    live: &'a LiveRows<'a>,
    clip: &'a Readable<Clip>,
    version: &'a Version,
    look: TableView,
}

impl Page<'_> {
    async fn show(
        &self,
        since: Option<Timestamp>,
        goes_on: bool,
        wait: Duration,
    ) -> Result<RowsState, Error> {
        if let Some(since) = since
            && let Some(ending) = self.live.ending_since(since).await?
        {
            return self.ended(ending).await;
        }
        let at_hand = match goes_on {
            true => self.live.younger_than(TURN_AGE_MAX).await?,
            false => self.live.young_enough().await?,
        };
        if let Some(settled) = at_hand {
            return self.with(settled, Origin::Live).await;
        }
        let run = self.live.run();
        match run.ending_within(wait).await {
            Some(ending) => self.ended(ending).await,
            None => self.running(run).await,
        }
    }

    async fn ended(&self, ending: Ending) -> Result<RowsState, Error> {
        let failure = match ending {
            Ok(settled) => return self.with(settled, Origin::Live).await,
            Err(failure) => failure,
        };
        let error = failed(self.clip, failure);
        let Some(settled) = self.live.latest().await? else {
            return Err(error);
        };
        Ok(RowsState {
            error: Some(error),
            ..self.with(settled, Origin::Failed).await?
        })
    }

    async fn running(&self, run: Arc<Run>) -> Result<RowsState, Error> {
        run.hold_until_followed(COMING_BACK_MAX);
        match self.live.latest().await? {
            Some(settled) => self.with(settled, Origin::Running(run)).await,
            None => Ok(RowsState {
                table: None,
                error: None,
                status: StatusCode::OK,
                origin: Origin::Running(run),
            }),
        }
    }

    async fn with(&self, settled: Settled, origin: Origin) -> Result<RowsState, Error> {
        self.clip.show(settled.rows.columns())?;
        let number = self.version.number;
        let address = url::version(self.clip, number);
        let window = url::window(self.clip, number, settled.summary.number);
        Ok(RowsState {
            table: Some(Table::read(address, window, settled, self.look.clone()).await?),
            error: None,
            status: StatusCode::OK,
            origin,
        })
    }
}
