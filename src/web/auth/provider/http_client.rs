//! HTTP requests to the OpenID provider: never redirected, and bounded in time and size.

use std::time::Duration;

use axum::body::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use openidconnect::{HttpRequest, HttpResponse};
use rustls::crypto::ring;
use rustls::{ClientConfig, RootCertStore};
use tokio::time::timeout;

/// For one request; signing in takes up to four.
const WAIT: Duration = Duration::from_secs(8);
const ANSWER_BYTES_MAX: usize = 1 << 20;

#[derive(Clone)]
pub(super) struct HttpClient(Client<HttpsConnector<HttpConnector>, Full<Bytes>>);

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub(super) enum HttpError {
    #[error("it did not respond within {} s", WAIT.as_secs())]
    Silent,
    #[error(transparent)]
    Connection(#[from] hyper_util::client::legacy::Error),
    /// Cut short, or too long.
    #[error("its response cannot be read: {0}")]
    Body(Box<dyn std::error::Error + Send + Sync>),
    #[error(transparent)]
    Request(#[from] axum::http::Error),
}

impl HttpClient {
    /// An `https` issuer leads to no address without TLS.
    pub fn new(issuer: &str) -> Self {
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        let tls = ClientConfig::builder_with_provider(ring::default_provider().into())
            .with_safe_default_protocol_versions()
            .expect("ring knows all versions")
            .with_root_certificates(roots)
            .with_no_client_auth();
        let connector = HttpsConnectorBuilder::new().with_tls_config(tls);
        let connector = match issuer.starts_with("https://") {
            true => connector.https_only(),
            false => connector.https_or_http(),
        };
        Self(Client::builder(TokioExecutor::new()).build(connector.enable_http1().build()))
    }

    pub async fn send(self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let answer = timeout(WAIT, self.send_without_limit(request)).await;
        answer.unwrap_or(Err(HttpError::Silent))
    }

    async fn send_without_limit(self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let request = request.map(|body| Full::new(Bytes::from(body)));
        let (head, body) = self.0.request(request).await?.into_parts();
        let body = Limited::new(body, ANSWER_BYTES_MAX).collect().await;
        let body = body.map_err(HttpError::Body)?.to_bytes().to_vec();
        Ok(HttpResponse::from_parts(head, body))
    }
}
