//! How a database was added.

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// By an administrator.
    Added,
    /// By an environment variable.
    Environment,
    /// It is the sample beside our own store.
    Embedded,
}

impl Source {
    /// Reads what the store holds.
    pub(in crate::model) fn parse(text: &str) -> Self {
        match text {
            "environment" => Self::Environment,
            "embedded" => Self::Embedded,
            _ => Self::Added,
        }
    }

    pub(in crate::model) fn as_str(self) -> &'static str {
        match self {
            Self::Added => "added",
            Self::Environment => "environment",
            Self::Embedded => "embedded",
        }
    }
}
