//! The name of a role to create.

use std::fmt;

/// PostgreSQL silently truncates longer names.
const BYTES_MAX: usize = 63;
const PREFIX: &str = "dataclips_";
/// The alternatives to a name that is taken: `name_2` up to this.
const LAST_NUMBER: usize = 20;

/// A name that PostgreSQL accepts without truncating it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoleName(String);

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RoleNameError {
    #[error("Give the role a name of 1 to 63 bytes, without control characters.")]
    Length,
    #[error(
        "PostgreSQL reserves the names public and none, and those that begin with pg_. Choose another."
    )]
    Reserved,
}

impl RoleName {
    pub fn parse(text: &str) -> Result<Self, RoleNameError> {
        let name = text.trim();
        if name.is_empty() || name.len() > BYTES_MAX || name.chars().any(char::is_control) {
            return Err(RoleNameError::Length);
        }
        if matches!(name, "public" | "none") || name.starts_with("pg_") {
            return Err(RoleNameError::Reserved);
        }
        Ok(Self(name.to_owned()))
    }

    /// Such as `dataclips_shop`. In ASCII, since the databases of one server may have different encodings.
    pub fn for_database(database: &str) -> Self {
        let words = database
            .split(|character: char| !character.is_ascii_alphanumeric())
            .filter(|word| !word.is_empty())
            .collect::<Vec<_>>()
            .join("_");
        let mut name = match words.is_empty() {
            true => format!("{PREFIX}reader"),
            false => format!("{PREFIX}{}", words.to_ascii_lowercase()),
        };
        name.truncate(BYTES_MAX - numbered("", LAST_NUMBER).len());
        Self(name)
    }

    /// The name and its alternatives, in the order in which to try them.
    pub(super) fn alternatives(self) -> Vec<Self> {
        let others = (2..=LAST_NUMBER).map(|number| Self(numbered(&self.0, number)));
        let others: Vec<_> = others.collect();
        std::iter::once(self).chain(others).collect()
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RoleName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

fn numbered(name: &str, number: usize) -> String {
    format!("{name}_{number}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_database_name_gives_a_role_name_that_postgresql_accepts() {
        for (database, name) in [
            ("shop", "dataclips_shop"),
            ("Shop \"East\" 2", "dataclips_shop_east_2"),
            ("Größe", "dataclips_gr_e"),
            ("数据", "dataclips_reader"),
            ("", "dataclips_reader"),
        ] {
            let made = RoleName::for_database(database);
            assert_eq!(made.as_str(), name);
            assert_eq!(RoleName::parse(name), Ok(made));
        }
        for name in RoleName::for_database(&"x".repeat(63)).alternatives() {
            assert!(RoleName::parse(name.as_str()).is_ok(), "{name}");
        }
    }

    #[test]
    fn names_that_postgresql_would_truncate_or_refuse_are_refused() {
        for (text, error) in [
            (" ", RoleNameError::Length),
            (&"é".repeat(32), RoleNameError::Length),
            ("a\0b", RoleNameError::Length),
            ("pg_reader", RoleNameError::Reserved),
            ("public", RoleNameError::Reserved),
            ("none", RoleNameError::Reserved),
        ] {
            assert_eq!(RoleName::parse(text), Err(error), "{text:?}");
        }
        for text in ["Reader's \"own\"", "é".repeat(31).as_str(), "Public"] {
            assert!(RoleName::parse(text).is_ok(), "{text:?}");
        }
    }
}
