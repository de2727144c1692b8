//! Text as a JSON string.

use std::io;

use crate::encode::output::Output;
use crate::result::Cell;

pub(in crate::encode) fn write_string(text: &str, out: &mut Vec<u8>) -> io::Result<()> {
    Ok(serde_json::to_writer(out, text)?)
}

/// A cell's text as a string, piece by piece.
pub(in crate::encode) fn write_long_string(cell: Cell<'_>, out: &mut Output) -> io::Result<()> {
    out.buffer().push(b'"');
    out.write_pieces(cell, write_contents)?;
    out.buffer().push(b'"');
    Ok(())
}

/// The text as within a string, without the quotes around it.
pub(super) fn write_contents(text: &str, out: &mut Vec<u8>) -> io::Result<()> {
    let start = out.len();
    write_string(text, out)?;
    out.pop();
    out.remove(start);
    Ok(())
}
