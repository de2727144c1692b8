//! `POST /{slug}/links`: creates a link to a clip's rows, which the share page shows once; and revokes links.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum_extra::extract::cookie::CookieJar;
use jiff::Timestamp;

use super::share_page::{self, SharePage};
use crate::access::Owned;
use crate::encode::Format;
use crate::error::Error;
use crate::model::{Clip, ClipLink, LinkSecret, NewClipLink};
use crate::web::app::App;
use crate::web::auth::expiry::Expiry;
use crate::web::clip::links::create_link;
use crate::web::clip::links::links_section::{REVOKED, cookie};
use crate::web::clip::parameters::field::{NULL_PREFIX, Purpose};
use crate::web::clip::parameters::fields;
use crate::web::http::address::ClipAddress;
use crate::web::http::extract::Path;
use crate::web::http::form::Form;
use crate::web::http::url;
use crate::web::page::render;
use crate::web::rows::query::{OF_RESULT, RowsQuery};
use crate::web::visitor::Visitor;

#[derive(Default)]
struct Typed {
    label: String,
    expires: Expiry,
    ticked: Vec<Format>,
    /// The values to fix, by parameter; empty ones are NULL.
    values: Vec<(String, String)>,
}

/// The address has what the page shares.
pub async fn create(
    State(app): State<Arc<App>>,
    address: ClipAddress,
    visitor: Visitor,
    cookies: CookieJar,
    query: Result<RowsQuery, Error>,
    pairs: Result<Form<Vec<(String, String)>>, Error>,
) -> Result<Response, Error> {
    let clip = visitor.viewer.own_present(app.clip(&address.slug).await?)?;
    let query = share_page::check(&app, &clip, &query?).await?;
    let Form(pairs) = pairs?;
    let typed = Typed::read(pairs)?;
    let error = match typed.create(&app, &clip).await {
        Ok(secret) => {
            let cookies = cookie(&clip).set(&app.settings, cookies, secret.as_str());
            let page = format!("{}#links", query.with(&url::share(&clip), &OF_RESULT));
            return Ok((cookies, Redirect::to(&page)).into_response());
        }
        Err(error) => error,
    };
    let parameters = clip.version.parameters().unwrap_or_default();
    let values = RowsQuery::from_values(typed.values, &parameters);
    let mut page = SharePage::with_values(&app, &visitor, &clip, query, &values).await?;
    if let Some(links) = &mut page.links {
        links.typed_label = typed.label;
        links.lifetime = typed.expires;
        links.ticked = typed.ticked;
        links.refuse(error)?;
    }
    Ok((StatusCode::UNPROCESSABLE_ENTITY, render(&page)).into_response())
}

pub async fn delete(
    State(app): State<Arc<App>>,
    address: ClipAddress,
    Path((_, id)): Path<(String, String)>,
    visitor: Visitor,
) -> Result<Redirect, Error> {
    let clip = visitor.viewer.own_present(app.clip(&address.slug).await?)?;
    ClipLink::revoke(&app.store, &clip, &clip.by, url::id(&id)?).await?;
    let page = url::share(&clip);
    Ok(Redirect::to(&format!("{page}?done={REVOKED}#links")))
}

/// Redirects a GET of a form-only address, as after signing in again.
pub async fn back(Path((segment, _)): Path<(String, String)>) -> Redirect {
    let segment = url::encode(&segment);
    Redirect::to(&format!("/{segment}/share"))
}

impl Typed {
    fn read(pairs: Vec<(String, String)>) -> Result<Self, Error> {
        let mut typed = Self::default();
        for (name, value) in pairs {
            match name.as_str() {
                "label" => typed.label = value,
                "expires" => typed.expires = Expiry::parse(&value)?,
                _ => typed.read_other(&name, value),
            }
        }
        Ok(typed)
    }

    fn read_other(&mut self, name: &str, value: String) {
        if let Some(parameter) = name.strip_prefix(Purpose::Link.prefix()) {
            if !value.is_empty() {
                self.values.push((parameter.to_owned(), value));
            }
        } else if let Some(parameter) = name.strip_prefix(NULL_PREFIX) {
            self.values.push((parameter.to_owned(), String::new()));
        } else {
            self.ticked.extend(Format::parse(name));
        }
    }

    async fn create(&self, app: &App, clip: &Owned<Clip>) -> Result<LinkSecret, Error> {
        let parameters = clip.version.parameters().unwrap_or_default();
        let columns = fields::columns(clip, &clip.version, &parameters);
        let query = RowsQuery::from_values(self.values.clone(), &parameters);
        let has_both = |name: &&str| {
            let is_null = query.all(name).any(str::is_empty);
            is_null && !query.given(name, None).is_empty()
        };
        if let Some(name) = parameters.names().find(has_both) {
            return Err(Error::Invalid {
                field: format!("{}{name}", Purpose::Link.prefix()).into(),
                message: "Give a value or tick NULL, not both.".to_owned(),
            });
        }
        let values = query.values(&parameters, &columns)?;
        let new = NewClipLink {
            label: &self.label,
            formats: Some(self.ticked.as_slice()).filter(|ticked| !ticked.is_empty()),
            values: Some(&values),
            expires_at: self.expires.end(Timestamp::now()),
        };
        let (_, secret) = create_link::create(app, clip, &new).await?;
        Ok(secret)
    }
}
