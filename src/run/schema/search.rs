//! A search in a schema.

use crate::run::error::near_names::RelationName;

/// An empty search finds the first tables.
#[derive(Clone, Debug)]
pub struct SchemaSearch {
    /// A part of a table's name, with or without its schema, or of a column's. Ignores case and has no wildcards. The
    /// empty text finds every table.
    pub text: Option<String>,
    /// Tables by name, as written in a query or as in the catalogue.
    pub tables: Vec<String>,
    /// The start of a function's name.
    pub functions: Option<String>,
    /// Of the tables that the text finds, and of functions.
    pub limit: usize,
}

impl SchemaSearch {
    pub const LIMIT_DEFAULT: usize = 50;
    pub const LIMIT_MAX: usize = 200;
    pub const TABLES_MAX: usize = 20;

    pub(super) fn finds_tables(&self) -> bool {
        self.text.is_some() || (self.tables.is_empty() && self.functions.is_none())
    }

    /// The names of tables, each read in both ways.
    pub(super) fn names(&self) -> Vec<RelationName> {
        let mut names: Vec<RelationName> = Vec::new();
        for text in &self.tables {
            for name in RelationName::parse(text)
                .into_iter()
                .chain([verbatim(text)])
            {
                if !names.contains(&name) {
                    names.push(name);
                }
            }
        }
        names
    }
}

/// A name as in the catalogue: neither quoted nor folded.
fn verbatim(text: &str) -> RelationName {
    let (schema, name) = match text.split_once('.') {
        Some((schema, name)) => (Some(schema.to_owned()), name),
        None => (None, text),
    };
    RelationName {
        schema,
        name: name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_is_named_as_in_a_query_or_as_it_is() {
        for (text, names) in [
            ("orders", vec![".orders"]),
            ("Orders", vec![".orders", ".Orders"]),
            ("\"Orders\"", vec![".Orders", ".\"Orders\""]),
            ("Order Items", vec![".Order Items"]),
            ("2024", vec![".2024"]),
            ("sales.orders", vec!["sales.orders"]),
            ("Sales.Orders", vec!["sales.orders", "Sales.Orders"]),
            ("", vec!["."]),
        ] {
            let search = SchemaSearch {
                text: None,
                tables: vec![text.to_owned()],
                functions: None,
                limit: 1,
            };
            let found = search.names().into_iter();
            let found: Vec<_> = found
                .map(|name| format!("{}.{}", name.schema.unwrap_or_default(), name.name))
                .collect();
            assert_eq!(found, names, "{text}");
        }
    }
}
