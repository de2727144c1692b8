//! Texts of one type that become something else in a file if they have exactly the expected form, piece by piece; any
//! other text passes as a string.

use std::io;

use super::json_string::{write_long_string, write_string};
use crate::encode::output::Output;
use crate::result::Cell;

/// Reads one text.
pub(super) trait Conversion {
    fn push(&mut self, piece: &str, out: &mut Vec<u8>) -> io::Result<()>;
    /// Whether all pieces together had the expected form.
    fn finish(&mut self, out: &mut Vec<u8>) -> bool;
}

pub(super) fn write(
    text: &str,
    mut conversion: impl Conversion,
    out: &mut Vec<u8>,
) -> io::Result<()> {
    let start = out.len();
    conversion.push(text, out)?;
    if conversion.finish(out) {
        return Ok(());
    }
    out.truncate(start);
    write_string(text, out)
}

/// Reads the text twice, since what is passed on cannot be taken back.
pub(super) fn write_long<C: Conversion>(
    cell: Cell<'_>,
    new: impl Fn() -> C,
    out: &mut Output,
) -> io::Result<()> {
    let (mut rehearsal, mut ignored) = (new(), Vec::new());
    cell.pieces(|piece| {
        ignored.clear();
        rehearsal.push(piece, &mut ignored)
    })?;
    if !rehearsal.finish(&mut ignored) {
        return write_long_string(cell, out);
    }
    let mut conversion = new();
    out.write_pieces(cell, |piece, out| conversion.push(piece, out))?;
    conversion.finish(out.buffer());
    Ok(())
}
