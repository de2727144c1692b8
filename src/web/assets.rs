//! The files under `static`, built into the program. Their names change with their content, so they may be kept.

use std::sync::LazyLock;

use axum::extract::Path;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};

use super::problem;
use crate::error::Error;

const STYLE: &str = include_str!("../../static/style.css");
const ICON: &str = include_str!("../../static/icon.svg");

static STYLE_PATH: LazyLock<String> = LazyLock::new(|| path("style", STYLE, "css"));
static ICON_PATH: LazyLock<String> = LazyLock::new(|| path("icon", ICON, "svg"));

/// For templates.
pub fn style_path() -> &'static str {
    &STYLE_PATH
}

/// For templates.
pub fn icon_path() -> &'static str {
    &ICON_PATH
}

pub async fn show(Path(name): Path<String>) -> Response {
    let path = format!("/static/{name}");
    let (content_type, content) = if path == *STYLE_PATH {
        ("text/css; charset=utf-8", STYLE)
    } else if path == *ICON_PATH {
        ("image/svg+xml", ICON)
    } else {
        return problem::page(&Error::not_found("page"));
    };
    let headers = [
        (CONTENT_TYPE, content_type),
        (CACHE_CONTROL, "public, max-age=31536000, immutable"),
    ];
    (headers, content).into_response()
}

fn path(name: &str, content: &str, extension: &str) -> String {
    let hash = blake3::hash(content.as_bytes()).to_hex();
    format!("/static/{name}-{}.{extension}", &hash[..12])
}
