//! Why a conversation with a server ended early.

use std::io;

use crate::run::error::server_error::ServerError;

#[derive(Debug)]
pub(in crate::run) enum WireError {
    /// The server reports an error. The connection can be used again once the server is ready for it.
    Server(Box<ServerError>),
    /// The same, while values are put into a statement, and it is planned.
    Binding(Box<ServerError>),
    /// The same, about a statement of ours.
    OwnStatement(Box<ServerError>),
    /// A name or a value, from a database without an encoding.
    NotUtf8,
    /// The server closed the connection.
    Closed,
    Io(io::Error),
    /// A message that has no place here. Nothing that follows it can be trusted.
    Unexpected,
}

impl WireError {
    /// For errors in answer to a statement of ours: they are never the query's.
    pub(super) fn about_own_statement(self) -> Self {
        match self {
            Self::Server(error) | Self::Binding(error) => Self::OwnStatement(error),
            other => other,
        }
    }

    pub(super) fn while_binding(self) -> Self {
        match self {
            Self::Server(error) => Self::Binding(error),
            other => other,
        }
    }
}
