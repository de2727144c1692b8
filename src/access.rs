//! Who may do what. A permission is a value: holding a [`Readable`] proves that it was granted, and only this file
//! can make one.
//!
//! It decides without asking the store: a clip comes with its grants, and a user knows whether their address is verified.
//! A deactivated person is not found as a user at all. `model/clip/list/list_reason.rs` holds the same rule in SQL.

use std::ops::Deref;

use crate::encode::Format;
use crate::error::Error;
use crate::model::{Clip, ClipLink, Database, May, TokenDatabase, User, Version};
use crate::result::{Column, is_plan};
use crate::run::{Parameters, Values};

/// The sender of a request.
#[derive(Clone, Debug)]
pub enum Viewer {
    Anonymous,
    User(User),
    /// Somebody with a link to one clip's rows; for everything else they are anonymous.
    Link(ClipLink),
}

/// What a signed-in user may do with a clip; each right includes those before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Right {
    See,
    Edit,
    Own,
}

/// A clip whose rows the viewer may see.
#[derive(Clone, Debug)]
pub struct Readable<T> {
    noun: T,
    /// The link by which a clip is read.
    link: Option<ClipLink>,
    /// The database to which the viewer's token is limited.
    token_database: Option<TokenDatabase>,
    /// Whether the viewer may also see the query, and PostgreSQL's messages about it.
    pub sees_sql: bool,
}

/// Proof that the viewer may see certain rows in a certain format.
#[derive(Clone, Copy, Debug)]
pub struct Visible(());

/// A clip that the user may change.
#[derive(Clone, Debug)]
pub struct Editable<T> {
    noun: T,
    pub editor: User,
}

/// A clip, removed or not, that the user may remove and restore.
#[derive(Clone, Debug)]
pub struct Owned<T> {
    noun: T,
    pub by: User,
}

/// A database that the user may run queries on.
#[derive(Clone, Debug)]
pub struct Queryable<T> {
    noun: T,
}

/// A version of a clip that the user may copy into a clip of their own.
#[derive(Clone, Debug)]
pub struct Forkable {
    pub clip: Readable<Clip>,
    pub version: Version,
    pub database: Queryable<Database>,
    pub by: User,
}

/// A user who may do everything.
#[derive(Clone, Debug)]
pub struct Administrator(User);

impl Viewer {
    /// Reading the rows of a clip: open to anyone with its URL, or to its owner, administrators, and people with a
    /// grant.
    pub fn read(&self, clip: Clip) -> Result<Readable<Clip>, Error> {
        refuse_beyond(self.token_database(), clip.version.database_id)?;
        let right = self.right(&clip);
        if !clip.anyone && right.is_none() {
            return Err(match self {
                Self::Anonymous | Self::Link(_) => Error::Protected,
                Self::User(_) => Error::Forbidden(
                    "You do not have access to this clip. Ask its owner for it.".to_owned(),
                ),
            });
        }
        if clip.is_removed {
            return Err(Error::Removed);
        }
        Ok(Readable {
            sees_sql: clip.show_sql || right >= Some(Right::Edit),
            link: None,
            token_database: self.token_database().cloned(),
            noun: clip,
        })
    }

    /// Reading the rows alone, in a machine format: also allowed with a link to the clip's rows.
    pub fn read_rows(&self, clip: Clip) -> Result<Readable<Clip>, Error> {
        match self {
            Self::Link(link) if link.clip_number == clip.number => {
                if clip.is_removed {
                    return Err(Error::Removed);
                }
                Ok(Readable {
                    // PostgreSQL's messages quote values.
                    sees_sql: clip.show_sql && link.values.is_empty(),
                    link: Some(link.clone()),
                    token_database: None,
                    noun: clip,
                })
            }
            Self::Link(_) | Self::Anonymous | Self::User(_) => self.read(clip),
        }
    }

    /// Changing title and query of a clip.
    pub fn edit(&self, clip: Clip) -> Result<Editable<Clip>, Error> {
        let refusal = "Only its owner, its editors and administrators can change this clip. Ask its owner to let you edit it.";
        let editor = self.with_right(Right::Edit, &clip, refusal)?;
        let noun = self.read(clip)?.noun;
        Ok(Editable { noun, editor })
    }

    /// Deciding who sees a clip and how, pinning it, removing it and restoring it.
    pub fn own(&self, clip: Clip) -> Result<Owned<Clip>, Error> {
        let refusal = "Only its owner or an administrator can do this.";
        let by = self.with_right(Right::Own, &clip, refusal)?;
        Ok(Owned { noun: clip, by })
    }

    /// The same for a clip that is not removed.
    pub fn own_present(&self, clip: Clip) -> Result<Owned<Clip>, Error> {
        let owned = self.own(clip)?;
        match owned.is_removed {
            true => Err(Error::Removed),
            false => Ok(owned),
        }
    }

    /// Running new SQL on a database.
    pub fn query(&self, database: Database) -> Result<Queryable<Database>, Error> {
        let user = self.signed_in()?;
        refuse_beyond(self.token_database(), database.id)?;
        if !database.open_to.admits(user) {
            return Err(Error::Forbidden(format!(
                "You cannot query the database “{}”. Ask an administrator to open it to you.",
                database.name
            )));
        }
        Ok(Queryable { noun: database })
    }

    /// Copying a version of a clip: for users who see its query and may query its database.
    pub fn fork(
        &self,
        clip: Clip,
        version: Version,
        database: Database,
    ) -> Result<Forkable, Error> {
        let by = self.signed_in()?.clone();
        let clip = self.read(clip)?;
        if clip.sql(&version).is_none() {
            return Err(Error::Forbidden(
                "You cannot see the query of this clip, so you cannot fork it. Ask its owner to show it."
                    .to_owned(),
            ));
        }
        let database = self.query(database)?;
        if database.is_removed {
            return Err(Error::Conflict(format!(
                "The database “{}” of that version was removed. Copy its query into a new clip instead.",
                database.name
            )));
        }
        Ok(Forkable {
            clip,
            version,
            database,
            by,
        })
    }

    pub fn administrate(&self) -> Result<Administrator, Error> {
        let user = self.signed_in()?;
        if !user.is_administrator() {
            return Err(Error::Forbidden(
                "Only an administrator can do this.".to_owned(),
            ));
        }
        if let Some(database) = self.token_database() {
            return Err(beyond(database));
        }
        Ok(Administrator(user.clone()))
    }

    pub fn signed_in(&self) -> Result<&User, Error> {
        match self {
            Self::User(user) => Ok(user),
            Self::Anonymous | Self::Link(_) => Err(Error::Unauthenticated("Sign in to do this.")),
        }
    }

    /// The database to which the viewer's token is limited.
    fn token_database(&self) -> Option<&TokenDatabase> {
        match self {
            Self::User(user) => user.only_database(),
            Self::Anonymous | Self::Link(_) => None,
        }
    }

    /// Refuses any other database than the one to which the viewer's token is limited.
    pub fn refuse_beyond(&self, database_id: i64) -> Result<(), Error> {
        refuse_beyond(self.token_database(), database_id)
    }

    /// What this viewer may do with a clip, regardless of whether it is open to anyone.
    fn right(&self, clip: &Clip) -> Option<Right> {
        let Self::User(user) = self else {
            return None;
        };
        if user.is_administrator() || clip.is_owned_by(user) {
            return Some(Right::Own);
        }
        clip.grants(user).map(|may| match may {
            May::See => Right::See,
            May::Edit => Right::Edit,
        })
    }

    /// A viewer who may not even see the clip gets the same refusal as for reading it, which reveals nothing more.
    fn with_right(&self, least: Right, clip: &Clip, refusal: &str) -> Result<User, Error> {
        let user = self.signed_in()?;
        refuse_beyond(self.token_database(), clip.version.database_id)?;
        if self.right(clip) < Some(least) {
            self.read(clip.clone())?;
            return Err(Error::Forbidden(refusal.to_owned()));
        }
        Ok(user.clone())
    }
}

impl Readable<Clip> {
    /// The query of a version, if the viewer may see it.
    pub fn sql<'a>(&self, version: &'a Version) -> Option<&'a str> {
        let is_seen = self.sees_sql && self.refuse_beyond(version).is_ok();
        is_seen.then_some(version.sql.as_str())
    }

    /// Whether rows may be read in this format: a link to a protected clip may be for some formats only.
    pub fn allows(&self, format: Format) -> Result<(), Error> {
        let link = self.link.as_ref().filter(|_| !self.noun.anyone);
        let Some(link) = link.filter(|link| !link.allows(format)) else {
            return Ok(());
        };
        let allowed = link.allowed().into_iter();
        let allowed: Vec<_> = allowed.map(Format::extension).collect();
        Err(Error::Forbidden(format!(
            "This link does not open the format “{}”. It opens {}. Ask the owner for another link.",
            format.extension(),
            allowed.join(", ")
        )))
    }

    /// Whether a link fixes values. It does for open clips too: what it opens does not change with them.
    pub fn has_fixed_values(&self) -> bool {
        let link = self.link.as_ref();
        link.is_some_and(|link| !link.values.is_empty())
    }

    /// The values with which a version's query runs for the viewer: those that they give, read only where their link opens the
    /// version, and those that the link fixes. `parameters` are the version's, if its blanks can be read.
    pub fn values(
        &self,
        version: &Version,
        parameters: Option<&Parameters>,
        given: impl FnOnce() -> Result<Values, Error>,
    ) -> Result<Values, Error> {
        self.refuse_beyond(version)?;
        let Some(link) = self.link.as_ref().filter(|_| self.has_fixed_values()) else {
            return given();
        };
        if !parameters.is_some_and(|parameters| link.values.fit(parameters)) {
            return Err(Error::Forbidden(format!(
                "This link does not open version {}. Ask the owner for another link.",
                version.number
            )));
        }
        let joined = link.values.join(given()?, &version.parameter_types);
        joined.ok_or_else(|| {
            let names: Vec<_> = link.values.iter().map(|(name, _)| format!("`{name}`")).collect();
            Error::Forbidden(format!(
                "This link fixes {}, and opens no other value. Leave it out, or ask the owner for another link.",
                names.join(", ")
            ))
        })
    }

    /// Whether the viewer may see results of a version with these values.
    pub fn admits(&self, version: &Version, values: &Values) -> bool {
        let link = self.link.as_ref();
        link.is_none_or(|link| link.values.are_in(values, &version.parameter_types))
    }

    /// Whether the viewer may see a version's rows of these values with these columns in this format: the plan of a query
    /// reveals the query.
    pub fn show(
        &self,
        version: &Version,
        values: &Values,
        columns: &[Column],
        format: Format,
    ) -> Result<Visible, Error> {
        self.refuse_beyond(version)?;
        self.allows(format)?;
        if !self.admits(version, values) {
            return Err(Error::not_found("result"));
        }
        match is_plan(columns) && !self.sees_sql {
            true => Err(Error::Forbidden(
                "This clip explains a query that its owner does not show. Ask the owner to show it.".to_owned(),
            )),
            false => Ok(Visible(())),
        }
    }

    fn refuse_beyond(&self, version: &Version) -> Result<(), Error> {
        refuse_beyond(self.token_database.as_ref(), version.database_id)
    }
}

#[cfg(test)]
impl Visible {
    pub fn for_tests() -> Self {
        Self(())
    }
}

impl Queryable<Database> {
    /// What somebody's own query returns on this database.
    pub fn show(&self) -> Visible {
        Visible(())
    }
}

impl Owned<Clip> {
    /// Refuses versions on other databases than the one to which the owner's token is limited.
    pub fn refuse_beyond(&self, version: &Version) -> Result<(), Error> {
        refuse_beyond(self.by.only_database(), version.database_id)
    }

    /// The changed clip, for the response to its editor: they may just have given it away, and could no longer read it.
    pub fn read_changed(&self, changed: Clip) -> Readable<Clip> {
        Readable {
            noun: changed,
            link: None,
            token_database: None,
            sees_sql: true,
        }
    }
}

impl<T> Deref for Readable<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.noun
    }
}

impl<T> Deref for Editable<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.noun
    }
}

impl<T> Deref for Owned<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.noun
    }
}

impl<T> Deref for Queryable<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.noun
    }
}

/// Refuses any other database than the one to which a token is limited, even for what is open to anyone.
fn refuse_beyond(limit: Option<&TokenDatabase>, database_id: i64) -> Result<(), Error> {
    match limit {
        Some(database) if database.id != database_id => Err(beyond(database)),
        _ => Ok(()),
    }
}

fn beyond(database: &TokenDatabase) -> Error {
    Error::Forbidden(format!(
        "This token is limited to the database “{}”. Create another token on your account page, or with `dataclips token add`.",
        database.name
    ))
}

impl Administrator {
    pub fn user(&self) -> &User {
        &self.0
    }
}
