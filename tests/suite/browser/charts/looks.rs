//! How charts look: scales, shares, names, dates, frames, and what comes along from the table.

use super::*;

/// `SALES` with two columns whose sizes differ.
const SCALES: &str =
    "select date '2026-01-01' + n as day, 1000 * n as revenue, n / 2.0 as rating, 40 * n as cost
    from generate_series(1, 6) as n";

#[tokio::test(flavor = "multi_thread")]
async fn a_scale_suits_its_values() {
    let server = Server::start().await;
    let browser = Browser::with(&server, Device::desktop()).await;
    values_of_another_size_have_a_scale_of_their_own(&server, &browser).await;
    a_stack_to_100_percent_draws_shares_and_tells_values(&server, &browser).await;
    a_logarithmic_scale_is_refused_for_values_that_have_none(&server, &browser).await;
    an_axis_reaches_its_goal(&server, &browser).await;
}

async fn values_of_another_size_have_a_scale_of_their_own(server: &Server, browser: &Browser) {
    let clip = server.create_clip(SCALES).await;
    let scales = format!("String({OPTION}.series.map(({{yAxisIndex}}) => yAxisIndex))");
    let names = format!("{OPTION}.yAxis.map(({{name}}) => name).join('|')");
    for (query, expected, axes) in [
        ("&kind=line&x=1&y=2,3,4", "0,1,0", "revenue, cost|rating"),
        ("&kind=line&x=1&y=3,4", "1,0", "cost|rating"),
        ("&kind=line&x=1&y=2,3&log=1", "0,0", ""),
        ("&kind=line&x=1&y=2,3&stack=1", "0,0", ""),
        (
            "&kind=line&x=1&y=4&y_title=What+it+costs",
            "0",
            "What it costs",
        ),
    ] {
        draws(browser, &clip, query).await;
        browser.becomes(&scales, expected).await;
        browser.becomes(&names, axes).await;
    }
    browser.has_a_quiet_console().await;
}

async fn a_stack_to_100_percent_draws_shares_and_tells_values(server: &Server, browser: &Browser) {
    let sql =
        "select * from (values ('a', 'p', 1.0), ('a', 'q', 3.0), ('b', 'p', 5.0)) as t(x, s, y)";
    let clip = server.create_clip(sql).await;
    draws(
        browser,
        &clip,
        "&kind=bar&x=1&y=3&series=2&stack=100&goal=50",
    )
    .await;
    assert_eq!(
        points(browser).await,
        json!([[[0, 0.25, 0], [1, 1, 2]], [[0, 0.75, 1]]])
    );
    let label = format!("{OPTION}.yAxis[0].axisLabel.formatter(0.25)");
    browser.becomes(&label, "25%").await;
    let told = format!("{OPTION}.tooltip[0].formatter([{{ seriesIndex: 1, data: [0, 0.75, 1] }}])");
    browser.becomes(&told, "x: a\nq: 3.0 (75.0%)").await;
    let goal = format!("String({OPTION}.series[0].markLine.data[0].yAxis)");
    browser.becomes(&goal, "0.5").await;
    let losses = server.create_clip(&sql.replace("5.0", "-5.0")).await;
    draws(browser, &losses, "&kind=bar&x=1&y=3&series=2&stack=100").await;
    browser
        .becomes(STATUS, "Shares need values of 0 or more, and some are negative: the values are stacked as they are. 3 points.")
        .await;
    browser.has_a_quiet_console().await;
}

async fn a_logarithmic_scale_is_refused_for_values_that_have_none(
    server: &Server,
    browser: &Browser,
) {
    let kind = format!("{OPTION}.yAxis[0].type");
    for (sql, expected, words) in [
        (
            "select n, n * n as y from generate_series(1, 4) as n",
            "log",
            "4 points.",
        ),
        (
            "select n, n - 2 as y from generate_series(1, 4) as n",
            "value",
            "A logarithmic scale needs values above 0, and 2 are not: the scale is linear. 4 points.",
        ),
    ] {
        let clip = server.create_clip(sql).await;
        draws(browser, &clip, "&kind=line&x=1&y=2&log=1").await;
        browser.becomes(&kind, expected).await;
        browser.becomes(STATUS, words).await;
    }
    browser.has_a_quiet_console().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_written_below_bars_can_be_read() {
    let server = Server::start().await;
    let browser = Browser::with(&server, Device::desktop()).await;
    many_or_long_names_lie_beside_their_bars(&server, &browser).await;
    dates_below_bars_read_as_below_lines(&server, &browser).await;
}

async fn many_or_long_names_lie_beside_their_bars(server: &Server, browser: &Browser) {
    let kinds = format!("{OPTION}.xAxis[0].type + ' ' + {OPTION}.yAxis[0].type");
    for (sql, expected) in [
        (
            "select chr(64 + n) as name, n as y from generate_series(1, 12) as n",
            "category value",
        ),
        (
            "select chr(64 + n) as name, n as y from generate_series(1, 13) as n",
            "value category",
        ),
        (
            "select 'a rather long name ' || n as name, n as y from generate_series(1, 3) as n",
            "value category",
        ),
        (
            "select date '2026-01-01' + n as day, n as y from generate_series(1, 20) as n",
            "category value",
        ),
    ] {
        let clip = server.create_clip(sql).await;
        draws(browser, &clip, "&kind=bar&x=1&y=2").await;
        browser.becomes(&kinds, expected).await;
    }
    let names = "select 'department ' || n as name, n as y from generate_series(1, 40) as n";
    let clip = server.create_clip(names).await;
    draws(browser, &clip, "").await;
    assert_eq!(points(browser).await[0][39], json!([40, 39, 39]));
    let high = "String(document.querySelector('[data-canvas]').clientHeight >= 800)";
    browser.becomes(high, "true").await;
    browser.has_a_quiet_console().await;
}

async fn dates_below_bars_read_as_below_lines(server: &Server, browser: &Browser) {
    for (dates, text, expected) in [
        ("date '2026-01-01' + n", "2026-01-05", "5 Jan"),
        ("date '2025-12-30' + n", "2026-01-05", "5 Jan 2026"),
        (
            "(date '2026-01-01' + n * interval '1 month')::date",
            "2026-05-01",
            "May 2026",
        ),
        (
            "(date '2026-01-01' + n * interval '1 year')::date",
            "2028-01-01",
            "2028",
        ),
        (
            "timestamp '2026-01-01' + n * interval '1 hour'",
            "2026-01-01 05:00:00",
            "05:00",
        ),
    ] {
        let sql = format!("select {dates} as at, n as y from generate_series(0, 6) as n");
        let clip = server.create_clip(&sql).await;
        draws(browser, &clip, "&kind=bar&x=1&y=2").await;
        let label = format!("{OPTION}.xAxis[0].axisLabel.formatter('{text}')");
        browser.becomes(&label, expected).await;
    }
    browser.has_a_quiet_console().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_line_with_more_points_than_pixels_keeps_its_extremes_and_says_so() {
    let server = Server::start().await;
    let sql = "select n, case n when 15000 then 9.75 when 20000 then -9.75 else n % 3 end as y from generate_series(1, 29999) as n";
    let clip = server.create_clip(sql).await;
    let browser = Browser::with(&server, Device::desktop()).await;
    draws(&browser, &clip, "&kind=line&x=1&y=2").await;
    let says = format!(
        "String(/^29,999 points\\. Each point is the lowest or highest of up to [0-9]+ rows\\.$/.test({STATUS}))"
    );
    browser.becomes(&says, "true").await;
    let drawn = points(&browser).await;
    let drawn = drawn[0].as_array().unwrap();
    assert!(drawn.len() < 6_000, "{}", drawn.len());
    for extreme in [
        json!([15_000, 9.75, 14_999]),
        json!([20_000, -9.75, 19_999]),
    ] {
        assert!(drawn.contains(&extreme), "{extreme}");
    }
    let told = format!(
        "{OPTION}.tooltip[0].formatter([{{ seriesIndex: 0, data: [15000, 9.75, 14999] }}])"
    );
    browser.becomes(&told, "n: 15000\ny: 9.75").await;
    browser.has_a_quiet_console().await;
}

async fn an_axis_reaches_its_goal(server: &Server, browser: &Browser) {
    let clip = server.create_clip(SALES).await;
    for (query, part, goal) in [
        ("&kind=line&x=1&y=3&goal=25.50", "yAxis", "25.5"),
        ("&kind=bar&x=1&y=3&goal=-30", "yAxis", "-30"),
    ] {
        draws(browser, &clip, query).await;
        let line = format!("String({OPTION}.series[0].markLine.data[0].{part})");
        browser.becomes(&line, goal).await;
        let reaches = "(() => {
            const axis = document.querySelector('[data-canvas]').chart.getModel().getComponent('yAxis').axis;
            return axis.scale.getExtent().map(String).join(' ');
        })()";
        let extent = browser.evaluate(reaches).await;
        let extent = extent.as_str().unwrap().split(' ').any(|end| end == goal);
        assert!(extent, "{query}");
    }
    let label = format!("{OPTION}.series[0].markLine.label.formatter");
    draws(browser, &clip, "&kind=line&x=1&y=3&goal=25.50").await;
    browser.becomes(&label, "Goal 25.50").await;
    browser.has_a_quiet_console().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_saved_picture_is_light_in_a_dark_theme() {
    let server = Server::start().await;
    let clip = server.create_clip(SALES).await;
    let browser = Browser::with(&server, Device::desktop().dark()).await;
    draws(&browser, &clip, "").await;
    browser.evaluate(CATCH).await;
    browser.press("SVG").await;
    let is_light = "window.saved.text().then((svg) => String(svg.includes('rgb(255, 255, 255)') || svg.includes('rgb(255,255,255)') || svg.includes('#fff')))";
    browser
        .becomes("String(window.saved !== undefined)", "true")
        .await;
    browser.becomes(is_light, "true").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_frame_draws_the_chart_without_its_form() {
    let server = Server::start().await;
    let clip = server.create_clip(SALES).await;
    let mut browser = Browser::with(&server, Device::desktop()).await;
    for device in devices() {
        browser.sit_down_at(device).await;
        let path = format!("/{}/embed?view=chart", clip.slug);
        is_good(&browser, &path).await;
        browser.becomes(STATUS, "6 points.").await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_typed_is_drawn_without_a_reload() {
    let server = Server::start().await;
    let browser = Browser::with(&server, Device::desktop()).await;
    enter_in_a_title_draws_without_a_reload(&server, &browser).await;
    a_filter_that_was_just_typed_comes_along_to_the_chart_and_back(&server, &browser).await;
}

async fn enter_in_a_title_draws_without_a_reload(server: &Server, browser: &Browser) {
    let clip = server.create_clip(SALES).await;
    draws(browser, &clip, "&kind=line&x=1&y=3").await;
    browser.evaluate("(window.isTheSamePage = 'yes')").await;
    let enter = "(() => {
        const field = document.querySelector('[name=\"chart.x_title\"]');
        field.value = 'Day of the year';
        field.form.requestSubmit(field.form.querySelector('[data-draw]'));
    })()";
    browser.evaluate(enter).await;
    let name = format!("{OPTION}.xAxis[0].name");
    browser.becomes(&name, "Day of the year").await;
    browser.becomes("window.isTheSamePage", "yes").await;
}

async fn a_filter_that_was_just_typed_comes_along_to_the_chart_and_back(
    server: &Server,
    browser: &Browser,
) {
    let clip = server.create_clip(SALES).await;
    browser.visit(&page_of(&clip)).await;
    browser.fill("Filter rows", "region 1").await;
    browser.sees("3 of 6 rows").await;
    browser.click_link("Chart").await;
    is_drawn(browser).await;
    browser
        .is_at(&format!("{}?chart=1&filter=region+1", page_of(&clip)))
        .await;
    browser.sees("3 of 6 rows contain “region 1”.").await;
    browser.becomes(STATUS, "3 points.").await;
    browser.choose("Kind", "Bars").await;
    browser
        .becomes(&format!("{OPTION}.series[0].type"), "bar")
        .await;
    browser.becomes(STATUS, "3 points.").await;
    browser.click_link("Table").await;
    browser.sees("3 of 6 rows").await;
    browser.has_a_quiet_console().await;
}
