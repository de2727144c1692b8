//! A whole cell, and links in cells.

use super::*;

const DOCUMENTS: &str = "select * from (values
        (1, '{\"id\": 12345678901234567890, \"tags\": [\"a,b\", \"{c}\"], \"rate\": 1.10, \"none\": []}'::json, 'short'),
        (2, '[]'::json, repeat('é', 1000000)),
        (3, null, ''),
        (4, '\"text\"'::json, E'  two\\n\\tlines  ')
    ) as documents (n, doc, words)";
const WHOLE: &str = "document.querySelector('.side [data-part=text]').textContent";

#[tokio::test(flavor = "multi_thread")]
async fn a_document_opens_beside_the_rows_with_its_digits_untouched() {
    let server = Server::start().await;
    let (mut browser, _) = at_grid(&server, DOCUMENTS, Device::desktop()).await;
    browser.click_cell("1").await;
    browser.press_key(Key::Right).await;
    browser.press_key(Key::Enter).await;
    browser
        .becomes(
            WHOLE,
            "{\n  \"id\": 12345678901234567890,\n  \"tags\": [\n    \"a,b\",\n    \"{c}\"\n  ],\n  \"rate\": 1.10,\n  \"none\": []\n}",
        )
        .await;
    browser.sees("json, row 1").await;
    for device in devices() {
        browser.sit_down_at(device).await;
        browser.has_no_serious_axe_issue().await;
        browser.fits_the_screen().await;
    }
    browser.sit_down_at(Device::desktop()).await;
    // The arrow keys still work while it is open.
    browser.press_key(Key::Down).await;
    browser.becomes(WHOLE, "[]").await;
    browser.press_key(Key::Down).await;
    browser.sees("This cell is NULL: it has no value.").await;
    browser.press_key(Key::Right).await;
    browser.sees("This text is empty.").await;
    browser.press_key(Key::Down).await;
    browser.becomes(WHOLE, "  two\n\tlines  ").await;
    browser.press_key(Key::Escape).await;
    browser
        .becomes("String(document.querySelector('.side'))", "null")
        .await;
    is_at_cell(&browser, "  two↵\tlines  ⋯").await;
    browser.has_a_quiet_console().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_huge_cell_opens_in_parts() {
    let server = Server::start().await;
    let (browser, _) = at_grid(&server, DOCUMENTS, Device::desktop()).await;
    let cell = format!("{}…⋯", "é".repeat(300));
    browser.double_click_cell(&cell).await;
    browser
        .becomes(&format!("String({WHOLE}.length)"), "200000")
        .await;
    browser.press("Show all 1,000,000 characters").await;
    browser
        .becomes(&format!("String({WHOLE}.length)"), "1000000")
        .await;
    browser.press("Close").await;
    is_at_cell(&browser, &cell).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_web_and_mail_addresses_are_links() {
    let server = Server::start().await;
    let sql = "select unnest(array['https://example.com/a?b=c', 'ann@example.com', 'javascript:alert(1)', 'data:text/html,x',
        'see https://example.com', 'JavaScript://example.com/%0aalert(1)', '<a href=\"https://example.com\">x</a>']) as a";
    let clip = server.create_clip(sql).await;
    let expected = serde_json::json!([
        [
            "https://example.com/a?b=c",
            "_blank",
            "noopener noreferrer nofollow"
        ],
        [
            "mailto:ann@example.com",
            "_blank",
            "noopener noreferrer nofollow"
        ],
    ]);
    let links = "[...document.querySelectorAll('#rows td a')].map(
        link => [link.getAttribute('href'), link.target, link.rel])";
    for device in [Device::desktop(), Device::desktop().without_javascript()] {
        let browser = Browser::with(&server, device).await;
        browser.visit(&page_of(&clip)).await;
        if device.has_javascript() {
            has_grid(&browser).await;
        }
        browser.sees("javascript:alert(1)").await;
        assert_eq!(browser.evaluate(links).await, expected);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_grid_is_good_on_every_device() {
    let server = Server::start().await;
    let words = server
        .create_clip("select n, repeat('word ', n) as words, n % 2 = 0 as even, null as nothing, 'https://example.com/' || n as link,
            '{\"a\": [1, 2]}'::jsonb as doc from generate_series(1, 300) n")
        .await;
    let odd = server
        .create_clip("select 'שלום עולם' as \"שלום\", '😀' as \"<script>\", E'\\u0007bell' as \"a very long name that goes on and on and on and on and\"")
        .await;
    let mut browser = Browser::with(&server, Device::desktop()).await;
    for device in devices() {
        browser.sit_down_at(device).await;
        for clip in [&words, &odd] {
            browser.visit(&page_of(clip)).await;
            has_grid(&browser).await;
            browser.has_no_serious_axe_issue().await;
            browser.fits_the_screen().await;
            browser.press_key(Key::Tab).await;
        }
        browser.visit(&page_of(&words)).await;
        has_grid(&browser).await;
        browser.click_cell("2").await;
        browser.hold_and_press(Key::Control, 'a').await;
        browser.sees("1,800 cells · 300 numbers").await;
        browser.has_no_serious_axe_issue().await;
        browser.fits_the_screen().await;
        browser.has_a_quiet_console().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_rows_the_headings_stay() {
    let server = Server::start().await;
    let browser = Browser::with(&server, Device::desktop()).await;
    let empty = server
        .create_clip("select 1 as a, 'x' as b where false")
        .await;
    browser.visit(&page_of(&empty)).await;
    browser.sees("No rows").await;
    browser.sees("a int4").await;
    browser.has_no_serious_axe_issue().await;
    browser.has_a_quiet_console().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_is_shown_as_a_record_beside_the_table() {
    let server = Server::start().await;
    let columns: Vec<String> = (1..=40).map(|n| format!("n * {n} as column_{n}")).collect();
    let sql = format!(
        "select {} from generate_series(1, 500) n",
        columns.join(", ")
    );
    let clip = server.create_clip(&sql).await;
    let record = "document.querySelector('.record').innerText.replace(/\\s+/g, ' ')";
    // The panel covers neither the table nor the cell that it is about.
    let is_clear = "(cell => {
        const [side, frame, at] = [document.querySelector('.side'), document.getElementById('rows'), cell].map(
            element => element.getBoundingClientRect());
        const isApart = frame.right <= side.left + 1 || frame.bottom <= side.top + 1;
        return isApart && at.right <= frame.right + 1 && at.bottom <= frame.bottom + 1 ? 'yes' : 'no';
    })(document.querySelector('#rows .here'))";
    let mut browser = Browser::with(&server, Device::desktop()).await;
    for device in [Device::desktop(), Device::phone()] {
        browser.sit_down_at(device).await;
        browser.visit(&page_of(&clip)).await;
        has_grid(&browser).await;
        browser.click_cell("1").await;
        browser.press_key(Key::End).await;
        is_at_cell(&browser, "40").await;
        browser.hold_and_press(Key::Shift, Key::Enter).await;
        browser.sees("Row 1").await;
        browser
            .becomes(
                &format!("{record}.slice(0, 24)"),
                "column_1 1 column_2 2 co",
            )
            .await;
        browser.becomes(is_clear, "yes").await;
        browser.fits_the_screen().await;
        browser.has_no_serious_axe_issue().await;
        browser.press_key(Key::Down).await;
        browser.sees("Row 2").await;
        browser
            .becomes(
                &format!("{record}.slice(0, 24)"),
                "column_1 2 column_2 4 co",
            )
            .await;
        browser.press("Cell").await;
        browser.becomes(WHOLE, "80").await;
        browser.press("Close").await;
        is_at_cell(&browser, "80").await;
        browser.has_a_quiet_console().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_single_value_is_a_figure() {
    let server = Server::start().await;
    let one = server.create_clip("select 12345.60 as revenue").await;
    let long = server.create_clip("select repeat('x', 41) as a").await;
    let size = "parseFloat(getComputedStyle(document.querySelector('#rows td')).fontSize) > 30";
    let mut browser = Browser::with(&server, Device::desktop()).await;
    for device in devices() {
        browser.sit_down_at(device).await;
        browser.visit(&page_of(&one)).await;
        browser.sees("revenue").await;
        browser.sees("12345.60").await;
        assert_eq!(browser.evaluate(size).await, true);
        browser.has_no_serious_axe_issue().await;
        browser.fits_the_screen().await;
        browser.has_a_quiet_console().await;
    }
    browser.sit_down_at(Device::desktop()).await;
    browser.visit(&page_of(&long)).await;
    has_grid(&browser).await;
    assert_eq!(browser.evaluate(size).await, false);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_lines_of_a_plan_keep_their_spaces_and_are_not_cut() {
    let server = Server::start().await;
    let clip = server
        .create_clip("explain select * from pg_class a join pg_class b on a.oid = b.relfilenode and a.relname || b.relname || a.relname || b.relname > 'a'")
        .await;
    let looks = "(cell => [getComputedStyle(cell).fontFamily.includes('mono'), getComputedStyle(cell).whiteSpaceCollapse,
        cell.scrollWidth <= cell.clientWidth + 1].join())([...document.querySelectorAll('#rows td')].reduce(
            (one, other) => one.textContent.length > other.textContent.length ? one : other))";
    for device in [Device::desktop(), Device::desktop().without_javascript()] {
        let browser = Browser::with(&server, device).await;
        browser.visit(&page_of(&clip)).await;
        browser.sees("QUERY PLAN").await;
        if device.has_javascript() {
            has_grid(&browser).await;
        }
        assert_eq!(browser.evaluate(looks).await, "true,preserve,true");
    }
}
