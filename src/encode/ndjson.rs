//! NDJSON: one object per line, as in the objects shape of JSON.

use std::io;

use super::Encoder;
use super::object::Object;
use crate::result::{Column, Row, Summary};

pub(super) struct Ndjson {
    object: Object,
}

impl Ndjson {
    pub(super) fn new() -> Self {
        Self {
            object: Object::new(),
        }
    }
}

impl Encoder for Ndjson {
    fn begin(&mut self, columns: &[Column], _: &mut Vec<u8>) -> io::Result<()> {
        self.object.begin(columns)
    }

    fn row(&mut self, row: Row<'_>, out: &mut Vec<u8>) -> io::Result<()> {
        let start = out.len();
        self.object.write(row, out)?;
        // Line breaks in JSON strings are escaped: any others are between the tokens of a json cell.
        for byte in &mut out[start..] {
            if matches!(byte, b'\n' | b'\r') {
                *byte = b' ';
            }
        }
        out.push(b'\n');
        Ok(())
    }

    fn finish(&mut self, _: &Summary, _: &mut Vec<u8>) -> io::Result<()> {
        Ok(())
    }
}
