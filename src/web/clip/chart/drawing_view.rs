//! What is drawn of a clip's rows, with the sentences about it: on the clip's page beside the form, and in a frame.

use askama::Template;

use super::drawing::Drawing;
use crate::web::clip::table::rows_table::Table;
use crate::web::http::url;
use crate::web::page::in_words::grouped;

/// A part of a page.
#[derive(Template)]
#[template(path = "clip/chart/drawing.html")]
pub struct DrawingView {
    title: String,
    drawing: Drawing,
    cut: Option<String>,
    /// Why the saved chart does not fit these columns.
    unfit: Option<String>,
    /// A note that a filter leaves only some rows.
    narrowed: Option<String>,
    /// A note that figures are from one row of several.
    first_of_many: Option<String>,
    /// For the caption of a saved picture.
    checked: String,
    /// The address of the table of the same rows.
    pub table: String,
    /// The address of the chart of all rows.
    everything: String,
    /// Whether the picture can be saved.
    saves: bool,
}

impl DrawingView {
    pub fn new(title: &str, drawing: Drawing, table: &Table) -> Self {
        let rows = table.matching();
        let checked_at = table.summary.checked_at;
        let first_page = ("page", "1".to_owned());
        let options: Vec<_> = table.narrowing().into_iter().chain([first_page]).collect();
        Self {
            title: title.to_owned(),
            drawing,
            cut: table.cut(),
            unfit: None,
            narrowed: table.filter_in_words(),
            first_of_many: (rows > 1).then(|| format!("From the first of {} rows.", grouped(rows))),
            checked: checked_at.strftime("%Y-%m-%d %H:%M UTC").to_string(),
            table: url::with(&table.address, &options),
            everything: url::with(&table.address, &[("chart", "1".to_owned())]),
            saves: true,
        }
    }

    pub fn with_misfit(self, unfit: Option<String>) -> Self {
        Self { unfit, ..self }
    }

    /// For a frame on another site, which has only the addresses of frames.
    pub fn framed(self, address: &str) -> Self {
        let view = |view: &str| url::with(address, &[("view", view.to_owned())]);
        Self {
            table: view("table"),
            everything: view("chart"),
            saves: false,
            ..self
        }
    }
}
