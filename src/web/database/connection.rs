//! The connection to a database, as it is entered on a page or over the API: parsed, and tried before anything is stored.

use crate::error::Error;
use crate::model::Database;
use crate::postgres::ConnectionUrl;
use crate::run::Report;
use crate::run::role::{CreatedRole, Omission, RoleName};
use crate::web::app::App;

/// A connection that was tried and works.
pub enum Connection {
    Entered(Box<ConnectionUrl>),
    /// With a role that was just created, and is dropped unless this is kept.
    Created(Box<CreatedRole>, Everyone),
}

/// The rights that PostgreSQL gives to everyone, when a role is created that should only read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Everyone {
    KeepsThem,
    LosesThem,
}

pub fn parse(text: &str) -> Result<ConnectionUrl, Error> {
    ConnectionUrl::parse(text).map_err(|error| Error::invalid("url", error.to_string()))
}

/// Connects as a run would. Refuses a role that must not be used, and warns of one that can do more than read.
pub async fn inspect(app: &App, url: &ConnectionUrl) -> Result<Report, Error> {
    let report = app.runner.inspect(url).await;
    report.map_err(Error::DatabaseNotUsable)
}

impl Connection {
    pub async fn enter(app: &App, url: ConnectionUrl) -> Result<Self, Error> {
        inspect(app, &url).await?;
        Ok(Self::Entered(Box::new(url)))
    }

    /// Uses the URL's rights only once, to create a role that can only read. Without a name, a free one is chosen.
    pub async fn create(
        app: &App,
        url: &ConnectionUrl,
        role: &str,
        everyone: Everyone,
    ) -> Result<Self, Error> {
        let name = Some(role.trim()).filter(|name| !name.is_empty());
        let name = name.map(RoleName::parse).transpose();
        let name = name.map_err(|error| Error::invalid("role", error.to_string()))?;
        let created = app.runner.create_role(url, name).await;
        let created = created.map_err(Error::RoleNotCreated)?;
        Ok(Self::Created(Box::new(created), everyone))
    }

    pub fn url(&self) -> &ConnectionUrl {
        match self {
            Self::Entered(url) => url,
            Self::Created(role, _) => role.url(),
        }
    }

    pub fn is_created(&self) -> bool {
        match self {
            Self::Entered(_) => false,
            Self::Created(..) => true,
        }
    }

    /// Keeps the created role. To be called once the URL is stored.
    pub async fn keep(self, app: &App, database: &Database) {
        let noted = database.note_omissions(&app.store, self.omissions());
        if let Err(error) = noted.await {
            let cause = error.cause();
            tracing::warn!(cause, "what a new role lacks will not be shown");
        }
        match self {
            Self::Entered(_) => {}
            Self::Created(role, Everyone::KeepsThem) => role.keep(),
            Self::Created(role, Everyone::LosesThem) => role.keep_and_revoke().await,
        }
    }

    fn omissions(&self) -> &[Omission] {
        match self {
            Self::Entered(_) => &[],
            Self::Created(role, _) => role.omissions(),
        }
    }
}
