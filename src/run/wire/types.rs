//! The names of types, by their numbers.

use std::collections::HashMap;

use tokio_postgres::types::{Kind, Type};

use super::{Field, Wire, WireError};
use crate::result::Column;

/// Types that are loaded when a connection is opened.
const LOADED_MAX: usize = 2_000;

/// Types that PostgreSQL does not have by itself, and their arrays; but for the rows of tables, of which there are many.
const LOADED: &str = "t.oid operator(pg_catalog.>=) 16384 and t.typtype operator(pg_catalog.<>) 'c'
    and not exists (select from pg_catalog.pg_type e
                    where e.oid operator(pg_catalog.=) t.typelem and e.typtype operator(pg_catalog.=) 'c')";

/// What a connection knows of the types that PostgreSQL does not have by itself.
#[derive(Default)]
pub(in crate::run) struct Types(HashMap<u32, Known>);

struct Known {
    name: String,
    /// Of an array. The type beneath a domain: PostgreSQL resolves domains in a column's own type, but not in an array's
    /// elements.
    element_oid: Option<u32>,
}

impl Types {
    /// `None` if one of the types is not known yet: see [`Types::learn`].
    pub(in crate::run) fn columns(&self, fields: &[Field]) -> Option<Vec<Column>> {
        let columns = fields.iter().map(|field| {
            let (type_name, element_oid) = self.find(field.type_oid)?;
            Some(Column {
                name: field.name.clone(),
                type_oid: field.type_oid,
                type_name,
                element_oid,
                type_modifier: Some(field.type_modifier),
            })
        });
        columns.collect()
    }

    /// Asks the database for most of its types.
    pub(in crate::run) async fn load(wire: &mut Wire) -> Result<Self, WireError> {
        let mut types = Self::default();
        let condition = format!("{LOADED} limit {LOADED_MAX}");
        types.ask(&condition, wire).await?;
        Ok(types)
    }

    /// Asks the database for the types that are not known yet.
    pub(in crate::run) async fn learn(
        &mut self,
        fields: &[Field],
        wire: &mut Wire,
    ) -> Result<(), WireError> {
        let mut unknown: Vec<u32> = fields.iter().map(|field| field.type_oid).collect();
        unknown.retain(|oid| self.find(*oid).is_none());
        unknown.sort_unstable();
        unknown.dedup();
        if unknown.is_empty() {
            return Ok(());
        }
        let oids: Vec<String> = unknown.iter().map(u32::to_string).collect();
        let condition = format!(
            "t.oid operator(pg_catalog.=) any (array[{}]::pg_catalog.oid[])",
            oids.join(", ")
        );
        self.ask(&condition, wire).await
    }

    /// Number, name, and the type of an array's elements. Reads nothing that a search path could replace.
    async fn ask(&mut self, condition: &str, wire: &mut Wire) -> Result<(), WireError> {
        let sql = format!(
            "select t.oid, t.typname, (
                 with recursive element (oid, base) as (
                     select e.oid, e.typbasetype
                     from pg_catalog.pg_type e where e.oid operator(pg_catalog.=) t.typelem
                   union all
                     select e.oid, e.typbasetype
                     from element d join pg_catalog.pg_type e on e.oid operator(pg_catalog.=) d.base
                 )
                 select oid from element where base operator(pg_catalog.=) 0)
             from pg_catalog.pg_type t where {condition}"
        );
        for row in wire.ask(&sql).await? {
            let [Some(oid), Some(name), element] = row.as_slice() else {
                return Err(WireError::Unexpected);
            };
            let oid = oid.parse().map_err(|_| WireError::Unexpected)?;
            let known = Known {
                name: name.clone(),
                element_oid: element.as_ref().and_then(|oid| oid.parse().ok()),
            };
            self.0.insert(oid, known);
        }
        Ok(())
    }

    fn find(&self, oid: u32) -> Option<(String, Option<u32>)> {
        if let Some(known) = Type::from_oid(oid) {
            let element_oid = match known.kind() {
                Kind::Array(element) => Some(element.oid()),
                _ => None,
            };
            return Some((known.name().to_owned(), element_oid));
        }
        let known = self.0.get(&oid)?;
        Some((known.name.clone(), known.element_oid))
    }
}
