//! The audit as a file of NDJSON, sent while it is read: it may be larger than our memory. Where reading fails after the first
//! page, the response breaks off, which clients notice.

use axum::body::Body;
use axum::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use futures_util::{StreamExt, TryStreamExt, stream};
use jiff::Timestamp;

use super::audit_query::AuditQuery;
use super::entry_body::EntryBody;
use crate::error::Error;
use crate::model::{AuditEntry, AuditFilter, note_audit_export};
use crate::web::app::App;

/// Ends with what was written before it began.
pub async fn file(app: &App, query: &AuditQuery) -> Result<Response, Error> {
    let filter = query.filter()?;
    let now = Timestamp::now();
    let filter = AuditFilter {
        to: Some(filter.to.map_or(now, |to| to.min(now))),
        ..filter
    };
    let mut pages = Box::pin(AuditEntry::pages(&app.store, filter));
    // While the response can still be an error.
    let first = pages.try_next().await?.unwrap_or_default();
    note_audit_export(&app.store).await?;
    let pages = stream::once(async { Ok(first) }).chain(pages);
    let lines = pages.and_then(async |page| lines(page));
    let headers = [
        (CONTENT_TYPE, "application/x-ndjson"),
        (CONTENT_DISPOSITION, "attachment; filename=\"audit.ndjson\""),
        (CACHE_CONTROL, "no-store"),
    ];
    let lines = lines.inspect_err(|error| {
        tracing::warn!(cause = error.cause(), "an export of the audit broke off");
    });
    let body = Body::from_stream(lines.map_err(|error| std::io::Error::other(error.cause())));
    Ok((headers, body).into_response())
}

fn lines(page: Vec<AuditEntry>) -> Result<Vec<u8>, Error> {
    let mut lines = Vec::new();
    for entry in page {
        serde_json::to_writer(&mut lines, &EntryBody::new(entry)).map_err(Error::internal)?;
        lines.push(b'\n');
    }
    Ok(lines)
}
