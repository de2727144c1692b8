//! How people sign in: passwords, one-time links, invitations, and the limits on attempts.

pub mod address_list;
pub mod client_address;
pub mod expiry;
pub mod forgotten_password;
pub mod invitation;
pub mod known_browser;
mod local_limit;
pub mod mail_queue;
pub mod mail_request;
pub mod mail_worker;
pub mod one_time_cookie;
pub mod one_time_link;
pub mod provider;
pub mod rate_limit;
pub mod sign_in;
pub mod sign_in_link;
pub mod starter;
pub mod welcome;
