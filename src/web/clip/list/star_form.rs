//! `POST /{slug}/star` and `/{slug}/star/removal`: a user marks a clip for themselves.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Redirect;
use serde::Deserialize;

use crate::error::Error;
use crate::model::Star;
use crate::web::app::App;
use crate::web::http::address::ClipAddress;
use crate::web::http::form::Form;
use crate::web::http::url;
use crate::web::visitor::Visitor;

#[derive(Deserialize)]
pub struct Sent {
    /// The address of the list, if the button was there.
    #[serde(default)]
    back: String,
}

pub async fn create(
    State(app): State<Arc<App>>,
    address: ClipAddress,
    visitor: Visitor,
    Form(sent): Form<Sent>,
) -> Result<Redirect, Error> {
    let clip = visitor.viewer.read(app.clip(&address.slug).await?)?;
    Star::create(&app.store, &clip, visitor.viewer.signed_in()?).await?;
    Ok(sent.back(&url::clip(&clip)))
}

pub async fn delete(
    State(app): State<Arc<App>>,
    address: ClipAddress,
    visitor: Visitor,
    Form(sent): Form<Sent>,
) -> Result<Redirect, Error> {
    let clip = visitor.viewer.read(app.clip(&address.slug).await?)?;
    Star::delete(&app.store, &clip, visitor.viewer.signed_in()?).await?;
    Ok(sent.back(&url::clip(&clip)))
}

impl Sent {
    fn back(&self, clip: &str) -> Redirect {
        match self.back.as_str() {
            "" => Redirect::to(clip),
            list => Redirect::to(url::local(list)),
        }
    }
}
