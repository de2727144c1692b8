//! Values for arrays: PostgreSQL's own form, or one element.

use super::*;

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
