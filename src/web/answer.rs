//! An answer in one format: rows become bytes and headers.

use std::future::ready;
use std::io;
use std::sync::Arc;

use axum::body::Body;
use axum::http::header::{
    CONTENT_DISPOSITION, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, ETAG, IF_NONE_MATCH, VARY,
};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures_util::stream;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::answers::Answers;
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
    /// Waits for the end of the run, `ending`, and answers with its rows.
    ///
    /// They are printed while they arrive; but where the result will probably equal a `likely` one, whose bytes are at
    /// hand here or at the client, the end is waited for first: mostly nothing is to be printed then.
    pub async fn respond(
        &self,
        answers: &Answers,
        request: &HeaderMap,
        rows: Rows,
        ending: impl Future<Output = Result<Summary, Error>>,
        likely: Option<&Summary>,
    ) -> Result<Response, Error> {
        let is_at_hand = request.contains_key(IF_NONE_MATCH)
            || likely.is_some_and(|likely| answers.has(&self.etag(likely)));
        if !is_at_hand {
            return self.print(answers, rows, ending).await;
        }
        let summary = ending.await?;
        let etag = self.etag(&summary);
        if etag.is_held(request) {
            return Ok(self.not_modified(&summary));
        }
        match answers.find(&etag) {
            Some(coded) => Ok(self.send(&summary, &coded)),
            None => self.print(answers, rows, ready(Ok(summary))).await,
        }
    }

    async fn print(
        &self,
        answers: &Answers,
        rows: Rows,
        ending: impl Future<Output = Result<Summary, Error>>,
    ) -> Result<Response, Error> {
        let (coded, summary) = self.encode(rows, ending, answers.memory()).await?;
        let coded = Arc::new(coded);
        answers.keep(self.etag(&summary), &coded);
        Ok(self.send(&summary, &coded))
    }

    async fn encode(
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

    fn etag(&self, summary: &Summary) -> ETag {
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
    fn not_modified(&self, summary: &Summary) -> Response {
        let body = Body::from_stream(stream::empty::<io::Result<Bytes>>());
        (StatusCode::NOT_MODIFIED, self.headers(summary), body).into_response()
    }

    fn send(&self, summary: &Summary, coded: &Spool) -> Response {
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
        headers.insert(CONTENT_LENGTH, coded.bytes().into());
        let body = Body::from_stream(stream::iter(coded.pieces(0..coded.bytes())));
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
    use std::time::Duration;

    use axum::body::to_bytes;

    use super::*;
    use crate::result::Column;

    const CODINGS: [Coding; 4] = [Coding::Identity, Coding::Gzip, Coding::Brotli, Coding::Zstd];

    fn answer(asked: &Asked, coding: Coding) -> Answer<'_> {
        Answer {
            format: Format::Csv,
            asked,
            caption: Caption {
                title: "Greetings".to_owned(),
                version: 1,
                url: None,
                sql: None,
            },
            coding,
            version: 1,
        }
    }

    fn result(text: &str, memory: &Memory) -> (Rows, Summary) {
        let column = Column {
            name: "greeting".to_owned(),
            type_oid: 25,
            type_name: "text".to_owned(),
            element_oid: None,
        };
        let (mut writer, rows) = Rows::new(vec![column], memory);
        writer.append([Some(text)].into_iter()).unwrap();
        let time = "2026-03-31T12:00:00Z".parse().unwrap();
        let summary = Summary {
            number: 1,
            started_at: time,
            finished_at: time,
            checked_at: time,
            elapsed: Duration::from_millis(1),
            rows: 1,
            truncated: None,
            checksum: writer.finish(None).unwrap(),
        };
        (rows, summary)
    }

    /// Whoever reads these gets an error.
    fn unreadable(memory: &Memory) -> Rows {
        let (_, rows) = Rows::new(Vec::new(), memory);
        rows
    }

    async fn body(response: Response) -> Bytes {
        assert_eq!(response.status(), StatusCode::OK);
        let length = response.headers()[CONTENT_LENGTH].clone();
        let body = to_bytes(response.into_body(), usize::MAX).await.unwrap();
        assert_eq!(length, body.len().to_string());
        body
    }

    #[tokio::test]
    async fn an_equal_answer_is_not_printed_again_but_each_coding_is() {
        let memory = Memory::new(1 << 20);
        let answers = Answers::new(&memory);
        let (asked, request) = (Asked::default(), HeaderMap::new());
        let (rows, summary) = result("hello", &memory);
        for coding in CODINGS {
            let answer = answer(&asked, coding);
            let respond = async |rows| {
                let ending = ready(Ok(summary.clone()));
                let likely = Some(&summary);
                answer
                    .respond(&answers, &request, rows, ending, likely)
                    .await
            };
            assert!(respond(unreadable(&memory)).await.is_err(), "{coding:?}");
            let first = body(respond(rows.clone()).await.unwrap()).await;
            let second = body(respond(unreadable(&memory)).await.unwrap()).await;
            assert_eq!(first, second, "{coding:?}");
        }
    }

    #[tokio::test]
    async fn a_result_that_was_not_the_likely_one_is_printed() {
        let memory = Memory::new(1 << 20);
        let answers = Answers::new(&memory);
        let (asked, request) = (Asked::default(), HeaderMap::new());
        let answer = answer(&asked, Coding::Identity);
        let (rows, hello) = result("hello", &memory);
        let ending = ready(Ok(hello.clone()));
        let first = answer.respond(&answers, &request, rows, ending, None).await;
        assert_eq!(body(first.unwrap()).await, "greeting\nhello\n");
        let (rows, goodbye) = result("goodbye", &memory);
        let ending = ready(Ok(goodbye));
        let second = answer
            .respond(&answers, &request, rows, ending, Some(&hello))
            .await;
        assert_eq!(body(second.unwrap()).await, "greeting\ngoodbye\n");
    }

    #[test]
    fn file_names_are_readable_and_safe() {
        let header = disposition("Größe \"x\"/..\\y\r\n€", Format::Csv);
        assert_eq!(
            header.to_str().unwrap(),
            "attachment; filename=\"Gr__e _x__.._y___.csv\"; filename*=UTF-8''Gr%C3%B6%C3%9Fe%20_x__.._y%0D%0A%E2%82%AC.csv"
        );
    }
}
