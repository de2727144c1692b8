//! NDJSON: one object per line, as in the objects shape of JSON.

use std::io;

use super::Encoder;
use super::cell::line_breaks::LineBreaks;
use super::object::Object;
use super::output::Output;
use crate::result::{Column, Row, Summary};

pub(super) struct Ndjson {
    object: Object,
}

impl Ndjson {
    pub(super) fn new() -> Self {
        Self {
            object: Object::new(LineBreaks::Spaces),
        }
    }
}

impl Encoder for Ndjson {
    fn begin(&mut self, columns: &[Column], _: &mut Output) -> io::Result<()> {
        self.object.begin(columns)
    }

    fn row(&mut self, row: Row<'_>, out: &mut Output) -> io::Result<()> {
        self.object.write(row, out)?;
        out.buffer().push(b'\n');
        Ok(())
    }

    fn finish(&mut self, _: &Summary, _: &mut Output) -> io::Result<()> {
        Ok(())
    }
}
