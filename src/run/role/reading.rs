//! Lets a new role read: with one grant for everything if that is allowed, otherwise with individual grants.

use tokio_postgres::types::Type;
use tokio_postgres::{Error, Row};

use super::grants::Grants;
use super::safe_role::{READ_ALL_DATA, SCHEMAS_MAX, SafeRole, quote_identifier};
use super::{Omission, RoleName};

/// For each schema: its name, whether the creator may grant its usage, whether the new role already has it, the tables
/// that may be granted, the number of hidden ones that may not, and the owners whose future tables may be granted.
const SCHEMAS: &str = "
    with relations as (
        select c.oid, c.relnamespace, c.relname, c.relowner,
               has_table_privilege(c.oid, 'select with grant option') as is_grantable
        from pg_class c
        where c.relkind in ('r', 'p', 'v', 'm', 'f')
    )
    select quote_ident(n.nspname), has_schema_privilege(n.oid, 'usage with grant option'),
           has_schema_privilege($1, n.oid, 'usage'),
           array(select format('%I.%I', n.nspname, relname) from relations
                 where relnamespace = n.oid and is_grantable order by relname),
           (select count(*) from relations
            where relnamespace = n.oid and not is_grantable and not has_table_privilege($1, oid, 'select')),
           array(select quote_ident(rolname) from pg_roles
                 where rolname = current_user
                    or oid in (select relowner from relations where relnamespace = n.oid) and pg_has_role(oid, 'usage')
                 order by rolname)
    from pg_namespace n
    where n.nspname <> 'information_schema' and n.nspname !~ '^pg_'
    order by n.nspname";

/// Lets the new role read everything that the creator may grant, and returns what stays hidden.
pub(super) async fn grant(
    grants: &mut Grants<'_, '_>,
    safe_role: &SafeRole,
    creator: &str,
    role: &RoleName,
) -> Result<Vec<Omission>, Error> {
    let future = match safe_role.read_all_data(role.as_str()) {
        Some(_) if grants.grant(READ_ALL_DATA).await? => return Ok(Vec::new()),
        Some(sql) => Omission {
            sentence: format!(
                "The role `{creator}` cannot grant {READ_ALL_DATA}. What it can grant was granted individually instead; tables that \
                 other roles create later stay hidden until someone with that right runs this."
            ),
            sql: Some(sql),
        },
        None => Omission {
            sentence:
                "Tables that other roles create later stay hidden until they are granted to the new one."
                    .to_owned(),
            sql: None,
        },
    };
    let hidden = grant_by_name(grants, creator, role).await?;
    Ok(std::iter::once(future).chain(hidden).collect())
}

async fn grant_by_name(
    grants: &mut Grants<'_, '_>,
    creator: &str,
    role: &RoleName,
) -> Result<Option<Omission>, Error> {
    let name = role.as_str();
    let schemas = grants
        .transaction
        .query_typed(SCHEMAS, &[(&name, Type::NAME)])
        .await?;
    let mut hidden = Hidden::default();
    for schema in &schemas {
        grant_schema(grants, schema, &mut hidden).await?;
    }
    Ok(hidden.omission(creator, &quote_identifier(name)))
}

async fn grant_schema(
    grants: &mut Grants<'_, '_>,
    schema: &Row,
    hidden: &mut Hidden,
) -> Result<(), Error> {
    let name: &str = schema.try_get(0)?;
    let (may_open, is_open): (bool, bool) = (schema.try_get(1)?, schema.try_get(2)?);
    let tables: Vec<&str> = schema.try_get(3)?;
    let ungrantable: i64 = schema.try_get(4)?;
    let owners: Vec<&str> = schema.try_get(5)?;
    let opened = may_open && grants.grant(&format!("usage on schema {name}")).await?;
    if !(opened || is_open) {
        hidden.add(name, tables.len() as i64 + ungrantable);
        return Ok(());
    }
    let granted = !tables.is_empty()
        && grants
            .grant(&format!("select on {}", tables.join(", ")))
            .await?;
    let withheld = match granted {
        true => ungrantable,
        false => tables.len() as i64 + ungrantable,
    };
    hidden.add(name, withheld);
    for owner in owners {
        grants.grant_future_tables(owner, name).await?;
    }
    Ok(())
}

/// Tables that the new role cannot read.
#[derive(Default)]
struct Hidden {
    tables: i64,
    schemas: Vec<String>,
}

impl Hidden {
    fn add(&mut self, schema: &str, tables: i64) {
        if tables > 0 {
            self.tables += tables;
            self.schemas.push(schema.to_owned());
        }
    }

    fn omission(mut self, creator: &str, role: &str) -> Option<Omission> {
        if self.schemas.is_empty() {
            return None;
        }
        self.schemas.truncate(SCHEMAS_MAX);
        let schemas = self.schemas.join(", ");
        let tables = match self.tables {
            1 => "1 table".to_owned(),
            tables => format!("{tables} tables"),
        };
        Some(Omission {
            sentence: format!(
                "The role `{creator}` cannot grant everything: {tables} of schema {schemas} cannot be read by the new role."
            ),
            sql: Some(format!(
                "grant usage on schema {schemas} to {role};\ngrant select on all tables in schema {schemas} to {role};"
            )),
        })
    }
}
