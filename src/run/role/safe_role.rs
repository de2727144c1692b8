//! The SQL that creates a role that can only read, for one database in its current state.

use tokio_postgres::{Error, Transaction};

use super::Warning;

/// For the runs of one server, one connection for its schema, and one spare for a person.
pub(in crate::run) const CONNECTION_LIMIT: usize = 10;
const TEMP_FILE_LIMIT: &str = "5GB";
pub(super) const READ_ALL_DATA: &str = "pg_read_all_data";
pub(super) const SCHEMAS_MAX: usize = 100;

/// What the SQL depends on. Names are already quoted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SafeRole {
    database: String,
    /// Only where they have to be granted individually.
    schemas: Vec<String>,
    has_read_all_data: bool,
    /// Take from everyone the rights that PostgreSQL gives to every role.
    revokes: Vec<String>,
}

impl SafeRole {
    /// To be run by hand, with a password to fill in.
    pub fn sql(&self) -> String {
        self.sql_for("dataclips_reader", "choose a password")
    }

    /// The statements after the first comment need a superuser; those before it only need the right to create roles and to
    /// grant what they grant.
    pub fn sql_for(&self, role: &str, password: &str) -> String {
        format!(
            "{}\ngrant {} to {};\n{}\n-- As a superuser, so that no query fills the disk:\n{}\n{}",
            self.create(role, password, CONNECTION_LIMIT),
            self.connecting(),
            quote_identifier(role),
            self.read_all_data(role)
                .unwrap_or_else(|| self.named_grants(role)),
            self.limit_temporary_files(role),
            self.revokes_from_everyone()
        )
    }

    pub(super) fn into_revokes(self) -> Vec<String> {
        self.revokes
    }

    pub(super) fn create(&self, role: &str, password: &str, connections: usize) -> String {
        format!(
            "create role {} login password {} connection limit {connections};",
            quote_identifier(role),
            quote_literal(password)
        )
    }

    /// As between GRANT and TO.
    pub(super) fn connecting(&self) -> String {
        format!("connect on database {}", self.database)
    }

    /// `None` for PostgreSQL 13, which has no role that reads everything.
    pub(super) fn read_all_data(&self, role: &str) -> Option<String> {
        let sql = format!("grant {READ_ALL_DATA} to {};", quote_identifier(role));
        self.has_read_all_data.then_some(sql)
    }

    pub(super) fn limit_temporary_files(&self, role: &str) -> String {
        let role = quote_identifier(role);
        format!("alter role {role} set temp_file_limit = '{TEMP_FILE_LIMIT}';")
    }

    /// Without the revokes: see [`SafeRole::with_revokes_of`].
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
            revokes: Vec::new(),
        })
    }

    /// The warnings of any role of the database: all have those of rights that everyone has.
    pub(super) fn with_revokes_of(self, warnings: &[Warning]) -> Self {
        let defaults = warnings.iter().filter(|warning| warning.is_default);
        let revokes = defaults.filter_map(|warning| warning.sql.clone()).collect();
        Self { revokes, ..self }
    }

    /// Empty where everyone has no such right.
    fn revokes_from_everyone(&self) -> String {
        if self.revokes.is_empty() {
            return String::new();
        }
        format!(
            "-- As a superuser. Everyone has these rights, applications that use this\n\
             -- database included. First grant them to those that need them, as here\n\
             -- to one that uses temporary tables:\n\
             --   grant temporary on database {} to THEIR_ROLE;\n\
             {}\n",
            self.database,
            self.revokes.join("\n")
        )
    }

    fn named_grants(&self, role: &str) -> String {
        let (role, schemas) = (quote_identifier(role), self.schemas.join(", "));
        format!(
            "grant usage on schema {schemas} to {role};\n\
             grant select on all tables in schema {schemas} to {role};\n\
             -- As each role that creates tables, so that those to come can be read, too:\n\
             alter default privileges in schema {schemas} grant select on tables to {role};"
        )
    }
}

pub(in crate::run) fn quote_identifier(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// Safe with either value of `standard_conforming_strings`.
fn quote_literal(text: &str) -> String {
    let doubled = text.replace('\'', "''");
    match doubled.contains('\\') {
        true => format!(" E'{}'", doubled.replace('\\', "\\\\")),
        false => format!("'{doubled}'"),
    }
}
