//! What people see: the pages in a real browser.

mod hostile_text;
mod pages;
mod probe;
mod verbs;

use crate::support::{Browser, Clip, Device, Server};

/// The widths and colours in which every page has to be good.
fn devices() -> [Device; 4] {
    [
        Device::desktop(),
        Device::desktop().dark(),
        Device::phone(),
        Device::phone().dark(),
    ]
}

fn page_of(clip: &Clip) -> String {
    format!("/{}", clip.slug)
}
