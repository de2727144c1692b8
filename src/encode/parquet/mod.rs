//! A Parquet file: columns with types, for data frames. Equal results give equal bytes.
//!
//! A column has the type that `mapping` says if all its values have the form in which PostgreSQL prints that type; otherwise it
//! is text. Rows are encoded as they arrive, and once more in the rare case that a column turns out to be text.

mod column;
mod elements;
mod facts;
mod mapping;
mod names;
mod reading;
mod values;

use std::io;
use std::mem;
use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_schema::{DataType, Schema, SchemaRef};
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_writer::ArrowWriterOptions;
use parquet::basic::{Compression, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::properties::{EnabledStatistics, WriterProperties, WriterPropertiesBuilder};
use parquet::schema::types::ColumnPath;

use super::output::Output;
use super::{Caption, Encoder};
use crate::result::{Cell, Column, Row, Summary};
use column::ColumnBuilder;
use mapping::Form;

/// Text that is encoded together.
const BATCH_BYTES: usize = 256 << 10;
/// Text of a row group, which is in memory until it is complete; a longer row has its own.
const ROW_GROUP_BYTES: usize = 8 << 20;
/// Text of a row, all of which is in memory several times.
const ROW_BYTES_MAX: usize = 16 << 20;
/// The library takes 72 kB for each column's dictionary, however small. Files with more columns than this have no dictionaries.
const DICTIONARIES_MAX: usize = 64;
/// A column with more different values has none: its dictionary would take a megabyte, and save nothing.
const DICTIONARY_BYTES: usize = 64 << 10;
const ZSTD_LEVEL: i32 = 1;
/// Other programs read this to work around the errors of certain writers. Not our release, with which the bytes would change.
const CREATED_BY: &str = "dataclips version 1";

pub(super) struct Parquet {
    caption: Caption,
    /// One for each column; empty until the rows begin.
    forms: Vec<Form>,
    names: Vec<String>,
    columns: Vec<ColumnBuilder>,
    rows: Option<RowsWriter>,
    /// Rows that the columns have and the writer has not got yet.
    batch: Part,
    /// A text that comes in pieces.
    scratch: String,
    /// The number of the row that came last.
    row: u64,
}

/// Encodes batches of rows.
struct RowsWriter {
    schema: SchemaRef,
    writer: ArrowWriter<Vec<u8>>,
    /// Text of the row group that is not complete.
    group_bytes: usize,
}

/// Some of the rows.
#[derive(Default)]
struct Part {
    rows: usize,
    /// Of text, and one for each cell.
    bytes: usize,
}

impl Parquet {
    pub(super) fn new(caption: Caption) -> Self {
        Self::with_forms(caption, Vec::new())
    }

    fn with_forms(caption: Caption, forms: Vec<Form>) -> Self {
        Self {
            caption,
            forms,
            names: Vec::new(),
            columns: Vec::new(),
            rows: None,
            batch: Part::default(),
            scratch: String::new(),
            row: 0,
        }
    }

    fn fits(&self) -> bool {
        self.columns.iter().all(|column| column.fits)
    }

    /// Gives the columns' values to the writer. Once one of them has to be text, they are only looked at.
    fn end_batch(&mut self, out: &mut Output) -> io::Result<()> {
        let batch = mem::take(&mut self.batch);
        let arrays = self.columns.iter_mut().map(ColumnBuilder::finish);
        let arrays = arrays.collect::<Result<Vec<_>, _>>();
        let arrays = arrays.map_err(io::Error::other)?;
        if batch.rows == 0 || !self.fits() {
            return Ok(());
        }
        let Some(rows) = &mut self.rows else {
            return Ok(());
        };
        let record = RecordBatch::try_new(rows.schema.clone(), arrays).map_err(io::Error::other)?;
        rows.write(&record, batch.bytes).map_err(io::Error::from)?;
        rows.pass_on(out)
    }
}

impl Encoder for Parquet {
    fn begin(&mut self, columns: &[Column], _: &mut Output) -> io::Result<()> {
        if self.forms.is_empty() {
            self.forms = columns.iter().map(Form::from_column).collect();
        }
        self.names = names::unique(columns);
        let fields = self.forms.iter().zip(&self.names);
        let fields = fields.map(|(form, name)| form.field(name));
        let schema = Arc::new(Schema::new(fields.collect::<Vec<_>>()));
        self.columns = self.forms.iter().copied().map(ColumnBuilder::new).collect();
        self.rows = Some(RowsWriter::new(schema)?);
        Ok(())
    }

    fn row(&mut self, row: Row<'_>, out: &mut Output) -> io::Result<()> {
        let Self {
            columns, scratch, ..
        } = self;
        let mut bytes = 0;
        self.row += 1;
        let number = self.row;
        row.cells(|index, cell| {
            let column = &mut columns[index];
            bytes += 1;
            match cell {
                Cell::Null => column.append_null(),
                Cell::Text(text) => {
                    bytes += text.len();
                    within_row(bytes, number)?;
                    column.append(text);
                }
                Cell::Long(_) => {
                    scratch.clear();
                    cell.pieces(|piece| {
                        bytes += piece.len();
                        within_row(bytes, number)?;
                        scratch.push_str(piece);
                        Ok(())
                    })?;
                    column.append(scratch);
                    scratch.shrink_to(BATCH_BYTES);
                }
            }
            Ok(())
        })?;
        self.batch.rows += 1;
        self.batch.bytes += bytes;
        match self.batch.bytes < BATCH_BYTES {
            true => Ok(()),
            false => self.end_batch(out),
        }
    }

    fn again(&mut self) -> Option<Box<dyn Encoder>> {
        if self.fits() {
            return None;
        }
        let forms = self.forms.iter().zip(&self.columns);
        let forms = forms.map(|(form, column)| match column.fits {
            true => *form,
            false => Form::TEXT,
        });
        let again = Self::with_forms(self.caption.clone(), forms.collect());
        Some(Box::new(again))
    }

    fn finish(&mut self, summary: &Summary, out: &mut Output) -> io::Result<()> {
        self.end_batch(out)?;
        let replaced = self.names.iter().zip(&self.columns);
        let replaced = replaced.map(|(name, column)| (name.clone(), column.replaced));
        let replaced: Vec<_> = replaced.filter(|(_, count)| *count > 0).collect();
        out.add_replaced(replaced.iter().map(|(_, count)| count).sum());
        let Some(mut rows) = self.rows.take() else {
            return Ok(());
        };
        for fact in facts::facts(&self.caption, summary, &replaced) {
            rows.writer.append_key_value_metadata(fact);
        }
        rows.writer.finish()?;
        rows.pass_on(out)
    }
}

impl RowsWriter {
    fn new(schema: SchemaRef) -> io::Result<Self> {
        let properties = without_statistics_of_floats(&schema)
            .set_created_by(CREATED_BY.to_owned())
            .set_compression(Compression::ZSTD(ZstdLevel::try_new(ZSTD_LEVEL)?))
            .set_dictionary_enabled(schema.fields().len() <= DICTIONARIES_MAX)
            .set_dictionary_page_size_limit(DICTIONARY_BYTES)
            .set_statistics_enabled(EnabledStatistics::Chunk)
            .set_offset_index_disabled(true)
            // Row groups end by bytes.
            .set_max_row_group_row_count(None)
            // Several pages of each column would keep compressed ones, and a compressor, in memory for each.
            .set_data_page_row_count_limit(usize::MAX)
            .build();
        // R's arrow cannot read UUID columns of a file that also has Arrow's own schema; Parquet's schema says the same of our types.
        let options = ArrowWriterOptions::new()
            .with_properties(properties)
            .with_skip_arrow_metadata(true);
        let writer = ArrowWriter::try_new_with_options(Vec::new(), schema.clone(), options)?;
        Ok(Self {
            schema,
            writer,
            group_bytes: 0,
        })
    }

    fn write(&mut self, batch: &RecordBatch, bytes: usize) -> Result<(), ParquetError> {
        if self.group_bytes > 0 && self.group_bytes + bytes > ROW_GROUP_BYTES {
            self.writer.flush()?;
            self.group_bytes = 0;
        }
        self.group_bytes += bytes;
        self.writer.write(batch)
    }

    fn pass_on(&mut self, out: &mut Output) -> io::Result<()> {
        self.writer.sync()?;
        out.buffer().append(self.writer.inner_mut());
        out.pass_on()
    }
}

/// Readers skip row groups by the least and the greatest value, which leave out NaN. PostgreSQL, DuckDB and others hold NaN for greater
/// than all numbers: they would miss it.
fn without_statistics_of_floats(schema: &Schema) -> WriterPropertiesBuilder {
    let mut properties = WriterProperties::builder();
    for field in schema.fields() {
        let name = field.name().clone();
        let (of, path) = match field.data_type() {
            DataType::List(element) => {
                let path = vec![name, "list".to_owned(), element.name().clone()];
                (element.data_type(), path)
            }
            of => (of, vec![name]),
        };
        if of.is_floating() {
            let path = ColumnPath::new(path);
            properties = properties.set_column_statistics_enabled(path, EnabledStatistics::None);
        }
    }
    properties
}

fn within_row(bytes: usize, number: u64) -> io::Result<()> {
    if bytes <= ROW_BYTES_MAX {
        return Ok(());
    }
    let sentence = format!(
        "Row {number}: a row of a Parquet file can have at most 16 MiB of text, as PostgreSQL prints it. Select less of it, or download CSV or JSON."
    );
    Err(io::Error::new(io::ErrorKind::FileTooLarge, sentence))
}
