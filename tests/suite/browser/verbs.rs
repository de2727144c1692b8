//! The browser's settings apply, and its verbs do what their names say: otherwise the other tests could not fail.

use std::io::ErrorKind;
use std::net::TcpListener;

use serde_json::json;

use super::*;
use crate::support::Key;

const DARK: &str = "matchMedia('(prefers-color-scheme: dark)').matches";
const PAPER: &str = "getComputedStyle(document.body).backgroundColor";

async fn probe(device: Device) -> Browser {
    let browser = Browser::at(&probe::serve().await, device).await;
    browser.visit("/").await;
    browser
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_is_filled_by_the_labels_and_sent() {
    for (device, scripts) in [
        (Device::desktop(), true),
        (Device::phone().without_javascript(), false),
    ] {
        let browser = probe(device).await;
        browser.fill("Title", "It's \"new\"").await;
        browser.fill("Query", "select 1;\nselect 2").await;
        browser.fill("Editor", "select\n(3)").await;
        assert_eq!(browser.value("Editor").await, "select\n(3)");
        browser.choose("Role", "Member").await;
        browser.uncheck("Open to all").await;
        browser.check("Pinned").await;
        browser.check("Pinned").await;
        assert_eq!(browser.value("Query").await, "select 1;\nselect 2");
        browser.press("Send it").await;
        let sent = "/?title=It%27s+%22new%22&query=select+1%3B%0D%0Aselect+2&role=m&kind=pinned";
        browser.is_at(sent).await;
        assert_eq!(browser.text().await.contains("Scripts run."), scripts);
        assert_eq!(
            browser.text().await.contains("There is no JavaScript."),
            !scripts
        );
        browser.back().await;
        browser.is_at("/").await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn links_and_buttons_are_found_by_what_they_say() {
    let browser = probe(Device::desktop()).await;
    browser.click_link("Go to “the \"top\" of it's page”").await;
    browser.is_at("/#top").await;
    browser.click_link("Twice").await;
    browser.is_at("/?shown=1").await;
    browser.sees("Scripts run. Sent: ?shown=1").await;
    browser.does_not_see("Folded away").await;
    browser.press("More").await;
    browser.sees("Folded away").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_keyboard_alone_is_enough() {
    let browser = probe(Device::desktop()).await;
    browser.tab_to("Title").await;
    browser.hold_and_press(Key::Control, 'a').await;
    browser.type_text("By keys").await;
    browser.tab_to("Query").await;
    browser.press_key(Key::End).await;
    browser.type_text("er").await;
    browser.hold_and_press(Key::Shift, Key::Tab).await;
    assert_eq!(browser.focus().await, "Title");
    browser.tab_to("Send it").await;
    browser.press_key(Key::Enter).await;
    browser
        .is_at("/?title=By+keys&query=older&role=a&open=yes&kind=live")
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_is_as_wide_and_as_dark_as_it_says() {
    for (device, width, dark, paper) in [
        (Device::desktop(), 1280, false, "rgb(255, 255, 255)"),
        (Device::desktop().dark(), 1280, true, "rgb(0, 0, 0)"),
        (Device::phone(), 390, false, "rgb(255, 255, 255)"),
        (
            Device::phone().dark().without_javascript(),
            390,
            true,
            "rgb(0, 0, 0)",
        ),
    ] {
        let browser = probe(device).await;
        for path in ["/?again", "/"] {
            browser.visit(path).await;
            assert_eq!(browser.evaluate("innerWidth").await, json!(width));
            assert_eq!(browser.evaluate(DARK).await, json!(dark));
            assert_eq!(browser.evaluate(PAPER).await, json!(paper));
        }
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("picture.png");
        browser.screenshot(&path).await;
        let picture = std::fs::read(path).unwrap();
        assert_eq!(picture[1..4], *b"PNG");
        assert_eq!(picture[16..20], u32::to_be_bytes(width));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_other_host_is_reached() {
    let browser = probe(Device::desktop()).await;
    let elsewhere = TcpListener::bind("127.0.0.1:0").unwrap();
    elsewhere.set_nonblocking(true).unwrap();
    let port = elsewhere.local_addr().unwrap().port();
    let ask = async |host: &str| {
        let url = format!("http://{host}:{port}/");
        let signal = "{mode: 'no-cors', signal: AbortSignal.timeout(2000)}";
        browser
            .evaluate(&format!("fetch('{url}', {signal}).catch(String)"))
            .await;
        url
    };
    let url = ask("localhost").await;
    assert_eq!(
        elsewhere.accept().unwrap_err().kind(),
        ErrorKind::WouldBlock
    );
    assert_eq!(browser.foreign_requests().await, [url]);
    ask("127.0.0.1").await;
    assert!(elsewhere.accept().is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn two_browsers_share_nothing() {
    let server = Server::start().await;
    let [ann, ben] = Browser::two(&server).await;
    for browser in [&ann, &ben] {
        browser.visit("/").await;
        assert_eq!(browser.evaluate("document.cookie").await, json!(""));
        browser.evaluate("document.cookie = 'who=me'").await;
        assert_eq!(browser.evaluate("document.cookie").await, json!("who=me"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn axe_finds_what_is_bad() {
    let browser = probe(Device::desktop().dark()).await;
    let night = browser.serious_axe_issues().await.join("\n");
    assert!(night.contains("color-contrast: [\".faint\"]"), "{night}");
    browser.visit("/bad").await;
    let bad = browser.serious_axe_issues().await.join("\n");
    assert!(bad.contains("label: [\"input\"]"), "{bad}");
    assert!(bad.contains("target-size: "), "{bad}");
    drop(browser);
    let day = probe(Device::desktop()).await;
    assert_eq!(day.serious_axe_issues().await, Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_console_reports_what_the_policy_blocked() {
    let browser = probe(Device::desktop()).await;
    browser.has_a_quiet_console().await;
    browser.visit("/strict").await;
    assert_eq!(browser.evaluate("document.title").await, json!("strict"));
    let complaints = browser.complaints().await.join("\n");
    assert!(
        complaints.contains("Content Security Policy"),
        "{complaints}"
    );
}

#[tokio::test(flavor = "multi_thread")]
#[should_panic(expected = "pixels wide")]
async fn a_page_that_scrolls_sideways_does_not_fit() {
    let browser = probe(Device::phone()).await;
    browser.fits_the_screen().await;
    browser.visit("/bad").await;
    browser.fits_the_screen().await;
}
