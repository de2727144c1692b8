//! Grants rights to a new role one by one, and collects the SQL that revokes them.

use tokio_postgres::error::SqlState;
use tokio_postgres::{Error, Transaction};

use super::RoleName;
use super::safe_role::quote_identifier;

/// Grants within one transaction. What PostgreSQL forbids leaves the transaction unchanged.
pub(super) struct Grants<'a, 'b> {
    pub(super) transaction: &'a mut Transaction<'b>,
    role: String,
    revokes: Vec<String>,
}

impl<'a, 'b> Grants<'a, 'b> {
    pub(super) fn new(transaction: &'a mut Transaction<'b>, role: &RoleName) -> Self {
        Self {
            transaction,
            role: quote_identifier(role.as_str()),
            revokes: Vec::new(),
        }
    }

    /// Grants a right, written as between GRANT and TO, such as `usage on schema sales`; returns whether that was
    /// allowed.
    pub(super) async fn grant(&mut self, right: &str) -> Result<bool, Error> {
        let revoke = format!("revoke {right} from {};", self.role);
        self.run(&format!("grant {right} to {}", self.role), Some(revoke))
            .await
    }

    /// Grants reading the tables that `owner` will create in a schema.
    pub(super) async fn grant_future_tables(
        &mut self,
        owner: &str,
        schema: &str,
    ) -> Result<bool, Error> {
        let alter = format!("alter default privileges for role {owner} in schema {schema}");
        let revoke = format!("{alter} revoke select on tables from {};", self.role);
        let grant = format!("{alter} grant select on tables to {}", self.role);
        self.run(&grant, Some(revoke)).await
    }

    /// A setting of the role, which is removed together with it.
    pub(super) async fn set(&mut self, sql: &str) -> Result<bool, Error> {
        self.run(sql, None).await
    }

    /// The SQL that removes the role and all its grants. Needs no right that the creator lacks.
    pub(super) fn removal(self) -> String {
        let revokes = self.revokes.join("\n");
        format!("begin;\n{revokes}\ndrop role {};\ncommit;\n", self.role)
    }

    async fn run(&mut self, sql: &str, revoke: Option<String>) -> Result<bool, Error> {
        let savepoint = self.transaction.transaction().await?;
        match savepoint.batch_execute(sql).await {
            Ok(()) => {
                savepoint.commit().await?;
                self.revokes.extend(revoke);
                Ok(true)
            }
            Err(error) if error.code() == Some(&SqlState::INSUFFICIENT_PRIVILEGE) => {
                savepoint.rollback().await?;
                Ok(false)
            }
            Err(error) => Err(error),
        }
    }
}
