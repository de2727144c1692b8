//! HTTP: the URL table, access, pages, and answers in every format. Never touches SQL text beyond handing it on.

mod account;
mod app;
mod auth;
mod clip;
mod database;
mod http;
mod openapi;
mod page;
mod people;
mod rows;
mod server_settings;
mod visitor;

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::extract::connect_info::IntoMakeServiceWithConnectInfo;
use axum::middleware;
use axum::routing::get;
use axum::serve::{ListenerExt, TapIo};
use tokio::net::{TcpListener, TcpStream};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_sessions::cookie::SameSite;
use tower_sessions::cookie::time::Duration;
use tower_sessions::{Expiry, SessionManagerLayer};

use crate::store::Store;
pub use app::{App, Settings};
use rows::response_cache::ResponseCache;

const FORM_BYTES_BESIDE_SQL: usize = 64 << 10;
/// From signing in: nothing prolongs it.
const SESSION_MAX: Duration = Duration::days(30);

/// Responses leave at once: a small one must not wait for the acknowledgement of the one before.
pub fn tcp(listener: TcpListener) -> TapIo<TcpListener, fn(&mut TcpStream)> {
    listener.tap_io(|stream| {
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "TCP_NODELAY cannot be set");
        }
    })
}

/// What [`tcp`]'s connections are served with.
pub fn service(app: Arc<App>) -> IntoMakeServiceWithConnectInfo<Router, SocketAddr> {
    let response_cache = Arc::new(ResponseCache::new(&app.generation));
    Router::new()
        .fallback_service(router(app))
        .layer(middleware::from_fn_with_state(
            response_cache,
            rows::response_cache::answer,
        ))
        .into_make_service_with_connect_info()
}

/// The whole URL table.
fn router(app: Arc<App>) -> Router {
    Router::new()
        .route("/", get(clip::list::list_page::index))
        .route(
            "/welcome/{secret}",
            get(auth::welcome::new).post(auth::welcome::create),
        )
        .route(
            "/enter/{secret}",
            get(auth::one_time_link::show).post(auth::one_time_link::follow),
        )
        .route(
            "/sign-in",
            get(auth::sign_in::new).post(auth::sign_in::create),
        )
        .route(
            "/sign-in/forgotten",
            get(auth::forgotten_password::new).post(auth::forgotten_password::create),
        )
        .route(
            "/sign-in/link",
            get(auth::sign_in_link::back).post(auth::sign_in_link::create),
        )
        .route(
            "/sign-out",
            get(page::landing::back).post(auth::sign_in::delete),
        )
        .route("/account", get(account::account_page::show))
        .route(
            "/account/password",
            get(account::account_page::back).post(account::password::update),
        )
        .route(
            "/account/sessions/{id}/end",
            get(account::account_page::back).post(account::sessions::delete),
        )
        .route(
            "/account/sessions/end-others",
            get(account::account_page::back).post(account::sessions::delete_others),
        )
        .route(
            "/account/tokens",
            get(account::account_page::back).post(account::tokens::create),
        )
        .route(
            "/account/tokens/{id}/revoke",
            get(account::account_page::back).post(account::tokens::delete),
        )
        .route(
            "/account/views/forget",
            get(account::account_page::back).post(account::forget_views::delete),
        )
        .route(
            "/databases",
            get(database::list_page::index).post(database::new_page::create),
        )
        .route("/databases/new", get(database::new_page::new))
        .route(
            "/databases/{id}",
            get(database::database_page::show).post(database::database_page::update),
        )
        .route(
            "/databases/{id}/move",
            get(database::move_page::show).post(database::move_page::create),
        )
        .route(
            "/databases/{id}/removal",
            get(database::database_page::back).post(database::removal::create),
        )
        .route(
            "/databases/{id}/restoration",
            get(database::database_page::back).post(database::removal::restore),
        )
        .route("/databases/{id}/schema", get(database::schema_page::show))
        .route(
            "/databases/{id}/schema/search",
            get(database::schema_page::search),
        )
        .route(
            "/settings",
            get(server_settings::settings_page::show).post(server_settings::settings_page::update),
        )
        .route(
            "/people",
            get(people::people_page::index).post(people::people_page::create),
        )
        .route("/people/{id}", get(people::person_page::show))
        .route(
            "/people/{id}/role",
            get(people::person_page::back).post(people::person_page::change_role),
        )
        .route(
            "/people/{id}/link",
            get(people::person_page::back).post(people::person_page::make_link),
        )
        .route(
            "/people/{id}/deactivation",
            get(people::person_page::back).post(people::person_page::deactivate),
        )
        .route(
            "/people/{id}/removal",
            get(people::person_page::back).post(people::person_page::remove),
        )
        .route(
            "/people/{id}/reactivation",
            get(people::person_page::back).post(people::person_page::reactivate),
        )
        .route("/theme", get(page::landing::back).post(http::theme::update))
        .route("/healthz", get(http::health::alive))
        .route("/readyz", get(http::health::ready))
        .route("/static/{name}", get(http::assets::show))
        .merge(openapi::router(&app))
        .merge(clip_pages(&app))
        .fallback(page::error_response::unknown_page)
        .method_not_allowed_fallback(page::error_response::wrong_method)
        .layer(http::csrf::layer(&app.settings.public_url))
        .layer(middleware::from_fn(http::csrf::without_null))
        .layer(CatchPanicLayer::custom(page::error_response::panicked))
        .layer(middleware::from_fn_with_state(
            app.clone(),
            page::error_response::for_people,
        ))
        .layer(sessions(&app))
        .layer(CompressionLayer::new().compress_when(http::content_coding::is_not_coded_yet()))
        .layer(middleware::from_fn(http::security_headers::strict))
        .layer(middleware::from_fn(http::request_log::log))
        .with_state(app)
}

/// Pages whose forms may carry a whole query.
fn clip_pages(app: &Arc<App>) -> Router<Arc<App>> {
    Router::new()
        .route(
            "/clips",
            get(clip::list::list_page::back).post(clip::create::new_page::create),
        )
        .route("/clips/new", get(clip::create::new_page::new))
        .route(
            "/clips/preview",
            get(clip::create::preview_new::back).post(clip::create::preview_new::show),
        )
        .route("/clips/removed", get(clip::list::removed::index))
        .route(
            "/{segment}",
            get(clip::page::clip_page::show)
                .post(clip::page::update_query::update)
                .options(http::cors::preflight),
        )
        .route("/{segment}/", get(clip::page::clip_page::without_slash))
        .route(
            "/{segment}/versions",
            get(clip::history::versions_page::index),
        )
        .route(
            "/{segment}/versions/{number}/restoration",
            get(clip::history::versions_page::back).post(clip::history::versions_page::restore),
        )
        .route(
            "/{segment}/preview",
            get(clip::page::follow_run::back).post(clip::page::preview_query::show),
        )
        .route("/{segment}/difference", get(clip::history::diff_page::show))
        .route(
            "/{segment}/results",
            get(clip::history::results_page::index),
        )
        .route(
            "/{segment}/fork",
            get(clip::page::follow_run::back).post(clip::fork::fork_page::create),
        )
        .route("/{segment}/trail", get(clip::history::activity_page::index))
        .route("/{segment}/rows", get(clip::table::window::show))
        .route("/{segment}/columns", get(clip::table::columns::show))
        .route(
            "/{segment}/chart",
            get(clip::page::follow_run::back).post(clip::chart::chart_view::create),
        )
        .route(
            "/{segment}/chart/removal",
            get(clip::page::follow_run::back).post(clip::chart::chart_view::delete),
        )
        .route("/{segment}/run", get(clip::page::follow_run::follow))
        .route(
            "/{segment}/cancellation",
            get(clip::page::follow_run::back).post(clip::page::follow_run::cancel),
        )
        .route(
            "/{segment}/pin",
            get(clip::page::follow_run::back).post(clip::pin::pin_page::create),
        )
        .route(
            "/{segment}/unpinning",
            get(clip::page::follow_run::back).post(clip::pin::pin_page::delete),
        )
        .route(
            "/{segment}/settings",
            get(clip::settings::settings_page::show),
        )
        .route(
            "/{segment}/title",
            get(clip::settings::settings_page::back).post(clip::settings::settings_page::rename),
        )
        .route(
            "/{segment}/database",
            get(clip::settings::settings_page::back)
                .post(clip::settings::settings_page::change_database),
        )
        .route(
            "/{segment}/permissions",
            get(clip::settings::settings_page::back)
                .post(clip::sharing::permissions_section::update),
        )
        .route(
            "/{segment}/options",
            get(clip::settings::settings_page::back).post(clip::settings::options::update),
        )
        .route(
            "/{segment}/owner",
            get(clip::settings::settings_page::back).post(clip::settings::transfer_form::update),
        )
        .route(
            "/{segment}/removal",
            get(clip::settings::settings_page::back).post(clip::settings::settings_page::remove),
        )
        .route(
            "/{segment}/restoration",
            get(clip::settings::settings_page::back).post(clip::settings::settings_page::restore),
        )
        .route(
            "/{segment}/links",
            get(clip::settings::settings_page::back).post(clip::links::links_section::create),
        )
        .route(
            "/{segment}/links/{id}/revocation",
            get(clip::links::links_section::back).post(clip::links::links_section::delete),
        )
        .route("/{segment}/share", get(clip::sharing::share_page::show))
        .route(
            "/{segment}/excel.iqy",
            get(clip::sharing::share_page::web_query),
        )
        .route("/{segment}/table", get(clip::sharing::share_page::table))
        .route("/{segment}/embed", get(clip::page::embed::show))
        .layer(DefaultBodyLimit::max(form_bytes_max(app)))
        .layer(middleware::from_fn_with_state(
            app.clone(),
            rows::recheck_access::for_whoever_asked,
        ))
}

/// A form may write each byte of a query as three, and a line break as six.
fn form_bytes_max(app: &App) -> usize {
    6 * app.settings.sql_bytes_max + FORM_BYTES_BESIDE_SQL
}

fn sessions(app: &App) -> SessionManagerLayer<Store> {
    SessionManagerLayer::new(app.store.clone())
        .with_name("dataclips_session")
        .with_same_site(SameSite::Lax)
        .with_secure(app.settings.is_secure())
        .with_expiry(Expiry::OnInactivity(SESSION_MAX))
}
