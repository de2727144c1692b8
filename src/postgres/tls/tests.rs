//! Certificates that PostgreSQL's users have and that webpki would not accept, or should not.

use rcgen::{BasicConstraints, CertificateParams, IsCa, KeyPair, date_time_ymd};
use rustls::client::danger::ServerCertVerifier;
use rustls::crypto::ring;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{CertificateError, Error};

use super::authorities::Authorities;
use super::verifier::Verifier;
use super::{Mode, Policy, Roots};

/// As `openssl req -x509` makes it: an authority that signs itself.
fn self_signed(last_year: i32) -> (CertificateDer<'static>, tempfile::NamedTempFile) {
    let mut parameters = CertificateParams::new(vec!["db.example".to_owned()]).unwrap();
    parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    parameters.not_after = date_time_ymd(last_year, 1, 1);
    let certificate = parameters
        .self_signed(&KeyPair::generate().unwrap())
        .unwrap();
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), certificate.pem()).unwrap();
    (certificate.der().clone(), file)
}

fn verify(
    certificate: &CertificateDer<'_>,
    authority: &tempfile::NamedTempFile,
    host: &str,
) -> Result<(), Error> {
    let authorities = Authorities::read(&Roots::File(authority.path().to_owned())).unwrap();
    let algorithms = ring::default_provider().signature_verification_algorithms;
    let verifier = Verifier::checking_chain_and_name(algorithms, authorities);
    let host = ServerName::try_from(host.to_owned()).unwrap();
    verifier
        .verify_server_cert(certificate, &[], &host, &[], UnixTime::now())
        .map(|_| ())
}

#[test]
fn a_self_signed_certificate_is_trusted_for_its_own_name_until_it_expires() {
    let (certificate, file) = self_signed(4000);
    assert_eq!(verify(&certificate, &file, "db.example"), Ok(()));
    assert!(matches!(
        verify(&certificate, &file, "other.example"),
        Err(Error::InvalidCertificate(
            CertificateError::NotValidForNameContext { .. }
        ))
    ));
    let (_, other) = self_signed(4000);
    assert!(verify(&certificate, &other, "db.example").is_err());
    let (expired, file) = self_signed(2001);
    assert!(matches!(
        verify(&expired, &file, "db.example"),
        Err(Error::InvalidCertificate(
            CertificateError::ExpiredContext { .. }
        ))
    ));
}

#[test]
fn a_connector_is_made_without_a_process_wide_provider() {
    for mode in [Mode::Disable, Mode::Prefer, Mode::Require] {
        assert!(Policy::new(mode, None).connector().is_ok());
    }
}
