//! The certificate by which we sign in where a server asks for one: libpq's `sslcert` and `sslkey`.

use std::path::{Path, PathBuf};

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

use super::TlsError;

/// Two files in PEM form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientCertificate {
    /// Certificates of authorities may follow the client's.
    pub certificate: PathBuf,
    /// Without a password.
    pub key: PathBuf,
}

impl ClientCertificate {
    pub(super) fn read_certificates(&self) -> Result<Vec<CertificateDer<'static>>, TlsError> {
        let text = read("sslcert", &self.certificate)?;
        let certificates: Vec<_> = CertificateDer::pem_slice_iter(&text)
            .filter_map(Result::ok)
            .collect();
        match certificates.is_empty() {
            true => Err(TlsError::NoCertificate {
                parameter: "sslcert",
                path: self.certificate.clone(),
            }),
            false => Ok(certificates),
        }
    }

    pub(super) fn read_key(&self) -> Result<PrivateKeyDer<'static>, TlsError> {
        let text = read("sslkey", &self.key)?;
        PrivateKeyDer::from_pem_slice(&text).map_err(|_| TlsError::NoKey {
            path: self.key.clone(),
        })
    }
}

pub(super) fn read(parameter: &'static str, path: &Path) -> Result<Vec<u8>, TlsError> {
    std::fs::read(path).map_err(|error| TlsError::Unreadable {
        parameter,
        path: path.to_owned(),
        reason: error.to_string(),
    })
}
