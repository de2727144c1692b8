//! What a token may be used for: never for more than its user may do.

use tokio_postgres::Row;

use crate::error::Error;
use crate::model::{Role, User};

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Scope {
    /// Clips, their rows, versions and results, and schemas
    Read,
    /// Previews: SQL that is in no clip
    Query,
    /// Creating and changing clips
    Write,
    /// What only administrators may do; without it their tokens act as a member's
    Admin,
}

/// What somebody with a token may do.
#[derive(Clone, Debug)]
pub struct TokenUser {
    user: User,
    scopes: Vec<Scope>,
}

/// The token that somebody uses.
#[derive(Clone, Debug)]
pub struct UsedToken {
    pub id: i64,
    /// `None`: every database of its user.
    pub database: Option<TokenDatabase>,
}

/// The database to which a token is limited.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenDatabase {
    pub id: i64,
    pub name: String,
}

impl Scope {
    pub const ALL: [Self; 4] = [Self::Read, Self::Query, Self::Write, Self::Admin];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Query => "query",
            Self::Write => "write",
            Self::Admin => "admin",
        }
    }

    /// For people.
    pub fn help(self) -> &'static str {
        match self {
            Self::Read => "see clips, their rows and their history",
            Self::Query => "run SQL that is in no clip",
            Self::Write => "create and change clips",
            Self::Admin => "do what only administrators may do",
        }
    }

    /// As stored; `None`: a token of an earlier release, which may do everything.
    pub(super) fn from_stored(scopes: Option<Vec<String>>) -> Vec<Self> {
        let all = Self::ALL.into_iter();
        match scopes {
            None => all.collect(),
            Some(scopes) => all
                .filter(|scope| scopes.iter().any(|stored| stored == scope.as_str()))
                .collect(),
        }
    }
}

impl TokenDatabase {
    /// Reads `database_id` and `database_name`.
    pub(super) fn from_row(row: &Row) -> Option<Self> {
        Some(Self {
            id: row.get::<_, Option<i64>>("database_id")?,
            name: row.get("database_name"),
        })
    }
}

impl TokenUser {
    /// Without the scope *admin*, an administrator's token acts as a member's.
    pub(super) fn new(user: User, token: UsedToken, scopes: Vec<Scope>) -> Self {
        let role = match user.role {
            Role::Administrator if !scopes.contains(&Scope::Admin) => Role::Member,
            role => role,
        };
        Self {
            user: User {
                role,
                token: Some(token),
                ..user
            },
            scopes,
        }
    }

    /// The user, for a request that needs one of these scopes.
    pub fn with_one_of(self, needed: &[Scope]) -> Result<User, Error> {
        if needed.iter().any(|scope| self.scopes.contains(scope)) {
            return Ok(self.user);
        }
        let needed: Vec<_> = needed.iter().map(|scope| scope.as_str()).collect();
        Err(Error::Forbidden(format!(
            "This token does not have the scope {}. Create one that has it on your account page, or with `dataclips token add --scope`.",
            needed.join(" or ")
        )))
    }
}
