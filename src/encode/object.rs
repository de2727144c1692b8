//! A row as a JSON object, for the objects shape of JSON and for NDJSON.

use std::io;

use super::cell::json_scalar::write_string;
use super::cell::json_value::write_cell;
use super::cell::value::Kind;
use crate::result::{Column, Row, unique_names};

pub(super) struct Object {
    /// `{"a":` for the first column, `,"b":` for the others.
    keys: Vec<Vec<u8>>,
    kinds: Vec<Kind>,
    scratch: String,
}

impl Object {
    pub(super) fn new() -> Self {
        Self {
            keys: Vec::new(),
            kinds: Vec::new(),
            scratch: String::new(),
        }
    }

    pub(super) fn begin(&mut self, columns: &[Column]) -> io::Result<()> {
        self.kinds = Kind::all(columns);
        // An object needs unique keys.
        for (index, name) in unique_names(columns).iter().enumerate() {
            let mut key = vec![if index == 0 { b'{' } else { b',' }];
            write_string(name, &mut key)?;
            key.push(b':');
            self.keys.push(key);
        }
        Ok(())
    }

    pub(super) fn write(&mut self, row: Row<'_>, out: &mut Vec<u8>) -> io::Result<()> {
        for ((cell, kind), key) in row.cells().zip(&self.kinds).zip(&self.keys) {
            out.extend_from_slice(key);
            write_cell(cell, *kind, &mut self.scratch, out)?;
        }
        out.push(b'}');
        Ok(())
    }
}
