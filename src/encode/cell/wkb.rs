//! Geometries as well-known binary (OGC 06-103r4, section 8), as PostGIS' `ST_AsBinary` writes them: without the number of
//! the reference system.

use super::conversion::Conversion;
use super::ewkb::{Ewkb, Part, Shape, Syntax};

const LITTLE_ENDIAN: u8 = 1;
const Z: u32 = 1_000;
const M: u32 = 2_000;

struct Wkb;

/// Appends the geometry. If it returns false, what was appended is of no use.
pub(in crate::encode) fn write_wkb(text: &str, out: &mut Vec<u8>) -> bool {
    let mut ewkb = Ewkb::new(Wkb);
    ewkb.push(text, out).is_ok() && ewkb.finish(out)
}

impl Syntax for Wkb {
    fn open(&mut self, part: &Part, _: bool, out: &mut Vec<u8>) -> bool {
        if let Some(number) = part.shape.number() {
            let z = if part.has_z { Z } else { 0 };
            let m = if part.has_m { M } else { 0 };
            out.push(LITTLE_ENDIAN);
            out.extend_from_slice(&(number + z + m).to_le_bytes());
        }
        if part.shape != Shape::Point {
            out.extend_from_slice(&part.count().to_le_bytes());
        } else if part.is_empty {
            for _ in 0..part.dimensions() {
                out.extend_from_slice(&f64::NAN.to_le_bytes());
            }
        }
        true
    }

    fn position(&mut self, numbers: &[f64], _: bool, _: &Part, out: &mut Vec<u8>) -> bool {
        for number in numbers {
            out.extend_from_slice(&number.to_le_bytes());
        }
        true
    }

    fn close(&mut self, _: &Part, _: &mut Vec<u8>) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wkb(ewkb: &str) -> Option<String> {
        let mut out = Vec::new();
        let is_read = write_wkb(&ewkb.to_uppercase(), &mut out);
        is_read.then(|| out.iter().map(|byte| format!("{byte:02x}")).collect())
    }

    #[test]
    fn the_reference_system_is_left_out_and_dimensions_are_numbered() {
        let one = "000000000000f03f";
        let nan = "000000000000f87f";
        for (ewkb, expected) in [
            (
                format!("0101000020e6100000{one}{one}"),
                format!("0101000000{one}{one}"),
            ),
            (
                format!("0101000000{nan}{nan}"),
                format!("0101000000{nan}{nan}"),
            ),
            (
                format!("0101000080{one}{one}{one}"),
                format!("01e9030000{one}{one}{one}"),
            ),
            (
                format!("0101000040{one}{one}{one}"),
                format!("01d1070000{one}{one}{one}"),
            ),
            (
                format!("01010000c0{one}{one}{one}{one}"),
                format!("01b90b0000{one}{one}{one}{one}"),
            ),
            // Big-endian.
            (
                "00000000013ff00000000000003ff0000000000000".to_owned(),
                format!("0101000000{one}{one}"),
            ),
            (
                "010300000000000000".to_owned(),
                "010300000000000000".to_owned(),
            ),
            (
                format!("0103000020e61000000100000001000000{one}{one}"),
                format!("01030000000100000001000000{one}{one}"),
            ),
            (
                format!("01040000a0e6100000010000000101000080{one}{one}{one}"),
                format!("01ec0300000100000001e9030000{one}{one}{one}"),
            ),
        ] {
            assert_eq!(wkb(&ewkb), Some(expected), "{ewkb}");
        }
        for text in [
            "",
            "01",
            "0101000000",
            "zz",
            &format!("0163000000{one}{one}"),
        ] {
            assert_eq!(wkb(text), None, "{text}");
        }
    }
}
