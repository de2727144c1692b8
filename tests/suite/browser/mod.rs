//! What people see: the pages in a real browser.

mod editor;
mod following;
mod hostile_text;
mod keyboard;
mod links;
mod pages;
mod probe;
mod road;
mod sharing;
mod story;
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

async fn sign_in(browser: &Browser, email: &str) {
    browser.visit("/sign-in").await;
    browser.fill("E-mail address", email).await;
    browser.fill("Password", PASSWORD).await;
    browser.press("Sign in").await;
    browser.is_at("/").await;
}

fn page_of(clip: &Clip) -> String {
    format!("/{}", clip.slug)
}
