//! A few rows of a result as JSON, for a page's table.

use std::io;

use super::json_value::write_cell;
use super::value::Kind;
use crate::result::{Column, Window};

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
