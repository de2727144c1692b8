//! Certificates that PostgreSQL's users have and that webpki would not accept, or should not.

use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, IsCa, KeyPair, date_time_ymd,
};
use rustls::client::danger::ServerCertVerifier;
use rustls::crypto::ring;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};

use super::authorities::Authorities;
use super::verifier::Verifier;
use super::{HandshakeError, Mode, Policy, Roots};

type SelfSigned = (CertificateDer<'static>, tempfile::NamedTempFile);

/// As `openssl req -x509` makes it: an authority that signs itself, for these hosts by their common name or by others.
fn self_signed_for(common: &str, others: &[&str], years: (i32, i32)) -> SelfSigned {
    let others: Vec<_> = others.iter().map(ToString::to_string).collect();
    let mut parameters = CertificateParams::new(others).unwrap();
    parameters.distinguished_name = DistinguishedName::new();
    parameters
        .distinguished_name
        .push(DnType::CommonName, common);
    parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    parameters.not_before = date_time_ymd(years.0, 1, 1);
    parameters.not_after = date_time_ymd(years.1, 1, 1);
    let certificate = parameters
        .self_signed(&KeyPair::generate().unwrap())
        .unwrap();
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), certificate.pem()).unwrap();
    (certificate.der().clone(), file)
}

fn self_signed(last_year: i32) -> SelfSigned {
    self_signed_for("db", &["db.example"], (1975, last_year))
}

fn verify(
    certificate: &CertificateDer<'_>,
    authority: &tempfile::NamedTempFile,
    host: &str,
) -> Result<(), String> {
    let authorities = Authorities::read(&Roots::File(authority.path().to_owned())).unwrap();
    let algorithms = ring::default_provider().signature_verification_algorithms;
    let verifier = Verifier::checking_chain_and_name(algorithms, authorities);
    let host = ServerName::try_from(host.to_owned()).unwrap();
    verifier
        .verify_server_cert(certificate, &[], &host, &[], UnixTime::now())
        .map(|_| ())
        .map_err(|error| {
            let error = std::io::Error::other(error);
            HandshakeError::from_io(&error).unwrap().to_string()
        })
}

#[test]
fn a_self_signed_certificate_is_trusted_for_its_own_name_until_it_expires() {
    let (certificate, file) = self_signed(4000);
    assert_eq!(verify(&certificate, &file, "db.example"), Ok(()));
    let error = |certificate, file, host| verify(certificate, file, host).unwrap_err();
    assert_eq!(
        error(&certificate, &file, "other.example"),
        "The server's certificate is not for other.example, but for db.example."
    );
    let (_, other) = self_signed(4000);
    assert_eq!(
        error(&certificate, &other, "db.example"),
        "The server's certificate is self-signed, and not trusted."
    );
    let (expired, file) = self_signed(2001);
    assert_eq!(
        error(&expired, &file, "db.example"),
        "The server's certificate has expired (2001-01-01)."
    );
    let (early, file) = self_signed_for("db.example", &[], (3000, 4000));
    assert_eq!(
        error(&early, &file, "db.example"),
        "The server's certificate is not valid yet (3000-01-01)."
    );
}

#[test]
fn a_common_name_counts_where_there_is_no_other_name_of_its_kind() {
    for (common, others, host, is_for) in [
        ("db.example", &[][..], "db.example", true),
        ("DB.Example", &[], "db.example", true),
        ("db.example", &[], "other.example", false),
        ("db.example", &["other.example"], "db.example", false),
        ("db.example", &["10.0.0.1"], "db.example", true),
        ("db.example", &["10.0.0.1"], "10.0.0.1", true),
        ("10.0.0.1", &[], "10.0.0.1", true),
        ("10.0.0.1", &["10.0.0.2"], "10.0.0.1", false),
        ("10.0.0.1", &["db.example"], "10.0.0.1", true),
        ("db", &["::1"], "::1", true),
        ("*.example", &[], "db.example", true),
        ("*.example", &[], "a.db.example", false),
        ("*.example", &[], "example", false),
        ("d*.example", &[], "db.example", false),
        ("a.*.example", &[], "a.db.example", false),
        ("*", &[], "db", false),
        ("x", &["*.db.example"], "a.db.example", true),
        ("x", &["*.db.example"], "a.b.db.example", false),
    ] {
        let (certificate, file) = self_signed_for(common, others, (1975, 4000));
        let outcome = verify(&certificate, &file, host);
        assert_eq!(
            outcome.is_ok(),
            is_for,
            "{common} {others:?} {host}: {outcome:?}"
        );
    }
}

#[test]
fn a_connector_is_made_without_a_process_wide_provider() {
    for mode in [Mode::Disable, Mode::Prefer, Mode::Require] {
        assert!(Policy::new(mode, None).connector().is_ok());
    }
}
