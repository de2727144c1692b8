//! A column of a result.

use serde::{Deserialize, Serialize};

/// Name and type of one column, as PostgreSQL described them. Names may repeat; columns are positional.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Column {
    pub name: String,
    /// PostgreSQL's type OID (`pg_type.oid`). Those below 10,000 are the same on every server.
    pub type_oid: u32,
    /// PostgreSQL's internal name of the type (`pg_type.typname`), such as `int4` or `_text`.
    pub type_name: String,
    /// The element's type OID where the type is an array.
    pub element_oid: Option<u32>,
}

/// Whether the rows are what `EXPLAIN` returns: one column, which PostgreSQL calls this in every language
/// (`ExplainResultDesc` in its `explain.c`).
pub fn is_plan(columns: &[Column]) -> bool {
    matches!(columns, [column] if column.name == "QUERY PLAN")
}
