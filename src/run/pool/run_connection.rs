//! Connections for runs: signed in and checked by way of the PostgreSQL library, then spoken to by ourselves.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use deadpool::managed::{self, Metrics, RecycleError, RecycleResult};
use tokio::time::Instant;
use tokio_postgres::{Client, Error};

use super::connection::{Opener, refuse_powerful_role, version};
use super::process::Process;
use crate::postgres::{Canceller, ConnectError, SignedIn};
use crate::run::wire::{Settings, Startup, Types, Wire};
use crate::run::{Failure, Identity};

/// `client_connection_check_interval` exists since this version.
const CONNECTION_CHECK_VERSION: u32 = 14;
/// A connection in constant use is replaced after this time, since roles, settings and extensions change.
const AGE_MAX: Duration = Duration::from_secs(1_800);

/// Whether functions of the database may leave something in the session that nothing resets: the connections of dblink,
/// the weak mode of isn, the globals of procedural languages.
const KEEPS_STATE: &str = "
    select exists (select from pg_extension where extname in ('dblink', 'isn'))
        or exists (select from pg_proc p join pg_language l on l.oid = p.prolang
                   where l.lanname not in ('internal', 'c', 'sql', 'plpgsql'))";

/// Opens connections for runs.
pub(in crate::run) struct RunOpener {
    opener: Opener,
    /// What the server accepted last.
    startup: Mutex<Startup>,
}

/// An open connection that may be used for runs.
pub(in crate::run) struct RunConnection {
    pub(in crate::run) wire: Wire,
    pub(in crate::run) canceller: Canceller,
    pub(in crate::run) process: Process,
    pub(in crate::run) settings: Settings,
    pub(in crate::run) types: Types,
    /// The database stores bytes in an unknown encoding.
    pub(in crate::run) is_without_encoding: bool,
    /// What a run leaves in the session cannot be reset.
    pub(in crate::run) keeps_state: bool,
    opened_at: Instant,
}

impl RunOpener {
    pub(in crate::run) fn new(opener: Opener) -> Self {
        Self {
            opener,
            startup: Mutex::new(Startup::All),
        }
    }

    async fn open(&self) -> Result<RunConnection, Failure> {
        let mut signed_in = self.sign_in().await?;
        let version = version(&signed_in.server_version)?;
        let is_without_encoding = signed_in.server_encoding == "SQL_ASCII";
        let identity = Identity::read(&signed_in.client).await;
        let identity = identity.map_err(|error| Failure::from_connect_error(&error))?;
        self.opener.refuse_own_store(&identity)?;
        refuse_powerful_role(&mut signed_in.client).await?;
        let (process, keeps_state) = examine(&signed_in.client)
            .await
            .map_err(|error| Failure::from_connect_error(&error))?;
        let (stream, canceller) = signed_in.take_over().await.ok_or_else(Failure::closed)?;
        let mut wire = Wire::new(stream);
        let settings = Settings::read(&mut wire, version >= CONNECTION_CHECK_VERSION)
            .await
            .map_err(Failure::from_wire_error)?;
        let types = Types::load(&mut wire)
            .await
            .map_err(Failure::from_wire_error)?;
        Ok(RunConnection {
            wire,
            canceller,
            process,
            settings,
            types,
            is_without_encoding,
            keeps_state,
            opened_at: Instant::now(),
        })
    }

    /// With as many of our settings as startup options as the server accepts.
    async fn sign_in(&self) -> Result<SignedIn, ConnectError> {
        loop {
            let startup = *self.startup.lock().unwrap_or_else(PoisonError::into_inner);
            let signed_in = self.opener.connector().sign_in(&startup.options()).await;
            let next = match &signed_in {
                Ok(_) => None,
                Err(error) => error.code().and_then(|code| startup.after(code)),
            };
            match next {
                Some(next) => {
                    *self.startup.lock().unwrap_or_else(PoisonError::into_inner) = next;
                }
                None => return signed_in,
            }
        }
    }
}

/// The process, and whether runs may leave something in it. Leaves the session as it was at first.
async fn examine(client: &Client) -> Result<(Process, bool), Error> {
    // All messages are sent together: one round trip. The last one ends everything that the client was asked.
    let (path, process, keeps_state, discarded) = tokio::join!(
        client.batch_execute("set search_path = pg_catalog"),
        Process::read(client),
        client.query_typed_one(KEEPS_STATE, &[]),
        client.batch_execute("discard all"),
    );
    path.and(discarded)?;
    Ok((process?, keeps_state?.try_get(0)?))
}

impl managed::Manager for RunOpener {
    type Type = RunConnection;
    type Error = Failure;

    /// Boxed: it is large and rare, and every run would carry it along.
    async fn create(&self) -> Result<RunConnection, Failure> {
        Box::pin(self.open()).await
    }

    async fn recycle(&self, connection: &mut RunConnection, _: &Metrics) -> RecycleResult<Failure> {
        if connection.opened_at.elapsed() > AGE_MAX || connection.wire.is_closed() {
            return Err(RecycleError::message("the connection is closed or old"));
        }
        Ok(())
    }
}
