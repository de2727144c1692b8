//! `/{slug}/settings`, and the forms on that page.

mod about;
pub mod about_form;
pub mod links_form;
pub mod options;
pub mod options_form;
pub mod permissions_form;
pub mod settings_page;
pub mod transfer_form;
