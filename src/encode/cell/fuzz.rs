//! What holds for every text of a geometry and of an array, for fuzzing and its corpus.

use serde::de::IgnoredAny;
use serde_json::Value;

use super::array::{Literal, write};
use super::conversion::{self, Conversion};
use super::ewkb::Ewkb;
use super::geo_json::GeoJson;
use super::value::Scalar;
use super::wkt::wkt;
use crate::run::parameters::{Element, array as written, read_array};

/// How many times as long as the input the output may be; brackets and names come on top.
const OUTPUT_FACTOR_MAX: usize = 16;
const SCALARS: [Scalar; 6] = [
    Scalar::Text,
    Scalar::Numeric,
    Scalar::Boolean,
    Scalar::Timestamptz,
    Scalar::Hstore,
    Scalar::Geometry,
];

/// GeoJSON is JSON, and has the same numbers as WKT and as a second reading, however the text is cut into pieces.
pub fn ewkb(data: &[u8]) {
    let text: String = data.iter().map(|byte| format!("{byte:02X}")).collect();
    let json = geo_json(&text);
    assert!(json.len() <= OUTPUT_FACTOR_MAX * (text.len() + 16));
    let value: Value = serde_json::from_str(&json).expect("GeoJSON is JSON");
    let wkt = wkt(&text, true);
    let second = SecondReading::of(data);
    if let Some(wkt) = &wkt {
        let second = second.as_ref().expect("it can be read again");
        assert!(same(&numbers(wkt), &second.numbers), "{wkt}");
        beginnings(&text, wkt);
    } else if let Some(second) = &second {
        assert!(!second.is_simple, "{text} is a geometry");
    }
    let Value::Object(members) = &value else {
        assert_eq!(value, text);
        return;
    };
    let second = second.expect("it can be read again");
    let srid = members.get("srid").map_or(Some(4326), Value::as_i64);
    assert_eq!(srid, Some(second.srid.into()));
    let (positions, _) = json.split_once(",\"srid\"").unwrap_or((&json, ""));
    assert!(same(&numbers(positions), &second.flat), "{json}");
}

/// As one piece, and as every piece of one to three characters.
fn geo_json(text: &str) -> String {
    let mut out = Vec::new();
    conversion::write(text, Ewkb::new(GeoJson), &mut out).expect("memory takes it");
    for length in 1..4 {
        let (mut ewkb, mut pieces) = (Ewkb::new(GeoJson), Vec::new());
        for piece in text.as_bytes().chunks(length) {
            let piece = str::from_utf8(piece).expect("digits are ASCII");
            ewkb.push(piece, &mut pieces).expect("memory takes it");
        }
        let is_geometry = ewkb.finish(&mut pieces);
        assert_eq!(is_geometry, out.first() == Some(&b'{'), "{text}");
        assert!(!is_geometry || pieces == out, "{text}");
    }
    String::from_utf8(out).expect("JSON is UTF-8")
}

/// The WKT of a cut text is the beginning of the whole WKT.
fn beginnings(text: &str, whole: &str) {
    for end in [text.len() / 4, text.len() / 2, text.len() - 1] {
        let beginning = wkt(&text[..end], false).unwrap_or_default();
        assert!(whole.starts_with(&beginning), "{whole}: {beginning}");
    }
}

fn numbers(text: &str) -> Vec<f64> {
    let words = text.split([' ', '(', ')', '[', ']', '{', '}', ',', ':', '"']);
    words.filter_map(|word| word.parse().ok()).collect()
}

/// Whether all have the same bits, except that any NaN equals any other.
fn same(some: &[f64], others: &[f64]) -> bool {
    some.len() == others.len()
        && some.iter().zip(others).all(|(one, other)| {
            one.to_bits() == other.to_bits() || (one.is_nan() && other.is_nan())
        })
}

/// Any geometries within any others, as a recursive function reads them.
struct SecondReading {
    numbers: Vec<f64>,
    /// Without M.
    flat: Vec<f64>,
    srid: i32,
    /// Only the shapes of the first standard, as it nests them, and not too deep.
    is_simple: bool,
}

impl SecondReading {
    fn of(mut bytes: &[u8]) -> Option<Self> {
        let mut reading = Self {
            numbers: Vec::new(),
            flat: Vec::new(),
            srid: 0,
            is_simple: true,
        };
        reading.geometry(&mut bytes, None, 0)?;
        bytes.is_empty().then_some(reading)
    }

    fn geometry(&mut self, bytes: &mut &[u8], whole: Option<u32>, depth: usize) -> Option<()> {
        let is_little = match bytes.split_off_first()? {
            0 => false,
            1 => true,
            _ => return None,
        };
        let kind = number(bytes, is_little)?;
        let (has_z, has_m) = (kind >> 31 == 1, kind >> 30 & 1 == 1);
        if kind >> 29 & 1 == 1 {
            let srid = number(bytes, is_little)?.cast_signed();
            self.srid = if whole.is_none() { srid } else { self.srid };
        }
        let shape = kind & 0x1FFF_FFFF;
        let fits = match whole {
            None | Some(7) => true,
            Some(whole) => (4..7).contains(&whole) && shape == whole - 3,
        };
        self.is_simple &= fits && (1..8).contains(&shape) && (shape != 7 || depth < 32);
        let position = (is_little, has_z, has_m);
        match shape {
            1 => self.positions(bytes, 1, position, true)?,
            2 | 8 => {
                let count = number(bytes, is_little)?;
                self.positions(bytes, count, position, false)?;
            }
            3 | 17 => {
                for _ in 0..number(bytes, is_little)? {
                    let count = number(bytes, is_little)?;
                    self.positions(bytes, count, position, false)?;
                }
            }
            4..=7 | 9..=12 | 15 | 16 => {
                for _ in 0..number(bytes, is_little)? {
                    self.geometry(bytes, Some(shape), depth + 1)?;
                }
            }
            _ => return None,
        }
        Some(())
    }

    /// A point without any number is empty.
    fn positions(
        &mut self,
        bytes: &mut &[u8],
        count: u32,
        (is_little, has_z, has_m): (bool, bool, bool),
        is_point: bool,
    ) -> Option<()> {
        for _ in 0..count {
            let mut position = Vec::new();
            for _ in 0..2 + usize::from(has_z) + usize::from(has_m) {
                let eight = bytes.split_off(..8)?.try_into().ok()?;
                position.push(match is_little {
                    true => f64::from_le_bytes(eight),
                    false => f64::from_be_bytes(eight),
                });
            }
            if !(is_point && position.iter().all(|number| number.is_nan())) {
                self.numbers.extend(&position);
                self.flat.extend(&position[..2 + usize::from(has_z)]);
            }
        }
        Some(())
    }
}

fn number(bytes: &mut &[u8], is_little: bool) -> Option<u32> {
    let four = bytes.split_off(..4)?.try_into().ok()?;
    Some(match is_little {
        true => u32::from_le_bytes(four),
        false => u32::from_be_bytes(four),
    })
}

/// Any text becomes JSON, however it is cut into pieces; one that PostgreSQL prints has the elements that a second reading
/// finds.
pub fn array(data: &[u8]) {
    let Ok(text) = str::from_utf8(data) else {
        return;
    };
    for scalar in SCALARS {
        let json = json(text, scalar);
        assert!(json.len() <= OUTPUT_FACTOR_MAX * (text.len() + 16));
        // A number may be larger than those that a `Value` holds.
        let IgnoredAny = serde_json::from_str(&json).expect("an array is JSON");
        let is_text = || serde_json::from_str::<String>(&json).is_ok_and(|read| read == text);
        assert!(json.starts_with('[') || is_text(), "{json}");
    }
    if let Some(elements) = read_array(text) {
        let canonical = written(&elements);
        assert_eq!(read_array(&canonical).as_ref(), Some(&elements));
        let value: Value = serde_json::from_str(&json(&canonical, Scalar::Text)).expect("JSON");
        assert_eq!(value, expected(&Element::Array(elements)), "{canonical}");
    }
}

fn json(text: &str, scalar: Scalar) -> String {
    let mut out = Vec::new();
    write(text, scalar, b',', &mut String::new(), &mut out).expect("memory takes it");
    let (mut literal, mut pieces) = (Literal::new(scalar, b',', String::new()), Vec::new());
    for piece in text.split_inclusive(|_| true) {
        literal.push(piece, &mut pieces).expect("memory takes it");
    }
    assert_eq!(literal.is_whole(), out.first() == Some(&b'['), "{text:?}");
    assert!(!literal.is_whole() || pieces == out, "{text:?}");
    String::from_utf8(out).expect("JSON is UTF-8")
}

fn expected(element: &Element) -> Value {
    match element {
        Element::Null => Value::Null,
        Element::Text(text) => Value::from(text.as_str()),
        Element::Array(elements) => elements.iter().map(expected).collect(),
    }
}
