//! Values of one type, one after another, until they become a part of a column.

use std::str::FromStr;
use std::sync::Arc;

use arrow_array::ArrayRef;
use arrow_array::builder::{
    BinaryBuilder, BooleanBuilder, FixedSizeBinaryBuilder, PrimitiveBuilder, StringBuilder,
};
use arrow_array::types::{
    ArrowPrimitiveType, Date32Type, Decimal128Type, Float32Type, Float64Type, Int16Type, Int32Type,
    Int64Type, Time64MicrosecondType, TimestampMicrosecondType, UInt32Type, UInt64Type,
};

use super::mapping::{Leaf, UUID_BYTES};
use super::reading::{self, Read};
use crate::encode::cell::value::{Scalar, boolean};
use crate::encode::cell::wkb::write_wkb;

/// What became of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fit {
    Value,
    /// NULL is in its place.
    Replaced,
    /// It does not have the form of its type, and NULL is in its place: the column has to become text.
    Other,
}

pub(super) struct Values {
    leaf: Leaf,
    builder: Builder,
    /// The bytes of one value.
    scratch: Vec<u8>,
}

enum Builder {
    Boolean(BooleanBuilder),
    Int16(PrimitiveBuilder<Int16Type>),
    Int32(PrimitiveBuilder<Int32Type>),
    Int64(PrimitiveBuilder<Int64Type>),
    UInt32(PrimitiveBuilder<UInt32Type>),
    UInt64(PrimitiveBuilder<UInt64Type>),
    Float32(PrimitiveBuilder<Float32Type>),
    Float64(PrimitiveBuilder<Float64Type>),
    Decimal(PrimitiveBuilder<Decimal128Type>),
    Date(PrimitiveBuilder<Date32Type>),
    Time(PrimitiveBuilder<Time64MicrosecondType>),
    Timestamp(PrimitiveBuilder<TimestampMicrosecondType>),
    Uuid(FixedSizeBinaryBuilder),
    Bytes(BinaryBuilder),
    Text(StringBuilder),
}

impl Values {
    pub(super) fn new(leaf: Leaf) -> Self {
        Self {
            leaf,
            builder: Builder::new(leaf),
            scratch: Vec::new(),
        }
    }

    pub(super) fn append(&mut self, text: &str) -> Fit {
        match &mut self.builder {
            Builder::Boolean(builder) => {
                let read = boolean(text);
                builder.append_option(read);
                fit(read)
            }
            Builder::Int16(builder) => append(builder, parsed(text)),
            Builder::Int32(builder) => append(builder, parsed(text)),
            Builder::Int64(builder) => append(builder, parsed(text)),
            Builder::UInt32(builder) => append(builder, parsed(text)),
            Builder::UInt64(builder) => append(builder, parsed(text)),
            Builder::Float32(builder) => append(builder, parsed(text)),
            Builder::Float64(builder) => append(builder, parsed(text)),
            Builder::Decimal(builder) => {
                let Leaf::Decimal { precision, scale } = self.leaf else {
                    return append(builder, Read::Other);
                };
                append(builder, reading::decimal(text, precision, scale))
            }
            Builder::Date(builder) => append(builder, reading::date(text)),
            Builder::Time(builder) => append(builder, reading::time(text)),
            Builder::Timestamp(builder) => {
                let scalar = match self.leaf == Leaf::Timestamptz {
                    true => Scalar::Timestamptz,
                    false => Scalar::Timestamp,
                };
                append(builder, reading::timestamp(text, scalar))
            }
            Builder::Uuid(builder) => {
                let read = reading::uuid(text);
                // Only a value of another length is refused.
                match read.map(|bytes| builder.append_value(bytes)) {
                    Some(Ok(())) => Fit::Value,
                    Some(Err(_)) | None => {
                        builder.append_null();
                        Fit::Other
                    }
                }
            }
            Builder::Bytes(builder) => {
                self.scratch.clear();
                let is_read = match self.leaf == Leaf::Geometry {
                    true => write_wkb(text, &mut self.scratch),
                    false => reading::bytes(text, &mut self.scratch),
                };
                let read = is_read.then_some(&self.scratch);
                builder.append_option(read);
                fit(read)
            }
            Builder::Text(builder) => {
                builder.append_value(text);
                Fit::Value
            }
        }
    }

    pub(super) fn append_null(&mut self) {
        match &mut self.builder {
            Builder::Boolean(builder) => builder.append_null(),
            Builder::Int16(builder) => builder.append_null(),
            Builder::Int32(builder) => builder.append_null(),
            Builder::Int64(builder) => builder.append_null(),
            Builder::UInt32(builder) => builder.append_null(),
            Builder::UInt64(builder) => builder.append_null(),
            Builder::Float32(builder) => builder.append_null(),
            Builder::Float64(builder) => builder.append_null(),
            Builder::Decimal(builder) => builder.append_null(),
            Builder::Date(builder) => builder.append_null(),
            Builder::Time(builder) => builder.append_null(),
            Builder::Timestamp(builder) => builder.append_null(),
            Builder::Uuid(builder) => builder.append_null(),
            Builder::Bytes(builder) => builder.append_null(),
            Builder::Text(builder) => builder.append_null(),
        }
    }

    /// Returns the values so far, and begins anew.
    pub(super) fn finish(&mut self) -> ArrayRef {
        match &mut self.builder {
            Builder::Boolean(builder) => Arc::new(builder.finish()),
            Builder::Int16(builder) => Arc::new(builder.finish()),
            Builder::Int32(builder) => Arc::new(builder.finish()),
            Builder::Int64(builder) => Arc::new(builder.finish()),
            Builder::UInt32(builder) => Arc::new(builder.finish()),
            Builder::UInt64(builder) => Arc::new(builder.finish()),
            Builder::Float32(builder) => Arc::new(builder.finish()),
            Builder::Float64(builder) => Arc::new(builder.finish()),
            Builder::Decimal(builder) => Arc::new(builder.finish()),
            Builder::Date(builder) => Arc::new(builder.finish()),
            Builder::Time(builder) => Arc::new(builder.finish()),
            Builder::Timestamp(builder) => Arc::new(builder.finish()),
            Builder::Uuid(builder) => Arc::new(builder.finish()),
            Builder::Bytes(builder) => Arc::new(builder.finish()),
            Builder::Text(builder) => Arc::new(builder.finish()),
        }
    }
}

impl Builder {
    /// Without room: most results have few rows, and some have many columns.
    fn new(leaf: Leaf) -> Self {
        match leaf {
            Leaf::Boolean => Self::Boolean(BooleanBuilder::with_capacity(0)),
            Leaf::Int16 => Self::Int16(empty(leaf)),
            Leaf::Int32 => Self::Int32(empty(leaf)),
            Leaf::Int64 => Self::Int64(empty(leaf)),
            Leaf::UInt32 => Self::UInt32(empty(leaf)),
            Leaf::UInt64 => Self::UInt64(empty(leaf)),
            Leaf::Float32 => Self::Float32(empty(leaf)),
            Leaf::Float64 => Self::Float64(empty(leaf)),
            Leaf::Decimal { .. } => Self::Decimal(empty(leaf)),
            Leaf::Date => Self::Date(empty(leaf)),
            Leaf::Time => Self::Time(empty(leaf)),
            Leaf::Timestamp | Leaf::Timestamptz => Self::Timestamp(empty(leaf)),
            Leaf::Uuid => Self::Uuid(FixedSizeBinaryBuilder::with_capacity(0, UUID_BYTES)),
            Leaf::Bytes | Leaf::Geometry => Self::Bytes(BinaryBuilder::with_capacity(0, 0)),
            Leaf::Text => Self::Text(StringBuilder::with_capacity(0, 0)),
        }
    }
}

fn empty<T: ArrowPrimitiveType>(leaf: Leaf) -> PrimitiveBuilder<T> {
    PrimitiveBuilder::with_capacity(0).with_data_type(leaf.data_type())
}

fn parsed<T: FromStr>(text: &str) -> Read<T> {
    Read::from_option(text.parse().ok())
}

fn append<T: ArrowPrimitiveType>(builder: &mut PrimitiveBuilder<T>, read: Read<T::Native>) -> Fit {
    match read {
        Read::Value(value) => {
            builder.append_value(value);
            Fit::Value
        }
        Read::Beyond => {
            builder.append_null();
            Fit::Replaced
        }
        Read::Other => {
            builder.append_null();
            Fit::Other
        }
    }
}

fn fit<T>(read: Option<T>) -> Fit {
    match read {
        Some(_) => Fit::Value,
        None => Fit::Other,
    }
}
