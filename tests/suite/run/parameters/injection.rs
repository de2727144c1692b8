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
