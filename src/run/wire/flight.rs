//! Messages to a server that are sent together: one round trip, which ends with one `ReadyForQuery`.

use bytes::BytesMut;
use postgres_protocol::IsNull;
use postgres_protocol::message::frontend;
use tokio::io::{AsyncWrite, AsyncWriteExt};

use super::error::WireError;

#[derive(Default)]
pub(super) struct Flight(BytesMut);

/// The statement with a name of its own, which outlives a flight until `discard all`; the other one has no name.
pub(super) const DESCRIBED: &str = "text";
pub(super) const UNNAMED: &str = "";

impl Flight {
    /// A statement of ours that returns no rows.
    pub(super) fn command(&mut self, sql: &str) -> Result<(), WireError> {
        self.parse(UNNAMED, sql)?;
        self.execute(UNNAMED)
    }

    pub(super) fn parse(&mut self, name: &str, sql: &str) -> Result<(), WireError> {
        frontend::parse(name, sql, [], &mut self.0).map_err(WireError::Io)
    }

    pub(super) fn describe(&mut self, name: &str) -> Result<(), WireError> {
        frontend::describe(b'S', name, &mut self.0).map_err(WireError::Io)
    }

    /// Asks for all rows, as text. Never for a number of them: any but 0 (all) makes PostgreSQL plan without parallel
    /// workers.
    pub(super) fn execute(&mut self, name: &str) -> Result<(), WireError> {
        let no_values = std::iter::empty::<()>();
        frontend::bind(
            "",
            name,
            [],
            no_values,
            |(), _| Ok(IsNull::Yes),
            [],
            &mut self.0,
        )
        .map_err(|_| WireError::Unexpected)?;
        frontend::execute("", 0, &mut self.0).map_err(WireError::Io)
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
