//! The form above the rows: its fields, and its states.

use super::*;

#[tokio::test(flavor = "multi_thread")]
async fn a_page_without_a_value_asks_for_it_and_runs_nothing() {
    let server = Server::start().await;
    let clip = server.create_clip(SALES).await;
    let (status, text) = page(&server, &clip, "").await;
    assert_eq!(status, 200);
    assert!(text.contains("Fill in country to see the rows."), "{text}");
    assert!(field(&text, "country").contains("name=\"country\""));
    assert!(!text.contains("popovertarget=\"download\"") && !text.contains("<td"));
    let (status, text) = page(&server, &clip, "?country=").await;
    assert_eq!(status, 200);
    assert!(text.contains("Fill in country to see the rows."));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_value_in_the_address_gives_its_rows_and_stays_in_the_field() {
    let server = Server::start().await;
    let clip = server.create_clip(SALES).await;
    let (status, text) = page(&server, &clip, "?country=Spain").await;
    assert_eq!(status, 200);
    assert!(
        text.contains("2 rows") && !text.contains("<td>France"),
        "{text}"
    );
    assert!(field(&text, "country").contains("value=\"Spain\""));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_value_that_cannot_be_read_is_refused_beside_its_field() {
    let server = Server::start().await;
    let clip = server.create_clip("select {{day}}::date as day").await;
    let (status, text) = page(&server, &clip, "?day=2026-01-31").await;
    assert_eq!(status, 200, "{text}");
    let (status, text) = page(&server, &clip, "?day=2026-02-31").await;
    assert_eq!(status, 422);
    let problem = "id=\"value-day-problem\">date/time field value out of range";
    assert!(text.contains(problem), "{text}");
    assert!(
        !text.contains("2026-01-31"),
        "rows of another value: {text}"
    );
    let (_, text) = page(&server, &clip, "?day=%22soon%22").await;
    assert!(text.contains("value=\"\"soon\"\""), "{text}");
    assert!(field(&text, "day").contains("aria-invalid=\"true\""));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_name_is_refused_with_the_known_ones() {
    let server = Server::start().await;
    let clip = server.create_clip(SALES).await;
    let (status, text) = page(&server, &clip, "?country=Spain&land=x").await;
    assert_eq!(status, 422);
    assert!(
        text.contains("<code>land</code> is not a parameter of this clip."),
        "{text}"
    );
    assert!(text.contains("The clip has one: <code>country</code>."));
    assert!(!text.contains("2 rows"));
    let (status, _) = page(&server, &clip, "?country=Spain&utm_source=x&chart.x=1").await;
    assert_eq!(status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn fields_are_right_for_their_types() {
    let server = Server::start().await;
    let superuser = server.superuser().await;
    superuser
        .batch_execute("create type mood as enum ('calm', 'glad')")
        .await
        .unwrap();
    let sql = "select {{day = 2026-01-31}}::date, {{moment = 2026-01-31T12:00}}::timestamptz, {{hour = 12:30}}::time, \
        {{count = 5}}::int, {{share = 0.5}}::numeric, {{is_new?}}::bool, {{mood = glad}}::mood, \
        {{ids = {1,2}}}::int[], {{note?}}::text";
    let sql = sql.replace("{{ids = {1,2}}}", "{{ids?}}");
    let clip = server.create_clip(&sql).await;
    // The types are known once the query has run.
    page(&server, &clip, "").await;
    let (status, text) = page(&server, &clip, "?ids=1&ids=2").await;
    assert_eq!(status, 200, "{text}");
    for (name, part) in [
        ("day", "type=\"date\""),
        ("day", "value=\"2026-01-31\""),
        ("moment", "type=\"datetime-local\" step=\"1\""),
        ("hour", "type=\"time\" step=\"1\""),
        ("count", "type=\"number\" step=\"1\""),
        ("share", "type=\"number\" step=\"any\""),
        ("is_new", "<select"),
        ("mood", "<select"),
        ("note", "<input"),
    ] {
        assert!(
            field(&text, name).contains(part),
            "{name}: {part}: {}",
            field(&text, name)
        );
    }
    for part in [
        "moment <span class=\"type\">UTC</span>",
        "note <span class=\"type\">may be empty</span>",
        "<option value=\"glad\" selected>glad</option>",
        "name=\"ids\" value=\"1\"",
        "name=\"ids\" value=\"2\"",
        "aria-label=\"ids 3\" placeholder=\"Another\"",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clip_without_parameters_has_no_form() {
    let server = Server::start().await;
    let clip = server.create_clip("select '{{a}}' as a").await;
    let (status, text) = page(&server, &clip, "?a=1").await;
    assert_eq!(status, 200);
    assert!(!text.contains("id=\"values\""));
}

#[tokio::test(flavor = "multi_thread")]
async fn stored_rows_say_their_values() {
    let server = Server::start().await;
    let clip = server.create_clip(SALES).await;
    page(&server, &clip, "?country=Spain").await;
    let (status, text) = page(&server, &clip, "?version=1&result=1").await;
    assert_eq!(status, 200);
    assert!(
        text.contains("Result 1 of version 1 for country = Spain, from"),
        "{text}"
    );
    assert!(text.contains("<dt>country</dt> <dd>Spain</dd>"));
    assert!(!text.contains("<form method=\"get\" action=\"/") || !text.contains("data-values"));
}

#[tokio::test(flavor = "multi_thread")]
async fn values_have_the_words_and_the_order_of_the_form_everywhere() {
    let server = Server::start().await;
    let clip = server
        .administrator
        .create_clip("select {{a?}} as a, {{b}} as b, {{c = x}} as c")
        .await;
    let settings =
        serde_json::json!({"parameters": [{"name": "b", "label": "Bee"}, {"name": "a"}]});
    let api = format!("/api/v1/clips/{}", clip.slug);
    server.administrator.patch(&api, &settings).await;
    page(&server, &clip, "?a=&b=1").await;
    let words = "Bee = 1, a = NULL, c = x";
    let (_, text) = page(&server, &clip, "?version=1&result=1").await;
    assert!(text.contains(&format!(" for {words}, from")), "{text}");
    let (_, text) = page(&server, &clip, "/history").await;
    assert!(text.contains(&format!("<span>{words}</span>")), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_frame_shows_no_form_and_says_what_is_missing() {
    let server = Server::start().await;
    let clip = server.create_clip(SALES).await;
    let embed = format!("/{}/embed", clip.slug);
    let frame = async |query: &str| {
        let answer = server.anonymous().get(&format!("{embed}{query}")).await;
        answer.text().await.unwrap()
    };
    let missing = frame("").await;
    let message = "`country` has no value. Add it to the address, as in ?country=…";
    assert!(missing.contains(message), "{missing}");
    let rows = frame("?country=Spain").await;
    assert!(
        rows.contains("2 rows") && !rows.contains("data-values"),
        "{rows}"
    );
    assert!(rows.contains("country=Spain"), "{rows}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pinned_clip_says_that_it_has_no_rows_of_other_values() {
    let server = Server::start().await;
    let administrator = &server.administrator;
    let clip = administrator.create_clip(SALES).await;
    let path = format!("/api/v1/clips/{}/pin", clip.slug);
    let values = serde_json::json!({"values": {"country": "Spain"}});
    assert_eq!(administrator.put(&path, &values).await.status(), 200);
    let (status, text) = page(&server, &clip, "?country=France").await;
    assert_eq!(status, 404);
    assert!(
        text.contains("Version 1 has no stored result with these values"),
        "{text}"
    );
    let (_, facts) = text.split_once("id=\"facts\"").unwrap();
    let (facts, _) = facts.split_once("<details").unwrap_or((facts, ""));
    assert!(facts.contains("<div>pinned</div>"), "{facts}");
}

#[tokio::test(flavor = "multi_thread")]
async fn several_values_for_one_are_refused() {
    let server = Server::start().await;
    let clip = server.create_clip(SALES).await;
    let (status, text) = page(&server, &clip, "?country=Spain&country=France").await;
    assert_eq!(status, 422);
    assert!(
        text.contains("<code>country</code> takes one value."),
        "{text}"
    );
    let rows = format!("/{}.json?country=Spain&country=France", clip.slug);
    let answer = server.anonymous().get(&rows).await;
    assert_eq!(answer.status(), 422);
    let answer = answer.text().await.unwrap();
    assert!(answer.contains("parameter_unreadable"), "{answer}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_value_leaves_a_condition_out_as_the_docs_write_it() {
    let server = Server::start().await;
    let sql = "select * from (values ('France', 1), ('Spain', 2), ('Spain', 3)) t (country, amount) \
        where ({{countries?}} is null or country = any ({{countries?}}))";
    let clip = server.create_clip(sql).await;
    for (query, rows) in [("", "3 rows"), ("?countries=Spain", "2 rows")] {
        let (status, text) = page(&server, &clip, query).await;
        assert_eq!(status, 200, "{text}");
        assert!(text.contains(rows), "{query}: {text}");
    }
}
