//! Who may see and edit a clip, and the links and code with which it is shared.

pub mod access_label;
pub mod clip_access;
pub mod format_snippets;
pub mod links_form;
pub mod permissions;
pub mod permissions_api;
pub mod permissions_form;
pub mod permissions_section;
pub mod share_page;
pub mod snippets;
pub mod web_query;
