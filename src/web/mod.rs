//! HTTP: the URL table, by sub-router. The path of a request is parsed once, into an [`Address`], which chooses the
//! sub-router; each has the layers that its responses need. SQL text is only handed on.

mod account;
mod app;
mod audit;
mod auth;
mod clip;
mod database;
#[cfg(any(test, fuzzing))]
pub mod fuzz;
mod http;
mod metrics;
mod openapi;
mod page;
mod parameter_types;
mod people;
mod rows;
mod running;
mod server_settings;
mod transport;
mod visitor;
mod well_known;

use std::convert::Infallible;
use std::future::pending;
use std::sync::Arc;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request};
use axum::middleware::{from_fn, from_fn_with_state, map_request};
use axum::response::Response;
use axum::routing::get;
use tokio::net::TcpListener;
use tower::util::MapResponseLayer;
use tower::{ServiceExt, service_fn};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_sessions::cookie::SameSite;
use tower_sessions::cookie::time::Duration;
use tower_sessions::{Expiry, SessionManagerLayer};

use account::{account_page, forget_views, password, sessions, tokens};
use audit::audit_page;
use auth::provider::pages as provider;
use auth::{forgotten_password, one_time_link, sign_in, sign_in_link, welcome};
use clip::create::{new_page, preview_new, preview_page};
use clip::fork::fork_page;
use clip::history::{diff_page, history_page, versions};
use clip::list::{first_steps, list_page as clips, removed, star_form};
use clip::page::{chart_form, clip_page, embed, follow_run, preview_query, update_query};
use clip::parameters::settings_form as parameters_form;
use clip::pin::pin_page;
use clip::query::preview_rows;
use clip::settings::{about_form, options_form, settings_page, transfer_form};
use clip::sharing::{links_form, permissions_form, share_page, web_query};
use clip::table::{columns, window};
use database::followers::followers_form;
use database::health::{health_page, look_form};
use database::moving::{move_page, rehearsal_page};
use database::{
    database_page, list_page as databases, new_page as new_database, removal, schema_page,
    schema_search,
};
use http::accept::{content_coding, content_type};
use http::address::Address;
use http::{assets, cors, csrf, health, request_log, security_headers, theme};
use metrics::metrics_page;
use page::{error_page, error_response, landing};
use people::{deletion_page, people_page, person_page};
use rows::{download, last_fetched, open_clip, recheck_access, response_cache};
use running::running_page;
use server_settings::settings_page as server_settings_page;

use crate::model::Actor;
use crate::store::Store;

pub use app::{App, Settings};
pub use auth::mail_worker::work as send_mails;
pub use auth::provider::ProviderSettings;
pub use auth::rate_limit::RunLimits;
pub use clip::query::previews_elsewhere::follow as follow_previews;
pub use database::health::daily_look::{look_where_due, work as look_daily};
pub use database::health::health_api::{HealthBody, without_impossible_grants};
pub use openapi::description as api_description;
pub use page::error_response::ErrorBody;
pub use rows::recent_reads::shared::follow as follow_reads;
pub use transport::ConnectionLimits;

const FORM_BYTES_BESIDE_SQL: usize = 64 << 10;
const METRICS_CONNECTIONS_MAX: usize = 64;
/// Counted from the sign-in; nothing prolongs it.
const SESSION_MAX: Duration = Duration::days(30);

/// Serves until `closed` resolves; then accepts no connection any more, and returns when all requests are answered.
pub async fn serve(
    listener: TcpListener,
    app: Arc<App>,
    limits: ConnectionLimits,
    closed: impl Future<Output = ()>,
) {
    transport::serve(listener, service(&app), limits, closed).await;
}

/// `/metrics` at an address of its own, for a few monitoring programs.
pub async fn serve_metrics(listener: TcpListener, app: Arc<App>, limits: ConnectionLimits) {
    let limits = ConnectionLimits {
        connections_max: METRICS_CONNECTIONS_MAX.min(limits.connections_max),
        per_address_max: None,
        ..limits
    };
    let router = metrics_page::service(app);
    transport::serve(listener, router, limits, pending()).await;
}

fn service(app: &Arc<App>) -> Router {
    let cache = Arc::new(response_cache::ResponseCache::new(
        &app.generation,
        &app.request_log,
    ));
    let routers = SubRouters::new(app);
    let draining = app.draining.clone();
    Router::new()
        .fallback_service(service_fn(move |request| {
            by_address(routers.clone(), request)
        }))
        .layer(from_fn_with_state(cache, response_cache::reuse))
        .layer(from_fn(content_type::by_accept))
        .layer(MapResponseLayer::new(move |response| {
            draining.end_connection(response)
        }))
}

/// One for each form of address, ready with its layers.
#[derive(Clone)]
struct SubRouters {
    pages: Router,
    rows: Router,
    api: Router,
    proxies: usize,
}

impl SubRouters {
    fn new(app: &Arc<App>) -> Self {
        let common = |router: Router<Arc<App>>| {
            router
                .layer(CompressionLayer::new().compress_when(content_coding::is_not_coded_yet()))
                .layer(map_request(content_coding::ignore_in_preflight))
                .layer(from_fn(security_headers::strict))
                .layer(from_fn_with_state(
                    app.request_log.clone(),
                    request_log::log,
                ))
                .with_state(app.clone())
        };
        Self {
            pages: common(pages(app)),
            rows: common(rows(app)),
            api: common(api(app)),
            proxies: app.settings.proxies,
        }
    }
}

/// Parses the path, once, and hands the request to its sub-router.
async fn by_address(routers: SubRouters, mut request: Request) -> Result<Response, Infallible> {
    let address = Address::parse(request.uri());
    let router = match &address {
        Address::Api => routers.api,
        Address::Rows(_) => routers.rows,
        Address::Clip(_) | Address::OneTimeLink | Address::Page => routers.pages,
    };
    let client =
        request_log::forwarded::client(request.extensions(), request.headers(), routers.proxies);
    request.extensions_mut().insert(address);
    Actor::at(client).act(router.oneshot(request)).await
}

/// The management API: errors as JSON, no sessions.
fn api(app: &Arc<App>) -> Router<Arc<App>> {
    openapi::router(app)
        .fallback(error_response::unknown_page)
        .method_not_allowed_fallback(error_response::wrong_method)
        .layer(csrf::layer(&app.settings.public_url))
        .layer(from_fn(content_coding::refuse_unacceptable))
        .layer(CatchPanicLayer::custom(error_response::panicked))
        .layer(from_fn(error_response::as_json))
}

/// A clip's rows: readable from other origins where the clip is, errors as JSON.
fn rows(app: &Arc<App>) -> Router<Arc<App>> {
    Router::new()
        .route("/{segment}", get(download::show))
        .route("/{segment}/rows", get(window::show))
        .route("/{segment}/columns", get(columns::show))
        .route_layer(from_fn_with_state(app.clone(), open_clip::open))
        .merge(Router::new().route("/{segment}", axum::routing::options(cors::preflight)))
        .method_not_allowed_fallback(error_response::wrong_method)
        .layer(from_fn_with_state(last_fetched(app), last_fetched::note))
        .layer(from_fn_with_state(app.clone(), recheck_access::recheck))
        .layer(from_fn(content_coding::refuse_unacceptable_rows))
        .layer(CatchPanicLayer::custom(error_response::panicked))
        .layer(from_fn_with_state(
            app.clone(),
            error_page::as_json_or_sign_in,
        ))
        .layer(session_layer(app))
}

/// Pages: errors are pages too, and only our own pages may send forms.
fn pages(app: &Arc<App>) -> Router<Arc<App>> {
    let csrf = csrf::layer(&app.settings.public_url);
    // The forms on the pages of clips.
    let of_clips = clip_pages(app)
        .route("/theme", get(landing::back).post(theme::update))
        .route("/sign-out", get(landing::back).post(sign_in::delete))
        .layer(csrf.clone())
        .layer(from_fn(csrf::allow_null_origin));
    let others = site(app).merge(for_scripts(app)).layer(csrf);
    of_clips
        .merge(others)
        .fallback(error_response::unknown_page)
        .method_not_allowed_fallback(error_response::wrong_method)
        .layer(from_fn(content_coding::refuse_unacceptable))
        .layer(CatchPanicLayer::custom(error_response::panicked))
        .layer(from_fn_with_state(app.clone(), error_page::as_page))
        .layer(session_layer(app))
}

/// Every page that is not one clip's.
fn site(app: &App) -> Router<Arc<App>> {
    Router::new()
        .route("/", get(clips::index))
        .route("/welcome/{secret}", get(welcome::new).post(welcome::create))
        .route(
            "/enter/{secret}",
            get(one_time_link::show).post(one_time_link::follow),
        )
        .route("/sign-in", get(sign_in::new).post(sign_in::create))
        .route(
            "/sign-in/forgotten",
            get(forgotten_password::new).post(forgotten_password::create),
        )
        .route(
            "/sign-in/link",
            get(sign_in_link::back).post(sign_in_link::create),
        )
        .route("/sign-in/provider", get(provider::begin))
        .route("/sign-in/callback", get(provider::finish))
        .route("/account", get(account_page::show))
        .route(
            "/account/password",
            get(account_page::back).post(password::update),
        )
        .route(
            "/account/sessions/{id}/end",
            get(account_page::back).post(sessions::delete),
        )
        .route(
            "/account/sessions/end-others",
            get(account_page::back).post(sessions::delete_others),
        )
        .route(
            "/account/tokens",
            get(account_page::back).post(tokens::create),
        )
        .route(
            "/account/tokens/{id}/revoke",
            get(account_page::back).post(tokens::delete),
        )
        .route(
            "/account/views/forget",
            get(account_page::back).post(forget_views::delete),
        )
        .route(
            "/databases",
            get(databases::index).post(new_database::create),
        )
        .route("/databases/new", get(new_database::new))
        .route(
            "/databases/{id}",
            get(database_page::show).post(database_page::update),
        )
        .route(
            "/databases/{id}/move",
            get(move_page::show).post(move_page::create),
        )
        .route(
            "/databases/{id}/move/check",
            get(database_page::back).post(rehearsal_page::create),
        )
        .route(
            "/databases/{id}/followers",
            get(database_page::back).post(followers_form::create),
        )
        .route(
            "/databases/{id}/followers/{follower}/removal",
            get(followers_form::back).post(followers_form::delete),
        )
        .route(
            "/databases/{id}/follower-rules",
            get(database_page::back).post(followers_form::update_rules),
        )
        .route(
            "/databases/{id}/removal",
            get(database_page::back).post(removal::create),
        )
        .route(
            "/databases/{id}/restoration",
            get(database_page::back).post(removal::restore),
        )
        .route("/databases/{id}/health", get(health_page::show))
        .route(
            "/databases/{id}/daily-look",
            get(look_form::back).post(look_form::create),
        )
        .route(
            "/databases/{id}/daily-look/removal",
            get(look_form::back).post(look_form::delete),
        )
        .route("/databases/{id}/schema", get(schema_page::show))
        .route(
            "/settings",
            get(server_settings_page::show).post(server_settings_page::update),
        )
        .route("/audit", get(audit_page::show))
        .route("/audit/export", get(audit_page::export))
        .route("/running", get(running_page::show))
        .route(
            "/running/{id}/cancellation",
            get(running_page::back).post(running_page::cancel),
        )
        .route("/people", get(people_page::index).post(people_page::create))
        .route("/people/{id}", get(person_page::show))
        .route(
            "/people/{id}/role",
            get(person_page::back).post(person_page::change_role),
        )
        .route(
            "/people/{id}/link",
            get(person_page::back).post(person_page::make_link),
        )
        .route(
            "/people/{id}/deactivation",
            get(person_page::back).post(person_page::deactivate),
        )
        .route(
            "/people/{id}/removal",
            get(person_page::back).post(person_page::remove),
        )
        .route(
            "/people/{id}/deletion",
            get(deletion_page::new).post(deletion_page::create),
        )
        .route(
            "/people/{id}/unlinking",
            get(person_page::back).post(person_page::unlink),
        )
        .route(
            "/people/{id}/reactivation",
            get(person_page::back).post(person_page::reactivate),
        )
        .route("/clips", get(clips::back).post(new_page::create))
        .route("/clips/new", get(new_page::new))
        .route(
            "/clips/preview",
            get(preview_new::back).post(preview_new::show),
        )
        .route("/clips/removed", get(removed::index))
        .route("/previews/{id}", get(preview_page::show))
        .route(
            "/first-steps/dismissal",
            get(first_steps::back).post(first_steps::dismiss),
        )
        .route("/healthz", get(health::alive))
        .route("/readyz", get(health::ready))
        .route("/robots.txt", get(well_known::robots))
        .route("/.well-known/security.txt", get(well_known::security))
        .route(
            "/.well-known/change-password",
            get(well_known::change_password),
        )
        .route("/version", get(health::version))
        .route("/static/{name}", get(assets::show))
        .layer(DefaultBodyLimit::max(form_bytes_max(app)))
}

/// Addresses that only programs use: errors as JSON.
fn for_scripts(app: &Arc<App>) -> Router<Arc<App>> {
    Router::new()
        .route("/metrics", get(metrics_page::show))
        .route("/{segment}/run", get(follow_run::follow))
        .route("/databases/{id}/schema/search", get(schema_search::search))
        .route("/previews/{id}/rows", get(preview_rows::window))
        .route("/previews/{id}/columns", get(preview_rows::columns))
        .layer(from_fn_with_state(app.clone(), recheck_access::recheck))
        .layer(from_fn(error_response::as_json))
}

/// The pages of clips, whose forms may carry a whole query.
fn clip_pages(app: &Arc<App>) -> Router<Arc<App>> {
    Router::new()
        .route(
            "/{segment}",
            get(clip_page::show).post(update_query::update),
        )
        .route("/{segment}/", get(clip_page::without_slash))
        .route("/{segment}/versions", get(history_page::versions))
        .route(
            "/{segment}/versions/{number}/restoration",
            get(versions::back).post(versions::restore),
        )
        .route(
            "/{segment}/versions/{number}/note",
            get(versions::back).post(versions::change_note),
        )
        .route(
            "/{segment}/star",
            get(follow_run::back).post(star_form::create),
        )
        .route(
            "/{segment}/star/removal",
            get(follow_run::back).post(star_form::delete),
        )
        .route(
            "/{segment}/preview",
            get(follow_run::back).post(preview_query::show),
        )
        .route(
            "/{segment}/parameters",
            get(settings_page::back).post(parameters_form::update),
        )
        .route("/{segment}/history", get(history_page::index))
        .route("/{segment}/difference", get(diff_page::show))
        .route("/{segment}/results", get(history_page::results))
        .route(
            "/{segment}/fork",
            get(follow_run::back).post(fork_page::create),
        )
        .route("/{segment}/trail", get(history_page::trail))
        .route(
            "/{segment}/chart",
            get(follow_run::back).post(chart_form::create),
        )
        .route(
            "/{segment}/chart/removal",
            get(follow_run::back).post(chart_form::delete),
        )
        .route(
            "/{segment}/cancellation",
            get(follow_run::back).post(follow_run::cancel),
        )
        .route(
            "/{segment}/pin",
            get(follow_run::back).post(pin_page::create),
        )
        .route(
            "/{segment}/unpinning",
            get(follow_run::back).post(pin_page::delete),
        )
        .route("/{segment}/settings", get(settings_page::show))
        .route(
            "/{segment}/title",
            get(settings_page::back).post(about_form::update),
        )
        .route(
            "/{segment}/about",
            get(settings_page::back).post(about_form::update),
        )
        .route(
            "/{segment}/database",
            get(settings_page::back).post(settings_page::change_database),
        )
        .route(
            "/{segment}/permissions",
            get(share_page::back).post(permissions_form::update),
        )
        .route(
            "/{segment}/options",
            get(settings_page::back).post(options_form::update),
        )
        .route(
            "/{segment}/owner",
            get(settings_page::back).post(transfer_form::update),
        )
        .route(
            "/{segment}/removal",
            get(settings_page::back).post(settings_page::remove),
        )
        .route(
            "/{segment}/restoration",
            get(settings_page::back).post(settings_page::restore),
        )
        .route(
            "/{segment}/links",
            get(share_page::back).post(links_form::create),
        )
        .route(
            "/{segment}/links/{id}/revocation",
            get(links_form::back).post(links_form::delete),
        )
        .route("/{segment}/share", get(share_page::show))
        .route("/{segment}/excel.iqy", get(web_query::show))
        .route("/{segment}/table", get(web_query::table))
        .route("/{segment}/embed", get(embed::show))
        .layer(DefaultBodyLimit::max(form_bytes_max(app)))
        .layer(from_fn_with_state(last_fetched(app), last_fetched::note))
        .layer(from_fn_with_state(app.clone(), recheck_access::recheck))
}

/// A form may write each byte of a query as three, and a line break as six.
fn form_bytes_max(app: &App) -> usize {
    6 * app.settings.sql_bytes_max + FORM_BYTES_BESIDE_SQL
}

fn last_fetched(app: &App) -> (Store, Arc<rows::LastFetched>) {
    (app.store.clone(), app.last_fetched.clone())
}

fn session_layer(app: &App) -> SessionManagerLayer<Store> {
    SessionManagerLayer::new(app.store.clone())
        .with_name("dataclips_session")
        .with_same_site(SameSite::Lax)
        .with_secure(app.settings.is_secure())
        .with_expiry(Expiry::OnInactivity(SESSION_MAX))
}
