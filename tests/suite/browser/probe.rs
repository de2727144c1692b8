//! Test pages: one that shows what a browser's verbs did to it, and two with the faults that the checks have to find.

use axum::Router;
use axum::response::Html;
use axum::routing::get;
use tokio::net::TcpListener;

const BAD: &str = "<!doctype html><html lang=en><title>Bad</title><main><h1>Bad</h1><input>
    <a href=/a style='display:inline-block;width:9px;height:9px'>a</a><a href=/b style='display:inline-block;width:9px;height:9px'>b</a>
    <p style='width:2000px'>Wide</p></main>";

const STRICT: &str = "default-src 'none'; img-src *";

/// Serves the pages on a free port; returns their URL.
pub async fn serve() -> String {
    let strict = [("content-security-policy", STRICT)];
    let router = Router::new()
        .route("/", get(async || Html(include_str!("probe.html"))))
        .route("/bad", get(async || Html(BAD)))
        .route(
            "/strict",
            get(async move || {
                let page = "<title>strict</title><script>document.title = 'owned'</script>";
                (strict, Html(page))
            }),
        );
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await });
    url
}
