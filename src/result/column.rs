//! A column of a result.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

/// `numeric` in PostgreSQL's `pg_type.dat`.
const NUMERIC: u32 = 1700;
const BOOL: u32 = 16;
/// Below are the types that PostgreSQL has by itself (`FirstNormalObjectId` in `transam.h`).
const FIRST_OWN: u32 = 16_384;

/// Name and type of one column, as PostgreSQL described them. Names may repeat; columns are positional.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Column {
    pub name: String,
    /// PostgreSQL's type OID (`pg_type.oid`). Those below 10,000 are the same on every server.
    pub type_oid: u32,
    /// PostgreSQL's internal name of the type (`pg_type.typname`), such as `int4` or `_text`.
    pub type_name: String,
    /// The element's type OID where the type is an array.
    pub element_oid: Option<u32>,
    /// The element's type name where the elements are of a domain, whose array is not named after the type beneath.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub element_name: Option<String>,
    /// The type OID of the bounds, where the type, or that of the elements, is a range or multirange that PostgreSQL does
    /// not have by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subtype_oid: Option<u32>,
    /// The labels, in their declared order, where the type, or that of the elements or bounds, is an enum. None in results
    /// that were stored before labels were, and of an enum with too many.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub labels: Vec<String>,
    /// What was declared beside the type, such as a scale (`atttypmod`); -1 where nothing was. `None` in results stored
    /// before it was kept.
    #[serde(default)]
    pub type_modifier: Option<i32>,
}

impl Column {
    /// Whether this is a `numeric` whose values have as many decimals as they come with, as quotients do.
    pub fn is_numeric_without_scale(&self) -> bool {
        self.type_oid == NUMERIC && self.type_modifier == Some(-1)
    }

    /// Whether a column of another database has the same name and type; types that are not PostgreSQL's own have other numbers there.
    pub(super) fn is_same_elsewhere(&self, other: &Self) -> bool {
        let is_same_number =
            self.type_oid == other.type_oid || self.type_oid.min(other.type_oid) >= FIRST_OWN;
        is_same_number
            && (&self.name, &self.type_name) == (&other.name, &other.type_name)
            && self.is_numeric_without_scale() == other.is_numeric_without_scale()
    }

    /// Whether its values are true or false.
    pub fn is_boolean(&self) -> bool {
        self.type_oid == BOOL
    }

    /// The type as people write it in SQL: `integer` for `int4`, `text[]` for `_text`.
    pub fn written_type(&self) -> String {
        let element = self.type_name.strip_prefix('_');
        match element.filter(|_| self.element_oid.is_some()) {
            Some(element) => format!("{}[]", written(element)),
            None => written(&self.type_name).to_owned(),
        }
    }
}

/// `bpchar` stays: a cast to `character` would keep one character.
fn written(type_name: &str) -> &str {
    match type_name {
        "bool" => "boolean",
        "int2" => "smallint",
        "int4" => "integer",
        "int8" => "bigint",
        "float4" => "real",
        "float8" => "double precision",
        "varbit" => "bit varying",
        other => other,
    }
}

/// Whether the rows are the output of `EXPLAIN`: one column, whose name is the same in every language
/// (`ExplainResultDesc` in PostgreSQL's `explain.c`).
pub fn is_plan(columns: &[Column]) -> bool {
    matches!(columns, [column] if column.name == "QUERY PLAN")
}

/// Gives each column a name that no other column has: repeated names become `name_2`, `name_3`, …, skipping those that
/// are taken.
pub fn unique_names(columns: &[Column]) -> Vec<String> {
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
    fn types_are_written_as_in_sql() {
        for (type_name, element_oid, written) in [
            ("int4", None, "integer"),
            ("_int4", Some(23), "integer[]"),
            ("_mood", Some(20_000), "mood[]"),
            ("_mood", None, "_mood"),
            ("timestamptz", None, "timestamptz"),
        ] {
            let column = Column {
                type_name: type_name.to_owned(),
                element_oid,
                ..Column::default()
            };
            assert_eq!(column.written_type(), written);
        }
    }

    #[test]
    fn a_column_stored_before_modifiers_were_kept_has_none() {
        let stored = r#"{"name":"a","type_oid":1700,"type_name":"numeric","element_oid":null}"#;
        let column: Column = serde_json::from_str(stored).unwrap();
        assert_eq!(column.type_modifier, None);
        assert!(!column.is_numeric_without_scale());
        let column = Column {
            type_modifier: Some(-1),
            ..column
        };
        let stored = serde_json::to_string(&column).unwrap();
        let column: Column = serde_json::from_str(&stored).unwrap();
        assert!(column.is_numeric_without_scale());
    }

    #[test]
    fn a_type_of_ones_own_is_the_same_elsewhere_by_its_name() {
        let column = |name: &str, type_name: &str, type_oid| Column {
            name: name.to_owned(),
            type_name: type_name.to_owned(),
            type_oid,
            ..Column::default()
        };
        let mood = column("a", "mood", 20_000);
        for (other, is_same) in [
            (column("a", "mood", 30_000), true),
            (column("b", "mood", 20_000), false),
            (column("a", "temper", 20_000), false),
            (column("a", "mood", 25), false),
        ] {
            assert_eq!(mood.is_same_elsewhere(&other), is_same, "{other:?}");
        }
        let text = column("a", "text", 25);
        assert!(!text.is_same_elsewhere(&column("a", "text", 30_000)));
    }

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
                    ..Column::default()
                })
                .collect();
            assert_eq!(unique_names(&columns), expected);
        }
    }
}
