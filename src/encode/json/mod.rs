//! JSON: the table shape, which has the facts of the result around the rows, and an array of objects.

pub(super) mod features;
pub(super) mod ndjson;
mod object;

use std::io;

use jiff::Timestamp;

use object::Object;

use super::cell::json_string::write_string;
use super::cell::json_value::Values;
use super::cell::nested_json::NestedJson;
use super::output::Output;
use super::{Caption, Encoder};
use crate::result::{Column, Row, Summary};

/// `{"title":…,"fields":[…],"types":[…],"type_names":[…],"values":[[…],…],…}`: first the keys that clients of Heroku
/// Dataclips know, in their order; then ours. Facts that are known only at the end of the run come last.
pub(super) struct Table {
    caption: Caption,
    cells: Values,
    is_first: bool,
}

/// `[{"a":1,"b":"x"},…]`
pub(super) struct Objects {
    object: Object,
    is_first: bool,
}

impl Table {
    pub(super) fn new(caption: Caption) -> Self {
        Self {
            caption,
            cells: Values::new(NestedJson::as_printed()),
            is_first: true,
        }
    }
}

impl Encoder for Table {
    fn begin(&mut self, columns: &[Column], out: &mut Output) -> io::Result<()> {
        self.cells.begin(columns);
        let out = out.buffer();
        let names: Vec<_> = columns.iter().map(|column| &column.name).collect();
        let types: Vec<_> = columns.iter().map(|column| column.type_oid).collect();
        let type_names: Vec<_> = columns.iter().map(|column| &column.type_name).collect();
        out.extend_from_slice(b"{\"title\":");
        write_string(&self.caption.title, out)?;
        out.extend_from_slice(b",\"fields\":");
        serde_json::to_writer(&mut *out, &names)?;
        out.extend_from_slice(b",\"types\":");
        serde_json::to_writer(&mut *out, &types)?;
        out.extend_from_slice(b",\"type_names\":");
        serde_json::to_writer(&mut *out, &type_names)?;
        out.extend_from_slice(b",\"values\":[");
        Ok(())
    }

    fn row(&mut self, row: Row<'_>, out: &mut Output) -> io::Result<()> {
        separate(&mut self.is_first, out.buffer());
        out.buffer().push(b'[');
        row.cells(|index, cell| {
            if index > 0 {
                out.buffer().push(b',');
            }
            self.cells.write(index, cell, out)
        })?;
        out.buffer().push(b']');
        Ok(())
    }

    fn finish(&mut self, summary: &Summary, out: &mut Output) -> io::Result<()> {
        let out = out.buffer();
        let facts = format!(
            r#"],"started_at":"{}","finished_at":"{}","checksum":"{}","version":{},"result":{},"rows":{},"truncated":{}"#,
            utc(summary.started_at),
            utc(summary.finished_at),
            summary.checksum,
            number_or_null(self.caption.version),
            number_or_null(self.caption.version.map(|_| summary.number)),
            summary.rows,
            summary.truncated.is_some(),
        );
        out.extend_from_slice(facts.as_bytes());
        if let Some(cut) = summary.truncated {
            out.extend_from_slice(format!(r#","truncated_by":"{}""#, cut.as_str()).as_bytes());
        }
        out.extend_from_slice(b"}\n");
        Ok(())
    }
}

fn number_or_null(number: Option<u32>) -> String {
    number.map_or_else(|| "null".to_owned(), |number| number.to_string())
}

impl Objects {
    pub(super) fn new() -> Self {
        Self {
            object: Object::new(NestedJson::as_printed()),
            is_first: true,
        }
    }
}

impl Encoder for Objects {
    fn begin(&mut self, columns: &[Column], out: &mut Output) -> io::Result<()> {
        self.object.begin(columns)?;
        out.buffer().push(b'[');
        Ok(())
    }

    fn row(&mut self, row: Row<'_>, out: &mut Output) -> io::Result<()> {
        separate(&mut self.is_first, out.buffer());
        self.object.write(row, out)
    }

    fn finish(&mut self, _: &Summary, out: &mut Output) -> io::Result<()> {
        out.buffer().extend_from_slice(b"]\n");
        Ok(())
    }
}

/// Writes a comma before every row but the first.
fn separate(is_first: &mut bool, out: &mut Vec<u8>) {
    if !std::mem::replace(is_first, false) {
        out.push(b',');
    }
}

/// With PostgreSQL's precision, microseconds, so that a result is encoded the same before and after it was stored.
fn utc(timestamp: Timestamp) -> String {
    format!("{timestamp:.6}")
}
