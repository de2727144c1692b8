//! Who sends a request: identified by the session's cookie, a token in the `Authorization` header, or a clip link in that
//! header or the address.

use std::sync::{Arc, OnceLock};

use axum::extract::FromRequestParts;
use axum::http::header::USER_AGENT;
use axum::http::request::Parts;
use axum_extra::extract::cookie::CookieJar;
use axum_extra::headers::HeaderMapExt;
use axum_extra::headers::authorization::{Authorization, Bearer};

use super::app::App;
use super::http::address::{self, Address};
use super::http::csp_nonce::Nonce;
use super::http::request_log::facts;
use super::http::scopes;
use super::http::theme::Theme;
use crate::access::Viewer;
use crate::error::Error;
use crate::model::{Actor, ClipLink, Role, Session, Token, User, Via};

/// The person in front of a page, as far as the request identifies them. An unknown token or cookie counts as none, so
/// that open clips stay open.
#[derive(Clone)]
pub struct Visitor {
    pub viewer: Viewer,
    /// Whether a cookie identified them: then no other origin may read the response.
    pub is_by_cookie: bool,
    pub session: tower_sessions::Session,
    pub theme: Theme,
    /// The `User-Agent` header.
    pub browser: String,
    /// Path and query of the page.
    pub address: String,
    /// Whether the page was requested with a safe method, rather than by a form.
    pub is_reading: bool,
    /// Allows the styles that scripts add to the page.
    pub nonce: Nonce,
}

/// Keeps the visitor of a request for its error page, so that they are looked up once.
#[derive(Clone, Default)]
pub struct KnownVisitor(Arc<OnceLock<Visitor>>);

/// The user of the management API; a request without a valid token is refused. Cookies never count here.
pub struct ApiUser(pub Viewer);

impl Visitor {
    /// For templates.
    pub fn user(&self) -> Option<&User> {
        match &self.viewer {
            Viewer::User(user) => Some(user),
            Viewer::Anonymous | Viewer::Link(_) => None,
        }
    }

    /// Whether their role allows them to query databases. For templates.
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

    /// A visitor who is not signed in: for an error page when the visitor cannot be looked up.
    pub fn anonymous(parts: &Parts) -> Self {
        Self::new(parts, session(parts), Viewer::Anonymous)
    }

    /// To the audit.
    fn identify(&self) {
        let via = match &self.viewer {
            Viewer::Anonymous => Via::Anonymous,
            Viewer::Link(_) => Via::Link,
            Viewer::User(_) if self.is_by_cookie => Via::Browser,
            Viewer::User(_) => Via::Token,
        };
        let user = self.user();
        let token = user.and_then(|user| user.token.as_ref());
        Actor::identify(user.map(|user| user.id), via, token.map(|token| token.id));
    }

    fn new(parts: &Parts, session: tower_sessions::Session, viewer: Viewer) -> Self {
        if let Viewer::User(user) = &viewer {
            facts::note_user(user.id);
        }
        Self {
            viewer,
            is_by_cookie: false,
            session,
            theme: Theme::from_cookies(&CookieJar::from_headers(&parts.headers)),
            browser: browser(parts),
            address: address::without_access_token(&parts.uri),
            is_reading: parts.method.is_safe(),
            nonce: parts.extensions.get().cloned().unwrap_or_default(),
        }
    }
}

impl KnownVisitor {
    pub fn get(&self) -> Option<&Visitor> {
        self.0.get()
    }
}

impl FromRequestParts<Arc<App>> for Visitor {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Error> {
        let visitor = find(parts, app).await?;
        visitor.identify();
        if let Some(known) = parts.extensions.get::<KnownVisitor>() {
            let _ = known.0.set(visitor.clone());
        }
        Ok(visitor)
    }
}

impl FromRequestParts<Arc<App>> for ApiUser {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Error> {
        let Some(token) = bearer(parts) else {
            return Err(Error::Unauthenticated(
                "Send a token in the header `Authorization: Bearer TOKEN`. Create one on your account page, or with `dataclips token add`.",
            ));
        };
        let user = Token::find_user(&app.store, token.token()).await?;
        let user = user.ok_or(Error::Unauthenticated(
            "This token is unknown, expired or revoked. Create a new one on your account page, or with `dataclips token add`.",
        ))?;
        let needed = scopes::needed(&parts.method, parts.uri.path());
        let user = user.with_one_of(needed)?;
        let token = user.token.as_ref().map(|token| token.id);
        Actor::identify(Some(user.id), Via::Token, token);
        facts::note_user(user.id);
        Ok(Self(Viewer::User(user)))
    }
}

async fn find(parts: &Parts, app: &App) -> Result<Visitor, Error> {
    let session = session(parts);
    let by_token = match bearer(parts) {
        Some(token) => Token::find_user(&app.store, token.token()).await?,
        None => None,
    };
    if let Some(user) = by_token {
        let user = user.with_one_of(scopes::needed(&parts.method, parts.uri.path()))?;
        return Ok(Visitor::new(parts, session, Viewer::User(user)));
    }
    if let Some(link) = link(parts, app).await? {
        return Ok(Visitor::new(parts, session, Viewer::Link(link)));
    }
    let Some(user) = Session::user(&app.store, &session).await? else {
        return Ok(Visitor::new(parts, session, Viewer::Anonymous));
    };
    Ok(Visitor {
        is_by_cookie: true,
        ..Visitor::new(parts, session, Viewer::User(user))
    })
}

/// The session, which a layer puts into every request for pages and rows.
fn session(parts: &Parts) -> tower_sessions::Session {
    parts
        .extensions
        .get::<tower_sessions::Session>()
        .cloned()
        .expect("pages and rows have the session layer")
}

/// The clip link that opens the requested rows. Links open nothing else.
async fn link(parts: &Parts, app: &App) -> Result<Option<ClipLink>, Error> {
    let Some(Address::Rows(rows)) = parts.extensions.get() else {
        return Ok(None);
    };
    let Ok(slug) = rows.slug() else {
        return Ok(None);
    };
    let in_header = bearer(parts).map(|token| token.token().to_owned());
    let in_address = address::access_token(&parts.uri);
    for secret in in_header.into_iter().chain(in_address) {
        if let Some(link) = ClipLink::find(&app.store, slug, &secret).await? {
            return Ok(Some(link));
        }
    }
    Ok(None)
}

fn bearer(parts: &Parts) -> Option<Authorization<Bearer>> {
    parts.headers.typed_get()
}

/// The `User-Agent` header; empty where there is none.
fn browser(parts: &Parts) -> String {
    let name = parts.headers.get(USER_AGENT);
    let name = name.and_then(|name| name.to_str().ok());
    name.unwrap_or_default().to_owned()
}
