//! One cell as JSON: `null`, a value, or an array of values.

use std::io;

use super::array;
use super::json_scalar::write_scalar;
use super::value::Kind;

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
