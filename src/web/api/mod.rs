//! `/api/v1`: the management API in JSON, described by OpenAPI at `/api/openapi.json`.

mod access;
mod chart;
mod clips;
mod databases;
mod fork;
mod links;
mod moving;
mod people;
mod pin;
mod preview;
mod results;
mod schema;
mod settings;
mod trail;
mod versions;

use std::sync::Arc;

use axum::extract::DefaultBodyLimit;
use axum::routing::get;
use axum::{Json, Router};
use utoipa::OpenApi;
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityScheme};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::App;

const BODY_BYTES_BESIDE_SQL: usize = 64 << 10;

/// Every call needs `Authorization: Bearer` with a user's token.
#[derive(OpenApi)]
#[openapi(
    info(title = "Dataclips", description = "Turns a SQL query into a link: clips, their versions, databases and people."),
    paths(crate::web::clip::window::show, crate::web::clip::columns::show),
    security(("token" = [])),
    tags(
        (name = "clips", description = "Queries behind unguessable links."),
        (name = "settings", description = "What holds for the whole server."),
        (name = "databases", description = "The PostgreSQL databases that clips query."),
        (name = "people", description = "Who may sign in. For administrators."),
    )
)]
struct Description;

pub fn router(app: &App) -> Router<Arc<App>> {
    let (router, mut description) = OpenApiRouter::with_openapi(Description::openapi())
        .routes(routes!(clips::index, clips::create))
        .routes(routes!(clips::show, clips::update, clips::delete))
        .routes(routes!(clips::restore))
        .routes(routes!(preview::create))
        .routes(routes!(access::show, access::update))
        .routes(routes!(fork::create))
        .routes(routes!(versions::index))
        .routes(routes!(results::index))
        .routes(routes!(trail::index))
        .routes(routes!(pin::create, pin::delete))
        .routes(routes!(chart::show, chart::update, chart::delete))
        .routes(routes!(links::index, links::create))
        .routes(routes!(links::delete))
        .routes(routes!(databases::index, databases::create))
        .routes(routes!(
            databases::show,
            databases::update,
            databases::delete
        ))
        .routes(routes!(moving::create))
        .routes(routes!(schema::show))
        .routes(routes!(settings::show, settings::update))
        .routes(routes!(people::index, people::create))
        .routes(routes!(people::update, people::delete))
        .routes(routes!(people::make_link))
        .split_for_parts();
    let bearer = SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer));
    description
        .components
        .get_or_insert_default()
        .add_security_scheme("token", bearer);
    description.servers = Some(vec![utoipa::openapi::Server::new(&app.settings.public_url)]);
    router
        .route("/api/openapi.json", get(async move || Json(description)))
        .layer(DefaultBodyLimit::max(body_bytes_max(app)))
}

/// JSON may write each byte of a query as six.
fn body_bytes_max(app: &App) -> usize {
    app.settings
        .sql_bytes_max
        .saturating_mul(6)
        .saturating_add(BODY_BYTES_BESIDE_SQL)
}
