//! Rows that are read together: those of one page, or a single one that spans several.

use std::io;
use std::sync::Arc;

use super::long_row::LongRow;
use super::row::Row;
use crate::result::page::ends::place;
use crate::result::page::page::Page;
use crate::result::page::shared_pages::SharedPages;

#[derive(Debug)]
pub struct Batch {
    content: Content,
    columns: usize,
    /// The index of the page after it.
    next: usize,
}

#[derive(Debug)]
enum Content {
    Page(Arc<Page>),
    LongRow(LongRow),
}

impl Batch {
    /// The batch that begins on this page; `None` if there is none yet. May read from a file. A text of at most
    /// `part_bytes` is passed on whole.
    pub(in crate::result) fn read(
        pages: &SharedPages,
        columns: usize,
        part_bytes: usize,
        index: usize,
    ) -> io::Result<Option<Self>> {
        let Some(next) = pages.lock().batch_end(index) else {
            return Ok(None);
        };
        let content = match next - index {
            1 => Content::Page(pages.read(index)?),
            _ => {
                let range = index..next;
                Content::LongRow(LongRow::new(pages.clone(), range, columns, part_bytes))
            }
        };
        Ok(Some(Self {
            content,
            columns,
            next,
        }))
    }

    pub fn next(&self) -> usize {
        self.next
    }

    pub fn rows(&self) -> impl Iterator<Item = Row<'_>> {
        let (page, long) = match &self.content {
            Content::Page(page) => (Some(page), None),
            Content::LongRow(row) => (None, Some(Row::on_pages(row))),
        };
        let on_page = page.map(|page| rows(page, self.columns));
        on_page.into_iter().flatten().chain(long)
    }
}

/// The rows of a page that holds whole rows.
fn rows(page: &Page, columns: usize) -> impl Iterator<Item = Row<'_>> {
    let mut start = 0;
    page.ends().chunks(columns.max(1)).map(move |ends| {
        let row = Row::on_page(start, ends, page.text());
        start = ends.last().map_or(start, |end| place(*end));
        row
    })
}
