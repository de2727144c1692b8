//! The fields beside the editor, and the notes about what was probably not meant.

use super::*;

#[tokio::test(flavor = "multi_thread")]
async fn run_asks_for_the_values_and_uses_them() {
    let analyst = Analyst::new().await;
    let sql = "select {{title}} as t, {{n}}::int as n";
    let form = [("title", ""), ("database", "data"), ("sql", sql)];
    let answer = analyst.submit("/clips/preview", &form).await;
    assert_eq!(answer.status(), 422);
    let text = answer.text().await.unwrap();
    assert!(text.contains("Fill in title to run the query."), "{text}");
    assert!(field(&text, "values.n").contains("type=\"number\""));
    assert!(!text.contains("class=\"problem\""));
    let values = [
        ("values.title", "a 'b'"),
        ("values.n", "7"),
        ("values.gone", "x"),
    ];
    let answer = analyst
        .submit("/clips/preview", &[&form[..], &values].concat())
        .await;
    assert_eq!(answer.status(), 200);
    let text = answer.text().await.unwrap();
    assert!(
        text.contains("a &#39;b&#39;") && text.contains("id=\"preview-heading\""),
        "{text}"
    );
    assert!(field(&text, "values.n").contains("value=\"7\""));
    let values = [("values.title", "a"), ("values.n", "seven")];
    let answer = analyst
        .submit("/clips/preview", &[&form[..], &values].concat())
        .await;
    assert_eq!(answer.status(), 422);
    let text = answer.text().await.unwrap();
    assert!(
        text.contains("id=\"value-values.n-problem\">invalid input syntax"),
        "{text}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edited_query_runs_with_the_values_beside_it() {
    let analyst = Analyst::new().await;
    let path = analyst.create("Sales", SALES).await;
    let page = analyst.page(&format!("{path}?country=Spain")).await;
    assert!(field(&page, "values.country").contains("value=\"Spain\""));
    let form = [("sql", SALES), ("base", "1"), ("values.country", "France")];
    let answer = analyst.submit(&format!("{path}/preview"), &form).await;
    assert_eq!(answer.status(), 200);
    let text = answer.text().await.unwrap();
    assert!(text.contains("<td>France"), "{text}");
    assert!(text.contains("id=\"preview-heading\""), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_probably_not_meant_is_a_note() {
    let analyst = Analyst::new().await;
    let path = analyst.create("Quoted", "select '{{c}}' as c").await;
    let page = analyst.page(&path).await;
    let note = "<p class=\"note slim\">&#39;{{c}}&#39; is text, since it is in quotes.";
    assert!(page.contains(note), "{page}");
    let reader = analyst.server.anonymous().get(&path).await;
    assert!(!reader.text().await.unwrap().contains("is text, since"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_saved_query_whose_blanks_cannot_be_read_can_still_be_edited() {
    let server = Server::start().await;
    let administrator = &server.administrator;
    for (sql, words) in [
        ("select {{a-b}}", "cannot be a blank"),
        ("select x{{a}}", "touches what stands beside it"),
        ("select {{a", "has no }} on its line"),
        ("select {{a=1}}, {{a=2}}", "has two defaults"),
    ] {
        let clip = administrator.create_clip(sql).await;
        let answer = administrator.get(&format!("/{}", clip.slug)).await;
        assert_eq!(answer.status(), 422, "{sql}");
        let text = answer.text().await.unwrap();
        for part in [
            words,
            "<textarea",
            "data-workbench",
            "id=\"facts\"",
            "data-position=\"",
        ] {
            assert!(text.contains(part), "{sql}: {part}: {text}");
        }
        let (status, text) = page(&server, &clip, "?a=1").await;
        assert_eq!(status, 422, "{sql}");
        assert!(text.contains("id=\"facts\""), "{sql}: {text}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_blank_in_place_of_a_table_is_named_as_it_was_written() {
    let server = Server::start().await;
    let sql = "select {{a = 1}}, {{a = 1}} from {{t}}";
    let clip = server.create_clip(sql).await;
    let path = format!("/{}?t=x", clip.slug);
    let answer = server.administrator.get(&path).await;
    let text = answer.text().await.unwrap().replace("&#34;", "\"");
    for part in [
        "syntax error at or near \"{{t}}\"",
        "not for a table, a column or a keyword",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
}
