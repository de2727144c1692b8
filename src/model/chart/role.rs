//! The role that a column can have in a chart, by its type and, in part, its name.

use crate::result::Column;

/// A number in a column with such a name is a point in time, not an amount.
const CALENDAR: [&str; 10] = [
    "year", "years", "yr", "quarter", "month", "week", "isoyear", "dow", "day", "hour",
];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Dates and timestamps.
    Time,
    Number,
    /// Anything else: its values are only distinguished from each other.
    Category,
}

impl Role {
    /// OIDs from PostgreSQL's `pg_type.dat`.
    pub fn from_column(column: &Column) -> Self {
        match column.type_oid {
            // date, timestamp, timestamptz
            1082 | 1114 | 1184 => Self::Time,
            // int8, int2, int4, float4, float8, money, numeric
            20 | 21 | 23 | 700 | 701 | 790 | 1700 => Self::Number,
            _ => Self::Category,
        }
    }

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Time => "time",
            Self::Number => "number",
            Self::Category => "category",
        }
    }
}

/// `year`, `order_month`
pub(super) fn is_calendar(column: &Column) -> bool {
    Role::from_column(column) == Role::Number && CALENDAR.contains(&last_word(column).as_str())
}

/// `id`, `customer_id`, `emp_no`: a number that identifies something.
pub(super) fn is_identifier(column: &Column) -> bool {
    let names = ["id", "no", "nr", "number", "key", "oid"];
    Role::from_column(column) == Role::Number && names.contains(&last_word(column).as_str())
}

/// A column whose type allows few different texts.
pub(super) fn is_category(column: &Column) -> bool {
    // bytea, xml, json, jsonb, and arrays hold documents, not categories.
    let is_document = matches!(column.type_oid, 17 | 142 | 114 | 3802);
    Role::from_column(column) == Role::Category && !is_document && column.element_oid.is_none()
}

fn last_word(column: &Column) -> String {
    let words = column.name.rsplit(['_', ' ', '-', '.']);
    words.map(str::to_lowercase).next().unwrap_or_default()
}
