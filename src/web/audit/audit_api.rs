//! `/api/v1/audit`.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::response::Response;
use serde::Serialize;
use utoipa::ToSchema;

use super::audit_query::{AuditCursor, AuditQuery};
use super::entry_body::EntryBody;
use super::export;
use crate::error::Error;
use crate::model::AuditEntry;
use crate::web::app::App;
use crate::web::http::extract::Query;
use crate::web::visitor::ApiUser;

const ENTRIES_ON_A_PAGE: usize = 100;

#[derive(Serialize, ToSchema)]
pub struct AuditBody {
    /// The newest first.
    entries: Vec<EntryBody>,
    /// The `cursor` of the next page; `null` on the last one.
    next: Option<String>,
}

/// Who did what: changes and runs, the newest first, 100 on a page. For administrators.
#[utoipa::path(get, operation_id = "list_audit", path = "/api/v1/audit", tag = "audit", params(AuditQuery, AuditCursor),
    responses((status = 200, body = AuditBody)))]
pub async fn index(
    State(app): State<Arc<App>>,
    ApiUser(viewer): ApiUser,
    Query(query): Query<AuditQuery>,
    Query(cursor): Query<AuditCursor>,
) -> Result<Json<AuditBody>, Error> {
    viewer.administrate()?;
    let (filter, before) = (query.filter()?, cursor.place()?);
    let (entries, end) = AuditEntry::page(&app.store, &filter, before, ENTRIES_ON_A_PAGE).await?;
    Ok(Json(AuditBody {
        next: end.map(|end| end.to_text()),
        entries: entries.into_iter().map(EntryBody::new).collect(),
    }))
}

/// All of these entries as NDJSON, one a line, the oldest first. For administrators.
#[utoipa::path(get, operation_id = "export_audit", path = "/api/v1/audit/export", tag = "audit", params(AuditQuery),
    responses(
        (status = 200, description = "One entry a line.", body = EntryBody, content_type = "application/x-ndjson")))]
pub async fn export(
    State(app): State<Arc<App>>,
    ApiUser(viewer): ApiUser,
    Query(query): Query<AuditQuery>,
) -> Result<Response, Error> {
    viewer.administrate()?;
    export::file(&app, &query).await
}
