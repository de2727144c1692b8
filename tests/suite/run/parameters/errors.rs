//! What is wrong with a value or a blank: named, and marked in the text as it was written.

use super::*;

#[tokio::test(flavor = "multi_thread")]
async fn a_value_that_cannot_be_read_is_named_with_postgresqls_words() {
    let (server, visits) = visits().await;
    let version = "select current_setting('server_version_num')::int";
    let superuser = server.superuser().await;
    let version: i32 = superuser.query_one(version, &[]).await.unwrap().get(0);
    for (sql, value, sqlstate) in [
        (
            "select {{y}}::text, id from things where id = {{x}}",
            "abc",
            "22P02",
        ),
        (
            "select {{y}}::text, id from things where day = {{x}}",
            "2026-02-30",
            "22008",
        ),
        ("select {{y}}::text, {{x}}::positive", "-1", "23514"),
        (
            "select {{y}}::text, id from things where mood = {{x}}",
            "grim",
            "22P02",
        ),
        (
            "select {{y}}::text, id from things where id = {{x}}",
            "99999999999",
            "22003",
        ),
        (
            "select {{y}}::text, id from things where data = {{x}}",
            "{",
            "22P02",
        ),
    ] {
        // PostgreSQL 13 names no parameter, so that only a value that it quotes is found.
        if version < 140_000 && ["-1", "{"].contains(&value) {
            continue;
        }
        for types in [ParameterTypes::default(), ParameterTypes::default()] {
            let given = values(&[("x", Some(value)), ("y", Some("z"))]);
            let Failure::Parameter(error) = rows(&visits, sql, given, &types).await.unwrap_err()
            else {
                panic!("{sql}");
            };
            assert_eq!(error.code(), "parameter_unreadable", "{sql}");
            assert_eq!(error.name.as_deref(), Some("x"), "{sql}");
            assert_eq!(error.sqlstate.as_deref(), Some(sqlstate), "{sql}");
        }
    }
    // What fails only while it is planned is the query's.
    let sql = "select 1 / ({{x}}::int - 1) from things";
    assert_eq!(
        answer(
            &visits,
            sql,
            &[("x", Some("1"))],
            &ParameterTypes::default()
        )
        .await,
        "sql_error"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn errors_are_marked_in_the_text_as_it_was_written() {
    let (_server, visits) = visits().await;
    for sql in [
        "select {{a = é}}, nope from things",
        "select {{a = Zürich}}, {{b = ääää}}::int, nope from things",
        "select '{{a}}', {{b}}, nope from things",
    ] {
        let given = values(&[]);
        let given = match sql.contains("{{b}}") {
            true => values(&[("b", Some("1"))]),
            false => given,
        };
        let failure = rows(&visits, sql, given, &ParameterTypes::default())
            .await
            .unwrap_err();
        assert_eq!(failure.sqlstate(), Some("42703"), "{sql}");
        let nope = sql[..sql.find("nope").unwrap()].chars().count() + 1;
        assert_eq!(failure.position(), Some(nope), "{sql}");
        let unknown = ParameterTypes::default();
        let prepared = visits.runner.prepare(&visits.target, sql, &unknown);
        assert_eq!(prepared.await.unwrap_err().position(), Some(nope), "{sql}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_missing_or_unknown_is_named_before_a_run() {
    let (_server, visits) = visits().await;
    for (sql, given, code) in [
        (
            "select {{x}}, {{y}}",
            &[("y", Some("1"))][..],
            "parameter_missing",
        ),
        (
            "select {{x}}",
            &[("x", Some("1")), ("z", None)],
            "parameter_unknown",
        ),
        ("select {{x", &[], "parameter_malformed"),
        ("select {{x}}, $1", &[("x", Some("1"))], "parameters"),
        ("select $1", &[], "parameters"),
        (
            "select {{x}} from things for update",
            &[("x", Some("1"))],
            "sql_error",
        ),
        (
            "select now() - {{x}}",
            &[("x", Some("1 day"))],
            "parameter_unreadable",
        ),
    ] {
        let code_of_run = answer(&visits, sql, given, &ParameterTypes::default()).await;
        assert_eq!(code_of_run, code, "{sql}");
        assert_eq!(
            answer(&visits, "select 6 * 7", &[], &ParameterTypes::default()).await,
            "42"
        );
    }
}
