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
async fn values_survive_a_save_that_is_refused() {
    let analyst = Analyst::new().await;
    let failing = format!("{SALES} and nope");
    let values = ("values.country", "France");
    let form = [
        ("title", "Sales"),
        ("database", "data"),
        ("sql", &failing),
        values,
    ];
    let answer = analyst.submit("/clips", &form).await;
    assert_eq!(answer.status(), 422);
    let text = answer.text().await.unwrap();
    assert!(field(&text, "values.country").contains("value=\"France\""));
    let path = analyst.create("Sales", SALES).await;
    for (sql, base, status) in [
        (failing.as_str(), "1", 422),
        ("select {{country}}", "9", 409),
    ] {
        let form = [("sql", sql), ("base", base), values];
        let answer = analyst.submit(&path, &form).await;
        assert_eq!(answer.status(), status);
        let text = answer.text().await.unwrap();
        assert!(field(&text, "values.country").contains("value=\"France\""));
        let discard = format!("<a href=\"{path}?country=France\" data-discard>");
        assert!(text.contains(&discard), "{text}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_fields_have_the_settings_of_the_clip_from_the_start() {
    let analyst = Analyst::new().await;
    let path = analyst.create("Sales", SALES).await;
    let settings = serde_json::json!({"parameters": [
        {"name": "country", "label": "Land", "options": ["France", "Spain"]},
        {"name": "amount", "type": "numeric"}]});
    let api = format!("/api/v1/clips{path}");
    let administrator = &analyst.server.administrator;
    assert_eq!(administrator.patch(&api, &settings).await.status(), 200);
    let page = analyst.page(&format!("{path}?country=Spain")).await;
    assert!(
        field(&page, "values.country").starts_with("<select"),
        "{page}"
    );
    assert!(page.contains("<label for=\"value-values.country\">Land</label>"));
    let sql = format!("{SALES} and {{{{amount}}}} > 1");
    let form = [
        ("sql", sql.as_str()),
        ("values.country", "Spain"),
        ("values.amount", "1.5"),
    ];
    let answer = analyst.submit(&format!("{path}/preview"), &form).await;
    let text = answer.text().await.unwrap();
    assert!(
        field(&text, "values.country").starts_with("<select"),
        "{text}"
    );
    assert!(text.contains("id=\"preview-heading\""), "{text}");
    // A program says which clip's types hold.
    let preview = async |clip: Option<&str>| {
        let body = serde_json::json!({"database": "data", "sql": "select {{amount}} as a",
            "values": {"amount": 1.5}, "clip": clip});
        let answer = administrator.post("/api/v1/preview", &body).await;
        assert_eq!(answer.status(), 200);
        answer.json::<serde_json::Value>().await.unwrap()
    };
    assert_eq!(preview(None).await["types"][0], 25);
    assert_eq!(preview(Some(&path[1..])).await["types"][0], 1700);
}

/// Without scripts, Enter in a field presses the first button.
#[tokio::test(flavor = "multi_thread")]
async fn enter_in_a_field_for_a_value_runs() {
    let analyst = Analyst::new().await;
    let path = analyst.create("Sales", SALES).await;
    let first = |page: &str| {
        let (_, form) = page.split_once(" data-query").unwrap();
        let (_, button) = form.split_once("<button").unwrap();
        button.split_once("</button>").unwrap().0.to_owned()
    };
    let page = analyst.page(&path).await;
    assert_eq!(
        first(&page),
        format!(" formaction=\"{path}/preview\" hidden>Run")
    );
    let plain = analyst.create("Plain", "select 1").await;
    assert_eq!(first(&analyst.page(&plain).await), " hidden>Save");
    let page = analyst.page("/clips/new?sql=select%20%7B%7Bx%7D%7D").await;
    assert!(first(&page).ends_with("hidden>Run"), "{page}");
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
