//! What people see: the pages in a real browser.

mod charts;
mod completion;
mod editor;
mod finding;
mod following;
mod grid;
mod hostile_text;
mod keyboard;
mod links;
mod main_path;
mod operating;
mod pages;
mod probe;
mod provider;
mod sharing;
mod story;
mod values;
mod verbs;

use crate::support::{Browser, Clip, Device, PASSWORD, Server};

/// The widths and colours in which every page has to be good.
fn devices() -> [Device; 4] {
    [
        Device::desktop(),
        Device::desktop().dark(),
        Device::phone(),
        Device::phone().dark(),
    ]
}

/// Checks the page as it is now on a desktop and on a phone, light and dark, and leaves it on a desktop.
async fn is_good_everywhere(browser: &mut Browser) {
    for device in [Device::desktop(), Device::phone()] {
        browser.sit_down_at(device).await;
        browser.has_no_serious_axe_issue().await;
        browser.fits_the_screen().await;
        browser.sit_down_at(device.dark()).await;
        browser.has_no_serious_axe_issue_of_colours().await;
    }
    browser.sit_down_at(Device::desktop()).await;
    browser.asks_no_other_server().await;
    browser.has_a_quiet_console().await;
}

/// Opens a page, and checks it in the same way.
async fn is_good(browser: &mut Browser, path: &str) {
    browser.visit(path).await;
    is_good_everywhere(browser).await;
}

/// By a cookie; tests of links use the form.
async fn sign_in(browser: &Browser, email: &str) {
    browser.sign_in(email, PASSWORD).await;
    browser.visit("/").await;
}

/// With scripts there is an editor in place of the text field.
const QUERY_IS_OPEN: &str = "String(document.querySelector('.cm-content') !== null
    || document.querySelector('details.query[open]:not([data-editor-script])') !== null
    || matchMedia('(scripting: none)').matches)";

/// Opens the query above the rows of a clip's page, if it is folded.
async fn open_query(browser: &Browser) {
    let open = "document.querySelector('details.query:not([open]) > summary')?.click()";
    browser.evaluate(open).await;
    browser.becomes(QUERY_IS_OPEN, "true").await;
}

/// Follows a link of the menu beside a clip's title.
async fn choose(browser: &Browser, link: &str) {
    browser.press("More").await;
    browser.click_link(link).await;
}

/// Waits for the link that runs the query again, an icon.
async fn may_run_again(browser: &Browser) {
    let link = "String(document.querySelector('[aria-label=\"Run again\"]') !== null)";
    browser.becomes(link, "true").await;
}

fn page_of(clip: &Clip) -> String {
    format!("/{}", clip.slug)
}
