//! A row as a JSON object, for the objects shape of JSON, for NDJSON, and for the properties of GeoJSON.

use std::io;

use crate::encode::cell::json_string::write_string;
use crate::encode::cell::json_value::Values;
use crate::encode::cell::nested_json::NestedJson;
use crate::encode::output::Output;
use crate::result::{Column, Row, unique_names};

pub(super) struct Object {
    /// `"a":` for the first column, `,"b":` for the others. `None` for the one that is left out.
    keys: Vec<Option<Vec<u8>>>,
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
        self.begin_without(None, columns)
    }

    /// The column with this index is no part of the object.
    pub(super) fn begin_without(
        &mut self,
        left_out: Option<usize>,
        columns: &[Column],
    ) -> io::Result<()> {
        self.cells.begin(columns);
        let mut is_first = true;
        // An object needs unique keys.
        for (index, name) in unique_names(columns).iter().enumerate() {
            if left_out == Some(index) {
                self.keys.push(None);
                continue;
            }
            let mut key = Vec::new();
            if !std::mem::replace(&mut is_first, false) {
                key.push(b',');
            }
            write_string(name, &mut key)?;
            key.push(b':');
            self.keys.push(Some(key));
        }
        Ok(())
    }

    /// Characters that were replaced in the rows so far.
    pub(super) fn replaced(&self) -> u64 {
        self.cells.replaced()
    }

    pub(super) fn write(&mut self, row: Row<'_>, out: &mut Output) -> io::Result<()> {
        out.buffer().push(b'{');
        row.cells(|index, cell| {
            let Some(key) = &self.keys[index] else {
                return Ok(());
            };
            out.buffer().extend_from_slice(key);
            self.cells.write(index, cell, out)
        })?;
        out.buffer().push(b'}');
        Ok(())
    }
}
