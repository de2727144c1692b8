//! A file as a response: its name and type, its tag, and which of its bytes are sent.

use std::io;
use std::ops::Range;
use std::sync::Arc;

use axum::body::Body;
use axum::http::header::{
    ACCEPT_RANGES, CONTENT_DISPOSITION, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_RANGE,
    CONTENT_TYPE, ETAG, VARY,
};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures_util::stream;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::encode::{Coding, Format};
use crate::error::Error;
use crate::result::Spool;
use crate::web::http::etag::ETag;
use crate::web::http::range::{self, Extent};

/// RFC 5987's attr-char.
const FILE_NAME: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~');
/// File systems take 255 bytes, the extension included.
const FILE_NAME_BYTES_MAX: usize = 200;

/// A file without its bytes.
pub struct File<'a> {
    pub format: Format,
    /// The file is named after it.
    pub title: &'a str,
    pub coding: Coding,
    pub etag: &'a ETag,
}

impl File<'_> {
    /// The whole file, or the requested part. `headers` are those that a 304 has, too.
    pub fn send(
        &self,
        request: &HeaderMap,
        mut headers: HeaderMap,
        body: &Arc<Spool>,
    ) -> Result<Response, Error> {
        let bytes = body.bytes();
        let (status, part) = match Extent::requested(request, self.etag, bytes) {
            Extent::Whole => (StatusCode::OK, 0..bytes),
            Extent::Part(part) => {
                headers.insert(CONTENT_RANGE, range::part(&part, bytes));
                (StatusCode::PARTIAL_CONTENT, part)
            }
            Extent::Outside => return Err(Error::OutsideAnswer { bytes }),
        };
        let content_type = HeaderValue::from_static(self.format.content_type());
        headers.insert(CONTENT_TYPE, content_type);
        headers.insert(CONTENT_DISPOSITION, disposition(self.title, self.format));
        if let Some(name) = self.coding.name() {
            headers.insert(CONTENT_ENCODING, HeaderValue::from_static(name));
        }
        headers.insert(ACCEPT_RANGES, HeaderValue::from_static("bytes"));
        headers.insert(CONTENT_LENGTH, (part.end - part.start).into());
        Ok((status, headers, stream_part(body, part)).into_response())
    }
}

/// Adds the headers that tell these bytes from others.
pub fn tag(headers: &mut HeaderMap, etag: &ETag) {
    headers.insert(ETAG, etag.header());
    headers.insert(VARY, HeaderValue::from_static("Accept-Encoding"));
}

/// Has a body of unknown length: a known one would add `Content-Length: 0`, which is not the length of the bytes that the
/// client has.
pub fn not_modified(headers: HeaderMap) -> Response {
    let body = Body::from_stream(stream::empty::<io::Result<Bytes>>());
    (StatusCode::NOT_MODIFIED, headers, body).into_response()
}

/// Streams a part of a body.
pub fn stream_part(body: &Spool, part: Range<u64>) -> Body {
    let mut pieces = body.pieces(part);
    match (pieces.next(), pieces.next()) {
        (Some(Ok(only)), None) => Body::from(only),
        (first, second) => {
            let pieces = first.into_iter().chain(second).chain(pieces);
            Body::from_stream(stream::iter(pieces))
        }
    }
}

/// A readable file name: the title in ASCII for old clients, in full for the others.
pub fn disposition(title: &str, format: Format) -> HeaderValue {
    let title = stem(title);
    let is_plain =
        |character: char| character.is_ascii_alphanumeric() || " -_.,()".contains(character);
    let plain: String = title
        .chars()
        .map(|character| if is_plain(character) { character } else { '_' })
        .collect();
    let whole: String = title
        .chars()
        .map(|character| {
            if "/\\:*?\"<>|".contains(character) {
                '_'
            } else {
                character
            }
        })
        .collect();
    let extension = format.extension();
    let header = format!(
        "attachment; filename=\"{plain}.{extension}\"; filename*=UTF-8''{}.{extension}",
        utf8_percent_encode(&whole, FILE_NAME)
    );
    HeaderValue::from_str(&header).expect("only printable ASCII is left")
}

/// What a file may be called after a title. A name that begins with a dot would be hidden, or mean a folder.
fn stem(title: &str) -> &str {
    let title =
        title.trim_start_matches(|character: char| character == '.' || character.is_whitespace());
    match title[..title.floor_char_boundary(FILE_NAME_BYTES_MAX)].trim_end() {
        "" => "clip",
        stem => stem,
    }
}
