//! Verification of a server's certificate: none, its chain, or its chain and its name.
//!
//! The server always has to prove that it holds the certificate's key: SCRAM's channel binding depends on it.

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{verify_server_cert_signed_by_trust_anchor, verify_server_name};
use rustls::crypto::{WebPkiSupportedAlgorithms, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, DigitallySignedStruct, Error, SignatureScheme};

use super::authorities::Authorities;
use super::old_certificate::OldCertificate;

#[derive(Debug)]
pub(super) struct Verifier {
    algorithms: WebPkiSupportedAlgorithms,
    check: Check,
}

#[derive(Debug)]
enum Check {
    Nothing,
    Chain(Authorities),
    ChainAndName(Authorities),
}

impl Verifier {
    pub fn accepting_any_certificate(algorithms: WebPkiSupportedAlgorithms) -> Self {
        let check = Check::Nothing;
        Self { algorithms, check }
    }

    pub fn checking_chain(algorithms: WebPkiSupportedAlgorithms, authorities: Authorities) -> Self {
        let check = Check::Chain(authorities);
        Self { algorithms, check }
    }

    pub fn checking_chain_and_name(
        algorithms: WebPkiSupportedAlgorithms,
        authorities: Authorities,
    ) -> Self {
        let check = Check::ChainAndName(authorities);
        Self { algorithms, check }
    }
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let (authorities, name) = match &self.check {
            Check::Nothing => return Ok(ServerCertVerified::assertion()),
            Check::Chain(authorities) => (authorities, None),
            Check::ChainAndName(authorities) => (authorities, Some(server_name)),
        };
        let certificate = ParsedCertificate::try_from(end_entity)?;
        let algorithms = self.algorithms.all;
        let trusted = authorities.trusted();
        match verify_server_cert_signed_by_trust_anchor(
            &certificate,
            trusted,
            intermediates,
            now,
            algorithms,
        ) {
            Ok(()) => {}
            Err(error) if is_no_end_entity(&error) && authorities.contain(end_entity) => {}
            Err(error) => return Err(error),
        }
        if let Some(name) = name {
            verify_server_name(&certificate, name)?;
        }
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        match OldCertificate::read(certificate) {
            None => verify_tls12_signature(message, certificate, signature, &self.algorithms),
            Some(old) => old.verify_tls12_signature(message, signature, &self.algorithms),
        }
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        match OldCertificate::read(certificate) {
            None => verify_tls13_signature(message, certificate, signature, &self.algorithms),
            Some(old) => old.verify_tls13_signature(message, signature, &self.algorithms),
        }
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}

/// A self-signed certificate made by the recipe in PostgreSQL's manual is marked as an authority, which webpki rejects
/// for a server, unlike libpq. Its dates have already been checked when this error is returned.
fn is_no_end_entity(error: &Error) -> bool {
    matches!(error, Error::InvalidCertificate(CertificateError::Other(_)))
}
