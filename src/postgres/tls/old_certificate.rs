//! Certificates older than X.509 version 3, such as those that `openssl x509 -req` makes. rustls cannot read them, but
//! PostgreSQL's users expect them to work where only the key is checked (`sslmode=require`).

use rustls::client::danger::HandshakeSignatureValid;
use rustls::crypto::{WebPkiSupportedAlgorithms, verify_tls13_signature_with_raw_key};
use rustls::pki_types::{CertificateDer, SubjectPublicKeyInfoDer};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, DigitallySignedStruct, Error};
use x509_cert::Certificate;
use x509_cert::der::{Decode, Encode};

pub(super) struct OldCertificate(Certificate);

impl OldCertificate {
    /// `None` for a certificate that rustls can read itself, or that cannot be read at all.
    pub fn read(certificate: &CertificateDer<'_>) -> Option<Self> {
        match ParsedCertificate::try_from(certificate) {
            Ok(_) => None,
            Err(_) => Certificate::from_der(certificate).ok().map(Self),
        }
    }

    pub fn verify_tls13_signature(
        &self,
        message: &[u8],
        signature: &DigitallySignedStruct,
        algorithms: &WebPkiSupportedAlgorithms,
    ) -> Result<HandshakeSignatureValid, Error> {
        let key = &self.0.tbs_certificate.subject_public_key_info;
        let key = key.to_der().map_err(|_| CertificateError::BadEncoding)?;
        let key = SubjectPublicKeyInfoDer::from(key);
        verify_tls13_signature_with_raw_key(message, &key, signature, algorithms)
    }

    /// rustls has no such function for TLS 1.2: each of the scheme's algorithms is tried with the key.
    pub fn verify_tls12_signature(
        &self,
        message: &[u8],
        signature: &DigitallySignedStruct,
        algorithms: &WebPkiSupportedAlgorithms,
    ) -> Result<HandshakeSignatureValid, Error> {
        let key = &self
            .0
            .tbs_certificate
            .subject_public_key_info
            .subject_public_key;
        let candidates = algorithms
            .mapping
            .iter()
            .filter(|(scheme, _)| *scheme == signature.scheme);
        let is_valid = candidates
            .flat_map(|(_, algorithms)| algorithms.iter())
            .any(|algorithm| {
                let valid =
                    algorithm.verify_signature(key.raw_bytes(), message, signature.signature());
                valid.is_ok()
            });
        match is_valid {
            true => Ok(HandshakeSignatureValid::assertion()),
            false => Err(CertificateError::BadSignature.into()),
        }
    }
}
