//! `GET /{slug}.csv` and the other formats: the rows as a file. A stored result is sent as it is; live rows are encoded
//! while they arrive, and sent once all have arrived.

use std::future::ready;
use std::sync::Arc;

use axum::extract::State;
use axum::http::header::RANGE;
use axum::http::{HeaderMap, Method, Uri};
use axum::response::Response;
use jiff::SignedDuration;

use super::headers;
use super::open_clip::OpenClip;
use super::query::{OF_RESULT, RowsQuery};
use super::recent_reads::{ReadRequest, ReadResult, shared};
use super::response::{Age, RowsResponse, query_file};
use super::source::{LiveSource, RequestedRows, RowsSource, failed, open_stored};
use super::visible_rows::{VisibleResult, VisibleRows};
use crate::access::Readable;
use crate::encode::{Caption, Coding, Format};
use crate::error::Error;
use crate::live::ResultWithRows;
use crate::model::{Clip, StoredResult, Version};
use crate::result::Summary;
use crate::run::{Failure, Values};
use crate::web::app::App;
use crate::web::auth::starter::Starter;
use crate::web::http::accept::content_coding;
use crate::web::http::range::Extent;
use crate::web::http::request_log::facts;
use crate::web::http::{prefer, url};

/// The result, and what is chosen of its rows.
const OF_ROWS: [&str; 4] = ["version", "result", "sort", "filter"];
/// A longer address is given without values, order and filter.
const URL_BYTES_MAX: usize = 2_000;

/// How much older than the clip's maximum age a result may be for a GET that follows its HEAD.
const GET_AFTER_HEAD: SignedDuration = SignedDuration::from_secs(10);

/// A version's rows on their way to the client.
struct Download<'a> {
    app: &'a App,
    clip: &'a Readable<Clip>,
    version: &'a Version,
    query: &'a RowsQuery,
    starter: &'a Starter,
    response: RowsResponse,
    request: &'a HeaderMap,
    read: Arc<ReadRequest>,
}

/// The rows of a clip as a file. A live clip's query runs, unless a result is within the clip's maximum age. Text after the
/// slug, as in `/{slug}-orders.csv`, is ignored. `/{slug}` returns the same if `Accept` names the type of exactly one format and
/// prefers it to HTML. `sql` is the query itself, which is not run, for those who may see it; `geojson` needs one column of
/// geometries in SRID 4326; `md` has the first 1,000 rows.
#[utoipa::path(get, operation_id = "read_rows", path = "/{slug}.{format}", tag = "clips", security((), ("token" = [])),
    params(
        ("slug" = String, Path),
        ("format" = String, Path),
        ("version" = Option<i32>, Query, description = "Without it, the newest version, or the one to which the clip is pinned."),
        ("result" = Option<u32>, Query, description = "A stored result of this version."),
        ("sort" = Option<String>, Query, description = "As in `/{slug}/rows`."),
        ("filter" = Option<String>, Query, description = "Only rows with a cell that contains this text."),
        ("shape" = Option<String>, Query, description = "JSON: `table`, or `objects` for an array with an object for each row."),
        ("bom" = Option<String>, Query, description = "CSV and TSV: `1` begins with a byte order mark."),
        ("guard" = Option<String>, Query, description = "CSV and TSV: `1` puts an apostrophe before what a spreadsheet would evaluate."),
        ("delimiter" = Option<String>, Query, description = "CSV: one character; a comma unless given."),
        ("null" = Option<String>, Query, description = "CSV and TSV: the text for NULL, which is empty unless given."),
        ("decimal" = Option<String>, Query, description = "CSV and TSV: the decimal mark, a point or a comma."),
        ("quote" = Option<String>, Query, description = "CSV and TSV: `all` puts quotes around every value."),
        ("access-token" = Option<String>, Query, description = "A clip link's token, for programs that cannot send headers."),
        ("Prefer" = Option<String>, Header, description = "`respond-async`: 202 if the run takes longer than a second, or than `wait=` says."),
        ("Range" = Option<String>, Header, description = "One range of bytes."),
    ),
    responses(
        (status = 200, description = "The rows."),
        (status = 202, description = "The query is still running; its rows will be at `Location`.", body = serde_json::Value,
            headers(("Location" = String), ("Retry-After" = String))),
        (status = 206, description = "The requested bytes."),
        (status = 304, description = "`If-None-Match` has the tag of these bytes: you have them already.")))]
pub async fn show(
    State(app): State<Arc<App>>,
    open: OpenClip,
    uri: Uri,
    query: RowsQuery,
    method: Method,
    read: ReadRequest,
    mut request: HeaderMap,
) -> Result<Response, Error> {
    if method == Method::HEAD {
        // The headers describe the whole body: RFC 9110, section 14.2.
        request.remove(RANGE);
    }
    if open.format == Format::Sql {
        return query_file::send(&app, &open, &query, &request).await;
    }
    send(&app, &open, &query, read, &request, uri.path()).await
}

/// The rows of a clip in one format. A client that does not wait can come back for them at `path`.
pub async fn send(
    app: &App,
    open: &OpenClip,
    query: &RowsQuery,
    read: ReadRequest,
    request: &HeaderMap,
    path: &str,
) -> Result<Response, Error> {
    let OpenClip {
        clip,
        format,
        starter,
        ..
    } = open;
    let format = *format;
    let options = query.file_options(format)?;
    let RequestedRows {
        version, source, ..
    } = RequestedRows::find(app, clip, query).await?;
    let is_stored = matches!(source, RowsSource::Stored(_));
    let coding = match format.is_compressible() {
        true => content_coding::negotiate(request),
        false => Coding::Identity,
    };
    let age = clip.max_age_seconds.map(|seconds_max| Age {
        seconds_max,
        // Viewers who do not see the query do not see its plan either, and by some links fewer rows.
        is_public: clip.anyone && clip.show_sql && !clip.has_fixed_values(),
    });
    let values = match &source {
        RowsSource::Stored(result) => &result.values,
        RowsSource::Live(live) => live.values(),
    };
    let url = format
        .has_address()
        .then(|| address(app, clip, query, values));
    let caption = Caption {
        title: clip.title.clone(),
        version: Some(version.number as u32),
        url,
        sql: (clip.show_sql && !clip.has_fixed_values()).then(|| version.sql.clone()),
    };
    let read = match &source {
        RowsSource::Stored(_) => read,
        RowsSource::Live(live) => {
            let changed_at = live.database_changed_at();
            read.depending_on(&format!("{caption:?} {changed_at}"))
        }
    };
    let download = Download {
        app,
        clip,
        version: &version,
        query,
        starter,
        response: RowsResponse {
            clip: clip.number,
            format,
            options,
            caption,
            coding,
            version: version.number,
            is_stored,
            sees_sql: clip.sees_sql,
            age: age.filter(|_| !is_stored),
        },
        request,
        read: Arc::new(read),
    };
    match source {
        RowsSource::Stored(result) => download.stored(&result).await,
        RowsSource::Live(live) => match download.live(&live, path).await {
            Err(error @ Error::Run { .. }) if clip.serve_stale => {
                download.stale(&live, error).await
            }
            responded => responded,
        },
    }
}

impl Download<'_> {
    async fn stored(&self, result: &StoredResult) -> Result<Response, Error> {
        if let Ok(content) = &result.content
            && !self.query.selects()
            && let Some(summary) = result.summary().filter(|_| result.has_rows())
        {
            let proof = self.clip.show(
                self.version,
                &result.values,
                &content.columns,
                self.response.format,
            )?;
            let cache = &self.app.body_cache;
            let response =
                self.response
                    .respond_without_rows(cache, self.request, &summary, proof)?;
            if let Some(response) = response {
                return Ok(response);
            }
        }
        let result = open_stored(self.app, self.clip, result).await?;
        self.respond(result).await
    }

    async fn live(&self, live: &LiveSource, path: &str) -> Result<Response, Error> {
        if let Some(result) = self.read_again(live).await? {
            return self.respond(result).await;
        }
        if Extent::continues_blindly(self.request) {
            return Err(Error::ResultGone);
        }
        if let Some(result) = self.without_run(live).await? {
            self.app
                .recent_reads
                .note(&self.read, result.result.clone());
            return self.respond(result).await;
        }
        let run = live.run(self.app, self.starter)?;
        let times = run.times();
        let wait_on_return = self.query.since.map(|_| prefer::wait_on_return());
        if let Some(wait) = prefer::respond_async(self.request).or(wait_on_return)
            && run.outcome_within(wait).await.is_none()
        {
            let version = self.response.version;
            let later = self.query.since(path, version, run.asked_at());
            return Ok(prefer::accepted(&run, &later));
        }
        let likely = live.newest().await?.and_then(|result| result.summary());
        let rows = run.rows().await;
        facts::note_run(times.clone());
        let rows = rows.map_err(|failure| failed(self.clip, failure))?;
        let rows = VisibleRows::open(
            self.clip,
            self.version,
            self.response.format,
            live.values(),
            rows,
        )?;
        let (recent_reads, read) = (self.app.recent_reads.clone(), self.read.clone());
        let (servers, version) = (self.app.servers.clone(), live.version().clone());
        let outcome = async move {
            let returned = run.outcome().await?;
            recent_reads.note(&read, returned.result.clone());
            if read.is_step() && !servers.is_alone() {
                version.keep_rows(&returned).await;
                shared::tell(&servers, &read, returned.result.id).await;
            }
            Ok(returned.summary)
        };
        let response = self.select(rows, outcome, likely.as_ref()).await;
        facts::note_run(times);
        response
    }

    /// The result that the client is reading, here or at other servers.
    async fn read_again(&self, live: &LiveSource) -> Result<Option<ResultWithRows>, Error> {
        let found = match self.app.recent_reads.find(&self.read) {
            None if Extent::continues(self.request) => shared::ask(self.app, &self.read).await,
            found => found,
        };
        let Some(found) = found else {
            return Ok(None);
        };
        let result = match found.result {
            ReadResult::Known(result) => Some(result),
            ReadResult::Heard(id) => self.heard(live, id).await?,
        };
        let Some(result) = result else {
            return Ok(None);
        };
        let is_over = match found.follows_plain {
            true => !live.is_newest(&result).await?,
            false => false,
        };
        if is_over || !self.is_young_enough(live, &result) {
            return Ok(None);
        }
        shared::tell(&self.app.servers, &self.read, result.id).await;
        self.app.live.reopen(&result).await
    }

    /// Ranges are joined, whatever the clip's maximum age. A GET gets the rows of its HEAD.
    fn is_young_enough(&self, live: &LiveSource, result: &StoredResult) -> bool {
        let more = match self.read.is_head {
            true => SignedDuration::ZERO,
            false => GET_AFTER_HEAD,
        };
        self.read.is_ranged || live.is_young_enough(result, more)
    }

    /// A result that another server has named, if it is one of the requested version with these values.
    async fn heard(&self, live: &LiveSource, id: i64) -> Result<Option<StoredResult>, Error> {
        let found = StoredResult::find_of_clip(&self.app.store, self.clip.number, id).await?;
        Ok(found.filter(|result| {
            result.version == self.response.version && result.values == *live.values()
        }))
    }

    /// The outcome for which a client comes back, or a result that is younger than the clip's maximum age.
    async fn without_run(&self, live: &LiveSource) -> Result<Option<ResultWithRows>, Error> {
        if let Some(since) = self.query.since
            && let Some(outcome) = live.outcome_since(since).await?
        {
            let result = outcome.map_err(|failure| failed(self.clip, failure))?;
            return Ok(Some(result));
        }
        live.within_max_age().await
    }

    /// The last good rows instead of an error, where the clip is set so.
    async fn stale(&self, live: &LiveSource, error: Error) -> Result<Response, Error> {
        let Some(result) = live.latest().await? else {
            return Err(error);
        };
        let mut response = self.respond(result).await?;
        headers::mark_stale(response.headers_mut());
        Ok(response)
    }

    async fn respond(&self, result: ResultWithRows) -> Result<Response, Error> {
        let VisibleResult { summary, rows } =
            VisibleResult::open(self.clip, self.version, self.response.format, result)?;
        let outcome = ready(Ok(summary.clone()));
        self.select(rows, outcome, Some(&summary)).await
    }

    /// Responds with the rows, or with those of them that the request selects: then the end of the run is awaited first.
    async fn select(
        &self,
        rows: VisibleRows,
        outcome: impl Future<Output = Result<Summary, Failure>> + Send + 'static,
        likely: Option<&Summary>,
    ) -> Result<Response, Error> {
        let (response, cache) = (&self.response, &self.app.body_cache);
        let Some(selection) = self.query.selection(rows.columns())? else {
            return response
                .respond(cache, self.request, rows, outcome, likely)
                .await;
        };
        let summary = outcome
            .await
            .map_err(|failure| failed(self.clip, failure))?;
        let memory = &self.app.memory;
        let VisibleResult { summary, rows } = rows.select(&selection, summary, memory).await?;
        let outcome = ready(Ok(summary.clone()));
        response
            .respond(cache, self.request, rows, outcome, Some(&summary))
            .await
    }
}

/// The page that shows the rows as they are requested; no secret is in it, and no value that a link keeps from its readers.
fn address(app: &App, clip: &Readable<Clip>, query: &RowsQuery, values: &Values) -> String {
    let page = url::clip(clip);
    let selected = query.with(&page, &OF_ROWS);
    let whole = match clip.has_fixed_values() {
        true => selected,
        false => url::with_values(&selected, values),
    };
    let path = match whole.len() <= URL_BYTES_MAX {
        true => whole,
        false => query.with(&page, &OF_RESULT),
    };
    format!("{}{path}", app.settings.public_url)
}
