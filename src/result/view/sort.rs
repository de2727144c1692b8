//! The sort of a view: orders rows by one column's values, according to its type.

use std::cmp::Ordering;
use std::io;

use super::order::{Key, Order};
use crate::result::{Column, Row};

/// More than the text of any number, and of a text the part that is compared.
pub(super) const KEY_BYTES: usize = 256 << 10;

/// The column, counted from 0, and the direction. NULLs are last in both directions, and rows that compare equal keep
/// the result's own order. A column that does not exist counts as all NULLs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sort {
    pub column: usize,
    pub direction: Direction,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    Ascending,
    Descending,
}

/// A key and a number for each row to sort; the rows themselves stay in their pages.
pub(in crate::result) struct Sorting {
    sort: Sort,
    order: Order,
    keys: Vec<(Option<Key>, u64)>,
}

impl Sorting {
    pub(in crate::result) fn new(sort: Sort, columns: &[Column]) -> Self {
        Self {
            sort,
            order: columns
                .get(sort.column)
                .map_or(Order::Text, Order::from_column),
            keys: Vec::new(),
        }
    }

    pub(in crate::result) fn append(&mut self, number: u64, row: Row<'_>) -> io::Result<()> {
        let key = row.cell(self.sort.column, |cell| {
            let text = cell.beginning(KEY_BYTES)?;
            Ok(text.map(|text| self.order.key(&text)))
        })?;
        self.keys.push((key.flatten(), number));
        Ok(())
    }

    /// The rows' numbers in order.
    pub(in crate::result) fn finish(mut self) -> Vec<u64> {
        let direction = self.sort.direction;
        self.keys
            .sort_by(|(one, _), (other, _)| direction.compare(one.as_ref(), other.as_ref()));
        self.keys.into_iter().map(|(_, number)| number).collect()
    }
}

impl Direction {
    fn compare(self, one: Option<&Key>, other: Option<&Key>) -> Ordering {
        match (one, other) {
            (Some(one), Some(other)) => match self {
                Self::Ascending => one.cmp(other),
                Self::Descending => other.cmp(one),
            },
            (one, other) => one.is_none().cmp(&other.is_none()),
        }
    }
}
