//! `/{slug}/share`: who sees a clip, its link, its downloads, and formulas and code for spreadsheets, pages and programs.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::http::header::CACHE_CONTROL;
use axum::response::{IntoResponse, Redirect, Response};
use axum_extra::extract::cookie::CookieJar;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use super::access_label;
use super::format_snippets::{MapUrl, QueryUrl};
use super::permissions_section::PermissionsSection;
use crate::access::{Owned, Readable};
use crate::encode::Format;
use crate::error::Error;
use crate::model::{Clip, StoredResult, Version};
use crate::web::app::App;
use crate::web::clip::links::links_section::{self, Links, REVOKED};
use crate::web::clip::parameters::carried;
use crate::web::clip::sharing::snippets::{PLACEHOLDER, RowsUrls, Snippet};
use crate::web::http::address::ACCESS_TOKEN;
use crate::web::http::address::ClipAddress;
use crate::web::http::extract::Path;
use crate::web::http::url;
use crate::web::page::render;
use crate::web::people::new_links::{self, NewLinks};
use crate::web::rows::query::{OF_RESULT, RowsQuery};
use crate::web::visitor::Visitor;

/// The value of `done` in the page's address after the permissions were saved.
pub const SAVED: &str = "permissions-saved";

#[derive(Template)]
#[template(path = "clip/sharing/share.html")]
pub struct SharePage<'a> {
    visitor: &'a Visitor,
    clip: &'a Clip,
    /// For the owner and administrators, as are the links.
    pub permissions: Option<PermissionsSection>,
    pub links: Option<Links<'a>>,
    query: RowsQuery,
    /// Those that take the rows to share.
    formats: Vec<Format>,
    /// Whether the visitor may see the query.
    sees_sql: bool,
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
    cookies: CookieJar,
) -> Result<Response, Error> {
    let clip = visitor.viewer.read(app.clip(&address.slug).await?)?;
    let query = check(&app, &clip, &query?).await?;
    let Ok(owned) = visitor.viewer.own((*clip).clone()) else {
        let page = SharePage::for_readers(&app, &visitor, &clip, query).await?;
        return Ok(render(&page));
    };
    let mut page = SharePage::for_owner(&app, &visitor, &owned, query).await?;
    let query = &page.query;
    if let Some(permissions) = &mut page.permissions {
        permissions.is_saved = query.text("done") == Some(SAVED);
        // From *Restrict*, beside a new clip: saves a click.
        permissions.permissions.anyone &= !query.flag("restrict")?;
        permissions.new_links = NewLinks::take(&app, &cookies, &url::share(&clip)).await?;
    }
    if let Some(links) = &mut page.links {
        links.is_revoked = query.text("done") == Some(REVOKED);
        links.add_new(&app, &clip, &cookies).await?;
    }
    let no_store = [(CACHE_CONTROL, "no-store")];
    let cookies = links_section::forget(&clip, cookies);
    let cookies = new_links::forget(cookies, &url::share(&clip));
    Ok((cookies, no_store, render(&page)).into_response())
}

/// Redirects a GET of a form-only address, as after signing in again.
pub async fn back(Path(segment): Path<String>) -> Redirect {
    let segment = url::encode(&segment);
    Redirect::to(&format!("/{segment}/share"))
}

/// The query with what it says of the version's parameters. Fails if the version or result to share does not exist.
pub async fn check(app: &App, clip: &Clip, query: &RowsQuery) -> Result<RowsQuery, Error> {
    let number = query.version.unwrap_or(clip.version.number);
    let version = Version::find(&app.store, clip, number).await?;
    let version =
        version.ok_or_else(|| Error::NotFound(format!("This clip has no version {number}.")))?;
    if let Some(result) = query.result {
        StoredResult::find(&app.store, clip.number, number, result).await?;
    }
    Ok(query.for_parameters(&version.parameters().unwrap_or_default()))
}

/// The values of the rows that are shared, for the newest version's parameters.
async fn shown_values(app: &App, clip: &Clip, query: &RowsQuery) -> Result<RowsQuery, Error> {
    let values = match query.result {
        Some(result) => {
            let version = query.version.unwrap_or(clip.version.number);
            let result = StoredResult::find(&app.store, clip.number, version, result).await?;
            result.values
        }
        None => carried::of_query(clip, &clip.version, query),
    };
    let parameters = clip.version.parameters().unwrap_or_default();
    let pairs = values.iter();
    let pairs = pairs.map(|(name, value)| (name.to_owned(), value.unwrap_or_default().to_owned()));
    Ok(RowsQuery::from_values(pairs, &parameters))
}

/// The formats that take the newest known rows of the version to share.
async fn formats(app: &App, clip: &Clip, query: &RowsQuery) -> Result<Vec<Format>, Error> {
    let pinned = clip.pin.as_ref().map(|pin| pin.version);
    let version = query.version.or(pinned).unwrap_or(clip.version.number);
    let columns = StoredResult::newest_columns(&app.store, clip.number, version).await?;
    Ok(Format::taking(columns.as_deref()).collect())
}

impl<'a> SharePage<'a> {
    async fn for_readers(
        app: &'a App,
        visitor: &'a Visitor,
        clip: &'a Readable<Clip>,
        query: RowsQuery,
    ) -> Result<Self, Error> {
        Ok(Self {
            visitor,
            clip,
            permissions: None,
            links: None,
            formats: formats(app, clip, &query).await?,
            query,
            sees_sql: clip.sees_sql,
            public_url: &app.settings.public_url,
        })
    }

    /// The whole page: with the permissions and the links.
    pub async fn for_owner(
        app: &'a App,
        visitor: &'a Visitor,
        clip: &'a Owned<Clip>,
        query: RowsQuery,
    ) -> Result<Self, Error> {
        let shown = shown_values(app, clip, &query).await?;
        Self::with_values(app, visitor, clip, query, &shown).await
    }

    /// `values` are those of the fields for a new link.
    pub async fn with_values(
        app: &'a App,
        visitor: &'a Visitor,
        clip: &'a Owned<Clip>,
        query: RowsQuery,
        values: &RowsQuery,
    ) -> Result<Self, Error> {
        let formats = formats(app, clip, &query).await?;
        let offered = formats.clone();
        let links = Links::find(app, &visitor.viewer, clip, offered, &query, values).await?;
        Ok(Self {
            visitor,
            clip,
            permissions: Some(PermissionsSection::find(app, clip).await?),
            links: Some(links),
            formats,
            query,
            sees_sql: true,
            public_url: &app.settings.public_url,
        })
    }
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
        self.query.with(&path, &OF_RESULT)
    }

    fn page_path(&self) -> String {
        self.path("")
    }

    fn page(&self) -> String {
        format!("{}{}", self.public_url, self.page_path())
    }

    fn downloads(&self) -> impl Iterator<Item = &Format> {
        let formats = self.formats.iter();
        formats.filter(|format| **format != Format::Sql || self.sees_sql)
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

    fn snippets(&self) -> [Snippet; 6] {
        self.urls().snippets()
    }

    fn typed_snippets(&self) -> Vec<Snippet> {
        self.urls().typed_snippets()
    }

    fn urls(&self) -> RowsUrls {
        let has_parquet = Format::ALL.contains(&Format::Parquet);
        RowsUrls {
            csv: self.rows(Format::Csv),
            json: self.rows(Format::Json),
            parquet: has_parquet.then(|| self.rows(Format::Parquet)),
            is_open: self.clip.anyone,
        }
    }

    /// Where the rows can be drawn on a map.
    fn map_snippets(&self) -> Option<[Snippet; 2]> {
        let url = MapUrl {
            geojson: self.rows(Format::Geojson),
            is_open: self.clip.anyone,
        };
        let is_map = self.formats.contains(&Format::Geojson);
        is_map.then(|| url.snippets())
    }

    /// `psql` knows no parameters, and a hidden query is for its people alone.
    fn query_snippet(&self) -> Option<Snippet> {
        let url = QueryUrl {
            sql: self.rows(Format::Sql),
            is_open: self.clip.anyone,
        };
        (self.clip.show_sql && !self.query.has_parameters()).then(|| url.snippet())
    }
}

fn and(address: &str, parameters: &str) -> String {
    let separator = if address.contains('?') { '&' } else { '?' };
    format!("{address}{separator}{parameters}")
}

fn encode(text: &str) -> String {
    utf8_percent_encode(text, NON_ALPHANUMERIC).to_string()
}
