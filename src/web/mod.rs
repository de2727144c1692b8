//! HTTP: the URL table, access, pages, and answers in every format. Never touches SQL text beyond handing it on.

mod account;
mod address;
mod answer;
mod answers;
mod api;
mod app;
pub(crate) mod assets;
mod at_once;
mod carrier;
mod changes;
mod clip;
mod clip_access;
mod clips;
mod coding;
mod complaint;
mod cors;
mod database;
mod databases;
mod difference;
mod enter;
mod etag;
mod fetches;
mod fork;
mod form;
mod front;
mod headers;
mod health;
mod invitation;
mod lifetime;
mod nonce;
mod options;
mod owner;
mod pasted;
mod people;
mod pin;
mod prefer;
mod preview;
mod printing;
mod problem;
mod query;
mod range;
mod request;
mod request_log;
mod rows;
mod same_origin;
mod schema;
mod settings;
mod sharing;
mod sign_in;
mod still;
mod theme;
mod throttle;
mod time;
mod trail;
mod views;
mod visitor;
mod wanted;
mod welcome;

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

use crate::mail::Mailer;
use crate::store::Store;

pub use app::App;
use at_once::AtOnce;

const FORM_BYTES_BESIDE_SQL: usize = 64 << 10;
/// From signing in: nothing prolongs it.
const SESSION_MAX: Duration = Duration::days(30);

/// What of the settings HTTP has to know.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Without a slash at its end.
    pub public_url: String,
    pub sql_bytes_max: usize,
    /// Reverse proxies of ours that requests come through.
    pub proxies: usize,
    /// `None`: no mails are sent.
    pub mailer: Option<Mailer>,
}

impl Settings {
    /// Whether people come by HTTPS.
    fn is_secure(&self) -> bool {
        self.public_url.starts_with("https://")
    }
}

/// Answers leave at once: a small one must not wait for the acknowledgement of the one before.
pub fn tcp(listener: TcpListener) -> TapIo<TcpListener, fn(&mut TcpStream)> {
    listener.tap_io(|stream| {
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "TCP_NODELAY cannot be set");
        }
    })
}

/// What [`tcp`]'s connections are served with.
pub fn service(app: Arc<App>) -> IntoMakeServiceWithConnectInfo<Router, SocketAddr> {
    let at_once = Arc::new(AtOnce::new(&app.changes));
    Router::new()
        .fallback_service(router(app))
        .layer(middleware::from_fn_with_state(at_once, at_once::answer))
        .into_make_service_with_connect_info()
}

/// The whole URL table.
fn router(app: Arc<App>) -> Router {
    Router::new()
        .route("/", get(clips::index))
        .route("/welcome/{secret}", get(welcome::new).post(welcome::create))
        .route("/enter/{secret}", get(enter::show).post(enter::follow))
        .route("/sign-in", get(sign_in::new).post(sign_in::create))
        .route(
            "/sign-in/forgotten",
            get(sign_in::forgotten::new).post(sign_in::forgotten::create),
        )
        .route(
            "/sign-in/link",
            get(sign_in::link::back).post(sign_in::link::create),
        )
        .route("/sign-out", get(front::back).post(sign_in::delete))
        .route("/account", get(account::show))
        .route(
            "/account/password",
            get(account::back).post(account::password::update),
        )
        .route(
            "/account/sessions/{id}/end",
            get(account::back).post(account::sessions::delete),
        )
        .route(
            "/account/sessions/end-others",
            get(account::back).post(account::sessions::delete_others),
        )
        .route(
            "/account/tokens",
            get(account::back).post(account::tokens::create),
        )
        .route(
            "/account/tokens/{id}/revoke",
            get(account::back).post(account::tokens::delete),
        )
        .route(
            "/account/views/forget",
            get(account::back).post(account::views::delete),
        )
        .route(
            "/databases",
            get(databases::index).post(databases::new::create),
        )
        .route("/databases/new", get(databases::new::new))
        .route(
            "/databases/{id}",
            get(database::show).post(database::update),
        )
        .route(
            "/databases/{id}/move",
            get(database::moving::show).post(database::moving::create),
        )
        .route(
            "/databases/{id}/removal",
            get(database::back).post(database::removal::create),
        )
        .route(
            "/databases/{id}/restoration",
            get(database::back).post(database::removal::restore),
        )
        .route("/databases/{id}/schema", get(database::schema::show))
        .route(
            "/databases/{id}/schema/search",
            get(database::schema::search),
        )
        .route("/settings", get(settings::show).post(settings::update))
        .route("/people", get(people::index).post(people::create))
        .route("/people/{id}", get(people::person::show))
        .route(
            "/people/{id}/role",
            get(people::person::back).post(people::person::change_role),
        )
        .route(
            "/people/{id}/link",
            get(people::person::back).post(people::person::make_link),
        )
        .route(
            "/people/{id}/deactivation",
            get(people::person::back).post(people::person::deactivate),
        )
        .route(
            "/people/{id}/removal",
            get(people::person::back).post(people::person::remove),
        )
        .route(
            "/people/{id}/reactivation",
            get(people::person::back).post(people::person::reactivate),
        )
        .route("/theme", get(front::back).post(theme::update))
        .route("/healthz", get(health::alive))
        .route("/readyz", get(health::ready))
        .route("/static/{name}", get(assets::show))
        .merge(api::router(&app))
        .merge(clip_pages(&app))
        .fallback(problem::unknown_page)
        .method_not_allowed_fallback(problem::wrong_method)
        .layer(same_origin::layer(&app.settings.public_url))
        .layer(middleware::from_fn(same_origin::without_null))
        .layer(CatchPanicLayer::custom(problem::panicked))
        .layer(middleware::from_fn_with_state(
            app.clone(),
            problem::for_people,
        ))
        .layer(sessions(&app))
        .layer(CompressionLayer::new().compress_when(coding::is_not_coded_yet()))
        .layer(middleware::from_fn(headers::strict))
        .layer(middleware::from_fn(request_log::log))
        .with_state(app)
}

/// Pages whose forms may carry a whole query.
fn clip_pages(app: &Arc<App>) -> Router<Arc<App>> {
    Router::new()
        .route("/clips", get(clips::back).post(clips::new::create))
        .route("/clips/new", get(clips::new::new))
        .route(
            "/clips/preview",
            get(clips::preview::back).post(clips::preview::show),
        )
        .route("/clips/removed", get(clips::removed::index))
        .route(
            "/{segment}",
            get(clip::show)
                .post(clip::query::update)
                .options(cors::preflight),
        )
        .route("/{segment}/", get(clip::without_slash))
        .route("/{segment}/versions", get(clip::versions::index))
        .route(
            "/{segment}/versions/{number}/restoration",
            get(clip::versions::back).post(clip::versions::restore),
        )
        .route(
            "/{segment}/preview",
            get(clip::run::back).post(clip::preview::show),
        )
        .route("/{segment}/difference", get(clip::difference::show))
        .route("/{segment}/results", get(clip::results::index))
        .route(
            "/{segment}/fork",
            get(clip::run::back).post(clip::fork::create),
        )
        .route("/{segment}/trail", get(clip::trail::index))
        .route("/{segment}/rows", get(clip::window::show))
        .route("/{segment}/columns", get(clip::columns::show))
        .route(
            "/{segment}/chart",
            get(clip::run::back).post(clip::chart::create),
        )
        .route(
            "/{segment}/chart/removal",
            get(clip::run::back).post(clip::chart::delete),
        )
        .route("/{segment}/run", get(clip::run::follow))
        .route(
            "/{segment}/cancellation",
            get(clip::run::back).post(clip::run::cancel),
        )
        .route(
            "/{segment}/pin",
            get(clip::run::back).post(clip::pin::create),
        )
        .route(
            "/{segment}/unpinning",
            get(clip::run::back).post(clip::pin::delete),
        )
        .route("/{segment}/settings", get(clip::settings::show))
        .route(
            "/{segment}/title",
            get(clip::settings::back).post(clip::settings::rename),
        )
        .route(
            "/{segment}/database",
            get(clip::settings::back).post(clip::settings::change_database),
        )
        .route(
            "/{segment}/permissions",
            get(clip::settings::back).post(clip::settings::permissions::update),
        )
        .route(
            "/{segment}/options",
            get(clip::settings::back).post(clip::options::update),
        )
        .route(
            "/{segment}/owner",
            get(clip::settings::back).post(clip::owner::update),
        )
        .route(
            "/{segment}/removal",
            get(clip::settings::back).post(clip::settings::remove),
        )
        .route(
            "/{segment}/restoration",
            get(clip::settings::back).post(clip::settings::restore),
        )
        .route(
            "/{segment}/links",
            get(clip::settings::back).post(clip::links::create),
        )
        .route(
            "/{segment}/links/{id}/revocation",
            get(clip::links::back).post(clip::links::delete),
        )
        .route("/{segment}/share", get(clip::share::show))
        .route("/{segment}/excel.iqy", get(clip::share::web_query))
        .route("/{segment}/table", get(clip::share::table))
        .route("/{segment}/embed", get(clip::embed::show))
        .layer(DefaultBodyLimit::max(form_bytes_max(app)))
        .layer(middleware::from_fn_with_state(
            app.clone(),
            still::for_whoever_asked,
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
