//! A plain HTML table with all rows, for Excel's web queries. Cells that Excel would evaluate as formulas stay text.

use std::io::{self, Write};

use super::cell::formula::{is_formula, is_long_formula};
use super::cell::value::{boolean_word, booleans};
use super::output::Output;
use super::{Caption, Encoder};
use crate::result::{Cell, Column, Row, Summary};

pub(super) struct Html {
    caption: Caption,
    booleans: Vec<bool>,
}

impl Html {
    pub(super) fn new(caption: Caption) -> Self {
        Self {
            caption,
            booleans: Vec::new(),
        }
    }
}

impl Encoder for Html {
    fn begin(&mut self, columns: &[Column], out: &mut Output) -> io::Result<()> {
        self.booleans = booleans(columns);
        let title = Cell::Text(&self.caption.title);
        out.write_all(b"<!doctype html>\n<meta charset=\"utf-8\">\n<title>")?;
        out.write_pieces(title, write_escaped)?;
        out.write_all(b"</title>\n<table>\n<tr>")?;
        for column in columns {
            out.write_all(b"<th>")?;
            write_cell(Cell::Text(&column.name), out)?;
            out.write_all(b"</th>")?;
        }
        out.write_all(b"</tr>\n")
    }

    fn row(&mut self, row: Row<'_>, out: &mut Output) -> io::Result<()> {
        out.write_all(b"<tr>")?;
        row.cells(|index, cell| {
            out.write_all(b"<td>")?;
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
