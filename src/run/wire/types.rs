//! What columns say of their types, by the types' numbers: names, and what their values are made of.

use std::collections::{BTreeSet, HashMap};
use std::time::{Duration, Instant};

use tokio_postgres::types::{Kind, Type};

use super::{Answer, Field, Wire, WireError};
use crate::result::Column;

/// Types that are loaded when a connection is opened.
const LOADED_MAX: usize = 2_000;
/// An enum with more labels than this, or longer ones, is sorted as text: every column of it holds them.
const LABELS_MAX: usize = 500;
const LABEL_BYTES_MAX: usize = 8 << 10;
/// Labels are read again after this time: an enum can get new ones at any place.
const LABELS_AGE_MAX: Duration = Duration::from_secs(60);

/// Types that PostgreSQL does not have by itself, and their arrays; but for the rows of tables, of which there are many.
const LOADED: &str = "t.oid operator(pg_catalog.>=) 16384 and t.typtype operator(pg_catalog.<>) 'c'
    and not exists (select from pg_catalog.pg_type e
                    where e.oid operator(pg_catalog.=) t.typelem and e.typtype operator(pg_catalog.=) 'c')";

/// What a connection knows of the types that PostgreSQL does not have by itself.
pub(in crate::run) struct Types {
    known: HashMap<u32, Known>,
    /// Those of results' columns whose values have labels.
    labelled: BTreeSet<u32>,
    labels_read_at: Instant,
}

#[derive(Clone, Default)]
struct Known {
    name: String,
    /// Of an array. The type beneath a domain: PostgreSQL resolves domains in a column's own type, but not in an array's
    /// elements.
    element_oid: Option<u32>,
    /// Of an array of a domain: the name of the type beneath.
    element_name: Option<String>,
    /// What the domain of an array's elements declares beside its type (`pg_type.typtypmod`).
    element_modifier: Option<i32>,
    /// Of a range or multirange, also of an array of them. The type beneath a domain.
    subtype_oid: Option<u32>,
    /// Of an enum, also where it is the type of elements or bounds.
    labels: Vec<String>,
}

impl Types {
    /// `None` if one of the types is not known yet: see [`Types::learn`].
    pub(in crate::run) fn columns(&mut self, fields: &[Field]) -> Option<Vec<Column>> {
        let columns = fields.iter().map(|field| {
            let known = self.find(field.type_oid)?;
            if !known.labels.is_empty() {
                self.labelled.insert(field.type_oid);
            }
            Some(Column {
                name: field.name.clone(),
                type_oid: field.type_oid,
                type_name: known.name,
                element_oid: known.element_oid,
                element_name: known.element_name,
                subtype_oid: known.subtype_oid,
                labels: known.labels,
                type_modifier: Some(known.element_modifier.unwrap_or(field.type_modifier)),
            })
        });
        columns.collect()
    }

    /// Whether the types with these numbers have these names here, as far as is known: in another database, types that are not
    /// PostgreSQL's own have other numbers.
    pub(in crate::run) fn agree_with(&self, columns: &[Column]) -> bool {
        columns.iter().all(|column| {
            let known = self.find(column.type_oid);
            known.is_some_and(|known| known.name == column.type_name)
        })
    }

    /// What to ask of a new connection, about most types of the database.
    pub(in crate::run) fn question() -> String {
        question(&format!("{LOADED} limit {LOADED_MAX}"))
    }

    pub(in crate::run) fn from_answer(answer: &Answer) -> Result<Self, WireError> {
        let mut types = Self {
            known: HashMap::new(),
            labelled: BTreeSet::new(),
            labels_read_at: Instant::now(),
        };
        types.take(answer)?;
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
        self.ask(&among(&unknown), wire).await
    }

    /// Reads the labels of columns again if they may have changed.
    pub(in crate::run) async fn refresh_labels(
        &mut self,
        wire: &mut Wire,
    ) -> Result<(), WireError> {
        if self.labelled.is_empty() || self.labels_read_at.elapsed() < LABELS_AGE_MAX {
            return Ok(());
        }
        self.labels_read_at = Instant::now();
        let labelled: Vec<u32> = self.labelled.iter().copied().collect();
        self.ask(&among(&labelled), wire).await
    }

    async fn ask(&mut self, condition: &str, wire: &mut Wire) -> Result<(), WireError> {
        self.take(&wire.ask(&question(condition)).await?)
    }

    fn take(&mut self, answer: &Answer) -> Result<(), WireError> {
        for row in answer {
            let [
                Some(oid),
                Some(name),
                element,
                element_name,
                element_modifier,
                subtype,
                labels,
            ] = row.as_slice()
            else {
                return Err(WireError::Unexpected);
            };
            let oid = oid.parse().map_err(|_| WireError::Unexpected)?;
            let modifier = element_modifier.as_deref().map(str::parse);
            let number = |oid: &Option<String>| oid.as_ref().and_then(|oid| oid.parse().ok());
            let labels = labels.as_deref().map(serde_json::from_str);
            let known = Known {
                name: name.clone(),
                element_oid: number(element),
                element_name: element_name.clone(),
                element_modifier: modifier.transpose().map_err(|_| WireError::Unexpected)?,
                subtype_oid: number(subtype),
                labels: labels
                    .transpose()
                    .map_err(|_| WireError::Unexpected)?
                    .unwrap_or_default(),
            };
            self.known.insert(oid, known);
        }
        Ok(())
    }

    fn find(&self, oid: u32) -> Option<Known> {
        let Some(known) = Type::from_oid(oid) else {
            return self.known.get(&oid).cloned();
        };
        let element_oid = match known.kind() {
            Kind::Array(element) => Some(element.oid()),
            _ => None,
        };
        Some(Known {
            name: known.name().to_owned(),
            element_oid,
            ..Known::default()
        })
    }
}

/// The condition that a type is one of these.
fn among(oids: &[u32]) -> String {
    let oids: Vec<String> = oids.iter().map(u32::to_string).collect();
    format!(
        "t.oid operator(pg_catalog.=) any (array[{}]::pg_catalog.oid[])",
        oids.join(", ")
    )
}

/// Asks for what is [`Known`]. Reads nothing that a search path could replace. In PostgreSQL 13 ranges have no multiranges.
fn question(condition: &str) -> String {
    let element = beneath_domains("t.typelem");
    let subtype = beneath_domains("r.rngsubtype");
    format!(
            "select t.oid, t.typname, e.oid,
                 case when e.oid operator(pg_catalog.<>) t.typelem then e.typname end,
                 e.modifier, s.oid,
                 (select case when pg_catalog.count(*) operator(pg_catalog.<=) {LABELS_MAX}
                     and pg_catalog.sum(pg_catalog.octet_length(l.enumlabel::pg_catalog.text))
                         operator(pg_catalog.<=) {LABEL_BYTES_MAX}
                     then pg_catalog.json_agg(l.enumlabel order by l.enumsortorder) end
                  from pg_catalog.pg_enum l
                  where l.enumtypid operator(pg_catalog.=) coalesce(s.oid, e.oid, t.oid))
             from pg_catalog.pg_type t
             left join lateral ({element}) e on true
             left join (
                 select rngtypid, rngsubtype from pg_catalog.pg_range
               union all
                 select (pg_catalog.to_json(m) operator(pg_catalog.->>) 'rngmultitypid')::pg_catalog.oid, m.rngsubtype
                 from pg_catalog.pg_range m
             ) r on r.rngtypid operator(pg_catalog.=) coalesce(e.oid, t.oid)
             left join lateral ({subtype}) s on true
             where {condition}"
        )
}

/// A query for the type with this number, or the one beneath it where that is a domain, which may declare a modifier for it. No
/// row for 0.
fn beneath_domains(oid: &str) -> String {
    format!(
        "with recursive beneath (oid, typname, base, declared, modifier) as (
             select d.oid, d.typname, d.typbasetype, d.typtypmod, null::pg_catalog.int4
             from pg_catalog.pg_type d where d.oid operator(pg_catalog.=) {oid}
           union all
             select d.oid, d.typname, d.typbasetype, d.typtypmod, b.declared
             from beneath b join pg_catalog.pg_type d on d.oid operator(pg_catalog.=) b.base
         )
         select oid, typname, modifier from beneath where base operator(pg_catalog.=) 0"
    )
}
