//! `/{slug}/settings`, and the forms on that page.

pub mod options;
pub mod options_form;
pub mod settings_page;
pub mod transfer_form;
