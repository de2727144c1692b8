//! `/{slug}/results`: the results of a clip's runs, and which of their rows are kept.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::Response;

use crate::access::Readable;
use crate::error::Error;
use crate::model::{Clip, StoredResult};
use crate::result::Cut;
use crate::web::app::App;
use crate::web::clip::page::tabs::{Tab, Tabs};
use crate::web::clip::table::rows_table::{grouped, span};
use crate::web::http::address::ClipAddress;
use crate::web::page::render;
use crate::web::visitor::Visitor;

const RESULTS_ON_A_PAGE: i64 = 100;

#[derive(Template)]
#[template(path = "clip/history/results.html")]
struct ResultsPage<'a> {
    visitor: &'a Visitor,
    clip: &'a Readable<Clip>,
    tabs: Option<Tabs>,
    /// Whether the viewer may pin.
    owns: bool,
    results: Vec<StoredResult>,
}

pub async fn index(
    State(app): State<Arc<App>>,
    address: ClipAddress,
    visitor: Visitor,
) -> Result<Response, Error> {
    let clip = visitor.viewer.read(app.clip(&address.slug).await?)?;
    let results = StoredResult::list(&app.store, clip.number, None, RESULTS_ON_A_PAGE).await?;
    Ok(render(&ResultsPage {
        visitor: &visitor,
        clip: &clip,
        tabs: Tabs::find(&visitor.viewer, &clip, Tab::Results),
        owns: visitor.viewer.own((*clip).clone()).is_ok(),
        results,
    }))
}

impl ResultsPage<'_> {
    fn is_pinned(&self, result: &StoredResult) -> bool {
        let pin = self.clip.pin.as_ref();
        pin.is_some_and(|pin| pin.result_id == result.id)
    }

    /// “5 rows, ran in 0.675 ms”
    fn summary(&self, result: &StoredResult) -> String {
        let rows = match &result.content {
            Err(failure) if self.clip.sees_sql => return failure.message(),
            Err(failure) => return failure.summary(),
            Ok(content) => content.rows,
        };
        let noun = if rows == 1 { "row" } else { "rows" };
        format!("{} {noun}, ran in {}", grouped(rows), span(result.elapsed))
    }

    fn cut(&self, result: &StoredResult) -> Option<Cut> {
        result.content.as_ref().ok()?.truncated
    }

    fn has_rows(&self, result: &StoredResult) -> bool {
        result
            .content
            .as_ref()
            .is_ok_and(|content| content.has_rows)
    }
}
