//! The links to a clip's rows, as a part of the share page.

use askama::Template;
use axum_extra::extract::cookie::CookieJar;

use crate::access::Owned;
use crate::encode::Format;
use crate::error::Error;
use crate::model::{Clip, ClipLink};
use crate::web::app::App;
use crate::web::auth::expiry::Expiry;
use crate::web::auth::one_time_cookie::OneTimeCookie;
use crate::web::http::address::ACCESS_TOKEN;
use crate::web::http::form::FieldErrors;
use crate::web::http::url;
use crate::web::page::time_tag;

/// The value of `done` in the page's address after a link was revoked.
pub const REVOKED: &str = "link-revoked";

/// With which the names of the form's fields for values begin.
pub const FIELD: &str = "values.";

/// A part of a page.
#[derive(Template)]
#[template(path = "clip/links/links.html")]
pub struct Links {
    slug: String,
    is_open: bool,
    links: Vec<ClipLink>,
    pub problems: FieldErrors,
    pub typed_label: String,
    pub lifetime: Expiry,
    pub ticked: Vec<Format>,
    /// The parameters whose values a new link may fix, each with what was typed.
    pub parameters: Vec<(String, String)>,
    new: Option<ShownLink>,
    pub is_revoked: bool,
}

/// A new link, for the one page that shows it.
struct ShownLink {
    label: String,
    secret: String,
    /// The address of the rows, in the first format that it opens.
    address: String,
    is_for_sheets: bool,
}

pub fn forget(clip: &Clip, cookies: CookieJar) -> CookieJar {
    cookie(clip).remove(cookies)
}

pub fn cookie(clip: &Clip) -> OneTimeCookie {
    OneTimeCookie::new("dataclips_new_link", url::share(clip))
}

/// The address of the rows with a link's secret in it, for a client that cannot send headers.
pub fn with_secret(app: &App, clip: &Clip, format: Format, secret: &str) -> String {
    format!("{}?{ACCESS_TOKEN}={secret}", rows(app, clip, format))
}

/// Those of the newest version, without values.
fn parameters(clip: &Clip) -> Vec<(String, String)> {
    let parameters = clip.version.parameters().unwrap_or_default();
    let names = parameters.iter().map(|parameter| parameter.name.clone());
    names.map(|name| (name, String::new())).collect()
}

/// The name of the form's field for a parameter.
pub fn field(parameter: &str) -> String {
    format!("{FIELD}{parameter}")
}

fn rows(app: &App, clip: &Clip, format: Format) -> String {
    let (url, path) = (&app.settings.public_url, url::clip(clip));
    format!("{url}{path}.{}", format.extension())
}

impl Links {
    pub async fn find(app: &App, clip: &Owned<Clip>) -> Result<Self, Error> {
        Ok(Self {
            slug: clip.slug.as_str().to_owned(),
            is_open: clip.anyone,
            links: ClipLink::all(&app.store, clip).await?,
            problems: FieldErrors::default(),
            typed_label: String::new(),
            lifetime: Expiry::default(),
            ticked: Vec::new(),
            parameters: parameters(clip),
            new: None,
            is_revoked: false,
        })
    }

    /// Adds the new link that the cookie names, if it is this clip's.
    pub async fn add_new(
        &mut self,
        app: &App,
        clip: &Clip,
        cookies: &CookieJar,
    ) -> Result<(), Error> {
        let cookie = cookie(clip);
        let Some(secret) = cookie.secret(cookies) else {
            return Ok(());
        };
        let link = ClipLink::find_unused(&app.store, clip, secret).await?;
        self.new = link.and_then(|link| {
            let format = *link.allowed().first()?;
            Some(ShownLink {
                label: link.label,
                secret: secret.to_owned(),
                address: rows(app, clip, format),
                is_for_sheets: matches!(format, Format::Csv | Format::Tsv),
            })
        });
        Ok(())
    }

    /// For a cell of Google Sheets.
    fn formula(&self, new: &ShownLink) -> String {
        format!("=IMPORTDATA(\"{}\")", self.address(new))
    }

    fn address(&self, new: &ShownLink) -> String {
        format!("{}?{ACCESS_TOKEN}={}", new.address, new.secret)
    }

    fn script(&self, new: &ShownLink) -> String {
        let ShownLink {
            secret, address, ..
        } = new;
        format!("curl -H 'Authorization: Bearer {secret}' {address}")
    }

    /// Shows what was typed for a parameter.
    pub fn type_value(&mut self, name: &str, typed: &str) {
        let mut parameters = self.parameters.iter_mut();
        if let Some((_, value)) = parameters.find(|(known, _)| known == name) {
            typed.clone_into(value);
        }
    }

    fn field(&self, parameter: &str) -> String {
        field(parameter)
    }

    fn is_ticked(&self, format: &Format) -> bool {
        self.ticked.contains(format)
    }

    /// “CSV, Excel”
    fn formats(&self, link: &ClipLink) -> String {
        match &link.formats {
            Some(_) => {
                let allowed = link.allowed();
                let names: Vec<_> = allowed.into_iter().map(Format::name).collect();
                names.join(", ")
            }
            None => "every format".to_owned(),
        }
    }
}
