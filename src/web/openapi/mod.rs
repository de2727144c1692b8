//! `/api/v1`: the management API in JSON, described by OpenAPI at `/api/openapi.json`.

mod call;
mod errors;
mod links;
mod rows;

use std::sync::Arc;

use axum::extract::DefaultBodyLimit;
use axum::routing::get;
use axum::{Json, Router};
use serde_json::{Value, json};
use utoipa::OpenApi;
use utoipa::openapi::Server;
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityScheme};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::audit::audit_api;
use super::clip::chart::chart_api;
use super::clip::clip_api;
use super::clip::fork::fork_api;
use super::clip::history::{activity_api, results_api, versions_api};
use super::clip::links::links_api;
use super::clip::pin::pin_api;
use super::clip::query::preview_api;
use super::clip::sharing::permissions_api;
use super::database::followers::followers_api;
use super::database::health::health_api;
use super::database::moving::{move_api, rehearsal_api};
use super::database::{database_api, schema_api};
use super::people::people_api;
use super::running::running_api;
use super::server_settings::settings_api;
use crate::web::app::App;

/// These need no body; the macro would also let it be `null`.
const OPTIONAL_BODIES: [&str; 2] = [
    "/paths/~1api~1v1~1clips~1{slug}~1fork/post/requestBody",
    "/paths/~1api~1v1~1clips~1{slug}~1pin/put/requestBody",
];
const BODY_BYTES_BESIDE_SQL: usize = 64 << 10;

/// Calls need `Authorization: Bearer` with a user's token, unless they say otherwise.
#[derive(OpenApi)]
#[openapi(
    info(title = "Dataclips", description = "Turns a SQL query into a link: clips, their versions, databases and people."),
    paths(
        crate::web::rows::download::show,
        crate::web::http::cors::preflight,
        crate::web::clip::table::window::show,
        crate::web::clip::table::columns::show,
        crate::web::metrics::metrics_page::show,
        crate::web::http::health::ready,
        crate::web::http::health::version,
    ),
    components(schemas(crate::web::page::error_response::ErrorBody)),
    security(("token" = [])),
    tags(
        (name = "clips", description = "Queries behind unguessable links."),
        (name = "settings", description = "What applies to the whole server."),
        (name = "databases", description = "The PostgreSQL databases that clips query."),
        (name = "server", description = "How the server is."),
        (name = "people", description = "Who can sign in. For administrators."),
        (name = "audit", description = "Who did what, and when. For administrators."),
        (name = "runs", description = "What runs now. For administrators."),
    )
)]
struct Description;

pub fn router(app: &App) -> Router<Arc<App>> {
    let (router, _) = calls().split_for_parts();
    let description = description(&app.settings.public_url);
    router
        .route("/api/openapi.json", get(async move || Json(description)))
        .layer(DefaultBodyLimit::max(body_bytes_max(app)))
}

/// The description of the API of a server with this address.
pub fn description(public_url: &str) -> Value {
    let (_, mut description) = calls().split_for_parts();
    let components = description.components.get_or_insert_default();
    components.add_security_scheme("token", SecurityScheme::Http(bearer()));
    description.servers = Some(vec![Server::new(public_url)]);
    complete(json!(description))
}

fn calls() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::with_openapi(Description::openapi())
        .routes(routes!(clip_api::index, clip_api::create))
        .routes(routes!(clip_api::show, clip_api::update, clip_api::delete))
        .routes(routes!(clip_api::restore))
        .routes(routes!(preview_api::create))
        .routes(routes!(permissions_api::show, permissions_api::update))
        .routes(routes!(fork_api::create))
        .routes(routes!(versions_api::index))
        .routes(routes!(results_api::index))
        .routes(routes!(activity_api::index))
        .routes(routes!(pin_api::create, pin_api::delete))
        .routes(routes!(
            chart_api::show,
            chart_api::update,
            chart_api::delete
        ))
        .routes(routes!(links_api::index, links_api::create))
        .routes(routes!(links_api::delete))
        .routes(routes!(database_api::index, database_api::create))
        .routes(routes!(
            database_api::show,
            database_api::update,
            database_api::delete
        ))
        .routes(routes!(followers_api::index, followers_api::create))
        .routes(routes!(followers_api::delete))
        .routes(routes!(move_api::create))
        .routes(routes!(rehearsal_api::create))
        .routes(routes!(schema_api::show))
        .routes(routes!(health_api::show))
        .routes(routes!(settings_api::show, settings_api::update))
        .routes(routes!(people_api::index, people_api::create))
        .routes(routes!(people_api::update, people_api::delete))
        .routes(routes!(people_api::make_link))
        .routes(routes!(audit_api::index))
        .routes(routes!(audit_api::export))
        .routes(routes!(running_api::index))
        .routes(routes!(running_api::delete))
}

fn bearer() -> Http {
    let mut bearer = Http::new(HttpAuthScheme::Bearer);
    bearer.description = Some("A user's token. Its scopes say what it may do: `read` for GET, `query` for previews, `admin` for changes to databases, people and settings, `write` for all other changes. A request that needs another scope gets 403. A token that is limited to one database is refused everything on other databases, and everything that needs an administrator.".to_owned());
    bearer
}

/// Adds what holds for many calls.
fn complete(mut description: Value) -> Value {
    rows::describe(&mut description);
    errors::describe(&mut description);
    links::describe(&mut description);
    for optional in OPTIONAL_BODIES {
        if let Some(body) = description.pointer_mut(optional) {
            body["required"] = false.into();
        }
    }
    description
}

/// JSON may escape each byte of a query as six.
fn body_bytes_max(app: &App) -> usize {
    app.settings
        .sql_bytes_max
        .saturating_mul(6)
        .saturating_add(BODY_BYTES_BESIDE_SQL)
}
