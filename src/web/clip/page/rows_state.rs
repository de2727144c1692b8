//! Which rows a clip's page shows: a stored result, fresh rows, or, while a run takes longer than a second, the previous
//! rows.

use std::time::Duration;

use axum::http::StatusCode;
use jiff::{SignedDuration, Timestamp};

use crate::access::Readable;
use crate::encode::Format;
use crate::error::Error;
use crate::live::{JoinedRun, ResultWithRows, RunOutcome};
use crate::model::{Clip, StoredResult, Version};
use crate::run::Values;
use crate::run::error::parameter_error::Kind;
use crate::run::parameters::ParameterError;
use crate::web::app::App;
use crate::web::auth::starter::Starter;
use crate::web::clip::parameters::carried;
use crate::web::clip::table::rows_table::Table;
use crate::web::clip::table::table_view::TableView;
use crate::web::http::request_log::facts;
use crate::web::http::url;
use crate::web::page::error_response;
use crate::web::rows::parameter_values::error_of_values;
use crate::web::rows::query::RowsQuery;
use crate::web::rows::source;
use crate::web::rows::source::{LiveSource, RequestedRows, RowsSource, failed, open_stored};
use crate::web::rows::visible_rows::VisibleResult;

/// How long a page waits for fresh rows.
const FRESH_WAIT: Duration = Duration::from_secs(1);
/// How long a run goes on for a page that was sent but does not follow the run yet.
const UNFOLLOWED_MAX: Duration = Duration::from_secs(15);
/// Up to this age, rows are reused when the visitor turns a page, sorts or filters; older ones start a fresh run.
const CONTINUED_AGE_MAX: SignedDuration = SignedDuration::from_mins(15);

/// What a page shows, and where it comes from.
pub struct RowsState {
    pub table: Option<Table>,
    pub error: Option<Error>,
    pub status: StatusCode,
    pub origin: Origin,
    /// The values of parameters that the address gives.
    pub given: Values,
}

pub enum Origin {
    /// The rows of the last run.
    Live,
    /// A run is in progress; the rows, if any, are older.
    Running(JoinedRun),
    /// The last run failed; the rows, if any, are older.
    Failed,
    /// The version exists, but the requested stored rows do not, and nothing runs.
    Missing,
    /// The values for the query's parameters are missing or cannot be used.
    Unfilled,
    /// Stored rows, which do not change.
    Stored(StoredResult),
}

impl RowsState {
    /// The requested version and the state of its rows.
    pub async fn find(
        app: &App,
        clip: &Readable<Clip>,
        query: &RowsQuery,
        starter: &Starter,
    ) -> Result<(Version, Self), Error> {
        match RequestedRows::find(app, clip, query).await {
            Ok(requested) => {
                let state = Self::read(app, clip, &requested, query, starter).await?;
                Ok((requested.version, state))
            }
            // The version exists, but the requested rows do not.
            Err(
                error @ (Error::NotFound(_)
                | Error::Swept { .. }
                | Error::DatabaseRemoved
                | Error::DatabaseUnreadable(_)
                // The query's blanks, or the values for them.
                | Error::Run { .. }),
            ) => {
                let version = source::version(app, clip, query.version).await?;
                let state = Self {
                    given: carried::of_query(clip, &version, query),
                    ..Self::without_rows(error)
                };
                Ok((version, state))
            }
            Err(error) => Err(error),
        }
    }

    async fn read(
        app: &App,
        clip: &Readable<Clip>,
        requested: &RequestedRows,
        query: &RowsQuery,
        starter: &Starter,
    ) -> Result<Self, Error> {
        let view = TableView::parse(query)?;
        let wait = match query.flag("wait")? {
            true => Duration::MAX,
            false => FRESH_WAIT,
        };
        let version = &requested.version;
        let state = match &requested.source {
            RowsSource::Stored(result) => {
                Self::stored(app, clip, requested, result, query, view).await
            }
            RowsSource::Live(live) => {
                let page = LivePage {
                    app,
                    starter,
                    live,
                    clip,
                    version,
                    given: &requested.given,
                    view,
                };
                page.state(query.since, TableView::is_continued(query), wait)
                    .await
            }
        };
        match state {
            Err(
                error @ (Error::Internal(_)
                | Error::BadRequest(_)
                | Error::StoreUnavailable
                | Error::StoreReadOnly
                | Error::StorePooled
                | Error::StoreUnfit(_)),
            ) => Err(error),
            Err(error) => Ok(Self {
                given: requested.given.clone(),
                ..Self::without_rows(error)
            }),
            Ok(state) => Ok(state),
        }
    }

    /// Without rows, and with the reason.
    pub fn without_rows(error: Error) -> Self {
        Self {
            table: None,
            status: match error_of_values(&error) {
                // The page asks for it.
                Some(problem) if problem.kind == Kind::Missing => StatusCode::OK,
                _ => error_response::status(&error),
            },
            origin: match error {
                Error::NotFound(_) | Error::Swept { .. } => Origin::Missing,
                _ if error_of_values(&error).is_some() => Origin::Unfilled,
                _ => Origin::Failed,
            },
            error: Some(error),
            given: Values::default(),
        }
    }

    async fn stored(
        app: &App,
        clip: &Readable<Clip>,
        requested: &RequestedRows,
        result: &StoredResult,
        query: &RowsQuery,
        view: TableView,
    ) -> Result<Self, Error> {
        let RequestedRows { version, given, .. } = requested;
        let opened = open_stored(app, clip, result).await?;
        let opened = VisibleResult::open(clip, version, Format::Html, opened)?;
        let address = match (query.result, query.version) {
            (Some(_), _) => url::result(clip, version.number, result.number),
            (None, Some(_)) => url::with_values(&url::version(clip, version.number), given),
            (None, None) => url::clip(clip),
        };
        let window = url::window(clip, version.number, result.number);
        Ok(Self {
            table: Some(Table::read(address, window, opened, view).await?),
            error: None,
            status: StatusCode::OK,
            origin: Origin::Stored(result.clone()),
            given: given.clone(),
        })
    }

    /// The error of the query or its database, if there is one. A run that somebody cancelled had none.
    pub fn query_error(&self) -> Option<&Error> {
        let error = self.error.as_ref();
        let is_asked = !matches!(self.origin, Origin::Missing | Origin::Unfilled);
        error.filter(|_| is_asked && !self.is_cancelled())
    }

    /// Whether somebody cancelled the run.
    pub fn is_cancelled(&self) -> bool {
        self.error.as_ref().is_some_and(Error::is_cancellation)
    }

    /// What is wrong with the values for the query's parameters.
    pub fn error_of_values(&self) -> Option<&ParameterError> {
        error_of_values(self.error.as_ref()?)
    }

    /// The address of the page with these rows.
    pub fn address(&self, clip: &Clip, version: &Version) -> String {
        match &self.table {
            Some(table) => table.address.clone(),
            None => url::with_values(&url::version(clip, version.number), &self.given),
        }
    }

    /// Whether these rows stand in for newer ones that failed.
    pub fn is_stale(&self) -> bool {
        matches!(self.origin, Origin::Failed) && self.table.is_some()
    }
}

/// The parts from which a page of live rows is made.
struct LivePage<'a> {
    app: &'a App,
    starter: &'a Starter,
    live: &'a LiveSource,
    clip: &'a Readable<Clip>,
    version: &'a Version,
    given: &'a Values,
    view: TableView,
}

impl LivePage<'_> {
    async fn state(
        &self,
        since: Option<Timestamp>,
        is_continued: bool,
        wait: Duration,
    ) -> Result<RowsState, Error> {
        if let Some(since) = since
            && let Some(outcome) = self.live.outcome_since(since).await?
        {
            return self.ended(outcome).await;
        }
        let recent = match is_continued {
            true => self.live.younger_than(CONTINUED_AGE_MAX).await?,
            false => self.live.within_max_age().await?,
        };
        if let Some(result) = recent {
            return self.with_rows(result, Origin::Live).await;
        }
        let run = self.live.run(self.app, self.starter)?;
        let outcome = run.outcome_within(wait).await;
        facts::note_run(run.times());
        match outcome {
            Some(outcome) => self.ended(outcome).await,
            None => self.running(run).await,
        }
    }

    async fn ended(&self, outcome: RunOutcome) -> Result<RowsState, Error> {
        let failure = match outcome {
            Ok(result) => return self.with_rows(result, Origin::Live).await,
            Err(failure) => failure,
        };
        let error = failed(self.clip, failure);
        if error_of_values(&error).is_some() {
            return Err(error);
        }
        let Some(result) = self.live.latest().await? else {
            return Err(error);
        };
        Ok(RowsState {
            error: Some(error),
            ..self.with_rows(result, Origin::Failed).await?
        })
    }

    async fn running(&self, run: JoinedRun) -> Result<RowsState, Error> {
        run.hold_until_followed(UNFOLLOWED_MAX);
        match self.live.latest().await? {
            Some(result) => self.with_rows(result, Origin::Running(run)).await,
            None => Ok(RowsState {
                table: None,
                error: None,
                status: StatusCode::OK,
                origin: Origin::Running(run),
                given: self.given.clone(),
            }),
        }
    }

    async fn with_rows(&self, result: ResultWithRows, origin: Origin) -> Result<RowsState, Error> {
        let result = VisibleResult::open(self.clip, self.version, Format::Html, result)?;
        let number = self.version.number;
        let address = url::with_values(&url::version(self.clip, number), self.given);
        let window = url::window(self.clip, number, result.summary.number);
        Ok(RowsState {
            table: Some(Table::read(address, window, result, self.view.clone()).await?),
            error: None,
            status: StatusCode::OK,
            origin,
            given: self.given.clone(),
        })
    }
}
