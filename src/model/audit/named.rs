//! What an entry names.

/// Something by its number, and the name that it has today; a token has the name that it had then.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    pub number: i64,
    pub name: Option<String>,
}
