//! The table of rows on a clip's page: a hundred rows at a time, sorted by links, filtered by a form. With JavaScript the
//! grid (`static/bundles/grid`) replaces it and shows all rows.

mod pages;

use std::collections::HashSet;

use askama::Template;

use super::cell::{Cell, Heading};
use super::table_view::TableView;
use crate::error::Error;
use crate::result::{Column, Cut, Direction, ReadFrom, Sort, Summary, View, is_plan};
use crate::web::http::assets::{Asset, GRID};
use crate::web::http::url;
use crate::web::page::in_words::{bytes, count, grouped, span};
use crate::web::rows::visible_rows::VisibleResult;
use pages::{last_page, page_rows};

/// Characters of a cell that the page contains at most, the folded ones included.
const UNFOLDED_CHARACTERS: usize = 20_000;
/// About how many characters all cells of a page have together: the more cells, the fewer characters for each.
const PAGE_CHARACTERS: usize = 1_000_000;
/// Characters for each cell, however many cells there are.
const CELL_CHARACTERS_MIN: usize = 40;

/// A part of a page.
#[derive(Template)]
#[template(path = "clip/table/table.html")]
pub struct Table {
    headings: Vec<Heading>,
    rows: Vec<Vec<Cell>>,
    pub columns: Vec<Column>,
    pub summary: Summary,
    /// Rows that match the filter.
    matching: u64,
    view: TableView,
    /// Rows on a page.
    page_rows: u64,
    /// The page's address without the view.
    pub address: String,
    /// Where scripts fetch other windows of the same rows; `None` where there are only links to other pages.
    pub window: Option<String>,
    /// The address of the same rows as a chart.
    pub chart: Option<String>,
}

impl Table {
    /// A page of a result. `address` is the page's address without the view, `window` that of the result's windows.
    pub async fn read(
        address: String,
        window: String,
        result: VisibleResult,
        view: TableView,
    ) -> Result<Self, Error> {
        Ok(Self {
            address,
            window: Some(window),
            ..Self::new(result, view).await?
        })
    }

    async fn new(result: VisibleResult, view: TableView) -> Result<Self, Error> {
        let VisibleResult { summary, rows } = result;
        let columns = rows.columns().to_vec();
        let headings: Vec<Heading> = columns.iter().map(Heading::new).collect();
        let mut view = view.within(headings.len());
        let page_rows = page_rows(headings.len());
        let characters = cell_characters(headings.len(), summary.rows.min(page_rows));
        view.page = view.page.min(last_page(summary.rows, page_rows));
        let read = async |view: &TableView| rows.window(&window(view, page_rows, characters)).await;
        let mut shown = read(&view).await?;
        let last_page = last_page(shown.matching, page_rows);
        if view.page > last_page {
            view.page = last_page;
            shown = read(&view).await?;
        }
        let cells = shown.rows.into_iter().map(|row| {
            let columns = headings.iter().zip(row);
            columns
                .map(|(heading, text)| heading.cell(text, characters))
                .collect()
        });
        Ok(Self {
            rows: cells.collect(),
            headings,
            columns,
            summary,
            matching: shown.matching,
            view,
            page_rows,
            address: String::new(),
            window: None,
            chart: None,
        })
    }

    /// “returned 5 rows, ran in 0.675 ms”; where the database has followers, also “from follower east, 1.2 KiB behind”.
    pub fn run_summary(&self) -> String {
        let rows = self.rows_in_words();
        let ran = format!("returned {rows}, ran in {}", span(self.summary.elapsed));
        match self.server_in_words() {
            Some(server) => format!("{ran}, {server}"),
            None => ran,
        }
    }

    /// “from follower east, 1.2 KiB behind”. `None` where the database has no followers.
    pub fn server_in_words(&self) -> Option<String> {
        let from = self.summary.checked_from.as_ref()?;
        Some(format!("from {}", server_in_words(from)))
    }

    /// “5 rows”
    pub fn rows_in_words(&self) -> String {
        count(self.summary.rows, "row")
    }

    /// A note that rows are missing, if any are.
    pub fn cut(&self) -> Option<String> {
        let cut = self.summary.truncated.as_ref();
        cut.map(|cut| self.cut_sentence(cut))
    }

    /// The text of this column in the first row that is shown.
    pub fn first_cell(&self, column: usize) -> String {
        let cell = self.rows.first().and_then(|row| row.get(column));
        cell.unwrap_or(&Cell::Null).text()
    }

    /// Rows that match the filter.
    pub fn matching(&self) -> u64 {
        self.matching
    }

    /// The filter and the sort of these rows, as options of an address.
    pub fn narrowing(&self) -> Vec<(&'static str, String)> {
        let filter = self.view.filter.clone().map(|filter| ("filter", filter));
        let sort = self.view.sort_number().map(|sort| ("sort", sort));
        filter.into_iter().chain(sort).collect()
    }

    /// “12 of 29,999 rows contain “ann”.”, where the rows are filtered.
    pub fn filter_in_words(&self) -> Option<String> {
        let filter = self.view.filter.as_ref().filter(|_| self.matching > 0)?;
        let contain = match self.matching {
            1 => "contains",
            _ => "contain",
        };
        Some(format!("{} {contain} “{filter}”.", self.matching_count()))
    }

    /// Whether the rows of the page have few values in this column, each at least twice on average. The only value of the
    /// page counts if further pages may have others.
    pub fn repeats(&self, column: usize) -> bool {
        let cells = self.rows.iter().filter_map(|row| row.get(column));
        let distinct: HashSet<&Cell> = cells.collect();
        let varies = distinct.len() > 1 || self.matching > self.rows.len() as u64;
        varies && 2 * distinct.len() <= self.rows.len()
    }

    fn cut_sentence(&self, cut: &Cut) -> String {
        let limit = match cut {
            Cut::Rows => "as many as a clip holds",
            Cut::Bytes => "as many as a clip's byte limit allows",
        };
        format!(
            "The query returns more rows. Only the first {} are here, {limit}; every download is cut at the same row.",
            grouped(self.summary.rows)
        )
    }

    /// The link of a heading: sorts ascending, then descending, then in the result's own order.
    fn sorted_by(&self, column: usize) -> Option<String> {
        if self.is_figure() {
            return None;
        }
        let sort = |direction| Sort { column, direction };
        let sort = match self.direction(column) {
            None => Some(sort(Direction::Ascending)),
            Some(Direction::Ascending) => Some(sort(Direction::Descending)),
            Some(Direction::Descending) => None,
        };
        self.at(&TableView {
            page: 0,
            sort,
            filter: self.view.filter.clone(),
        })
    }

    /// “29,999 rows”, or with a filter “12 of 29,999 rows”.
    fn matching_count(&self) -> String {
        match &self.view.filter {
            Some(_) => format!("{} of {}", grouped(self.matching), self.rows_in_words()),
            None => self.rows_in_words(),
        }
    }

    /// The path of the page's address, for the filter's form.
    fn path(&self) -> &str {
        self.address.split('?').next().unwrap_or_default()
    }

    /// The options of the page's address, for forms.
    pub fn parameters(&self) -> Vec<(String, String)> {
        url::options(&self.address)
    }

    fn filter(&self) -> &str {
        self.view.filter.as_deref().unwrap_or_default()
    }

    fn has_grid(&self) -> bool {
        self.has_windows() && Self::grid().is_some()
    }

    /// Whether the rows can be filtered, sorted and scrolled through.
    fn has_windows(&self) -> bool {
        self.window.is_some() && !self.is_figure()
    }

    /// Whether there is a single value, which is shown as a figure.
    fn is_figure(&self) -> bool {
        match &self.rows[..] {
            [row] if self.summary.rows == 1 => matches!(&row[..], [cell] if cell.is_short()),
            _ => false,
        }
    }

    /// Whether the rows are lines of a text, such as a plan: they keep their spaces and are not wrapped.
    fn is_lines(&self) -> bool {
        matches!(&self.headings[..], [heading] if heading.is_text || is_plan(&self.columns))
    }

    /// The script that shows all rows instead of one page; `None` if it was not built.
    pub fn grid() -> Option<&'static Asset> {
        GRID.as_ref()
    }

    /// The direction in which the rows are sorted by this column, if they are.
    fn direction(&self, column: usize) -> Option<Direction> {
        let sort = self.view.sort.filter(|sort| sort.column == column);
        sort.map(|sort| sort.direction)
    }

    /// A preview has none.
    fn has_downloads(&self) -> bool {
        !self.address.starts_with("/previews/")
    }

    fn has_address(&self) -> bool {
        !self.address.is_empty()
    }

    fn at(&self, view: &TableView) -> Option<String> {
        let separator = if self.address.contains('?') { '&' } else { '?' };
        self.has_address()
            .then(|| format!("{}{separator}{}#rows", self.address, view.query()))
    }
}

fn window(view: &TableView, page_rows: u64, characters: usize) -> View {
    View {
        sort: view.sort,
        filter: view.filter.clone(),
        offset: view.page * page_rows,
        limit: page_rows as usize,
        // One more shows whether a text is longer.
        cell_characters_max: Some(characters + 1),
        ..View::default()
    }
}

/// How many characters of each cell a page contains, given its number of cells.
fn cell_characters(columns: usize, rows: u64) -> usize {
    let cells = columns.saturating_mul(rows as usize).max(1);
    (PAGE_CHARACTERS / cells).clamp(CELL_CHARACTERS_MIN, UNFOLDED_CHARACTERS)
}
fn server_in_words(from: &ReadFrom) -> String {
    match (&from.follower, from.behind_bytes) {
        (None, _) => "the primary".to_owned(),
        (Some(name), Some(0)) => format!("follower {name}, not behind"),
        (Some(name), Some(behind)) => format!("follower {name}, {} behind", bytes(behind)),
        (Some(name), None) => format!("follower {name}"),
    }
}
