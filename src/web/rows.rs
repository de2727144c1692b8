//! `GET /{slug}.csv` and its sisters: runs the version, encodes while rows arrive, answers when all is in hand.

use std::future::ready;
use std::io;

use axum::body::Body;
use axum::http::header::{
    CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_TYPE, ETAG, IF_NONE_MATCH, VARY,
};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures_util::stream;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::App;
use super::coding::Coding;
use super::etag::ETag;
use super::headers;
use super::options::Asked;
use crate::access::Readable;
use crate::encode::{self, Caption, Format};
use crate::error::Error;
use crate::model::{Clip, Database, Version};
use crate::result::{Memory, Rows, Spool, Summary};
use crate::run::{Failure, Query, Running, Target};

/// RFC 5987's attr-char.
const FILE_NAME: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~');
/// File systems take 255 bytes, the extension included.
const FILE_NAME_BYTES_MAX: usize = 200;

/// The rows of a clip in one format.
pub async fn show(
    app: &App,
    clip: &Readable<Clip>,
    format: Format,
    asked: &Asked,
    request: &HeaderMap,
) -> Result<Response, Error> {
    let version = version(app, clip, asked).await?;
    let coding = if format.is_compressible() {
        Coding::negotiate(request)
    } else {
        Coding::Identity
    };
    let running = start(app, clip, &version).await?;
    let answer = Answer {
        format,
        asked,
        caption: caption(app, clip, &version),
        coding,
        version: version.number,
    };
    let failed = |failure| Error::Run {
        failure,
        sees_sql: clip.sees_sql,
    };
    let settled = async {
        let summary = running.summary().await.map_err(failed)?;
        Ok::<_, Error>(app.held.settle(clip.number, version.number, summary))
    };
    let rows = running.rows().await.map_err(failed)?;
    if !request.contains_key(IF_NONE_MATCH) {
        let mut summary = None;
        let ending = async { Ok(summary.insert(settled.await?).clone()) };
        let encoded = answer.encode(rows, ending, &app.memory).await?;
        let summary =
            summary.ok_or_else(|| Error::internal("an answer was encoded without its summary"))?;
        return Ok(answer.send(&summary, encoded));
    }
    // The client may hold the bytes already: then nothing is encoded.
    let summary = settled.await?;
    if answer.etag(&summary).is_held(request) {
        return Ok(answer.not_modified(&summary));
    }
    let ending = ready(Ok(summary.clone()));
    let encoded = answer.encode(rows, ending, &app.memory).await?;
    Ok(answer.send(&summary, encoded))
}

/// The version that was asked for, the newest one without `?version=`.
pub async fn version(app: &App, clip: &Readable<Clip>, asked: &Asked) -> Result<Version, Error> {
    let number = asked.version.unwrap_or(clip.version.number);
    let Some(version) = Version::find(&app.store, clip, number).await? else {
        return Err(Error::NotFound(format!(
            "This dataclip has no version {number}."
        )));
    };
    match asked.result {
        None | Some(1) => Ok(version),
        Some(result) => Err(Error::NotFound(format!(
            "Version {number} has no result {result}."
        ))),
    }
}

/// Starts the version's run on its database.
pub async fn start(app: &App, clip: &Readable<Clip>, version: &Version) -> Result<Running, Error> {
    let database = version.database(&app.store).await?;
    let target = target(app, &database)?;
    let query = Query {
        application_name: format!("dataclips clip {} version {}", clip.number, version.number),
        sql: version.sql.clone(),
    };
    Ok(app.runner.start(&target, query))
}

/// Where to run what queries this database, unless it was removed.
pub fn target(app: &App, database: &Database) -> Result<Target, Error> {
    if database.is_removed {
        return Err(Error::DatabaseRemoved);
    }
    Ok(Target {
        id: database.id,
        url: database.url(&app.key)?,
    })
}

/// Everything of an answer but its rows.
struct Answer<'a> {
    format: Format,
    asked: &'a Asked,
    caption: Caption,
    coding: Coding,
    version: i32,
}

impl Answer<'_> {
    async fn encode(
        &self,
        rows: Rows,
        ending: impl Future<Output = Result<Summary, Error>>,
        memory: &Memory,
    ) -> Result<Spool, Error> {
        let (format, options) = (self.format, self.asked.options);
        let produced = encode::produce(rows, format, options, self.caption.clone(), ending, memory);
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

    fn send(&self, summary: &Summary, encoded: Spool) -> Response {
        let mut headers = self.headers(summary);
        headers.insert(
            CONTENT_TYPE,
            HeaderValue::from_static(self.format.content_type()),
        );
        headers.insert(
            CONTENT_DISPOSITION,
            disposition(&self.caption.title, self.format),
        );
        if self.coding == Coding::Identity {
            headers.insert(CONTENT_LENGTH, encoded.bytes().into());
        }
        let body: Body = self
            .coding
            .apply(&mut headers, stream::iter(encoded.into_pieces()));
        (headers, body).into_response()
    }
}

/// What the file says of the clip beside its rows. It does not depend on who asks.
fn caption(app: &App, clip: &Clip, version: &Version) -> Caption {
    Caption {
        title: clip.title.clone(),
        version: version.number as u32,
        url: Some(format!(
            "{}/{}",
            app.settings.public_url,
            clip.slug.as_str()
        )),
        sql: clip.show_sql.then(|| version.sql.clone()),
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
