//! A result's first rows, as a clip's page shows them.

use std::time::Duration;

use crate::encode::is_number;
use crate::result::{Column, Cut, Page, Row, Rows, Summary};

/// Rows that the page shows; the files have all.
const ROWS_SHOWN: usize = 100;
/// Characters of a cell that the page shows before it folds the rest.
const CELL_CHARACTERS: usize = 300;
/// Characters of a cell that the page holds at all.
const OPENED_CHARACTERS: usize = 20_000;

pub struct ShownResult {
    pub headings: Vec<Heading>,
    pub rows: Vec<Vec<Cell>>,
    pub summary: Summary,
}

pub struct Heading {
    pub name: String,
    pub type_name: String,
    pub is_number: bool,
    is_boolean: bool,
}

pub enum Cell {
    Null,
    Text(String),
    /// The beginning, and the whole or as much of it as a page may hold.
    Long(String, String),
}

impl ShownResult {
    /// The first rows of a result whose run has ended.
    pub async fn read(rows: &Rows, summary: Summary) -> Self {
        let mut shown = Self {
            headings: rows.columns().iter().map(Heading::new).collect(),
            rows: Vec::new(),
            summary,
        };
        let mut index = 0;
        while shown.rows.len() < ROWS_SHOWN
            && let Ok(Some(page)) = rows.page(index).await
        {
            shown.take(&page);
            index += 1;
        }
        shown
    }

    /// “at 2026-11-22 03:04:05 UTC”
    pub fn checked(&self) -> String {
        self.summary
            .checked_at
            .strftime("at %Y-%m-%d %H:%M:%S UTC")
            .to_string()
    }

    pub fn count(&self) -> String {
        grouped(self.summary.rows)
    }

    pub fn cut_sentence(&self, cut: &Cut) -> String {
        let limit = match cut {
            Cut::Rows => "as many as a dataclip holds",
            Cut::Bytes => "as much as a dataclip holds in bytes",
        };
        format!(
            "The query returns more rows. Only the first {} are here, {limit}; every download is cut at the same row.",
            self.count()
        )
    }

    /// “returned 5 rows, ran in 0.675 ms”
    pub fn sentence(&self) -> String {
        let rows = match self.summary.rows {
            1 => "1 row".to_owned(),
            rows => format!("{} rows", grouped(rows)),
        };
        format!("returned {rows}, ran in {}", span(self.summary.elapsed))
    }

    pub fn has_more(&self) -> bool {
        self.summary.rows > self.rows.len() as u64
    }

    fn take(&mut self, page: &Page) {
        let wanted = ROWS_SHOWN - self.rows.len();
        let headings = &self.headings;
        let cells = |row: Row<'_>| {
            let columns = headings.iter().zip(row.cells());
            columns.map(|(heading, text)| heading.cell(text)).collect()
        };
        self.rows.extend(page.rows().take(wanted).map(cells));
    }
}

impl Heading {
    fn new(column: &Column) -> Self {
        Self {
            name: column.name.clone(),
            type_name: match column.type_name.strip_prefix('_') {
                Some(element) if column.element_oid.is_some() => format!("{element}[]"),
                _ => column.type_name.clone(),
            },
            is_boolean: column.type_name == "bool",
            is_number: is_number(column),
        }
    }

    fn cell(&self, text: Option<&str>) -> Cell {
        let Some(text) = text else { return Cell::Null };
        let text = match text {
            "t" if self.is_boolean => "true",
            "f" if self.is_boolean => "false",
            text => text,
        };
        match text.char_indices().nth(CELL_CHARACTERS) {
            None => Cell::Text(text.to_owned()),
            Some((end, _)) => Cell::Long(text[..end].to_owned(), opened(text)),
        }
    }
}

/// A long text as it shows when it is opened.
fn opened(text: &str) -> String {
    match text.char_indices().nth(OPENED_CHARACTERS) {
        None => text.to_owned(),
        Some((end, _)) => format!("{}… (cut here; the downloads hold all of it)", &text[..end]),
    }
}

/// 0.675 ms, 12.34 s, 3 min 20 s
fn span(elapsed: Duration) -> String {
    let milliseconds = elapsed.as_secs_f64() * 1_000.0;
    match elapsed.as_secs() {
        0 => format!("{milliseconds:.3} ms"),
        1..60 => format!("{:.2} s", milliseconds / 1_000.0),
        seconds => format!("{} min {} s", seconds / 60, seconds % 60),
    }
}

/// 29,999
fn grouped(number: u64) -> String {
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
    fn spans_are_said_as_people_say_them() {
        for (microseconds, text) in [
            (675, "0.675 ms"),
            (999_999, "999.999 ms"),
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
