//! A few rows of a result as JSON, for a page's table.

use std::io;
use std::mem;

use super::cell::json_value::write_cell;
use super::cell::value::{Kind, Scalar, boolean_word};
use super::cell::wkt::wkt;
use crate::result::{Column, Window};

/// How a column's values are shown to people: as PostgreSQL prints them, but booleans as words, and geometries as WKT.
#[derive(Clone, Copy)]
pub struct Shown(Kind);

/// The rows of a window as people see them.
pub struct Texts {
    /// `None` is NULL.
    pub values: Vec<Vec<Option<String>>>,
    /// Row and column of each cell that was cut.
    pub cut: Vec<(usize, usize)>,
}

impl Shown {
    pub fn new(column: &Column) -> Self {
        Self(Kind::from_column(column))
    }

    /// The text, cut after `characters_max` characters, and whether it was cut. Expects at least one more if there are
    /// more, or cuts go unnoticed.
    pub fn text(self, text: String, characters_max: Option<usize>) -> (String, bool) {
        let end = |text: &str| Some(text.char_indices().nth(characters_max?)?.0);
        let is_whole = end(&text).is_none();
        let mut shown = match self.0 {
            Kind::Scalar(Scalar::Boolean) => boolean_word(&text).to_owned(),
            Kind::Scalar(Scalar::Geometry) => wkt(&text, is_whole).unwrap_or(text),
            _ => text,
        };
        let end = end(&shown);
        shown.truncate(end.unwrap_or(shown.len()));
        (shown, end.is_some() || !is_whole)
    }
}

impl Texts {
    /// Cuts each cell after `characters_max` characters. The window has to hold at least one more, or cuts go
    /// unnoticed.
    pub fn new(columns: &[Column], window: Window, characters_max: Option<usize>) -> Self {
        let columns: Vec<Shown> = columns.iter().map(Shown::new).collect();
        let mut cut = Vec::new();
        let mut values = window.rows;
        for (row, cells) in values.iter_mut().enumerate() {
            for (place, (cell, column)) in cells.iter_mut().zip(&columns).enumerate() {
                let Some(text) = cell else { continue };
                let is_cut;
                (*text, is_cut) = column.text(mem::take(text), characters_max);
                if is_cut {
                    cut.push((row, place));
                }
            }
        }
        Self { values, cut }
    }
}

/// `[[1,"x"],[2,null]]`, each cell as in the JSON of the whole result.
pub fn write_window(columns: &[Column], window: &Window) -> io::Result<Vec<u8>> {
    let kinds = Kind::all(columns);
    let mut scratch = String::new();
    let mut out = vec![b'['];
    for (index, row) in window.rows.iter().enumerate() {
        if index > 0 {
            out.push(b',');
        }
        out.push(b'[');
        for (index, (cell, kind)) in row.iter().zip(&kinds).enumerate() {
            if index > 0 {
                out.push(b',');
            }
            write_cell(cell.as_deref(), *kind, &mut scratch, &mut out)?;
        }
        out.push(b']');
    }
    out.push(b']');
    Ok(out)
}
