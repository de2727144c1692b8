//! The form of a database, new or known: what it sends, and how it is shown again when it is refused. Passwords are never
//! shown again.

use askama::Template;
use serde::Deserialize;

use super::connection::{Connection, Everyone};
use super::opening::Group;
use super::refusal::Refusal;
use super::{connection, opening};
use crate::error::Error;
use crate::model::{Database, OpenTo};
use crate::postgres::ConnectionUrl;
use crate::run::role::{CreationFailure, RoleName};
use crate::web::app::App;
use crate::web::http::form::FieldErrors;

const URL_HELP: &str =
    "As psql takes it: postgresql://user:password@host:5432/database?sslmode=require";
const URL_IS_NOT_SHOWN: &str =
    "What you entered is not shown again, because it may contain a password.";

#[derive(Default, Deserialize)]
pub struct Typed {
    name: String,
    #[serde(default)]
    url: String,
    /// Where the password is not in the URL.
    #[serde(default)]
    password: String,
    #[serde(default)]
    open_to: Group,
    #[serde(default)]
    members: String,
    /// The name for a role to create. Sent wherever the form offers that.
    role: Option<String>,
    /// Sent where the rights that everyone has are to be revoked with it.
    revoke: Option<String>,
    /// Sent by the button that creates a safe role.
    create_role: Option<String>,
}

/// A part of a page.
#[derive(Template)]
#[template(path = "database/fields.html")]
pub struct DatabaseForm {
    address: String,
    button: &'static str,
    is_new: bool,
    typed: Typed,
    url_help: String,
    password_help: &'static str,
    /// A password was sent, which is not shown again.
    is_password_lost: bool,
    problems: FieldErrors,
    refusal: Option<Refusal>,
    /// The proposed name of a role, where one may be created.
    proposal: Option<RoleName>,
}

impl Typed {
    pub fn named(name: String) -> Self {
        Self {
            name,
            ..Self::default()
        }
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    pub fn open_to(&self) -> Result<OpenTo, Error> {
        self.open_to.read(&self.members)
    }

    /// Tries the connection that was entered, or creates a role with it. Where nothing was entered, a known database keeps
    /// its connection.
    pub async fn connect(
        &self,
        app: &App,
        known: Option<&Database>,
    ) -> Result<Option<Connection>, Error> {
        let Some(url) = self.url(app, known)? else {
            return Ok(None);
        };
        let connection = match self.create_role {
            Some(_) => Connection::create(app, &url, self.role(), self.everyone()).await?,
            None => Connection::enter(app, url).await?,
        };
        Ok(Some(connection))
    }

    /// For templates, too.
    fn role(&self) -> &str {
        self.role.as_deref().unwrap_or_default()
    }

    fn everyone(&self) -> Everyone {
        match self.revoke {
            Some(_) => Everyone::LosesThem,
            None => Everyone::KeepsThem,
        }
    }

    /// Whether the form shows the choice as made, which it is until a person unmakes it.
    fn is_revoke_chosen(&self) -> bool {
        self.role.is_none() || self.revoke.is_some()
    }

    fn url(&self, app: &App, known: Option<&Database>) -> Result<Option<ConnectionUrl>, Error> {
        let is_unchanged = self.password.is_empty() && self.create_role.is_none();
        let url = match (self.url.trim(), known) {
            ("", Some(_)) if is_unchanged => return Ok(None),
            ("", Some(database)) => database
                .url(&app.key)
                .map_err(|error| Error::invalid("url", error.to_string()))?,
            (text, _) => connection::parse(text)?.into(),
        };
        if self.password.is_empty() {
            return Ok(Some(ConnectionUrl::clone(&url)));
        }
        let url = url.with_credentials(url.user(), &self.password);
        let url = url.map_err(|error| Error::invalid("url", error.to_string()))?;
        Ok(Some(url))
    }

    /// What may be shown again, and which secret was left out.
    fn without_secrets(self) -> (Self, Lost) {
        let url = ConnectionUrl::parse(&self.url);
        let (text, lost) = match url.and_then(|url| Ok((url.without_password()?, url))) {
            Ok((shown, url)) if url.has_password() || !self.password.is_empty() => {
                (shown.expose().to_owned(), Lost::Password)
            }
            Ok(_) => (self.url, Lost::Nothing),
            Err(_) if self.url.trim().is_empty() && self.password.is_empty() => {
                (String::new(), Lost::Nothing)
            }
            Err(_) if self.url.trim().is_empty() => (String::new(), Lost::Password),
            Err(_) => (String::new(), Lost::Url),
        };
        let typed = Self {
            url: text,
            password: String::new(),
            ..self
        };
        (typed, lost)
    }
}

/// What is not shown again.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Lost {
    Nothing,
    Password,
    Url,
}

impl DatabaseForm {
    /// For a database to add.
    pub fn new(typed: Typed) -> Self {
        Self {
            address: "/databases".to_owned(),
            button: "Add database",
            is_new: true,
            typed,
            url_help: URL_HELP.to_owned(),
            password_help: "Leave it empty if the URL contains it, or if none is needed.",
            is_password_lost: false,
            problems: FieldErrors::default(),
            refusal: None,
            proposal: None,
        }
    }

    /// For a known database.
    pub fn edit(app: &App, database: &Database) -> Self {
        let url = database.url(&app.key).ok();
        let current = url
            .map(|url| format!(" Now it is {url}"))
            .unwrap_or_default();
        Self {
            address: format!("/databases/{}", database.id),
            button: "Save",
            is_new: false,
            url_help: format!("Leave it empty to keep the connection as it is.{current}"),
            password_help: "Enter it only to change it, if it is not in the URL.",
            ..Self::new(Typed {
                name: database.name.clone(),
                open_to: Group::new(&database.open_to),
                members: opening::addresses(&database.open_to),
                ..Typed::default()
            })
        }
    }

    /// Offers to create a safe role with the rights of the stored one.
    pub fn offering_role(self, app: &App, database: &Database) -> Self {
        let url = database.url(&app.key).ok();
        Self {
            proposal: url.map(|url| RoleName::for_database(url.database())),
            ..self
        }
    }

    /// As it was sent, with the reason why it was refused; any other error is returned.
    pub fn refused(self, typed: Typed, error: Error) -> Result<Self, Error> {
        let requests_role = typed.create_role.is_some();
        let (typed, lost) = typed.without_secrets();
        let (problems, refusal) = explain(error)?;
        let is_overprivileged = refusal
            .as_ref()
            .is_some_and(|refusal| refusal.is_overprivileged);
        let entered = ConnectionUrl::parse(&typed.url).ok();
        let proposal = entered
            .filter(|_| requests_role || is_overprivileged)
            .map(|url| RoleName::for_database(url.database()));
        Ok(Self {
            url_help: match lost {
                Lost::Url => URL_IS_NOT_SHOWN.to_owned(),
                Lost::Nothing | Lost::Password => self.url_help,
            },
            is_password_lost: lost == Lost::Password,
            proposal: proposal.or(self.proposal),
            typed,
            problems,
            refusal,
            ..self
        })
    }
}

impl DatabaseForm {
    /// For templates.
    fn role_help(&self, proposal: &RoleName) -> String {
        format!("Leave it empty for {proposal}, or the next free name like it.")
    }
}

fn explain(error: Error) -> Result<(FieldErrors, Option<Refusal>), Error> {
    match error {
        Error::Invalid { .. } => Ok((FieldErrors::from_error(error)?, None)),
        Error::RoleNotCreated(taken @ CreationFailure::NameTaken(_)) => {
            let error = Error::invalid("role", taken.to_string());
            Ok((FieldErrors::from_error(error)?, None))
        }
        error => Ok((FieldErrors::default(), Some(Refusal::from_error(error)?))),
    }
}
