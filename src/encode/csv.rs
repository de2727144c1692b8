//! CSV and TSV, byte for byte like `COPY … TO STDOUT (FORMAT csv, HEADER)`, except that booleans are words.
//!
//! NULL is an empty field, the empty string is `""`. The rules are those of `CopyAttributeOutCSV` in PostgreSQL's
//! `copyto.c`.

use std::io;

use super::cell::value::{boolean_word, booleans};
use super::output::Output;
use super::{Encoder, Options};
use crate::result::{Cell, Column, Row, Summary};

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

    fn write_field(&self, cell: Cell<'_>, out: &mut Output) -> io::Result<()> {
        let quoted = self.needs_quotes(cell)?;
        if quoted {
            out.buffer().push(b'"');
        }
        if self.options.guard && is_formula(cell)? {
            out.buffer().push(b'\'');
        }
        if quoted {
            out.write_pieces(cell, |piece, out| {
                write_doubling_quotes(piece, out);
                Ok(())
            })?;
            out.buffer().push(b'"');
            Ok(())
        } else {
            out.write_pieces(cell, |piece, out| {
                out.extend_from_slice(piece.as_bytes());
                Ok(())
            })
        }
    }

    /// An unquoted empty field would be NULL. A `\.` alone on its line would end the data of `COPY … FROM`.
    fn needs_quotes(&self, cell: Cell<'_>) -> io::Result<bool> {
        let has_quoted = |text: &str| text.bytes().any(|byte| self.is_quoted[usize::from(byte)]);
        match cell {
            Cell::Null => Ok(false),
            Cell::Text(text) => Ok(text.is_empty()
                || (self.booleans.len() == 1 && text == "\\.")
                || has_quoted(text)),
            Cell::Long(long) => long.any(has_quoted),
        }
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
            self.write_field(Cell::Text(&column.name), out)?;
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
                Cell::Null => Ok(()),
                Cell::Text(text) if self.booleans[index] => {
                    self.write_field(Cell::Text(boolean_word(text)), out)
                }
                cell => self.write_field(cell, out),
            }
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
pub(super) fn is_formula(cell: Cell<'_>) -> io::Result<bool> {
    let begins = |text: &str| text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']);
    match cell {
        Cell::Null => Ok(false),
        Cell::Text(text) => Ok(begins(text) && !is_number(text)),
        Cell::Long(long) => Ok(begins(&long.beginning(1)?)),
    }
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
            assert!(is_formula(Cell::Text(text)).unwrap(), "{text:?}");
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
            assert!(!is_formula(Cell::Text(text)).unwrap(), "{text:?}");
        }
    }
}
