//! Settings: all of them in the help, all of their problems at once.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::process::Command;

use super::program::{KEY, Program};

#[test]
fn the_help_lists_every_setting_and_every_command() {
    let url = "postgresql://u:xyzzy@h/d";
    let program = Program::on_store(url).with("SMTP_URL", "smtp://u:xyzzy@h");
    let help = program.done(&["--help"], "");
    for setting in [
        "DATACLIPS_LISTEN",
        "PORT",
        "DATABASE_URL",
        "DATACLIPS_SECRET_KEY",
        "DATACLIPS_DATA_DIR",
        "DATACLIPS_PUBLIC_URL",
        "DATACLIPS_STATEMENT_TIMEOUT",
        "DATACLIPS_ROWS_MAX",
        "DATACLIPS_BYTES_MAX",
        "DATACLIPS_MEMORY_MAX",
        "DATACLIPS_SQL_BYTES_MAX",
        "DATACLIPS_CONNECTIONS_PER_DATABASE",
        "DATACLIPS_QUEUE_PER_DATABASE",
        "DATACLIPS_RUNS_PER_MINUTE",
        "DATACLIPS_PREVIEWS_PER_MINUTE",
        "DATACLIPS_HEADER_TIMEOUT",
        "DATACLIPS_BODY_TIMEOUT",
        "DATACLIPS_IDLE_TIMEOUT",
        "DATACLIPS_SEND_TIMEOUT",
        "DATACLIPS_SEND_RATE",
        "DATACLIPS_CONNECTIONS_MAX",
        "DATACLIPS_CONNECTIONS_PER_ADDRESS",
        "DATACLIPS_DRAIN",
        "DATACLIPS_STOP_MAX",
        "SMTP_URL",
        "DATACLIPS_MAIL_FROM",
        "DATACLIPS_OIDC_ISSUER",
        "DATACLIPS_OIDC_CLIENT_SECRET_FILE",
        "DATACLIPS_PASSWORD_ONLY_FOR",
        "DATABASE_URL_FILE",
        "DATACLIPS_SECRET_KEY_FILE",
        "SMTP_URL_FILE",
        "DATACLIPS_LOG",
        "DATACLIPS_LOG_FORMAT",
        "DATACLIPS_DATABASE_<NAME>_URL",
        "HEROKU_POSTGRESQL_<COLOUR>_URL",
    ] {
        assert!(help.contains(setting), "{setting}: {help}");
    }
    for command in ["serve", "user", "token", "database", "export", "import"] {
        assert!(
            help.lines()
                .any(|line| line.trim_start().starts_with(command)),
            "{command}: {help}"
        );
    }
    assert!(!help.contains("xyzzy") && !help.contains(KEY), "{help}");
    for arguments in [
        &["user", "add", "--help"][..],
        &["token", "add", "--help"],
        &["database", "add", "--help"],
        &["--version"],
    ] {
        assert!(!program.done(arguments, "").is_empty(), "{arguments:?}");
    }
}

#[test]
fn all_problems_of_the_settings_are_reported_together() {
    let wrong = [
        ("DATACLIPS_LISTEN", "here"),
        ("DATABASE_URL", "mysql://u:xyzzy@h/d"),
        ("DATACLIPS_PUBLIC_URL", "ftp://example.com"),
        ("DATACLIPS_STATEMENT_TIMEOUT", "10"),
        ("DATACLIPS_ROWS_MAX", "0"),
        ("DATACLIPS_BYTES_MAX", "2GiB"),
        ("DATACLIPS_MEMORY_MAX", "lots"),
        ("DATACLIPS_SQL_BYTES_MAX", "0B"),
        ("DATACLIPS_CONNECTIONS_PER_DATABASE", "-1"),
        ("DATACLIPS_QUEUE_PER_DATABASE", ""),
        ("DATACLIPS_RUNS_PER_MINUTE", "many"),
        ("DATACLIPS_PREVIEWS_PER_MINUTE", "0"),
        ("DATACLIPS_HEADER_TIMEOUT", "0s"),
        ("DATACLIPS_BODY_TIMEOUT", "30"),
        ("DATACLIPS_IDLE_TIMEOUT", "never"),
        ("DATACLIPS_SEND_TIMEOUT", ""),
        ("DATACLIPS_SEND_RATE", "0"),
        ("DATACLIPS_CONNECTIONS_MAX", "0"),
        ("DATACLIPS_CONNECTIONS_PER_ADDRESS", "few"),
        ("DATACLIPS_DRAIN", "10"),
        ("DATACLIPS_STOP_MAX", "soon"),
        ("SMTP_URL", "https://u:xyzzy@h"),
        ("DATACLIPS_LOG", "dataclips=loud"),
        ("DATACLIPS_LOG_FORMAT", "xml"),
        (
            "DATACLIPS_DATABASE_SALES_URL",
            "postgresql://u:xyzzy@h/d?sslmode=maybe",
        ),
    ];
    let program = wrong.iter().fold(Program::new(), |program, (name, value)| {
        program.with(name, value)
    });
    for arguments in [
        &["serve"][..],
        &["export"],
        &["user", "add", "a@example.com"],
    ] {
        let said = program.refused(arguments, "");
        for (name, _) in wrong {
            let lines = said
                .lines()
                .filter(|line| line.split([' ', ':']).nth(1) == Some(name));
            assert_eq!(lines.count(), 1, "{name}: {said}");
        }
        assert!(!said.contains("xyzzy"), "{said}");
    }
}

#[test]
fn mails_need_a_sender() {
    let program = Program::new().with("SMTP_URL", "smtp://u:xyzzy@h");
    let from_nobody = program.clone().with("DATACLIPS_MAIL_FROM", "nobody");
    for (program, words) in [
        (program, "DATACLIPS_MAIL_FROM is needed"),
        (from_nobody, "DATACLIPS_MAIL_FROM is “nobody”"),
    ] {
        let said = program.refused(&["export"], "");
        assert!(said.contains(words), "{said}");
        assert!(!said.contains("xyzzy"), "{said}");
    }
}

#[test]
fn a_provider_needs_all_that_it_takes() {
    let issuer = "DATACLIPS_OIDC_ISSUER";
    let bare = Program::new().with(issuer, "https://login.example.com");
    let client = bare
        .clone()
        .with("DATACLIPS_OIDC_CLIENT_SECRET", "xyzzy")
        .with("DATACLIPS_OIDC_CLIENT_ID", "clips");
    let whole = client.clone().with("DATACLIPS_OIDC_DOMAINS", "example.com");
    for (program, words) in [
        (bare, "DATACLIPS_OIDC_CLIENT_ID is needed"),
        (client, "DATACLIPS_OIDC_DOMAINS is needed"),
        (
            whole.clone().with(issuer, "http://login.example.com"),
            "OIDC_ISSUER is “http:",
        ),
        (
            whole.clone().with("DATACLIPS_OIDC_DOMAINS", "no domain"),
            "OIDC_DOMAINS is “no",
        ),
        (
            whole
                .clone()
                .with("DATACLIPS_OIDC_ROLES", "*=administrator"),
            "not everybody",
        ),
        (
            whole.with("DATACLIPS_OIDC_CLIENT_SECRET_FILE", "/x"),
            "are both set",
        ),
        (
            Program::new().with("DATACLIPS_PASSWORD_ONLY_FOR", "a@b.c"),
            "DATACLIPS_OIDC_ISSUER is needed",
        ),
    ] {
        let said = program.refused(&["export"], "");
        assert!(said.contains(words), "{words}: {said}");
        assert!(!said.contains("xyzzy"), "{said}");
    }
}

#[test]
fn a_store_of_ones_own_needs_a_key() {
    let program = Program::new().with("DATABASE_URL", "postgresql://u@h/d");
    let with_short_key = program.clone().with("DATACLIPS_SECRET_KEY", "too short");
    for (program, words) in [(program, "openssl rand"), (with_short_key, "32 characters")] {
        let said = program.refused(&["export"], "");
        assert!(
            said.contains("DATACLIPS_SECRET_KEY") && said.contains(words),
            "{said}"
        );
    }
}

#[test]
fn an_unreachable_store_is_reported_clearly() {
    for (url, words) in [
        ("postgresql://u:xyzzy@127.0.0.1:1/d", "refused"),
        (
            "postgresql://u:xyzzy@name.invalid/d",
            "spelling of the host's name",
        ),
        ("postgresql://u:xyzzy@%2Fnowhere/d", "no socket to open"),
    ] {
        for command in ["export", "serve"] {
            let said = Program::on_store(url).refused(&[command], "");
            assert!(said.contains("DATABASE_URL: "), "{said}");
            assert!(said.contains(words), "{url}: {said}");
            assert!(
                !said.contains("xyzzy") && !said.contains("Try again in a moment"),
                "{url}: {said}"
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn other_environment_variables_need_not_be_utf_8() {
    let url = crate::support::empty_database().await;
    let output = Command::new(env!("CARGO_BIN_EXE_dataclips"))
        .arg("export")
        .env("DATABASE_URL", url)
        .env("DATACLIPS_SECRET_KEY", KEY)
        .env("LEGACY", OsStr::from_bytes(b"caf\xe9"))
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_setting_counts_as_not_set() {
    let program = Program::on_empty_store().await;
    let program = ["DATACLIPS_LISTEN", "PORT", "DATACLIPS_PUBLIC_URL"]
        .into_iter()
        .fold(program, |program, name| program.with(name, ""));
    program.done(&["export"], "");
    // An empty key is none, and one is needed here.
    let said = program
        .with("DATACLIPS_SECRET_KEY", "")
        .refused(&["export"], "");
    assert!(said.contains("DATACLIPS_SECRET_KEY is needed"), "{said}");
}
