//! How a connection is encrypted and how the server's certificate is verified, with libpq's terms and semantics.

mod authorities;
mod client_certificate;
mod connector;
mod handshake_error;
mod names;
mod old_certificate;
#[cfg(test)]
mod tests;
mod verifier;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::crypto::{CryptoProvider, ring};
use rustls::version::{TLS12, TLS13};
use rustls::{ClientConfig, SupportedProtocolVersion};
use tokio_postgres::config::SslMode;
use tokio_postgres_rustls::MakeRustlsConnect;

use authorities::Authorities;
pub use client_certificate::ClientCertificate;
pub use connector::TlsConnector;
pub use handshake_error::HandshakeError;
use verifier::Verifier;

/// PostgreSQL 17 and newer require it when TLS starts without a preceding request.
const ALPN: &[u8] = b"postgresql";

/// libpq's `sslmode`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    Disable,
    Allow,
    Prefer,
    Require,
    VerifyCa,
    VerifyFull,
}

/// libpq's `sslrootcert`: the authorities that are trusted to sign a server's certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Roots {
    /// Those of the operating system.
    System,
    /// Those in this PEM file.
    File(PathBuf),
}

/// libpq's `ssl_min_protocol_version` and `ssl_max_protocol_version`, as far as TLS is still secure.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Versions {
    #[default]
    Both,
    Only12,
    Only13,
}

/// The encryption that a URL asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    pub(super) mode: Mode,
    pub(super) roots: Option<Roots>,
    pub(super) certificate: Option<ClientCertificate>,
    pub(super) versions: Versions,
    /// Whether the server is told the host's name before the connection is encrypted (SNI).
    pub(super) names_host: bool,
}

#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    #[error("The file {} that `{parameter}` names cannot be read: {reason}.", path.display())]
    Unreadable {
        parameter: &'static str,
        path: PathBuf,
        reason: String,
    },
    #[error("The file {} that `{parameter}` names holds no certificate in PEM form.", path.display())]
    NoCertificate {
        parameter: &'static str,
        path: PathBuf,
    },
    #[error(
        "The file {} that `sslkey` names holds no private key in PEM form that needs no password.",
        path.display()
    )]
    NoKey { path: PathBuf },
    #[error(
        "The key that `sslkey` names is not that of the certificate that `sslcert` names, or of a kind that is not supported."
    )]
    KeyMismatch,
    #[error(
        "The operating system has no certificate authorities installed (the package ca-certificates)."
    )]
    NoSystemRoots,
    #[error("TLS cannot be set up: {0}.")]
    Setup(#[from] rustls::Error),
}

impl Mode {
    pub fn parse(text: &str) -> Option<Self> {
        Some(match text {
            "disable" => Self::Disable,
            "allow" => Self::Allow,
            "prefer" => Self::Prefer,
            "require" => Self::Require,
            "verify-ca" => Self::VerifyCa,
            "verify-full" => Self::VerifyFull,
            _ => return None,
        })
    }
}

impl Roots {
    pub fn parse(text: &str) -> Self {
        match text {
            "system" => Self::System,
            path => Self::File(path.into()),
        }
    }
}

impl Versions {
    fn supported(self) -> Vec<&'static SupportedProtocolVersion> {
        match self {
            Self::Both => vec![&TLS13, &TLS12],
            Self::Only12 => vec![&TLS12],
            Self::Only13 => vec![&TLS13],
        }
    }
}

impl Policy {
    /// Without `roots`, `verify-ca` and `verify-full` use the operating system's authorities.
    pub fn new(mode: Mode, roots: Option<Roots>) -> Self {
        Self {
            mode,
            roots,
            certificate: None,
            versions: Versions::Both,
            names_host: true,
        }
    }

    pub fn mode(&self) -> Mode {
        self.mode
    }

    /// The modes to try in order on a server that may require or reject encryption.
    pub(super) fn attempts(&self) -> &'static [SslMode] {
        match self.mode {
            Mode::Disable => &[SslMode::Disable],
            Mode::Allow => &[SslMode::Disable, SslMode::Require],
            Mode::Prefer => &[SslMode::Prefer, SslMode::Disable],
            Mode::Require | Mode::VerifyCa | Mode::VerifyFull => &[SslMode::Require],
        }
    }

    fn may_encrypt(&self) -> bool {
        self.mode != Mode::Disable
    }

    /// Reads certificates and keys: [`TlsConnector`] does so for many connections.
    fn connector(&self) -> Result<MakeRustlsConnect, TlsError> {
        let provider = Arc::new(ring::default_provider());
        let verifier = Arc::new(self.verifier(&provider)?);
        let config = ClientConfig::builder_with_provider(provider)
            .with_protocol_versions(&self.versions.supported())?
            .dangerous()
            .with_custom_certificate_verifier(verifier);
        let mut config = match self.certificate.as_ref().filter(|_| self.may_encrypt()) {
            Some(certificate) => config
                .with_client_auth_cert(certificate.read_certificates()?, certificate.read_key()?)
                .map_err(|_| TlsError::KeyMismatch)?,
            None => config.with_no_client_auth(),
        };
        config.enable_sni = self.names_host;
        config.alpn_protocols = vec![ALPN.to_vec()];
        Ok(MakeRustlsConnect::new(config))
    }

    /// The files that are read for it.
    fn files(&self) -> Vec<&Path> {
        let authorities = match &self.roots {
            Some(Roots::File(path)) => Some(path),
            Some(Roots::System) | None => None,
        };
        let own = self.certificate.iter().filter(|_| self.may_encrypt());
        let own = own.flat_map(|own| [&own.certificate, &own.key]);
        authorities
            .into_iter()
            .chain(own)
            .map(PathBuf::as_path)
            .collect()
    }

    /// As in libpq, naming authorities makes every encrypting mode verify against them.
    fn verifier(&self, provider: &CryptoProvider) -> Result<Verifier, TlsError> {
        let algorithms = provider.signature_verification_algorithms;
        Ok(match (self.mode, &self.roots) {
            (Mode::Disable, _) | (Mode::Allow | Mode::Prefer | Mode::Require, None) => {
                Verifier::accepting_any_certificate(algorithms)
            }
            (Mode::Allow | Mode::Prefer | Mode::Require, Some(roots)) => {
                Verifier::checking_chain(algorithms, Authorities::read(roots)?)
            }
            (Mode::VerifyCa, roots) => Verifier::checking_chain(algorithms, read_or_system(roots)?),
            (Mode::VerifyFull, roots) => {
                Verifier::checking_chain_and_name(algorithms, read_or_system(roots)?)
            }
        })
    }
}

fn read_or_system(roots: &Option<Roots>) -> Result<Authorities, TlsError> {
    Authorities::read(roots.as_ref().unwrap_or(&Roots::System))
}
