//! An answer in one format: rows become bytes and headers.

use std::io;

use axum::body::Body;
use axum::http::header::{
    CONTENT_DISPOSITION, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, ETAG, VARY,
};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures_util::stream;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::etag::ETag;
use super::headers;
use super::options::Asked;
use crate::encode::{self, Caption, Coding, Format};
use crate::error::Error;
use crate::result::{Memory, Rows, Spool, Summary};
use crate::run::Failure;

/// RFC 5987's attr-char.
const FILE_NAME: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~');
/// File systems take 255 bytes, the extension included.
const FILE_NAME_BYTES_MAX: usize = 200;

/// Everything of an answer but its rows.
pub struct Answer<'a> {
    pub format: Format,
    pub asked: &'a Asked,
    pub caption: Caption,
    pub coding: Coding,
    pub version: i32,
}

impl Answer<'_> {
    pub async fn encode(
        &self,
        rows: Rows,
        ending: impl Future<Output = Result<Summary, Error>>,
        memory: &Memory,
    ) -> Result<(Spool, Summary), Error> {
        let (format, options) = (self.format, self.asked.options);
        let (caption, coding) = (self.caption.clone(), self.coding);
        let produced = encode::produce(rows, format, options, caption, coding, ending, memory);
        produced.await.map_err(|failure| match failure {
            encode::Failure::Run(error) => error,
            encode::Failure::Encode(error) if error.kind() == io::ErrorKind::FileTooLarge => {
                Error::TooLargeForFormat(error.to_string())
            }
            encode::Failure::Encode(error) => Error::Run {
                failure: Failure::storage(error),
                sees_sql: true,
            },
        })
    }

    pub fn etag(&self, summary: &Summary) -> ETag {
        ETag::new(
            self.format,
            &self.asked.options,
            &self.caption,
            summary,
            self.coding,
        )
    }

    fn headers(&self, summary: &Summary) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers::describe(&mut headers, self.version, summary);
        headers.insert(ETAG, self.etag(summary).header());
        headers.insert(VARY, HeaderValue::from_static("Accept-Encoding"));
        headers
    }

    /// A body of unknown length: of a known one a `Content-Length: 0` would tell, which is not that of the bytes held.
    pub fn not_modified(&self, summary: &Summary) -> Response {
        let body = Body::from_stream(stream::empty::<io::Result<Bytes>>());
        (StatusCode::NOT_MODIFIED, self.headers(summary), body).into_response()
    }

    pub fn send(&self, summary: &Summary, encoded: Spool) -> Response {
        let mut headers = self.headers(summary);
        headers.insert(
            CONTENT_TYPE,
            HeaderValue::from_static(self.format.content_type()),
        );
        headers.insert(
            CONTENT_DISPOSITION,
            disposition(&self.caption.title, self.format),
        );
        if let Some(name) = self.coding.name() {
            headers.insert(CONTENT_ENCODING, HeaderValue::from_static(name));
        }
        headers.insert(CONTENT_LENGTH, encoded.bytes().into());
        let body = Body::from_stream(stream::iter(encoded.pieces(0..encoded.bytes())));
        (headers, body).into_response()
    }
}

/// A readable file name: the title in ASCII for old clients, whole for the others.
fn disposition(title: &str, format: Format) -> HeaderValue {
    let end = title.floor_char_boundary(FILE_NAME_BYTES_MAX);
    let title = &title[..end];
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn file_names_are_readable_and_safe() {
        let header = disposition("Größe \"x\"/..\\y\r\n€", Format::Csv);
        assert_eq!(
            header.to_str().unwrap(),
            "attachment; filename=\"Gr__e _x__.._y___.csv\"; filename*=UTF-8''Gr%C3%B6%C3%9Fe%20_x__.._y%0D%0A%E2%82%AC.csv"
        );
    }
}
