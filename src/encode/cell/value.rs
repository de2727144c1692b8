//! What a column's type means to the formats that have types of their own. Determined once per column, not per cell.

use crate::result::Column;

/// Arrays that have no element type of their own: `anyarray`, as in `pg_stats`, and `_record`, an array of `row(…)`.
const ANYARRAY: u32 = 2277;
const RECORD_ARRAY: u32 = 2287;
/// Types that PostgreSQL does not have by itself have OIDs from here on (`FirstNormalObjectId`).
const OWN_OIDS_END: u32 = 16_384;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::encode) enum Kind {
    Scalar(Scalar),
    Array {
        element: Scalar,
        /// The separator between elements in PostgreSQL's literal (`pg_type.typdelim`).
        delimiter: u8,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::encode) enum Scalar {
    Boolean,
    Integer,
    Numeric,
    Float,
    Money,
    Date,
    Timestamp,
    Timestamptz,
    Json,
    /// PostGIS' `geometry` and `geography`.
    Geometry,
    Hstore,
    Text,
}

/// Whether a column holds numbers, which are best aligned to the right.
pub fn is_number(column: &Column) -> bool {
    use Scalar::{Float, Integer, Money, Numeric};
    matches!(
        Kind::from_column(column),
        Kind::Scalar(Integer | Numeric | Float | Money)
    )
}

impl Kind {
    pub(in crate::encode) fn from_column(column: &Column) -> Self {
        match column.element_oid {
            Some(element_oid) => {
                let named = column.element_name.as_deref();
                let name = named.unwrap_or(column.type_name.trim_start_matches('_'));
                Self::Array {
                    element: Scalar::new(element_oid, name),
                    delimiter: delimiter(element_oid, name),
                }
            }
            None if matches!(column.type_oid, ANYARRAY | RECORD_ARRAY) => Self::Array {
                element: Scalar::Text,
                delimiter: b',',
            },
            None => Self::Scalar(Scalar::new(column.type_oid, &column.type_name)),
        }
    }

    pub(in crate::encode) fn all(columns: &[Column]) -> Vec<Self> {
        columns.iter().map(Self::from_column).collect()
    }
}

impl Scalar {
    /// PostgreSQL's own types have fixed OIDs. Those of extensions are recognised by their names; values of another type
    /// with the same name do not have the same form, and pass as text.
    fn new(type_oid: u32, type_name: &str) -> Self {
        match type_name {
            _ if type_oid < OWN_OIDS_END => Self::from_oid(type_oid),
            "geometry" | "geography" => Self::Geometry,
            "hstore" => Self::Hstore,
            _ => Self::Text,
        }
    }

    /// OIDs from PostgreSQL's `pg_type.dat`.
    fn from_oid(type_oid: u32) -> Self {
        match type_oid {
            16 => Self::Boolean,
            // int8, int2, int4, oid
            20 | 21 | 23 | 26 => Self::Integer,
            1700 => Self::Numeric,
            // float4, float8
            700 | 701 => Self::Float,
            790 => Self::Money,
            1082 => Self::Date,
            1114 => Self::Timestamp,
            1184 => Self::Timestamptz,
            // json, jsonb
            114 | 3802 => Self::Json,
            _ => Self::Text,
        }
    }
}

/// PostgreSQL prints a boolean as `t` or `f`.
pub(in crate::encode) fn boolean(text: &str) -> Option<bool> {
    match text {
        "t" => Some(true),
        "f" => Some(false),
        _ => None,
    }
}

/// Which columns are boolean.
pub(in crate::encode) fn booleans(columns: &[Column]) -> Vec<bool> {
    let boolean = Kind::Scalar(Scalar::Boolean);
    columns
        .iter()
        .map(|column| Kind::from_column(column) == boolean)
        .collect()
}

/// A boolean as a word, as in every format except the workbook.
pub(in crate::encode) fn boolean_word(text: &str) -> &str {
    match boolean(text) {
        Some(true) => "true",
        Some(false) => "false",
        None => text,
    }
}

/// Every type separates array elements by commas, except for PostgreSQL's `box` (OID 603) and two types of PostGIS.
/// A domain has that of its base type, which may be an array of these.
fn delimiter(element_oid: u32, element_name: &str) -> u8 {
    match (element_oid, element_name.trim_start_matches('_')) {
        (603 | 1020, _) => b';',
        (_, "geometry" | "geography") => b':',
        _ => b',',
    }
}
