//! `/{slug}/links`: links to a clip's rows, made, shown once, and revoked: a part of the settings' page.

use std::collections::HashMap;
use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum_extra::extract::cookie::CookieJar;
use jiff::Timestamp;
use serde::Deserialize;

use crate::access::Editable;
use crate::encode::Format;
use crate::error::Error;
use crate::model::{Clip, ClipLink, NewClipLink};
use crate::web::app::App;
use crate::web::auth::expiry::Expiry;
use crate::web::auth::one_time_cookie::OneTimeCookie;
use crate::web::clip::page::clip_page::find;
use crate::web::clip::settings::settings_page::SettingsPage;
use crate::web::http::extract::Path;
use crate::web::http::form::{FieldErrors, Form};
use crate::web::http::url;
use crate::web::http::url::ACCESS_TOKEN;
use crate::web::page::{error_response, time_tag};
use crate::web::visitor::Visitor;

/// What the address says of the page after a link was revoked.
const REVOKED: &str = "link-revoked";

#[derive(Deserialize)]
pub struct Typed {
    label: String,
    expires: Expiry,
    /// By the formats' extensions, each that is ticked.
    #[serde(flatten)]
    ticked: HashMap<String, String>,
}

/// A part of a page.
#[derive(Template)]
#[template(path = "clip/links/links.html")]
pub struct Links {
    slug: String,
    is_open: bool,
    links: Vec<ClipLink>,
    problems: FieldErrors,
    typed_label: String,
    lifetime: Expiry,
    ticked: Vec<Format>,
    new: Option<ShownLink>,
    is_revoked: bool,
}

/// A link that was just made, for the one page that shows it.
struct ShownLink {
    label: String,
    secret: String,
    /// The rows in the first format that it opens.
    address: String,
    is_for_sheets: bool,
}

pub async fn create(
    State(app): State<Arc<App>>,
    Path(segment): Path<String>,
    visitor: Visitor,
    cookies: CookieJar,
    typed: Result<Form<Typed>, Error>,
) -> Result<Response, Error> {
    let clip = visitor.viewer.own_present(find(&app, &segment).await?)?;
    let Form(typed) = typed?;
    let ticked = typed.formats();
    let new = NewClipLink {
        label: &typed.label,
        formats: Some(ticked.as_slice()).filter(|ticked| !ticked.is_empty()),
        expires_at: typed.expires.end(Timestamp::now()),
    };
    let error = match ClipLink::create(&app.store, &clip, &clip.by, &new).await {
        Ok((_, secret)) => {
            let cookies = carrier(&clip).carry(&app.settings, cookies, secret.as_str());
            let page = format!("{}#links", url::settings(&clip));
            return Ok((cookies, Redirect::to(&page)).into_response());
        }
        Err(error) => error,
    };
    let clip = visitor.viewer.edit((*clip).clone())?;
    let mut page = SettingsPage::new(&app, &visitor, &clip).await?;
    if let Some(links) = &mut page.links {
        links.problems = FieldErrors::of(error)?;
        links.typed_label = typed.label;
        links.lifetime = typed.expires;
        links.ticked = ticked;
    }
    Ok((
        StatusCode::UNPROCESSABLE_ENTITY,
        error_response::render(&page),
    )
        .into_response())
}

pub async fn delete(
    State(app): State<Arc<App>>,
    Path((segment, id)): Path<(String, String)>,
    visitor: Visitor,
) -> Result<Redirect, Error> {
    let clip = visitor.viewer.own_present(find(&app, &segment).await?)?;
    ClipLink::revoke(&app.store, &clip, &clip.by, url::id(&id)?).await?;
    let page = url::settings(&clip);
    Ok(Redirect::to(&format!("{page}?done={REVOKED}#links")))
}

/// What a browser opens again that was at a form's answer.
pub async fn back(Path((segment, _)): Path<(String, String)>) -> Redirect {
    let segment = url::encode(&segment);
    Redirect::to(&format!("/{segment}/settings"))
}

pub fn forget(clip: &Clip, cookies: CookieJar) -> CookieJar {
    carrier(clip).forget(cookies)
}

fn carrier(clip: &Clip) -> OneTimeCookie {
    OneTimeCookie::new("dataclips_new_link", url::settings(clip))
}

/// The rows by a link, as a program asks that can send no header.
pub fn with_secret(app: &App, clip: &Clip, format: Format, secret: &str) -> String {
    format!("{}?{ACCESS_TOKEN}={secret}", rows(app, clip, format))
}

fn rows(app: &App, clip: &Clip, format: Format) -> String {
    let (url, path) = (&app.settings.public_url, url::clip(clip));
    format!("{url}{path}.{}", format.extension())
}

impl Typed {
    fn formats(&self) -> Vec<Format> {
        let is_ticked = |format: &Format| self.ticked.contains_key(format.extension());
        Format::ALL.into_iter().filter(is_ticked).collect()
    }
}

impl Links {
    /// For the clip's owner and administrators.
    pub async fn of(
        app: &App,
        visitor: &Visitor,
        clip: &Editable<Clip>,
    ) -> Result<Option<Self>, Error> {
        let Ok(clip) = visitor.viewer.own((**clip).clone()) else {
            return Ok(None);
        };
        Ok(Some(Self {
            slug: clip.slug.as_str().to_owned(),
            is_open: clip.anyone,
            links: ClipLink::all(&app.store, &clip).await?,
            problems: FieldErrors::default(),
            typed_label: String::new(),
            lifetime: Expiry::default(),
            ticked: Vec::new(),
            new: None,
            is_revoked: false,
        }))
    }

    /// What was done, as the page's address says.
    pub fn tell_of(&mut self, query: &HashMap<String, String>) {
        self.is_revoked = query.get("done").is_some_and(|done| done == REVOKED);
    }

    /// Shows the link that was just made, if it is this clip's.
    pub async fn take(&mut self, app: &App, clip: &Clip, cookies: &CookieJar) -> Result<(), Error> {
        let carrier = carrier(clip);
        let Some(secret) = carrier.carried(cookies) else {
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
