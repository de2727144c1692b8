//! Decides access to rows, before format, cache, ETag and run, and whether other origins may read the response.

use std::sync::Arc;

use axum::extract::{FromRequestParts, Request, State};
use axum::http::request::Parts;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::access::Readable;
use crate::encode::Format;
use crate::error::Error;
use crate::model::Clip;
use crate::web::app::App;
use crate::web::auth::client_address::ClientAddress;
use crate::web::auth::starter::Starter;
use crate::web::http::address::RowsAddress;
use crate::web::http::cors;
use crate::web::http::request_log::facts;
use crate::web::visitor::Visitor;

/// A clip whose rows the visitor may read in this format.
#[derive(Clone)]
pub struct OpenClip {
    pub clip: Readable<Clip>,
    pub format: Format,
    pub starter: Starter,
    /// Whether the visitor is told who wrote a query, as on the pages of its history.
    pub is_signed_in: bool,
}

/// Layer of the rows' sub-router: puts an [`OpenClip`] into the request, or refuses it.
pub async fn open(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    let visitor = Visitor::from_request_parts(&mut parts, &app).await;
    let address = RowsAddress::from_request_parts(&mut parts, &app).await;
    let Ok(client) = ClientAddress::from_request_parts(&mut parts, &app).await;
    let mut may_others_read = false;
    let opened = async {
        let (visitor, address) = (visitor?, address?);
        let starter = Starter::new(&visitor.viewer, client);
        let clip = app.cached_clip(address.slug()?).await;
        let clip = clip.and_then(|clip| visitor.viewer.read_rows(clip));
        // Only those who might see a clip learn that it was removed. Scripts of other sites never read what only a
        // cookie opened.
        may_others_read = match &clip {
            Ok(clip) => clip.anyone || !visitor.is_by_cookie,
            Err(Error::Removed) => !visitor.is_by_cookie,
            Err(_) => false,
        };
        let clip = clip?;
        facts::note_access(clip.sees_sql);
        let format = address.form.format()?;
        clip.allows(format)?;
        Ok::<_, Error>(OpenClip {
            clip,
            format,
            starter,
            is_signed_in: visitor.viewer.signed_in().is_ok(),
        })
    };
    let mut response = match opened.await {
        Ok(open) => {
            parts.extensions.insert(open);
            next.run(Request::from_parts(parts, body)).await
        }
        Err(error) => error.into_response(),
    };
    if may_others_read {
        cors::allow(response.headers_mut());
    }
    response
}

impl<S: Send + Sync> FromRequestParts<S> for OpenClip {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Error> {
        let open = parts.extensions.get().cloned();
        open.ok_or_else(|| Error::internal("a route for rows lacks the layer that opens the clip"))
    }
}
