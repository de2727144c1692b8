//! `/{slug}/share`: a clip's link, its downloads, and formulas and code for spreadsheets, pages and programs.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use crate::access::Readable;
use crate::encode::Format;
use crate::error::Error;
use crate::model::{Clip, StoredResult, Version};
use crate::web::app::App;
use crate::web::http::address::ACCESS_TOKEN;
use crate::web::http::address::ClipAddress;
use crate::web::http::url;
use crate::web::page::render;
use crate::web::rows::query::RowsQuery;
use crate::web::visitor::Visitor;

/// The placeholder for a clip link's secret.
const PLACEHOLDER: &str = "YOUR_CLIP_LINK";
/// The parameters of the page's address that the links and code keep: they say which rows are shown.
pub const KEPT: [&str; 2] = ["version", "result"];

#[derive(Template)]
#[template(path = "clip/sharing/share.html")]
struct SharePage<'a> {
    visitor: &'a Visitor,
    clip: &'a Readable<Clip>,
    owns: bool,
    query: &'a RowsQuery,
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
    address: ClipAddress,
    visitor: Visitor,
    query: Result<RowsQuery, Error>,
) -> Result<Response, Error> {
    let clip = visitor.viewer.read(app.clip(&address.slug).await?)?;
    let query = query?;
    check(&app, &clip, &query).await?;
    Ok(render(&SharePage {
        visitor: &visitor,
        owns: visitor.viewer.own((*clip).clone()).is_ok(),
        clip: &clip,
        query: &query,
        public_url: &app.settings.public_url,
    }))
}

/// Fails if the version or result to share does not exist.
pub async fn check(app: &App, clip: &Clip, query: &RowsQuery) -> Result<(), Error> {
    let number = query.version.unwrap_or(clip.version.number);
    let version = Version::find(&app.store, clip, number).await?;
    version.ok_or_else(|| Error::NotFound(format!("This dataclip has no version {number}.")))?;
    if let Some(result) = query.result {
        StoredResult::find(&app.store, clip.number, number, result).await?;
    }
    Ok(())
}

impl SharePage<'_> {
    /// “version 2, result 1”; `None` if the rows to share are the clip's current ones.
    fn shown(&self) -> Option<String> {
        let version = self.query.version?;
        Some(match self.query.result {
            Some(result) => format!("version {version}, result {result}"),
            None => format!("version {version}"),
        })
    }

    fn path(&self, below: &str) -> String {
        let path = format!("{}{below}", url::clip(self.clip));
        self.query.with(&path, &KEPT)
    }

    fn page_path(&self) -> String {
        self.path("")
    }

    fn page(&self) -> String {
        format!("{}{}", self.public_url, self.page_path())
    }

    /// For a browser, which sends the visitor's cookie.
    fn download(&self, format: &Format) -> String {
        self.path(&format!(".{}", format.extension()))
    }

    fn excel_csv(&self) -> String {
        and(&self.download(&Format::Csv), "bom=1&guard=1")
    }

    /// For an Excel that is set to decimal commas, and therefore to semicolons.
    fn excel_csv_with_commas(&self) -> String {
        and(&self.excel_csv(), "delimiter=%3B&decimal=%2C")
    }

    fn web_query(&self) -> String {
        self.path("/excel.iqy")
    }

    fn rows(&self, format: Format) -> String {
        format!("{}{}", self.public_url, self.download(&format))
    }

    /// The address of the rows, for a program that cannot send headers.
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
            "const response = await fetch(\"{url}\"{options});\nif (!response.ok) throw new Error((await response.json()).error.message);\nconst {{ fields, values }} = await response.json();\nconsole.log(fields, values);"
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
