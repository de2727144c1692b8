//! Who may do what. A permission is a value: holding a [`Readable`] proves that it was granted, and only this file
//! can make one.

use std::ops::Deref;

use crate::error::Error;
use crate::model::{Clip, Database, User, Version};

/// Whoever asks.
#[derive(Clone, Debug)]
pub enum Viewer {
    Anonymous,
    User(User),
}

/// A clip whose rows the viewer may see.
#[derive(Clone, Debug)]
pub struct Readable<T> {
    noun: T,
    /// Whether the viewer may also see the query, and PostgreSQL's words about it.
    pub sees_sql: bool,
}

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

/// A user who may do everything.
#[derive(Clone, Debug)]
pub struct Administrator(User);

impl Viewer {
    /// The rows of a clip: open to anyone with its URL, or to its owner and administrators.
    pub fn read(&self, clip: Clip) -> Result<Readable<Clip>, Error> {
        let owns = self.owns(&clip);
        if !clip.anyone && !owns {
            return Err(match self {
                Self::Anonymous => Error::Protected,
                Self::User(_) => Error::Forbidden(
                    "You may not see this dataclip. Ask its owner for access.".to_owned(),
                ),
            });
        }
        if clip.is_removed {
            return Err(Error::Removed);
        }
        Ok(Readable {
            sees_sql: owns || clip.show_sql,
            noun: clip,
        })
    }

    /// Title and query of a clip.
    pub fn edit(&self, clip: Clip) -> Result<Editable<Clip>, Error> {
        let editor = self.owner_or_administrator(
            &clip,
            "Only its owner or an administrator may change this dataclip.",
        )?;
        let noun = self.read(clip)?.noun;
        Ok(Editable { noun, editor })
    }

    /// Removing a clip and bringing it back.
    pub fn own(&self, clip: Clip) -> Result<Owned<Clip>, Error> {
        let by =
            self.owner_or_administrator(&clip, "Only its owner or an administrator may do this.")?;
        Ok(Owned { noun: clip, by })
    }

    /// Running new text on a database.
    pub fn query(&self, database: Database) -> Result<Queryable<Database>, Error> {
        let user = self.signed_in()?;
        if !database.open_to.admits(user) {
            return Err(Error::Forbidden(format!(
                "You may not query the database “{}”. Ask an administrator to open it to you.",
                database.name
            )));
        }
        Ok(Queryable { noun: database })
    }

    pub fn administrate(&self) -> Result<Administrator, Error> {
        let user = self.signed_in()?;
        if !user.is_administrator() {
            return Err(Error::Forbidden(
                "Only an administrator may do this.".to_owned(),
            ));
        }
        Ok(Administrator(user.clone()))
    }

    pub fn signed_in(&self) -> Result<&User, Error> {
        match self {
            Self::User(user) => Ok(user),
            Self::Anonymous => Err(Error::Unauthenticated("Sign in to do this.")),
        }
    }

    /// Whether this viewer carries the right himself, as owner or administrator.
    fn owns(&self, clip: &Clip) -> bool {
        match self {
            Self::Anonymous => false,
            Self::User(user) => user.is_administrator() || clip.is_owned_by(user),
        }
    }

    /// To whom may not even see the clip, a refusal says no more than reading it would.
    fn owner_or_administrator(&self, clip: &Clip, refusal: &str) -> Result<User, Error> {
        let user = self.signed_in()?;
        if !self.owns(clip) {
            self.read(clip.clone())?;
            return Err(Error::Forbidden(refusal.to_owned()));
        }
        Ok(user.clone())
    }
}

impl Readable<Clip> {
    /// The query of a version, if the viewer may see it.
    pub fn sql<'a>(&self, version: &'a Version) -> Option<&'a str> {
        self.sees_sql.then_some(version.sql.as_str())
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

impl Administrator {
    pub fn user(&self) -> &User {
        &self.0
    }
}
