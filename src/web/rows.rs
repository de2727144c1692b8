//! `GET /{slug}.csv` and its sisters: the rows in a machine format. A kept result answers as it is; live rows are run for,
//! encoded while they arrive, and sent when all is in hand.

use std::future::ready;

use axum::http::HeaderMap;
use axum::response::Response;
use jiff::Timestamp;

use super::answer::{Age, Answer};
use super::options::Asked;
use super::wanted::{self, Wanted, failed, subject};
use super::{App, coding, headers, prefer};
use crate::access::Readable;
use crate::encode::{Caption, Coding, Format};
use crate::error::Error;
use crate::live::Settled;
use crate::model::{Clip, StoredResult, Version};

/// A version's rows on their way to whoever asked.
struct Rows<'a> {
    app: &'a App,
    clip: &'a Readable<Clip>,
    version: &'a Version,
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
    let Wanted { version, result } = Wanted::find(app, clip, asked).await?;
    let coding = match format.is_compressible() {
        true => coding::negotiate(request),
        false => Coding::Identity,
    };
    let age = clip.max_age_seconds.map(|seconds_max| Age {
        seconds_max,
        is_public: clip.anyone,
    });
    let rows = Rows {
        app,
        clip,
        version: &version,
        answer: Answer {
            format,
            asked,
            caption: caption(app, clip, &version),
            coding,
            version: version.number,
            is_stored: result.is_some(),
            sees_sql: clip.sees_sql,
            age: age.filter(|_| result.is_none()),
        },
        request,
    };
    match result {
        Some(result) => rows.kept(&result).await,
        None => match rows.live(again).await {
            Err(error @ Error::Run { .. }) if clip.serve_stale => rows.stale(error).await,
            answered => answered,
        },
    }
}

impl Rows<'_> {
    async fn kept(&self, result: &StoredResult) -> Result<Response, Error> {
        let answers = &self.app.answers;
        if let Some(summary) = result.summary()
            && let Some(answer) = self.answer.at_hand(answers, self.request, &summary)
        {
            return answer;
        }
        let settled = self.app.live.open(result).await?;
        let settled = settled.map_err(|failure| failed(self.clip, failure))?;
        self.whole(settled).await
    }

    async fn live(&self, again: impl FnOnce(i32, Timestamp) -> String) -> Result<Response, Error> {
        if let Some(settled) = self.without_run().await? {
            return self.whole(settled).await;
        }
        let run = wanted::run(self.app, self.clip, self.version).await?;
        let comes_back = self.answer.asked.since.map(|_| prefer::coming_back());
        if let Some(wait) = prefer::respond_async(self.request).or(comes_back)
            && run.ending_within(wait).await.is_none()
        {
            let again = again(self.version.number, run.asked_at());
            return Ok(prefer::accepted(&run, &again));
        }
        let failed = |failure| failed(self.clip, failure);
        let newest = self.app.live.newest(subject(self.clip, self.version));
        let likely = newest.await?.and_then(|result| result.summary());
        let rows = run.rows().await.map_err(failed)?;
        let ending = async move { Ok(run.ending().await?.summary) };
        let answers = &self.app.answers;
        self.answer
            .respond(answers, self.request, rows, ending, likely.as_ref())
            .await
    }

    /// What somebody comes back for, or a result that is younger than the clip's maximum age.
    async fn without_run(&self) -> Result<Option<Settled>, Error> {
        if let Some(since) = self.answer.asked.since {
            let subject = subject(self.clip, self.version);
            if let Some(ending) = self.app.live.ending_since(subject, since).await? {
                let settled = ending.map_err(|failure| failed(self.clip, failure))?;
                return Ok(Some(settled));
            }
        }
        wanted::young_enough(self.app, self.clip, self.version).await
    }

    /// The last good rows in place of an error, for a clip that wants it so.
    async fn stale(&self, error: Error) -> Result<Response, Error> {
        let subject = subject(self.clip, self.version);
        let Some(settled) = self.app.live.latest(subject).await? else {
            return Err(error);
        };
        let mut response = self.whole(settled).await?;
        headers::mark_stale(response.headers_mut());
        Ok(response)
    }

    async fn whole(&self, settled: Settled) -> Result<Response, Error> {
        let Settled { summary, rows, .. } = settled;
        let ending = ready(Ok(summary.clone()));
        let answers = &self.app.answers;
        self.answer
            .respond(answers, self.request, rows, ending, Some(&summary))
            .await
    }
}

/// What the file says of the clip beside its rows. It does not depend on who asks.
fn caption(app: &App, clip: &Clip, version: &Version) -> Caption {
    Caption {
        title: clip.title.clone(),
        version: version.number as u32,
        url: Some(format!(
            "{}/{}",
            app.settings.public_url,
            clip.slug.as_str()
        )),
        sql: clip.show_sql.then(|| version.sql.clone()),
    }
}
