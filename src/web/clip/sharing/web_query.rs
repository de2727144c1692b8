//! Web queries of Excel: `/{slug}/excel.iqy` names `/{slug}/table`, a bare HTML table of all rows.

use std::sync::Arc;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};

use super::share_page::check;
use crate::encode::Format;
use crate::error::Error;
use crate::model::Clip;
use crate::web::app::App;
use crate::web::auth::client_address::ClientAddress;
use crate::web::auth::starter::Starter;
use crate::web::http::address::ClipAddress;
use crate::web::http::url;
use crate::web::rows::download;
use crate::web::rows::open_clip::OpenClip;
use crate::web::rows::query::{OF_RESULT, RowsQuery};
use crate::web::rows::recent_reads::ReadRequest;
use crate::web::visitor::Visitor;

/// Excel follows the formats of the cells, and reads no other cell as a date. The whole page, since it may say below the
/// table that rows are missing.
const OPTIONS: &str = "Selection=EntirePage\r\nFormatting=All\r\nDisableDateRecognition=True\r\n";

/// A web query: Excel reads the first table of the page that it names, and reads it again on refresh. The page must be
/// HTML: Excel would read CSV as a single column.
pub async fn show(
    State(app): State<Arc<App>>,
    address: ClipAddress,
    visitor: Visitor,
    query: Result<RowsQuery, Error>,
) -> Result<Response, Error> {
    let clip = visitor.viewer.read(app.clip(&address.slug).await?)?;
    for_anyone(&clip)?;
    let query = check(&app, &clip, &query?).await?;
    let page = query.with(&format!("{}/table", url::clip(&clip)), &OF_RESULT);
    let lines = format!(
        "WEB\r\n1\r\n{}{page}\r\n\r\n{OPTIONS}",
        app.settings.public_url
    );
    let headers = [
        (CONTENT_TYPE, "text/x-ms-iqy"),
        (CONTENT_DISPOSITION, "attachment; filename=\"clip.iqy\""),
    ];
    Ok((headers, lines).into_response())
}

/// All rows as a bare HTML table, which a web query reads.
pub async fn table(
    State(app): State<Arc<App>>,
    address: ClipAddress,
    visitor: Visitor,
    client: ClientAddress,
    query: Result<RowsQuery, Error>,
    read: ReadRequest,
    request: HeaderMap,
) -> Result<Response, Error> {
    let clip = visitor.viewer.read(app.clip(&address.slug).await?)?;
    for_anyone(&clip)?;
    let path = format!("{}/table", url::clip(&clip));
    let open = OpenClip {
        clip,
        format: Format::Html,
        starter: Starter::new(&visitor.viewer, client),
        is_signed_in: visitor.viewer.signed_in().is_ok(),
    };
    download::send(&app, &open, &query?, read, &request, &path).await
}

/// Only clips open to anyone: Excel's web queries can send no credentials except in the address.
fn for_anyone(clip: &Clip) -> Result<(), Error> {
    match clip.anyone {
        true => Ok(()),
        false => Err(Error::Forbidden(
            "A web query can only read a clip that is open to anyone with the link. In Excel, choose Data → From Web, and enter the address of a clip link."
                .to_owned(),
        )),
    }
}
