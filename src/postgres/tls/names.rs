//! For which hosts a server's certificate is, as libpq reads it: a common name counts where there is no other name.

use std::net::IpAddr;

use rustls::pki_types::{CertificateDer, ServerName};
use x509_cert::Certificate;
use x509_cert::attr::AttributeTypeAndValue;
use x509_cert::der::Decode;
use x509_cert::der::asn1::ObjectIdentifier;
use x509_cert::ext::pkix::SubjectAltName;
use x509_cert::ext::pkix::name::GeneralName;

const COMMON_NAME: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.3");

#[derive(Default)]
pub(super) struct Names {
    hosts: Vec<String>,
    addresses: Vec<String>,
    /// The first one, of the certificate's subject.
    common: Option<String>,
}

impl Names {
    /// None of a certificate that cannot be read.
    pub fn read(certificate: &CertificateDer<'_>) -> Self {
        let certificate = Certificate::from_der(certificate).ok();
        certificate
            .and_then(|certificate| Self::of(&certificate))
            .unwrap_or_default()
    }

    fn of(certificate: &Certificate) -> Option<Self> {
        let certificate = &certificate.tbs_certificate;
        let mut names = Self::default();
        let alternatives = certificate.get::<SubjectAltName>().ok()?;
        for name in alternatives.map(|(_, names)| names.0).unwrap_or_default() {
            match name {
                GeneralName::DnsName(host) => names.hosts.push(host.to_string()),
                GeneralName::IpAddress(bytes) => {
                    names.addresses.push(address(bytes.as_bytes())?.to_string());
                }
                _ => {}
            }
        }
        let subject = certificate.subject.0.iter().flat_map(|part| part.0.iter());
        let mut common = subject.filter(|attribute| attribute.oid == COMMON_NAME);
        names.common = common.next().and_then(text);
        Some(names)
    }

    /// Whether the certificate is for the host by names that webpki does not look at: the common name if there is no
    /// alternative name of the host's kind; for an address, also host names that spell it.
    pub fn include(&self, host: &ServerName<'_>) -> bool {
        let is_address = matches!(host, ServerName::IpAddress(_));
        let (spelled, of_its_kind) = match is_address {
            true => (self.hosts.as_slice(), &self.addresses),
            false => (&[][..], &self.hosts),
        };
        let common = self.common.iter().filter(|_| of_its_kind.is_empty());
        let host = host.to_str();
        spelled
            .iter()
            .chain(common)
            .any(|name| is_same(name, &host))
    }

    pub fn list(self) -> Vec<String> {
        match (self.hosts, self.addresses) {
            (hosts, addresses) if hosts.is_empty() && addresses.is_empty() => {
                self.common.into_iter().collect()
            }
            (hosts, addresses) => hosts.into_iter().chain(addresses).collect(),
        }
    }
}

/// A `*` stands for the whole left-most label, and for nothing else.
fn is_same(name: &str, host: &str) -> bool {
    let wildcard = name.strip_prefix("*.").filter(|rest| !rest.is_empty());
    let Some(rest) = wildcard else {
        return name.eq_ignore_ascii_case(host);
    };
    let domain = host.split_once('.');
    domain.is_some_and(|(label, domain)| !label.is_empty() && domain.eq_ignore_ascii_case(rest))
}

fn address(bytes: &[u8]) -> Option<IpAddr> {
    let v4 = <[u8; 4]>::try_from(bytes).map(IpAddr::from);
    v4.or(<[u8; 16]>::try_from(bytes).map(IpAddr::from)).ok()
}

fn text(attribute: &AttributeTypeAndValue) -> Option<String> {
    let text = str::from_utf8(attribute.value.value()).ok()?;
    (!text.contains('\0')).then(|| text.to_owned())
}
