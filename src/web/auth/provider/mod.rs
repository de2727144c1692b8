//! Signing in at an OpenID provider: which one, what it is asked, and whether its answer proves who somebody is.

mod begun;
mod claims;
mod http_client;
pub mod pages;
mod provider;
mod settings;

pub use provider::Provider;
pub use settings::ProviderSettings;
