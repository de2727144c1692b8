//! Names similar to that of a relation that does not exist: what the author may have meant.

use std::iter::Peekable;
use std::str::Chars;

use tokio_postgres::{Client, Error};

/// The most relations that are compared; if there are more, a similar name may be missed.
const RELATIONS_MAX: usize = 5_000;
const NAMES_MAX: usize = 3;

/// Partitions are left out: people query the partitioned table.
const READABLE: &str = "
    select n.nspname::text, c.relname::text, pg_catalog.quote_ident(n.nspname), pg_catalog.quote_ident(c.relname),
           pg_catalog.pg_table_is_visible(c.oid)
    from pg_catalog.pg_class c
    join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    where c.relkind in ('r', 'p', 'v', 'm', 'f') and not c.relispartition
      and n.nspname <> 'information_schema' and n.nspname !~ '^pg_'
      and pg_catalog.has_schema_privilege(n.oid, 'usage')
      and pg_catalog.has_any_column_privilege(c.oid, 'select')";

/// A relation's name as written in a SQL text, after PostgreSQL's folding to lower case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RelationName {
    pub schema: Option<String>,
    pub name: String,
}

impl RelationName {
    /// Reads the name at a PostgreSQL error position (in characters, from 1).
    pub fn at(sql: &str, position: usize) -> Option<Self> {
        let start = position.checked_sub(1)?;
        let mut characters = sql.chars();
        for _ in 0..start {
            characters.next()?;
        }
        Self::read(&mut characters.peekable())
    }

    /// Reads a text that consists of such a name only.
    pub fn parse(text: &str) -> Option<Self> {
        let mut characters = text.chars().peekable();
        let name = Self::read(&mut characters)?;
        characters.next().is_none().then_some(name)
    }

    fn read(characters: &mut Peekable<Chars<'_>>) -> Option<Self> {
        let mut parts = vec![identifier(characters)?];
        while skip_dot(characters) {
            parts.push(identifier(characters)?);
        }
        let name = parts.pop()?;
        let schema = parts.pop();
        Some(Self { schema, name })
    }

    /// Relations with a similar name that the role may read, the most similar first, quoted and with their schema where
    /// a query needs that. The caller sets a short `statement_timeout`.
    pub async fn near(&self, client: &Client) -> Result<Vec<String>, Error> {
        let sql = format!("{READABLE} limit {RELATIONS_MAX}");
        let rows = client.query_typed(&sql, &[]).await?;
        let mut near: Vec<(usize, String)> = Vec::new();
        for row in &rows {
            let Some(distance) = self.distance(row.try_get(0)?, row.try_get(1)?) else {
                continue;
            };
            let (schema, name): (&str, &str) = (row.try_get(2)?, row.try_get(3)?);
            near.push(match row.try_get(4)? {
                true => (distance, name.to_owned()),
                false => (distance, format!("{schema}.{name}")),
            });
        }
        near.sort();
        Ok(near
            .into_iter()
            .take(NAMES_MAX)
            .map(|(_, name)| name)
            .collect())
    }

    /// The distance to another relation's name; `None` if the names are not similar.
    fn distance(&self, schema: &str, name: &str) -> Option<usize> {
        let allowed = (self.name.chars().count() / 3).max(1);
        let distance = strsim::osa_distance(&self.name.to_lowercase(), &name.to_lowercase());
        let is_elsewhere = self
            .schema
            .as_deref()
            .is_some_and(|wanted| wanted != schema);
        (distance <= allowed).then_some(2 * distance + usize::from(is_elsewhere))
    }
}

fn identifier(characters: &mut Peekable<Chars<'_>>) -> Option<String> {
    if characters.next_if_eq(&'"').is_some() {
        return quoted(characters);
    }
    let mut name = String::new();
    while let Some(character) =
        characters.next_if(|character| continues(*character, name.is_empty()))
    {
        name.push(character.to_ascii_lowercase());
    }
    (!name.is_empty()).then_some(name)
}

/// Reads up to the closing quote; a doubled quote stands for one.
fn quoted(characters: &mut Peekable<Chars<'_>>) -> Option<String> {
    let mut name = String::new();
    loop {
        match characters.next()? {
            '"' if characters.next_if_eq(&'"').is_none() => return Some(name),
            character => name.push(character),
        }
    }
}

fn continues(character: char, is_first: bool) -> bool {
    let starts = character.is_ascii_alphabetic() || character == '_' || !character.is_ascii();
    starts || (!is_first && (character.is_ascii_digit() || character == '$'))
}

/// A dot may have white space around it.
fn skip_dot(characters: &mut Peekable<Chars<'_>>) -> bool {
    let skip_blanks = |characters: &mut Peekable<Chars<'_>>| {
        while characters.next_if(char::is_ascii_whitespace).is_some() {}
    };
    skip_blanks(characters);
    let has_dot = characters.next_if_eq(&'.').is_some();
    skip_blanks(characters);
    has_dot
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_relation_is_read_as_postgresql_reads_it() {
        for (sql, position, expected) in [
            ("select * from orders", 15, ".orders"),
            ("select * from Orders;", 15, ".orders"),
            ("select 'é' from Ünder_1$ x", 17, ".Ünder_1$"),
            ("table sales.orders", 7, "sales.orders"),
            ("table shop.sales.orders", 7, "sales.orders"),
            ("table sales . \"Or\"\"ders\"", 7, "sales.Or\"ders"),
            ("table \"Sales\".orders--x", 7, "Sales.orders"),
            ("select 1", 20, "nothing"),
            ("select 1", 0, "nothing"),
            ("select 1", 8, "nothing"),
            ("table \"open", 7, "nothing"),
        ] {
            let found = RelationName::at(sql, position).map_or("nothing".to_owned(), |relation| {
                format!("{}.{}", relation.schema.unwrap_or_default(), relation.name)
            });
            assert_eq!(found, expected, "{sql}");
        }
    }

    #[test]
    fn a_name_is_near_by_its_spelling_and_nearer_in_the_same_schema() {
        let orders = RelationName::at("table sale.order", 7).unwrap();
        assert_eq!(orders.distance("sale", "orders"), Some(2));
        assert_eq!(orders.distance("sales", "orders"), Some(3));
        assert_eq!(orders.distance("sales", "Order"), Some(1));
        assert_eq!(orders.distance("sales", "customers"), None);
    }
}
