//! Every setting, read once from flags and the environment. No other room reads the environment.

mod audit;
mod connections;
mod databases;
mod mail;
mod provider;
mod secret;
mod secret_key;
mod stopping;
mod units;
mod watching;

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::num::NonZeroU32;
use std::path::PathBuf;

use clap::Args;
use tracing_subscriber::EnvFilter;

use crate::mail::Mailer;
use crate::model::{EnvironmentDatabase, SecretKey};
use crate::postgres::ConnectionUrl;
use crate::run::Limits;
use crate::web::ProviderSettings;
pub use audit::Audit;
pub use connections::Connections;
pub use stopping::Stopping;

/// The settings as typed. [`Settings::check`] turns them into a [`Config`].
#[derive(Args, Clone, Debug)]
pub struct Settings {
    /// Address and port to listen on [default: 127.0.0.1:3000, or 0.0.0.0 and the port in PORT]
    #[arg(
        long,
        global = true,
        env = "DATACLIPS_LISTEN",
        value_name = "ADDRESS:PORT"
    )]
    listen: Option<String>,

    /// Port to listen on at every address, if DATACLIPS_LISTEN is not set
    #[arg(long, global = true, env = "PORT", value_name = "PORT")]
    port: Option<String>,

    /// URL of Dataclips' own PostgreSQL database; without it a private PostgreSQL runs in the data directory
    #[arg(
        long,
        global = true,
        env = "DATABASE_URL",
        value_name = "URL",
        hide_env_values = true
    )]
    database_url: Option<String>,

    /// File with DATABASE_URL
    #[arg(long, global = true, env = "DATABASE_URL_FILE", value_name = "PATH")]
    database_url_file: Option<PathBuf>,

    #[command(flatten)]
    secret_keys: secret_key::SecretKeySettings,

    /// Directory of the private PostgreSQL and the secret key
    #[arg(
        long,
        global = true,
        env = "DATACLIPS_DATA_DIR",
        value_name = "PATH",
        default_value = "./data"
    )]
    data_dir: PathBuf,

    /// Address under which people reach this server [default: http:// and the listening address]
    #[arg(long, global = true, env = "DATACLIPS_PUBLIC_URL", value_name = "URL")]
    public_url: Option<String>,

    /// Number of reverse proxies in front of this server that add to X-Forwarded-For; needed to tell apart the clients that sign in
    #[arg(
        long,
        global = true,
        env = "DATACLIPS_PROXIES",
        value_name = "NUMBER",
        default_value = "0"
    )]
    proxies: String,

    /// Longest time that a clip's query may take
    #[arg(
        long,
        global = true,
        env = "DATACLIPS_STATEMENT_TIMEOUT",
        value_name = "DURATION",
        default_value = "10m"
    )]
    statement_timeout: String,

    /// Most rows that a result may hold
    #[arg(
        long,
        global = true,
        env = "DATACLIPS_ROWS_MAX",
        value_name = "ROWS",
        default_value = "29999"
    )]
    rows_max: String,

    /// Most bytes of values that a result may hold
    #[arg(
        long,
        global = true,
        env = "DATACLIPS_BYTES_MAX",
        value_name = "SIZE",
        default_value = "100MiB"
    )]
    bytes_max: String,

    /// Memory for results and responses, including cached ones; large ones share a sixteenth of it, and what does not fit goes to temporary files
    #[arg(
        long,
        global = true,
        env = "DATACLIPS_MEMORY_MAX",
        value_name = "SIZE",
        default_value = "256MiB"
    )]
    memory_max: String,

    /// Most bytes, compressed, of the rows stored for each clip's results; pinned ones do not count
    #[arg(
        long,
        global = true,
        env = "DATACLIPS_RESULTS_BYTES_MAX",
        value_name = "SIZE",
        default_value = "256MiB"
    )]
    results_bytes_max: String,

    /// Longest text of a query
    #[arg(
        long,
        global = true,
        env = "DATACLIPS_SQL_BYTES_MAX",
        value_name = "SIZE",
        default_value = "1MiB"
    )]
    sql_bytes_max: String,

    /// Connections to each queried database, divided among the servers that share the store (each has one more, for progress and schema)
    #[arg(
        long,
        global = true,
        env = "DATACLIPS_CONNECTIONS_PER_DATABASE",
        value_name = "NUMBER",
        default_value = "8"
    )]
    connections_per_database: String,

    /// Runs that may wait for a connection to one database; further ones get a 503 response
    #[arg(
        long,
        global = true,
        env = "DATACLIPS_QUEUE_PER_DATABASE",
        value_name = "NUMBER",
        default_value = "256"
    )]
    queue_per_database: String,

    /// Where somebody who finds a security problem can report it, for /.well-known/security.txt: an https:, mailto: or tel: URL
    #[arg(
        long,
        global = true,
        env = "DATACLIPS_SECURITY_CONTACT",
        value_name = "URL"
    )]
    security_contact: Option<String>,

    /// Most runs a minute that the signed-out readers at one network address start; further ones get a 429 response [default: no limit]
    #[arg(
        long,
        global = true,
        env = "DATACLIPS_RUNS_PER_MINUTE",
        value_name = "NUMBER"
    )]
    runs_per_minute: Option<String>,

    /// Most previews a minute that one user runs; further ones get a 429 response
    #[arg(
        long,
        global = true,
        env = "DATACLIPS_PREVIEWS_PER_MINUTE",
        value_name = "NUMBER",
        default_value = "120"
    )]
    previews_per_minute: String,

    #[command(flatten)]
    connections: connections::ConnectionSettings,

    #[command(flatten)]
    stopping: stopping::StoppingSettings,

    #[command(flatten)]
    mail: mail::MailSettings,

    #[command(flatten)]
    audit: audit::AuditSettings,

    #[command(flatten)]
    watching: watching::WatchingSettings,

    #[command(flatten)]
    provider: provider::ProviderArguments,

    /// What is logged: error, warn, info, debug, or a filter such as `info,dataclips::run=debug`
    #[arg(
        long,
        global = true,
        env = "DATACLIPS_LOG",
        value_name = "FILTER",
        default_value = "info"
    )]
    log: String,

    /// How it is logged: text or json
    #[arg(
        long,
        global = true,
        env = "DATACLIPS_LOG_FORMAT",
        value_name = "FORMAT",
        default_value = "text"
    )]
    log_format: String,
}

/// The checked settings.
#[derive(Clone, Debug)]
pub struct Config {
    pub listen: SocketAddr,
    /// Without a trailing slash. `None`: derived from the actual listening address.
    pub public_url: Option<String>,
    pub store: StoreSettings,
    pub limits: Limits,
    pub memory_bytes_max: u64,
    /// The limit for the stored rows of each clip.
    pub results_bytes_max: u64,
    pub sql_bytes_max: usize,
    /// In front of this server.
    pub proxies: usize,
    /// Of the signed-out readers at one network address; `None`: without a limit.
    pub runs_per_minute: Option<NonZeroU32>,
    /// Of one user.
    pub previews_per_minute: NonZeroU32,
    pub connections: Connections,
    pub stopping: Stopping,
    /// A URL for those who find a security problem.
    pub security_contact: Option<String>,
    /// Where `/metrics` needs no token.
    pub metrics_listen: Option<SocketAddr>,
    /// Whether the log of requests has the addresses of clients.
    pub logs_addresses: bool,
    /// `None`: no mails are sent.
    pub mailer: Option<Mailer>,
    pub audit: Audit,
    /// `None`: nobody signs in at an OpenID provider.
    pub provider: Option<ProviderSettings>,
    pub environment_databases: Vec<EnvironmentDatabase>,
}

/// Where our own store is.
#[derive(Clone, Debug)]
pub enum StoreSettings {
    /// A private PostgreSQL in this directory, which also holds the secret key unless one is given.
    Embedded {
        data_dir: PathBuf,
        key: Option<SecretKey>,
    },
    /// The administrator's own PostgreSQL.
    External {
        url: Box<ConnectionUrl>,
        key: SecretKey,
    },
}

/// How and what to log.
#[derive(Debug)]
pub struct LogSettings {
    pub filter: EnvFilter,
    pub as_json: bool,
}

/// One sentence for each setting that cannot be used.
#[derive(Debug)]
pub struct Problems(pub Vec<String>);

impl Settings {
    /// Reads all settings and the databases in the environment; reports all problems together.
    #[expect(clippy::disallowed_methods, reason = "this is where settings are read")]
    pub fn check(&self) -> Result<Config, Problems> {
        let (environment_databases, unreadable) = databases::read(std::env::vars_os());
        let mut problems = Problems(unreadable);
        let config = (|| {
            let listen = problems.note(self.listen());
            let public_url = problems.note(self.public_url());
            let database_url = problems.note(self.database_url());
            let has_shared_store = matches!(database_url, Some(Some(_)));
            let store = database_url.and_then(|url| problems.note(self.store(url)));
            let limits = self.limits(&mut problems);
            let memory_bytes_max =
                problems.note(units::size("DATACLIPS_MEMORY_MAX", &self.memory_max));
            let results_bytes_max = problems.note(units::size(
                "DATACLIPS_RESULTS_BYTES_MAX",
                &self.results_bytes_max,
            ));
            let sql_bytes_max =
                problems.note(units::size("DATACLIPS_SQL_BYTES_MAX", &self.sql_bytes_max));
            let proxies = problems.note(self.proxies());
            let runs_per_minute = problems.note(self.runs_per_minute());
            let previews_per_minute = problems.note(units::per_minute(
                "DATACLIPS_PREVIEWS_PER_MINUTE",
                &self.previews_per_minute,
            ));
            let connections = self
                .connections
                .check(proxies.unwrap_or_default(), &mut problems);
            let drain = problems.note(self.stopping.drain(has_shared_store));
            let finish_max = problems.note(self.stopping.finish_max());
            let security_contact = problems.note(self.security_contact());
            let metrics_listen = problems.note(self.watching.metrics_listen());
            let logs_addresses = problems.note(self.watching.log_addresses());
            let mailer = problems.note(self.mail.mailer());
            let audit_kept = problems.note(self.audit.kept());
            let audit_keeps_values = problems.note(self.audit.keeps_values());
            let provider = problems.note(self.provider.provider());
            Some(Config {
                listen: listen?,
                public_url: public_url?,
                store: store?,
                limits: limits?,
                memory_bytes_max: memory_bytes_max?,
                results_bytes_max: results_bytes_max?,
                sql_bytes_max: sql_bytes_max? as usize,
                proxies: proxies?,
                runs_per_minute: runs_per_minute?,
                previews_per_minute: previews_per_minute?,
                connections: connections?,
                stopping: Stopping {
                    drain: drain?,
                    finish_max: finish_max?,
                },
                security_contact: security_contact?,
                metrics_listen: metrics_listen?,
                logs_addresses: logs_addresses?,
                mailer: mailer?,
                audit: Audit {
                    kept: audit_kept?,
                    keeps_values: audit_keeps_values?,
                },
                provider: provider?,
                environment_databases,
            })
        })();
        config.filter(|_| problems.0.is_empty()).ok_or(problems)
    }

    /// How to log. Read first, since everything else may log.
    pub fn log(&self) -> Result<LogSettings, Problems> {
        let mut problems = Problems(Vec::new());
        // Libraries whose `info` messages concern only their own authors.
        let filter = format!("refinery_core=warn,tokio_postgres=warn,{}", self.log);
        // Never logged, whatever the filter: statements and their parameters, and request paths, which
        // contain slugs.
        let filter = format!(
            "{filter},tokio_postgres::query=warn,tokio_postgres::prepare=warn,tower_http::csrf=off"
        );
        // Failures there are logged by us; an expired cookie does not deserve a warning.
        let filter = format!("{filter},tower_sessions=off,tower_sessions_core=off");
        let filter = match problems.note(self.watching.access_log()) {
            Some(false) => format!("{filter},dataclips::access=off"),
            _ => filter,
        };
        let filter = problems.note(EnvFilter::try_new(filter).map_err(|error| {
            format!(
                "DATACLIPS_LOG is “{}”: {error}. Give error, warn, info or debug.",
                self.log
            )
        }));
        let as_json = problems.note(match self.log_format.as_str() {
            "text" => Ok(false),
            "json" => Ok(true),
            other => Err(format!(
                "DATACLIPS_LOG_FORMAT is “{other}”: give text or json."
            )),
        });
        match (filter, as_json) {
            (Some(filter), Some(as_json)) => Ok(LogSettings { filter, as_json }),
            _ => Err(problems),
        }
    }

    fn listen(&self) -> Result<SocketAddr, String> {
        let set = |value: &Option<String>| value.clone().filter(|value| !value.is_empty());
        match (set(&self.listen), set(&self.port)) {
            (Some(listen), _) => listen
                .parse()
                .map_err(|_| format!("DATACLIPS_LISTEN is “{listen}”: give an IP address and a port, such as 127.0.0.1:3000.")),
            (None, Some(port)) => match port.parse() {
                Ok(port) => Ok(SocketAddr::new(IpAddr::V4(Ipv4Addr::UNSPECIFIED), port)),
                Err(_) => Err(format!("PORT is “{port}”: give a number between 1 and 65535.")),
            },
            (None, None) => Ok(SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 3000)),
        }
    }

    fn public_url(&self) -> Result<Option<String>, String> {
        let Some(url) = self.public_url.as_deref().filter(|url| !url.is_empty()) else {
            return Ok(None);
        };
        match url.parse::<axum::http::Uri>() {
            Ok(uri)
                if matches!(uri.scheme_str(), Some("http" | "https")) && uri.query().is_none() =>
            {
                Ok(Some(url.trim_end_matches('/').to_owned()))
            }
            _ => Err(format!(
                "DATACLIPS_PUBLIC_URL is “{url}”: give an address such as https://clips.example.com."
            )),
        }
    }

    fn security_contact(&self) -> Result<Option<String>, String> {
        let Some(url) = self
            .security_contact
            .as_deref()
            .filter(|url| !url.is_empty())
        else {
            return Ok(None);
        };
        let is_known = ["https://", "mailto:", "tel:"]
            .iter()
            .any(|scheme| url.starts_with(scheme));
        match is_known && !url.contains(char::is_whitespace) {
            true => Ok(Some(url.to_owned())),
            false => Err(format!(
                "DATACLIPS_SECURITY_CONTACT is “{url}”: give an address such as mailto:security@example.com or https://example.com/security."
            )),
        }
    }

    fn store(&self, url: Option<String>) -> Result<StoreSettings, String> {
        let key = self.secret_keys.read()?;
        let Some(url) = url else {
            return Ok(StoreSettings::Embedded {
                data_dir: self.data_dir.clone(),
                key,
            });
        };
        let url = ConnectionUrl::parse(&url).map_err(|error| format!("DATABASE_URL: {error}"))?;
        let key = key.ok_or(
            "DATABASE_URL is set, so DATACLIPS_SECRET_KEY is needed too, for example from `openssl rand -base64 32`. Keep it: without it, the stored database URLs cannot be read.",
        )?;
        Ok(StoreSettings::External {
            url: Box::new(url),
            key,
        })
    }

    /// Of a store that other servers may use too.
    fn database_url(&self) -> Result<Option<String>, String> {
        secret::read("DATABASE_URL", &self.database_url, &self.database_url_file)
    }

    fn limits(&self, problems: &mut Problems) -> Option<Limits> {
        let timeout = problems.note(units::duration(
            "DATACLIPS_STATEMENT_TIMEOUT",
            &self.statement_timeout,
        ));
        let rows_max = problems.note(units::count("DATACLIPS_ROWS_MAX", &self.rows_max));
        let bytes_max = problems.note(self.bytes_max());
        let connections = problems.note(units::count(
            "DATACLIPS_CONNECTIONS_PER_DATABASE",
            &self.connections_per_database,
        ));
        let queue_max = problems.note(units::count(
            "DATACLIPS_QUEUE_PER_DATABASE",
            &self.queue_per_database,
        ));
        Some(Limits {
            timeout: timeout?,
            rows_max: rows_max?,
            bytes_max: bytes_max?,
            connections: connections? as usize,
            queue_max: queue_max? as usize,
        })
    }

    fn proxies(&self) -> Result<usize, String> {
        self.proxies.parse().map_err(|_| {
            format!(
                "DATACLIPS_PROXIES is “{}”: give the number of reverse proxies in front, such as 0 or 1.",
                self.proxies
            )
        })
    }

    fn runs_per_minute(&self) -> Result<Option<NonZeroU32>, String> {
        let text = self.runs_per_minute.as_deref();
        text.filter(|text| !text.is_empty())
            .map(|text| units::per_minute("DATACLIPS_RUNS_PER_MINUTE", text))
            .transpose()
    }

    fn bytes_max(&self) -> Result<u64, String> {
        let bytes = units::size("DATACLIPS_BYTES_MAX", &self.bytes_max)?;
        if bytes > 1 << 30 {
            return Err(
                "DATACLIPS_BYTES_MAX is too large: a result may hold 1GiB at most.".to_owned(),
            );
        }
        Ok(bytes)
    }
}

impl Config {
    /// Where people reach the server, as far as the settings say.
    pub fn url(&self) -> String {
        self.url_at(self.listen)
    }

    /// The same for a server that listens here: without DATACLIPS_PUBLIC_URL, where this machine itself reaches it.
    pub fn url_at(&self, address: SocketAddr) -> String {
        match &self.public_url {
            Some(url) => url.clone(),
            None if address.ip().is_unspecified() => format!("http://localhost:{}", address.port()),
            None => format!("http://{address}"),
        }
    }
}

impl Problems {
    fn note<T>(&mut self, read: Result<T, String>) -> Option<T> {
        read.map_err(|problem| self.0.push(problem)).ok()
    }
}
