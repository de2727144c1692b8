//! What a column of PostgreSQL is in a Parquet file.
//!
//! Only types on which common readers agree. What some of them misread without an error, or refuse, such as decimals of 256 bits,
//! intervals or JSON, is text as PostgreSQL prints it.

use std::sync::Arc;

use arrow_schema::extension::Uuid;
use arrow_schema::{DataType, Field, TimeUnit};

use crate::encode::cell::value::{Kind, Scalar};
use crate::result::Column;

/// The digits that 128 bits hold.
const PRECISION_MAX: i32 = 38;
/// PostgreSQL's own length word, which a type modifier counts (`VARHDRSZ`).
const MODIFIER_START: i32 = 4;
pub(super) const UUID_BYTES: i32 = 16;
const UTC: &str = "UTC";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    One(Leaf),
    List {
        element: Leaf,
        /// Between elements in PostgreSQL's literal.
        delimiter: u8,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Leaf {
    Boolean,
    Int16,
    Int32,
    Int64,
    UInt32,
    UInt64,
    Float32,
    Float64,
    Decimal { precision: u8, scale: i8 },
    Date,
    Time,
    Timestamp,
    Timestamptz,
    Uuid,
    Bytes,
    Geometry,
    Text,
}

impl Form {
    pub(super) const TEXT: Self = Self::One(Leaf::Text);

    pub(super) fn from_column(column: &Column) -> Self {
        let modifier = column.type_modifier;
        match Kind::from_column(column) {
            Kind::Scalar(scalar) => Self::One(Leaf::new(column.type_oid, modifier, scalar)),
            Kind::Array { element, delimiter } => {
                let oid = column.element_oid.unwrap_or_default();
                let element = match Leaf::new(oid, modifier, element) {
                    // With a list of them, pandas refuses the whole file.
                    Leaf::Uuid => Leaf::Text,
                    element => element,
                };
                Self::List { element, delimiter }
            }
        }
    }

    pub(super) fn field(self, name: &str) -> Field {
        match self {
            Self::One(leaf) => leaf.field(name),
            Self::List { element, .. } => {
                Field::new(name, DataType::List(Arc::new(element.element())), true)
            }
        }
    }
}

impl Leaf {
    /// OIDs from PostgreSQL's `pg_type.dat`.
    fn new(type_oid: u32, modifier: Option<i32>, scalar: Scalar) -> Self {
        match type_oid {
            16 => Self::Boolean,
            17 => Self::Bytes,
            20 => Self::Int64,
            21 => Self::Int16,
            23 => Self::Int32,
            26 => Self::UInt32,
            700 => Self::Float32,
            701 => Self::Float64,
            1082 => Self::Date,
            1083 => Self::Time,
            1114 => Self::Timestamp,
            1184 => Self::Timestamptz,
            1700 => modifier.map_or(Self::Text, Self::decimal),
            2950 => Self::Uuid,
            5069 => Self::UInt64,
            _ if scalar == Scalar::Geometry => Self::Geometry,
            _ => Self::Text,
        }
    }

    /// A scale is declared in 11 bits and may be negative (`numeric_typmod_scale` in PostgreSQL's `numeric.c`).
    fn decimal(modifier: i32) -> Self {
        let declared = modifier - MODIFIER_START;
        let precision = (declared >> 16) & 0xffff;
        let scale = ((declared & 0x7ff) ^ 1024) - 1024;
        if modifier < MODIFIER_START
            || precision > PRECISION_MAX
            || !(0..=precision).contains(&scale)
        {
            return Self::Text;
        }
        Self::Decimal {
            precision: precision as u8,
            scale: scale as i8,
        }
    }

    /// An element of a list, by the name that Parquet's own description gives it.
    pub(super) fn element(self) -> Field {
        self.field("element")
    }

    fn field(self, name: &str) -> Field {
        let field = Field::new(name, self.data_type(), true);
        match self == Self::Uuid {
            true => field.with_extension_type(Uuid),
            false => field,
        }
    }

    pub(super) fn data_type(self) -> DataType {
        match self {
            Self::Boolean => DataType::Boolean,
            Self::Int16 => DataType::Int16,
            Self::Int32 => DataType::Int32,
            Self::Int64 => DataType::Int64,
            Self::UInt32 => DataType::UInt32,
            Self::UInt64 => DataType::UInt64,
            Self::Float32 => DataType::Float32,
            Self::Float64 => DataType::Float64,
            Self::Decimal { precision, scale } => DataType::Decimal128(precision, scale),
            Self::Date => DataType::Date32,
            Self::Time => DataType::Time64(TimeUnit::Microsecond),
            Self::Timestamp => DataType::Timestamp(TimeUnit::Microsecond, None),
            Self::Timestamptz => DataType::Timestamp(TimeUnit::Microsecond, Some(UTC.into())),
            Self::Uuid => DataType::FixedSizeBinary(UUID_BYTES),
            Self::Bytes | Self::Geometry => DataType::Binary,
            Self::Text => DataType::Utf8,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numeric(precision: i32, scale: i32) -> Leaf {
        Leaf::new(
            1700,
            Some(((precision << 16) | (scale & 0x7ff)) + 4),
            Scalar::Numeric,
        )
    }

    #[test]
    fn a_declared_numeric_of_at_most_38_digits_is_a_decimal() {
        for (precision, scale) in [(1, 0), (10, 2), (38, 0), (38, 38)] {
            let decimal = Leaf::Decimal {
                precision: precision as u8,
                scale: scale as i8,
            };
            assert_eq!(numeric(precision, scale), decimal);
        }
        for (precision, scale) in [(39, 0), (1000, 1000), (2, 5), (5, -2), (38, -1)] {
            assert_eq!(
                numeric(precision, scale),
                Leaf::Text,
                "{precision}, {scale}"
            );
        }
        assert_eq!(Leaf::new(1700, Some(-1), Scalar::Numeric), Leaf::Text);
        assert_eq!(Leaf::new(1700, None, Scalar::Numeric), Leaf::Text);
    }
}
