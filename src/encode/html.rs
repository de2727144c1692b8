//! An HTML table with all rows, for Excel's web queries. Texts and times are marked as such, in Excel's own words, so that
//! `00123` stays text. Cells that Excel would evaluate as formulas stay text, too.

use std::io::{self, Write};

use super::cell::formula::{is_formula, is_long_formula};
use super::cell::value::{boolean_word, booleans};
use super::output::Output;
use super::xlsx::excel::{Cell as ExcelCell, CellKind};
use super::{Caption, Encoder};
use crate::result::{Cell, Column, Row, Summary};

const HEAD: &[u8] = br#"<!doctype html>
<html xmlns:x="urn:schemas-microsoft-com:office:excel">
<meta charset="utf-8">
<style>
.t{mso-number-format:"\@"}
.d{mso-number-format:"yyyy\\-mm\\-dd"}
.s{mso-number-format:"yyyy\\-mm\\-dd\\ hh\:mm\:ss"}
.f{mso-number-format:"yyyy\\-mm\\-dd\\ hh\:mm\:ss\.000"}
</style>
<title>"#;

pub(super) struct Html {
    caption: Caption,
    booleans: Vec<bool>,
    kinds: Vec<CellKind>,
}

impl Html {
    pub(super) fn new(caption: Caption) -> Self {
        Self {
            caption,
            booleans: Vec::new(),
            kinds: Vec::new(),
        }
    }
}

impl Encoder for Html {
    fn begin(&mut self, columns: &[Column], out: &mut Output) -> io::Result<()> {
        self.booleans = booleans(columns);
        self.kinds = columns.iter().map(CellKind::from_column).collect();
        let title = Cell::Text(&self.caption.title);
        out.write_all(HEAD)?;
        out.write_pieces(title, write_escaped)?;
        out.write_all(b"</title>\n<table>\n<tr>")?;
        for column in columns {
            out.write_all(b"<th class=\"t\">")?;
            write_cell(Cell::Text(&column.name), out)?;
            out.write_all(b"</th>")?;
        }
        out.write_all(b"</tr>\n")
    }

    fn row(&mut self, row: Row<'_>, out: &mut Output) -> io::Result<()> {
        out.write_all(b"<tr>")?;
        row.cells(|index, cell| {
            begin_cell(cell, self.kinds[index], out)?;
            match cell {
                Cell::Text(text) if self.booleans[index] => {
                    write_cell(Cell::Text(boolean_word(text)), out)?;
                }
                cell => write_cell(cell, out)?,
            }
            out.write_all(b"</td>")
        })?;
        out.write_all(b"</tr>\n")
    }

    fn finish(&mut self, summary: &Summary, out: &mut Output) -> io::Result<()> {
        let out = out.buffer();
        out.extend_from_slice(b"</table>\n");
        if summary.truncated.is_some() {
            let sentence = format!(
                "<p>The query returns more rows. Only the first {} are here.</p>\n",
                summary.rows
            );
            out.extend_from_slice(sentence.as_bytes());
        }
        Ok(())
    }
}

/// A time is given as Excel counts it, too: a web query recognises none by its looks.
fn begin_cell(cell: Cell<'_>, kind: CellKind, out: &mut Output) -> io::Result<()> {
    let text = match cell {
        Cell::Null => return out.write_all(b"<td>"),
        Cell::Long(_) => return out.write_all(b"<td class=\"t\">"),
        Cell::Text(text) => text,
    };
    match kind.cell(text) {
        ExcelCell::Text(_) | ExcelCell::Digits(_) => out.write_all(b"<td class=\"t\">"),
        ExcelCell::Day(days) => write!(out, "<td class=\"d\" x:num=\"{days}\">"),
        ExcelCell::Second(days) => write!(out, "<td class=\"s\" x:num=\"{days}\">"),
        ExcelCell::Fraction(days) => write!(out, "<td class=\"f\" x:num=\"{days}\">"),
        ExcelCell::Boolean(_)
        | ExcelCell::Integer(_)
        | ExcelCell::Number(_)
        | ExcelCell::Shortened(_)
        | ExcelCell::Dollars(_) => out.write_all(b"<td>"),
    }
}

fn write_cell(cell: Cell<'_>, out: &mut Output) -> io::Result<()> {
    let is_formula = match cell {
        Cell::Null => false,
        Cell::Text(text) => is_formula(text),
        Cell::Long(long) => is_long_formula(long)?,
    };
    if is_formula {
        out.buffer().push(b'\'');
    }
    out.write_pieces(cell, write_escaped)
}

fn write_escaped(text: &str, out: &mut Vec<u8>) -> io::Result<()> {
    for byte in text.bytes() {
        match byte {
            b'&' => out.extend_from_slice(b"&amp;"),
            b'<' => out.extend_from_slice(b"&lt;"),
            b'>' => out.extend_from_slice(b"&gt;"),
            byte => out.push(byte),
        }
    }
    Ok(())
}
