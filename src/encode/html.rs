//! A plain HTML table with all rows, for Excel's web queries. Cells that Excel would evaluate as formulas stay text.

use std::io;

use super::cell::value::{boolean_word, booleans};
use super::csv::is_formula;
use super::{Caption, Encoder};
use crate::result::{Column, Row, Summary};

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
    fn begin(&mut self, columns: &[Column], out: &mut Vec<u8>) -> io::Result<()> {
        self.booleans = booleans(columns);
        out.extend_from_slice(b"<!doctype html>\n<meta charset=\"utf-8\">\n<title>");
        write_escaped(&self.caption.title, out);
        out.extend_from_slice(b"</title>\n<table>\n<tr>");
        for column in columns {
            out.extend_from_slice(b"<th>");
            write_cell(&column.name, out);
            out.extend_from_slice(b"</th>");
        }
        out.extend_from_slice(b"</tr>\n");
        Ok(())
    }

    fn row(&mut self, row: Row<'_>, out: &mut Vec<u8>) -> io::Result<()> {
        out.extend_from_slice(b"<tr>");
        for (cell, is_boolean) in row.cells().zip(&self.booleans) {
            out.extend_from_slice(b"<td>");
            match cell {
                Some(text) if *is_boolean => write_cell(boolean_word(text), out),
                Some(text) => write_cell(text, out),
                None => {}
            }
            out.extend_from_slice(b"</td>");
        }
        out.extend_from_slice(b"</tr>\n");
        Ok(())
    }

    fn finish(&mut self, summary: &Summary, out: &mut Vec<u8>) -> io::Result<()> {
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

fn write_cell(text: &str, out: &mut Vec<u8>) {
    if is_formula(text) {
        out.push(b'\'');
    }
    write_escaped(text, out);
}

fn write_escaped(text: &str, out: &mut Vec<u8>) {
    for byte in text.bytes() {
        match byte {
            b'&' => out.extend_from_slice(b"&amp;"),
            b'<' => out.extend_from_slice(b"&lt;"),
            b'>' => out.extend_from_slice(b"&gt;"),
            byte => out.push(byte),
        }
    }
}
