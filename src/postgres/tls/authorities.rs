//! The certificates of trusted authorities, read from a file or from the operating system.

use std::path::Path;

use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

use super::client_certificate::read;
use super::{Roots, TlsError};

#[derive(Debug)]
pub(super) struct Authorities {
    trusted: RootCertStore,
    certificates: Vec<CertificateDer<'static>>,
}

impl Authorities {
    pub fn read(roots: &Roots) -> Result<Self, TlsError> {
        match roots {
            Roots::System => Self::read_system(),
            Roots::File(path) => Self::read_file(path),
        }
    }

    pub fn trusted(&self) -> &RootCertStore {
        &self.trusted
    }

    /// Whether the authorities include this exact certificate.
    pub fn contain(&self, certificate: &CertificateDer<'_>) -> bool {
        self.certificates.iter().any(|own| own == certificate)
    }

    fn read_system() -> Result<Self, TlsError> {
        let certificates = rustls_native_certs::load_native_certs().certs;
        Self::new(certificates).ok_or(TlsError::NoSystemRoots)
    }

    fn read_file(path: &Path) -> Result<Self, TlsError> {
        let text = read("sslrootcert", path)?;
        let certificates = CertificateDer::pem_slice_iter(&text)
            .filter_map(Result::ok)
            .collect();
        Self::new(certificates).ok_or_else(|| TlsError::NoCertificate {
            parameter: "sslrootcert",
            path: path.to_owned(),
        })
    }

    /// `None` if none of them can be used.
    fn new(certificates: Vec<CertificateDer<'static>>) -> Option<Self> {
        let mut trusted = RootCertStore::empty();
        trusted.add_parsable_certificates(certificates.iter().cloned());
        (!trusted.is_empty()).then_some(Self {
            trusted,
            certificates,
        })
    }
}
