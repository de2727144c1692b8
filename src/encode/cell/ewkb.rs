//! PostGIS' `geometry` and `geography`, which print as EWKB in hexadecimal digits, read piece by piece.
//!
//! The form is in PostGIS' manual, "OGC WKT and WKB Forms" and "Extended WKB": byte order, type (with flags for Z, M and SRID),
//! SRID, then a position, or a count of positions, rings or geometries.

use std::io;

use super::conversion::Conversion;

/// Collections within each other. Readers of JSON have limits of their own, often of 128 levels, two for each of these.
pub(super) const DEPTH_MAX: usize = 32;

const HAS_Z: u32 = 0x8000_0000;
const HAS_M: u32 = 0x4000_0000;
const HAS_SRID: u32 = 0x2000_0000;

/// By their numbers in WKB. A ring is a part of a polygon and has no number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    Point,
    LineString,
    Polygon,
    MultiPoint,
    MultiLineString,
    MultiPolygon,
    GeometryCollection,
    CircularString,
    CompoundCurve,
    CurvePolygon,
    MultiCurve,
    MultiSurface,
    PolyhedralSurface,
    Tin,
    Triangle,
    Ring,
}

/// A geometry, or a ring of one, while it is being read.
#[derive(Clone, Copy, Debug)]
pub(super) struct Part {
    pub(super) shape: Shape,
    /// Whether its shape has to be named, since the whole that it belongs to has parts of several shapes.
    pub(super) is_named: bool,
    pub(super) is_empty: bool,
    pub(super) has_z: bool,
    pub(super) has_m: bool,
    /// Of the whole; 0 is none.
    pub(super) srid: i32,
    /// Whether it is part of another.
    pub(super) is_inner: bool,
    left: u32,
}

/// How geometries are written. A text whose parts cannot be written passes as it is.
pub(super) trait Syntax {
    fn open(&mut self, part: &Part, is_first: bool, out: &mut Vec<u8>) -> bool;
    fn position(&mut self, numbers: &[f64], is_first: bool, part: &Part, out: &mut Vec<u8>)
    -> bool;
    fn close(&mut self, part: &Part, out: &mut Vec<u8>);
}

pub(super) struct Ewkb<S> {
    syntax: S,
    state: State,
    /// The first half of a byte.
    half: Option<u8>,
    /// The bytes of the number, header or position that is being read, of which `needed` belong to it.
    bytes: [u8; 32],
    count: usize,
    needed: usize,
    is_little_endian: bool,
    srid: i32,
    /// The open parts, the innermost last.
    parts: Vec<Part>,
    /// Whether what comes next is the first of its part.
    is_first: bool,
    /// Whether it was given up because of [`DEPTH_MAX`].
    is_too_deep: bool,
}

/// What is being read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Header,
    Srid(u32),
    Count,
    Position,
    End,
    /// The text is not EWKB, or the syntax cannot write it.
    Invalid,
}

impl<S: Syntax> Ewkb<S> {
    pub(super) fn new(syntax: S) -> Self {
        Self {
            syntax,
            state: State::Header,
            half: None,
            bytes: [0; 32],
            count: 0,
            needed: State::Header.bytes(),
            is_little_endian: true,
            srid: 0,
            parts: Vec::new(),
            is_first: true,
            is_too_deep: false,
        }
    }

    pub(super) fn is_too_deep(&self) -> bool {
        self.is_too_deep
    }

    pub(super) fn syntax(&self) -> &S {
        &self.syntax
    }

    /// Whether the text so far is the beginning of a geometry.
    pub(super) fn is_valid(&self) -> bool {
        self.state != State::Invalid
    }

    fn byte(&mut self, byte: u8, out: &mut Vec<u8>) {
        if matches!(self.state, State::End | State::Invalid) {
            self.state = State::Invalid;
            return;
        }
        self.bytes[self.count] = byte;
        self.count += 1;
        if self.count == self.needed {
            self.count = 0;
            self.state = self.next(out).unwrap_or(State::Invalid);
            self.needed = match (self.state, self.parts.last()) {
                (State::Position, Some(part)) => 8 * part.dimensions(),
                (state, _) => state.bytes(),
            };
        }
    }

    fn next(&mut self, out: &mut Vec<u8>) -> Option<State> {
        match self.state {
            State::Header => {
                self.is_little_endian = match self.bytes[0] {
                    0 => false,
                    1 => true,
                    _ => return None,
                };
                let kind = self.number(1);
                match kind & HAS_SRID {
                    0 => self.begin(kind),
                    _ => Some(State::Srid(kind)),
                }
            }
            State::Srid(kind) => {
                if self.parts.is_empty() {
                    self.srid = self.number(0).cast_signed();
                }
                self.begin(kind)
            }
            State::Count => {
                let count = self.number(0);
                if let Some(polygon) = self.parts.last().filter(|part| part.left > 0) {
                    self.parts.push(polygon.ring());
                }
                self.open(count, out)
            }
            State::Position => self.position(out),
            State::End | State::Invalid => None,
        }
    }

    fn number(&self, start: usize) -> u32 {
        let mut bytes = [0; 4];
        bytes.copy_from_slice(&self.bytes[start..start + 4]);
        match self.is_little_endian {
            true => u32::from_le_bytes(bytes),
            false => u32::from_be_bytes(bytes),
        }
    }

    /// Begins the geometry of a header.
    fn begin(&mut self, kind: u32) -> Option<State> {
        let shape = Shape::from_number(kind & !(HAS_Z | HAS_M | HAS_SRID))?;
        let whole = self.parts.last().map(|part| part.shape);
        if !whole.is_none_or(|whole| whole.may_have(shape)) {
            return None;
        }
        // Only collections hold collections. Other shapes have few parts within parts.
        self.is_too_deep = shape == Shape::GeometryCollection && self.parts.len() >= DEPTH_MAX;
        if self.is_too_deep {
            return None;
        }
        self.parts.push(Part {
            shape,
            is_named: whole.is_none_or(|whole| whole.names(shape)),
            is_empty: false,
            has_z: kind & HAS_Z != 0,
            has_m: kind & HAS_M != 0,
            srid: self.srid,
            is_inner: whole.is_some(),
            left: 0,
        });
        Some(match shape {
            Shape::Point => State::Position,
            _ => State::Count,
        })
    }

    /// Opens the innermost part, which has this many parts or positions.
    fn open(&mut self, count: u32, out: &mut Vec<u8>) -> Option<State> {
        let part = self.parts.last_mut()?;
        part.left = count;
        part.is_empty = count == 0;
        self.syntax.open(part, self.is_first, out).then_some(())?;
        self.is_first = true;
        match count {
            0 => self.close(out),
            _ => Some(part.shape.content()),
        }
    }

    fn position(&mut self, out: &mut Vec<u8>) -> Option<State> {
        let mut numbers = [0.0; 4];
        for (number, bytes) in numbers.iter_mut().zip(self.bytes.as_chunks().0) {
            *number = match self.is_little_endian {
                true => f64::from_le_bytes(*bytes),
                false => f64::from_be_bytes(*bytes),
            };
        }
        let part = *self.parts.last()?;
        let numbers = &numbers[..part.dimensions()];
        if part.shape == Shape::Point {
            if numbers.iter().all(|number| number.is_nan()) {
                return self.open(0, out);
            }
            self.open(1, out)?;
        }
        let is_written = self.syntax.position(numbers, self.is_first, &part, out);
        is_written.then(|| self.count_down(out))?
    }

    /// Closes the innermost part, and those that end with it.
    fn close(&mut self, out: &mut Vec<u8>) -> Option<State> {
        let part = self.parts.pop()?;
        self.syntax.close(&part, out);
        match self.parts.is_empty() {
            true => Some(State::End),
            false => self.count_down(out),
        }
    }

    /// After one part or position of the innermost part.
    fn count_down(&mut self, out: &mut Vec<u8>) -> Option<State> {
        self.is_first = false;
        let part = self.parts.last_mut()?;
        part.left -= 1;
        match part.left {
            0 => self.close(out),
            _ => Some(part.shape.content()),
        }
    }
}

impl<S: Syntax> Conversion for Ewkb<S> {
    fn push(&mut self, piece: &str, out: &mut Vec<u8>) -> io::Result<()> {
        for digit in piece.bytes() {
            let digit = match digit {
                b'0'..=b'9' => digit - b'0',
                b'A'..=b'F' => digit - b'A' + 10,
                _ => {
                    self.state = State::Invalid;
                    break;
                }
            };
            match self.half.take() {
                None => self.half = Some(digit),
                Some(half) => self.byte(half << 4 | digit, out),
            }
            if self.state == State::Invalid {
                break;
            }
        }
        Ok(())
    }

    fn finish(&mut self, _: &mut Vec<u8>) -> bool {
        self.state == State::End && self.half.is_none()
    }
}

impl State {
    /// How many bytes to read, except for positions.
    fn bytes(self) -> usize {
        match self {
            Self::Header => 5,
            Self::Srid(_) | Self::Count => 4,
            Self::Position | Self::End | Self::Invalid => 0,
        }
    }
}

impl Part {
    /// The number of rings, positions or geometries in it.
    #[cfg(feature = "parquet")]
    pub(super) fn count(&self) -> u32 {
        self.left
    }

    pub(super) fn dimensions(&self) -> usize {
        2 + usize::from(self.has_z) + usize::from(self.has_m)
    }

    /// A ring of this polygon, before its positions are counted.
    fn ring(&self) -> Self {
        Self {
            shape: Shape::Ring,
            is_named: false,
            is_inner: true,
            left: 0,
            ..*self
        }
    }
}

impl Shape {
    /// Its name in WKT.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Point => "POINT",
            Self::LineString => "LINESTRING",
            Self::Polygon => "POLYGON",
            Self::MultiPoint => "MULTIPOINT",
            Self::MultiLineString => "MULTILINESTRING",
            Self::MultiPolygon => "MULTIPOLYGON",
            Self::GeometryCollection => "GEOMETRYCOLLECTION",
            Self::CircularString => "CIRCULARSTRING",
            Self::CompoundCurve => "COMPOUNDCURVE",
            Self::CurvePolygon => "CURVEPOLYGON",
            Self::MultiCurve => "MULTICURVE",
            Self::MultiSurface => "MULTISURFACE",
            Self::PolyhedralSurface => "POLYHEDRALSURFACE",
            Self::Tin => "TIN",
            Self::Triangle => "TRIANGLE",
            Self::Ring => "",
        }
    }

    /// Whether PostGIS' `ST_CurveToLine` makes lines or polygons of it.
    pub(super) fn is_curve(self) -> bool {
        matches!(
            self,
            Self::CircularString
                | Self::CompoundCurve
                | Self::CurvePolygon
                | Self::MultiCurve
                | Self::MultiSurface
        )
    }

    fn from_number(number: u32) -> Option<Self> {
        Some(match number {
            1 => Self::Point,
            2 => Self::LineString,
            3 => Self::Polygon,
            4 => Self::MultiPoint,
            5 => Self::MultiLineString,
            6 => Self::MultiPolygon,
            7 => Self::GeometryCollection,
            8 => Self::CircularString,
            9 => Self::CompoundCurve,
            10 => Self::CurvePolygon,
            11 => Self::MultiCurve,
            12 => Self::MultiSurface,
            15 => Self::PolyhedralSurface,
            16 => Self::Tin,
            17 => Self::Triangle,
            _ => return None,
        })
    }

    /// Its number in WKB; `None` for a ring.
    #[cfg(feature = "parquet")]
    pub(super) fn number(self) -> Option<u32> {
        (1..=17).find(|number| Self::from_number(*number) == Some(self))
    }

    /// What its parts begin with.
    fn content(self) -> State {
        match self {
            Self::Point | Self::LineString | Self::CircularString | Self::Ring => State::Position,
            Self::Polygon | Self::Triangle => State::Count,
            Self::MultiPoint
            | Self::MultiLineString
            | Self::MultiPolygon
            | Self::GeometryCollection
            | Self::CompoundCurve
            | Self::CurvePolygon
            | Self::MultiCurve
            | Self::MultiSurface
            | Self::PolyhedralSurface
            | Self::Tin => State::Header,
        }
    }

    fn may_have(self, part: Self) -> bool {
        let is_line = matches!(part, Self::LineString | Self::CircularString);
        match self {
            Self::GeometryCollection => true,
            Self::MultiPoint => part == Self::Point,
            Self::MultiLineString => part == Self::LineString,
            Self::MultiPolygon | Self::PolyhedralSurface => part == Self::Polygon,
            Self::Tin => part == Self::Triangle,
            Self::CompoundCurve => is_line,
            Self::CurvePolygon | Self::MultiCurve => is_line || part == Self::CompoundCurve,
            Self::MultiSurface => matches!(part, Self::Polygon | Self::CurvePolygon),
            Self::Point
            | Self::LineString
            | Self::Polygon
            | Self::CircularString
            | Self::Triangle
            | Self::Ring => false,
        }
    }

    /// Whether such a part is named in WKT.
    fn names(self, part: Self) -> bool {
        match self {
            Self::GeometryCollection => true,
            Self::CompoundCurve | Self::CurvePolygon | Self::MultiCurve | Self::MultiSurface => {
                !matches!(part, Self::LineString | Self::Polygon)
            }
            _ => false,
        }
    }
}
