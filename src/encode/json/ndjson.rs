//! NDJSON: one object per line, as in the objects shape of JSON.

use std::io;

use super::object::Object;
use crate::encode::Encoder;
use crate::encode::cell::nested_json::NestedJson;
use crate::encode::output::Output;
use crate::result::{Column, Row, Summary};

pub(in crate::encode) struct Ndjson {
    object: Object,
}

impl Ndjson {
    pub(in crate::encode) fn new() -> Self {
        Self {
            object: Object::new(NestedJson::on_one_line()),
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

    fn finish(&mut self, _: &Summary, out: &mut Output) -> io::Result<()> {
        out.add_replaced(self.object.replaced());
        Ok(())
    }
}
