//! What `sslmode`, `sslrootcert` and `channel_binding` mean to a real server.

use std::time::Duration;

use base64::Engine;
use dataclips::postgres::ConnectionUrl;
use dataclips::postgres::Connector;
use dataclips::run::{Failure, Limits};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use tokio_postgres::Client;
use x509_cert::der::{Decode, Encode};

use super::certificates::{certificates, cluster_with, present};
use super::runner;
use super::visits::{Visits, cells};
use crate::support::{Cluster, LIMITS, connect, connections_to};

/// The same certificate as X.509 version 1 writes it, without host names; its authority's signature breaks by it.
fn as_version_1(certificate: &str) -> String {
    let certificate = CertificateDer::from_pem_slice(certificate.as_bytes()).unwrap();
    let mut certificate = x509_cert::Certificate::from_der(&certificate).unwrap();
    certificate.tbs_certificate.version = x509_cert::Version::V1;
    certificate.tbs_certificate.extensions = None;
    let base64 = base64::engine::general_purpose::STANDARD.encode(certificate.to_der().unwrap());
    let lines: Vec<_> = base64
        .as_bytes()
        .chunks(64)
        .map(|line| str::from_utf8(line).unwrap())
        .collect();
    format!(
        "-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n",
        lines.join("\n")
    )
}

/// Whether the connection is encrypted, or why there is none.
async fn encryption(url: &str) -> Result<bool, String> {
    let connector =
        Connector::new(&ConnectionUrl::parse(url).unwrap()).map_err(|error| error.to_string())?;
    match connector.sign_in("").await {
        Ok(signed_in) => Ok(is_encrypted(&signed_in.client).await),
        Err(error) => Err(Failure::from(error).detail().unwrap().to_owned()),
    }
}

async fn is_encrypted(client: &Client) -> bool {
    let sql = "select ssl from pg_stat_ssl where pid = pg_backend_pid()";
    client.query_typed_one(sql, &[]).await.unwrap().get(0)
}

async fn assert_encryption(cluster: &Cluster, cases: &[(&str, Result<bool, &str>)]) {
    for (parameters, expected) in cases {
        let url = format!(
            "{}?{parameters}",
            cluster.host_url("postgres", "localhost", "postgres")
        );
        match (encryption(&url).await, expected) {
            (Ok(encrypted), Ok(expected)) => assert_eq!(encrypted, *expected, "{parameters}"),
            (Err(error), Err(expected)) => {
                assert!(error.contains(expected), "{parameters}: {error}")
            }
            (outcome, _) => panic!("{parameters}: {outcome:?}"),
        }
    }
}

#[tokio::test]
async fn certificates_are_checked_as_sslmode_says() {
    let right = certificates("ours", "localhost");
    let cluster = cluster_with(&right, "");
    let authority = cluster.write("authority.pem", &right.authority);
    let other = cluster.write("other.pem", &certificates("another", "localhost").authority);
    let empty = cluster.write("empty.pem", "");
    let key = cluster.write("other.key", &right.key);
    let cluster = cluster.boot();
    assert_encryption(
        &cluster,
        &[
            ("sslmode=disable", Ok(false)),
            ("sslmode=allow", Ok(false)),
            ("sslmode=prefer", Ok(true)),
            ("", Ok(true)),
            ("sslmode=require", Ok(true)),
            ("sslmode=require&channel_binding=prefer", Ok(true)),
            (
                &format!("sslmode=require&sslrootcert={authority}"),
                Ok(true),
            ),
            (
                &format!("sslmode=require&sslrootcert={other}"),
                Err("authority that is not trusted"),
            ),
            (
                &format!("sslmode=verify-ca&sslrootcert={authority}"),
                Ok(true),
            ),
            (
                &format!("sslmode=verify-ca&sslrootcert={other}"),
                Err("authority that is not trusted"),
            ),
            (
                &format!("sslmode=verify-full&sslrootcert={authority}"),
                Ok(true),
            ),
            (
                &format!("sslmode=verify-full&sslrootcert={other}"),
                Err("authority that is not trusted"),
            ),
            (
                "sslmode=verify-ca&sslrootcert=/nowhere.pem",
                Err("/nowhere.pem that `sslrootcert` names cannot be read"),
            ),
            (
                &format!("sslmode=verify-ca&sslrootcert={empty}"),
                Err("holds no certificate"),
            ),
            ("sslrootcert=system", Err("")),
            (
                "sslmode=require&sslcert=/nowhere.pem&sslkey=/nowhere.key",
                Err("/nowhere.pem that `sslcert` names cannot be read"),
            ),
            (
                &format!("sslmode=require&sslcert={empty}&sslkey={key}"),
                Err("`sslcert` names holds no certificate"),
            ),
            (
                &format!("sslmode=require&sslcert={authority}&sslkey={empty}"),
                Err("`sslkey` names holds no private key"),
            ),
            (
                &format!("sslmode=require&sslcert={authority}&sslkey={key}"),
                Err("`sslkey` names is not that of the certificate"),
            ),
        ],
    )
    .await;
    cluster
        .connect("postgres", "postgres")
        .await
        .batch_execute("create role r login")
        .await
        .unwrap();
    let runner = runner(&cluster).await;
    for (parameters, is_encrypted) in [
        ("sslmode=disable", false),
        ("sslmode=allow", false),
        ("sslmode=prefer", true),
        ("sslmode=require", true),
    ] {
        let url = format!(
            "{}?{parameters}",
            cluster.host_url("r", "localhost", "template1")
        );
        let report = runner.inspect(&ConnectionUrl::parse(&url).unwrap()).await;
        assert_eq!(report.unwrap().is_encrypted, is_encrypted, "{parameters}");
    }
    let socket = format!(
        "{}?sslmode=verify-full",
        cluster.socket_url("postgres", "postgres")
    );
    assert_eq!(encryption(&socket).await, Ok(false));
}

#[tokio::test]
async fn a_certificate_for_another_host_passes_verify_ca_alone() {
    let wrong = certificates("ours", "elsewhere.example");
    let cluster = cluster_with(&wrong, "");
    let authority = cluster.write("authority.pem", &wrong.authority);
    let cluster = cluster.boot();
    assert_encryption(
        &cluster,
        &[
            (
                &format!("sslmode=verify-ca&sslrootcert={authority}"),
                Ok(true),
            ),
            (
                &format!("sslmode=verify-full&sslrootcert={authority}"),
                Err("is not for localhost, but for elsewhere.example."),
            ),
        ],
    )
    .await;
}

#[tokio::test]
async fn a_server_without_tls_is_taken_by_the_modes_that_allow_it() {
    let cluster = Cluster::start("").boot();
    assert_encryption(
        &cluster,
        &[
            ("sslmode=disable", Ok(false)),
            ("sslmode=allow", Ok(false)),
            ("sslmode=prefer", Ok(false)),
            ("sslmode=require", Err("server does not support TLS")),
            ("sslmode=verify-full", Err("server does not support TLS")),
        ],
    )
    .await;
}

#[tokio::test]
async fn allow_and_prefer_try_the_other_way_where_the_server_refuses_one() {
    let certificates = certificates("ours", "localhost");
    let cluster = cluster_with(&certificates, "");
    let roles =
        "hostssl all encrypted all trust\nhostnossl all plain all trust\nlocal all all trust\n";
    cluster.write("data/pg_hba.conf", roles);
    let cluster = cluster.boot();
    let postgres = cluster.connect("postgres", "postgres").await;
    postgres
        .batch_execute("create role encrypted login; create role plain login")
        .await
        .unwrap();
    for (role, mode, expected) in [
        ("encrypted", "allow", Ok(true)),
        ("encrypted", "prefer", Ok(true)),
        ("encrypted", "disable", Err("pg_hba.conf")),
        ("plain", "allow", Ok(false)),
        ("plain", "prefer", Ok(false)),
        ("plain", "require", Err("pg_hba.conf")),
    ] {
        let url = cluster.host_url(role, "localhost", "postgres");
        match (encryption(&format!("{url}?sslmode={mode}")).await, expected) {
            (Ok(encrypted), Ok(expected)) => assert_eq!(encrypted, expected, "{role} {mode}"),
            (Err(error), Err(expected)) => {
                assert!(error.contains(expected), "{role} {mode}: {error}")
            }
            (outcome, _) => panic!("{role} {mode}: {outcome:?}"),
        }
    }
}

#[tokio::test]
async fn passwords_are_bound_to_the_encrypted_channel() {
    let certificates = certificates("ours", "localhost");
    let cluster = cluster_with(&certificates, "");
    cluster.write(
        "data/pg_hba.conf",
        "host all all all scram-sha-256\nlocal all all trust\n",
    );
    let cluster = cluster.boot();
    let postgres = cluster.connect("postgres", "postgres").await;
    postgres
        .batch_execute("create role r login password 'p@ss/word:%'")
        .await
        .unwrap();
    let url = |user: &str, binding: &str| {
        let url = cluster.host_url(user, "localhost", "postgres");
        format!("{url}?sslmode=require&channel_binding={binding}")
    };
    for binding in ["require", "prefer", "disable"] {
        assert_eq!(
            encryption(&url("r:p%40ss%2Fword%3A%25", binding)).await,
            Ok(true),
            "{binding}"
        );
    }
    let wrong = connect(&url("r:wrong", "require")).await.err().unwrap();
    assert_eq!(
        (wrong.code(), wrong.sqlstate()),
        ("unavailable", Some("28P01"))
    );
    let missing = connect(&url("r", "prefer")).await.err().unwrap();
    assert!(
        missing.detail().unwrap().contains("password missing") && missing.advice().is_some(),
        "{missing:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_is_encrypted_from_its_first_row_to_its_cancel() {
    let certificates = certificates("ours", "localhost");
    let cluster = cluster_with(&certificates, "").boot();
    let postgres = cluster.connect("postgres", "postgres").await;
    postgres.batch_execute("create role r login").await.unwrap();
    let url = cluster.host_url("r", "localhost", "postgres");
    let limits = Limits {
        connections: 1,
        rows_max: 1_000,
        ..LIMITS
    };
    let visits = Visits::new(&format!("{url}?sslmode=require"), limits).await;
    let is_encrypted = "select ssl from pg_stat_ssl where pid = pg_backend_pid()";
    // Each is larger than what TLS sends at once; the second is cut, which cancels it.
    for rows in [1_000, 1_000_000] {
        assert_eq!(visits.answer(is_encrypted).await.lines().nth(1), Some("t"));
        let sql = format!("select n, repeat('x', 500) from generate_series(1, {rows}) as n");
        let running = visits.start(&sql);
        let summary = running.summary().await.unwrap();
        assert_eq!(summary.rows, 1_000);
        assert_eq!(summary.truncated.is_some(), rows > 1_000);
        let cells = cells(&running.rows().await.unwrap()).await;
        assert_eq!(cells[999][0].as_deref(), Some("1000"));
    }
    let sleeping = visits.start("select pg_sleep(60)");
    tokio::time::timeout(Duration::from_secs(20), async {
        while count(&postgres, "wait_event = 'PgSleep'").await == 0 {}
        drop(sleeping);
        while count(&postgres, "wait_event = 'PgSleep'").await > 0 {}
    })
    .await
    .unwrap();
    assert_eq!(visits.answer(is_encrypted).await.lines().nth(1), Some("t"));
}

async fn count(postgres: &Client, condition: &str) -> i64 {
    let sql = format!("select count(*) from pg_stat_activity where usename = 'r' and {condition}");
    postgres.query_typed_one(&sql, &[]).await.unwrap().get(0)
}

#[tokio::test]
async fn a_certificate_of_version_1_is_enough_for_require() {
    for protocol in ["TLSv1.2", "TLSv1.3"] {
        let mut certificates = certificates("ours", "localhost");
        certificates.server = as_version_1(&certificates.server);
        let cluster = cluster_with(
            &certificates,
            &format!("ssl_max_protocol_version='{protocol}'"),
        );
        let authority = cluster.write("authority.pem", &certificates.authority);
        let cluster = cluster.boot();
        let full = format!("sslmode=verify-full&sslrootcert={authority}");
        let cases = [
            ("sslmode=require", Ok(true)),
            ("", Ok(true)),
            (&full, Err("X.509 version 1")),
        ];
        assert_encryption(&cluster, &cases).await;
    }
}

#[tokio::test]
async fn renewed_certificates_are_used_without_a_restart() {
    let first = certificates("first", "localhost");
    let cluster = cluster_with(&first, "").boot();
    let authority = cluster.write("authority.pem", &first.authority);
    let url = cluster.host_url("postgres", "localhost", "postgres");
    let url = format!("{url}?sslmode=verify-full&sslrootcert={authority}");
    let connector = Connector::new(&ConnectionUrl::parse(&url).unwrap()).unwrap();
    assert!(connector.sign_in("").await.is_ok());
    let second = certificates("second", "localhost");
    present(&cluster, &second);
    cluster.restart("fast");
    assert!(connector.sign_in("").await.is_err());
    // While a file is being written, what was read before stays in use.
    cluster.write("authority.pem", "");
    assert!(connector.sign_in("").await.is_err());
    cluster.write("authority.pem", &second.authority);
    assert!(connector.sign_in("").await.is_ok());
}

#[tokio::test]
async fn a_connection_is_closed_however_it_ends() {
    let cluster = cluster_with(&certificates("ours", "localhost"), "").boot();
    let url = |user| cluster.host_url(user, "localhost", "postgres") + "?sslmode=require";
    let connector = |user| Connector::new(&ConnectionUrl::parse(&url(user)).unwrap()).unwrap();
    for _ in 0..3 {
        assert!(connector("nobody").sign_in("").await.is_err());
        let (client, driver) = connector("postgres")
            .sign_in("")
            .await
            .unwrap()
            .into_client();
        assert!(is_encrypted(&client).await);
        drop((client, driver));
        let signed_in = connector("postgres").sign_in("").await.unwrap();
        let (transport, canceller) = signed_in.take_over().await.unwrap();
        canceller.cancel().await;
        drop(transport);
    }
    let mut open = usize::MAX;
    for _ in 0..100 {
        open = connections_to(cluster.port);
        if open == 0 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert_eq!(open, 0);
}
