//! Certificates as administrators make them, and clusters that use them.

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DistinguishedName, DnType, IsCa, KeyPair,
};

use crate::support::Cluster;

/// An authority, and a server's certificate that it vouches for.
pub struct Certificates {
    pub authority: String,
    pub server: String,
    pub key: String,
}

pub fn certificates(name: &str, host: &str) -> Certificates {
    let parameters = CertificateParams::new(vec![host.to_owned()]).unwrap();
    signed(name, parameters)
}

/// For a user, whose name is the common one.
pub fn of_client(authority: &str, user: &str) -> Certificates {
    signed(authority, named(user))
}

pub fn signed(authority: &str, parameters: CertificateParams) -> Certificates {
    let mut issuer = named(authority);
    issuer.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let issuer = CertifiedIssuer::self_signed(issuer, KeyPair::generate().unwrap()).unwrap();
    let key = KeyPair::generate().unwrap();
    let certificate = parameters.signed_by(&key, &issuer).unwrap();
    Certificates {
        authority: issuer.pem(),
        server: certificate.pem(),
        key: key.serialize_pem(),
    }
}

/// As PostgreSQL's manual has it made: an authority that signs itself, with the host in its common name only.
pub fn self_signed(host: &str) -> Certificates {
    let mut parameters = named(host);
    parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let key = KeyPair::generate().unwrap();
    let certificate = parameters.self_signed(&key).unwrap().pem();
    Certificates {
        authority: certificate.clone(),
        server: certificate,
        key: key.serialize_pem(),
    }
}

fn named(common: &str) -> CertificateParams {
    let mut parameters = CertificateParams::new(Vec::new()).unwrap();
    parameters.distinguished_name = DistinguishedName::new();
    parameters
        .distinguished_name
        .push(DnType::CommonName, common);
    parameters
}

/// Not booted yet: files may be written and `pg_hba.conf` replaced.
pub fn cluster_with(certificates: &Certificates, settings: &str) -> Cluster {
    let tls = "ssl=on\nssl_cert_file='../server.pem'\nssl_key_file='../server.key'";
    let cluster = Cluster::start(&format!("{tls}\n{settings}"));
    present(&cluster, certificates);
    cluster
}

/// From the next start on, the server has this certificate.
pub fn present(cluster: &Cluster, certificates: &Certificates) {
    cluster.write("server.pem", &certificates.server);
    cluster.write("server.key", &certificates.key);
}
