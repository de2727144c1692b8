//! `/{slug}/run`: follows a version's run by server-sent events, for the page that shows its rows; and cancels it.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::extract::State;
use axum::http::header::CACHE_CONTROL;
use axum::http::request::Parts;
use axum::http::{HeaderName, HeaderValue};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Redirect, Response};
use futures_util::{Stream, StreamExt, stream};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use tokio::time::timeout;

use super::progress::Progress;
use super::rows_panel::look_after;
use crate::error::Error;
use crate::live::{Run, RunOutcome, Subject};
use crate::model::{Clip, Version};
use crate::web::app::App;
use crate::web::http::address::ClipAddress;
use crate::web::http::extract::Path;
use crate::web::http::form::Form;
use crate::web::http::url;
use crate::web::rows::query::RowsQuery;
use crate::web::rows::recheck_access;
use crate::web::rows::source::{RequestedRows, RowsSource};
use crate::web::visitor::Visitor;

const TELL_INTERVAL: Duration = Duration::from_millis(500);
/// How often a page that follows a run is asked whether it still may.
const ASKED_AGAIN_EVERY: Duration = Duration::from_secs(3);
/// Proxies cut what is silent for a minute, some for half of that.
const HEARTBEAT: Duration = Duration::from_secs(10);
/// How soon a page comes back whose connection was cut.
const RETRY: Duration = Duration::from_secs(1);
/// A run goes on for so long after a page left, which may only have lost its connection.
const COMING_BACK_MAX: Duration = Duration::from_secs(5);
/// A look at data that was read so short a while ago runs nothing.
const LOOK_AGE_MAX: SignedDuration = SignedDuration::from_secs(10);
/// nginx collects an answer unless it is told not to.
const ACCEL_BUFFERING: HeaderName = HeaderName::from_static("x-accel-buffering");

#[derive(Deserialize)]
pub struct Cancelled {
    version: i32,
    /// When the run was asked for that the page showed.
    since: Option<Timestamp>,
}

/// A page's hold on the run that it follows.
struct Follower {
    app: Arc<App>,
    /// What its page asked with.
    asked: Parts,
    asked_again_at: Instant,
    clip: Clip,
    run: Arc<Run>,
    sees_sql: bool,
    has_ended: bool,
}

/// What the run came to: the number of its result, or none where it failed.
#[derive(Serialize)]
struct Settled {
    result: Option<u32>,
    /// Asking the page for what was asked for then, or later, shows it.
    since: Timestamp,
    /// How long to wait before the query runs again.
    look_after_ms: u64,
}

pub async fn follow(
    State(app): State<Arc<App>>,
    address: ClipAddress,
    visitor: Visitor,
    query: Result<RowsQuery, Error>,
    parts: Parts,
) -> Result<Response, Error> {
    let clip = visitor.viewer.read(app.clip(&address.slug).await?)?;
    let query = query?;
    let requested = RequestedRows::find(&app, &clip, &query).await?;
    let RowsSource::Live(live) = &requested.source else {
        return Err(Error::Conflict(
            "These rows stay as they are: nothing runs for them.".to_owned(),
        ));
    };
    if let Some(since) = query.since
        && let Some(ending) = live.outcome_since(since).await?
    {
        let event = Settled::new(&clip, &ending, Duration::ZERO, since).event();
        return Ok(events(stream::iter([event])));
    }
    let young = match live.within_max_age().await? {
        // Many who have the page open look by turns.
        None if query.since.is_none() => live.younger_than(LOOK_AGE_MAX).await?,
        young => young,
    };
    if let Some(young) = young {
        let since = young.result.as_of();
        let event = Settled::new(&clip, &Ok(young), Duration::ZERO, since).event();
        return Ok(events(stream::iter([event])));
    }
    let follower = Follower {
        asked: parts,
        asked_again_at: Instant::now(),
        sees_sql: clip.sees_sql,
        run: live.run(),
        has_ended: false,
        app: app.clone(),
        clip: (*clip).clone(),
    };
    Ok(events(follower.events()))
}

/// Cancels the run for everybody who waits for it: for those who may edit the clip.
pub async fn cancel(
    State(app): State<Arc<App>>,
    address: ClipAddress,
    visitor: Visitor,
    Form(cancelled): Form<Cancelled>,
) -> Result<Redirect, Error> {
    let clip = visitor.viewer.edit(app.clip(&address.slug).await?)?;
    let version = Version::find(&app.store, &clip, cancelled.version).await?;
    let version = version.ok_or_else(|| Error::not_found("version"))?;
    let mut since = cancelled.since;
    if let Some(run) = app.live.version(Subject::new(&clip, &version)).running() {
        run.cancel();
        let _ = run.outcome().await;
        since = Some(run.asked_at());
    }
    let Some(since) = since else {
        return Ok(Redirect::to(&url::version(&clip, version.number)));
    };
    // The page that follows shows what the run came to, and starts nothing.
    let page = url::outcome(&clip, version.number, since);
    Ok(Redirect::to(&page))
}

/// What a browser opens again that was at a form's answer.
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

impl Settled {
    /// `elapsed` is what a run took that failed.
    fn new(clip: &Clip, ending: &RunOutcome, elapsed: Duration, since: Timestamp) -> Self {
        let summary = ending.as_ref().ok().map(|settled| &settled.summary);
        let elapsed = summary.map_or(elapsed, |summary| summary.elapsed);
        Self {
            result: summary.map(|summary| summary.number),
            since,
            look_after_ms: look_after(clip, elapsed).as_millis() as u64,
        }
    }

    fn event(&self) -> Event {
        event("settled", self)
    }
}

impl Follower {
    /// Progress again and again, then what it came to.
    fn events(self) -> impl Stream<Item = Event> + Send {
        self.run.end_holds();
        let watching = self.run.watch();
        stream::unfold(
            (self, watching, Duration::ZERO),
            async |(mut follower, watching, wait)| {
                if follower.has_ended {
                    return None;
                }
                let ending = timeout(wait, follower.run.outcome()).await;
                follower.ask_again(ending.is_ok()).await.ok()?;
                let event = match ending {
                    Ok(ending) => {
                        follower.has_ended = true;
                        follower.settled(&ending).event()
                    }
                    Err(_) => event("progress", &follower.progress()),
                };
                Some((event, (follower, watching, TELL_INTERVAL)))
            },
        )
    }

    /// Whether its viewer may still see the clip: asked at the end of the run, and every few seconds before that.
    async fn ask_again(&mut self, has_ended: bool) -> Result<(), Error> {
        if has_ended || self.asked_again_at.elapsed() > ASKED_AGAIN_EVERY {
            self.asked_again_at = Instant::now();
            recheck_access::may_still_read(&self.app, self.asked.clone()).await?;
        }
        Ok(())
    }

    fn progress(&self) -> Progress {
        Progress::of(&self.run.progress(), self.sees_sql)
    }

    fn settled(&self, ending: &RunOutcome) -> Settled {
        let elapsed = self.run.progress().elapsed;
        Settled::new(&self.clip, ending, elapsed, self.run.asked_at())
    }
}

impl Drop for Follower {
    fn drop(&mut self) {
        if !self.has_ended {
            self.run.hold_for(COMING_BACK_MAX);
        }
    }
}
