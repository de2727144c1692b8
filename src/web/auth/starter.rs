//! Who starts a run: signed-out readers start only so many. With each set of values that one makes up, a clip's query runs
//! once more.

use std::net::IpAddr;

use super::client_address::ClientAddress;
use crate::access::Viewer;
use crate::error::Error;
use crate::web::app::App;

/// Whose runs are counted, by network address.
#[derive(Clone, Copy, Debug)]
pub struct Starter(Option<IpAddr>);

impl Starter {
    pub fn new(viewer: &Viewer, ClientAddress(client): ClientAddress) -> Self {
        match viewer {
            Viewer::User(_) => Self::uncounted(),
            Viewer::Anonymous | Viewer::Link(_) => Self(Some(client)),
        }
    }

    pub fn uncounted() -> Self {
        Self(None)
    }

    /// Counts a run, of a query with values for its parameters or without; or refuses it.
    pub fn admit(&self, app: &App, has_values: bool) -> Result<(), Error> {
        match self.0 {
            Some(client) => app.rate_limit.admit_run(client, has_values),
            None => Ok(()),
        }
    }
}
