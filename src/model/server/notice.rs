//! What a transaction on the store tells all servers, as JSON on one channel. The triggers in
//! `migrations/V11__servers.sql` send some of it.

use serde::{Deserialize, Serialize};
use tokio_postgres::Client;
use tokio_postgres::types::Type;

use super::ServerId;
use super::run_key::{Lease, RunKey};
use super::tag::Tag;
use crate::error::Error;
use crate::model::Subject;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Notice {
    /// A clip, a permission, a person or a database is no longer what it was.
    Changed,
    /// A version has a new result.
    Result {
        #[serde(flatten)]
        subject: Subject,
        number: u32,
    },
    /// The rows of a result were deleted.
    Released {
        #[serde(flatten)]
        subject: Subject,
        id: i64,
    },
    /// A server executes a run for which the others may wait.
    Began {
        #[serde(flatten)]
        key: RunKey,
        #[serde(flatten)]
        lease: Lease,
    },
    /// Something about a run has changed: whoever executes it or waits for it looks.
    Run { id: i64 },
    /// Nobody executes a run any longer.
    Ended { id: i64 },
    /// Rows were read by a request after which the same client probably sends another one. See `web::rows::recent_reads`.
    Read {
        /// A hash, also of who may read.
        address: String,
        client: Option<String>,
        result: i64,
        /// The others respond to this with [`Self::ReadHeard`].
        #[serde(default, skip_serializing_if = "Option::is_none")]
        step: Option<ReadStep>,
    },
    /// Another server has heard of that step.
    ReadHeard { step: ReadStep },
    /// A client goes on reading there: the server that answered it before says which result that was.
    ReadAsked { address: String },
    /// Somebody looks at a preview that another server may hold. See `web::clip::query::previews_elsewhere`.
    PreviewAsked {
        tag: Tag,
        /// Who looks.
        user: i64,
    },
    /// The preview is held somewhere, and being stored.
    PreviewFound { tag: Tag },
    /// The preview is in the store, or could not be stored.
    PreviewPassedOn { tag: Tag },
    /// A server has started, or listens again.
    Joined,
    /// A server has stopped.
    Left,
    /// A server needs a connection to this database, which allows no more.
    Room { database: i64 },
    /// From a server to itself: it may have missed any of the others.
    Missed,
}

/// Identifies one request that read rows, among those of all servers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReadStep {
    pub server: ServerId,
    pub number: u64,
}

impl Notice {
    pub const CHANNEL: &str = "dataclips";

    /// For `pg_notify` within a statement that changes something: one transaction writes less than two.
    pub fn text(&self) -> Result<String, Error> {
        serde_json::to_string(self).map_err(Error::internal)
    }

    pub async fn send(&self, client: &Client) -> Result<(), Error> {
        let text = self.text()?;
        let parameters: [(&(dyn tokio_postgres::types::ToSql + Sync), Type); 2] =
            [(&Self::CHANNEL, Type::TEXT), (&text, Type::TEXT)];
        client
            .query_typed("select pg_notify($1, $2)", &parameters)
            .await?;
        Ok(())
    }
}
