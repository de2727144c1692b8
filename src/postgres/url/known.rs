//! The names of parameters in connection URLs.

/// Every name that may follow the `?`.
pub(super) const KNOWN: [&str; 23] = [
    "application_name",
    "channel_binding",
    "client_encoding",
    "connect_timeout",
    "dbname",
    "gssencmode",
    "host",
    "hostaddr",
    "keepalives",
    "keepalives_count",
    "keepalives_idle",
    "keepalives_interval",
    "load_balance_hosts",
    "options",
    "password",
    "port",
    "sslmode",
    "sslnegotiation",
    "sslrootcert",
    "ssl",
    "target_session_attrs",
    "tcp_user_timeout",
    "user",
];
