//! The filter of a view: keeps rows in which some cell contains a text, ignoring case.

use super::fold::fold_into;
use super::order::Order;
use super::{Column, Row};

/// A text to search for. Cells are compared as people see them: booleans are `true` and `false`, and NULL never
/// matches.
pub(super) struct Filter {
    needle: String,
    booleans: Vec<bool>,
    /// Reused buffer for one folded cell.
    folded: String,
}

impl Filter {
    /// `None` for the empty text, which every row contains.
    pub(super) fn new(text: &str, columns: &[Column]) -> Option<Self> {
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

    pub(super) fn matches(&mut self, row: Row<'_>) -> bool {
        row.cells().zip(&self.booleans).any(|(cell, is_boolean)| {
            let Some(text) = cell else { return false };
            let text = match text {
                "t" if *is_boolean => "true",
                "f" if *is_boolean => "false",
                text => text,
            };
            self.folded.clear();
            fold_into(text, &mut self.folded);
            self.folded.contains(&self.needle)
        })
    }
}
