//! How to reach a PostgreSQL server: libpq's URLs, TLS, and the order of attempts. Shared by our own store and by runs.

mod connect;
mod dial;
mod key;
mod lent;
mod server_kind;
mod sign_in;
mod silence;
mod tls;
mod url;

pub use connect::{ConnectError, Connector, HostError};
pub use lent::Transport;
pub use server_kind::ServerKind;
pub use sign_in::{Canceller, SignedIn};
pub use silence::SilenceLimit;
pub use tls::{HandshakeError, Mode, Policy, Roots, TlsError};
pub use url::{Address, ConnectionUrl, UrlError};

/// Opens TLS if a URL asks for it.
pub type Tls = tokio_postgres_rustls::MakeRustlsConnect;
