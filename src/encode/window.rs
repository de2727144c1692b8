//! A few rows of a result as JSON, for a page's table.

use std::io;

use super::cell::json_value::write_cell;
use super::cell::value::{Kind, boolean_word, booleans};
use crate::result::{Column, Window};

/// The rows of a window as texts.
pub struct Texts {
    /// Each cell as PostgreSQL prints it, except that booleans are words; `None` is NULL.
    pub values: Vec<Vec<Option<String>>>,
    /// Row and column of each cell that was cut.
    pub cut: Vec<(usize, usize)>,
}

impl Texts {
    /// Cuts each cell after `characters_max` characters. The window has to hold at least one more, or cuts go
    /// unnoticed.
    pub fn new(columns: &[Column], window: Window, characters_max: Option<usize>) -> Self {
        let booleans = booleans(columns);
        let mut cut = Vec::new();
        let mut values = window.rows;
        for (row, cells) in values.iter_mut().enumerate() {
            for (place, (cell, is_boolean)) in cells.iter_mut().zip(&booleans).enumerate() {
                let Some(text) = cell else { continue };
                if *is_boolean {
                    *text = boolean_word(text).to_owned();
                }
                let end = characters_max.and_then(|max| text.char_indices().nth(max));
                if let Some((end, _)) = end {
                    text.truncate(end);
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
