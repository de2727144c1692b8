//! HTTP itself: addresses, extractors, headers, and the static files of pages. Knows no page.

pub mod accept;
pub mod address;
pub mod assets;
pub mod cors;
pub mod csp_nonce;
pub mod csrf;
pub mod draining;
pub mod etag;
pub mod extract;
pub mod form;
pub mod health;
pub mod prefer;
pub mod range;
pub mod request_log;
pub mod scopes;
pub mod security_headers;
pub mod theme;
pub mod url;
