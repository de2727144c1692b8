//! CSV and TSV, byte for byte like `COPY … TO STDOUT (FORMAT csv, HEADER)`, except that booleans are words.
//!
//! NULL is an empty field, the empty string is `""`. The rules are those of `CopyAttributeOutCSV` in PostgreSQL's
//! `copyto.c`.

use std::io;

use super::cell::value::{boolean_word, booleans};
use super::{Encoder, Options};
use crate::result::{Column, Row, Summary};

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

    fn write_field(&self, text: &str, out: &mut Vec<u8>) {
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

    /// An unquoted empty field would be NULL. A `\.` alone on its line would end the data of `COPY … FROM`.
    fn needs_quotes(&self, text: &str) -> bool {
        text.is_empty()
            || (self.booleans.len() == 1 && text == "\\.")
            || text.bytes().any(|byte| self.is_quoted[usize::from(byte)])
    }
}

impl Encoder for Csv {
    fn begin(&mut self, columns: &[Column], out: &mut Vec<u8>) -> io::Result<()> {
        self.booleans = booleans(columns);
        if self.options.bom {
            out.extend_from_slice(BYTE_ORDER_MARK);
        }
        for (index, column) in columns.iter().enumerate() {
            if index > 0 {
                out.push(self.delimiter);
            }
            self.write_field(&column.name, out);
        }
        out.push(b'\n');
        Ok(())
    }

    fn row(&mut self, row: Row<'_>, out: &mut Vec<u8>) -> io::Result<()> {
        for (index, (cell, is_boolean)) in row.cells().zip(&self.booleans).enumerate() {
            if index > 0 {
                out.push(self.delimiter);
            }
            match cell {
                Some(text) if *is_boolean => self.write_field(boolean_word(text), out),
                Some(text) => self.write_field(text, out),
                None => {}
            }
        }
        out.push(b'\n');
        Ok(())
    }

    fn finish(&mut self, _: &Summary, _: &mut Vec<u8>) -> io::Result<()> {
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
    text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']) && !is_number(text)
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
