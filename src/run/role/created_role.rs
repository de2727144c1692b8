//! A role that was just created, and is removed again unless it is kept.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::runtime::Handle;
use tokio::time::timeout;
use tokio_postgres::Client;

use super::{CreationFailure, RoleName, everyone};
use crate::postgres::ConnectionUrl;
use crate::run::pool::connection::Connection;
use crate::run::{Failure, Report};

const REMOVAL_MAX: Duration = Duration::from_secs(10);

/// A usable role that was just created for one database. Until [`CreatedRole::keep`] is called it is provisional:
/// dropping this removes the role from the server.
pub struct CreatedRole {
    /// The creator's connection, as long as the role may have to be removed.
    pub(super) connection: Option<Connection>,
    pub(super) written: Written,
    pub(super) url: ConnectionUrl,
    pub(super) report: Report,
}

/// A right that the new role lacks because its creator may not grant it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Omission {
    pub sentence: String,
    /// For someone who may.
    pub sql: Option<String>,
}

/// What now exists on the server.
#[derive(Clone)]
pub(super) struct Written {
    pub name: RoleName,
    pub omissions: Vec<Omission>,
    /// SQL that removes the role.
    pub removal: String,
    /// SQL that takes from everyone the rights that the role has only because everyone has them.
    pub revokes: Vec<String>,
}

impl CreatedRole {
    pub fn name(&self) -> &RoleName {
        &self.written.name
    }

    /// Includes the password, which exists nowhere else; store it.
    pub fn url(&self) -> &ConnectionUrl {
        &self.url
    }

    /// The report on the database, read with the new role.
    pub fn report(&self) -> &Report {
        &self.report
    }

    /// For the administrator to read.
    pub fn omissions(&self) -> &[Omission] {
        &self.written.omissions
    }

    /// Keeps the role; call it once the URL is stored.
    pub fn keep(mut self) {
        self.connection = None;
    }

    /// Keeps the role, and takes from everyone the rights that PostgreSQL gives to every role, as far as the creator may.
    /// What stays is in the warnings of the next report.
    pub async fn keep_and_revoke(mut self) {
        let Some(mut connection) = self.connection.take() else {
            return;
        };
        if let Err(failure) = everyone::revoke(&mut connection.client, &self.written.revokes).await
        {
            tracing::warn!(
                role = self.name().as_str(),
                %failure,
                "the rights that everyone has were not revoked"
            );
        }
    }
}

impl Drop for CreatedRole {
    fn drop(&mut self) {
        let (Some(connection), Ok(runtime)) = (self.connection.take(), Handle::try_current())
        else {
            return;
        };
        runtime.spawn(self.written.clone().remove_unused(connection));
    }
}

impl Written {
    pub async fn remove(&self, client: &Client) -> Result<(), Failure> {
        timeout(REMOVAL_MAX, client.batch_execute(&self.removal))
            .await
            .map_err(|_| Failure::no_answer(REMOVAL_MAX))?
            .map_err(|error| Failure::from_statement_error(&error))
    }

    /// With the whole connection: its client alone would be cut off from its socket.
    async fn remove_unused(self, connection: Connection) {
        if let Err(failure) = self.remove(&connection.client).await {
            tracing::warn!(
                role = self.name.as_str(),
                %failure,
                "an unused new role could not be removed"
            );
        }
    }

    pub fn left_behind(self, failure: Failure) -> CreationFailure {
        CreationFailure::LeftBehind {
            role: self.name,
            failure,
            sql: self.removal,
        }
    }
}

impl fmt::Debug for CreatedRole {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("CreatedRole")
            .field("name", self.name())
            .field("report", &self.report)
            .field("omissions", &self.omissions())
            .finish_non_exhaustive()
    }
}
