//! The network address that a request comes from.

use std::convert::Infallible;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::HeaderMap;
use axum::http::header::{FORWARDED, VIA};
use axum::http::request::Parts;

use crate::web::app::App;
use crate::web::http::request_log::forwarded::{addresses, client};

/// The client's address: the one that the outermost of our own proxies saw, or the connection's.
pub struct ClientAddress(pub IpAddr);

impl FromRequestParts<Arc<App>> for ClientAddress {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Infallible> {
        let seen = client(&parts.extensions, &parts.headers, app.settings.proxies);
        Ok(Self(seen.unwrap_or(Ipv6Addr::UNSPECIFIED.into())))
    }
}

/// Whether a proxy that is not ours hides the client's own address.
pub fn is_hidden(headers: &HeaderMap, proxies: usize) -> bool {
    match proxies {
        0 => {
            let is_proxied = [FORWARDED, VIA]
                .iter()
                .any(|name| headers.contains_key(name));
            is_proxied || !addresses(headers).is_empty()
        }
        proxies => addresses(headers).len() < proxies,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::http::request_log::forwarded::forwarded;

    #[test]
    fn only_our_own_proxies_are_trusted() {
        let mut headers = HeaderMap::new();
        for list in ["6.6.6.6, 198.51.100.7", "10.0.0.1"] {
            headers.append("x-forwarded-for", list.parse().unwrap());
        }
        for (proxies, seen) in [
            (0, None),
            (1, Some([10, 0, 0, 1].into())),
            (2, Some([198, 51, 100, 7].into())),
            (3, Some([6, 6, 6, 6].into())),
            (4, None),
        ] {
            assert_eq!(forwarded(&headers, proxies), seen, "{proxies}");
            assert_eq!(is_hidden(&headers, proxies), seen.is_none(), "{proxies}");
        }
    }
}
