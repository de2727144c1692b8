//! Reads a Parquet file, and prints its values so that PostgreSQL reads them.

use std::collections::HashMap;

use arrow_array::cast::AsArray;
use arrow_array::types::{
    Date32Type, Decimal128Type, Float32Type, Float64Type, Int16Type, Int32Type, Int64Type,
    Time64MicrosecondType, TimestampMicrosecondType, UInt32Type, UInt64Type,
};
use arrow_array::{Array, RecordBatch};
use arrow_schema::{DataType, Field};
use jiff::civil::{date, time};
use jiff::{SignedDuration, Timestamp, ToSpan};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

pub struct ParquetFile {
    pub columns: Vec<ParquetColumn>,
    /// Beside the rows.
    pub facts: HashMap<String, String>,
    pub rows: usize,
    pub row_groups: usize,
    pub created_by: String,
}

pub struct ParquetColumn {
    pub name: String,
    /// Such as `int32` or `list of text`.
    pub kind: String,
    pub values: Vec<Option<String>>,
}

impl ParquetFile {
    pub fn open(bytes: Vec<u8>) -> Self {
        let reader = ParquetRecordBatchReaderBuilder::try_new(bytes::Bytes::from(bytes)).unwrap();
        let schema = reader.schema().clone();
        let metadata = reader.metadata().clone();
        let batches: Vec<RecordBatch> = reader.build().unwrap().map(Result::unwrap).collect();
        let columns = schema.fields().iter().enumerate();
        let columns = columns.map(|(index, field)| ParquetColumn {
            name: field.name().clone(),
            kind: kind(field),
            values: batches
                .iter()
                .flat_map(|batch| texts(field, batch.column(index).as_ref()))
                .collect(),
        });
        let facts = metadata.file_metadata().key_value_metadata().unwrap();
        let facts = facts.iter();
        Self {
            columns: columns.collect(),
            facts: facts
                .map(|fact| (fact.key.clone(), fact.value.clone().unwrap()))
                .collect(),
            rows: batches.iter().map(RecordBatch::num_rows).sum(),
            row_groups: metadata.num_row_groups(),
            created_by: metadata.file_metadata().created_by().unwrap().to_owned(),
        }
    }
}

fn kind(field: &Field) -> String {
    match field.data_type() {
        DataType::Boolean => "boolean",
        DataType::Int16 => "int16",
        DataType::Int32 => "int32",
        DataType::Int64 => "int64",
        DataType::UInt32 => "uint32",
        DataType::UInt64 => "uint64",
        DataType::Float32 => "float",
        DataType::Float64 => "double",
        DataType::Date32 => "date",
        DataType::Time64(_) => "time",
        DataType::Timestamp(_, None) => "timestamp",
        DataType::Timestamp(_, Some(zone)) => return format!("timestamp in {zone}"),
        DataType::Decimal128(precision, scale) => return format!("decimal({precision}, {scale})"),
        DataType::FixedSizeBinary(16) if field.extension_type_name() == Some("arrow.uuid") => {
            "uuid"
        }
        DataType::Binary => "binary",
        DataType::Utf8 => "text",
        DataType::List(element) => return format!("list of {}", kind(element)),
        other => panic!("{other}"),
    }
    .to_owned()
}

fn texts(field: &Field, array: &dyn Array) -> Vec<Option<String>> {
    let rows = 0..array.len();
    let rows = rows.map(|row| array.is_valid(row).then(|| text(field, array, row)));
    rows.collect()
}

fn text(field: &Field, array: &dyn Array, row: usize) -> String {
    match field.data_type() {
        DataType::Boolean => if array.as_boolean().value(row) {
            "t"
        } else {
            "f"
        }
        .to_owned(),
        DataType::Int16 => array.as_primitive::<Int16Type>().value(row).to_string(),
        DataType::Int32 => array.as_primitive::<Int32Type>().value(row).to_string(),
        DataType::Int64 => array.as_primitive::<Int64Type>().value(row).to_string(),
        DataType::UInt32 => array.as_primitive::<UInt32Type>().value(row).to_string(),
        DataType::UInt64 => array.as_primitive::<UInt64Type>().value(row).to_string(),
        DataType::Float32 => format!("{:e}", array.as_primitive::<Float32Type>().value(row)),
        DataType::Float64 => format!("{:e}", array.as_primitive::<Float64Type>().value(row)),
        DataType::Decimal128(..) => array.as_primitive::<Decimal128Type>().value_as_string(row),
        DataType::Date32 => {
            let days = array.as_primitive::<Date32Type>().value(row);
            (date(1970, 1, 1) + days.days()).to_string()
        }
        DataType::Time64(_) => {
            let microseconds = array.as_primitive::<Time64MicrosecondType>().value(row);
            let since_midnight = SignedDuration::from_micros(microseconds);
            (time(0, 0, 0, 0) + since_midnight).to_string()
        }
        DataType::Timestamp(_, zone) => {
            let microseconds = array.as_primitive::<TimestampMicrosecondType>().value(row);
            let instant = Timestamp::from_microsecond(microseconds).unwrap();
            let printed = instant.to_string().replace('T', " ");
            let zone = zone.as_ref().map_or("", |_| "+00");
            format!("{}{zone}", printed.trim_end_matches('Z'))
        }
        DataType::FixedSizeBinary(_) => {
            let digits = hex(array.as_fixed_size_binary().value(row));
            let parts = [0..8, 8..12, 12..16, 16..20, 20..32].map(|part| &digits[part]);
            parts.join("-")
        }
        DataType::Binary => format!("\\x{}", hex(array.as_binary::<i32>().value(row))),
        DataType::Utf8 => array.as_string::<i32>().value(row).to_owned(),
        DataType::List(element) => {
            literal(&texts(element, array.as_list::<i32>().value(row).as_ref()))
        }
        other => panic!("{other}"),
    }
}

/// An array of PostgreSQL's, with quotes around each element.
fn literal(elements: &[Option<String>]) -> String {
    let elements = elements.iter().map(|element| match element {
        None => "NULL".to_owned(),
        Some(text) => format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"")),
    });
    format!("{{{}}}", elements.collect::<Vec<_>>().join(","))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
