//! The person whose account it is.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;

use crate::error::Error;
use crate::model::User;
use crate::web::app::App;
use crate::web::visitor::Visitor;

/// A person who is signed in with this browser. A token is not enough: a person who found one must not make others from
/// it, or sign its owner out.
pub struct Person {
    pub visitor: Visitor,
    pub user: User,
}

impl FromRequestParts<Arc<App>> for Person {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Error> {
        let visitor = Visitor::from_request_parts(parts, app).await?;
        let user = visitor.user().filter(|_| visitor.is_by_cookie).cloned();
        let user = user.ok_or(Error::Unauthenticated("Sign in to see your account."))?;
        Ok(Self { visitor, user })
    }
}
