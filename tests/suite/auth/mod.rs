//! Signing in, one-time links, and mails with them.

mod counts;
mod mail;
mod mail_queue;
mod mail_request;
mod one_time_link;
mod provider;
mod sign_in;
