//! Charts as a reader sees, changes and downloads them.

mod looks;

use std::time::Duration;

use serde_json::{Value, json};

use super::*;

const SALES: &str =
    "select date '2026-01-01' + n as day, 'region ' || n % 2 as region, n * 1.5 as amount
    from generate_series(1, 6) as n";
/// The options that ECharts got.
const OPTION: &str = "(document.querySelector('[data-canvas]')?.chart?.getOption() ?? { series: [{}], xAxis: [{}] })";
const STATUS: &str = "document.querySelector('[data-chart-status]').textContent";
/// Catches what is saved, in place of the download folder.
const CATCH: &str = "(() => {
    URL.createObjectURL = (blob) => { window.saved = blob; return 'blob:'; };
    HTMLAnchorElement.prototype.click = function () { window.savedAs = this.download; };
})()";

async fn draws(browser: &Browser, clip: &Clip, query: &str) {
    browser
        .visit(&format!("{}?chart=1{query}", page_of(clip)))
        .await;
    is_drawn(browser).await;
}

async fn is_drawn(browser: &Browser) {
    let drawn = "String(document.querySelector('[data-canvas]')?.chart !== undefined)";
    browser.becomes(drawn, "true").await;
}

/// Parses it as XML, as another program would.
fn is_well_formed(svg: &str) {
    let mut reader = quick_xml::Reader::from_str(svg);
    while reader.read_event().unwrap() != quick_xml::events::Event::Eof {}
}

/// The points of each series, as `[x, y, row]`.
async fn points(browser: &Browser) -> Value {
    browser
        .evaluate(&format!("{OPTION}.series.map(({{data}}) => data)"))
        .await
}

async fn ada(server: &Server) -> Browser {
    let browser = Browser::with(server, Device::desktop()).await;
    sign_in(&browser, "ada@example.com").await;
    browser
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chart_is_drawn_from_the_rows() {
    let server = Server::start().await;
    let clip = server.create_clip(SALES).await;
    let browser = Browser::with(&server, Device::desktop()).await;
    browser.visit(&page_of(&clip)).await;
    browser.click_link("Chart").await;
    is_drawn(&browser).await;
    // Anyone who opens this address gets fresh rows.
    browser.is_at(&format!("{}?chart=1", page_of(&clip))).await;
    let day = |number: i64| 1_767_225_600_000 + number * 86_400_000;
    let expected = json!([
        [[day(1), 1.5, 0], [day(3), 4.5, 2], [day(5), 7.5, 4]],
        [[day(2), 3, 1], [day(4), 6, 3], [day(6), 9, 5]],
    ]);
    assert_eq!(points(&browser).await, expected);
    let names = browser
        .evaluate(&format!("{OPTION}.series.map(({{name}}) => name)"))
        .await;
    assert_eq!(names, json!(["region 1", "region 0"]));
    let told = "document.querySelector('[data-canvas][role=img]').ariaLabel";
    let words = "Line chart of amount along day by region: 6 points in 2 series; day from 2026-01-02 to 2026-01-07; values from 1.5 to 9.0";
    browser.becomes(told, words).await;
    browser.back().await;
    browser.sees("2026-01-02").await;
    browser.has_a_quiet_console().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_row_is_drawn_or_counted() {
    let server = Server::start().await;
    let browser = Browser::with(&server, Device::desktop()).await;
    for (sql, query, words) in [
        (
            "select * from (values (1, 1.5), (2, null), (3, 'NaN'), (4, 'Infinity'), (5, 2)) as t(a, b)",
            "&kind=line&x=1&y=2",
            "2 points. 3 values are not drawn: 1 NULL; 2 NaN, infinity, or beyond 10³⁰⁸.",
        ),
        (
            "select * from (values (date '2026-01-01', 1), ('infinity', 2), (null, 3), ('0044-03-15 BC', 4)) as t(day, a)",
            "",
            "1 point. 3 values are not drawn: without a position on “day” (NULL, infinity, or BC).",
        ),
        (
            "select * from (values ('a', 1), ('b', 2), ('a', 3), ('a', 4), (null, 5)) as t(what, a)",
            "",
            "5 points. 2 rows have the same “what” as an earlier one; each is drawn by itself.",
        ),
        (
            "select * from (values (1, 'a', 5), (1, 'a', 6), (2, 'b', null), (2, 'b', 7)) as t(x, s, y)",
            "&kind=line&x=1&y=3&series=2&stack=1",
            "2 points. 2 values are not drawn: 1 NULL; 1 at a “x” that their series already has.",
        ),
        (
            "select n, case n when 1 then 9007199254740993 else n end as big, 1e20::float8 as exact from generate_series(0, 2) as n",
            "&kind=line&x=1&y=2&y=3",
            "6 points. 1 point beyond 2⁵³ is drawn to about 16 digits.",
        ),
        (
            "select n, amount::money from (values (1, 1234567.5), (2, -5), (3, null)) as t(n, amount)",
            "&kind=line&x=1&y=2",
            "2 points. 1 value is not drawn: NULL.",
        ),
        (
            "select 's' || n as s, n % 3 as x, n as y from generate_series(1, 25) as n",
            "&kind=line&x=2&y=3&series=1",
            "20 points. Only the first 20 of 25 series are drawn.",
        ),
        (
            "select 'c' || n as c, n as y from generate_series(1, 2001) as n",
            "",
            "2,001 points. 2,001 categories are too many to tell apart: group them in the query, or choose another kind.",
        ),
    ] {
        let clip = server.create_clip(sql).await;
        draws(&browser, &clip, query).await;
        browser.becomes(STATUS, words).await;
    }
    browser.has_a_quiet_console().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn bars_are_in_the_order_of_the_rows_and_stacked_at_the_same_position() {
    let server = Server::start().await;
    let sql = "select * from (values ('z', 'p', 1), ('a', 'q', 2), ('z', 'q', 4), ('m', 'p', 8)) as t(x, s, y)";
    let clip = server.create_clip(sql).await;
    let browser = Browser::with(&server, Device::desktop()).await;
    draws(&browser, &clip, "&kind=bar&x=1&y=3&series=2&stack=1").await;
    assert_eq!(
        browser.evaluate(&format!("{OPTION}.xAxis[0].data")).await,
        json!(["z", "a", "m"])
    );
    assert_eq!(
        points(&browser).await,
        json!([[[0, 1, 0], [2, 8, 3]], [[0, 4, 2], [1, 2, 1]]])
    );
    let stacks = browser
        .evaluate(&format!("{OPTION}.series.map(({{stack}}) => stack)"))
        .await;
    assert_eq!(stacks, json!(["all", "all"]));
    draws(&browser, &clip, "&kind=line&y=3&series=2&stack=1").await;
    let strategy = format!("{OPTION}.series[1].stackStrategy");
    browser.becomes(&strategy, "all").await;
    // Each series has every position, and adds 0 where it has no row.
    let expected = json!([
        [[1, 1, 0], [2, 0, null], [3, 0, null], [4, 8, 3]],
        [[1, 0, null], [2, 2, 1], [3, 4, 2], [4, 0, null]],
    ]);
    assert_eq!(points(&browser).await, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn no_point_of_a_stack_vanishes() {
    let server = Server::start().await;
    let sql = "select * from (values ('2024-01-01'::date, 'a', 5), ('2024-01-01', 'b', 5), ('2024-02-01', 'b', 5), ('2024-03-01', 'a', 5)) as t(day, s, y)";
    let clip = server.create_clip(sql).await;
    let browser = Browser::with(&server, Device::desktop()).await;
    let [january, february, march] = [1_704_067_200_000i64, 1_706_745_600_000, 1_709_251_200_000];
    draws(&browser, &clip, "&kind=line&x=1&y=3&series=2&stack=1").await;
    browser.becomes(STATUS, "4 points.").await;
    let expected = json!([
        [[january, 5, 0], [february, 0, null], [march, 5, 3]],
        [[january, 5, 1], [february, 5, 2], [march, 0, null]],
    ]);
    assert_eq!(points(&browser).await, expected);
    // What is filled in has no mark.
    let marks =
        "document.querySelector('[data-canvas]').chart.getModel().getSeriesByIndex(1).getData()";
    let marks = format!("[0, 1, 2].map((index) => {marks}.getItemVisual(index, 'symbolSize'))");
    assert_eq!(browser.evaluate(&marks).await, json!([7, 7, 0]));
    // Of texts too, each has one place.
    let text = server
        .create_clip(&sql.replace("'2024-01-01'::date", "'2024-01-01'"))
        .await;
    draws(&browser, &text, "&kind=line&x=1&y=3&series=2&stack=1").await;
    let expected = json!([
        [[0, 5, 0], [1, 0, null], [2, 5, 3]],
        [[0, 5, 1], [1, 5, 2], [2, 0, null]],
    ]);
    assert_eq!(points(&browser).await, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn money_is_drawn_as_its_locale_prints_it_or_counted() {
    let server = Server::start().await;
    let sql = "select n, (n * 617.25 - 1000)::money as amount from generate_series(1, 3) as n";
    let clip = server.create_clip(sql).await;
    let browser = Browser::with(&server, Device::desktop()).await;
    draws(&browser, &clip, "").await;
    browser.becomes(STATUS, "3 points.").await;
    let expected = json!([[[1, -382.75, 0], [2, 234.5, 1], [3, 851.75, 2]]]);
    draws(&browser, &clip, "&kind=line&x=1&y=2").await;
    assert_eq!(points(&browser).await, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_form_draws_at_once_keeps_the_choice_and_opens_with_it() {
    let server = Server::start().await;
    let clip = server.create_clip(SALES).await;
    let browser = ada(&server).await;
    draws(&browser, &clip, "").await;
    browser.evaluate("(window.isTheSamePage = 'yes')").await;
    browser.choose("Kind", "Bars").await;
    browser
        .becomes(&format!("{OPTION}.series[0].type"), "bar")
        .await;
    browser.choose("Series by", "nothing").await;
    browser.choose("X axis", "region").await;
    browser
        .becomes(
            &format!("String({OPTION}.xAxis[0].data)"),
            "region 1,region 0,region 1,region 0,region 1,region 0",
        )
        .await;
    browser.uncheck("amount numeric").await;
    browser.sees("Choose 1 to 20 columns with numbers.").await;
    browser.check("amount numeric").await;
    is_drawn(&browser).await;
    browser.does_not_see("Choose 1 to 20 columns").await;
    browser.becomes("window.isTheSamePage", "yes").await;
    browser
        .is_at(&format!(
            "{}?chart=1&chart.kind=bar&chart.x=2&chart.y=3",
            page_of(&clip)
        ))
        .await;
    let results = format!("/api/v1/clips/{}/results", clip.slug);
    let results: Value = server
        .administrator
        .get(&results)
        .await
        .json()
        .await
        .unwrap();
    assert_eq!(
        results["results"][0]["checked_at"], results["results"][0]["finished_at"],
        "nothing ran"
    );

    browser.check("Open the clip with the chart").await;
    browser.press("Save chart").await;
    browser.sees("This chart is saved with the clip.").await;
    browser.visit(&page_of(&clip)).await;
    is_drawn(&browser).await;
    browser
        .becomes(&format!("{OPTION}.series[0].type"), "bar")
        .await;
    browser.click_link("Table").await;
    browser.sees("2026-01-02").await;
    browser.has_a_quiet_console().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_figure_is_drawn_after_a_chart_and_a_chart_after_a_figure() {
    let server = Server::start().await;
    let clip = server.create_clip("select 42 as answer").await;
    let browser = Browser::with(&server, Device::desktop()).await;
    browser.visit(&format!("{}?chart=1", page_of(&clip))).await;
    browser.sees("42").await;
    browser.choose("Kind", "Points").await;
    is_drawn(&browser).await;
    browser.choose("Kind", "Figure").await;
    browser.sees("42").await;
    browser.does_not_see("X axis").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_chart_follows_the_theme() {
    let server = Server::start().await;
    let clip = server.create_clip(SALES).await;
    let mut browser = Browser::with(&server, Device::desktop()).await;
    draws(&browser, &clip, "").await;
    let paper = format!("{OPTION}.backgroundColor");
    let labels = format!("{OPTION}.xAxis[0].axisLabel.color");
    browser.becomes(&paper, "rgb(255, 255, 255)").await;
    browser.becomes(&labels, "rgb(87, 94, 108)").await;
    browser.press("Theme").await;
    browser.press("dark").await;
    browser.becomes(&paper, "rgb(20, 23, 28)").await;
    browser.becomes(&labels, "rgb(163, 171, 186)").await;
    browser.press("system").await;
    browser.becomes(&paper, "rgb(255, 255, 255)").await;
    browser.sit_down_at(Device::desktop().dark()).await;
    browser.becomes(&paper, "rgb(20, 23, 28)").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_chart_is_saved_as_picture_and_as_drawing() {
    let server = Server::start().await;
    let new = json!({"title": "Sales: <north> & south", "database": "data", "sql": SALES});
    let answer = server.administrator.post("/api/v1/clips", &new).await;
    let body: Value = answer.json().await.unwrap();
    let slug = body["slug"].as_str().unwrap().to_owned();
    let browser = Browser::with(&server, Device::desktop()).await;
    draws(&browser, &Clip { slug, body }, "").await;
    browser.evaluate(CATCH).await;
    browser.press("SVG").await;
    browser
        .becomes("window.savedAs", "Sales_ _north_ & south.svg")
        .await;
    let svg = browser.evaluate("window.saved.text()").await;
    let svg = svg.as_str().unwrap();
    for words in [
        "<svg ",
        "Sales: &lt;north&gt; &amp; south",
        "Checked 20",
        "region 1",
        "day",
        "amount",
    ] {
        assert!(svg.contains(words), "{words}: {svg}");
    }
    is_well_formed(svg);
    browser.press("PNG").await;
    browser
        .becomes("window.savedAs", "Sales_ _north_ & south.png")
        .await;
    let width = "createImageBitmap(window.saved).then(({width}) => width)";
    assert_eq!(browser.evaluate(width).await, json!(2_000));
    browser.has_a_quiet_console().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_longest_result_is_drawn_whole_and_stays_responsive() {
    let server = Server::start().await;
    let browser = Browser::with(&server, Device::desktop()).await;
    let rows = "select ordered_at, amount from orders order by id limit 29999";
    let clip = server.create_clip(rows).await;
    for query in ["&kind=line&y=2&area=1&stack=1", "&kind=scatter&x=2&y=2"] {
        draws(&browser, &clip, query).await;
        browser.becomes(STATUS, "29,999 points.").await;
        let count = browser
            .evaluate(&format!("{OPTION}.series[0].data.length"))
            .await;
        assert_eq!(count, json!(29_999));
        let hover = "(() => {
            const { chart } = document.querySelector('[data-canvas]');
            const started = performance.now();
            for (let x = 100; x < 600; x += 25) chart.dispatchAction({ type: 'showTip', x, y: 200 });
            chart.getZr().flush();
            return (performance.now() - started) / 20;
        })()";
        let milliseconds = browser.evaluate(hover).await.as_f64().unwrap();
        assert!(
            milliseconds < 200.0,
            "{milliseconds} ms for each move of the mouse"
        );
    }
    browser.has_a_quiet_console().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn new_rows_are_drawn_on_request() {
    let server = Server::start().await;
    let superuser = server.superuser().await;
    let sql = "create table news (n int); insert into news values (1), (2); grant select on news to reader";
    superuser.batch_execute(sql).await.unwrap();
    let clip = server.create_clip("select n from news order by n").await;
    let browser = Browser::with(&server, Device::desktop()).await;
    draws(&browser, &clip, "").await;
    browser.becomes(STATUS, "2 points.").await;
    superuser
        .execute("insert into news values (3)", &[])
        .await
        .unwrap();
    browser
        .sees_within(Duration::from_secs(25), "New data.")
        .await;
    browser.becomes(STATUS, "2 points.").await;
    browser.press("Show").await;
    browser.becomes(STATUS, "3 points.").await;
    assert_eq!(
        points(&browser).await,
        json!([[[1, 1, 0], [2, 2, 1], [3, 3, 2]]])
    );
    browser.has_a_quiet_console().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_that_are_gone_are_reported() {
    let server = Server::start().await;
    let clip = server.create_clip(SALES).await;
    let browser = Browser::with(&server, Device::desktop()).await;
    draws(&browser, &clip, "").await;
    let path = format!("/api/v1/clips/{}/access", clip.slug);
    let protected = json!({"anyone": false});
    server.administrator.put(&path, &protected).await;
    let again = "document.querySelector('figure[data-chart]').replaceWith(document.querySelector('figure[data-chart]').cloneNode(true))";
    browser.evaluate(again).await;
    browser
        .sees("The chart cannot be drawn: This clip is protected.")
        .await;
}

async fn is_good(browser: &Browser, path: &str) {
    browser.visit(path).await;
    let waits = "String(document.querySelector('[data-chart]') !== null && !document.querySelector('[data-canvas]').chart)";
    browser.becomes(waits, "false").await;
    browser.has_no_serious_axe_issue().await;
    browser.fits_the_screen().await;
    browser.asks_no_other_server().await;
    browser.has_a_quiet_console().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn charts_are_good_on_every_device() {
    let server = Server::start().await;
    let long = format!(
        "select repeat('long ', 30) || n as name, n as \"{}\" from generate_series(1, 8) as n",
        "wide".repeat(15)
    );
    let mut paths = Vec::new();
    for (sql, query) in [
        (SALES, ""),
        (
            "select 's' || n % 20 as s, n as x, n as y from generate_series(1, 40) as n",
            "&kind=line&x=2&y=3&series=1",
        ),
        ("select 12345678901234567890 as amount, -1.5 as other", ""),
        ("select 'no number' as text", ""),
        (SALES, "&kind=bar&x=9"),
        (&long, ""),
    ] {
        let clip = server.create_clip(sql).await;
        paths.push(format!("{}?chart=1{query}", page_of(&clip)));
    }
    let edited = server.create_clip("select 1 as a union select 2").await;
    let edited = format!("{}?chart=1", page_of(&edited));
    let mut browser = Browser::with(&server, Device::desktop()).await;
    for device in devices() {
        browser.sit_down_at(device).await;
        for path in &paths {
            is_good(&browser, path).await;
        }
    }
    sign_in(&browser, "ada@example.com").await;
    for device in devices() {
        browser.sit_down_at(device).await;
        is_good(&browser, &edited).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_scripts_the_form_chooses_and_the_table_is_a_link_away() {
    let server = Server::start().await;
    let clip = server.create_clip(SALES).await;
    let browser = Browser::with(&server, Device::phone().without_javascript()).await;
    browser.visit(&page_of(&clip)).await;
    browser.click_link("Chart").await;
    browser.sees("The chart needs JavaScript.").await;
    browser.choose("Kind", "Figure").await;
    browser.press("Draw").await;
    browser.sees("From the first of 6 rows.").await;
    browser.sees("1.5").await;
    browser.fits_the_screen().await;
    browser.click_link("Table").await;
    browser.sees("2026-01-02").await;
}
