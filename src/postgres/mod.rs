//! How to reach a PostgreSQL server: libpq's URLs, TLS, and the order of attempts. Shared by our own store and by runs.

mod connect;
mod dial;
mod key;
mod lent;
mod sign_in;
mod tls;
mod url;

pub use connect::{ConnectError, Connector};
pub use lent::Transport;
pub use sign_in::{Canceller, SignedIn};
pub use tls::{Mode, Policy, Roots, TlsError};
pub use url::{Address, ConnectionUrl, UrlError};

/// Opens TLS if a URL asks for it.
pub type Tls = tokio_postgres_rustls::MakeRustlsConnect;
