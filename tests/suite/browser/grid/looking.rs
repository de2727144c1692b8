//! Orders, filters and widths.

use super::*;

const PEOPLE: &str =
    "select n, case n when 7 then null else 'Person ' || n end as name, n % 2 = 0 as even
    from generate_series(1, 1500) n";

#[tokio::test(flavor = "multi_thread")]
async fn a_heading_sorts_and_the_address_keeps_the_order() {
    let server = Server::start().await;
    let (browser, clip) = at_grid(&server, PEOPLE, Device::desktop()).await;
    let page = page_of(&clip);
    let first = "document.querySelector('#rows tbody td').textContent";
    let sorted =
        "document.querySelector('#rows thead th[aria-sort]')?.getAttribute('aria-sort') ?? 'not'";
    for (address, number, way) in [
        (format!("{page}?sort=1"), "1", "ascending"),
        (format!("{page}?sort=-1"), "1500", "descending"),
        (page.clone(), "1", "not"),
    ] {
        browser.click_link("n int4").await;
        browser.is_at(&address).await;
        browser.becomes(first, number).await;
        browser.becomes(sorted, way).await;
    }
    browser.click_link("name text").await;
    browser.click_link("name text").await;
    browser.is_at(&format!("{page}?sort=-2")).await;
    browser.becomes(first, "999").await;
    browser.visit(&format!("{page}?sort=-2")).await;
    has_grid(&browser).await;
    browser.becomes(first, "999").await;
    browser.becomes(sorted, "descending").await;
    browser.has_a_quiet_console().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_filter_leaves_the_rows_that_contain_its_text() {
    let server = Server::start().await;
    let (browser, clip) = at_grid(&server, PEOPLE, Device::desktop()).await;
    browser.fill("Filter rows", "person 149").await;
    browser.sees("11 of 1,500 rows").await;
    browser
        .is_at(&format!("{}?filter=person+149", page_of(&clip)))
        .await;
    assert_eq!(column(&browser, 0).await[..2], ["149", "1490"]);
    let marks = "document.querySelector('#rows mark').textContent";
    browser.becomes(marks, "Person 149").await;
    browser.click_link("n int4").await;
    browser.click_link("n int4").await;
    browser
        .is_at(&format!("{}?filter=person+149&sort=-1", page_of(&clip)))
        .await;
    browser
        .becomes(
            "document.querySelector('#rows tbody td').textContent",
            "1499",
        )
        .await;
    browser.fill("Filter rows", "nobody").await;
    browser.sees("0 of 1,500 rows").await;
    browser.sees("No row contains this text.").await;
    browser.has_no_serious_axe_issue().await;
    browser.tab_to("Filter rows").await;
    browser.press_key(Key::Escape).await;
    browser.sees("1500").await;
    browser.does_not_see("of 1,500 rows").await;
    browser.does_not_see("No row contains this text.").await;
    assert_eq!(browser.value("Filter rows").await, "");
    browser
        .visit(&format!("{}?filter=nobody", page_of(&clip)))
        .await;
    browser.tab_to("Filter rows").await;
    browser.press_key(Key::Escape).await;
    browser.does_not_see("of 1,500 rows").await;
    browser.has_a_quiet_console().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_javascript_the_filter_is_a_form_and_the_rows_are_pages() {
    let server = Server::start().await;
    let clip = server.create_clip(PEOPLE).await;
    let browser = Browser::with(&server, Device::phone().without_javascript()).await;
    browser.visit(&format!("{}?sort=-1", page_of(&clip))).await;
    browser.fill("Filter rows", "TRUE").await;
    browser.press("Filter").await;
    browser.sees("750 of 1,500 rows").await;
    browser.sees("Rows 1 to 100 of 750").await;
    browser.click_link("Next").await;
    browser.sees("Rows 101 to 200 of 750").await;
    browser.sees("Person 1300").await;
    browser.click_link("n int4").await;
    browser.sees("Person 200").await;
    browser.sees("750 of 1,500 rows").await;
    browser.fill("Filter rows", "nobody").await;
    browser.press("Filter").await;
    browser.sees("No row contains this text.").await;
    browser.click_link("show all rows").await;
    browser.sees("Rows 1 to 100 of 1,500").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_column_is_as_wide_as_somebody_made_it() {
    let server = Server::start().await;
    let (browser, clip) = at_grid(&server, PEOPLE, Device::desktop()).await;
    let width = "String(Math.round(document.querySelector('#rows thead th:nth-child(3)').getBoundingClientRect().width))";
    let before: i64 = browser
        .evaluate(width)
        .await
        .as_str()
        .unwrap()
        .parse()
        .unwrap();
    browser
        .drag_sideways("#rows thead th:nth-child(3) .handle", 100.0)
        .await;
    let wide = (before + 100).to_string();
    browser.becomes(width, &wide).await;
    // By keyboard too.
    browser.click_cell("Person 1").await;
    browser.press_key(Key::Up).await;
    assert_eq!(browser.focus().await, "name text");
    browser.hold_and_press(Key::Shift, Key::Right).await;
    let wider = (before + 116).to_string();
    browser.becomes(width, &wider).await;
    browser.visit(&page_of(&clip)).await;
    has_grid(&browser).await;
    browser.becomes(width, &wider).await;
    let double_click = "document.querySelector('#rows thead th:nth-child(3) .handle').dispatchEvent(new MouseEvent('dblclick'))";
    browser.evaluate(double_click).await;
    let fitted: i64 = browser
        .evaluate(width)
        .await
        .as_str()
        .unwrap()
        .parse()
        .unwrap();
    assert!(fitted < before + 40, "{fitted}");
}

const HEADINGS: &str = "[...document.querySelectorAll('#rows thead th .name')].map(name => name.textContent.trim()).join()";

async fn opens_menu_of(browser: &Browser, heading: &str) {
    let open =
        format!("document.querySelector('#rows th[data-name=\"{heading}\"] .opens-menu').click()");
    browser.evaluate(&open).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_menu_of_a_column_has_its_exact_totals() {
    let server = Server::start().await;
    let sql = "select n, case when n <= 1000 then n % 10 + 0.10 end as amount, '2026-03-31'::date + n as day, 'x' as letter
        from generate_series(1, 1500) n";
    let (browser, _) = at_grid(&server, sql, Device::desktop()).await;
    opens_menu_of(&browser, "amount").await;
    browser
        .sees("amount numeric Sort ascending Sort descending Count 1,000 NULL 500 Distinct 10 Sum 4,600.00 Average 4.6 Min 0.10 Max 9.10")
        .await;
    browser.has_no_serious_axe_issue().await;
    browser.press_key(Key::Escape).await;
    browser.does_not_see("Distinct").await;
    // Only the rows that the filter leaves, and no sum where there are no numbers.
    browser.fill("Filter rows", "2026-04-1").await;
    browser.sees("10 of 1,500 rows").await;
    opens_menu_of(&browser, "day").await;
    browser
        .sees("Count 10 Distinct 10 Min 2026-04-10 Max 2026-04-19")
        .await;
    browser.press("Sort descending").await;
    browser
        .becomes("document.querySelector('#rows tbody td').textContent", "19")
        .await;
    browser.has_a_quiet_console().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn columns_are_hidden_and_moved_for_this_browser() {
    let server = Server::start().await;
    let sql = "select n as a, 'b' || n as b, n * 2 as a, true as c from generate_series(1, 40) n";
    let (browser, clip) = at_grid(&server, sql, Device::desktop()).await;
    listens_to_copying(&browser).await;
    opens_menu_of(&browser, "b").await;
    browser.press("Hide column").await;
    browser.becomes(HEADINGS, "a,a,c").await;
    browser.sees("40 rows, 1 column hidden").await;
    assert_eq!(browser.focus().await, "a int4");
    opens_menu_of(&browser, "c").await;
    browser.press("Move left").await;
    browser.becomes(HEADINGS, "a,c,a").await;
    // What is sorted, copied and added up is what stands there.
    browser.click_cell("true").await;
    browser.hold_and_press(Key::Shift, Key::Right).await;
    browser.sees("2 cells · 1 number · sum 2").await;
    browser.hold_and_press(Key::Control, 'c').await;
    browser.becomes("window.copied", "true\t2").await;
    browser.press_key(Key::Up).await;
    browser.press_key(Key::Enter).await;
    browser.press_key(Key::Enter).await;
    browser.is_at(&format!("{}?sort=-3", page_of(&clip))).await;
    assert_eq!(column(&browser, 2).await[0], "80");
    browser.visit(&page_of(&clip)).await;
    has_grid(&browser).await;
    browser.becomes(HEADINGS, "a,c,a").await;
    // By keyboard too.
    browser.click_cell("true").await;
    browser.hold_and_press(Key::Alt, Key::Down).await;
    browser.sees("Move right").await;
    browser.press("Show all columns").await;
    browser.becomes(HEADINGS, "a,b,a,c").await;
    browser.does_not_see("hidden").await;
    browser.has_no_serious_axe_issue().await;
    browser.has_a_quiet_console().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn new_rows_come_into_the_grid_in_the_same_order() {
    let server = Server::start().await;
    let superuser = server.superuser().await;
    let sql = "create table news (line text); insert into news values ('first'), ('last'); grant select on news to reader";
    superuser.batch_execute(sql).await.unwrap();
    let (browser, clip) = at_grid(&server, "select line from news", Device::desktop()).await;
    browser.click_link("line text").await;
    browser.click_link("line text").await;
    browser.is_at(&format!("{}?sort=-1", page_of(&clip))).await;
    superuser
        .execute("insert into news values ('middle')", &[])
        .await
        .unwrap();
    browser
        .sees_within(std::time::Duration::from_secs(25), "New data.")
        .await;
    browser.press("Show").await;
    browser.sees("3 rows").await;
    has_grid(&browser).await;
    assert_eq!(column(&browser, 0).await, ["middle", "last", "first"]);
    browser.click_cell("middle").await;
    browser.hold_and_press(Key::Control, 'a').await;
    browser.sees("3 cells").await;
    browser.has_a_quiet_console().await;
}
