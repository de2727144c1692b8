//! The table of rows on a clip's page: a hundred rows at a time, sorted by links, filtered by a form. With JavaScript the
//! grid (`static/bundles/grid`) replaces it and shows all rows.

use std::collections::HashSet;
use std::time::Duration;

use askama::Template;

use super::cell::{Cell, Heading};
use super::table_view::TableView;
use crate::error::Error;
use crate::result::{Column, Cut, Direction, Sort, Summary, View, is_plan};
use crate::web::http::assets::{Asset, GRID};
use crate::web::rows::visible_rows::VisibleResult;

/// Rows on a page; downloads have all.
const ROWS_ON_A_PAGE: u64 = 100;
/// With very many columns a page has fewer rows: about this many cells, but at least the minimum of rows.
const CELLS_ON_A_PAGE: u64 = 40_000;
const ROWS_ON_A_PAGE_MIN: u64 = 25;
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

    pub fn count(&self) -> String {
        grouped(self.summary.rows)
    }

    /// “returned 5 rows, ran in 0.675 ms”
    pub fn run_summary(&self) -> String {
        let rows = self.rows_in_words();
        format!("returned {rows}, ran in {}", span(self.summary.elapsed))
    }

    /// “5 rows”
    pub fn rows_in_words(&self) -> String {
        match self.summary.rows {
            1 => "1 row".to_owned(),
            rows => format!("{} rows", grouped(rows)),
        }
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
        let (count, contain) = (
            grouped(self.matching),
            if self.matching == 1 {
                "contains"
            } else {
                "contain"
            },
        );
        Some(format!(
            "{count} of {} {contain} “{filter}”.",
            self.rows_in_words()
        ))
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
            Cut::Bytes => "as much as a clip holds in bytes",
        };
        format!(
            "The query returns more rows. Only the first {} are here, {limit}; every download is cut at the same row.",
            self.count()
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

    /// The query parameters of the page's address, for the filter's form.
    fn parameters(&self) -> Vec<(&str, &str)> {
        let query = self.address.split_once('?').map_or("", |(_, query)| query);
        let pairs = query.split('&');
        pairs.filter_map(|pair| pair.split_once('=')).collect()
    }

    fn filter(&self) -> &str {
        self.view.filter.as_deref().unwrap_or_default()
    }

    fn offset(&self) -> u64 {
        self.view.page * self.page_rows
    }

    /// A row's number among all rows that match the filter, from 1.
    fn number(&self, index: usize) -> u64 {
        self.offset() + index as u64 + 1
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

    fn has_pages(&self) -> bool {
        self.has_address() && self.matching > self.page_rows
    }

    /// “Rows 101 to 200 of 29,999”
    fn range(&self) -> String {
        let first = self.offset();
        let last = first + self.rows.len() as u64;
        let sum = grouped(self.matching);
        format!("Rows {} to {} of {sum}", grouped(first + 1), grouped(last))
    }

    fn first(&self) -> Option<String> {
        self.at_page(0).filter(|_| self.view.page > 0)
    }

    fn last(&self) -> Option<String> {
        let page = last_page(self.matching, self.page_rows);
        self.at_page(page).filter(|_| self.view.page < page)
    }

    fn previous(&self) -> Option<String> {
        let page = self.view.page.checked_sub(1)?;
        self.at_page(page)
    }

    fn next(&self) -> Option<String> {
        let page = self.view.page + 1;
        let last = last_page(self.matching, self.page_rows);
        self.at_page(page).filter(|_| page <= last)
    }

    fn at_page(&self, page: u64) -> Option<String> {
        self.at(&self.view.at_page(page))
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

fn page_rows(columns: usize) -> u64 {
    let rows = CELLS_ON_A_PAGE / (columns as u64).max(1);
    rows.clamp(ROWS_ON_A_PAGE_MIN, ROWS_ON_A_PAGE)
}

fn last_page(rows: u64, page_rows: u64) -> u64 {
    rows.saturating_sub(1) / page_rows
}

/// How many characters of each cell a page contains, given its number of cells.
fn cell_characters(columns: usize, rows: u64) -> usize {
    let cells = columns.saturating_mul(rows as usize).max(1);
    (PAGE_CHARACTERS / cells).clamp(CELL_CHARACTERS_MIN, UNFOLDED_CHARACTERS)
}

/// 0.675 ms, 159 ms, 12.34 s, 3 min 20 s
pub fn span(elapsed: Duration) -> String {
    let milliseconds = elapsed.as_secs_f64() * 1_000.0;
    match elapsed.as_secs() {
        0 if milliseconds < 1.0 => format!("{milliseconds:.3} ms"),
        0 if milliseconds < 10.0 => format!("{milliseconds:.1} ms"),
        0 => format!("{} ms", milliseconds.floor()),
        1..60 => format!("{:.2} s", milliseconds / 1_000.0),
        seconds => format!("{} min {} s", seconds / 60, seconds % 60),
    }
}

/// 29,999
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_formatted_for_people() {
        for (microseconds, text) in [
            (675, "0.675 ms"),
            (6_750, "6.8 ms"),
            (159_400, "159 ms"),
            (999_999, "999 ms"),
            (12_340_000, "12.34 s"),
            (59_990_000, "59.99 s"),
            (60_000_000, "1 min 0 s"),
            (599_900_000, "9 min 59 s"),
        ] {
            assert_eq!(span(Duration::from_micros(microseconds)), text);
        }
    }

    #[test]
    fn numbers_are_grouped() {
        for (number, text) in [
            (0, "0"),
            (999, "999"),
            (29_999, "29,999"),
            (1_000_000, "1,000,000"),
        ] {
            assert_eq!(grouped(number), text);
        }
    }
}
