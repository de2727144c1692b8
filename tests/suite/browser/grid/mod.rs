//! The table of a clip's page as a grid: all rows, of which only those in sight are in the page.

mod copying;
mod looking;
mod opening;
mod scrolling;

use super::*;
use crate::support::Key;

const ROWS_IN_THE_PAGE: &str = "document.querySelectorAll('#rows tbody tr').length";

/// At a clip's page, once the grid has taken the table's place.
async fn at_grid(server: &Server, sql: &str, device: Device) -> (Browser, Clip) {
    let clip = server.create_clip(sql).await;
    let browser = Browser::with(server, device).await;
    browser.visit(&page_of(&clip)).await;
    has_grid(&browser).await;
    (browser, clip)
}

async fn has_grid(browser: &Browser) {
    browser
        .becomes(
            "document.querySelector('#rows > table')?.getAttribute('role')",
            "grid",
        )
        .await;
}

/// The texts of the column that are in the page now, counted from 0.
async fn column(browser: &Browser, column: usize) -> Vec<String> {
    let texts = format!(
        "[...document.querySelectorAll('#rows tbody tr')].map(row => row.querySelectorAll('td')[{column}].textContent)"
    );
    serde_json::from_value(browser.evaluate(&texts).await).unwrap()
}

/// Records what copying puts on the clipboard, as text and as a table.
async fn listens_to_copying(browser: &Browser) {
    let listen = "addEventListener('copy', event => {
        window.copied = event.clipboardData.getData('text/plain');
        window.copiedTable = event.clipboardData.getData('text/html');
    })";
    browser.evaluate(listen).await;
}

/// Waits until the cell with this text has the focus.
async fn is_at_cell(browser: &Browser, text: &str) {
    browser
        .becomes("document.activeElement.textContent", text)
        .await;
}
