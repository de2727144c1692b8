//! `POST /{slug}/links`: creates a link to a clip's rows, which the share page shows once; and revokes links.

use std::collections::HashMap;
use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum_extra::extract::cookie::CookieJar;
use jiff::Timestamp;
use serde::Deserialize;

use super::share_page::SharePage;
use crate::encode::Format;
use crate::error::Error;
use crate::model::{Clip, ClipLink, NewClipLink};
use crate::run::Values;
use crate::web::app::App;
use crate::web::auth::expiry::Expiry;
use crate::web::clip::links::links_section::{FIELD, REVOKED, cookie, field};
use crate::web::http::address::ClipAddress;
use crate::web::http::extract::Path;
use crate::web::http::form::{FieldErrors, Form};
use crate::web::http::url;
use crate::web::page::render;
use crate::web::rows::query::RowsQuery;
use crate::web::visitor::Visitor;

#[derive(Deserialize)]
pub struct Typed {
    label: String,
    expires: Expiry,
    /// The extensions of the ticked formats, and the values to fix.
    #[serde(flatten)]
    others: HashMap<String, String>,
}

pub async fn create(
    State(app): State<Arc<App>>,
    address: ClipAddress,
    visitor: Visitor,
    cookies: CookieJar,
    typed: Result<Form<Typed>, Error>,
) -> Result<Response, Error> {
    let clip = visitor.viewer.own_present(app.clip(&address.slug).await?)?;
    let Form(typed) = typed?;
    let ticked = typed.formats();
    let values = typed.values(&clip)?;
    let new = NewClipLink {
        label: &typed.label,
        formats: Some(ticked.as_slice()).filter(|ticked| !ticked.is_empty()),
        values: Some(&values),
        expires_at: typed.expires.end(Timestamp::now()),
    };
    let error = match ClipLink::create(&app.store, &clip, &clip.by, &new).await {
        Ok((_, secret)) => {
            let cookies = cookie(&clip).set(&app.settings, cookies, secret.as_str());
            let page = format!("{}#links", url::share(&clip));
            return Ok((cookies, Redirect::to(&page)).into_response());
        }
        Err(error) => error,
    };
    let mut page = SharePage::for_owner(&app, &visitor, &clip).await?;
    if let Some(links) = &mut page.links {
        links.problems = FieldErrors::from_error(error)?;
        links.typed_label = typed.label;
        links.lifetime = typed.expires;
        links.ticked = ticked;
        for (name, value) in &typed.others {
            if let Some(parameter) = name.strip_prefix(FIELD) {
                links.type_value(parameter, value);
            }
        }
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
    fn formats(&self) -> Vec<Format> {
        let is_ticked = |format: &Format| self.others.contains_key(format.extension());
        Format::ALL.into_iter().filter(is_ticked).collect()
    }

    /// Those that are not empty, as an address would give them.
    fn values(&self, clip: &Clip) -> Result<Values, Error> {
        let parameters = clip.version.parameters().unwrap_or_default();
        let typed = parameters.iter().filter_map(|parameter| {
            let value = self.others.get(&field(&parameter.name))?;
            Some((parameter.name.clone(), value.clone())).filter(|_| !value.is_empty())
        });
        let query = RowsQuery::from_pairs(typed)?;
        query.values(&parameters, &clip.version.parameter_types)
    }
}
