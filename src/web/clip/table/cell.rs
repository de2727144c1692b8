//! Headings and cells of the table of rows, as its page shows them.

use super::hyperlink;
use crate::encode::{Shown, is_number};
use crate::result::{Column, is_sorted_as_text};

/// Characters of a cell that the page shows before it folds the rest.
const CELL_CHARACTERS: usize = 300;
/// A lone value is a figure if it has no more characters.
const FIGURE_CHARACTERS: usize = 40;

pub(super) struct Heading {
    pub name: String,
    pub type_name: String,
    pub is_number: bool,
    /// Whether the type is text, of any kind.
    pub is_text: bool,
    is_sorted_as_text: bool,
    /// Whether values may end with a fraction of a second or a time zone.
    has_time: bool,
    shown: Shown,
}

#[derive(PartialEq, Eq, Hash)]
pub(super) enum Cell {
    Null,
    Text(String),
    /// A number or a time, and its end in softer ink: zeros after the decimal point, or fractions of a second and the time zone.
    Softened(String, String),
    /// The text and its link target.
    Link(String, String),
    /// The beginning of a text, and the whole text or as much of it as a page may contain.
    Long(String, String),
}

impl Heading {
    pub fn new(column: &Column) -> Self {
        Self {
            name: column.name.clone(),
            type_name: match column.type_name.strip_prefix('_') {
                Some(element) if column.element_oid.is_some() => format!("{element}[]"),
                _ => column.type_name.clone(),
            },
            is_number: is_number(column),
            // text, varchar, bpchar
            is_text: matches!(column.type_oid, 25 | 1043 | 1042),
            is_sorted_as_text: is_sorted_as_text(column),
            // time, timestamp, timestamptz, timetz
            has_time: matches!(column.type_oid, 1083 | 1114 | 1184 | 1266),
            shown: Shown::new(column),
        }
    }

    /// Shown where somebody points at the heading.
    pub fn title(&self) -> String {
        let sort = match self.is_sorted_as_text {
            true => "\nSorts by code point: A–Z before a–z, and ä after z",
            false => "",
        };
        format!("{}\n{}{sort}", self.name, self.type_name)
    }

    /// `characters` is how many characters of a cell the page contains at most.
    pub fn cell(&self, text: Option<String>, characters: usize) -> Cell {
        let Some(text) = text else { return Cell::Null };
        let (text, is_cut) = self.shown.text(text, Some(characters));
        let end = text.char_indices().nth(CELL_CHARACTERS.min(characters));
        match end.map(|(end, _)| end) {
            None if !is_cut => self.whole(text),
            end => {
                let beginning = text[..end.unwrap_or(text.len())].to_owned();
                Cell::Long(beginning, unfolded(text, is_cut))
            }
        }
    }

    fn whole(&self, text: String) -> Cell {
        if let Some(target) = hyperlink::target(&text) {
            return Cell::Link(text, target);
        }
        let soft = match (self.is_number, self.has_time) {
            (true, _) => zeros(&text),
            (_, true) => fraction_and_zone(&text),
            _ => None,
        };
        match soft {
            Some(start) => Cell::Softened(text[..start].to_owned(), text[start..].to_owned()),
            None => Cell::Text(text),
        }
    }
}

impl Cell {
    /// The text as far as the page contains it.
    pub fn text(&self) -> String {
        match self {
            Self::Null => "NULL".to_owned(),
            Self::Text(text) | Self::Link(text, _) | Self::Long(_, text) => text.clone(),
            Self::Softened(text, end) => format!("{text}{end}"),
        }
    }

    /// Whether it can be read at a glance.
    pub fn is_short(&self) -> bool {
        let text = self.text();
        text.chars().count() <= FIGURE_CHARACTERS && !text.contains(['\n', '\r'])
    }
}

/// Where the zeros begin that end the decimals of a number; with the decimal point if there are only zeros.
fn zeros(text: &str) -> Option<usize> {
    let is_plain = text
        .bytes()
        .all(|byte| matches!(byte, b'0'..=b'9' | b'.' | b'-'));
    let point = text.find('.').filter(|_| is_plain)?;
    let end = text.trim_end_matches('0').len();
    let start = if end == point + 1 { point } else { end };
    (start < text.len()).then_some(start)
}

/// Where the fraction of a second and the time zone begin: `2026-03-31 12:00:00` in `2026-03-31 12:00:00.123+00`.
fn fraction_and_zone(text: &str) -> Option<usize> {
    let start = text.find(':')? + ":00:00".len();
    let end = text.get(start..).filter(|end| !end.is_empty())?;
    let is_end = |byte| matches!(byte, b'0'..=b'9' | b'.' | b'+' | b'-' | b':');
    end.bytes().all(is_end).then_some(start)
}

/// A long text as it appears when it is unfolded.
fn unfolded(text: String, is_cut: bool) -> String {
    match is_cut {
        false => text,
        true => text + "… (cut here; downloads include all of it)",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_zeros_that_end_decimals_are_soft() {
        for (text, soft) in [
            ("12.50", "0"),
            ("-12.00", ".00"),
            ("0.100", "00"),
            ("100", ""),
            ("1.05", ""),
            ("1.5e+20", ""),
            ("NaN", ""),
            ("$1,200.00", ""),
        ] {
            let start = zeros(text).unwrap_or(text.len());
            assert_eq!(&text[start..], soft, "{text}");
        }
    }

    #[test]
    fn fractions_of_seconds_and_zones_are_soft() {
        for (text, soft) in [
            ("2026-03-31 12:00:00.123456+00", ".123456+00"),
            ("2026-03-31 12:00:00+05:30", "+05:30"),
            ("2026-03-31 12:00:00", ""),
            ("12:34:56.7", ".7"),
            ("0044-03-15 12:00:00+00 BC", ""),
            ("infinity", ""),
            ("31/03/2026 12:00:0é", ""),
        ] {
            let start = fraction_and_zone(text).unwrap_or(text.len());
            assert_eq!(&text[start..], soft, "{text}");
        }
    }
}
