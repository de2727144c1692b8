//! Values that links fix, and the types of their parameters: unknown when the link is made, or others later.

use serde_json::json;

use super::fixed::fixed;
use super::*;
use crate::http::change;

#[tokio::test(flavor = "multi_thread")]
async fn a_link_keeps_its_value_when_its_parameter_becomes_an_array() {
    let server = Server::start().await;
    let clip = server.create_clip("select 7 as n where 7 = {{n}}").await;
    let secret = fixed(&server, &clip, json!({"n": "7"})).await;
    let administrator = &server.administrator;
    for (sql, of_others) in [
        ("select 7 as n where 7 = {{n}}", "8"),
        ("select 7 as n where 7 = any ({{n}})", "{7,8}"),
    ] {
        change(&server, &clip, json!({"sql": sql})).await;
        // Result 1 has other values, result 2 the link's.
        for value in [of_others, "7"] {
            let rest = format!(".csv?n={value}");
            assert_eq!(ask(administrator, &clip, &rest).await.status(), 200);
        }
        for rest in [".csv", ".csv?n=7", ".csv?result=2", ".csv?version=1"] {
            let answer = ask_by(&server, &clip, rest, &secret).await;
            assert_eq!(answer.text().await.unwrap(), "n\n7\n", "{sql}: {rest}");
        }
        let window = ask_by(&server, &clip, "/rows", &secret).await;
        assert_eq!(window.status(), 200, "{sql}");
        for (rest, status) in [
            (format!(".csv?n={of_others}"), 403),
            (".csv?result=1".to_owned(), 404),
        ] {
            let answer = ask_by(&server, &clip, &rest, &secret).await;
            assert_eq!(answer.status(), status, "{sql}: {rest}");
        }
    }
    let pin = format!("/api/v1/clips/{}/pin", clip.slug);
    let pinned = administrator
        .put(&pin, &json!({"values": {"n": [7]}}))
        .await;
    assert_eq!(pinned.status(), 200);
    let answer = ask_by(&server, &clip, ".csv", &secret).await;
    assert_eq!(answer.text().await.unwrap(), "n\n7\n");
}
