//! One cell as JSON: `null`, a value, or an array of values.

use std::io;

use super::array;
use super::conversion;
use super::ewkb::Ewkb;
use super::geo_json::GeoJson;
use super::hstore::Hstore;
use super::json_scalar::write_scalar;
use super::json_string::write_long_string;
use super::nested_json::NestedJson;
use super::value::{Kind, Scalar};
use crate::encode::output::Output;
use crate::result::{Cell, Column};

/// Writes the cells of a result's rows.
pub(in crate::encode) struct Values {
    kinds: Vec<Kind>,
    nested: NestedJson,
    /// Buffer for one element of an array.
    scratch: String,
}

impl Values {
    pub(in crate::encode) fn new(nested: NestedJson) -> Self {
        Self {
            kinds: Vec::new(),
            nested,
            scratch: String::new(),
        }
    }

    pub(in crate::encode) fn begin(&mut self, columns: &[Column]) {
        self.kinds = Kind::all(columns);
    }

    /// Characters that were replaced in the cells so far.
    pub(in crate::encode) fn replaced(&self) -> u64 {
        self.nested.replaced
    }

    pub(in crate::encode) fn write(
        &mut self,
        column: usize,
        cell: Cell<'_>,
        out: &mut Output,
    ) -> io::Result<()> {
        let nested = &mut self.nested;
        match (cell, self.kinds[column]) {
            (Cell::Null, _) => out.buffer().extend_from_slice(b"null"),
            (cell, Kind::Scalar(Scalar::Json)) => {
                out.write_pieces(cell, |piece, out| {
                    let start = out.len();
                    out.extend_from_slice(piece.as_bytes());
                    nested.apply(out, start);
                    Ok(())
                })?;
                nested.end(out.buffer());
            }
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
                    nested.apply(out.buffer(), start);
                    nested.end(out.buffer());
                }
            }
            (cell @ Cell::Long(_), Kind::Array { element, delimiter }) => {
                array::write_long(cell, element, delimiter, nested, out)?;
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
