//! Why a database cannot be reached, each by the real failure, and the advice that comes with it.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::sync::Arc;
use std::thread;

use dataclips::postgres::{ConnectionUrl, Connector};
use dataclips::run::Failure;
use nix::unistd::{Uid, geteuid, setfsuid};
use rcgen::{CertificateParams, date_time_ymd};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig, ServerConnection};
use socket2::{Domain, Socket, Type};

use super::certificates::{
    Certificates, certificates, cluster_with, of_client, present, self_signed, signed,
};
use crate::support::{Cluster, free_port};

async fn failure(url: &str) -> Failure {
    let connector = Connector::new(&ConnectionUrl::parse(url).unwrap()).unwrap();
    match connector.sign_in("").await {
        Ok(_) => panic!("{url} is let in"),
        Err(error) => error.into(),
    }
}

/// Parts of the detail and of the advice. Never the TLS library's names, nor the password.
async fn assert_told(url: &str, detail: &str, advice: &str) {
    let failure = failure(url).await;
    let (told, advised) = (failure.detail().unwrap(), failure.advice().unwrap());
    assert!(told.contains(detail), "{url}: {told}");
    assert!(advised.contains(advice), "{url}: {told}: {advised}");
    let words = format!("{} {told} {advised}", failure.summary());
    for never in ["secret", "Error", "::", "UnknownIssuer", "NotValid", "{"] {
        let words = words.replace("At ::1", "").replace("[::1]", "");
        assert!(!words.contains(never), "{url}: {words}");
    }
}

#[tokio::test]
async fn each_reason_for_which_a_server_refuses_has_its_own_advice() {
    let ours = certificates("ours", "localhost");
    let cluster = cluster_with(&ours, "ssl_ca_file='../clients.pem'");
    let client = of_client("clients", "certified");
    cluster.write("clients.pem", &client.authority);
    let authority = cluster.write("authority.pem", &ours.authority);
    let other = cluster.write("other.pem", &certificates("another", "localhost").authority);
    let files = |name: &str, certificates: &Certificates| {
        let certificate = cluster.write(&format!("{name}.pem"), &certificates.server);
        let key = cluster.write(&format!("{name}.key"), &certificates.key);
        format!("sslcert={certificate}&sslkey={key}")
    };
    let right = files("client", &client);
    let foreign = files("foreign", &of_client("clients", "certified"));
    let rules = "local all postgres trust
         local all peered peer
         hostssl all certified,someone all cert
         hostssl all encrypted,barred,bound,nowhere all trust
         host all passworded all scram-sha-256\n";
    cluster.write("data/pg_hba.conf", rules);
    let cluster = cluster.boot();
    let postgres = cluster.connect("postgres", "postgres").await;
    let with_kerberos = format!("{rules}host all kerberos all gss\n");
    cluster.write("data/pg_hba.conf", &with_kerberos);
    let has_kerberos = takes_its_rules(&postgres).await;
    let roles = "create role barred; create role passworded login password 'secret';
                 create role encrypted login; create role certified login; create role someone login;
                 create role peered login; create role kerberos login; create role bound login";
    postgres.batch_execute(roles).await.unwrap();
    let verified = format!("sslmode=verify-full&sslrootcert={authority}");
    let is_possible = |user: &str| has_kerberos || user != "kerberos";
    for (user, parameters, detail, advice) in [
        (
            "encrypted",
            "sslmode=disable",
            // Then "no encryption", or "SSL off" on 13.
            "no pg_hba.conf entry",
            "sslmode=require",
        ),
        (
            "stranger",
            "sslmode=require",
            "no pg_hba.conf entry",
            "lets this user in from here",
        ),
        ("stranger", "", "no pg_hba.conf entry", "from here"),
        (
            "barred",
            "sslmode=require",
            "not permitted to log in",
            "user and password",
        ),
        (
            "nowhere",
            "sslmode=require",
            "does not exist",
            "user and password",
        ),
        (
            "passworded",
            "",
            "password missing",
            "The server asks for a password",
        ),
        (
            "passworded:wrong",
            "",
            "password authentication failed",
            "user and password",
        ),
        (
            "passworded",
            "channel_binding=require&sslmode=disable&password=secret",
            "channel binding",
            "channel_binding",
        ),
        (
            "kerberos",
            "",
            "unsupported authentication method",
            "Kerberos",
        ),
        (
            "encrypted",
            "dbname=nothing&sslmode=require",
            "does not exist",
            "database's name",
        ),
        (
            "certified",
            "sslmode=require",
            "valid client certificate",
            "sslcert=PATH and its key",
        ),
        (
            "someone",
            &format!("sslmode=require&{right}"),
            "certificate authentication failed",
            "common name",
        ),
        (
            "certified",
            &format!("sslmode=require&{foreign}"),
            "refuses the client certificate",
            "ssl_ca_file",
        ),
        (
            "certified",
            // Up to TLS 1.2 the server answers within the handshake.
            &format!("sslmode=require&ssl_max_protocol_version=TLSv1.2&{foreign}"),
            "refuses the client certificate",
            "ssl_ca_file",
        ),
        (
            "encrypted",
            &format!("sslmode=verify-full&sslrootcert={other}"),
            "an authority that is not trusted",
            "sslrootcert=PATH",
        ),
        (
            "encrypted",
            &format!("{verified}&hostaddr=127.0.0.1&host=db.example"),
            "not for db.example, but for localhost",
            "sslmode=verify-ca",
        ),
    ] {
        if !is_possible(user) {
            continue;
        }
        let url = cluster.host_url(user, "localhost", "postgres");
        assert_told(&format!("{url}?{parameters}"), detail, advice).await;
    }
    let socket = cluster.socket_url("peered", "postgres");
    assert_told(&socket, "eer authentication failed", "system's user").await;
    let url = cluster.host_url("certified", "localhost", "postgres");
    let url = ConnectionUrl::parse(&format!("{url}?{verified}&{right}")).unwrap();
    let signed_in = Connector::new(&url).unwrap().sign_in("").await;
    assert!(signed_in.is_ok(), "the client's certificate is enough");
}

/// Has the server read `pg_hba.conf` again. Not every build of PostgreSQL knows Kerberos: one without takes no line of it.
async fn takes_its_rules(postgres: &tokio_postgres::Client) -> bool {
    let wrong = "select count(*) from pg_hba_file_rules where error is not null";
    let wrong: i64 = postgres.query_one(wrong, &[]).await.unwrap().get(0);
    postgres
        .batch_execute("select pg_reload_conf()")
        .await
        .unwrap();
    wrong == 0
}

#[tokio::test]
async fn each_flaw_of_a_servers_certificate_has_its_own_advice() {
    let of = |first: i32, last: i32| {
        let mut parameters = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
        parameters.not_before = date_time_ymd(first, 1, 1);
        parameters.not_after = date_time_ymd(last, 1, 1);
        signed("ours", parameters)
    };
    let own = self_signed("localhost");
    let cluster = cluster_with(&own, "ssl_max_protocol_version='TLSv1.2'").boot();
    let url = |cluster: &Cluster, authority: &Certificates| {
        let path = cluster.write("authority.pem", &authority.authority);
        let url = cluster.host_url("postgres", "localhost", "postgres");
        format!("{url}?sslmode=verify-full&sslrootcert={path}")
    };
    let trusted = url(&cluster, &own);
    let connector = Connector::new(&ConnectionUrl::parse(&trusted).unwrap()).unwrap();
    let signed_in = connector.sign_in("").await;
    assert!(signed_in.is_ok(), "a common name is enough");
    let newer = format!("{trusted}&ssl_min_protocol_version=TLSv1.3");
    assert_told(&newer, "no version or method", "TLS 1.2 or 1.3").await;
    let other = url(&cluster, &self_signed("localhost"));
    assert_told(&other, "self-signed", "copy of the server's").await;
    for (certificates, detail, advice) in [
        (of(1990, 2001), "has expired (2001-01-01).", "renewed"),
        (of(3000, 4000), "not valid yet (3000-01-01).", "clocks"),
    ] {
        present(&cluster, &certificates);
        cluster.restart("fast");
        assert_told(&url(&cluster, &certificates), detail, advice).await;
    }
}

#[tokio::test]
async fn each_reason_for_which_there_is_no_server_has_its_own_advice() {
    let port = free_port();
    let directory = tempfile::tempdir().unwrap();
    let place = directory.path().display().to_string();
    for (url, detail, advice) in [
        (
            format!("postgres://u@127.0.0.1:{port}/d"),
            "refused",
            "Nothing listens",
        ),
        (
            "postgres://u@nowhere.invalid/d".to_owned(),
            "cannot be resolved",
            "spelling of the host's name",
        ),
        (
            format!("postgres://u@/d?host={place}"),
            "No such file",
            "no socket to open",
        ),
        (
            format!("postgres://u@{}/d?connect_timeout=1", silent()),
            "no answer within",
            "firewall",
        ),
        (
            format!("postgres://u@{}/d?connect_timeout=1", full()),
            "no answer within",
            "firewall",
        ),
        (
            format!("postgres://u@{}/d?sslmode=disable", replying(b"")),
            "closed",
            "closed the connection",
        ),
        (
            format!("postgres://u@{}/d?sslmode=require", replying(b"N")),
            "The server does not support TLS.",
            "ssl = on",
        ),
        (
            format!("postgres://u@{}/d?sslmode=require", replying(b"SSH-2.0-x")),
            "as TLS requires",
            "PostgreSQL answers at that port",
        ),
        (
            format!(
                "postgres://u@{}/d?sslmode=require",
                asking_for_certificate()
            ),
            "asks for a client certificate",
            "sslcert=PATH",
        ),
        (
            format!(
                "postgres://u@{}/d?sslmode=disable&options=-cx%3Dy",
                replying(POOLER)
            ),
            "unsupported startup parameter",
            "A pooler accepts no `options`",
        ),
    ] {
        assert_told(&url, detail, advice).await;
    }
}

/// What PgBouncer answers to `options`.
const POOLER: &[u8] =
    b"E\0\0\0\x42SFATAL\0VFATAL\0C08P01\0Munsupported startup parameter: options\0\0";

/// Root may open every socket, so that this thread gives that up.
#[test]
fn a_socket_that_may_not_be_opened_is_told_from_one_that_is_not_there() {
    let cluster = Cluster::start("unix_socket_permissions=0700").boot();
    let closed = thread::spawn(move || {
        if geteuid().is_root() {
            setfsuid(Uid::from_raw(65_534));
        } else {
            let directory = std::path::PathBuf::from(cluster.path(""));
            std::fs::set_permissions(directory, PermissionsExt::from_mode(0o000)).unwrap();
        }
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build();
        let url = cluster.socket_url("postgres", "postgres");
        runtime.unwrap().block_on(async {
            assert_told(&url, "Permission denied", "access to the socket").await;
        });
    });
    closed.join().unwrap();
}

#[tokio::test]
async fn of_several_hosts_each_is_told_with_its_own_reason() {
    let cluster = Cluster::start("").boot();
    let (port, own) = (free_port(), cluster.port);
    let silent = silent();
    let url = format!(
        "postgres://postgres:secret@127.0.0.1:{port},nowhere.invalid,localhost:{own},{silent}/postgres\
         ?target_session_attrs=standby&connect_timeout=1"
    );
    let failure = failure(&url).await;
    let detail = failure.detail().unwrap();
    let told: Vec<_> = detail.split("At ").skip(1).collect();
    let expected = [
        (format!("127.0.0.1:{port}: "), "refused"),
        ("nowhere.invalid:5432: ".to_owned(), "cannot be resolved"),
        (format!("localhost:{own}: "), "The server is not a standby."),
        (format!("{silent}: "), "no answer within 1 second."),
    ];
    assert_eq!(told.len(), expected.len(), "{detail}");
    for (told, (host, why)) in told.iter().zip(&expected) {
        assert!(told.starts_with(host) && told.contains(why), "{detail}");
    }
    assert!(!detail.contains("secret"), "{detail}");
    let advice = failure.advice().unwrap();
    assert!(advice.contains("target_session_attrs"), "{advice}");
    // One that works is enough, wherever it stands.
    let url = url.replace("standby", "prefer-standby");
    let connector = Connector::new(&ConnectionUrl::parse(&url).unwrap()).unwrap();
    assert!(connector.sign_in("").await.is_ok());
}

/// The address of a server that accepts connections and says nothing.
fn silent() -> String {
    serve(|mut socket| while matches!(socket.read(&mut [0; 64]), Ok(read) if read > 0) {})
}

/// The address of a server that takes no connection any more, as behind a firewall that drops packets.
fn full() -> String {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    let address: SocketAddr = "127.0.0.1:0".parse().unwrap();
    socket.bind(&address.into()).unwrap();
    socket.listen(0).unwrap();
    let address = socket.local_addr().unwrap().as_socket().unwrap();
    let only = TcpStream::connect(address).unwrap();
    thread::spawn(move || {
        let _kept = (socket, only);
        thread::park();
    });
    address.to_string()
}

/// The address of a server that replies so to the first message, and closes.
fn replying(reply: &'static [u8]) -> String {
    serve(|mut socket| {
        let _ = socket.read(&mut [0; 1024]);
        let _ = socket.write_all(reply);
    })
}

/// The address of a server that speaks TLS as some proxies do: only with clients that have a certificate.
fn asking_for_certificate() -> String {
    let ours = certificates("ours", "localhost");
    let mut roots = RootCertStore::empty();
    let authority = CertificateDer::from_pem_slice(ours.authority.as_bytes());
    roots.add(authority.unwrap()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let clients = WebPkiClientVerifier::builder_with_provider(roots.into(), provider.clone());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_client_cert_verifier(clients.build().unwrap())
        .with_single_cert(
            vec![CertificateDer::from_pem_slice(ours.server.as_bytes()).unwrap()],
            PrivateKeyDer::from_pem_slice(ours.key.as_bytes()).unwrap(),
        );
    let config = Arc::new(config.unwrap());
    serve(move |mut socket| {
        socket.read_exact(&mut [0; 8]).unwrap();
        socket.write_all(b"S").unwrap();
        let mut connection = ServerConnection::new(config.clone()).unwrap();
        while connection.complete_io(&mut socket).is_ok() {}
        // What the client has sent meanwhile would reset the connection, and lose the alert.
        while matches!(socket.read(&mut [0; 1024]), Ok(read) if read > 0) {}
    })
}

fn serve(serve: impl Fn(TcpStream) + Send + Sync + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    thread::spawn(move || {
        thread::scope(|scope| {
            for socket in listener.incoming().flatten() {
                scope.spawn(|| serve(socket));
            }
        });
    });
    address
}
