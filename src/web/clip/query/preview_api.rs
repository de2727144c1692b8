//! `POST /api/v1/preview`: the rows of a query that is not saved.

use std::future::ready;
use std::sync::Arc;

use axum::body::Body as Bytes;
use axum::extract::State;
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use serde::Deserialize;
use utoipa::ToSchema;

use super::preview;
use crate::encode;
use crate::encode::{Caption, Coding, Format, Options};
use crate::error::Error;
use crate::run::ParameterTypes;
use crate::web::app::App;
use crate::web::clip::clip_api::find;
use crate::web::clip::parameters::workbench;
use crate::web::database::queryable;
use crate::web::http::extract::Body;
use crate::web::rows::values_body::{ValuesBody, of_body};
use crate::web::rows::visible_rows::VisibleResult;
use crate::web::visitor::ApiUser;

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Preview)]
pub struct PreviewBody {
    /// A database's name.
    database: String,
    sql: String,
    /// The clip that the query is to become a version of, by its slug: the types that it fixes hold.
    clip: Option<String>,
    /// For its parameters, by name; an array for several values, or for one of JSON; `null` for NULL.
    #[serde(default)]
    #[schema(value_type = Object, example = json!({"country": "France", "ids": [1, 2]}))]
    values: ValuesBody,
}

/// Runs a query as a clip would and returns its rows as a clip's JSON does; `version` and `result` are null. Nothing is
/// stored. Closing the connection cancels the query.
#[utoipa::path(post, operation_id = "preview", path = "/api/v1/preview", tag = "clips", request_body = PreviewBody,
    responses((status = 200, description = "The rows, in the form of a clip's JSON.", body = serde_json::Value)))]
pub async fn create(
    State(app): State<Arc<App>>,
    ApiUser(viewer): ApiUser,
    Body(body): Body<PreviewBody>,
) -> Result<Response, Error> {
    let by = viewer.signed_in()?;
    let database = queryable::by_name(&app, &viewer, &body.database).await?;
    let fixed = match &body.clip {
        Some(slug) => {
            let clip = viewer.read(find(&app, slug).await?)?;
            ParameterTypes::new(clip.fixed_types(), Vec::new())
        }
        None => ParameterTypes::default(),
    };
    let admitted = preview::admit(&app, by, &body.sql).map_err(of_body)?;
    let types = match body.values.has_arrays() {
        true => workbench::columns(&app, Some(&database), &body.sql, &fixed).await,
        false => Vec::new(),
    };
    let values = body.values.values(&types)?;
    let previewed = preview::run(&app, &admitted, &database, &values, &fixed).await;
    let VisibleResult { rows, summary } = previewed.map_err(of_body)?;
    let caption = Caption {
        title: "Preview".to_owned(),
        version: None,
        url: None,
        sql: None,
    };
    // Not compressed here: a layer of the router does that.
    let encoded = rows.encode(
        Format::Json,
        Options::default(),
        caption,
        Coding::Identity,
        ready(Ok::<_, Error>(summary)),
        &app.memory,
    );
    let (body, _) = encoded.await.map_err(|failure| match failure {
        encode::Failure::Run(error) => error,
        encode::Failure::Unfit(sentence) => Error::UnfitForFormat(sentence),
        encode::Failure::Encode(error) => Error::internal(error),
    })?;
    let bytes = body.bytes();
    let headers = [
        (CONTENT_TYPE, Format::Json.content_type().to_owned()),
        (CONTENT_LENGTH, bytes.to_string()),
    ];
    let body = Bytes::from_stream(stream::iter(body.pieces(0..bytes)));
    Ok((headers, body).into_response())
}
