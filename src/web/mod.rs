//! HTTP: the URL table, access, pages, and answers in every format. Never touches SQL text beyond handing it on.

mod address;
mod api;
pub(crate) mod assets;
mod clip;
mod coding;
mod cors;
mod etag;
mod front;
mod headers;
mod health;
mod options;
mod problem;
mod recent;
mod request_log;
mod rows;
mod viewer;
mod welcome;

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::middleware;
use axum::routing::get;
use axum::serve::{Listener, ListenerExt};
use tokio::net::{TcpListener, TcpStream};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;

use crate::model::{SecretKey, Welcome};
use crate::result::Memory;
use crate::run::Runner;
use crate::store::Store;

use recent::Recent;

/// What every handler may use.
pub struct App {
    pub store: Store,
    pub key: SecretKey,
    pub runner: Runner,
    pub memory: Memory,
    pub welcome: Welcome,
    /// Without a slash at its end.
    pub public_url: String,
    pub sql_bytes_max: usize,
    recent: Recent,
}

impl App {
    pub fn new(
        store: Store,
        key: SecretKey,
        runner: Runner,
        memory: Memory,
        public_url: String,
        sql_bytes_max: usize,
    ) -> Self {
        Self {
            welcome: Welcome::new(&key),
            store,
            key,
            runner,
            memory,
            public_url,
            sql_bytes_max,
            recent: Recent::default(),
        }
    }
}

/// Answers leave at once: a small one must not wait for the acknowledgement of the one before.
pub fn tcp(listener: TcpListener) -> impl Listener<Addr = SocketAddr, Io = TcpStream> {
    listener.tap_io(|stream| {
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "TCP_NODELAY cannot be set");
        }
    })
}

/// The whole URL table.
pub fn router(app: Arc<App>) -> Router {
    Router::new()
        .route("/", get(front::show))
        .route("/welcome/{secret}", get(welcome::new).post(welcome::create))
        .route("/healthz", get(health::alive))
        .route("/readyz", get(health::ready))
        .route("/static/{name}", get(assets::show))
        .merge(api::router(&app))
        .route("/{segment}", get(clip::show).options(cors::preflight))
        .fallback(problem::unknown_page)
        .method_not_allowed_fallback(problem::wrong_method)
        .layer(CompressionLayer::new().compress_when(coding::is_not_coded_yet()))
        .layer(middleware::from_fn(headers::strict))
        .layer(CatchPanicLayer::custom(problem::panicked))
        .layer(middleware::from_fn(request_log::log))
        .with_state(app)
}
