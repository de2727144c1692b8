//! The names in connection URLs: those that are read, and those of libpq, other drivers and providers that are refused,
//! with what to write in their place.

use super::UrlError;

/// Every name that may follow the `?`.
pub(super) const KNOWN: [&str; 32] = [
    "application_name",
    "channel_binding",
    "client_encoding",
    "connect_timeout",
    "dbname",
    "fallback_application_name",
    "gssencmode",
    "host",
    "hostaddr",
    "keepalives",
    "keepalives_count",
    "keepalives_idle",
    "keepalives_interval",
    "load_balance_hosts",
    "max_protocol_version",
    "min_protocol_version",
    "options",
    "password",
    "port",
    "ssl",
    "ssl_max_protocol_version",
    "ssl_min_protocol_version",
    "sslcert",
    "sslcertmode",
    "sslkey",
    "sslmode",
    "sslnegotiation",
    "sslrootcert",
    "sslsni",
    "target_session_attrs",
    "tcp_user_timeout",
    "user",
];

/// How URLs for other programs start, and whose way that is.
const OTHER_SCHEMES: [(&str, &str); 6] = [
    ("jdbc:postgresql:", "of JDBC"),
    ("postgresql+", "of SQLAlchemy"),
    ("postgres+", "of SQLAlchemy"),
    ("postgis:", "of Django and Rails"),
    ("psql:", "of Django"),
    ("pgsql:", "of PHP"),
];

const SCHEMA: &str = "leave it out and write the schema before each table's name, or write \
                      options=-csearch_path%3DNAME instead";
const CONNECTIONS: &str = "leave it out; Dataclips has its own connection limit";
const STATEMENTS: &str = "leave it out; Dataclips needs no setting for prepared statements";
const CONNECT_TIMEOUT: &str = "write connect_timeout=SECONDS instead";
const RUN_TIMEOUT: &str = "leave it out; each database has its own time limit in Dataclips";
const MODE: &str =
    "write sslmode instead: require encrypts, verify-full verifies the certificate too";
const REQUIRE: &str = "write sslmode=require instead";
const NO_VERIFY: &str =
    "write sslmode=require instead, which encrypts and does not verify the certificate";
const FILES: &str = "the URL itself must give host, user and password";
const NO_GSS: &str =
    "leave it out and sign in with a password or a certificate; GSSAPI is not supported";
const NO_REVOCATION: &str = "leave it out; Dataclips reads no lists of revoked certificates";
const NO_OAUTH: &str = "give a role that signs in with a password; OAuth is not supported";
const PASSWORD: &str = "write the password itself, before the host";
const OBSOLETE: &str = "leave it out; it has no effect in any supported PostgreSQL";

const REFUSED: [(&str, &str); 61] = [
    // Of libpq.
    ("authtype", OBSOLETE),
    ("gssdelegation", NO_GSS),
    ("gsslib", NO_GSS),
    ("krbsrvname", NO_GSS),
    ("oauth_client_id", NO_OAUTH),
    ("oauth_client_secret", NO_OAUTH),
    ("oauth_issuer", NO_OAUTH),
    ("oauth_scope", NO_OAUTH),
    ("passfile", FILES),
    (
        "replication",
        "leave it out; a connection for replication runs no queries",
    ),
    (
        "require_auth",
        "leave it out; channel_binding=require accepts nothing but SCRAM over TLS",
    ),
    (
        "requirepeer",
        "leave it out; Dataclips does not check who runs the server behind a socket",
    ),
    ("requiressl", REQUIRE),
    ("scram_client_key", PASSWORD),
    ("scram_server_key", PASSWORD),
    ("service", FILES),
    ("servicefile", FILES),
    ("sslcompression", OBSOLETE),
    ("sslcrl", NO_REVOCATION),
    ("sslcrldir", NO_REVOCATION),
    (
        "sslkeylogfile",
        "leave it out; connection keys are never logged",
    ),
    (
        "sslpassword",
        "leave it out and let sslkey name a key without a password; `openssl pkey -in KEY -out KEY.pem` removes it",
    ),
    ("tty", OBSOLETE),
    // Of other drivers, tools and providers.
    ("ApplicationName", "write application_name instead"),
    ("binary_parameters", STATEMENTS),
    ("charset", "leave it out; connections always use UTF8"),
    ("connectTimeout", CONNECT_TIMEOUT),
    ("connection_limit", CONNECTIONS),
    ("currentSchema", SCHEMA),
    ("default_query_exec_mode", STATEMENTS),
    ("encoding", "leave it out; connections always use UTF8"),
    (
        "loadBalanceHosts",
        "write load_balance_hosts=random instead",
    ),
    ("loginTimeout", CONNECT_TIMEOUT),
    ("max_connections", CONNECTIONS),
    (
        "pgbouncer",
        "leave it out; a pooler is recognised without it",
    ),
    ("pool", CONNECTIONS),
    ("pool_max_conns", CONNECTIONS),
    ("pool_size", CONNECTIONS),
    ("pool_timeout", CONNECTIONS),
    ("prepareThreshold", STATEMENTS),
    ("preparedStatements", STATEMENTS),
    ("prepared_statements", STATEMENTS),
    (
        "reconnect",
        "leave it out; a lost connection is always replaced",
    ),
    ("schema", SCHEMA),
    ("search_path", SCHEMA),
    ("socketTimeout", RUN_TIMEOUT),
    ("socket_timeout", RUN_TIMEOUT),
    ("sslMode", MODE),
    ("ssl_mode", MODE),
    ("sslaccept", MODE),
    ("sslfactory", MODE),
    (
        "sslidentity",
        "write sslcert and sslkey instead, each with a PEM file",
    ),
    ("statement_cache_capacity", STATEMENTS),
    ("statement_cache_size", STATEMENTS),
    ("statement_timeout", RUN_TIMEOUT),
    ("supa", "leave it out; a pooler is recognised without it"),
    (
        "targetServerType",
        "write target_session_attrs instead, as in target_session_attrs=prefer-standby",
    ),
    ("tcpKeepAlive", "write keepalives=1 instead"),
    ("timeout", CONNECT_TIMEOUT),
    (
        "uselibpqcompat",
        "leave it out; sslmode always means what it means to libpq",
    ),
    ("useSSL", REQUIRE),
];

/// Values of known names, as other drivers have them.
const REFUSED_VALUES: [(&str, &str, &str); 6] = [
    ("sslmode", "no-verify", NO_VERIFY),
    ("ssl", "no-verify", NO_VERIFY),
    ("ssl", "1", REQUIRE),
    ("ssl", "require", REQUIRE),
    ("ssl", "0", "write sslmode=disable instead"),
    ("ssl", "false", "write sslmode=disable instead"),
];

/// The name among the known ones, if it may have this value.
pub(super) fn find(name: &str, value: &str) -> Result<&'static str, UrlError> {
    if let Some((parameter, instead)) = REFUSED.iter().find(|(refused, _)| *refused == name) {
        return Err(UrlError::Refused {
            parameter: (*parameter).to_owned(),
            instead,
        });
    }
    let known = KNOWN.into_iter().find(|known| *known == name);
    let known = known.ok_or_else(|| UrlError::UnknownParameter {
        name: name.to_owned(),
        known: &KNOWN,
    })?;
    let refused = REFUSED_VALUES
        .iter()
        .find(|refused| (refused.0, refused.1) == (name, value));
    match refused {
        Some((_, _, instead)) => Err(UrlError::Refused {
            parameter: format!("{name}={value}"),
            instead,
        }),
        None => Ok(known),
    }
}

/// Why a URL with this start is none of libpq's.
pub(super) fn scheme_error(text: &str) -> UrlError {
    let other = OTHER_SCHEMES
        .iter()
        .find(|(scheme, _)| text.starts_with(scheme));
    match other {
        Some((scheme, whose)) => UrlError::OtherScheme { scheme, whose },
        None => UrlError::Scheme,
    }
}
