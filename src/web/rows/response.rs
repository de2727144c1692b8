//! A response with rows in one format: its headers, and which bytes of its body are sent.
//!
//! A response is sent only when the result and its encoding are complete. So a failure always has a proper status, and no
//! file is silently short.

pub mod file;
pub mod query_file;

use std::future::ready;
use std::io;
use std::sync::Arc;

use axum::http::header::{AGE, CACHE_CONTROL, IF_NONE_MATCH};
use axum::http::{HeaderMap, HeaderValue};
use axum::response::Response;
use jiff::Timestamp;

use super::body_cache::BodyCache;
use super::headers::count_replaced;
use super::in_flight::BodyKey;
use super::visible_rows::{VisibleRows, describe};
use crate::access::Visible;
use crate::encode::{self, Caption, Coding, Format, Options};
use crate::error::Error;
use crate::result::{Spool, Summary};
use crate::run::Failure;
use crate::web::http::etag::ETag;
use file::File;

/// Marks a response that equal requests may reuse. See `response_cache`.
#[derive(Clone)]
pub struct Reusable(pub Arc<Spool>);

/// A response in one format: everything but its rows.
pub struct RowsResponse {
    /// The clip's number.
    pub clip: i64,
    pub format: Format,
    pub options: Options,
    pub caption: Caption,
    pub coding: Coding,
    pub version: i32,
    /// Whether its rows never change.
    pub is_stored: bool,
    /// Whether the viewer may read PostgreSQL's own message about a failure.
    pub sees_sql: bool,
    /// Where the clip has a maximum age.
    pub age: Option<Age>,
}

/// How long caches between us and the client may reuse a response.
#[derive(Clone, Copy, Debug)]
pub struct Age {
    pub seconds_max: i32,
    /// Whether anyone may see the rows.
    pub is_public: bool,
}

impl RowsResponse {
    /// Responds with the rows once `outcome` has resolved to the end of the run.
    ///
    /// They are encoded while they arrive; but where the result will probably equal a `likely` one, whose bytes are in the
    /// cache or at the client, the end is awaited first: usually nothing has to be encoded then.
    pub async fn respond(
        &self,
        cache: &BodyCache,
        request: &HeaderMap,
        rows: VisibleRows,
        outcome: impl Future<Output = Result<Summary, Failure>> + Send + 'static,
        likely: Option<&Summary>,
    ) -> Result<Response, Error> {
        let may_be_cached = request.contains_key(IF_NONE_MATCH)
            || likely.is_some_and(|likely| cache.has(&self.etag(likely)));
        if !may_be_cached {
            return self.encode(cache, request, rows, outcome).await;
        }
        let summary = outcome.await.map_err(|failure| self.failed(failure))?;
        match self.cached(cache, request, &summary) {
            Some(response) => response,
            None => {
                let outcome = ready(Ok(summary));
                self.encode(cache, request, rows, outcome).await
            }
        }
    }

    /// The response to visible rows that needs none of them: its bytes are in the cache or at the client.
    pub fn respond_without_rows(
        &self,
        cache: &BodyCache,
        request: &HeaderMap,
        summary: &Summary,
        _proof: Visible,
    ) -> Result<Option<Response>, Error> {
        self.cached(cache, request, summary).transpose()
    }

    fn cached(
        &self,
        cache: &BodyCache,
        request: &HeaderMap,
        summary: &Summary,
    ) -> Option<Result<Response, Error>> {
        let etag = self.etag(summary);
        if etag.matches(request) {
            return Some(Ok(self.not_modified(summary)));
        }
        let body = cache.find(&etag)?;
        Some(self.send(request, summary, &body))
    }

    async fn encode(
        &self,
        cache: &BodyCache,
        request: &HeaderMap,
        rows: VisibleRows,
        outcome: impl Future<Output = Result<Summary, Failure>> + Send + 'static,
    ) -> Result<Response, Error> {
        let key = BodyKey {
            rows: rows.identity(),
            format: self.format,
            options: self.options.clone(),
            caption: self.caption.clone(),
            coding: self.coding,
        };
        let encoded = cache.encode(key, rows, outcome).await;
        let (body, summary) = encoded.map_err(|failure| self.refusal(&failure))?;
        cache.keep(self.etag(&summary), &body);
        self.send(request, &summary, &body)
    }

    fn refusal(&self, failure: &encode::Failure<Failure>) -> Error {
        match failure {
            encode::Failure::Run(failure) => self.failed(failure.clone()),
            encode::Failure::Unfit(sentence) => Error::UnfitForFormat(sentence.clone()),
            encode::Failure::Encode(error) if error.kind() == io::ErrorKind::FileTooLarge => {
                Error::TooLargeForFormat(error.to_string())
            }
            encode::Failure::Encode(error) => {
                tracing::error!(%error, "rows could not be encoded");
                self.failed(Failure::Storage)
            }
        }
    }

    fn failed(&self, failure: Failure) -> Error {
        Error::Run {
            failure,
            sees_sql: self.sees_sql,
        }
    }

    fn etag(&self, summary: &Summary) -> ETag {
        ETag::new(
            self.format,
            &self.options,
            &self.caption,
            summary,
            self.coding,
        )
    }

    fn headers(&self, summary: &Summary) -> HeaderMap {
        let mut headers = HeaderMap::new();
        file::tag(&mut headers, &self.etag(summary));
        if let Some(age) = self.age {
            age.add_headers(&mut headers, summary);
        }
        headers
    }

    fn not_modified(&self, summary: &Summary) -> Response {
        self.describe(file::not_modified(self.headers(summary)), summary)
    }

    fn describe(&self, mut response: Response, summary: &Summary) -> Response {
        describe(&mut response, self.clip, self.version, summary);
        response
    }

    fn send(
        &self,
        request: &HeaderMap,
        summary: &Summary,
        body: &Arc<Spool>,
    ) -> Result<Response, Error> {
        let mut headers = self.headers(summary);
        count_replaced(&mut headers, body.replaced());
        let file = File {
            format: self.format,
            title: &self.caption.title,
            coding: self.coding,
            etag: &self.etag(summary),
        };
        let mut response = file.send(request, headers, body)?;
        if self.is_stored {
            response.extensions_mut().insert(Reusable(body.clone()));
        }
        Ok(self.describe(response, summary))
    }
}

impl Age {
    fn add_headers(self, headers: &mut HeaderMap, summary: &Summary) {
        let age = Timestamp::now().duration_since(summary.checked_at);
        headers.insert(AGE, age.as_secs().max(0).into());
        let shared = format!("public, max-age={}", self.seconds_max);
        if self.is_public
            && let Ok(shared) = HeaderValue::try_from(shared)
        {
            headers.insert(CACHE_CONTROL, shared);
        }
    }
}

#[cfg(test)]
mod tests;
