//! Turns a result into bytes: one producer that follows the rows, and a small encoder for each format.
//!
//! Knows nothing of HTTP or of databases.
//!
//! Values are PostgreSQL's own text. An encoder converts one only if it has exactly the expected form.

mod caption;
pub mod cell;
mod coding;
mod columns;
mod csv;
mod format;
mod html;
mod json;
mod markdown;
mod options;
mod output;
#[cfg(feature = "parquet")]
mod parquet;
mod produce;
mod unfit;
mod window;
mod xlsx;
mod xml;

#[cfg(test)]
mod tests;

use std::io;

use crate::result::{Column, Row, Summary};
pub use caption::Caption;
pub use cell::value::is_number;
pub use coding::Coding;
pub use columns::write_columns;
pub use format::Format;
pub use options::{DecimalMark, Delimiter, NullText, Options, Quotes, Shape};
use output::Output;
pub use output::write_coded;
pub use produce::{Failure, produce};
pub use window::{Shown, Texts, write_window};

/// Part of every ETag. Raise it whenever an encoder's output for the same result changes.
pub const REVISION: u32 = 4;

/// Encodes a result in one format.
///
/// [`produce`] calls `begin` once, `row` for each row in order, `again`, and `finish` once, all on blocking threads. Each
/// appends to `out`, which may be emptied at any time; an encoder keeps its own state. After an error, or when no client
/// waits for the response, the encoder is dropped and its output discarded.
pub(crate) trait Encoder: Send {
    fn begin(&mut self, columns: &[Column], out: &mut Output) -> io::Result<()>;
    /// The row has as many cells as `begin` had columns.
    fn row(&mut self, row: Row<'_>, out: &mut Output) -> io::Result<()>;
    /// Called after the last row. An encoder whose assumptions the rows did not meet returns another one, which gets all rows again
    /// and an empty output.
    fn again(&mut self) -> Option<Box<dyn Encoder>> {
        None
    }
    fn finish(&mut self, summary: &Summary, out: &mut Output) -> io::Result<()>;
}
