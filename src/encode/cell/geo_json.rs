//! Geometries as GeoJSON (RFC 7946): Z is kept, M left out, nothing transformed. The member `srid` says which reference
//! system the numbers are in, unless it is 4326, GeoJSON's own; 0 is an unknown one.

use std::io::{self, Write};

use super::conversion::Conversion;
use super::ewkb::{DEPTH_MAX, Ewkb, Part, Shape, Syntax};
use crate::encode::output::Output;
use crate::result::Cell;

/// GeoJSON's own reference system, longitude and latitude.
const SRID_DEFAULT: i32 = 4326;

pub(super) struct GeoJson;

/// Why a geometry cannot be that of a feature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::encode) enum Obstacle {
    /// Another reference system than GeoJSON's; 0 is an unknown one.
    Srid(i32),
    /// A shape that GeoJSON does not have, by its name in WKT.
    Shape { name: &'static str, is_curve: bool },
    /// An empty point among others.
    EmptyPoint,
    /// NaN or an infinity.
    NotFinite,
    /// More levels of collections than this.
    TooDeep(usize),
    /// The text is not a geometry.
    Unreadable,
}

/// A geometry of a feature, which has GeoJSON's reference system.
#[derive(Default)]
struct InFeature {
    obstacle: Option<Obstacle>,
}

/// Writes a cell as the geometry of a feature, or says why it cannot be one. Then what was written is of no use.
pub(in crate::encode) fn write_in_feature(
    cell: Cell<'_>,
    out: &mut Output,
) -> io::Result<Result<(), Obstacle>> {
    let mut ewkb = Ewkb::new(InFeature::default());
    out.write_pieces(cell, |piece, out| ewkb.push(piece, out))?;
    let is_geometry = ewkb.finish(out.buffer());
    let obstacle = match ewkb.is_too_deep() {
        true => Some(Obstacle::TooDeep(DEPTH_MAX)),
        false => ewkb.syntax().obstacle,
    };
    Ok(match is_geometry {
        true => Ok(()),
        false => Err(obstacle.unwrap_or(Obstacle::Unreadable)),
    })
}

impl InFeature {
    /// Notes what is in the way of a part, unless it `is_written`.
    fn note(&mut self, is_written: bool, obstacle: Obstacle) -> bool {
        if !is_written {
            self.obstacle = Some(obstacle);
        }
        is_written
    }
}

impl Syntax for InFeature {
    fn open(&mut self, part: &Part, is_first: bool, out: &mut Vec<u8>) -> bool {
        let srid = part.srid;
        if !self.note(srid == SRID_DEFAULT, Obstacle::Srid(srid)) {
            return false;
        }
        let obstacle = match part.shape {
            Shape::Point => Obstacle::EmptyPoint,
            shape => Obstacle::Shape {
                name: shape.name(),
                is_curve: shape.is_curve(),
            },
        };
        self.note(GeoJson.open(part, is_first, out), obstacle)
    }

    fn position(
        &mut self,
        numbers: &[f64],
        is_first: bool,
        part: &Part,
        out: &mut Vec<u8>,
    ) -> bool {
        let is_written = GeoJson.position(numbers, is_first, part, out);
        self.note(is_written, Obstacle::NotFinite)
    }

    fn close(&mut self, part: &Part, out: &mut Vec<u8>) {
        GeoJson.close(part, out);
    }
}

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
