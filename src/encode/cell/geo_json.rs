//! Geometries as GeoJSON (RFC 7946): Z is kept, M left out, nothing transformed. The member `srid` says which reference
//! system the numbers are in, unless it is 4326, GeoJSON's own; 0 is an unknown one.

use std::io::Write;

use super::ewkb::{Part, Shape, Syntax};

/// GeoJSON's own reference system, longitude and latitude.
const SRID_DEFAULT: i32 = 4326;

pub(super) struct GeoJson;

impl Syntax for GeoJson {
    /// `false` where GeoJSON has no such shape, or no empty one.
    fn open(&mut self, part: &Part, is_first: bool, out: &mut Vec<u8>) -> bool {
        if !is_first {
            out.push(b',');
        }
        if part.is_named {
            let Some(beginning) = beginning(part.shape) else {
                return false;
            };
            out.extend_from_slice(beginning);
        }
        if has_brackets(part) {
            out.push(b'[');
        }
        // A position has at least two numbers.
        part.is_named || part.shape != Shape::Point || !part.is_empty
    }

    fn position(
        &mut self,
        numbers: &[f64],
        is_first: bool,
        part: &Part,
        out: &mut Vec<u8>,
    ) -> bool {
        let numbers = &numbers[..2 + usize::from(part.has_z)];
        if !is_first {
            out.push(b',');
        }
        for (index, number) in numbers.iter().enumerate() {
            out.push(if index == 0 { b'[' } else { b',' });
            write_number(*number, out);
        }
        out.push(b']');
        numbers.iter().all(|number| number.is_finite())
    }

    fn close(&mut self, part: &Part, out: &mut Vec<u8>) {
        if has_brackets(part) {
            out.push(b']');
        }
        if !part.is_inner && part.srid != SRID_DEFAULT {
            out.extend_from_slice(format!(",\"srid\":{}", part.srid).as_bytes());
        }
        if part.is_named {
            out.push(b'}');
        }
    }
}

/// The only position of a point has its own.
fn has_brackets(part: &Part) -> bool {
    part.shape != Shape::Point || part.is_empty
}

fn beginning(shape: Shape) -> Option<&'static [u8]> {
    Some(match shape {
        Shape::Point => br#"{"type":"Point","coordinates":"#,
        Shape::LineString => br#"{"type":"LineString","coordinates":"#,
        Shape::Polygon => br#"{"type":"Polygon","coordinates":"#,
        Shape::MultiPoint => br#"{"type":"MultiPoint","coordinates":"#,
        Shape::MultiLineString => br#"{"type":"MultiLineString","coordinates":"#,
        Shape::MultiPolygon => br#"{"type":"MultiPolygon","coordinates":"#,
        Shape::GeometryCollection => br#"{"type":"GeometryCollection","geometries":"#,
        Shape::CircularString
        | Shape::CompoundCurve
        | Shape::CurvePolygon
        | Shape::MultiCurve
        | Shape::MultiSurface
        | Shape::PolyhedralSurface
        | Shape::Tin
        | Shape::Triangle
        | Shape::Ring => return None,
    })
}

/// The shortest digits that read as the same double.
pub(super) fn write_number(number: f64, out: &mut Vec<u8>) {
    if number.is_infinite() {
        let sign = if number < 0.0 { "-" } else { "" };
        out.extend_from_slice(format!("{sign}Infinity").as_bytes());
        return;
    }
    let is_plain = number == 0.0 || (1e-5..1e17).contains(&number.abs());
    let written = match is_plain {
        true => write!(out, "{number}"),
        false => write!(out, "{number:e}"),
    };
    written.expect("a Vec takes every byte");
}
