//! The rights that a new role is given, one by one, and how they are taken back.

use tokio_postgres::error::SqlState;
use tokio_postgres::{Error, Transaction};

use super::RoleName;
use super::safe_role::quote_identifier;

/// Gives within one transaction. What PostgreSQL forbids leaves the transaction as it was.
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

    /// Gives what stands between GRANT and TO, such as `usage on schema sales`; says whether that was allowed.
    pub(super) async fn give(&mut self, right: &str) -> Result<bool, Error> {
        let revoke = format!("revoke {right} from {};", self.role);
        self.run(&format!("grant {right} to {}", self.role), Some(revoke))
            .await
    }

    /// Reading of the tables that `owner` will create in a schema.
    pub(super) async fn give_tables_to_come(
        &mut self,
        owner: &str,
        schema: &str,
    ) -> Result<bool, Error> {
        let alter = format!("alter default privileges for role {owner} in schema {schema}");
        let revoke = format!("{alter} revoke select on tables from {};", self.role);
        let grant = format!("{alter} grant select on tables to {}", self.role);
        self.run(&grant, Some(revoke)).await
    }

    /// A setting of the role, which goes with it.
    pub(super) async fn set(&mut self, sql: &str) -> Result<bool, Error> {
        self.run(sql, None).await
    }

    /// The SQL that removes the role with all that it was given. Needs no right that the creator has not.
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
