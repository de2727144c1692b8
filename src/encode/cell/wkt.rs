//! Geometries as WKT, for people: `POINT(1 2)`, `LINESTRING Z (1 2 3,4 5 6)`, as PostGIS' `ST_AsText` writes them.

use super::conversion::Conversion;
use super::ewkb::{Ewkb, Part, Syntax};
use super::geo_json::write_number;

/// The WKT of a geometry, or its beginning if the text is only the beginning of one.
pub(in crate::encode) fn wkt(text: &str, is_whole: bool) -> Option<String> {
    let mut out = Vec::new();
    let mut ewkb = Ewkb::new(Wkt);
    ewkb.push(text, &mut out).ok()?;
    let is_geometry = match is_whole {
        true => ewkb.finish(&mut out),
        false => ewkb.is_valid() && !out.is_empty(),
    };
    is_geometry.then(|| String::from_utf8(out).ok())?
}

struct Wkt;

impl Syntax for Wkt {
    fn open(&mut self, part: &Part, is_first: bool, out: &mut Vec<u8>) -> bool {
        if !is_first {
            out.push(b',');
        }
        let dimensions = match (part.has_z, part.has_m) {
            (false, false) => "",
            (true, false) => " Z",
            (false, true) => " M",
            (true, true) => " ZM",
        };
        if part.is_named {
            out.extend_from_slice(part.shape.name().as_bytes());
            out.extend_from_slice(dimensions.as_bytes());
            if part.is_empty || !dimensions.is_empty() {
                out.push(b' ');
            }
        }
        out.extend_from_slice(if part.is_empty { b"EMPTY" } else { b"(" });
        true
    }

    fn position(&mut self, numbers: &[f64], is_first: bool, _: &Part, out: &mut Vec<u8>) -> bool {
        if !is_first {
            out.push(b',');
        }
        for (index, number) in numbers.iter().enumerate() {
            if index > 0 {
                out.push(b' ');
            }
            write_number(*number, out);
        }
        true
    }

    fn close(&mut self, part: &Part, out: &mut Vec<u8>) {
        if !part.is_empty {
            out.push(b')');
        }
    }
}
