//! Reads who asks from a request.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;

use super::App;
use crate::access::Viewer;
use crate::error::Error;
use crate::model::Token;

/// The viewer of a data URL: an unknown token counts as none, so that open clips stay open.
pub struct DataViewer(pub Viewer);

/// The user of the management API; a request without a valid token gets no further.
pub struct ApiUser(pub Viewer);

impl FromRequestParts<Arc<App>> for DataViewer {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Error> {
        let viewer = match bearer(parts) {
            Some(token) => Token::find_user(&app.store, token).await?,
            None => None,
        };
        Ok(Self(viewer.map_or(Viewer::Anonymous, Viewer::User)))
    }
}

impl FromRequestParts<Arc<App>> for ApiUser {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Error> {
        let Some(token) = bearer(parts) else {
            return Err(Error::Unauthenticated(
                "Send a token: the header `Authorization: Bearer TOKEN`. `dataclips token add` makes one.",
            ));
        };
        let user = Token::find_user(&app.store, token).await?;
        let user = user.ok_or(Error::Unauthenticated(
            "This token is unknown, expired or revoked. Make a new one with `dataclips token add`.",
        ))?;
        Ok(Self(Viewer::User(user)))
    }
}

fn bearer(parts: &Parts) -> Option<&str> {
    let value = parts.headers.get(AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme
        .eq_ignore_ascii_case("bearer")
        .then_some(token.trim())
}
