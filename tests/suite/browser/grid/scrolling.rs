//! However many rows and columns there are, only the visible ones are in the page.

use super::*;

const MANY: &str =
    "select n, n + 1 as b, n + 2 as c, n + 3 as d, n + 4 as e, n + 5 as f, n + 6 as g, n + 7 as h,
    n + 8 as i, 'row ' || n as j from generate_series(1, 30000) n";

async fn scroll_to(browser: &Browser, part: f64) {
    let scroll = format!(
        "(frame => frame.scrollTop = (frame.scrollHeight - frame.clientHeight) * {part})(document.getElementById('rows'))"
    );
    browser.evaluate(&scroll).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn all_rows_scroll_by_and_few_are_in_the_page() {
    let server = Server::start().await;
    let (browser, _) = at_grid(&server, MANY, Device::desktop()).await;
    browser.sees("29,999 rows").await;
    browser.sees("cut at the limit").await;
    for step in 0..=40 {
        scroll_to(&browser, f64::from(step) / 40.0).await;
        let rows = browser.evaluate(ROWS_IN_THE_PAGE).await;
        assert!(rows.as_u64() < Some(120), "{rows} at step {step}");
    }
    browser.sees("row 29999").await;
    scroll_to(&browser, 0.5).await;
    browser.sees("row 15000").await;
    // What is in the page is a table, and says which part of the whole it is.
    let facts = "(cell => [
        cell.closest('table').ariaRowCount, cell.closest('table').ariaColCount, cell.parentElement.ariaRowIndex,
        cell.ariaColIndex, cell.parentElement.querySelector('th').textContent
    ].join())([...document.querySelectorAll('#rows td')].find(cell => cell.textContent === 'row 15000'))";
    browser.becomes(facts, "30000,11,15001,11,15000").await;
    browser.has_a_quiet_console().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_grid_takes_the_place_of_the_page_of_rows_without_a_jump() {
    let server = Server::start().await;
    let clip = server.create_clip(MANY).await;
    let browser = Browser::with(&server, Device::desktop()).await;
    // A browser that gets no further rows keeps the server's page of them.
    let places = "['#rows', '#rows thead th:nth-child(4)', '#rows tbody tr:nth-child(7) td:nth-child(5)', '#bar'].map(
        selector => (({x, y, width}) => [x, y, width].map(Math.round).join())(
            document.querySelector(selector).getBoundingClientRect())).join(' ')";
    browser.block_addresses("*/rows?*").await;
    browser.visit(&page_of(&clip)).await;
    browser.sees("Rows 1 to 100 of 29,999").await;
    let before = browser.evaluate(places).await;
    browser.block_addresses("nothing").await;
    browser.visit(&page_of(&clip)).await;
    has_grid(&browser).await;
    assert_eq!(browser.evaluate(places).await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_very_many_columns_only_those_in_sight_are_in_the_page() {
    let server = Server::start().await;
    let columns: Vec<String> = (1..=1_600).map(|n| format!("n + {n} as c{n}")).collect();
    let sql = format!(
        "select {} from generate_series(0, 40) n",
        columns.join(", ")
    );
    let (browser, _) = at_grid(&server, &sql, Device::desktop()).await;
    let cells = "document.querySelectorAll('#rows :is(td, th)').length";
    assert!(browser.evaluate(cells).await.as_u64() < Some(3_000));
    browser.click_cell("1").await;
    browser.press_key(Key::End).await;
    is_at_cell(&browser, "1600").await;
    browser.sees("c1600").await;
    let cells = browser.evaluate(cells).await;
    assert!(cells.as_u64() < Some(3_000), "{cells}");
    browser.press_key(Key::Home).await;
    is_at_cell(&browser, "1").await;
    browser.has_a_quiet_console().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn headings_row_numbers_and_the_first_column_stay_in_sight() {
    let server = Server::start().await;
    let columns: Vec<String> = (1..=50).map(|n| format!("n * {n} as column_{n}")).collect();
    let sql = format!(
        "select {} from generate_series(1, 2000) n",
        columns.join(", ")
    );
    let (browser, _) = at_grid(&server, &sql, Device::desktop()).await;
    browser.click_cell("1").await;
    browser.hold_and_press(Key::Control, Key::End).await;
    is_at_cell(&browser, "100000").await;
    let in_sight = "(frame => {
        const {left, top, right, bottom} = frame.getBoundingClientRect();
        return [frame.querySelector('thead th'), frame.querySelector('thead th.held'),
            frame.querySelector('tbody tr:last-child .ordinal'), frame.querySelector('tbody tr:last-child .held'), document.activeElement]
            .every(cell => (box => left <= box.left + 1 && box.right <= right + 1 && top <= box.top + 1 && box.bottom <= bottom + 1)(
                cell.getBoundingClientRect())) ? 'yes' : 'no';
    })(document.getElementById('rows'))";
    browser.becomes(in_sight, "yes").await;
    // On a phone only what fits.
    let (phone, _) = at_grid(
        &server,
        "select repeat('long ', 20) as a, 1 as b",
        Device::phone(),
    )
    .await;
    let held = "String(document.querySelectorAll('#rows .held').length)";
    phone.becomes(held, "0").await;
    phone.fits_the_screen().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_row_number_covers_the_corner_of_the_headings() {
    let server = Server::start().await;
    let (browser, _) = at_grid(&server, MANY, Device::desktop()).await;
    scroll_to(&browser, 0.5).await;
    browser.sees("row 15000").await;
    // One pixel further at a time, until a row number would be in the middle of the corner.
    let covered = "(frame => {
        const corner = frame.querySelector('thead .ordinal');
        const {left, top, width, height} = corner.getBoundingClientRect();
        const start = frame.scrollTop;
        const found = Array.from({length: 32}, (_, step) => {
            frame.scrollTop = start + step;
            return document.elementFromPoint(left + width / 2, top + height / 2);
        });
        return found.every(element => element && corner.contains(element)) ? 'no' : 'yes';
    })(document.getElementById('rows'))";
    assert_eq!(browser.evaluate(covered).await, "no");
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_that_do_not_arrive_are_reported_and_can_be_requested_again() {
    let server = Server::start().await;
    let (browser, clip) = at_grid(&server, MANY, Device::desktop()).await;
    let path = format!("/api/v1/clips/{}", clip.slug);
    assert_eq!(server.administrator.delete(&path).await.status(), 204);
    scroll_to(&browser, 1.0).await;
    browser.sees("This clip was removed").await;
    let nothing = serde_json::json!({});
    let restored = server
        .administrator
        .post(&format!("{path}/restore"), &nothing)
        .await;
    assert!(restored.status().is_success());
    browser.press("Try again").await;
    browser.sees("row 29999").await;
    browser.does_not_see("This clip was removed").await;
}
