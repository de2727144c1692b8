//! Which of a URL's servers is meant: libpq's `target_session_attrs`.

use tokio_postgres::config::TargetSessionAttrs;
use tokio_postgres::{Client, Error};

const READ: &str = "select pg_catalog.pg_is_in_recovery(),
        pg_catalog.current_setting('default_transaction_read_only')::pg_catalog.bool";

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ServerKind {
    #[default]
    Any,
    /// Where transactions may write unless they say otherwise.
    ReadWrite,
    ReadOnly,
    Primary,
    Standby,
    /// A standby, or else any server.
    PreferStandby,
}

impl ServerKind {
    /// What to look for among all hosts.
    pub(super) fn first(self) -> Self {
        match self {
            Self::PreferStandby => Self::Standby,
            kind => kind,
        }
    }

    /// What will do if there is none.
    pub(super) fn second(self) -> Option<Self> {
        (self == Self::PreferStandby).then_some(Self::Any)
    }

    /// Whether a connection is to such a server.
    pub(super) async fn is_met(self, client: &Client) -> Result<bool, Error> {
        if matches!(self, Self::Any | Self::PreferStandby) {
            return Ok(true);
        }
        let row = client.query_typed_one(READ, &[]).await?;
        let (is_standby, is_read_only): (bool, bool) = (row.try_get(0)?, row.try_get(1)?);
        Ok(match self {
            Self::Any | Self::PreferStandby => true,
            Self::ReadWrite => !is_standby && !is_read_only,
            Self::ReadOnly => is_standby || is_read_only,
            Self::Primary => !is_standby,
            Self::Standby => is_standby,
        })
    }

    /// What the library can check by itself, for the pool of our own store: whether a session may write. It knows no
    /// second choice, so that `prefer-standby` is any server there.
    pub(super) fn nearest(self) -> TargetSessionAttrs {
        match self {
            Self::Any | Self::PreferStandby => TargetSessionAttrs::Any,
            Self::ReadWrite | Self::Primary => TargetSessionAttrs::ReadWrite,
            Self::ReadOnly | Self::Standby => TargetSessionAttrs::ReadOnly,
        }
    }
}
