//! A page of a result's rows, as a clip's page shows them: sorted by a link, a hundred at a time.

use std::collections::HashMap;
use std::time::Duration;

use askama::Template;

use crate::encode::is_number;
use crate::error::Error;
use crate::live::Settled;
use crate::result::{Column, Cut, Direction, Rows, Sort, Summary, View};

/// Rows on a page; the files have all.
const ROWS_ON_A_PAGE: u64 = 100;
/// Characters of a cell that the page shows before it folds the rest.
const CELL_CHARACTERS: usize = 300;
/// Characters of a cell that the page holds at all.
const OPENED_CHARACTERS: usize = 20_000;
/// Characters of all cells that a page holds, about: where there are many cells, each gets less.
const PAGE_CHARACTERS: usize = 1_000_000;
/// What each cell gets however many there are.
const CELL_CHARACTERS_MIN: usize = 40;

/// Which page of the rows somebody looks at, and in which order: `?page=2&sort=-3`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Look {
    /// From 0.
    page: u64,
    sort: Option<Sort>,
}

/// A part of a page.
#[derive(Template)]
#[template(path = "clip/table.html")]
pub struct Table {
    headings: Vec<Heading>,
    rows: Vec<Vec<Cell>>,
    pub summary: Summary,
    look: Look,
    /// The page's address without a look. `None`: these rows are shown once, and nowhere else.
    pub address: Option<String>,
}

struct Heading {
    name: String,
    type_name: String,
    is_number: bool,
    is_boolean: bool,
}

enum Cell {
    Null,
    Text(String),
    /// The beginning, and the whole or as much of it as a page may hold.
    Long(String, String),
}

impl Look {
    /// `sort` is a column's number from 1, with a minus for the other way round.
    pub fn parse(query: &HashMap<String, String>) -> Result<Self, Error> {
        let refused = |name| Error::BadRequest(format!("`{name}` is a whole number."));
        let page = match query.get("page") {
            Some(page) => page.parse::<u64>().map_err(|_| refused("page"))?,
            None => 1,
        };
        let sort = match query.get("sort") {
            Some(sort) => Some(sort.parse::<i64>().map_err(|_| refused("sort"))?),
            None => None,
        };
        Ok(Self {
            page: page.saturating_sub(1),
            sort: sort.and_then(|sort| {
                Some(Sort {
                    column: usize::try_from(sort.unsigned_abs()).ok()?.checked_sub(1)?,
                    direction: match sort < 0 {
                        true => Direction::Descending,
                        false => Direction::Ascending,
                    },
                })
            }),
        })
    }

    /// Whether somebody goes on looking at a result that he has seen before.
    pub fn goes_on(query: &HashMap<String, String>) -> bool {
        query.contains_key("page") || query.contains_key("sort")
    }

    /// A page that is there, and a column that is there.
    fn within(self, columns: usize, rows: u64) -> Self {
        Self {
            page: self.page.min(rows.saturating_sub(1) / ROWS_ON_A_PAGE),
            sort: self.sort.filter(|sort| sort.column < columns),
        }
    }

    fn query(self) -> String {
        let sort = self.sort.map(|sort| match sort.direction {
            Direction::Ascending => format!("sort={}", sort.column + 1),
            Direction::Descending => format!("sort=-{}", sort.column + 1),
        });
        let page = format!("page={}", self.page + 1);
        sort.into_iter().chain([page]).collect::<Vec<_>>().join("&")
    }
}

impl Table {
    /// A page of a result. `address` is the page's without a look.
    pub async fn read(address: String, settled: Settled, look: Look) -> Result<Self, Error> {
        let Settled { summary, rows, .. } = settled;
        Self::of(Some(address), &rows, summary, look).await
    }

    /// The first rows of what is not kept, in their own order.
    pub async fn preview(rows: &Rows, summary: Summary) -> Result<Self, Error> {
        Self::of(None, rows, summary, Look::default()).await
    }

    async fn of(
        address: Option<String>,
        rows: &Rows,
        summary: Summary,
        look: Look,
    ) -> Result<Self, Error> {
        let headings: Vec<Heading> = rows.columns().iter().map(Heading::new).collect();
        let look = look.within(headings.len(), summary.rows);
        let characters = cell_characters(headings.len(), summary.rows.min(ROWS_ON_A_PAGE));
        let view = View {
            sort: look.sort,
            filter: None,
            offset: look.page * ROWS_ON_A_PAGE,
            limit: ROWS_ON_A_PAGE as usize,
            // One more tells that there is more.
            cell_characters_max: Some(characters + 1),
            bytes_max: None,
        };
        let window = rows.window(&view).await;
        let window = window.map_err(|_| Error::internal("a held result cannot be read"))?;
        let cells = window.rows.into_iter().map(|row| {
            let columns = headings.iter().zip(row);
            columns
                .map(|(heading, text)| heading.cell(text, characters))
                .collect()
        });
        Ok(Self {
            rows: cells.collect(),
            headings,
            summary,
            look,
            address,
        })
    }

    pub fn count(&self) -> String {
        grouped(self.summary.rows)
    }

    /// “returned 5 rows, ran in 0.675 ms”
    pub fn sentence(&self) -> String {
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

    fn cut_sentence(&self, cut: &Cut) -> String {
        let limit = match cut {
            Cut::Rows => "as many as a dataclip holds",
            Cut::Bytes => "as much as a dataclip holds in bytes",
        };
        format!(
            "The query returns more rows. Only the first {} are here, {limit}; every download is cut at the same row.",
            self.count()
        )
    }

    /// Where a click on a heading leads: up, down, and back to the result's own order.
    fn sorted_by(&self, column: usize) -> Option<String> {
        let sort = |direction| Sort { column, direction };
        let sort = match self.direction(column) {
            None => Some(sort(Direction::Ascending)),
            Some(Direction::Ascending) => Some(sort(Direction::Descending)),
            Some(Direction::Descending) => None,
        };
        self.at(Look { page: 0, sort })
    }

    /// Which way the rows are sorted by this column, if by this one.
    fn direction(&self, column: usize) -> Option<Direction> {
        let sort = self.look.sort.filter(|sort| sort.column == column);
        sort.map(|sort| sort.direction)
    }

    /// How many are not on the page, in words, where it has no other pages.
    pub fn shown_of(&self) -> Option<String> {
        let shown = self.rows.len() as u64;
        (shown < self.summary.rows)
            .then(|| format!("The first {} of {} rows", grouped(shown), self.count()))
    }

    fn has_pages(&self) -> bool {
        self.address.is_some() && self.summary.rows > ROWS_ON_A_PAGE
    }

    /// “Rows 101 to 200 of 29,999”
    fn place(&self) -> String {
        let first = self.look.page * ROWS_ON_A_PAGE;
        let last = first + self.rows.len() as u64;
        let sum = self.count();
        format!("Rows {} to {} of {sum}", grouped(first + 1), grouped(last))
    }

    fn first(&self) -> Option<String> {
        let first = Look {
            page: 0,
            ..self.look
        };
        self.at(first).filter(|_| self.look.page > 0)
    }

    fn last(&self) -> Option<String> {
        let page = self.summary.rows.saturating_sub(1) / ROWS_ON_A_PAGE;
        self.at(Look { page, ..self.look })
            .filter(|_| self.look.page < page)
    }

    fn previous(&self) -> Option<String> {
        let page = self.look.page.checked_sub(1)?;
        self.at(Look { page, ..self.look })
    }

    fn next(&self) -> Option<String> {
        let page = self.look.page + 1;
        let is_there = page * ROWS_ON_A_PAGE < self.summary.rows;
        self.at(Look { page, ..self.look }).filter(|_| is_there)
    }

    fn at(&self, look: Look) -> Option<String> {
        let address = self.address.as_deref()?;
        let separator = if address.contains('?') { '&' } else { '?' };
        Some(format!("{address}{separator}{}#rows", look.query()))
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

    /// `characters` is how many of a cell the page holds.
    fn cell(&self, text: Option<String>, characters: usize) -> Cell {
        let Some(text) = text else { return Cell::Null };
        let text = match text.as_str() {
            "t" if self.is_boolean => "true".to_owned(),
            "f" if self.is_boolean => "false".to_owned(),
            _ => text,
        };
        match text.char_indices().nth(CELL_CHARACTERS.min(characters)) {
            None => Cell::Text(text),
            Some((end, _)) => Cell::Long(text[..end].to_owned(), opened(&text, characters)),
        }
    }
}

/// Characters of each cell that a page of so many holds.
fn cell_characters(columns: usize, rows: u64) -> usize {
    let cells = columns.saturating_mul(rows as usize).max(1);
    (PAGE_CHARACTERS / cells).clamp(CELL_CHARACTERS_MIN, OPENED_CHARACTERS)
}

/// A long text as it shows when it is opened.
fn opened(text: &str, characters: usize) -> String {
    match text.char_indices().nth(characters) {
        None => text.to_owned(),
        Some((end, _)) => format!("{}… (cut here; the downloads hold all of it)", &text[..end]),
    }
}

/// 0.675 ms, 12.34 s, 3 min 20 s
pub fn span(elapsed: Duration) -> String {
    let milliseconds = elapsed.as_secs_f64() * 1_000.0;
    match elapsed.as_secs() {
        0 => format!("{milliseconds:.3} ms"),
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
