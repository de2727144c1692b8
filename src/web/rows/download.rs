//! `GET /{slug}.csv` and its sisters: the rows in a machine format. A kept result answers as it is; live rows are run for,
//! encoded while they arrive, and sent when all is in hand.

use std::future::ready;

use axum::http::HeaderMap;
use axum::response::Response;
use jiff::Timestamp;

use super::query::Asked;
use super::response::{Age, Answer};
use super::source::{LiveRows, Source, Wanted, failed};
use crate::access::Readable;
use crate::encode::{Caption, Coding, Format};
use crate::error::Error;
use crate::live::Settled;
use crate::model::{Clip, StoredResult, Version};
use crate::web::app::App;
use crate::web::http::{content_coding, prefer, security_headers};

/// A version's rows on their way to whoever asked.
struct Rows<'a> {
    app: &'a App,
    clip: &'a Readable<Clip>,
    answer: Answer<'a>,
    request: &'a HeaderMap,
}

/// The rows of a clip in one format. `again` says where somebody comes back for a version's rows who does not wait.
pub async fn show(
    app: &App,
    clip: &Readable<Clip>,
    format: Format,
    asked: &Asked,
    request: &HeaderMap,
    again: impl FnOnce(i32, Timestamp) -> String,
) -> Result<Response, Error> {
    let Wanted { version, source } = Wanted::find(app, clip, asked).await?;
    let is_stored = matches!(source, Source::Kept(_));
    let coding = match format.is_compressible() {
        true => content_coding::negotiate(request),
        false => Coding::Identity,
    };
    let age = clip.max_age_seconds.map(|seconds_max| Age {
        seconds_max,
        // Who does not see the query does not see its plan either.
        is_public: clip.anyone && clip.show_sql,
    });
    let rows = Rows {
        app,
        clip,
        answer: Answer {
            format,
            asked,
            caption: caption(app, clip, &version),
            coding,
            version: version.number,
            is_stored,
            sees_sql: clip.sees_sql,
            age: age.filter(|_| !is_stored),
        },
        request,
    };
    match source {
        Source::Kept(result) => rows.kept(&result).await,
        Source::Live(live) => match rows.live(&live, again).await {
            Err(error @ Error::Run { .. }) if clip.serve_stale => rows.stale(&live, error).await,
            answered => answered,
        },
    }
}

impl Rows<'_> {
    async fn kept(&self, result: &StoredResult) -> Result<Response, Error> {
        if let Ok(content) = &result.content {
            self.clip.show(&content.columns)?;
        }
        let answers = &self.app.body_cache;
        if let Some(summary) = result.summary().filter(|_| result.has_rows())
            && let Some(answer) = self.answer.at_hand(answers, self.request, &summary)
        {
            return answer;
        }
        let settled = self.app.live.open(result).await?;
        let settled = settled.map_err(|failure| failed(self.clip, failure))?;
        self.whole(settled).await
    }

    async fn live(
        &self,
        live: &LiveRows<'_>,
        again: impl FnOnce(i32, Timestamp) -> String,
    ) -> Result<Response, Error> {
        if let Some(settled) = self.without_run(live).await? {
            return self.whole(settled).await;
        }
        let run = live.run();
        let comes_back = self.answer.asked.since.map(|_| prefer::coming_back());
        if let Some(wait) = prefer::respond_async(self.request).or(comes_back)
            && run.ending_within(wait).await.is_none()
        {
            let again = again(self.answer.version, run.asked_at());
            return Ok(prefer::accepted(&run, &again));
        }
        let likely = live.newest().await?.and_then(|result| result.summary());
        let rows = run.rows().await;
        let rows = rows.map_err(|failure| failed(self.clip, failure))?;
        self.clip.show(rows.columns())?;
        let ending = async move { Ok(run.ending().await?.summary) };
        let answers = &self.app.body_cache;
        self.answer
            .respond(answers, self.request, rows, ending, likely.as_ref())
            .await
    }

    /// What somebody comes back for, or a result that is younger than the clip's maximum age.
    async fn without_run(&self, live: &LiveRows<'_>) -> Result<Option<Settled>, Error> {
        if let Some(since) = self.answer.asked.since
            && let Some(ending) = live.ending_since(since).await?
        {
            let settled = ending.map_err(|failure| failed(self.clip, failure))?;
            return Ok(Some(settled));
        }
        live.young_enough().await
    }

    /// The last good rows in place of an error, for a clip that wants it so.
    async fn stale(&self, live: &LiveRows<'_>, error: Error) -> Result<Response, Error> {
        let Some(settled) = live.latest().await? else {
            return Err(error);
        };
        let mut response = self.whole(settled).await?;
        security_headers::mark_stale(response.headers_mut());
        Ok(response)
    }

    async fn whole(&self, settled: Settled) -> Result<Response, Error> {
        let Settled { summary, rows, .. } = settled;
        self.clip.show(rows.columns())?;
        let ending = ready(Ok(summary.clone()));
        let answers = &self.app.body_cache;
        self.answer
            .respond(answers, self.request, rows, ending, Some(&summary))
            .await
    }
}

/// What the file says of the clip beside its rows. It does not depend on who asks.
fn caption(app: &App, clip: &Clip, version: &Version) -> Caption {
    Caption {
        title: clip.title.clone(),
        version: Some(version.number as u32),
        url: Some(format!(
            "{}/{}",
            app.settings.public_url,
            clip.slug.as_str()
        )),
        sql: clip.show_sql.then(|| version.sql.clone()),
    }
}
