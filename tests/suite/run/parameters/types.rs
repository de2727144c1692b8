//! The types of blanks: what PostgreSQL tells of them, and when it is asked again.

use dataclips::run::parameters::FixedType;

use super::*;

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
async fn types_are_asked_for_again_when_they_have_changed() {
    let (server, visits) = visits().await;
    let database = shared().connect("postgres", &server.data).await;
    let one = "select id from things where mood = {{x}} or {{y?}} = name";
    let any = "select id from things where mood = any ({{x}})";
    let queries = [one, any].map(|sql| (sql, ParameterTypes::default()));
    let given = [("x", Some("glad"))];
    for (sql, types) in &queries {
        assert_eq!(answer(&visits, sql, &given, types).await, "2", "{sql}");
        types.take_new().unwrap();
    }
    database
        .batch_execute(
            "alter table things alter mood type text; drop type mood;
             create type mood as enum ('glad', 'sad');
             alter table things alter mood type mood using mood::mood",
        )
        .await
        .unwrap();
    for (sql, types) in &queries {
        assert_eq!(answer(&visits, sql, &given, types).await, "2", "{sql}");
        assert!(types.take_new().is_some(), "{sql}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_type_that_has_the_number_of_another_is_not_taken_for_it() {
    let (server, visits) = visits().await;
    let database = shared().connect("postgres", &server.data).await;
    // Would do as well in this query.
    database
        .batch_execute("create domain other as int")
        .await
        .unwrap();
    let row = database
        .query_one("select 'other'::regtype::oid", &[])
        .await
        .unwrap();
    let sql = "select pg_typeof({{x}}) from things where id = {{x}}::positive";
    let given = [("x", Some("2"))];
    let types = ParameterTypes::default();
    assert_eq!(answer(&visits, sql, &given, &types).await, "positive");
    let mut known = types.known().to_vec();
    known[0].type_oid = row.get(0);
    let types = ParameterTypes::new([].into(), known);
    assert_eq!(answer(&visits, sql, &given, &types).await, "positive");
    assert!(types.take_new().is_some());
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
