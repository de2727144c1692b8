//! `/{slug}/run`: sends a run's progress as server-sent events to the page that shows its rows; and cancels the run.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::extract::State;
use axum::http::header::CACHE_CONTROL;
use axum::http::request::Parts;
use axum::http::{HeaderName, HeaderValue};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Redirect, Response};
use axum_extra::extract::cookie::CookieJar;
use futures_util::{Stream, StreamExt, stream};
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use tokio::time::timeout;

use super::notes;
use super::progress::Progress;
use super::rows_panel::refresh_after;
use crate::error::Error;
use crate::live::{JoinedRun, RunOutcome, Subject};
use crate::model::{Clip, Version, note_cancelled_run};
use crate::web::app::App;
use crate::web::auth::client_address::ClientAddress;
use crate::web::auth::starter::Starter;
use crate::web::http::address::ClipAddress;
use crate::web::http::extract::Path;
use crate::web::http::form::Form;
use crate::web::http::url;
use crate::web::rows::query::RowsQuery;
use crate::web::rows::recheck_access;
use crate::web::rows::source::{RequestedRows, RowsSource};
use crate::web::visitor::Visitor;

const PROGRESS_INTERVAL: Duration = Duration::from_millis(500);
/// How often the access of a page that follows a run is rechecked.
const RECHECK_INTERVAL: Duration = Duration::from_secs(3);
/// Proxies close connections that are silent for a minute, some after half of that.
const HEARTBEAT: Duration = Duration::from_secs(10);
/// How soon a page reconnects after its connection was cut.
const RETRY: Duration = Duration::from_secs(1);
/// How long a run continues after a page has disconnected: it may only have lost its connection.
const RECONNECT_MAX: Duration = Duration::from_secs(5);
/// A page that refreshes by itself starts no run if the rows are younger than this.
const REFRESH_AGE_MAX: SignedDuration = SignedDuration::from_secs(10);
/// nginx buffers a response unless this header forbids it.
const ACCEL_BUFFERING: HeaderName = HeaderName::from_static("x-accel-buffering");

/// A page that follows a run; the run goes on as long as someone follows it.
struct Follower {
    app: Arc<App>,
    /// The page's request, from which its access is rechecked.
    request: Parts,
    rechecked_at: Instant,
    clip: Clip,
    run: JoinedRun,
    sees_sql: bool,
    has_ended: bool,
}

/// The outcome of the run: the number of its result, or none if it failed.
#[derive(Serialize)]
struct RunEnded {
    result: Option<u32>,
    /// A page that is requested with this `since` shows the outcome.
    since: Timestamp,
    /// How long the page waits before it runs the query again.
    #[serde(rename = "look_after_ms")]
    refresh_after_ms: u64,
    /// The number of the clip's newest version, which may have been saved after the page was shown.
    newest_version: i32,
}

pub async fn follow(
    State(app): State<Arc<App>>,
    address: ClipAddress,
    visitor: Visitor,
    client: ClientAddress,
    query: Result<RowsQuery, Error>,
    parts: Parts,
) -> Result<Response, Error> {
    let clip = visitor.viewer.read(app.clip(&address.slug).await?)?;
    let query = query?;
    let requested = RequestedRows::find(&app, &clip, &query).await?;
    let RowsSource::Live(live) = &requested.source else {
        return Err(Error::Conflict(
            "These rows stay as they are: no query runs for them.".to_owned(),
        ));
    };
    if let Some(since) = query.since
        && let Some(outcome) = live.outcome_since(since).await?
    {
        let event = RunEnded::new(&clip, &outcome, Duration::ZERO, since).event();
        return Ok(events(stream::iter([event])));
    }
    let young = match live.within_max_age().await? {
        // Where many have the page open, one refresh serves them all.
        None if query.since.is_none() => live.younger_than(REFRESH_AGE_MAX).await?,
        young => young,
    };
    if let Some(young) = young {
        let since = young.result.as_of();
        let event = RunEnded::new(&clip, &Ok(young), Duration::ZERO, since).event();
        return Ok(events(stream::iter([event])));
    }
    let follower = Follower {
        request: parts,
        rechecked_at: Instant::now(),
        sees_sql: clip.sees_sql,
        run: live.run(&app, &Starter::new(&visitor.viewer, client))?,
        has_ended: false,
        app: app.clone(),
        clip: (*clip).clone(),
    };
    Ok(events(follower.events()))
}

/// Cancels the run for everyone who waits for it. Only editors of the clip may. `since` is when the run that the page
/// showed was requested. A run that goes on, since the server that executes it does not respond, stays on the page.
pub async fn cancel(
    State(app): State<Arc<App>>,
    address: ClipAddress,
    visitor: Visitor,
    cookies: CookieJar,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Result<(CookieJar, Redirect), Error> {
    let clip = visitor.viewer.edit(app.clip(&address.slug).await?)?;
    let query = RowsQuery::from_pairs(pairs)?;
    let number = query.version.unwrap_or(clip.version.number);
    let version = Version::find(&app.store, &clip, number).await?;
    let version = version.ok_or_else(|| Error::not_found("version"))?;
    visitor.viewer.refuse_beyond(version.database_id)?;
    let (mut since, mut cookies) = (query.since, cookies);
    let parameters = version.parameters().map_err(Error::of_query)?;
    let given = query.values(&parameters, &version.parameter_types)?;
    let values = parameters.complete(&given, &version.parameter_types);
    let values = values.map_err(Error::of_query)?;
    let subject = Subject::new(&clip, &version, &values);
    if let Some(run) = app.live.version(subject).cancel().await? {
        note_cancelled_run(&app.store, clip.number, version.number).await?;
        if !run.has_ended {
            cookies = notes::announce_unanswered_cancel(&app, &clip, cookies);
        }
        since = Some(run.asked_at);
    }
    let Some(since) = since else {
        let page = url::version(&clip, version.number);
        return Ok((cookies, Redirect::to(&url::with_values(&page, &given))));
    };
    // The page that follows shows the outcome of the run and starts no other.
    let page = url::outcome(&clip, version.number, since);
    Ok((cookies, Redirect::to(&url::with_values(&page, &given))))
}

/// Redirects a GET of a form-only address, as after signing in again.
pub async fn back(Path(segment): Path<String>) -> Redirect {
    Redirect::to(&format!("/{}", url::encode(&segment)))
}

fn events(events: impl Stream<Item = Event> + Send + 'static) -> Response {
    let events = events.map(Ok::<_, Infallible>);
    let alive = KeepAlive::new().interval(HEARTBEAT);
    let events = Sse::new(events).keep_alive(alive);
    let headers = [
        (ACCEL_BUFFERING, "no"),
        (CACHE_CONTROL, "private, no-cache"),
    ];
    let mut response = events.into_response();
    for (name, value) in headers {
        response
            .headers_mut()
            .insert(name, HeaderValue::from_static(value));
    }
    response
}

fn event(name: &str, data: &impl Serialize) -> Event {
    let event = Event::default().event(name).retry(RETRY);
    // Numbers and text always make JSON.
    event.json_data(data).unwrap_or_default()
}

impl RunEnded {
    /// `elapsed` is used for a run that failed; a result knows its own.
    fn new(clip: &Clip, outcome: &RunOutcome, elapsed: Duration, since: Timestamp) -> Self {
        let summary = outcome.as_ref().ok().map(|result| &result.summary);
        let elapsed = summary.map_or(elapsed, |summary| summary.elapsed);
        Self {
            result: summary.map(|summary| summary.number),
            since,
            refresh_after_ms: refresh_after(clip, elapsed).as_millis() as u64,
            newest_version: clip.version.number,
        }
    }

    fn event(&self) -> Event {
        event("settled", self)
    }
}

impl Follower {
    /// Progress every half second, then the outcome.
    fn events(self) -> impl Stream<Item = Event> + Send {
        self.run.end_holds();
        let watching = self.run.watch();
        stream::unfold(
            (self, watching, Duration::ZERO),
            async |(mut follower, watching, wait)| {
                if follower.has_ended {
                    return None;
                }
                let outcome = timeout(wait, follower.run.outcome()).await;
                follower.recheck_access(outcome.is_ok()).await.ok()?;
                let event = match outcome {
                    Ok(outcome) => {
                        follower.has_ended = true;
                        follower.ended(&outcome).event()
                    }
                    Err(_) => event("progress", &follower.progress()),
                };
                Some((event, (follower, watching, PROGRESS_INTERVAL)))
            },
        )
    }

    /// Fails if the viewer may no longer see the clip. Checks at the end of the run, and every few seconds before that.
    async fn recheck_access(&mut self, has_ended: bool) -> Result<(), Error> {
        if has_ended || self.rechecked_at.elapsed() > RECHECK_INTERVAL {
            self.rechecked_at = Instant::now();
            recheck_access::may_still_read(&self.app, self.request.clone()).await?;
        }
        Ok(())
    }

    fn progress(&self) -> Progress {
        Progress::new(&self.run.progress(), self.sees_sql)
    }

    fn ended(&self, outcome: &RunOutcome) -> RunEnded {
        let elapsed = self.run.progress().elapsed;
        RunEnded::new(&self.clip, outcome, elapsed, self.run.asked_at())
    }
}

impl Drop for Follower {
    fn drop(&mut self) {
        if !self.has_ended {
            self.run.hold_for(RECONNECT_MAX);
        }
    }
}
