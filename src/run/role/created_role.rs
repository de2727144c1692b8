//! A role that was just created, and goes again unless somebody keeps it.

use std::fmt;
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::time::timeout;
use tokio_postgres::Client;

use super::{CreationFailure, RoleName};
use crate::postgres::ConnectionUrl;
use crate::run::pool::connection::Connection;
use crate::run::{Failure, Report};

const REMOVAL_MAX: Duration = Duration::from_secs(10);

/// A role that was just created for one database and can be used. Until [`CreatedRole::keep`] it is provisional:
/// dropping this removes the role from the server again.
pub struct CreatedRole {
    /// The creator's, while the role may have to be removed.
    pub(super) connection: Option<Connection>,
    pub(super) written: Written,
    pub(super) url: ConnectionUrl,
    pub(super) report: Report,
}

/// What the new role lacks because its creator may not give it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Omission {
    pub sentence: String,
    /// For somebody who may.
    pub sql: Option<String>,
}

/// What is on the server now.
#[derive(Clone)]
pub(super) struct Written {
    pub name: RoleName,
    pub omissions: Vec<Omission>,
    /// SQL.
    pub removal: String,
}

impl CreatedRole {
    pub fn name(&self) -> &RoleName {
        &self.written.name
    }

    /// With its password, which nobody else knows: to be stored.
    pub fn url(&self) -> &ConnectionUrl {
        &self.url
    }

    /// What was found with it.
    pub fn report(&self) -> &Report {
        &self.report
    }

    /// What to tell the administrator.
    pub fn omissions(&self) -> &[Omission] {
        &self.written.omissions
    }

    /// Once its URL is stored.
    pub fn keep(mut self) {
        self.connection = None;
    }
}

impl Drop for CreatedRole {
    fn drop(&mut self) {
        let (Some(connection), Ok(runtime)) = (self.connection.take(), Handle::try_current())
        else {
            return;
        };
        let written = self.written.clone();
        runtime.spawn(async move {
            if let Err(failure) = written.remove(&connection.client).await {
                tracing::warn!(
                    role = written.name.as_str(),
                    %failure,
                    "a role that was created for nothing could not be removed"
                );
            }
        });
    }
}

impl Written {
    pub async fn remove(&self, client: &Client) -> Result<(), Failure> {
        timeout(REMOVAL_MAX, client.batch_execute(&self.removal))
            .await
            .map_err(|_| Failure::no_answer(REMOVAL_MAX))?
            .map_err(|error| Failure::of_statement(&error))
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
