//! `/{slug}/share`: a clip's link, its downloads, and lines for sheets, pages and programs; `/{slug}/excel.iqy`.

use std::collections::HashMap;
use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use crate::access::Readable;
use crate::encode::Format;
use crate::error::Error;
use crate::model::{Clip, StoredResult, Version};
use crate::web::app::App;
use crate::web::clip::page::clip_page::find;
use crate::web::http::extract::{Path, Query};
use crate::web::http::url;
use crate::web::http::url::ACCESS_TOKEN;
use crate::web::page::error_response;
use crate::web::rows::download;
use crate::web::rows::query::Asked;
use crate::web::visitor::Visitor;

/// What stands where a clip link's secret belongs.
const PLACEHOLDER: &str = "YOUR_CLIP_LINK";
/// What of the page's address the lines keep: which rows are shown.
const KEPT: [&str; 2] = ["version", "result"];

#[derive(Template)]
#[template(path = "clip/sharing/share.html")]
struct SharePage<'a> {
    visitor: &'a Visitor,
    clip: &'a Readable<Clip>,
    owns: bool,
    asked: Asked,
    query: &'a HashMap<String, String>,
    public_url: &'a str,
}

/// The code that shows a clip on another page.
#[derive(Template)]
#[template(path = "clip/sharing/frame.html")]
struct Frame<'a> {
    src: &'a str,
    title: &'a str,
}

pub async fn show(
    State(app): State<Arc<App>>,
    Path(segment): Path<String>,
    visitor: Visitor,
    Query(query): Query<HashMap<String, String>>,
) -> Result<Response, Error> {
    let clip = visitor.viewer.read(find(&app, &segment).await?)?;
    let asked = Asked::parse(&query)?;
    check(&app, &clip, &asked).await?;
    Ok(error_response::render(&SharePage {
        visitor: &visitor,
        owns: visitor.viewer.own((*clip).clone()).is_ok(),
        clip: &clip,
        asked,
        query: &query,
        public_url: &app.settings.public_url,
    }))
}

/// A web query: Excel reads the first table of the page that it names, and reads it again when asked to. It takes HTML
/// alone: of CSV it makes one column.
pub async fn web_query(
    State(app): State<Arc<App>>,
    Path(segment): Path<String>,
    visitor: Visitor,
    Query(query): Query<HashMap<String, String>>,
) -> Result<Response, Error> {
    let clip = visitor.viewer.read(find(&app, &segment).await?)?;
    for_anyone(&clip)?;
    check(&app, &clip, &Asked::parse(&query)?).await?;
    let page = url::with(&format!("{}/table", url::clip(&clip)), &query, &KEPT);
    let lines = format!("WEB\r\n1\r\n{}{page}\r\n", app.settings.public_url);
    let headers = [
        (CONTENT_TYPE, "text/x-ms-iqy"),
        (CONTENT_DISPOSITION, "attachment; filename=\"dataclip.iqy\""),
    ];
    Ok((headers, lines).into_response())
}

/// All rows as a bare HTML table, which a web query reads.
pub async fn table(
    State(app): State<Arc<App>>,
    Path(segment): Path<String>,
    visitor: Visitor,
    Query(query): Query<HashMap<String, String>>,
    request: HeaderMap,
) -> Result<Response, Error> {
    let clip = visitor.viewer.read(find(&app, &segment).await?)?;
    for_anyone(&clip)?;
    let path = format!("{}/table", url::clip(&clip));
    let again = |version, asked_at| url::since(&path, &query, version, asked_at);
    let asked = Asked::parse(&query)?;
    let table = download::show(&app, &clip, Format::Html, &asked, &request, again).await?;
    app.last_fetched.note(&app.store, &clip);
    Ok(table)
}

/// Excel's web queries can say who asks by nothing but the address.
fn for_anyone(clip: &Clip) -> Result<(), Error> {
    match clip.anyone {
        true => Ok(()),
        false => Err(Error::Forbidden(
            "A web query reads only a dataclip that is open to anyone with its URL. In Excel choose Data → From Web, with the address of a clip link."
                .to_owned(),
        )),
    }
}

/// What is not there cannot be shared.
async fn check(app: &App, clip: &Clip, asked: &Asked) -> Result<(), Error> {
    let number = asked.version.unwrap_or(clip.version.number);
    let version = Version::find(&app.store, clip, number).await?;
    version.ok_or_else(|| Error::NotFound(format!("This dataclip has no version {number}.")))?;
    if let Some(result) = asked.result {
        StoredResult::find(&app.store, clip.number, number, result).await?;
    }
    Ok(())
}

impl SharePage<'_> {
    /// “version 2, result 1”, where it is not whatever the clip shows.
    fn shown(&self) -> Option<String> {
        let version = self.asked.version?;
        Some(match self.asked.result {
            Some(result) => format!("version {version}, result {result}"),
            None => format!("version {version}"),
        })
    }

    fn path(&self, below: &str) -> String {
        let path = format!("{}{below}", url::clip(self.clip));
        url::with(&path, self.query, &KEPT)
    }

    fn page_path(&self) -> String {
        self.path("")
    }

    fn page(&self) -> String {
        format!("{}{}", self.public_url, self.page_path())
    }

    /// With the cookie of whoever is signed in.
    fn download(&self, format: &Format) -> String {
        self.path(&format!(".{}", format.extension()))
    }

    fn excel_csv(&self) -> String {
        and(&self.download(&Format::Csv), "bom=1&guard=1")
    }

    fn web_query(&self) -> String {
        self.path("/excel.iqy")
    }

    fn rows(&self, format: Format) -> String {
        format!("{}{}", self.public_url, self.download(&format))
    }

    /// The rows, for a program that can send no header.
    fn data(&self, format: Format) -> String {
        match self.clip.anyone {
            true => self.rows(format),
            false => and(&self.rows(format), &format!("{ACCESS_TOKEN}={PLACEHOLDER}")),
        }
    }

    fn formula(&self) -> String {
        format!("=IMPORTDATA(\"{}\")", self.data(Format::Csv))
    }

    fn mail(&self) -> String {
        let body = format!("{}\r\n\r\n{}", self.clip.title, self.page());
        format!(
            "mailto:?subject={}&body={}",
            encode(&self.clip.title),
            encode(&body)
        )
    }

    fn post(&self) -> String {
        format!(
            "https://x.com/intent/post?text={}&url={}",
            encode(&self.clip.title),
            encode(&self.page())
        )
    }

    fn frame(&self) -> String {
        let frame = Frame {
            src: &format!("{}{}", self.public_url, self.path("/embed")),
            title: &self.clip.title,
        };
        frame.to_string()
    }

    fn curl(&self) -> String {
        let url = self.rows(Format::Csv);
        match self.clip.anyone {
            true => format!("curl --fail '{url}'"),
            false => format!("curl --fail -H 'Authorization: Bearer {PLACEHOLDER}' '{url}'"),
        }
    }

    fn python(&self) -> String {
        let url = self.rows(Format::Csv);
        let options = match self.clip.anyone {
            true => String::new(),
            false => {
                format!(", storage_options={{\"Authorization\": \"Bearer {PLACEHOLDER}\"}}")
            }
        };
        format!("import pandas\n\nrows = pandas.read_csv(\"{url}\"{options})\nprint(rows)")
    }

    fn javascript(&self) -> String {
        let url = self.rows(Format::Json);
        let options = match self.clip.anyone {
            true => String::new(),
            false => format!(", {{ headers: {{ Authorization: \"Bearer {PLACEHOLDER}\" }} }}"),
        };
        format!(
            "const answer = await fetch(\"{url}\"{options});\nif (!answer.ok) throw new Error((await answer.json()).error.message);\nconst {{ fields, values }} = await answer.json();\nconsole.log(fields, values);"
        )
    }
}

fn and(address: &str, parameters: &str) -> String {
    let separator = if address.contains('?') { '&' } else { '?' };
    format!("{address}{separator}{parameters}")
}

fn encode(text: &str) -> String {
    utf8_percent_encode(text, NON_ALPHANUMERIC).to_string()
}
