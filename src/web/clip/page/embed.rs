//! `/{slug}/embed`: the bare table, for a frame on somebody else's page. It is the same for everybody.

use std::collections::HashMap;
use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::Response;

use super::clip_page::{find, shown};
use super::rows_state::{Origin, RowsState};
use crate::access::{Readable, Viewer};
use crate::error::Error;
use crate::model::Clip;
use crate::web::app::App;
use crate::web::http::extract::{Path, Query};
use crate::web::http::security_headers::Framed;
use crate::web::http::theme::Theme;
use crate::web::http::url;
use crate::web::page::error_response;
use crate::web::page::error_response::ErrorDetail;
use crate::web::rows::query::Asked;
use crate::web::visitor::Visitor;

#[derive(Template)]
#[template(path = "clip/page/embed.html")]
struct EmbedPage {
    clip: Readable<Clip>,
    theme: Theme,
    state: RowsState,
    problem: Option<ErrorDetail>,
    /// Where the rows are once the run has ended that goes on.
    afterwards: Option<String>,
}

pub async fn show(
    State(app): State<Arc<App>>,
    Path(segment): Path<String>,
    visitor: Visitor,
    Query(query): Query<HashMap<String, String>>,
) -> Result<Response, Error> {
    let clip = visitor.viewer.read(find(&app, &segment).await?)?;
    if !clip.anyone {
        return Err(Error::Forbidden(
            "Only a dataclip that is open to anyone with its URL can be embedded. Its owner can open it in its settings."
                .to_owned(),
        ));
    }
    // A frame shows nobody more than it shows a stranger.
    let clip = Viewer::Anonymous.read((*clip).clone())?;
    let asked = Asked::parse(&query)?;
    let (version, mut state) = shown(&app, &clip, &asked, &query).await?;
    let path = format!("{}/embed", url::clip(&clip));
    if let Some(table) = &mut state.table {
        let page = url::with(&path, &query, &["version", "result", "theme"]);
        table.address = page;
        table.window = None;
    }
    if state.table.is_some() {
        app.last_fetched.note(&app.store, &clip);
    }
    let afterwards = match &state.origin {
        Origin::Running(run) => {
            let since = url::since(&path, &query, version.number, run.asked_at());
            Some(since)
        }
        Origin::Live | Origin::Failed | Origin::Missing | Origin::Kept(_) => None,
    };
    let page = EmbedPage {
        theme: query
            .get("theme")
            .map_or(Theme::System, |theme| Theme::parse(theme)),
        problem: state.error.as_ref().map(ErrorDetail::new),
        clip,
        state,
        afterwards,
    };
    let mut response = error_response::render(&page);
    *response.status_mut() = page.state.status;
    if let Some(error) = page.state.error.as_ref().filter(|_| !page.state.is_stale()) {
        error_response::add_headers(error, response.headers_mut());
    }
    response.extensions_mut().insert(Framed);
    Ok(response)
}
