//! The SQL that makes a role which can only read, for one database as it is.

use tokio_postgres::{Error, Transaction};

/// The runs of one server, one connection for its schema, and one to spare for a person.
const CONNECTION_LIMIT: u32 = 10;
const TEMP_FILE_LIMIT: &str = "5GB";
const SCHEMAS_MAX: usize = 100;

/// What that SQL depends on: names are ready to be written into it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SafeRole {
    database: String,
    /// Only where they have to be granted one by one.
    schemas: Vec<String>,
    has_read_all_data: bool,
}

impl SafeRole {
    /// To be run by hand, with a password of one's own.
    pub fn sql(&self) -> String {
        self.sql_for("dataclips_reader", "choose a password")
    }

    /// The last statement needs a superuser; those before it need only who may create roles and grant what they grant.
    pub fn sql_for(&self, role: &str, password: &str) -> String {
        let Self { database, .. } = self;
        let (role, password) = (quote_identifier(role), quote_literal(password));
        let reading = match self.has_read_all_data {
            true => format!("grant pg_read_all_data to {role};\n"),
            false => self.named_grants(&role),
        };
        format!(
            "create role {role} login password {password} connection limit {CONNECTION_LIMIT};\n\
             grant connect on database {database} to {role};\n\
             {reading}\
             -- As a superuser, so that no query fills the disk:\n\
             alter role {role} set temp_file_limit = '{TEMP_FILE_LIMIT}';\n"
        )
    }

    pub(super) async fn read(transaction: &Transaction<'_>) -> Result<Self, Error> {
        let sql = "
            select quote_ident(current_database()), current_setting('server_version_num')::integer >= 140000,
                   array(select quote_ident(nspname) from pg_namespace
                         where nspname <> 'information_schema' and nspname !~ '^pg_' order by nspname)";
        let row = transaction.query_typed_one(sql, &[]).await?;
        let mut schemas: Vec<String> = row.try_get(2)?;
        schemas.truncate(SCHEMAS_MAX);
        Ok(Self {
            database: row.try_get(0)?,
            has_read_all_data: row.try_get(1)?,
            schemas,
        })
    }

    /// For PostgreSQL 13, which has no role that reads everything.
    fn named_grants(&self, role: &str) -> String {
        let schemas = self.schemas.join(", ");
        format!(
            "grant usage on schema {schemas} to {role};\n\
             grant select on all tables in schema {schemas} to {role};\n\
             -- As each role that creates tables, so that those to come can be read, too:\n\
             alter default privileges in schema {schemas} grant select on tables to {role};\n"
        )
    }
}

fn quote_identifier(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// Safe whatever `standard_conforming_strings` says.
fn quote_literal(text: &str) -> String {
    let doubled = text.replace('\'', "''");
    match doubled.contains('\\') {
        true => format!(" E'{}'", doubled.replace('\\', "\\\\")),
        false => format!("'{doubled}'"),
    }
}
