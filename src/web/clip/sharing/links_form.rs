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
use crate::model::{ClipLink, NewClipLink};
use crate::web::app::App;
use crate::web::auth::expiry::Expiry;
use crate::web::clip::links::links_section::{REVOKED, cookie};
use crate::web::http::address::ClipAddress;
use crate::web::http::extract::Path;
use crate::web::http::form::{FieldErrors, Form};
use crate::web::http::url;
use crate::web::page::render;
use crate::web::visitor::Visitor;

#[derive(Deserialize)]
pub struct Typed {
    label: String,
    expires: Expiry,
    /// The extensions of the ticked formats.
    #[serde(flatten)]
    ticked: HashMap<String, String>,
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
    let new = NewClipLink {
        label: &typed.label,
        formats: Some(ticked.as_slice()).filter(|ticked| !ticked.is_empty()),
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
        let is_ticked = |format: &Format| self.ticked.contains_key(format.extension());
        Format::ALL.into_iter().filter(is_ticked).collect()
    }
}
