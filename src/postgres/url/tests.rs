//! Valid and invalid connection URLs, and how they are read.

use super::*;
use crate::postgres::tls::{ClientCertificate, Mode, Roots, Versions};

fn parse(text: &str) -> ConnectionUrl {
    ConnectionUrl::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

#[test]
fn every_spelling_of_libpq_is_read() {
    for (text, shown) in [
        ("postgresql://u@h/d", "postgresql://u@h:5432/d"),
        ("postgres://u@h/d", "postgresql://u@h:5432/d"),
        (" postgres://u@h/d\n", "postgresql://u@h:5432/d"),
        ("postgres://u@h", "postgresql://u@h:5432/u"),
        ("postgres://u@h/", "postgresql://u@h:5432/u"),
        ("postgres://u:secret@h:6543/d", "postgresql://u@h:6543/d"),
        ("postgres://u:@h:/d", "postgresql://u@h:5432/d"),
        ("postgres://u:s:e?c#r[e]t@h/d", "postgresql://u@h:5432/d"),
        (
            "postgres://u%40corp:p%40ss%2Fword@h/d%20b",
            "postgresql://u%40corp@h:5432/d%20b",
        ),
        ("postgres://ü:ß@h/é", "postgresql://%C3%BC@h:5432/%C3%A9"),
        ("postgres://u@[::1]/d", "postgresql://u@[::1]:5432/d"),
        (
            "postgres://u@[fe80::1%25eth0]:7/d",
            "postgresql://u@[fe80::1%eth0]:7/d",
        ),
        (
            "postgres://u@a,b:7,[::2]:8/d",
            "postgresql://u@a:5432,b:7,[::2]:8/d",
        ),
        ("postgres://u@a,b/d?port=7", "postgresql://u@a:7,b:7/d"),
        ("postgres://u@a,b/d?port=7,", "postgresql://u@a:7,b:5432/d"),
        (
            "postgres://u@%2Frun%2Fpg/d",
            "postgresql://u@%2Frun%2Fpg:5432/d",
        ),
        (
            "postgres://u@/d?host=/run/pg&port=7",
            "postgresql://u@%2Frun%2Fpg:7/d",
        ),
        ("postgres:///d?host=h&user=u", "postgresql://u@h:5432/d"),
        (
            "postgres://?host=h&user=u&dbname=d",
            "postgresql://u@h:5432/d",
        ),
        ("postgres://u@h?dbname=d", "postgresql://u@h:5432/d"),
        ("postgres://u@h/d?dbname=e", "postgresql://u@h:5432/e"),
        ("postgres://u@h/d?user=v%40w", "postgresql://v%40w@h:5432/d"),
        (
            "postgres://u@/d?hostaddr=10.0.0.1",
            "postgresql://u@10.0.0.1:5432/d",
        ),
        (
            "postgres://u@db_1.internal./d",
            "postgresql://u@db_1.internal.:5432/d",
        ),
        ("postgres://u@h/d?", "postgresql://u@h:5432/d"),
    ] {
        assert_eq!(parse(text).to_string(), shown, "{text}");
    }
}

#[test]
fn an_invalid_url_is_refused_with_a_sentence() {
    let value = |parameter, allowed| UrlError::Value { parameter, allowed };
    for (text, error) in [
        ("", UrlError::Scheme),
        ("mysql://u@h/d", UrlError::Scheme),
        ("host=h user=u", UrlError::Scheme),
        ("postgres:/u@h/d", UrlError::Scheme),
        ("postgres://", UrlError::HostMissing),
        ("postgres://u@/d", UrlError::HostMissing),
        ("postgres://u@a,,b/d", UrlError::HostMissing),
        ("postgres://h/d", UrlError::UserMissing),
        ("postgres://:secret@h/d", UrlError::UserMissing),
        ("postgres://u:p@ss@h/d", UrlError::At),
        ("postgres://u:pa/ss@h/d", UrlError::At),
        ("postgres://u@h:0/d", UrlError::Port),
        ("postgres://u@h:65536/d", UrlError::Port),
        ("postgres://u:1/2?x=3@h/d", UrlError::At),
        ("postgres://u@::1/d", UrlError::HostMissing),
        ("postgres://u@fe80::1/d", UrlError::Port),
        ("postgres://u@h:1:2/d", UrlError::Port),
        ("postgres://u@a,b/d?port=1,2,3", UrlError::PortCount),
        ("postgres://u@[::1/d", UrlError::Bracket),
        ("postgres://u@[]/d", UrlError::Bracket),
        ("postgres://u@[::1]x/d", UrlError::Bracket),
        ("postgres://u:%zz@h/d", UrlError::Percent),
        ("postgres://u:%2@h/d", UrlError::Percent),
        ("postgres://u:%00@h/d", UrlError::NotText),
        ("postgres://u:%ff@h/d", UrlError::NotText),
        ("postgres://u@h/d?sslmode", UrlError::ParameterShape),
        ("postgres://u@h/d?a=b=c", UrlError::ParameterShape),
        (
            "postgres://u@h/d?sslmode=require&",
            UrlError::ParameterShape,
        ),
        (
            "postgres://u@h/d?sslcert=/c.pem",
            UrlError::CertificateNeedsKey,
        ),
        (
            "postgres://u@h/d?sslkey=/k.pem",
            UrlError::CertificateNeedsKey,
        ),
        (
            "postgres://u@h/d?ssl_min_protocol_version=TLSv1.3&ssl_max_protocol_version=TLSv1.2",
            UrlError::NoProtocolVersion,
        ),
        (
            "postgres://u@h/d?target_session_attrs=master",
            value(
                "target_session_attrs",
                "any, read-write, read-only, primary, standby or prefer-standby",
            ),
        ),
        ("postgres://u@h,%2Frun/d", UrlError::MixedHosts),
        (
            "postgres://u@a,b/d?hostaddr=10.0.0.1",
            UrlError::HostAddressCount,
        ),
        (
            "postgres://u@h/d?hostaddr=h",
            value("hostaddr", "an IP address"),
        ),
        (
            "postgres://u@h/d?connect_timeout=soon",
            value("connect_timeout", "a whole number"),
        ),
        (
            "postgres://u@h/d?sslrootcert=system&sslmode=require",
            UrlError::SystemNeedsVerifyFull,
        ),
        (
            "postgres://u@h/d?sslnegotiation=direct",
            UrlError::DirectNeedsRequire,
        ),
    ] {
        assert_eq!(ConnectionUrl::parse(text).unwrap_err(), error, "{text}");
    }
}

#[test]
fn an_unknown_parameter_is_named_with_the_known_ones() {
    let error = ConnectionUrl::parse("postgres://u@h/d?foo=1")
        .unwrap_err()
        .to_string();
    assert!(
        error.starts_with("The parameter `foo` is not known; known are application_name, "),
        "{error}"
    );
}

#[test]
fn what_other_drivers_and_providers_write_is_refused_with_what_to_write_instead() {
    for (text, parameter, instead) in [
        ("pgbouncer=true", "pgbouncer", "leave it out"),
        ("sslmode=no-verify", "sslmode=no-verify", "sslmode=require"),
        ("ssl=no-verify", "ssl=no-verify", "sslmode=require"),
        ("ssl=1", "ssl=1", "sslmode=require"),
        ("useSSL=true", "useSSL", "sslmode=require"),
        ("sslaccept=strict", "sslaccept", "verify-full"),
        ("sslidentity=c.p12", "sslidentity", "sslcert"),
        ("schema=sales", "schema", "options=-csearch_path%3DNAME"),
        ("search_path=sales", "search_path", "options="),
        ("currentSchema=sales", "currentSchema", "options="),
        ("connection_limit=1", "connection_limit", "connection limit"),
        ("pool_timeout=0", "pool_timeout", "leave it out"),
        ("pool_max_conns=10", "pool_max_conns", "leave it out"),
        ("statement_cache_size=0", "statement_cache_size", "prepared"),
        (
            "prepared_statements=false",
            "prepared_statements",
            "prepared",
        ),
        ("preparedStatements=false", "preparedStatements", "prepared"),
        ("prepareThreshold=0", "prepareThreshold", "prepared"),
        ("binary_parameters=yes", "binary_parameters", "leave it out"),
        ("supa=base-pooler.x", "supa", "leave it out"),
        ("uselibpqcompat=true", "uselibpqcompat", "sslmode"),
        ("socket_timeout=3", "socket_timeout", "time limit"),
        ("reconnect=true", "reconnect", "leave it out"),
        ("service=x", "service", "host, user and password"),
        ("passfile=/x", "passfile", "host, user and password"),
        ("replication=database", "replication", "runs no queries"),
        ("requirepeer=postgres", "requirepeer", "leave it out"),
        ("krbsrvname=p", "krbsrvname", "GSSAPI"),
        ("sslcrl=/x", "sslcrl", "revoked"),
        (
            "require_auth=scram-sha-256",
            "require_auth",
            "channel_binding",
        ),
        ("oauth_issuer=x", "oauth_issuer", "OAuth"),
        ("scram_client_key=x", "scram_client_key", "password"),
        ("sslkeylogfile=/x", "sslkeylogfile", "leave it out"),
        ("sslpassword=x", "sslpassword", "openssl pkey"),
    ] {
        let error = ConnectionUrl::parse(&format!("postgres://u:secret@h/d?{text}")).unwrap_err();
        let words = error.to_string();
        assert!(
            words.starts_with(&format!("`{parameter}` cannot be in the URL: ")),
            "{text}: {words}"
        );
        assert!(words.contains(instead), "{text}: {words}");
    }
    for text in [
        "jdbc:postgresql://h/d?user=u&password=secret",
        "postgresql+psycopg2://u:secret@h/d",
        "postgis://u:secret@h/d",
    ] {
        let error = ConnectionUrl::parse(text).unwrap_err().to_string();
        assert!(error.contains("start it with postgresql://"), "{error}");
        assert!(!error.contains("secret"), "{error}");
    }
}

#[test]
fn no_name_is_both_known_and_refused() {
    for name in known::KNOWN {
        assert_eq!(known::find(name, "x"), Ok(name));
    }
}

#[test]
fn what_libpq_knows_about_tls_and_names_is_read() {
    let url = parse(
        "postgres://u@h/d?sslmode=require&sslcert=/c.pem&sslkey=/k.pem&sslsni=0&ssl_min_protocol_version=TLSv1.3\
         &ssl_max_protocol_version=TLSv1.3&fallback_application_name=f&min_protocol_version=3.0\
         &max_protocol_version=latest&target_session_attrs=prefer-standby",
    );
    let certificate = ClientCertificate {
        certificate: "/c.pem".into(),
        key: "/k.pem".into(),
    };
    assert_eq!(
        *url.tls(),
        Policy {
            certificate: Some(certificate),
            versions: Versions::Only13,
            names_host: false,
            ..Policy::new(Mode::Require, None)
        }
    );
    assert_eq!(url.config().get_application_name(), Some("f"));
    assert_eq!(url.server_kind(), ServerKind::PreferStandby);
    let both = parse("postgres://u@h/d?fallback_application_name=f&application_name=a");
    assert_eq!(both.config().get_application_name(), Some("a"));
    let unsent = parse("postgres://u@h/d?sslcert=/c.pem&sslkey=/k.pem&sslcertmode=disable");
    assert_eq!(*unsent.tls(), Policy::new(Mode::Prefer, None));
}

#[test]
fn sslmode_and_sslrootcert_have_libpqs_meaning() {
    let file = || Some(Roots::File("/ca.pem".into()));
    for (parameters, mode, roots) in [
        ("", Mode::Prefer, None),
        ("sslmode=disable", Mode::Disable, None),
        ("sslmode=allow", Mode::Allow, None),
        ("sslmode=require&sslrootcert=/ca.pem", Mode::Require, file()),
        (
            "sslmode=verify-ca&sslrootcert=%2Fca.pem",
            Mode::VerifyCa,
            file(),
        ),
        ("sslmode=verify-full", Mode::VerifyFull, None),
        ("sslrootcert=system", Mode::VerifyFull, Some(Roots::System)),
        ("ssl=true", Mode::Require, None),
    ] {
        let url = parse(&format!("postgres://u@h/d?{parameters}"));
        assert_eq!(*url.tls(), Policy::new(mode, roots), "{parameters}");
    }
    let socket = parse("postgres://u@%2Frun/d?sslmode=verify-full&sslrootcert=/none.pem");
    assert_eq!(socket.tls().mode(), Mode::Disable);
}

#[test]
fn parameters_reach_the_driver() {
    use std::time::Duration;
    let url = parse(
        "postgres://u:p%20w@h/d?connect_timeout=3&application_name=a&options=-c%20search_path%3Dx&keepalives=0\
         &tcp_user_timeout=1500&target_session_attrs=read-only&channel_binding=require&load_balance_hosts=random\
         &gssencmode=disable&client_encoding=UTF8&hostaddr=10.0.0.1",
    );
    let config = url.config();
    assert_eq!(config.get_password(), Some(b"p w".as_slice()));
    assert_eq!(config.get_connect_timeout(), Some(&Duration::from_secs(3)));
    assert_eq!(
        config.get_tcp_user_timeout(),
        Some(&Duration::from_millis(1500))
    );
    assert_eq!(config.get_application_name(), Some("a"));
    assert_eq!(config.get_options(), Some("-c search_path=x"));
    assert_eq!(config.get_hostaddrs().len(), 1);
    assert!(!config.get_keepalives());
}

#[test]
fn another_user_reaches_the_same_database_at_the_same_addresses() {
    for (text, expected) in [
        ("postgres://u:p@h/d", "postgresql://n%40w:s%2F%3A@h/d"),
        ("postgres://u@h", "postgresql://n%40w:s%2F%3A@h/u"),
        (
            "postgres://u:s:e?c#r[e]t@a,[::2]:8/d?port=7,8",
            "postgresql://n%40w:s%2F%3A@a,[::2]:8/d?port=7,8",
        ),
        (
            "postgres://u@%2Frun%2Fpg:6/d%20b?sslmode=require&user=v%40w&password=p&options=-c%20a%3Db",
            "postgresql://n%40w:s%2F%3A@%2Frun%2Fpg:6/d%20b?sslmode=require&options=-c%20a%3Db",
        ),
        (
            "postgres:///d?%75ser=u&host=h&dbname=é&application_name=user",
            "postgresql://n%40w:s%2F%3A@/%C3%A9?host=h&application_name=user",
        ),
        (
            "postgres://?host=h&user=u&hostaddr=10.0.0.1",
            "postgresql://n%40w:s%2F%3A@/u?host=h&hostaddr=10.0.0.1",
        ),
        ("postgres://u@h/d?", "postgresql://n%40w:s%2F%3A@h/d"),
    ] {
        let before = parse(text);
        let after = before.with_credentials("n@w", "s/:").unwrap();
        assert_eq!(after.expose(), expected, "{text}");
        assert_eq!(
            (after.user(), after.config().get_password()),
            ("n@w", Some(b"s/:".as_slice()))
        );
        let mut config = after.config().clone();
        config.user(before.user());
        config.password(before.config().get_password().unwrap_or_default());
        let mut known = before.config().clone();
        known.password(before.config().get_password().unwrap_or_default());
        assert_eq!(config, known, "{text}");
        assert_eq!(
            (after.addresses(), after.tls()),
            (before.addresses(), before.tls())
        );
    }
}

#[test]
fn a_url_without_its_password_keeps_everything_else() {
    for (text, shown) in [
        (
            "postgres://u:secret@h:1,i/d?connect_timeout=3&password=secret",
            "postgresql://u@h:1,i/d?connect_timeout=3",
        ),
        (
            "postgresql:///d?user=n%40w&password=secret&host=/tmp",
            "postgresql://n%40w@/d?host=/tmp",
        ),
        ("postgres://u:@h/d", "postgresql://u@h/d"),
        ("postgres://u@[::1]/d", "postgresql://u@[::1]/d"),
    ] {
        let url = parse(text);
        assert_eq!(url.has_password(), text.contains("secret"), "{text}");
        let without = url.without_password().unwrap();
        assert_eq!(without.expose(), shown);
        assert!(!without.has_password(), "{text}");
        assert_eq!(without.addresses(), url.addresses(), "{text}");
    }
}

#[test]
fn only_expose_shows_the_password() {
    let text = "postgres://u:secret@h/d?password=secret&options=secret";
    let url = parse(text);
    assert!(!format!("{url} {url:?} {:?}", url.addresses()).contains("secret"));
    assert_eq!(url.expose(), text);
    for bad in [
        "postgres://u:secret/x@h/d",
        "postgres://u:secret@x@h",
        "postgres://u:%secret@h",
        "postgres://u:1/2?secret=3@h",
    ] {
        let error = ConnectionUrl::parse(bad).unwrap_err();
        assert!(!format!("{error} {error:?}").contains("secret"), "{bad}");
    }
}
