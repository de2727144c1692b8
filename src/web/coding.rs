//! Content codings of an answer's body: chosen from what the client accepts, applied while the body is sent.

use async_compression::Level;
use async_compression::tokio::bufread::{BrotliEncoder, GzipEncoder, ZstdEncoder};
use axum::body::Body;
use axum::http::header::{ACCEPT_ENCODING, CONTENT_ENCODING, ETAG};
use axum::http::{HeaderMap, HeaderValue};
use bytes::Bytes;
use futures_util::Stream;
use tokio_util::io::{ReaderStream, StreamReader};
use tower_http::compression::Predicate;
use tower_http::compression::predicate::DefaultPredicate;

/// How a body is compressed on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Coding {
    Identity,
    Gzip,
    Brotli,
    Zstd,
}

impl Coding {
    /// The coding that the client likes best; among equals the one that is quickest for its size.
    pub fn negotiate(headers: &HeaderMap) -> Self {
        let accepted = headers
            .get_all(ACCEPT_ENCODING)
            .iter()
            .filter_map(|value| value.to_str().ok());
        let accepted = accepted
            .flat_map(|value| value.split(','))
            .filter_map(parse_preference);
        let accepted: Vec<(String, f32)> = accepted.collect();
        let weight = |name: &str| {
            let named = accepted.iter().find(|(coding, _)| coding == name);
            let named = named.or_else(|| accepted.iter().find(|(coding, _)| coding == "*"));
            named.map_or(0.0, |(_, weight)| *weight)
        };
        // The last of equal maxima wins.
        [
            (Self::Gzip, weight("gzip")),
            (Self::Brotli, weight("br")),
            (Self::Zstd, weight("zstd")),
        ]
        .into_iter()
        .filter(|(_, weight)| *weight > 0.0)
        .max_by(|(_, a), (_, b)| a.total_cmp(b))
        .map_or(Self::Identity, |(coding, _)| coding)
    }

    /// The coding's name in `Content-Encoding`.
    pub fn name(self) -> Option<&'static str> {
        match self {
            Self::Identity => None,
            Self::Gzip => Some("gzip"),
            Self::Brotli => Some("br"),
            Self::Zstd => Some("zstd"),
        }
    }

    /// Sets `Content-Encoding` and gives the body that goes with it.
    pub fn apply(
        self,
        headers: &mut HeaderMap,
        pieces: impl Stream<Item = std::io::Result<Bytes>> + Send + 'static,
    ) -> Body {
        if let Some(name) = self.name() {
            headers.insert(CONTENT_ENCODING, HeaderValue::from_static(name));
        }
        let reader = StreamReader::new(pieces);
        match self {
            Self::Identity => Body::from_stream(reader.into_inner()),
            Self::Gzip => Body::from_stream(ReaderStream::new(GzipEncoder::with_quality(
                reader,
                Level::Fastest,
            ))),
            Self::Brotli => Body::from_stream(ReaderStream::new(BrotliEncoder::with_quality(
                reader,
                Level::Precise(3),
            ))),
            Self::Zstd => Body::from_stream(ReaderStream::new(ZstdEncoder::with_quality(
                reader,
                Level::Precise(1),
            ))),
        }
    }
}

/// Pages and errors are compressed by a layer; results in machine formats, whose `ETag` tells their coding, have chosen
/// for themselves.
pub fn is_not_coded_yet() -> impl Predicate {
    DefaultPredicate::new().and(
        |_: axum::http::StatusCode,
         _: axum::http::Version,
         headers: &HeaderMap,
         _: &axum::http::Extensions| { !headers.contains_key(ETAG) },
    )
}

/// `gzip;q=0.8` → name and weight.
fn parse_preference(text: &str) -> Option<(String, f32)> {
    let mut parts = text.split(';').map(str::trim);
    let name = parts.next()?.to_ascii_lowercase();
    let weight = match parts.find_map(|part| part.strip_prefix("q=")) {
        Some(weight) => weight.parse().ok()?,
        None => 1.0,
    };
    Some((name, weight))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_client_chooses_the_coding() {
        for (accept, coding) in [
            ("", Coding::Identity),
            ("identity", Coding::Identity),
            ("gzip", Coding::Gzip),
            ("GZIP, deflate", Coding::Gzip),
            ("gzip, br", Coding::Brotli),
            ("gzip, deflate, br, zstd", Coding::Zstd),
            ("gzip;q=1.0, br;q=0.5, zstd;q=0", Coding::Gzip),
            ("gzip;q=0", Coding::Identity),
            ("*", Coding::Zstd),
            ("*;q=0, br", Coding::Brotli),
            ("gzip;q=nonsense", Coding::Identity),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(ACCEPT_ENCODING, HeaderValue::from_static(accept));
            assert_eq!(Coding::negotiate(&headers), coding, "{accept:?}");
        }
        assert_eq!(Coding::negotiate(&HeaderMap::new()), Coding::Identity);
    }
}
