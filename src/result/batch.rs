//! Rows that are read together: those of one page, or a single one that spans several.

use std::sync::Arc;

use super::long_row::LongRow;
use super::page::Page;
use super::{Interrupted, Row, Rows};

#[derive(Debug)]
pub struct Batch {
    content: Content,
    /// The index of the page after it.
    next: usize,
}

#[derive(Debug)]
enum Content {
    Page(Arc<Page>),
    LongRow(LongRow),
}

impl Batch {
    /// The batch that begins on this page; `None` if there is none yet. May read from a file.
    pub(super) fn read(rows: &Rows, index: usize) -> Result<Option<Self>, Interrupted> {
        let Some(next) = rows.batch_end(index) else {
            return Ok(None);
        };
        let content = match next - index {
            1 => Content::Page(rows.read_page(index)?),
            _ => Content::LongRow(LongRow::new(rows.clone(), index..next)),
        };
        Ok(Some(Self { content, next }))
    }

    pub fn next(&self) -> usize {
        self.next
    }

    pub fn rows(&self) -> impl Iterator<Item = Row<'_>> {
        let (page, long) = match &self.content {
            Content::Page(page) => (Some(page), None),
            Content::LongRow(row) => (None, Some(Row::on_pages(row))),
        };
        page.into_iter().flat_map(|page| page.rows()).chain(long)
    }
}
