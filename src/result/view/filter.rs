//! The filter of a view: keeps rows in which some cell contains a text, ignoring case.

use std::io;

use super::fold::fold_into;
use super::order::Order;
use crate::result::{Cell, Column, Row};

/// A text to search for. Cells are compared as people see them: booleans are `true` and `false`, and NULL never
/// matches.
pub(in crate::result) struct Filter {
    needle: String,
    booleans: Vec<bool>,
    /// Reused buffer for one folded cell.
    folded: String,
}

impl Filter {
    /// `None` for the empty text, which every row contains.
    pub(in crate::result) fn new(text: &str, columns: &[Column]) -> Option<Self> {
        let mut needle = String::new();
        fold_into(text, &mut needle);
        (!needle.is_empty()).then(|| Self {
            needle,
            booleans: columns
                .iter()
                .map(|column| Order::from_column(column) == Order::Boolean)
                .collect(),
            folded: String::new(),
        })
    }

    pub(in crate::result) fn matches(&mut self, row: Row<'_>) -> io::Result<bool> {
        let mut is_found = false;
        row.cells(|index, cell| {
            is_found = is_found || self.contains(cell, index)?;
            Ok(())
        })?;
        Ok(is_found)
    }

    fn contains(&mut self, cell: Cell<'_>, column: usize) -> io::Result<bool> {
        self.folded.clear();
        match cell {
            Cell::Null => Ok(false),
            Cell::Text("t") if self.booleans[column] => Ok(self.continues("true")),
            Cell::Text("f") if self.booleans[column] => Ok(self.continues("false")),
            Cell::Text(text) => Ok(self.continues(text)),
            Cell::Long(long) => long.any(|part| self.continues(part)),
        }
    }

    /// Whether the text so far contains the needle, which may lie across two parts.
    fn continues(&mut self, part: &str) -> bool {
        let overlap = self.folded.len().saturating_sub(self.needle.len());
        self.folded
            .drain(..self.folded.floor_char_boundary(overlap));
        fold_into(part, &mut self.folded);
        self.folded.contains(&self.needle)
    }
}
