//! The functions that a role may call whose names start with a text.

use tokio_postgres::types::Type;
use tokio_postgres::{Error, Row};

use super::{SchemaSearch, Statement, number};

/// Includes aggregates and window functions. Leaves out what a query cannot call: trigger functions, handlers, and
/// functions that serve types and indexes inside the server.
const FUNCTIONS: &str = "
    select n.nspname::text, p.proname::text,
           pg_catalog.array_agg(pg_catalog.pg_get_function_arguments(p.oid) order by p.pronargs, p.oid),
           pg_catalog.array_agg(pg_catalog.pg_get_function_result(p.oid) order by p.pronargs, p.oid)
    from pg_catalog.pg_proc p
    join pg_catalog.pg_namespace n on n.oid = p.pronamespace
    where p.prokind in ('f', 'a', 'w')
      and pg_catalog.starts_with(pg_catalog.lower(p.proname::text), pg_catalog.lower($1))
      and n.nspname <> 'information_schema'
      and p.prorettype <> all (array['trigger', 'event_trigger', 'internal', 'cstring', 'language_handler', 'fdw_handler',
                                     'index_am_handler', 'table_am_handler', 'tsm_handler']::pg_catalog.regtype[])
      and not exists (
          select from pg_catalog.unnest(p.proargtypes) as argument(type)
          where type = any (array['internal', 'cstring']::pg_catalog.regtype[])
      )
      and pg_catalog.has_schema_privilege(n.oid, 'usage')
      and pg_catalog.has_function_privilege(p.oid, 'execute')
    group by n.nspname, p.proname
    order by p.proname, n.nspname
    limit $2 + 1";

/// A function that a query may call, with all its overloads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Function {
    pub schema: String,
    pub name: String,
    /// Fewest arguments first.
    pub forms: Vec<Form>,
}

/// One way to call a function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Form {
    /// As PostgreSQL writes them: `text, start integer DEFAULT 1`.
    pub arguments: String,
    /// A type, or `SETOF` one, or `TABLE(…)`.
    pub returns: String,
}

/// Functions whose names start with `prefix`.
pub(super) struct Called<'a> {
    prefix: &'a str,
    limit: i64,
}

impl<'a> Called<'a> {
    pub(super) fn new(search: &'a SchemaSearch) -> Option<Self> {
        Some(Self {
            prefix: search.functions.as_deref()?,
            limit: number(search.limit),
        })
    }

    pub(super) fn statement(&self) -> Statement<'_> {
        Statement {
            sql: FUNCTIONS.to_owned(),
            parameters: vec![(&self.prefix, Type::TEXT), (&self.limit, Type::INT8)],
        }
    }
}

impl Function {
    pub(super) fn from_row(row: &Row) -> Result<Self, Error> {
        let (arguments, returns): (Vec<String>, Vec<String>) = (row.try_get(2)?, row.try_get(3)?);
        let forms = arguments.into_iter().zip(returns);
        Ok(Self {
            schema: row.try_get(0)?,
            name: row.try_get(1)?,
            forms: forms
                .map(|(arguments, returns)| Form { arguments, returns })
                .collect(),
        })
    }
}
