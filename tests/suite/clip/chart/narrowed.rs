//! The chart of the rows that a filter leaves, in the order of a sort.

use super::*;

async fn page(server: &Server, path: &str) -> String {
    let answer = server.anonymous().get(path).await;
    assert_eq!(answer.status(), 200, "{path}");
    answer.text().await.unwrap().replace("&#38;", "&")
}

fn link(page: &str, name: &str) -> String {
    let (before, _) = page.split_once(&format!(">{name}</a>")).unwrap();
    let (_, href) = before.rsplit_once("href=\"").unwrap();
    href.split_once('"').unwrap().0.to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn columns_are_those_of_the_rows_that_match_in_their_order() {
    let server = Server::start().await;
    let clip = sales(&server).await;
    let columns = format!("/{}/columns?columns=3,2", clip.slug);
    for (options, matching, expected) in [
        (
            "&filter=REGION%201",
            3,
            json!([["1.5", "4.5", "7.5"], ["region 1", "region 1", "region 1"]]),
        ),
        (
            "&filter=region+1&sort=-3",
            3,
            json!([["7.5", "4.5", "1.5"], ["region 1", "region 1", "region 1"]]),
        ),
        (
            "&sort=-amount",
            6,
            json!([
                ["9.0", "7.5", "6.0", "4.5", "3.0", "1.5"],
                [
                    "region 0", "region 1", "region 0", "region 1", "region 0", "region 1"
                ]
            ]),
        ),
        ("&filter=nowhere", 0, json!([[], []])),
    ] {
        let path = format!("{columns}{options}");
        let (status, body) = status_and_body(server.anonymous().get(&path).await).await;
        assert_eq!(status, 200, "{options}: {body}");
        assert_eq!(body["columns"], expected, "{options}");
        assert_eq!(body["matching"], json!(matching), "{options}");
        assert_eq!(body["rows"], json!(6), "{options}");
    }
    let unknown = server.anonymous().get(&format!("{columns}&sort=9")).await;
    assert_eq!(unknown.status(), 400);
}

#[tokio::test(flavor = "multi_thread")]
async fn filter_and_sort_survive_from_table_to_chart_and_back() {
    let server = Server::start().await;
    let clip = sales(&server).await;
    let narrowing = "filter=region%201&sort=-3";
    let table = page(&server, &format!("/{}?{narrowing}", clip.slug)).await;
    let chart = page(&server, &link(&table, "Chart")).await;
    assert!(
        chart.contains(&format!("&columns=1,3&{narrowing}\"")),
        "{chart}"
    );
    for part in [
        "3 of 6 rows contain “region 1”.",
        "name=\"filter\" value=\"region 1\"",
        "name=\"sort\" value=\"-3\"",
    ] {
        assert!(chart.contains(part), "{part}: {chart}");
    }
    let table = link(&chart, "Table");
    assert!(table.contains(narrowing), "{table}");
    let table = page(&server, &table).await;
    assert!(table.contains("3 of 6 rows"), "{table}");
    let all = page(&server, &link(&chart, "Draw all rows")).await;
    assert!(!all.contains("filter="), "{all}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_figure_is_of_the_first_row_that_matches() {
    let server = Server::start().await;
    let clip = sales(&server).await;
    let path = format!(
        "/{}?chart=1&kind=figure&y=3&filter=region+0&sort=-3",
        clip.slug
    );
    let figure = page(&server, &path).await;
    assert!(figure.contains("<dd>9.0</dd>"), "{figure}");
    assert!(figure.contains("From the first of 3 rows."), "{figure}");
    let none = page(&server, &format!("/{}?chart=1&filter=nowhere", clip.slug)).await;
    assert!(none.contains("No row contains this text."), "{none}");
}
