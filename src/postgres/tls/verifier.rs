//! Verification of a server's certificate: none, its chain, or its chain and its name.
//!
//! The server always has to prove that it holds the certificate's key: SCRAM's channel binding depends on it.

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{verify_server_cert_signed_by_trust_anchor, verify_server_name};
use rustls::crypto::{WebPkiSupportedAlgorithms, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, DigitallySignedStruct, Error, SignatureScheme};
use x509_cert::Certificate;
use x509_cert::der::Decode;

use super::authorities::Authorities;
use super::handshake_error::HandshakeError;
use super::names::Names;
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
        if OldCertificate::read(end_entity).is_some() {
            return Err(HandshakeError::OldCertificate.into());
        }
        let certificate = ParsedCertificate::try_from(end_entity)?;
        verify_server_cert_signed_by_trust_anchor(
            &certificate,
            authorities.trusted(),
            intermediates,
            now,
            self.algorithms.all,
        )
        .or_else(|error| authorities.judge(end_entity, error))?;
        if let Some(name) = name {
            verify_name(&certificate, end_entity, name)?;
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

impl Authorities {
    /// A self-signed certificate made by the recipe in PostgreSQL's manual is marked as an authority, which webpki
    /// rejects for a server, unlike libpq. Its dates have already been checked when that error is returned.
    fn judge(&self, certificate: &CertificateDer<'_>, error: Error) -> Result<(), Error> {
        let Error::InvalidCertificate(reason) = &error else {
            return Err(error);
        };
        match reason {
            CertificateError::Other(_) if self.contain(certificate) => Ok(()),
            CertificateError::Other(_) | CertificateError::UnknownIssuer
                if is_self_signed(certificate) =>
            {
                Err(HandshakeError::SelfSigned.into())
            }
            _ => Err(error),
        }
    }
}

fn is_self_signed(certificate: &CertificateDer<'_>) -> bool {
    Certificate::from_der(certificate).is_ok_and(|certificate| {
        certificate.tbs_certificate.issuer == certificate.tbs_certificate.subject
    })
}

fn verify_name(
    parsed: &ParsedCertificate<'_>,
    certificate: &CertificateDer<'_>,
    host: &ServerName<'_>,
) -> Result<(), Error> {
    if verify_server_name(parsed, host).is_ok() {
        return Ok(());
    }
    let names = Names::read(certificate);
    match names.include(host) {
        true => Ok(()),
        false => Err(HandshakeError::OtherName {
            host: host.to_str().into_owned(),
            names: names.list(),
        }
        .into()),
    }
}
