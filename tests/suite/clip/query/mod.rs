//! Editing a query: previews and conflicts.

mod edit_conflict;
mod preview;
mod preview_elsewhere;

/// The address of the held rows on a page with a preview.
fn held(page: &str) -> String {
    let (_, rest) = page.split_once("data-window=\"").unwrap();
    rest.split_once('"').unwrap().0.to_owned()
}
