//! The chart on a clip's page, as its address or its form requests it.

use dataclips::model::Role;
use reqwest::Response;

use super::*;

const SCRIPT: &str = "/static/chart-";
const KEEP: &str = "Save chart";
/// Other rows each time it runs.
const MOVING: &str = "select clock_timestamp() as at, n as amount from generate_series(1, 3) as n";

/// Status and page, with the quotes and ampersands in it unescaped.
async fn seen(answer: Response) -> (u16, String) {
    let status = answer.status().as_u16();
    let page = answer.text().await.unwrap();
    (
        status,
        page.replace("&#34;", "\"")
            .replace("&#38;", "&")
            .replace("&amp;", "&"),
    )
}

async fn page(client: &Client, clip: &Clip, query: &str) -> String {
    let (status, page) = seen(client.get(&format!("/{}{query}", clip.slug)).await).await;
    assert_eq!(status, 200, "{query}: {page}");
    page
}

/// What the page's script is to draw, and from where.
fn drawn(page: &str) -> (Value, String) {
    let part = |beginning: &str, end: &str| {
        let (_, part) = page
            .split_once(beginning)
            .unwrap_or_else(|| panic!("{page}"));
        part.split_once(end).unwrap().0.to_owned()
    };
    let plan = part("data-chart=\"", "\" data-source");
    (
        serde_json::from_str(&plan).unwrap(),
        part("data-source=\"", "\""),
    )
}

async fn ada(server: &Server) -> Client {
    server.signed_in("ada@example.com").await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_proposes_a_chart_of_the_rows_that_it_shows() {
    let server = Server::start().await;
    let clip = server.create_clip(SALES).await;
    let reader = server.anonymous();
    let page = page(&reader, &clip, "?chart=1").await;
    let (plan, source) = drawn(&page);
    let expected = json!({"kind": "line", "x": 0, "y": [1], "series": 2, "stacked": false, "roles": ["time", "number", "category"]});
    assert_eq!(plan, expected);
    let path = format!("/{}/columns?version=1&result=1&columns=1,3,2", clip.slug);
    assert_eq!(source, path);
    let (status, columns) = status_and_body(reader.get(&source).await).await;
    assert_eq!(
        (status, &columns["fields"]),
        (200, &json!(["day", "amount", "region"]))
    );
    assert!(page.contains(SCRIPT) && page.contains("The chart needs JavaScript."));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_of_the_table_loads_no_chart() {
    let server = Server::start().await;
    let clip = sales(&server).await;
    for query in ["", "?version=1", "?page=1&sort=-2"] {
        let page = page(&server.anonymous(), &clip, query).await;
        assert!(
            !page.contains(SCRIPT) && page.contains("<td"),
            "{query}: {page}"
        );
        assert!(page.contains(">Chart</a>"), "{query}: {page}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_says_what_is_drawn() {
    let server = Server::start().await;
    let clip = sales(&server).await;
    for (query, plan, columns) in [
        (
            "kind=bar&x=2&y=3&stack=1",
            json!({"kind": "bar", "x": 0, "y": [1], "series": null, "stacked": true, "roles": ["category", "number"]}),
            "2,3",
        ),
        (
            "kind=scatter&y=3&x=&series=2&stack=1",
            json!({"kind": "scatter", "x": null, "y": [0], "series": 1, "stacked": false, "roles": ["number", "category"]}),
            "3,2",
        ),
        (
            "kind=line&x=3&y=3,3&y=3",
            json!({"kind": "line", "x": 0, "y": [1], "series": null, "stacked": false, "roles": ["number", "number"]}),
            "3,3",
        ),
    ] {
        let page = page(&server.anonymous(), &clip, &format!("?chart=1&{query}")).await;
        let (told, source) = drawn(&page);
        assert_eq!(told, plan, "{query}");
        assert!(source.ends_with(&format!("&columns={columns}")), "{source}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_text_that_repeats_makes_series_of_the_long_form() {
    let server = Server::start().await;
    for (text, order, series) in [
        ("'region ' || r", "1", Some(2)),
        // The first page has one region only.
        ("'region ' || r", "2", Some(2)),
        ("'note ' || n || r", "1", None),
        ("'all'", "1", None),
    ] {
        let rows = if order == "2" { 200 } else { 20 };
        let sql = format!(
            "select date '2026-01-01' + n as day, {text} as region, n as amount
             from generate_series(1, {rows}) as n, generate_series(1, 3) as r order by {order}"
        );
        let clip = server.create_clip(&sql).await;
        let page = page(&server.anonymous(), &clip, "?chart=1").await;
        let (plan, _) = drawn(&page);
        assert_eq!(plan["series"], json!(series), "{sql}");
        assert_eq!(plan["kind"], "line", "{sql}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_cannot_be_drawn_says_why_beside_the_field() {
    let server = Server::start().await;
    let clip = sales(&server).await;
    for (query, field, words) in [
        ("kind=pie&y=3", "kind", "Choose a kind of chart"),
        ("y=3", "kind", "Choose a kind of chart"),
        (
            "kind=line&x=9&y=3",
            "x",
            "There is no column 9: the rows have 3.",
        ),
        ("kind=line&x=day&y=3", "x", "“day” is not a column"),
        ("kind=line&x=1", "y", "Choose 1 to 20 columns with numbers."),
        (
            "kind=line&x=1&y=2",
            "y",
            "“region” holds no numbers (text).",
        ),
        ("kind=bar&x=1&y=3&series=0", "series", "“0” is not a column"),
    ] {
        let path = format!("/{}?chart=1&{query}", clip.slug);
        let (status, page) = seen(server.anonymous().get(&path).await).await;
        let (_, problem) = page
            .split_once(&format!("id=\"{field}-problem\">"))
            .unwrap();
        assert!(
            status == 422 && problem.starts_with(words),
            "{query}: {status} {problem}"
        );
        assert!(!page.contains("data-chart="), "{query}: {page}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn figures_need_no_script() {
    let server = Server::start().await;
    let clip = server
        .create_clip(
            "select 'total' as what, 12345678901234567890.5 as amount, null::int as nothing",
        )
        .await;
    let one = page(&server.anonymous(), &clip, "?chart=1").await;
    for words in [
        "<dt>amount</dt><dd>12345678901234567890.5</dd>",
        "<dt>nothing</dt><dd>NULL</dd>",
    ] {
        assert!(one.contains(words), "{one}");
    }
    assert!(!one.contains("data-chart="), "{one}");
    let many = server
        .create_clip("select n as amount from generate_series(7, 9) as n")
        .await;
    let query = "?chart=1&kind=figure&y=1&sort=-1&page=1";
    let page = page(&server.anonymous(), &many, query).await;
    assert!(
        page.contains("<dd>9</dd>") && page.contains("From the first of 3 rows."),
        "{page}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_drawn_leads_back_to_the_table() {
    let server = Server::start().await;
    for (sql, words) in [
        (
            "select 'a' as a, true as b",
            "None of these columns holds numbers",
        ),
        (
            "select 1 as a where false",
            "run it again when there are rows.",
        ),
        (
            "select 'a' as a where false",
            "run it again when there are rows.",
        ),
    ] {
        let clip = server.create_clip(sql).await;
        let page = page(&server.anonymous(), &clip, "?chart=1").await;
        assert!(
            page.contains(words) && page.contains(&format!("/{}?page=1", clip.slug)),
            "{page}"
        );
    }
    let cut = server
        .create_clip("select n from generate_series(1, 30000) as n")
        .await;
    let page = page(&server.anonymous(), &cut, "?chart=1").await;
    assert!(page.contains("Only the first 29,999 are here"), "{page}");
}

#[tokio::test(flavor = "multi_thread")]
async fn going_between_table_and_chart_shows_the_same_rows() {
    let server = Server::start().await;
    let clip = server.create_clip(MOVING).await;
    let reader = server.anonymous();
    let link = |page: &str, name: &str| {
        let (before, _) = page.split_once(&format!(">{name}</a>")).unwrap();
        let (_, href) = before.rsplit_once("href=\"").unwrap();
        href.split_once('"').unwrap().0.to_owned()
    };
    let table = page(&reader, &clip, "").await;
    let (_, chart) = seen(reader.get(&link(&table, "Chart")).await).await;
    assert!(drawn(&chart).1.contains("result=1&"), "{chart}");
    let (_, table) = seen(reader.get(&link(&chart, "Table")).await).await;
    assert!(
        table.contains("data-result=\"1\"") && !table.contains("data-chart="),
        "{table}"
    );
    let again = page(&reader, &clip, "?chart=1").await;
    assert!(drawn(&again).1.contains("result=2&"), "{again}");
    let kept = page(&reader, &clip, "?version=1&result=1&chart=1").await;
    assert!(drawn(&kept).1.contains("result=1&"), "{kept}");
    assert!(
        link(&kept, "Table").contains("version=1&result=1&page=1"),
        "{kept}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_editor_keeps_what_the_page_draws_and_readers_see_it() {
    let server = Server::start().await;
    let clip = sales(&server).await;
    let (ada, reader) = (ada(&server).await, server.anonymous());
    assert!(page(&ada, &clip, "?chart=1").await.contains(KEEP));
    assert!(!page(&reader, &clip, "?chart=1").await.contains(KEEP));
    let path = format!("/{}/chart?version=1&result=1", clip.slug);
    let typed = [
        ("chart", "1"),
        ("kind", "bar"),
        ("x", "2"),
        ("y", "3"),
        ("series", ""),
        ("opens_first", "1"),
    ];
    let answer = ada.submit(&path, &typed).await;
    assert_eq!(answer.status(), 303);
    assert_eq!(
        answer.headers()["location"],
        format!("/{}?chart=1#kept", clip.slug),
        "the sentence that says so is in sight"
    );
    let kept = status_and_body(server.administrator.get(&chart_of(&clip)).await).await;
    assert_eq!(
        kept.1,
        json!({"kind": "bar", "x": "region", "y": ["amount"], "series": null, "stacked": false, "opens_first": true})
    );
    assert!(
        page(&ada, &clip, "?chart=1")
            .await
            .contains("This chart is saved with the clip.")
    );
    assert!(
        page(&ada, &clip, "?chart=1&kind=line&y=3")
            .await
            .contains("Another chart is saved with the clip.")
    );
    for query in ["", "?chart=1", "?version=1"] {
        let page = page(&reader, &clip, query).await;
        assert_eq!(drawn(&page).0["kind"], "bar", "{query}");
    }
    let table = page(&reader, &clip, "?page=1").await;
    assert!(table.contains("<td") && !table.contains(SCRIPT), "{table}");

    let removal = format!("/{}/chart/removal", clip.slug);
    assert_eq!(ada.submit(&removal, &typed).await.status(), 303);
    assert!(page(&reader, &clip, "").await.contains("<td"));
    assert_eq!(
        server.administrator.get(&chart_of(&clip)).await.status(),
        404
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_choice_that_cannot_be_kept_comes_back_as_it_was_typed() {
    let server = Server::start().await;
    let clip = sales(&server).await;
    let path = format!("/{}/chart?version=1&result=1", clip.slug);
    let typed = [("chart", "1"), ("kind", "scatter"), ("x", "2")];
    let (status, page) = seen(ada(&server).await.submit(&path, &typed).await).await;
    assert_eq!(status, 422, "{page}");
    for words in [
        "Choose 1 to 20 columns with numbers.",
        "<option value=\"scatter\" selected>",
        "<option value=\"2\" selected>region</option>",
    ] {
        assert!(page.contains(words), "{words}: {page}");
    }
    assert_eq!(
        server.administrator.get(&chart_of(&clip)).await.status(),
        404
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn only_editors_keep_and_remove() {
    let server = Server::start().await;
    server.user("mia@example.com", Role::Member).await;
    let clip = sales(&server).await;
    assert_eq!(keep(&server.administrator, &clip, &line()).await.0, 200);
    let mia = server.signed_in("mia@example.com").await;
    for (client, status) in [(&mia, 403), (&server.anonymous(), 401)] {
        for below in ["chart", "chart/removal"] {
            let path = format!("/{}/{below}", clip.slug);
            let answer = client.submit(&path, &[("kind", "bar"), ("y", "3")]).await;
            assert_eq!(answer.status(), status, "{below}");
        }
    }
    let kept = status_and_body(server.administrator.get(&chart_of(&clip)).await).await;
    assert_eq!(kept, (200, line()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_query_finds_its_columns_again_or_the_page_says_what_is_missing() {
    let server = Server::start().await;
    let clip = sales(&server).await;
    assert_eq!(keep(&server.administrator, &clip, &line()).await.0, 200);
    let path = format!("/api/v1/clips/{}", clip.slug);
    for (sql, kind, columns, words) in [
        (
            "select 1 as first, 2.5 as amount, 'x' as region, date '2026-01-01' as day",
            "line",
            "4,2,3",
            None,
        ),
        (
            "select 'x' as region, 2.5 as amount from generate_series(1, 2)",
            "bar",
            "1,2",
            Some("There is no column “day” among the rows. This one is proposed instead."),
        ),
        (
            "select 'x' as region, 'y' as amount, now() as day, 1 as n from generate_series(1, 2)",
            "line",
            "3,4",
            Some("“amount” holds no numbers (text)."),
        ),
    ] {
        let changed = server
            .administrator
            .patch(&path, &json!({"sql": sql}))
            .await;
        assert_eq!(changed.status(), 200);
        let page = page(&server.anonymous(), &clip, "?chart=1").await;
        let (plan, source) = drawn(&page);
        assert_eq!(plan["kind"], kind, "{sql}");
        assert!(source.ends_with(&format!("columns={columns}")), "{source}");
        let told = page.contains("The saved chart does not fit these rows.");
        assert_eq!(told, words.is_some(), "{page}");
        assert!(page.contains(words.unwrap_or_default()), "{page}");
    }
}

/// Columns with the same name are distinguished by number.
#[tokio::test(flavor = "multi_thread")]
async fn columns_of_the_same_name_are_distinguished() {
    let server = Server::start().await;
    let clip = server.create_clip("select 1 as a, 2 as a, 3 as a").await;
    assert_eq!(server.rows(&clip, "csv").await.status(), 200);
    let chart = json!({"kind": "scatter", "x": "a_3", "y": ["a", "a_2"]});
    assert_eq!(keep(&server.administrator, &clip, &chart).await.0, 200);
    let page = page(&server.anonymous(), &clip, "?chart=1").await;
    assert!(drawn(&page).1.ends_with("columns=3,1,2"), "{page}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pinned_clip_is_drawn_from_the_rows_that_it_is_pinned_to() {
    let server = Server::start().await;
    let clip = server.create_clip(MOVING).await;
    assert_eq!(server.rows(&clip, "csv").await.status(), 200);
    let path = format!("/api/v1/clips/{}/pin", clip.slug);
    assert_eq!(
        server.administrator.put(&path, &json!({})).await.status(),
        200
    );
    for _ in 0..2 {
        let page = page(&server.anonymous(), &clip, "?chart=1").await;
        assert!(drawn(&page).1.contains("version=1&result=1&"), "{page}");
    }
}

/// The script is compressed once, when it is built, at the highest level.
#[tokio::test(flavor = "multi_thread")]
async fn the_charts_script_is_small_when_compressed() {
    let server = Server::start().await;
    let clip = sales(&server).await;
    let page = page(&server.anonymous(), &clip, "?chart=1").await;
    let (_, name) = page.split_once(SCRIPT).unwrap();
    let path = format!("{SCRIPT}{}", name.split_once('"').unwrap().0);
    let ask = |accepted: &'static str| {
        let request = server.anonymous().request(reqwest::Method::GET, &path);
        request.header("accept-encoding", accepted).send()
    };
    for accepted in ["br", "gzip, deflate, br, zstd"] {
        let answer = ask(accepted).await.unwrap();
        assert_eq!(answer.headers()["content-encoding"], "br");
        let bytes = answer.bytes().await.unwrap().len();
        assert!(bytes < 180_000, "{bytes}");
    }
    let plain = ask("identity").await.unwrap();
    assert!(plain.headers().get("content-encoding").is_none());
    assert!(
        plain
            .text()
            .await
            .unwrap()
            .contains("The chart cannot be drawn")
    );
}
