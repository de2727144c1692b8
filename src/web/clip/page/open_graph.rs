//! The preview that other programs show of a link to a clip: <https://ogp.me>. Only for clips that are open to anyone, and
//! never with the query.

use askama::Template;

use super::rows_state::RowsState;
use crate::model::{Clip, Version};
use crate::web::app::App;
use crate::web::clip::table::rows_table::Table;
use crate::web::page::time_tag;

/// A part of a page's head.
#[derive(Template)]
#[template(path = "clip/page/open_graph.html")]
pub struct OpenGraph {
    title: String,
    description: String,
    url: String,
}

impl OpenGraph {
    pub fn new(app: &App, clip: &Clip, version: &Version, state: &RowsState) -> Option<Self> {
        let path = state.address(clip, version);
        clip.anyone.then(|| Self {
            title: clip.title.clone(),
            description: describe(version, state.table.as_ref()),
            url: format!("{}{path}", app.settings.public_url),
        })
    }
}

/// “5 rows from sample, checked 2 minutes ago”
fn describe(version: &Version, table: Option<&Table>) -> String {
    let database = &version.database_name;
    match table {
        Some(table) => format!(
            "{} from {database}, checked {}",
            table.rows_in_words(),
            time_tag::ago(&table.summary.checked_at).text()
        ),
        None => format!("Rows from {database}"),
    }
}
