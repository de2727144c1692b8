//! Signing in at an OpenID provider: which one, what it is asked, and whether its answer proves who somebody is.

mod begun;
mod claims;
mod client;
mod http_client;
pub mod pages;
mod settings;

pub use client::Provider;
pub use settings::ProviderSettings;
