//! How a connection is encrypted and how the server's certificate is verified, with libpq's terms and semantics.

mod authorities;
mod old_certificate;
#[cfg(test)]
mod tests;
mod verifier;

use std::path::PathBuf;
use std::sync::Arc;

use rustls::ClientConfig;
use rustls::crypto::{CryptoProvider, ring};
use tokio_postgres::config::SslMode;
use tokio_postgres_rustls::MakeRustlsConnect;

use authorities::Authorities;
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

/// The encryption that a URL asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    mode: Mode,
    roots: Option<Roots>,
}

#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    #[error("The file {} that `sslrootcert` names cannot be read: {reason}.", path.display())]
    Unreadable { path: PathBuf, reason: String },
    #[error("The file {} that `sslrootcert` names holds no certificate in PEM form.", path.display())]
    NoCertificate { path: PathBuf },
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

impl Policy {
    /// Without `roots`, `verify-ca` and `verify-full` use the operating system's authorities.
    pub fn new(mode: Mode, roots: Option<Roots>) -> Self {
        Self { mode, roots }
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

    /// Reads the authorities' certificates, so call it once for many connections.
    pub fn connector(&self) -> Result<MakeRustlsConnect, TlsError> {
        let provider = Arc::new(ring::default_provider());
        let verifier = Arc::new(self.verifier(&provider)?);
        let mut config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .dangerous()
            .with_custom_certificate_verifier(verifier)
            .with_no_client_auth();
        config.alpn_protocols = vec![ALPN.to_vec()];
        Ok(MakeRustlsConnect::new(config))
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
