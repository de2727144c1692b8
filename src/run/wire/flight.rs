//! Messages to a server that are sent together: one round trip, which ends with one `ReadyForQuery`.

use bytes::BytesMut;
use postgres_protocol::IsNull;
use postgres_protocol::message::frontend;
use tokio::io::{AsyncWrite, AsyncWriteExt};

use super::error::WireError;

#[derive(Default)]
pub(super) struct Flight(BytesMut);

/// Statements and portals without a name are replaced by the next one. A pooler that gives each transaction another server
/// would leave named ones behind.
const UNNAMED: &str = "";

impl Flight {
    /// A statement of ours that returns no rows.
    pub(super) fn command(&mut self, sql: &str) -> Result<(), WireError> {
        self.parse(sql, &[])?;
        self.execute(&[])
    }

    /// `types` are those of the text's parameters; 0 for one that the server is to find out.
    pub(super) fn parse(&mut self, sql: &str, types: &[u32]) -> Result<(), WireError> {
        let types = types.iter().copied();
        frontend::parse(UNNAMED, sql, types, &mut self.0).map_err(WireError::Io)
    }

    /// The statement that was parsed last.
    pub(super) fn describe(&mut self) -> Result<(), WireError> {
        frontend::describe(b'S', UNNAMED, &mut self.0).map_err(WireError::Io)
    }

    /// Executes the statement that was parsed last, with these values as text. Asks for all rows, as text. Never for a
    /// number of them: any but 0 (all) makes PostgreSQL plan without parallel workers.
    pub(super) fn execute(&mut self, values: &[Option<String>]) -> Result<(), WireError> {
        frontend::bind(
            UNNAMED,
            UNNAMED,
            [],
            values,
            |value, buffer| {
                let Some(value) = value else {
                    return Ok(IsNull::Yes);
                };
                buffer.extend_from_slice(value.as_bytes());
                Ok(IsNull::No)
            },
            [],
            &mut self.0,
        )
        .map_err(|_| WireError::Unexpected)?;
        frontend::execute(UNNAMED, 0, &mut self.0).map_err(WireError::Io)
    }

    pub(super) fn sync(&mut self) {
        frontend::sync(&mut self.0);
    }

    pub(super) fn terminate(&mut self) {
        self.0.clear();
        frontend::terminate(&mut self.0);
    }

    pub(super) async fn send<S>(&mut self, stream: &mut S) -> Result<(), WireError>
    where
        S: AsyncWrite + Unpin + ?Sized,
    {
        stream.write_all(&self.0).await.map_err(WireError::Io)?;
        self.0.clear();
        stream.flush().await.map_err(WireError::Io)
    }
}
