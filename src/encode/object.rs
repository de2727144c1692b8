//! A row as a JSON object, for the objects shape of JSON and for NDJSON.

use std::io;

use super::cell::json_string::write_string;
use super::cell::json_value::Values;
use super::cell::nested_json::NestedJson;
use super::output::Output;
use crate::result::{Column, Row, unique_names};

pub(super) struct Object {
    /// `{"a":` for the first column, `,"b":` for the others.
    keys: Vec<Vec<u8>>,
    cells: Values,
}

impl Object {
    pub(super) fn new(nested: NestedJson) -> Self {
        Self {
            keys: Vec::new(),
            cells: Values::new(nested),
        }
    }

    pub(super) fn begin(&mut self, columns: &[Column]) -> io::Result<()> {
        self.cells.begin(columns);
        // An object needs unique keys.
        for (index, name) in unique_names(columns).iter().enumerate() {
            let mut key = vec![if index == 0 { b'{' } else { b',' }];
            write_string(name, &mut key)?;
            key.push(b':');
            self.keys.push(key);
        }
        Ok(())
    }

    /// Characters that were replaced in the rows so far.
    pub(super) fn replaced(&self) -> u64 {
        self.cells.replaced()
    }

    pub(super) fn write(&mut self, row: Row<'_>, out: &mut Output) -> io::Result<()> {
        row.cells(|index, cell| {
            out.buffer().extend_from_slice(&self.keys[index]);
            self.cells.write(index, cell, out)
        })?;
        out.buffer().push(b'}');
        Ok(())
    }
}
