//! Who opens a page: from the session's cookie, from a token in the request's header, or from a clip link in either the
//! header or the address.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::HeaderMap;
use axum::http::header::{AUTHORIZATION, USER_AGENT};
use axum::http::request::Parts;
use axum_extra::extract::cookie::CookieJar;

use super::http::csp_nonce::Nonce;
use super::http::theme::Theme;
use super::http::url;
use crate::access::Viewer;
use crate::error::Error;
use crate::model::{ClipLink, Role, Session, Token, User};
use crate::web::app::App;

/// The person in front of a page, as far as the request tells. An unknown token or cookie counts as none, so that open
/// clips stay open.
pub struct Visitor {
    pub viewer: Viewer,
    /// Whether a cookie says who it is: that is no reason to let another origin read the answer.
    pub is_by_cookie: bool,
    pub session: tower_sessions::Session,
    pub theme: Theme,
    /// What the browser calls itself.
    pub browser: String,
    /// Path and query of the page.
    pub address: String,
    /// Whether the page was asked for, and is not the answer to a form.
    pub is_reading: bool,
    /// For what scripts add to the page.
    pub nonce: Nonce,
}

/// The user of the management API; a request without a valid token gets no further. Cookies never count here.
pub struct ApiUser(pub Viewer);

impl Visitor {
    /// For templates.
    pub fn user(&self) -> Option<&User> {
        match &self.viewer {
            Viewer::User(user) => Some(user),
            Viewer::Anonymous | Viewer::Link(_) => None,
        }
    }

    /// Whether somebody may have databases to query. For templates.
    pub fn writes_clips(&self) -> bool {
        self.user().is_some_and(|user| user.role != Role::Guest)
    }

    /// For templates.
    pub fn is_administrator(&self) -> bool {
        self.user().is_some_and(User::is_administrator)
    }

    /// Whether the page is this one, or below it. For templates.
    pub fn is_at(&self, path: &str) -> bool {
        let here = self.address.split('?').next().unwrap_or_default();
        match here.strip_prefix(path) {
            Some(rest) => rest.is_empty() || rest.starts_with('/'),
            None => false,
        }
    }

    /// As one who is not signed in, for a page that says why nothing else can be said.
    pub fn anonymous(parts: &Parts) -> Self {
        Self::new(parts, session(parts), Viewer::Anonymous)
    }

    fn new(parts: &Parts, session: tower_sessions::Session, viewer: Viewer) -> Self {
        Self {
            viewer,
            is_by_cookie: false,
            session,
            theme: Theme::of(&CookieJar::from_headers(&parts.headers)),
            browser: header(&parts.headers, USER_AGENT).to_owned(),
            address: url::without_token(&parts.uri),
            is_reading: parts.method.is_safe(),
            nonce: parts.extensions.get().cloned().unwrap_or_default(),
        }
    }
}

impl FromRequestParts<Arc<App>> for Visitor {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Error> {
        let session = session(parts);
        let by_token = match bearer(parts) {
            Some(token) => Token::find_user(&app.store, token).await?,
            None => None,
        };
        if let Some(user) = by_token {
            return Ok(Self::new(parts, session, Viewer::User(user)));
        }
        if let Some(link) = link(parts, app).await? {
            return Ok(Self::new(parts, session, Viewer::Link(link)));
        }
        let Some(user) = Session::user(&app.store, &session).await? else {
            return Ok(Self::new(parts, session, Viewer::Anonymous));
        };
        Ok(Self {
            is_by_cookie: true,
            ..Self::new(parts, session, Viewer::User(user))
        })
    }
}

impl FromRequestParts<Arc<App>> for ApiUser {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Error> {
        let Some(token) = bearer(parts) else {
            return Err(Error::Unauthenticated(
                "Send a token: the header `Authorization: Bearer TOKEN`. Make one on your account page, or with `dataclips token add`.",
            ));
        };
        let user = Token::find_user(&app.store, token).await?;
        let user = user.ok_or(Error::Unauthenticated(
            "This token is unknown, expired or revoked. Make a new one on your account page, or with `dataclips token add`.",
        ))?;
        Ok(Self(Viewer::User(user)))
    }
}

/// The session's layer puts one into every request.
fn session(parts: &Parts) -> tower_sessions::Session {
    parts
        .extensions
        .get::<tower_sessions::Session>()
        .cloned()
        .expect("the router has the session's layer")
}

/// The clip link that opens what is asked for: rows, and nothing else.
async fn link(parts: &Parts, app: &App) -> Result<Option<ClipLink>, Error> {
    let Some(slug) = url::rows_of(&parts.uri) else {
        return Ok(None);
    };
    let in_address = url::access_token(&parts.uri);
    for secret in bearer(parts).into_iter().chain(in_address.as_deref()) {
        if let Some(link) = ClipLink::find(&app.store, &slug, secret).await? {
            return Ok(Some(link));
        }
    }
    Ok(None)
}

fn bearer(parts: &Parts) -> Option<&str> {
    let (scheme, token) = header(&parts.headers, AUTHORIZATION).split_once(' ')?;
    scheme
        .eq_ignore_ascii_case("bearer")
        .then_some(token.trim())
}

fn header(headers: &HeaderMap, name: axum::http::HeaderName) -> &str {
    headers
        .get(name)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default()
}
