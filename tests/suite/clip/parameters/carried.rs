//! Every link and form of a page keeps the values of its rows.

use super::*;
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
