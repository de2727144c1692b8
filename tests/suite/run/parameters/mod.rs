//! Queries with blanks, as a run answers them: types, values and errors. `fuzz` compares our reading of a text's tokens
//! with PostgreSQL's.

mod fuzz;
mod injection;

use dataclips::result::Rows;
use dataclips::run::parameters::FixedType;
use dataclips::run::{Failure, ParameterTypes, Values};

use super::visits::{Visits, cells};
use crate::support::{LIMITS, Server, shared};

const SCHEMA: &str = "
    create type mood as enum ('sad', 'calm', 'glad');
    create domain positive as int check (value > 0);
    create table things (id int, big bigint, price numeric(10,2), name text, code varchar(5), day date,
        at timestamp, atz timestamptz, clock time, is_done bool, mood mood, tags text[], data jsonb, key uuid);
    insert into things values
        (1, 10, 1.50, 'one', 'a', '2026-01-01', '2026-01-01 10:00', '2026-01-01 10:00+00', '10:00', true, 'sad',
         '{x,y}', '{\"a\": 1}', '00000000-0000-0000-0000-000000000001'),
        (2, 20, 2.50, 'two', 'b', '2026-02-01', '2026-02-01 10:00', '2026-02-01 10:00+00', '11:00', false, 'glad',
         '{y,z}', '{\"a\": 2}', '00000000-0000-0000-0000-000000000002'),
        (3, null, null, null, null, null, null, null, null, null, null, null, null, null);
    grant select on things to public;";

async fn visits() -> (Server, Visits) {
    let server = Server::start().await;
    let database = shared().connect("postgres", &server.data).await;
    database.batch_execute(SCHEMA).await.unwrap();
    let visits = Visits::new(&server.data_url(), LIMITS).await;
    (server, visits)
}

fn values(pairs: &[(&str, Option<&str>)]) -> Values {
    let pairs = pairs.iter();
    pairs
        .map(|(name, value)| ((*name).to_owned(), value.map(str::to_owned)))
        .collect()
}

async fn rows(
    visits: &Visits,
    sql: &str,
    given: Values,
    types: &ParameterTypes,
) -> Result<Rows, Failure> {
    let running = visits.start_with(sql, given, types.clone());
    running.summary().await?;
    running.rows().await
}

/// The first column of all rows, joined; or the code of the failure.
async fn answer(
    visits: &Visits,
    sql: &str,
    given: &[(&str, Option<&str>)],
    types: &ParameterTypes,
) -> String {
    match rows(visits, sql, values(given), types).await {
        Ok(rows) => {
            let all = cells(&rows).await;
            let first = all.iter().map(|row| row[0].as_deref().unwrap_or("∅"));
            first.collect::<Vec<_>>().join(" ")
        }
        Err(failure) => failure.code().to_owned(),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_blank_has_the_type_of_its_place() {
    let (_server, visits) = visits().await;
    for (sql, value, expected, type_name) in [
        ("select id from things where id = {{x}}", "2", "2", "int4"),
        ("select id from things where big = {{x}}", "20", "2", "int8"),
        (
            "select id from things where price > {{x}}",
            "1.5",
            "2",
            "numeric",
        ),
        (
            "select id from things where name = {{x}}",
            "one",
            "1",
            "text",
        ),
        ("select id from things where code = {{x}}", "b", "2", "text"),
        (
            "select id from things where name like {{x}}",
            "t%",
            "2",
            "text",
        ),
        (
            "select id from things where day >= {{x}}",
            "2026-01-15",
            "2",
            "date",
        ),
        (
            "select id from things where at >= {{x}}",
            "2026-01-15",
            "2",
            "timestamp",
        ),
        (
            "select id from things where atz >= {{x}}",
            "2026-01-15",
            "2",
            "timestamptz",
        ),
        (
            "select id from things where clock = {{x}}",
            "11:00",
            "2",
            "time",
        ),
        (
            "select id from things where is_done = {{x}}",
            "no",
            "2",
            "bool",
        ),
        (
            "select id from things where mood = {{x}}",
            "glad",
            "2",
            "mood",
        ),
        (
            "select id from things where id = any ({{x}}) order by 1",
            "{1,2}",
            "1 2",
            "_int4",
        ),
        (
            "select id from things where tags && {{x}} order by 1",
            "{z}",
            "2",
            "_text",
        ),
        (
            "select id from things where data @> {{x}}",
            "{\"a\":2}",
            "2",
            "jsonb",
        ),
        (
            "select id from things where key = {{x}}",
            "00000000-0000-0000-0000-000000000002",
            "2",
            "uuid",
        ),
        (
            "select id from things order by 1 limit {{x}}",
            "1",
            "1",
            "int8",
        ),
        ("select {{x}}", "a b", "a b", "text"),
        ("select {{x}} is null", "a", "f", "text"),
        ("select {{x}}::int + 1", "4", "5", "int4"),
        ("select {{x}}::positive", "4", "4", "positive"),
        ("select 'x' || {{x}}", "y", "xy", "text"),
        (
            "with a as (select {{x}}::date as day) select day from a",
            "2026-05-06",
            "2026-05-06",
            "date",
        ),
        ("values ({{x}}, 1)", "v", "v", "text"),
        ("(select {{x}}::int)", "7", "7", "int4"),
        ("select length({{ x = äöü }})", "four", "4", "text"),
    ] {
        let types = ParameterTypes::default();
        let given = [("x", Some(value))];
        assert_eq!(
            answer(&visits, sql, &given, &types).await,
            expected,
            "{sql}"
        );
        let known = types.known();
        assert_eq!(known.len(), 1, "{sql}");
        assert_eq!(
            (known[0].name.as_str(), known[0].type_name.as_str()),
            ("x", type_name),
            "{sql}"
        );
        // With the types that are known now it is one round trip, and answers the same.
        assert!(types.take_new().is_some() && types.take_new().is_none());
        assert_eq!(
            answer(&visits, sql, &given, &types).await,
            expected,
            "{sql}"
        );
        let unknown = ParameterTypes::default();
        let prepared = visits.runner.prepare(&visits.target, sql, &unknown);
        assert_eq!(prepared.await.unwrap().parameters[..], known[..], "{sql}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_in_several_places_has_one_type() {
    let (_server, visits) = visits().await;
    for (column, value, expected) in [
        ("name", "one", "1"),
        ("id", "1", "1"),
        ("day", "2026-01-01", "1"),
        ("mood", "sad", "1"),
        ("atz", "2026-01-01 10:00Z", "1"),
        ("tags", "{x,y}", "1"),
    ] {
        let sql = format!(
            "select id from things where {{{{x?}}}} is null or {column} = {{{{x?}}}} order by id"
        );
        let types = ParameterTypes::default();
        assert_eq!(
            answer(&visits, &sql, &[("x", Some(value))], &types).await,
            expected,
            "{sql}"
        );
        assert_eq!(
            answer(&visits, &sql, &[("x", None)], &types).await,
            "1 2 3",
            "{sql}"
        );
        assert_eq!(answer(&visits, &sql, &[], &types).await, "1 2 3", "{sql}");
    }
    let grouped =
        "select date_trunc({{unit}}, day)::date from things where {{x?}} is null or id = {{x?}}
        group by date_trunc({{unit}}, day) order by 1";
    for (x, expected) in [(None, "2026-01-01 ∅"), (Some("1"), "2026-01-01")] {
        let given = [("unit", Some("year")), ("x", x)];
        let years = answer(&visits, grouped, &given, &ParameterTypes::default()).await;
        assert_eq!(years, expected);
    }
    let distinct = "select distinct name || {{x}} from things order by name || {{x}} limit 1";
    let given = [("x", Some("!"))];
    assert_eq!(
        answer(&visits, distinct, &given, &ParameterTypes::default()).await,
        "one!"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn places_with_different_types_are_both_named() {
    let (_server, visits) = visits().await;
    let sql = "select id from things\nwhere day = {{x}}\n  and at = {{x}}";
    let failure = rows(
        &visits,
        sql,
        values(&[("x", Some("2026-01-01"))]),
        &ParameterTypes::default(),
    )
    .await
    .unwrap_err();
    assert_eq!(failure.code(), "parameter_ambiguous");
    assert_eq!(
        failure.message(),
        "`x` is date at line 2, column 13, and timestamp at line 3, column 12."
    );
    assert_eq!(failure.position(), Some(52));
    // A type that the author fixes holds for all places.
    let fixed = FixedType::parse("date").unwrap();
    let types = ParameterTypes::new([("x".to_owned(), fixed)].into(), Vec::new());
    let sql = "select id from things where day = {{x}} and at > {{x}}";
    assert_eq!(
        answer(&visits, sql, &[("x", Some("2026-01-01"))], &types).await,
        "1"
    );
    assert_eq!(types.known()[0].type_name, "date");
}

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
async fn types_are_asked_for_again_when_they_have_changed() {
    let (server, visits) = visits().await;
    let database = shared().connect("postgres", &server.data).await;
    let sql = "select id from things where mood = {{x}} or {{y?}} = name";
    let types = ParameterTypes::default();
    let given = [("x", Some("glad"))];
    assert_eq!(answer(&visits, sql, &given, &types).await, "2");
    types.take_new().unwrap();
    database
        .batch_execute(
            "alter table things alter mood type text; drop type mood;
             create type mood as enum ('glad', 'sad');
             alter table things alter mood type mood using mood::mood",
        )
        .await
        .unwrap();
    assert_eq!(answer(&visits, sql, &given, &types).await, "2");
    assert!(types.take_new().is_some());
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

#[tokio::test(flavor = "multi_thread")]
async fn one_value_for_an_array_is_one_element_from_the_first_run_on() {
    let (_server, visits) = visits().await;
    let sql = "select id from things where id = any ({{x = {1,2}}}) and ({{t?}} is null or tags && {{t?}}) order by id";
    let types = ParameterTypes::default();
    for (given, expected) in [
        (&[("x", Some("2"))][..], "2"),
        (&[("x", Some("{1,3}"))], "1 3"),
        (&[("x", Some("[0:1]={1,2}"))], "1 2"),
        (&[("t", Some("y"))], "1 2"),
        (&[("t", Some("a,b \"}"))], ""),
        (&[("t", Some("{z}"))], "2"),
        (&[], "1 2"),
        (&[("x", Some("two"))], "parameter_unreadable"),
    ] {
        let unknown = ParameterTypes::default();
        assert_eq!(
            answer(&visits, sql, given, &unknown).await,
            expected,
            "{given:?}"
        );
        assert_eq!(
            answer(&visits, sql, given, &types).await,
            expected,
            "{given:?}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_column_that_became_wider_takes_values_that_it_could_not_read() {
    let (server, visits) = visits().await;
    let superuser = server.superuser().await;
    let sql = "select id from things where id = {{x}}";
    let types = ParameterTypes::default();
    let given = [("x", Some("99999999999"))];
    assert_eq!(
        answer(&visits, sql, &given, &types).await,
        "parameter_unreadable"
    );
    types.take_new().unwrap();
    let widen =
        "alter table things alter id type bigint; insert into things (id) values (99999999999)";
    superuser.batch_execute(widen).await.unwrap();
    assert_eq!(answer(&visits, sql, &given, &types).await, "99999999999");
    assert_eq!(types.take_new().unwrap()[0].type_name, "int8");
}

/// Our reading of quotes is that of `standard_conforming_strings`, which a role can turn off. Then a blank may be found in a
/// quote, and such a text is refused; no value becomes a part of it.
#[tokio::test(flavor = "multi_thread")]
async fn quotes_that_are_read_in_another_way_never_let_a_value_in() {
    let (server, visits) = visits().await;
    let superuser = server.superuser().await;
    let off = format!(
        "alter role reader in database {} set standard_conforming_strings = off",
        server.data
    );
    superuser.batch_execute(&off).await.unwrap();
    for (sql, expected) in [
        ("select {{x}}", "' || 'in"),
        (r"select E'\'' || {{x}}", "'' || 'in"),
        (r"select 'a\'b {{x}} ' as c", "error"),
        (r"select '\'{{x}}'", "error"),
    ] {
        let given = [("x", Some("' || 'in"))];
        let found = answer(&visits, sql, &given, &ParameterTypes::default()).await;
        let found = match found.contains("in") && found.contains("||") {
            true => found,
            false => "error".to_owned(),
        };
        assert_eq!(found, expected, "{sql}");
        assert_eq!(
            answer(&visits, "select 6 * 7", &[], &ParameterTypes::default()).await,
            "42"
        );
    }
}
