//! Texts that would change a query if they became a part of it. They come back as they were given.

use super::*;

const TEXTS: [&str; 14] = [
    "'; drop table things; --",
    "' or 1 = 1 --",
    "\\'; select 1; --",
    "$$; select 1; $$",
    "$1",
    "{{x}}",
    "{{y}}",
    "}} or {{",
    "/* -- */",
    "\" union select 'x",
    "1); delete from things; (",
    "\u{2019}; select 1",
    "%27%20or%201=1",
    "x' || pg_sleep(5)::text || '",
];

#[tokio::test(flavor = "multi_thread")]
async fn a_value_never_becomes_a_part_of_the_text() {
    let (_server, visits) = visits().await;
    let types = ParameterTypes::default();
    for text in TEXTS {
        let given = [("x", Some(text)), ("y", Some("other"))];
        let sql = "select {{x}}, {{y}}";
        assert_eq!(answer(&visits, sql, &given, &types).await, text);
        let sql = "select count(*) from things where name = {{x}} and {{y}}::text is not null";
        let counted = answer(&visits, sql, &given, &ParameterTypes::default()).await;
        assert_eq!(counted, "0", "{text}");
    }
    assert_eq!(
        answer(&visits, "select count(*) from things", &[], &types).await,
        "3"
    );
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
