//! The files under `static`, built into the program. Their names change with their content, so browsers may cache them
//! forever.

use std::sync::LazyLock;

use axum::http::HeaderMap;
use axum::http::header::{CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, VARY};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use rust_embed::Embed;

use super::accept::content_coding;
use super::extract::Path;
use crate::error::Error;

/// One file.
pub struct Asset {
    /// For templates.
    pub path: String,
    content_type: &'static str,
    content: Bytes,
    /// The content compressed with Brotli, where the build made that.
    brotli: Option<Bytes>,
}

/// What `npm run build` makes from `static/bundles`. Pages work without a bundle that was not built.
#[derive(Embed)]
#[folder = "static/built"]
struct Built;

/// The order of the style sheets decides nothing but in which order rules of the same layer and weight hold.
pub static STYLE: LazyLock<Asset> = LazyLock::new(|| {
    Asset::style(
        "style",
        concat!(
            include_str!("../../../static/page/style.css"),
            include_str!("../../../static/clip/page/clip.css"),
            include_str!("../../../static/clip/parameters/parameters.css"),
            include_str!("../../../static/clip/table/table.css"),
            include_str!("../../../static/clip/chart/chart.css"),
            include_str!("../../../static/clip/history/history.css"),
            include_str!("../../../static/clip/list/list.css"),
            include_str!("../../../static/clip/sharing/share.css"),
            include_str!("../../../static/database/schema.css"),
            include_str!("../../../static/database/health.css"),
            include_str!("../../../static/audit/audit.css"),
        ),
    )
});
pub static ICON: LazyLock<Asset> = LazyLock::new(|| {
    Asset::new(
        "icon",
        "svg",
        "image/svg+xml",
        include_str!("../../../static/page/icon.svg"),
    )
});
pub static THEME: LazyLock<Asset> =
    LazyLock::new(|| Asset::script("theme", include_str!("../../../static/page/theme.js")));
pub static TIMES: LazyLock<Asset> =
    LazyLock::new(|| Asset::script("times", include_str!("../../../static/page/times.js")));
pub static FORM: LazyLock<Asset> =
    LazyLock::new(|| Asset::script("form", include_str!("../../../static/page/form.js")));
pub static BUSY: LazyLock<Asset> =
    LazyLock::new(|| Asset::script("busy", include_str!("../../../static/page/busy.js")));
pub static MENU: LazyLock<Asset> =
    LazyLock::new(|| Asset::script("menu", include_str!("../../../static/page/menu.js")));
pub static WORKBENCH: LazyLock<Asset> = LazyLock::new(|| {
    Asset::script(
        "workbench",
        include_str!("../../../static/clip/page/workbench.js"),
    )
});
pub static FOLLOW: LazyLock<Asset> = LazyLock::new(|| {
    Asset::script(
        "follow",
        concat!(
            include_str!("../../../static/clip/page/event_stream.js"),
            include_str!("../../../static/clip/page/follow.js"),
        ),
    )
});
pub static VALUES: LazyLock<Asset> = LazyLock::new(|| {
    Asset::script(
        "values",
        include_str!("../../../static/clip/parameters/values.js"),
    )
});
pub static COPY: LazyLock<Asset> =
    LazyLock::new(|| Asset::script("copy", include_str!("../../../static/page/copy.js")));
pub static REFRESH: LazyLock<Asset> =
    LazyLock::new(|| Asset::script("refresh", include_str!("../../../static/page/refresh.js")));
pub static DIALOG: LazyLock<Asset> =
    LazyLock::new(|| Asset::script("dialog", include_str!("../../../static/page/dialog.js")));
pub static SCHEMA: LazyLock<Asset> =
    LazyLock::new(|| Asset::script("schema", include_str!("../../../static/database/schema.js")));
pub static FIND: LazyLock<Asset> =
    LazyLock::new(|| Asset::script("find", include_str!("../../../static/clip/list/find.js")));
pub static STAR: LazyLock<Asset> =
    LazyLock::new(|| Asset::script("star", include_str!("../../../static/clip/list/star.js")));
pub static TYPED: LazyLock<Asset> =
    LazyLock::new(|| Asset::script("typed", include_str!("../../../static/page/typed.js")));
pub static TAGS: LazyLock<Asset> =
    LazyLock::new(|| Asset::script("tags", include_str!("../../../static/clip/list/tags.js")));
/// The query's editor.
pub static EDITOR: LazyLock<Option<Asset>> = LazyLock::new(|| Asset::bundle("editor"));
/// Formats a query; the editor loads it on demand.
pub static FORMATTER: LazyLock<Option<Asset>> = LazyLock::new(|| Asset::bundle("formatter"));
/// Draws a clip's rows as a chart.
pub static CHART: LazyLock<Option<Asset>> = LazyLock::new(|| Asset::bundle("chart"));
/// Shows all rows of a table, instead of one page of them.
pub static GRID: LazyLock<Option<Asset>> = LazyLock::new(|| Asset::bundle("grid"));

pub async fn show(Path(name): Path<String>, request: HeaderMap) -> Result<Response, Error> {
    let path = format!("/static/{name}");
    let assets = [
        &*STYLE,
        &*ICON,
        &*THEME,
        &*TIMES,
        &*MENU,
        &*WORKBENCH,
        &*FORM,
        &*BUSY,
        &*FOLLOW,
        &*VALUES,
        &*COPY,
        &*DIALOG,
        &*REFRESH,
        &*SCHEMA,
        &*FIND,
        &*STAR,
        &*TAGS,
        &*TYPED,
    ];
    let bundles = [&*EDITOR, &*FORMATTER, &*GRID, &*CHART]
        .into_iter()
        .flatten();
    let mut all = assets.into_iter().chain(bundles);
    let asset = all.find(|asset| asset.path == path);
    let asset = asset.ok_or_else(|| Error::not_found("page"))?;
    let headers = [
        (CONTENT_TYPE, asset.content_type),
        (CACHE_CONTROL, "public, max-age=31536000, immutable"),
    ];
    match &asset.brotli {
        Some(brotli) if content_coding::accepts_brotli(&request) => {
            let coding = [(CONTENT_ENCODING, "br"), (VARY, "Accept-Encoding")];
            Ok((headers, coding, brotli.clone()).into_response())
        }
        Some(_) | None => Ok((headers, asset.content.clone()).into_response()),
    }
}

impl Asset {
    fn style(name: &str, content: &'static str) -> Self {
        Self::new(name, "css", "text/css; charset=utf-8", content)
    }

    fn script(name: &str, content: &'static str) -> Self {
        Self::new(name, "js", "text/javascript; charset=utf-8", content)
    }

    fn bundle(name: &str) -> Option<Self> {
        let built = |file: String| {
            let file = Built::get(&file)?;
            Some(Bytes::from(file.data.into_owned()))
        };
        let content = built(format!("{name}.js"))?;
        let bundle = Self::new(name, "js", "text/javascript; charset=utf-8", content);
        Some(Self {
            brotli: built(format!("{name}.js.br")),
            ..bundle
        })
    }

    fn new(
        name: &str,
        extension: &str,
        content_type: &'static str,
        content: impl Into<Bytes>,
    ) -> Self {
        let content = content.into();
        let hash = blake3::hash(&content).to_hex();
        Self {
            path: format!("/static/{name}-{}.{extension}", &hash[..12]),
            content_type,
            content,
            brotli: None,
        }
    }
}
