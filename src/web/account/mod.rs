//! `/account`: what belongs to the person who is signed in.

pub mod account_page;
pub mod browser_name;
pub mod done;
pub mod forget_views;
pub mod new_token;
pub mod password;
pub mod sessions;
pub mod signed_in;
pub mod tokens;
