//! `POST /{slug}/permissions`: changes on the share page who may see and edit a clip.

use std::sync::Arc;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Redirect, Response};
use axum_extra::extract::cookie::CookieJar;

use super::permissions;
use super::permissions_section::Permissions;
use super::share_page::{SAVED, SharePage};
use crate::access::Owned;
use crate::error::Error;
use crate::model::{Clip, Grant, Grantee, OneTimeLink, Revoked, Sharing};
use crate::web::app::App;
use crate::web::auth::invitation::Invited;
use crate::web::http::address::ClipAddress;
use crate::web::http::form::{FieldErrors, Form};
use crate::web::http::url;
use crate::web::page::{error_response, render};
use crate::web::people::new_links;
use crate::web::rows::query::RowsQuery;
use crate::web::visitor::Visitor;

pub async fn update(
    State(app): State<Arc<App>>,
    address: ClipAddress,
    visitor: Visitor,
    cookies: CookieJar,
    Form(fields): Form<Vec<(String, String)>>,
) -> Result<Response, Error> {
    let clip = visitor.viewer.own_present(app.clip(&address.slug).await?)?;
    let typed = Permissions::read(&fields, &clip);
    let error = match save(&app, &clip, &typed).await {
        Ok(links) => {
            let cookies = new_links::keep(&app, cookies, &links, &url::share(&clip));
            let page = format!("{}?done={SAVED}#permissions", url::share(&clip));
            return Ok((cookies, Redirect::to(&page)).into_response());
        }
        Err(error) => error,
    };
    let status = error_response::status(&error);
    let mut headers = HeaderMap::new();
    error_response::add_headers(&error, &mut headers);
    let error = match error {
        error @ Error::TooManyAttempts { .. } => Error::invalid("grants", error.to_string()),
        error => error,
    };
    let mut page = SharePage::for_owner(&app, &visitor, &clip, RowsQuery::default()).await?;
    if let Some(section) = &mut page.permissions {
        section.problems = FieldErrors::from_error(error)?;
        section.permissions = typed;
    }
    Ok((status, headers, render(&page)).into_response())
}

/// Returns, for an administrator, the links to hand over to the people who had no account yet.
async fn save(
    app: &Arc<App>,
    clip: &Owned<Clip>,
    typed: &Permissions,
) -> Result<Vec<OneTimeLink>, Error> {
    let added = permissions::parse_grantees(&typed.added)?;
    let added = added.into_iter().map(|to| Grant {
        to,
        may: typed.added_may,
    });
    let changed = typed.grants.iter().filter(|row| row.may != row.was);
    let changed = changed.filter_map(|row| {
        let (to, may) = (row.to.clone(), row.may?);
        Some(Grant { to, may })
    });
    let revoked = typed.grants.iter().filter(|row| row.may.is_none());
    let revoked: Vec<Grantee> = revoked.map(|row| row.to.clone()).collect();
    let sharing = Sharing {
        anyone: Some(typed.anyone).filter(|_| Some(typed.anyone) != typed.was_anyone),
        granted: &added.collect::<Vec<_>>(),
        changed: &changed.collect::<Vec<_>>(),
        revoked: Revoked::Those(&revoked),
    };
    let shared = permissions::share(app, clip, &sharing).await?;
    let invited = shared.invited.into_iter();
    let links = invited.filter_map(|(_, invited)| match invited {
        Invited::Link(link) => Some(link),
        Invited::Known | Invited::Mailed | Invited::MailFailed(_) | Invited::Waits => None,
    });
    Ok(links.collect())
}
