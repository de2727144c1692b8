//! The options that a client can choose for a format.

use super::cell::formula::is_formula;

/// What quotes, escapes, numbers and formulas are written with.
const NO_DELIMITERS: &str = "\"\\.+-=@";
const NULL_CHARACTERS_MAX: usize = 20;

/// The default is for programs: CSV as PostgreSQL's COPY prints it, the table shape.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Options {
    /// CSV and TSV: begin with a byte order mark, by which Excel recognises UTF-8.
    pub bom: bool,
    /// CSV and TSV: put an apostrophe before each cell that a spreadsheet would evaluate as a formula.
    pub guard: bool,
    /// CSV only: what is between two cells.
    pub delimiter: Delimiter,
    /// CSV and TSV: how NULL is written.
    pub null: NullText,
    /// CSV and TSV: the decimal mark of `numeric`, `float4` and `float8`.
    pub decimal: DecimalMark,
    /// CSV and TSV: which cells have quotes around them.
    pub quotes: Quotes,
    /// JSON only.
    pub shape: Shape,
}

/// One ASCII character that no number and no formula begins with, and that is no quote.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Delimiter(u8);

/// Text without quotes and control characters, which no spreadsheet evaluates as a formula. Empty by default.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct NullText(Box<str>);

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum DecimalMark {
    #[default]
    Point,
    Comma,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Quotes {
    /// Where a cell could be misread without them.
    #[default]
    Needed,
    /// Around every value; NULL and the column names have them as needed.
    All,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Shape {
    /// One object: the facts of the result, and an array of values for each row.
    #[default]
    Table,
    /// An array with an object for each row.
    Objects,
}

impl Delimiter {
    pub const TAB: Self = Self(b'\t');

    pub fn parse(text: &str) -> Option<Self> {
        let &[byte] = text.as_bytes() else {
            return None;
        };
        let is_mark = byte.is_ascii_punctuation() && !NO_DELIMITERS.as_bytes().contains(&byte);
        (is_mark || byte == b' ' || byte == b'\t').then_some(Self(byte))
    }

    pub(super) fn byte(self) -> u8 {
        self.0
    }
}

impl Default for Delimiter {
    fn default() -> Self {
        Self(b',')
    }
}

impl NullText {
    pub fn parse(text: &str) -> Option<Self> {
        // `\.` alone on its line would end the data of `COPY … FROM`.
        let is_readable = text.chars().count() <= NULL_CHARACTERS_MAX
            && !text.contains(|character: char| character == '"' || character.is_control())
            && text != "\\.";
        let is_harmless = !is_formula(text) || text.bytes().all(|byte| byte == b'-');
        (is_readable && is_harmless).then(|| Self(text.into()))
    }

    pub fn contains(&self, delimiter: Delimiter) -> bool {
        self.0.as_bytes().contains(&delimiter.byte())
    }

    pub(super) fn as_str(&self) -> &str {
        &self.0
    }
}

impl DecimalMark {
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "." => Some(Self::Point),
            "," => Some(Self::Comma),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_delimiter_is_a_mark_that_no_cell_is_written_with() {
        for text in [",", ";", "\t", "|", " ", ":", "~", "^", "#", "'", "/"] {
            assert!(Delimiter::parse(text).is_some(), "{text:?}");
        }
        for text in [
            "", ",,", "\\t", "\"", "\\", "\n", "\r", "\0", "a", "Z", "0", ".", "+", "-", "=", "@",
            "§", "\u{7f}",
        ] {
            assert_eq!(Delimiter::parse(text), None, "{text:?}");
        }
    }

    #[test]
    fn a_text_for_null_can_be_told_from_what_is_around_it_and_runs_nothing() {
        for text in [
            "NULL", "\\N", "NA", "n/a", "-", "--", "-999", "∅", "a b", ".",
        ] {
            assert!(NullText::parse(text).is_some(), "{text:?}");
        }
        for text in [
            "\"\"",
            "a\nb",
            "\r",
            "\t",
            "\\.",
            "=1+1",
            "+1+1",
            "@SUM(1)",
            "-1+1",
            "123456789012345678901",
        ] {
            assert_eq!(NullText::parse(text), None, "{text:?}");
        }
    }
}
