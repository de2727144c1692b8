//! One cell as JSON: `null`, a value, or an array of values.

use std::io;

use super::array;
use super::conversion;
use super::ewkb::Ewkb;
use super::geo_json::GeoJson;
use super::hstore::Hstore;
use super::json_scalar::write_scalar;
use super::json_string::write_long_string;
use super::line_breaks::LineBreaks;
use super::value::{Kind, Scalar};
use crate::encode::output::Output;
use crate::result::{Cell, Column};

/// Writes the cells of a result's rows.
pub(in crate::encode) struct Values {
    kinds: Vec<Kind>,
    breaks: LineBreaks,
    /// Buffer for one element of an array.
    scratch: String,
}

impl Values {
    pub(in crate::encode) fn new(breaks: LineBreaks) -> Self {
        Self {
            kinds: Vec::new(),
            breaks,
            scratch: String::new(),
        }
    }

    pub(in crate::encode) fn begin(&mut self, columns: &[Column]) {
        self.kinds = Kind::all(columns);
    }

    pub(in crate::encode) fn write(
        &mut self,
        column: usize,
        cell: Cell<'_>,
        out: &mut Output,
    ) -> io::Result<()> {
        let breaks = self.breaks;
        match (cell, self.kinds[column]) {
            (Cell::Null, _) => out.buffer().extend_from_slice(b"null"),
            (cell, Kind::Scalar(Scalar::Json)) => out.write_pieces(cell, |piece, out| {
                let start = out.len();
                out.extend_from_slice(piece.as_bytes());
                breaks.apply(&mut out[start..]);
                Ok(())
            })?,
            (Cell::Text(text), Kind::Scalar(scalar)) => {
                write_scalar(text, scalar, out.buffer())?;
            }
            (cell @ Cell::Long(_), Kind::Scalar(Scalar::Geometry)) => {
                conversion::write_long(cell, || Ewkb::new(GeoJson), out)?;
            }
            (cell @ Cell::Long(_), Kind::Scalar(Scalar::Hstore)) => {
                conversion::write_long(cell, Hstore::new, out)?;
            }
            // No value of another type is that long.
            (cell @ Cell::Long(_), Kind::Scalar(_)) => write_long_string(cell, out)?,
            (Cell::Text(text), Kind::Array { element, delimiter }) => {
                let start = out.buffer().len();
                array::write(text, element, delimiter, &mut self.scratch, out.buffer())?;
                if element == Scalar::Json {
                    breaks.apply(&mut out.buffer()[start..]);
                }
            }
            (cell @ Cell::Long(_), Kind::Array { element, delimiter }) => {
                array::write_long(cell, element, delimiter, breaks, out)?;
            }
        }
        out.pass_on()
    }
}

/// `scratch` is a buffer for one unescaped array element.
pub(in crate::encode) fn write_cell(
    cell: Option<&str>,
    kind: Kind,
    scratch: &mut String,
    out: &mut Vec<u8>,
) -> io::Result<()> {
    match (cell, kind) {
        (None, _) => out.extend_from_slice(b"null"),
        (Some(text), Kind::Scalar(scalar)) => write_scalar(text, scalar, out)?,
        (Some(text), Kind::Array { element, delimiter }) => {
            array::write(text, element, delimiter, scratch, out)?;
        }
    }
    Ok(())
}
