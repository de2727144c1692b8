//! CSV and TSV, byte for byte like `COPY … TO STDOUT (FORMAT csv, HEADER)`, except that booleans are words.
//!
//! NULL is an empty field, the empty string is `""`. The rules are those of `CopyAttributeOutCSV` in PostgreSQL's
//! `copyto.c`, also where the options ask for what COPY calls DELIMITER, NULL and FORCE_QUOTE.

use std::io;

use super::Encoder;
use super::cell::formula::{is_formula, is_long_formula};
use super::cell::value::{Kind, Scalar, boolean_word};
use super::options::{DecimalMark, Delimiter, Options, Quotes};
use super::output::Output;
use crate::result::{Cell, Column, LongCell, Row, Summary};

const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

pub(super) struct Csv {
    delimiter: u8,
    /// Indexed by byte: bytes that may appear only in quotes.
    is_quoted: [bool; 256],
    options: Options,
    columns: Vec<Printed>,
}

/// How a column's values are written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Printed {
    AsTheyAre,
    AsWords,
    WithDecimalCommas,
}

impl Csv {
    pub(super) fn new(options: Options) -> Self {
        let delimiter = options.delimiter.byte();
        let mut is_quoted = [false; 256];
        for byte in [delimiter, b'"', b'\n', b'\r'] {
            is_quoted[usize::from(byte)] = true;
        }
        Self {
            delimiter,
            is_quoted,
            options,
            columns: Vec::new(),
        }
    }

    pub(super) fn with_tabs(options: Options) -> Self {
        Self::new(Options {
            delimiter: Delimiter::TAB,
            ..options
        })
    }

    fn write_value(&self, text: &str, out: &mut Vec<u8>) {
        let quoted = self.quotes_all() || self.needs_quotes(text);
        self.write_text(text, quoted, out);
    }

    /// A number with a comma for its point.
    fn write_decimal(&self, text: &str, out: &mut Vec<u8>) {
        let Some(point) = text.find('.') else {
            return self.write_value(text, out);
        };
        let is_null_text = {
            let null = self.options.null.as_str();
            let (whole, fraction) = (&text[..point], &text[point + 1..]);
            null.split_once(',') == Some((whole, fraction))
        };
        let quoted =
            self.quotes_all() || self.delimiter == b',' || is_null_text || self.needs_quotes(text);
        let start = out.len();
        self.write_text(text, quoted, out);
        for byte in &mut out[start..] {
            if *byte == b'.' {
                *byte = b',';
            }
        }
    }

    fn write_text(&self, text: &str, quoted: bool, out: &mut Vec<u8>) {
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
        let quoted = self.quotes_all() || long.any(|part| self.has_quoted(part))?;
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

    fn quotes_all(&self) -> bool {
        self.options.quotes == Quotes::All
    }

    /// Without quotes, what equals the text for NULL would be NULL. Alone on its line, a `\.` would end the data of
    /// `COPY … FROM`, and many readers skip an empty line.
    fn needs_quotes(&self, text: &str) -> bool {
        let is_alone = self.columns.len() == 1 && matches!(text, "" | "\\.");
        is_alone || text == self.options.null.as_str() || self.has_quoted(text)
    }

    fn has_quoted(&self, text: &str) -> bool {
        text.bytes().any(|byte| self.is_quoted[usize::from(byte)])
    }
}

impl Encoder for Csv {
    fn begin(&mut self, columns: &[Column], out: &mut Output) -> io::Result<()> {
        let decimal = self.options.decimal;
        let kinds = Kind::all(columns).into_iter();
        self.columns = kinds.map(|kind| Printed::new(kind, decimal)).collect();
        if self.options.bom {
            out.buffer().extend_from_slice(BYTE_ORDER_MARK);
        }
        for (index, Column { name, .. }) in columns.iter().enumerate() {
            if index > 0 {
                out.buffer().push(self.delimiter);
            }
            self.write_text(name, self.needs_quotes(name), out.buffer());
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
                Cell::Null => {
                    let null = self.options.null.as_str();
                    out.buffer().extend_from_slice(null.as_bytes());
                }
                Cell::Text(text) => match self.columns[index] {
                    Printed::AsTheyAre => self.write_value(text, out.buffer()),
                    Printed::AsWords => self.write_value(boolean_word(text), out.buffer()),
                    Printed::WithDecimalCommas => self.write_decimal(text, out.buffer()),
                },
                // No number is that long.
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

impl Printed {
    fn new(kind: Kind, decimal: DecimalMark) -> Self {
        match (kind, decimal) {
            (Kind::Scalar(Scalar::Boolean), _) => Self::AsWords,
            (Kind::Scalar(Scalar::Numeric | Scalar::Float), DecimalMark::Comma) => {
                Self::WithDecimalCommas
            }
            _ => Self::AsTheyAre,
        }
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
