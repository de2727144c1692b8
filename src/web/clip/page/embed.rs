//! `/{slug}/embed`: the bare table, for a frame on another site. It is the same for everyone.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::Response;

use super::rows_state::{Origin, RowsState};
use crate::access::{Readable, Viewer};
use crate::error::Error;
use crate::model::Clip;
use crate::web::app::App;
use crate::web::http::address::ClipAddress;
use crate::web::http::security_headers::Framed;
use crate::web::http::theme::Theme;
use crate::web::http::url;
use crate::web::page::error_response::{self, ErrorDetail};
use crate::web::page::render;
use crate::web::rows::last_fetched::Fetched;
use crate::web::rows::query::RowsQuery;
use crate::web::visitor::Visitor;

#[derive(Template)]
#[template(path = "clip/page/embed.html")]
struct EmbedPage {
    clip: Readable<Clip>,
    theme: Theme,
    state: RowsState,
    problem: Option<ErrorDetail>,
    /// The address of the rows once the current run has ended.
    afterwards: Option<String>,
}

pub async fn show(
    State(app): State<Arc<App>>,
    address: ClipAddress,
    visitor: Visitor,
    query: Result<RowsQuery, Error>,
) -> Result<Response, Error> {
    let clip = visitor.viewer.read(app.clip(&address.slug).await?)?;
    if !clip.anyone {
        return Err(Error::Forbidden(
            "Only a dataclip that is open to anyone with its URL can be embedded. Its owner can open it in its settings."
                .to_owned(),
        ));
    }
    // Who is signed in makes no difference: a frame shows the same to everyone.
    let clip = Viewer::Anonymous.read((*clip).clone())?;
    let query = query?;
    let theme = query.theme()?;
    let (version, mut state) = RowsState::find(&app, &clip, &query).await?;
    let path = format!("{}/embed", url::clip(&clip));
    if let Some(table) = &mut state.table {
        table.address = query.with(&path, &["version", "result", "theme"]);
        table.window = None;
    }
    let afterwards = match &state.origin {
        Origin::Running(run) => Some(query.since(&path, version.number, run.asked_at())),
        Origin::Live | Origin::Failed | Origin::Missing | Origin::Stored(_) => None,
    };
    let page = EmbedPage {
        theme,
        problem: state.error.as_ref().map(ErrorDetail::new),
        clip,
        state,
        afterwards,
    };
    let mut response = render(&page);
    *response.status_mut() = page.state.status;
    if let Some(error) = page.state.error.as_ref().filter(|_| !page.state.is_stale()) {
        error_response::add_headers(error, response.headers_mut());
    }
    if page.state.table.is_some() {
        response.extensions_mut().insert(Fetched(page.clip.number));
    }
    response.extensions_mut().insert(Framed);
    Ok(response)
}
