//! Connections for runs: signed in and checked by way of the PostgreSQL library, then spoken to by ourselves.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;
use tokio_postgres::{Client, Error};

use super::connection::{Opener, refuse_powerful_role, version};
use super::pooler::Route;
use super::process::Process;
use super::slots::Slot;
use crate::postgres::{Canceller, ConnectError, SignedIn};
use crate::run::wire::{Settings, Startup, Types, Wire, WireError};
use crate::run::{Failure, Identity};

/// `client_connection_check_interval` exists since this version.
const CONNECTION_CHECK_VERSION: u32 = 14;
/// A connection in constant use is replaced after this time, since roles, settings and extensions change.
const AGE_MAX: Duration = Duration::from_secs(1_800);

const OPENING: &str = "begin transaction read only; set local search_path = pg_catalog";
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
    /// `None` behind a pooler, where each transaction may have another.
    pub(in crate::run) process: Option<Process>,
    pub(in crate::run) settings: Settings,
    pub(in crate::run) types: Types,
    /// The database stores bytes in an unknown encoding.
    pub(in crate::run) is_without_encoding: bool,
    /// What a run leaves in the session cannot be reset.
    pub(in crate::run) keeps_state: bool,
    opened_at: Instant,
    /// Counts it while it lives.
    _slot: Slot,
}

impl RunOpener {
    pub(in crate::run) fn new(opener: Opener) -> Self {
        Self {
            opener,
            startup: Mutex::new(Startup::All),
        }
    }

    pub(super) async fn open(&self, slot: Slot) -> Result<RunConnection, Failure> {
        let (mut signed_in, route) = self.sign_in().await?;
        let version = version(&signed_in.server_version)?;
        let is_without_encoding = signed_in.server_encoding == "SQL_ASCII";
        let identity = Identity::read(&signed_in.client).await;
        let identity = identity.map_err(|error| Failure::from_connect_error(&error))?;
        self.opener.refuse_own_store(&identity)?;
        let is_pooled = route.pooler().is_some();
        refuse_powerful_role(&mut signed_in.client).await?;
        let (process, keeps_state) = examine(&signed_in.client)
            .await
            .map_err(|error| Failure::from_connect_error(&error))?;
        let (stream, canceller) = signed_in.take_over().await.ok_or_else(Failure::closed)?;
        let mut wire = Wire::new(stream, is_pooled);
        let has_connection_check = version >= CONNECTION_CHECK_VERSION;
        let (settings, types) = read_catalogue(&mut wire, has_connection_check, is_pooled)
            .await
            .map_err(Failure::from_wire_error)?;
        Ok(RunConnection {
            wire,
            canceller,
            process: (!is_pooled).then_some(process),
            settings,
            types,
            is_without_encoding,
            keeps_state,
            opened_at: Instant::now(),
            _slot: slot,
        })
    }

    async fn sign_in(&self) -> Result<(SignedIn, Route), Failure> {
        loop {
            let signed_in = self.sign_in_with_options().await?;
            if let Some(route) = self.opener.route(&signed_in).await? {
                return Ok((signed_in, route));
            }
        }
    }

    /// With as many of our settings as startup options as the server accepts.
    async fn sign_in_with_options(&self) -> Result<SignedIn, ConnectError> {
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

/// What a new session has, and most types of its database.
async fn read_catalogue(
    wire: &mut Wire,
    has_connection_check: bool,
    is_pooled: bool,
) -> Result<(Settings, Types), WireError> {
    let questions = [Settings::question(has_connection_check), Types::question()];
    let [settings, types] = wire
        .ask_all(questions.each_ref().map(String::as_str))
        .await?;
    let settings = Settings::from_answer(&settings, has_connection_check, is_pooled)?;
    Ok((settings, Types::from_answer(&types)?))
}

/// The process, and whether runs may leave something in it. Leaves the session as it was.
async fn examine(client: &Client) -> Result<(Process, bool), Error> {
    // All messages are sent together: one round trip. The last one ends everything that the client was asked.
    let (opened, process, keeps_state, ended) = tokio::join!(
        client.batch_execute(OPENING),
        Process::read(client),
        client.query_typed_one(KEEPS_STATE, &[]),
        client.batch_execute("rollback"),
    );
    opened.and(ended)?;
    Ok((process?, keeps_state?.try_get(0)?))
}

impl RunConnection {
    /// Whether it may serve another run.
    pub(super) fn is_usable(&mut self) -> bool {
        self.opened_at.elapsed() <= AGE_MAX && !self.wire.is_closed()
    }
}
