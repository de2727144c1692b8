//! The pages of a table, and the links between them.

use super::Table;
use crate::web::page::in_words::grouped;

/// Rows on a page; downloads have all.
const ROWS_ON_A_PAGE: u64 = 100;
/// With very many columns a page has fewer rows: about this many cells, but at least the minimum of rows.
const CELLS_ON_A_PAGE: u64 = 40_000;
const ROWS_ON_A_PAGE_MIN: u64 = 25;

impl Table {
    pub(super) fn offset(&self) -> u64 {
        self.view.page * self.page_rows
    }

    /// A row's number among all rows that match the filter, from 1.
    pub(super) fn number(&self, index: usize) -> u64 {
        self.offset() + index as u64 + 1
    }

    pub(super) fn has_pages(&self) -> bool {
        self.has_address() && self.matching > self.page_rows
    }

    /// “Rows 101 to 200 of 29,999”
    pub(super) fn range(&self) -> String {
        let first = self.offset();
        let last = first + self.rows.len() as u64;
        let sum = grouped(self.matching);
        format!("Rows {} to {} of {sum}", grouped(first + 1), grouped(last))
    }

    pub(super) fn first(&self) -> Option<String> {
        self.at_page(0).filter(|_| self.view.page > 0)
    }

    pub(super) fn last(&self) -> Option<String> {
        let page = last_page(self.matching, self.page_rows);
        self.at_page(page).filter(|_| self.view.page < page)
    }

    pub(super) fn previous(&self) -> Option<String> {
        let page = self.view.page.checked_sub(1)?;
        self.at_page(page)
    }

    pub(super) fn next(&self) -> Option<String> {
        let page = self.view.page + 1;
        let last = last_page(self.matching, self.page_rows);
        self.at_page(page).filter(|_| page <= last)
    }

    fn at_page(&self, page: u64) -> Option<String> {
        self.at(&self.view.at_page(page))
    }
}

pub(super) fn page_rows(columns: usize) -> u64 {
    let rows = CELLS_ON_A_PAGE / (columns as u64).max(1);
    rows.clamp(ROWS_ON_A_PAGE_MIN, ROWS_ON_A_PAGE)
}

pub(super) fn last_page(rows: u64, page_rows: u64) -> u64 {
    rows.saturating_sub(1) / page_rows
}
