//! The relations that a role may read, with the columns that it may read.

use serde::Deserialize;
use tokio_postgres::types::{Json, Type};
use tokio_postgres::{Error, Row};

use super::{SchemaSearch, Statement, number};

/// Of all tables that one search finds, together.
const COLUMNS_MAX: i64 = 5_000;

/// By name. Schemas are given, or those of the role's search path.
const NAMED: &str = "
    with ranked as (
        select c.oid, wanted.rank
        from rows from (pg_catalog.unnest($1), pg_catalog.unnest($2)) with ordinality as wanted(schema, name, rank)
        join pg_catalog.pg_class c on c.relname = wanted.name::name
        join pg_catalog.pg_namespace n on n.oid = c.relnamespace
        where c.relkind in ('r', 'p', 'v', 'm', 'f')
          and case when wanted.schema is null then pg_catalog.pg_table_is_visible(c.oid) else n.nspname = wanted.schema end
          and pg_catalog.has_schema_privilege(n.oid, 'usage')
          and pg_catalog.has_any_column_privilege(c.oid, 'select')
    )";

/// By a part of a name. Columns, a far longer list, are searched only if names do not suffice. Rights, the most
/// expensive check, are checked in the order of the result until there are enough: `offset 0` keeps that order.
const FOUND: &str = "
    with schemas as (
        select n.oid, n.nspname::text as name,
               pg_catalog.array_position(pg_catalog.current_schemas(true), n.nspname) as place
        from pg_catalog.pg_namespace n
        where case when n.nspname in ('pg_catalog', 'information_schema') then $2 else n.nspname !~ '^pg_' end
          and pg_catalog.has_schema_privilege(n.oid, 'usage')
    ), relations as materialized (
        select c.oid, c.relispartition as is_partition, s.place, s.name as schema, c.relname as name,
               pg_catalog.lower(c.relname::text collate COLLATION) as lower_name,
               pg_catalog.lower((s.name || '.' || c.relname) collate COLLATION) as full_name
        from pg_catalog.pg_class c
        join schemas s on s.oid = c.relnamespace
        where c.relkind in ('r', 'p', 'v', 'm', 'f')
    ), wanted as (
        select pg_catalog.lower($1 collate COLLATION) as text
    ), by_name as materialized (
        select *
        from (
            select oid, place, schema, name, is_partition,
                   case
                       when pg_catalog.starts_with(lower_name, text) then 0
                       when pg_catalog.strpos(text, '.') > 0 and pg_catalog.starts_with(full_name, text) then 0
                       else 1
                   end as rank
            from relations, wanted
            where pg_catalog.strpos(full_name, text) > 0 and (text <> '' or not is_partition)
            order by rank, is_partition, place, schema, name
            offset 0
        ) as named
        where pg_catalog.has_any_column_privilege(oid, 'select')
        limit $3 + 1
    ), columns as materialized (
        select a.attrelid, pg_catalog.array_agg(a.attnum) as numbers
        from pg_catalog.pg_attribute a
        where (select pg_catalog.count(*) from by_name) <= $3 and $1 <> ''
          and pg_catalog.strpos(pg_catalog.lower(a.attname::text collate COLLATION), (select text from wanted)) > 0
          and a.attnum > 0
          and not a.attisdropped
        group by a.attrelid
    ), by_column as (
        select oid, place, schema, name, is_partition, 2 as rank
        from (
            select *
            from relations
            join columns on attrelid = oid
            where not is_partition and oid not in (select oid from by_name)
            order by place, schema, name
            offset 0
        ) as holding
        where pg_catalog.has_table_privilege(oid, 'select')
           or exists (
               select from pg_catalog.unnest(numbers) as number
               where pg_catalog.has_column_privilege(oid, number, 'select')
           )
        limit $3 + 1
    ), ranked as (
        select oid, pg_catalog.row_number() over (order by rank, is_partition, place, schema, name) as rank
        from (select * from by_name union all select * from by_column) as every
        order by 2
        limit $3 + 1
    )";

/// Describes the tables in `ranked`, in its order. A column in several foreign keys refers by the oldest. Comments are
/// cut, to keep the list readable. PostgreSQL 13 reports 0 rows for unknown. A foreign key to a partitioned table has a
/// constraint for each partition, too, which says nothing more.
const DESCRIPTION: &str = "
    , bounded as (
        select ranked.oid, ranked.rank, pg_catalog.sum(c.relnatts) over (order by ranked.rank) as columns,
               pg_catalog.count(*) over () as found
        from ranked
        join pg_catalog.pg_class c on c.oid = ranked.oid
    )
    select n.nspname::text, c.relname::text, pg_catalog.quote_ident(c.relname),
           case when not pg_catalog.pg_table_is_visible(c.oid)
                then pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(c.relname) end,
           c.relkind, described.comment,
           case when c.relkind = 'v' or c.reltuples < 0 or (c.reltuples = 0 and c.relpages = 0 and before_14.is_it) then null
                else c.reltuples::int8 end,
           held.columns, bounded.found, keyed.foreign_keys
    from bounded
    join pg_catalog.pg_class c on c.oid = bounded.oid
    join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    left join pg_catalog.pg_index i on i.indrelid = c.oid and i.indisprimary
    cross join (select pg_catalog.current_setting('server_version_num')::int4 < 140000) as before_14(is_it)
    cross join lateral (
        select pg_catalog.left(pg_catalog.obj_description(c.oid, 'pg_class'), $4)
    ) as described(comment)
    cross join lateral (
        select coalesce(pg_catalog.json_agg(pg_catalog.json_build_object(
            'name', a.attname,
            'identifier', pg_catalog.quote_ident(a.attname),
            'type', pg_catalog.format_type(a.atttypid, a.atttypmod),
            'nullable', not (a.attnotnull or t.typnotnull),
            'primary_key', coalesce(a.attnum = any (i.indkey), false),
            'comment', pg_catalog.left(d.description, $4),
            'references', r.reference
        ) order by a.attnum), '[]')
        from pg_catalog.pg_attribute a
        join pg_catalog.pg_type t on t.oid = a.atttypid
        left join pg_catalog.pg_description d
               on d.objoid = c.oid and d.classoid = 'pg_catalog.pg_class'::pg_catalog.regclass and d.objsubid = a.attnum
        left join (
            select distinct on (key.number) key.number, pg_catalog.json_build_object(
                'schema', other_schema.nspname, 'table', other.relname, 'column', partner.attname) as reference
            from pg_catalog.pg_constraint f
            cross join lateral rows from (pg_catalog.unnest(f.conkey), pg_catalog.unnest(f.confkey)) as key(number, partner)
            join pg_catalog.pg_class other on other.oid = f.confrelid
            join pg_catalog.pg_namespace other_schema on other_schema.oid = other.relnamespace
            join pg_catalog.pg_attribute partner on partner.attrelid = other.oid and partner.attnum = key.partner
            where f.conrelid = c.oid
              and f.contype = 'f'
              and pg_catalog.has_schema_privilege(other_schema.oid, 'usage')
              and pg_catalog.has_column_privilege(other.oid, partner.attnum, 'select')
            order by key.number, f.oid
        ) as r on r.number = a.attnum
        where a.attrelid = c.oid
          and a.attnum > 0
          and not a.attisdropped
          and pg_catalog.has_column_privilege(c.oid, a.attnum, 'select')
    ) as held(columns)
    cross join lateral (
        select coalesce(pg_catalog.json_agg(pg_catalog.json_build_object(
            'columns', pair.columns,
            'references', pg_catalog.json_build_object(
                'schema', other_schema.nspname, 'table', other.relname, 'columns', pair.partners)
        ) order by f.oid), '[]')
        from pg_catalog.pg_constraint f
        join pg_catalog.pg_class other on other.oid = f.confrelid
        join pg_catalog.pg_namespace other_schema on other_schema.oid = other.relnamespace
        cross join lateral (
            select pg_catalog.json_agg(own.attname order by key.place), pg_catalog.json_agg(partner.attname order by key.place),
                   pg_catalog.bool_and(pg_catalog.has_column_privilege(c.oid, own.attnum, 'select')
                                       and pg_catalog.has_column_privilege(other.oid, partner.attnum, 'select'))
            from rows from (pg_catalog.unnest(f.conkey), pg_catalog.unnest(f.confkey)) with ordinality as key(number, partner, place)
            join pg_catalog.pg_attribute own on own.attrelid = c.oid and own.attnum = key.number
            join pg_catalog.pg_attribute partner on partner.attrelid = other.oid and partner.attnum = key.partner
        ) as pair(columns, partners, are_readable)
        where f.conrelid = c.oid
          and f.contype = 'f'
          and pair.are_readable
          and pg_catalog.has_schema_privilege(other_schema.oid, 'usage')
          and not exists (
              select from pg_catalog.pg_constraint whole
              where whole.oid = f.conparentid and whole.conrelid = f.conrelid
          )
    ) as keyed(foreign_keys)
    where bounded.rank <= $3 and bounded.columns <= $5
    order by bounded.rank";

/// Of a comment.
const CHARACTERS_MAX: i32 = 500;

/// A relation that holds rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    pub schema: String,
    pub name: String,
    /// The name, quoted if a query has to quote it.
    pub identifier: String,
    /// Schema and name, quoted, if a query has to name the schema.
    pub qualified: Option<String>,
    pub kind: Kind,
    pub comment: Option<String>,
    /// `None` for views, and if PostgreSQL has not counted yet.
    pub rows_estimate: Option<i64>,
    pub columns: Vec<Column>,
    /// Those whose columns may be read on both sides, the oldest first.
    pub foreign_keys: Vec<ForeignKey>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Table,
    PartitionedTable,
    View,
    MaterializedView,
    ForeignTable,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Column {
    pub name: String,
    /// The name, quoted if a query has to quote it.
    pub identifier: String,
    #[serde(rename = "type")]
    pub type_name: String,
    pub nullable: bool,
    pub primary_key: bool,
    pub comment: Option<String>,
    pub references: Option<Reference>,
}

/// The column that a foreign key refers to.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Reference {
    pub schema: String,
    pub table: String,
    pub column: String,
}

/// Columns that refer to another table's, in the same order.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct ForeignKey {
    pub columns: Vec<String>,
    pub references: ReferencedKey,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct ReferencedKey {
    pub schema: String,
    pub table: String,
    pub columns: Vec<String>,
}

/// Tables by name.
pub(super) struct Named {
    schemas: Vec<Option<String>>,
    names: Vec<String>,
    limit: i64,
}

/// Tables by a part of a name.
pub(super) struct Found<'a> {
    text: &'a str,
    /// Whether PostgreSQL's own schemas are included.
    includes_system: bool,
    limit: i64,
}

impl Named {
    pub(super) fn new(search: &SchemaSearch) -> Option<Self> {
        let names = search.names();
        (!names.is_empty()).then(|| Self {
            limit: number(names.len()),
            schemas: names.iter().map(|name| name.schema.clone()).collect(),
            names: names.into_iter().map(|name| name.name).collect(),
        })
    }

    pub(super) fn statement(&self) -> Statement<'_> {
        Statement {
            sql: format!("{NAMED}{DESCRIPTION}"),
            parameters: vec![
                (&self.schemas, Type::TEXT_ARRAY),
                (&self.names, Type::TEXT_ARRAY),
                (&self.limit, Type::INT8),
                (&CHARACTERS_MAX, Type::INT4),
                (&COLUMNS_MAX, Type::INT8),
            ],
        }
    }
}

impl<'a> Found<'a> {
    pub(super) fn new(search: &'a SchemaSearch) -> Option<Self> {
        let text = search.text.as_deref().unwrap_or_default();
        let lower = text.to_lowercase();
        search.finds_tables().then(|| Self {
            text,
            includes_system: lower.starts_with("pg_") || lower.starts_with("information_schema"),
            limit: number(search.limit),
        })
    }

    pub(super) fn statement(&self) -> Statement<'_> {
        // Most names are plain ASCII, and are compared twice as fast by bytes; other letters need the database's own
        // rules.
        let collation = match self.text.is_ascii() {
            true => "\"C\"",
            false => "pg_catalog.\"default\"",
        };
        Statement {
            sql: format!("{}{DESCRIPTION}", FOUND.replace("COLLATION", collation)),
            parameters: vec![
                (&self.text, Type::TEXT),
                (&self.includes_system, Type::BOOL),
                (&self.limit, Type::INT8),
                (&CHARACTERS_MAX, Type::INT4),
                (&COLUMNS_MAX, Type::INT8),
            ],
        }
    }
}

impl Table {
    pub(super) fn from_row(row: &Row) -> Result<Self, Error> {
        let Json(columns) = row.try_get(7)?;
        let Json(foreign_keys) = row.try_get(9)?;
        Ok(Self {
            schema: row.try_get(0)?,
            name: row.try_get(1)?,
            identifier: row.try_get(2)?,
            qualified: row.try_get(3)?,
            kind: Kind::from_letter(row.try_get(4)?),
            comment: row.try_get(5)?,
            rows_estimate: row.try_get(6)?,
            columns,
            foreign_keys,
        })
    }

    pub(super) fn is_same(&self, other: &Self) -> bool {
        (&self.schema, &self.name) == (&other.schema, &other.name)
    }
}

impl Kind {
    /// From `pg_class.relkind`.
    fn from_letter(letter: i8) -> Self {
        match letter.unsigned_abs() {
            b'p' => Self::PartitionedTable,
            b'v' => Self::View,
            b'm' => Self::MaterializedView,
            b'f' => Self::ForeignTable,
            _ => Self::Table,
        }
    }

    pub fn word(self) -> &'static str {
        match self {
            Self::Table => "table",
            Self::PartitionedTable => "partitioned table",
            Self::View => "view",
            Self::MaterializedView => "materialized view",
            Self::ForeignTable => "foreign table",
        }
    }
}

/// Whether there are more tables than these.
pub(super) fn are_cut(rows: &[Row]) -> Result<bool, Error> {
    let found = rows.first().map_or(Ok(0), |row| row.try_get::<_, i64>(8))?;
    Ok(found > number(rows.len()))
}
