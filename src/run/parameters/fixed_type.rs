//! Types that an author may give a parameter where PostgreSQL cannot tell, or tells another.

use tokio_postgres::types::{Kind, Type};

use crate::result::Column;

/// A type that an author may give a parameter, by the name that they write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FixedType(usize);

/// Those that forms have fields for, and their arrays.
const FIXED: [(&str, Type); 20] = [
    ("text", Type::TEXT),
    ("boolean", Type::BOOL),
    ("integer", Type::INT4),
    ("bigint", Type::INT8),
    ("numeric", Type::NUMERIC),
    ("double precision", Type::FLOAT8),
    ("date", Type::DATE),
    ("time", Type::TIME),
    ("timestamp", Type::TIMESTAMP),
    ("timestamptz", Type::TIMESTAMPTZ),
    ("interval", Type::INTERVAL),
    ("uuid", Type::UUID),
    ("jsonb", Type::JSONB),
    ("text[]", Type::TEXT_ARRAY),
    ("integer[]", Type::INT4_ARRAY),
    ("bigint[]", Type::INT8_ARRAY),
    ("numeric[]", Type::NUMERIC_ARRAY),
    ("date[]", Type::DATE_ARRAY),
    ("uuid[]", Type::UUID_ARRAY),
    ("boolean[]", Type::BOOL_ARRAY),
];

impl FixedType {
    /// `None` for a name that is not in the list.
    pub fn parse(name: &str) -> Option<Self> {
        FIXED.iter().position(|(other, _)| *other == name).map(Self)
    }

    pub fn name(&self) -> &'static str {
        FIXED[self.0].0
    }

    pub fn names() -> impl Iterator<Item = &'static str> {
        FIXED.iter().map(|(name, _)| *name)
    }

    /// As a result would describe it, without a name.
    pub fn column(&self) -> Column {
        let (_, known) = &FIXED[self.0];
        Column {
            type_oid: known.oid(),
            type_name: known.name().to_owned(),
            element_oid: match known.kind() {
                Kind::Array(element) => Some(element.oid()),
                _ => None,
            },
            ..Column::default()
        }
    }

    pub(super) fn oid(&self) -> u32 {
        FIXED[self.0].1.oid()
    }
}
