//! Every link and form of a page keeps the values of its rows.

use super::*;
use crate::clip::path_of;
use crate::encode::workbook;

#[tokio::test(flavor = "multi_thread")]
async fn links_and_forms_of_the_page_carry_the_values() {
    let server = Server::start().await;
    let sql = SALES.replace("{{country}}", "{{country}} and {{x = 1}}::int = 1");
    let clip = server.create_clip(&sql).await;
    let (_, text) = page(&server, &clip, "?country=Spain&x=1").await;
    let slug = &clip.slug;
    for part in [
        format!("href=\"/{slug}.csv?country=Spain&#38;x=1\""),
        format!("href=\"/{slug}.xlsx?country=Spain&#38;x=1\""),
        format!("href=\"/{slug}/share?country=Spain&#38;x=1\""),
        format!("/{slug}?country=Spain&#38;x=1</span>"),
        format!("class=\"again\" href=\"/{slug}?country=Spain&#38;x=1\""),
        format!("data-follow=\"/{slug}/run?version=1&#38;country=Spain&#38;x=1\""),
        format!("href=\"/{slug}?country=Spain&#38;x=1&#38;chart=1&#38;since="),
        format!("href=\"/{slug}?country=Spain&#38;x=1&#38;sort=1&#38;page=1#rows\""),
        "<input type=\"hidden\" name=\"country\" value=\"Spain\">".to_owned(),
        format!(
            "property=\"og:url\" content=\"{}/{slug}?country=Spain&#38;x=1\"",
            server.url
        ),
    ] {
        assert!(text.contains(&part), "{part}: {text}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_share_page_and_its_code_carry_the_values() {
    let server = Server::start().await;
    let clip = server.create_clip(SALES).await;
    let slug = &clip.slug;
    let (status, text) = page(&server, &clip, "/share?country=C%C3%B4te%20d%27Ivoire").await;
    assert_eq!(status, 200);
    let query = "?country=C%C3%B4te%20d%27Ivoire";
    for part in [
        format!("curl --fail '{}/{slug}.csv{query}'", server.url),
        format!("=IMPORTDATA(\"{}/{slug}.csv{query}\")", server.url),
        format!("href=\"/{slug}/excel.iqy{query}\""),
        format!("{}/{slug}/embed{query}", server.url),
    ] {
        assert!(text.contains(&part), "{part}: {text}");
    }
    let (_, file) = page(&server, &clip, &format!("/excel.iqy{query}")).await;
    assert!(file.contains(&format!("/{slug}/table{query}")), "{file}");
    let (status, _) = page(&server, &clip, "/table?country=Spain").await;
    assert_eq!(status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_parameter_may_be_called_as_an_option_of_charts() {
    let server = Server::start().await;
    let sql = "select day, amount from (values (1, 2), (2, {{x}}::int)) t (day, amount) where {{kind}} <> ''";
    let clip = server.create_clip(sql).await;
    let query = "?x=7&kind=a%26b&chart=1&chart.kind=bar&chart.x=1&chart.y=2";
    let (status, text) = page(&server, &clip, query).await;
    assert_eq!(status, 200, "{text}");
    for part in [
        "<option value=\"bar\" selected>",
        "<input type=\"hidden\" name=\"kind\" value=\"a&#38;b\">",
        "<input type=\"hidden\" name=\"chart.kind\" value=\"bar\">",
        "name=\"chart.x\"",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    // Without such a parameter the plain names of older links still choose.
    let plain = server.create_clip("select 1 as day, 2 as amount").await;
    let (status, text) = page(&server, &plain, "?chart=1&kind=bar&x=1&y=2").await;
    assert_eq!(status, 200);
    assert!(text.contains("<option value=\"bar\" selected>"), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn saving_a_chart_leads_back_to_the_same_values() {
    let server = Server::start().await;
    let clip = server.create_clip(SALES).await;
    page(&server, &clip, "?country=Spain").await;
    let ada = server.signed_in("ada@example.com").await;
    let fields = [
        ("country", "Spain"),
        ("chart.kind", "bar"),
        ("chart.x", "1"),
        ("chart.y", "2"),
    ];
    let answer = ada
        .submit(&format!("/{}/chart?version=1&result=1", clip.slug), &fields)
        .await;
    let location = answer.headers()["location"].to_str().unwrap();
    assert_eq!(
        location,
        format!("/{}?country=Spain&chart=1#kept", clip.slug)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_workbook_says_of_which_values_it_is() {
    let server = Server::start().await;
    let clip = server.create_clip(SALES).await;
    let about = workbook(&server, &clip, ".xlsx?country=C%C3%B4te")
        .await
        .cells(2);
    let shown = format!("{about:?}");
    let url = format!("{}/{}?country=C%C3%B4te", server.url, clip.slug);
    assert!(shown.contains(&url), "{shown}");
}

/// Two versions: the newest has no `least`, and has `city`.
async fn of_two_versions() -> (Analyst, String) {
    let analyst = Analyst::new().await;
    let first = format!("{SALES} and amount >= {{{{least = 1}}}}::int");
    let path = analyst.create("Sales", &first).await;
    let second = format!("{SALES} and country <> {{{{city? = Paris}}}}");
    let fields = [("sql", second.as_str()), ("base", "1")];
    path_of(analyst.submit(&path, &fields).await).await;
    (analyst, path)
}

#[tokio::test(flavor = "multi_thread")]
async fn links_to_other_versions_have_the_values_that_they_take() {
    let (analyst, path) = of_two_versions().await;
    let page = analyst
        .page(&format!("{path}?country=Spain&city=Rome"))
        .await;
    for part in [
        format!("<a href=\"{path}?country=Spain&#38;city=Rome\" aria-current"),
        format!("<a href=\"{path}?version=1&#38;country=Spain\""),
        format!("action=\"{path}/fork?city=Rome&#38;country=Spain\""),
    ] {
        let part = part.replace("country=Spain&#38;city=Rome", "city=Rome&#38;country=Spain");
        assert!(page.contains(&part), "{part}: {page}");
    }
    let query = "?version=1&country=Spain&least=2";
    let page = analyst.page(&format!("{path}{query}")).await;
    for part in [
        format!("<a href=\"{path}?country=Spain\">Show the current one</a>"),
        format!("<a href=\"{path}?version=1&#38;country=Spain&#38;least=2\" aria-current"),
        format!("action=\"{path}/versions/1/restoration?country=Spain&#38;least=2\""),
    ] {
        assert!(page.contains(&part), "{part}: {page}");
    }
    // A result has its values, and says so where they are still to be given.
    let page = analyst.page(&format!("{path}?version=1&result=1")).await;
    let current = format!("<a href=\"{path}?country=Spain\">Show the current rows</a>");
    assert!(page.contains(&current), "{page}");
    let page = analyst.page(&format!("{path}?city=Rome")).await;
    assert!(page.contains("Fill in country to see the rows."));
    assert!(
        page.contains(&format!("href=\"{path}/share?city=Rome\"")),
        "{page}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn forms_lead_to_rows_with_the_values_of_the_page() {
    let (analyst, path) = of_two_versions().await;
    analyst
        .page(&format!("{path}?version=1&country=Spain&least=2"))
        .await;
    let pinned = [("version", "1"), ("result", "1")];
    path_of(analyst.submit(&format!("{path}/pin"), &pinned).await).await;
    let page = analyst.page(&path).await;
    let action = format!("action=\"{path}/unpinning?country=Spain\"");
    assert_eq!(page.matches(&action).count(), 2, "{page}");
    let history = analyst.page(&format!("{path}/history")).await;
    assert!(history.contains(&action), "{history}");
    let sent = "country=Spain&least=2&gone=1";
    for (act, fields, expected) in [
        ("unpinning", &[][..], "?country=Spain"),
        ("versions/1/restoration", &[], "?country=Spain&least=2"),
    ] {
        let answer = analyst
            .submit(&format!("{path}/{act}?{sent}"), fields)
            .await;
        assert_eq!(path_of(answer).await, format!("{path}{expected}"), "{act}");
    }
    let forked = analyst
        .submit(&format!("{path}/fork?{sent}"), &[("version", "2")])
        .await;
    let forked = path_of(forked).await;
    assert!(forked.ends_with("?country=Spain"), "{forked}");
}

#[tokio::test(flavor = "multi_thread")]
async fn saving_leads_to_the_rows_of_the_values_beside_the_editor() {
    let analyst = Analyst::new().await;
    let sql = format!("{SALES} and amount >= {{{{least = 1}}}}::int");
    let values = [
        ("values.country", "Spain"),
        ("values.least", "1"),
        ("values.gone", "x"),
    ];
    let form = [("title", "Sales"), ("database", "data"), ("sql", &sql)];
    let created = analyst
        .submit("/clips", &[&form[..], &values].concat())
        .await;
    let created = path_of(created).await;
    let (path, query) = created.split_once('?').unwrap();
    assert_eq!(query, "country=Spain");
    let form = [("sql", SALES), ("base", "1")];
    let saved = analyst.submit(path, &[&form[..], &values].concat()).await;
    assert_eq!(path_of(saved).await, format!("{path}?country=Spain"));
}
