//! The sheet of the rows, as XML. Written here and not by the library, which writes no empty text, and no row before it has
//! all of them.

use std::fmt::Write as _;
use std::io::{self, Write};

use super::excel::{Cell, CellKind, cut};
use super::style::Style;
use super::text::write_text;
use crate::result::{Column, Row};

/// Column widths, in characters.
const WIDTH_MIN: usize = 8;
const WIDTH_MAX: usize = 60;
/// Excel shows no more digits of a number.
const NUMBER_WIDTH_MAX: usize = 16;
/// A column is this much wider than its characters.
const PADDING: f64 = 0.7109375;
/// Widths come before the rows: they are measured on this many rows, or on rows of this many bytes.
const MEASURED_ROWS: u32 = 200;
const MEASURED_BYTES: usize = 1 << 20;
/// Of a long cell this much is looked at: more than a cell holds.
const BEGINNING_BYTES: usize = 256 << 10;
/// A piece is compressed when it reaches this size.
const PIECE_BYTES: usize = 64 << 10;

const HEAD: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n\
    <worksheet xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\">\
    <sheetViews><sheetView tabSelected=\"1\" workbookViewId=\"0\">\
    <pane ySplit=\"1\" topLeftCell=\"A2\" activePane=\"bottomLeft\" state=\"frozen\"/><selection pane=\"bottomLeft\"/>\
    </sheetView></sheetViews><sheetFormatPr defaultRowHeight=\"15\"/>";

#[derive(Default)]
pub(super) struct Sheet {
    columns: Vec<SheetColumn>,
    /// Below the header.
    rows: u32,
    /// Of the row that is being written, counted as Excel does.
    row_number: String,
    /// What has not been passed on.
    xml: Vec<u8>,
    is_begun: bool,
    losses: Losses,
}

struct SheetColumn {
    kind: CellKind,
    /// `A`, `B`, …
    letters: String,
    width: usize,
}

/// How many cells do not hold exactly what they should.
#[derive(Default)]
pub(super) struct Losses {
    /// Texts that were too long.
    pub(super) cut: u64,
    /// Numbers that are text.
    pub(super) digits: u64,
    /// Numbers without their last digits.
    pub(super) shortened: u64,
}

impl Losses {
    fn count(&mut self, cell: Cell<'_>) {
        match cell {
            Cell::Text(text) if cut(text).len() < text.len() => self.cut += 1,
            Cell::Digits(_) => self.digits += 1,
            Cell::Shortened(_) => self.shortened += 1,
            Cell::Text(_)
            | Cell::Boolean(_)
            | Cell::Integer(_)
            | Cell::Number(_)
            | Cell::Dollars(_)
            | Cell::Day(_)
            | Cell::Second(_)
            | Cell::Fraction(_) => {}
        }
    }
}

impl Sheet {
    /// Writes the header.
    pub(super) fn new(columns: &[Column]) -> Self {
        let mut sheet = Self::default();
        sheet.begin_row();
        for (index, column) in columns.iter().enumerate() {
            let kind = CellKind::from_column(column);
            let zone = if kind.is_in_utc() { " (UTC)" } else { "" };
            let name = format!("{}{zone}", column.name);
            let column = SheetColumn {
                kind,
                letters: letters(index),
                // Room for the filter's button.
                width: name.chars().count() + 3,
            };
            begin_cell(&column.letters, &sheet.row_number, &mut sheet.xml);
            write_style(Style::Header, &mut sheet.xml);
            write_text_cell(&name, &mut sheet.xml);
            sheet.columns.push(column);
        }
        sheet.end_row();
        sheet
    }

    /// Passes on within the row, too: it may have many long texts.
    pub(super) fn append(&mut self, row: Row<'_>, out: &mut impl Write) -> io::Result<()> {
        self.rows += 1;
        self.begin_row();
        row.cells(|index, cell| {
            if let Some(text) = cell.beginning(BEGINNING_BYTES)? {
                self.append_cell(index, &text)?;
            }
            self.pass_on(out)
        })?;
        self.end_row();
        self.pass_on(out)
    }

    fn append_cell(&mut self, index: usize, text: &str) -> io::Result<()> {
        let column = &mut self.columns[index];
        let cell = column.kind.cell(text);
        if self.rows <= MEASURED_ROWS {
            column.width = column.width.max(width_of(cell, text));
        }
        self.losses.count(cell);
        begin_cell(&column.letters, &self.row_number, &mut self.xml);
        write_cell(cell, &mut self.xml)
    }

    /// Passes on what is ready. The first rows wait until the widths of columns are known.
    fn pass_on(&mut self, out: &mut impl Write) -> io::Result<()> {
        let is_ready = match self.is_begun {
            true => self.xml.len() >= PIECE_BYTES,
            false => self.rows > MEASURED_ROWS || self.xml.len() >= MEASURED_BYTES,
        };
        match is_ready {
            true => self.pass_on_all(out),
            false => Ok(()),
        }
    }

    pub(super) fn finish(&mut self, out: &mut impl Write) -> io::Result<()> {
        self.pass_on_all(out)?;
        out.write_all(b"</sheetData>")?;
        if let Some(last) = self.columns.last() {
            let last_row = self.rows + 1;
            write!(out, "<autoFilter ref=\"A1:{}{last_row}\"/>", last.letters)?;
        }
        out.write_all(b"</worksheet>")
    }

    /// Below the header.
    pub(super) fn rows(&self) -> u32 {
        self.rows
    }

    /// Counted from 0; `None` if there is no column.
    pub(super) fn last_column(&self) -> Option<u16> {
        u16::try_from(self.columns.len()).ok()?.checked_sub(1)
    }

    pub(super) fn losses(&self) -> &Losses {
        &self.losses
    }

    #[cfg(test)]
    pub(super) fn skip_to(&mut self, rows: u32) {
        self.rows = rows;
    }

    fn begin_row(&mut self) {
        let (number, xml) = (&mut self.row_number, &mut self.xml);
        number.clear();
        // Writing to a string cannot fail.
        let _ = write!(number, "{}", self.rows + 1);
        for part in ["<row r=\"", number, "\">"] {
            xml.extend_from_slice(part.as_bytes());
        }
    }

    fn end_row(&mut self) {
        self.xml.extend_from_slice(b"</row>");
    }

    fn pass_on_all(&mut self, out: &mut impl Write) -> io::Result<()> {
        if !self.is_begun {
            self.is_begun = true;
            self.write_head(out)?;
        }
        out.write_all(&self.xml)?;
        self.xml.clear();
        self.xml.shrink_to(2 * PIECE_BYTES);
        Ok(())
    }

    fn write_head(&self, out: &mut impl Write) -> io::Result<()> {
        out.write_all(HEAD.as_bytes())?;
        if !self.columns.is_empty() {
            out.write_all(b"<cols>")?;
            for (number, column) in (1..).zip(&self.columns) {
                let width = column.width.clamp(WIDTH_MIN, WIDTH_MAX) as f64 + PADDING;
                write!(
                    out,
                    "<col min=\"{number}\" max=\"{number}\" width=\"{width}\" customWidth=\"1\"/>"
                )?;
            }
            out.write_all(b"</cols>")?;
        }
        out.write_all(b"<sheetData>")
    }
}

/// Cells and rows say where they are: some readers do not count.
fn begin_cell(letters: &str, row_number: &str, out: &mut Vec<u8>) {
    for part in ["<c r=\"", letters, row_number, "\""] {
        out.extend_from_slice(part.as_bytes());
    }
}

fn write_cell(cell: Cell<'_>, out: &mut Vec<u8>) -> io::Result<()> {
    match cell {
        Cell::Text(text) | Cell::Digits(text) => {
            write_text_cell(text, out);
            Ok(())
        }
        Cell::Boolean(value) => write!(out, " t=\"b\"><v>{}</v></c>", u8::from(value)),
        Cell::Integer(digits) => {
            for part in ["><v>", digits, "</v></c>"] {
                out.extend_from_slice(part.as_bytes());
            }
            Ok(())
        }
        Cell::Number(number) | Cell::Shortened(number) => write_number(number, out),
        Cell::Dollars(amount) => write_styled(amount, Style::Dollars, out),
        Cell::Day(days) => write_styled(days, Style::Day, out),
        Cell::Second(days) => write_styled(days, Style::Second, out),
        Cell::Fraction(days) => write_styled(days, Style::Fraction, out),
    }
}

fn write_text_cell(text: &str, out: &mut Vec<u8>) {
    out.extend_from_slice(b" t=\"inlineStr\"><is>");
    match cut(text) {
        kept if kept.len() < text.len() => write_text(&format!("{kept}…"), out),
        whole => write_text(whole, out),
    }
    out.extend_from_slice(b"</is></c>");
}

fn write_styled(number: f64, style: Style, out: &mut Vec<u8>) -> io::Result<()> {
    write_style(style, out);
    write_number(number, out)
}

fn write_style(style: Style, out: &mut Vec<u8>) {
    for part in [b" s=\"".as_slice(), &[b'0' + style as u8], b"\""] {
        out.extend_from_slice(part);
    }
}

fn write_number(number: f64, out: &mut Vec<u8>) -> io::Result<()> {
    write!(out, "><v>{number}</v></c>")
}

/// A value's width, in characters; for a text, that of its longest line.
fn width_of(cell: Cell<'_>, text: &str) -> usize {
    match cell {
        Cell::Text(text) | Cell::Digits(text) => {
            text.lines()
                .map(|line| line.chars().take(WIDTH_MAX).count())
                .max()
                .unwrap_or(0)
                + 1
        }
        Cell::Boolean(_) => "FALSE".len() + 1,
        Cell::Integer(_) | Cell::Number(_) | Cell::Shortened(_) => {
            text.len().min(NUMBER_WIDTH_MAX) + 1
        }
        Cell::Dollars(_) => text.len() + 1,
        Cell::Day(_) => "yyyy-mm-dd".len() + 1,
        Cell::Second(_) => "yyyy-mm-dd hh:mm:ss".len() + 1,
        Cell::Fraction(_) => "yyyy-mm-dd hh:mm:ss.000".len() + 1,
    }
}

/// A column's name: A, B, …, Z, AA, …
fn letters(index: usize) -> String {
    let letter = char::from(b'A' + (index % 26) as u8);
    match index / 26 {
        0 => letter.to_string(),
        more => format!("{}{letter}", letters(more - 1)),
    }
}
