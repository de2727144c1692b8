//! The links to a clip's rows, as a part of the share page.

use askama::Template;
use axum_extra::extract::cookie::CookieJar;

use crate::access::{Owned, Viewer};
use crate::encode::Format;
use crate::error::Error;
use crate::model::{Clip, ClipLink};
use crate::run::Parameters;
use crate::web::app::App;
use crate::web::auth::expiry::Expiry;
use crate::web::auth::one_time_cookie::OneTimeCookie;
use crate::web::clip::parameters::field::Purpose;
use crate::web::clip::parameters::fields::{self, FieldsSource, NamedField};
use crate::web::clip::parameters::labelled;
use crate::web::http::address::ACCESS_TOKEN;
use crate::web::http::form::FieldErrors;
use crate::web::http::url;
use crate::web::page::error_response::ErrorDetail;
use crate::web::page::time_tag;
use crate::web::rows::parameter_values::error_of_values;
use crate::web::rows::query::{OF_RESULT, RowsQuery};

/// The value of `done` in the page's address after a link was revoked.
pub const REVOKED: &str = "link-revoked";

/// A part of a page.
#[derive(Template)]
#[template(path = "clip/links/links.html")]
pub struct Links<'a> {
    clip: &'a Clip,
    slug: String,
    is_open: bool,
    links: Vec<ClipLink>,
    pub problems: FieldErrors,
    pub typed_label: String,
    pub lifetime: Expiry,
    /// The formats that can be ticked.
    choices: Vec<Format>,
    pub ticked: Vec<Format>,
    /// For the values that a new link may fix.
    fields: Vec<NamedField>,
    /// What the page shares, for the address to which its form leads.
    shared: RowsQuery,
    parameters: Parameters,
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

fn rows(app: &App, clip: &Clip, format: Format) -> String {
    let (url, path) = (&app.settings.public_url, url::clip(clip));
    format!("{url}{path}.{}", format.extension())
}

impl<'a> Links<'a> {
    /// `formats` can be ticked. `values` are those that the fields have: of the page whose rows are shared, or as they were typed.
    pub async fn find(
        app: &App,
        viewer: &Viewer,
        clip: &'a Owned<Clip>,
        formats: Vec<Format>,
        shared: &RowsQuery,
        values: &RowsQuery,
    ) -> Result<Self, Error> {
        let parameters = clip.version.parameters().unwrap_or_default();
        let fields = FieldsSource {
            app,
            viewer,
            clip: Some(clip),
            parameters: clip.in_order(&parameters),
            columns: &fields::columns(clip, &clip.version, &parameters),
            query: values,
            purpose: Purpose::Link,
        };
        Ok(Self {
            fields: fields.find().await,
            shared: shared.clone(),
            parameters,
            clip,
            slug: clip.slug.as_str().to_owned(),
            is_open: clip.anyone,
            links: ClipLink::all(&app.store, clip).await?,
            problems: FieldErrors::default(),
            typed_label: String::new(),
            lifetime: Expiry::default(),
            choices: formats,
            ticked: Vec::new(),
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

    /// Shows why a link was not made: beside the field of the value that it is about, if it is about one.
    pub fn refuse(&mut self, error: Error) -> Result<(), Error> {
        let about = match &error {
            Error::Invalid { field, .. } => field.strip_prefix(Purpose::Link.prefix()),
            _ => error_of_values(&error).and_then(|about| about.name.as_deref()),
        };
        match about.map(str::to_owned) {
            Some(name) => self.refuse_value(&name, &ErrorDetail::new(&error).message),
            None => self.problems = FieldErrors::from_error(error)?,
        }
        Ok(())
    }

    fn refuse_value(&mut self, name: &str, problem: &str) {
        let fields = std::mem::take(&mut self.fields).into_iter();
        let fields = fields.map(|(parameter, field)| match parameter == name {
            true => (parameter, field.with_problem(Some(problem.to_owned()))),
            false => (parameter, field),
        });
        self.fields = fields.collect();
    }

    /// Where the form is sent, with what the page shares.
    fn action(&self) -> String {
        let path = format!("{}/links", url::clip(self.clip));
        self.shared.with(&path, &OF_RESULT)
    }

    /// The values that a link fixes, each with the label of its field.
    fn fixed(&self, link: &ClipLink) -> Vec<(String, Option<String>)> {
        labelled(self.clip, &self.parameters, link.values.all())
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
