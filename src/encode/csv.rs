//! CSV and TSV, byte for byte like `COPY … TO STDOUT (FORMAT csv, HEADER)`, except that booleans are words.
//!
//! NULL is an empty field, the empty string is `""`. The rules are those of `CopyAttributeOutCSV` in PostgreSQL's
//! `copyto.c`.

use std::io;

use super::cell::value::{boolean_word, booleans};
use super::output::Output;
use super::{Encoder, Options};
use crate::result::{Cell, Column, LongCell, Row, Summary};

const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

pub(super) struct Csv {
    delimiter: u8,
    /// Indexed by byte: bytes that may appear only in quotes.
    is_quoted: [bool; 256],
    options: Options,
    booleans: Vec<bool>,
}

impl Csv {
    pub(super) fn with_commas(options: Options) -> Self {
        Self::new(b',', options)
    }

    pub(super) fn with_tabs(options: Options) -> Self {
        Self::new(b'\t', options)
    }

    fn new(delimiter: u8, options: Options) -> Self {
        let mut is_quoted = [false; 256];
        for byte in [delimiter, b'"', b'\n', b'\r'] {
            is_quoted[usize::from(byte)] = true;
        }
        Self {
            delimiter,
            is_quoted,
            options,
            booleans: Vec::new(),
        }
    }

    fn write_text(&self, text: &str, out: &mut Vec<u8>) {
        let quoted = self.needs_quotes(text);
        if quoted {
            out.push(b'"');
        }
        if self.options.guard && is_formula(text) {
            out.push(b'\'');
        }
        if quoted {
            write_doubling_quotes(text, out);
            out.push(b'"');
        } else {
            out.extend_from_slice(text.as_bytes());
        }
    }

    /// Reads the text twice: whether it needs quotes is known only at its end.
    fn write_long(&self, long: &LongCell<'_>, out: &mut Output) -> io::Result<()> {
        let quoted = long.any(|part| self.has_quoted(part))?;
        if quoted {
            out.buffer().push(b'"');
        }
        if self.options.guard && is_long_formula(long)? {
            out.buffer().push(b'\'');
        }
        out.write_pieces(Cell::Long(long), |piece, out| {
            match quoted {
                true => write_doubling_quotes(piece, out),
                false => out.extend_from_slice(piece.as_bytes()),
            }
            Ok(())
        })?;
        if quoted {
            out.buffer().push(b'"');
        }
        Ok(())
    }

    /// An unquoted empty field would be NULL. A `\.` alone on its line would end the data of `COPY … FROM`.
    fn needs_quotes(&self, text: &str) -> bool {
        text.is_empty() || (self.booleans.len() == 1 && text == "\\.") || self.has_quoted(text)
    }

    fn has_quoted(&self, text: &str) -> bool {
        text.bytes().any(|byte| self.is_quoted[usize::from(byte)])
    }
}

impl Encoder for Csv {
    fn begin(&mut self, columns: &[Column], out: &mut Output) -> io::Result<()> {
        self.booleans = booleans(columns);
        if self.options.bom {
            out.buffer().extend_from_slice(BYTE_ORDER_MARK);
        }
        for (index, column) in columns.iter().enumerate() {
            if index > 0 {
                out.buffer().push(self.delimiter);
            }
            self.write_text(&column.name, out.buffer());
        }
        out.buffer().push(b'\n');
        Ok(())
    }

    fn row(&mut self, row: Row<'_>, out: &mut Output) -> io::Result<()> {
        row.cells(|index, cell| {
            if index > 0 {
                out.buffer().push(self.delimiter);
            }
            match cell {
                Cell::Null => {}
                Cell::Text(text) if self.booleans[index] => {
                    self.write_text(boolean_word(text), out.buffer());
                }
                Cell::Text(text) => self.write_text(text, out.buffer()),
                Cell::Long(long) => self.write_long(long, out)?,
            }
            out.pass_on()
        })?;
        out.buffer().push(b'\n');
        Ok(())
    }

    fn finish(&mut self, _: &Summary, _: &mut Output) -> io::Result<()> {
        Ok(())
    }
}

fn write_doubling_quotes(text: &str, out: &mut Vec<u8>) {
    for part in text.as_bytes().split_inclusive(|byte| *byte == b'"') {
        out.extend_from_slice(part);
        if part.ends_with(b"\"") {
            out.push(b'"');
        }
    }
}

/// Whether a spreadsheet would evaluate the cell as a formula (OWASP, “CSV Injection”). Plain numbers are not formulas.
pub(super) fn is_formula(text: &str) -> bool {
    begins_formula(text) && !is_number(text)
}

/// No spreadsheet has numbers that long.
pub(super) fn is_long_formula(long: &LongCell<'_>) -> io::Result<bool> {
    Ok(begins_formula(&long.beginning(1)?))
}

fn begins_formula(text: &str) -> bool {
    text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n'])
}

fn is_number(text: &str) -> bool {
    text.bytes()
        .all(|byte| matches!(byte, b'0'..=b'9' | b'.' | b'+' | b'-' | b'e' | b'E'))
        && text.parse::<f64>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_are_guarded_and_numbers_are_not() {
        for text in [
            "=1+1",
            "+cmd|' /C calc'!A0",
            "-1 days",
            "@SUM(1)",
            "\t=1",
            "\r=1",
            "\n=1",
            "-",
            "-infinity",
            "--1",
        ] {
            assert!(is_formula(text), "{text:?}");
        }
        for text in [
            "",
            "a",
            "-5",
            "-5.25",
            "+5",
            "-1e+20",
            "1=1",
            " =1",
            "'=1",
            "2026-01-01",
        ] {
            assert!(!is_formula(text), "{text:?}");
        }
    }
}
