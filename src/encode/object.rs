//! A row as a JSON object, as the objects shape of JSON and each line of NDJSON have it.

use std::collections::HashSet;
use std::io;

use super::json_value::{write_cell, write_string};
use super::value::Kind;
use crate::result::{Column, Row};

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

/// An object needs each key once: a name seen before becomes `name_2`, `name_3`, …, whichever no column has.
fn unique_names(columns: &[Column]) -> Vec<String> {
    let mut taken: HashSet<String> = columns.iter().map(|column| column.name.clone()).collect();
    let mut seen = HashSet::new();
    columns
        .iter()
        .map(|column| {
            if seen.insert(&column.name) {
                return column.name.clone();
            }
            (2_u32..)
                .map(|number| format!("{}_{number}", column.name))
                .find(|name| taken.insert(name.clone()))
                .unwrap_or_default()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repeated_names_are_numbered_past_those_that_exist() {
        for (names, expected) in [
            (vec!["a", "b"], vec!["a", "b"]),
            (vec!["a", "a", "a"], vec!["a", "a_2", "a_3"]),
            (vec!["a", "a", "a_2"], vec!["a", "a_3", "a_2"]),
            (
                vec!["a_2", "a", "a", "a_2"],
                vec!["a_2", "a", "a_3", "a_2_2"],
            ),
            (vec!["?column?", "?column?"], vec!["?column?", "?column?_2"]),
        ] {
            let columns: Vec<_> = names
                .iter()
                .map(|name| Column {
                    name: (*name).to_owned(),
                    type_oid: 25,
                    type_name: "text".to_owned(),
                    element_oid: None,
                })
                .collect();
            assert_eq!(unique_names(&columns), expected);
        }
    }
}
