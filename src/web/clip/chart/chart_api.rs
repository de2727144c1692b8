//! `/api/v1/clips/{slug}/chart`: how the clip's rows are drawn.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::error::Error;
use crate::model::{Chart, ChartKind, ChartLook, Clip, Opening, Picture, Stacking, StoredResult};
use crate::web::app::App;
use crate::web::clip::clip_api::find;
use crate::web::http::extract::{Body, Path};
use crate::web::visitor::ApiUser;

/// How a clip's rows are drawn. Where several columns have the same name, each but the first is numbered, as in
/// `?shape=objects`: `name_2`.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Chart)]
pub struct ChartBody {
    kind: KindBody,
    /// A column's name; `null`: the row's number. Always `null` for a figure.
    #[serde(default)]
    x: Option<String>,
    /// The names of 1 to 20 numeric columns.
    y: Vec<String>,
    /// The column whose values separate the series; `null`: each column of `y` is a series.
    #[serde(default)]
    series: Option<String>,
    /// Whether lines or bars are stacked.
    #[serde(default)]
    stacked: bool,
    /// How it looks; what is left out is the default. `area`, `share` (stacked to 100 %) and `log` are booleans; `goal` is a
    /// decimal number as text; `numbers` is `grouped`, `plain`, `compact` or `percent`; `decimals` is a number from 0;
    /// `x_title` and `y_title` replace the columns' names.
    #[serde(default, skip_serializing_if = "ChartLook::is_plain")]
    #[schema(value_type = Object)]
    look: ChartLook,
    /// Whether the clip's page opens with the chart.
    #[serde(default)]
    opens_first: bool,
}

#[derive(Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase", try_from = "String")]
#[schema(as = ChartKind)]
enum KindBody {
    Line,
    Bar,
    Scatter,
    Figure,
}

/// The chart that is saved with a clip.
#[utoipa::path(get, operation_id = "read_chart", path = "/api/v1/clips/{slug}/chart", tag = "clips",
    params(("slug" = String, Path)),
    responses((status = 200, body = ChartBody)))]
pub async fn show(
    State(app): State<Arc<App>>,
    ApiUser(viewer): ApiUser,
    Path(slug): Path<String>,
) -> Result<Json<ChartBody>, Error> {
    let clip = viewer.read(find(&app, &slug).await?)?;
    let chart = Chart::find(&app.store, &clip).await?;
    let chart = chart.ok_or_else(|| {
        Error::NotFound("No chart is saved with this clip. PUT one here.".to_owned())
    })?;
    Ok(Json(ChartBody::new(chart)))
}

/// Saves a chart with a clip, in place of the one it had. For its editors.
#[utoipa::path(put, operation_id = "save_chart", path = "/api/v1/clips/{slug}/chart", tag = "clips",
    params(("slug" = String, Path)),
    request_body = ChartBody,
    responses((status = 200, body = ChartBody)))]
pub async fn update(
    State(app): State<Arc<App>>,
    ApiUser(viewer): ApiUser,
    Path(slug): Path<String>,
    Body(body): Body<ChartBody>,
) -> Result<Json<ChartBody>, Error> {
    let clip = viewer.edit(find(&app, &slug).await?)?;
    let chart = body.chart();
    chart.check()?;
    check_columns(&app, &clip, &chart).await?;
    chart.keep(&app.store, &clip, &clip.editor).await?;
    Ok(Json(ChartBody::new(chart)))
}

/// Removes the chart that is saved with a clip. For its editors.
#[utoipa::path(delete, operation_id = "remove_chart", path = "/api/v1/clips/{slug}/chart", tag = "clips",
    params(("slug" = String, Path)),
    responses((status = 204)))]
pub async fn delete(
    State(app): State<Arc<App>>,
    ApiUser(viewer): ApiUser,
    Path(slug): Path<String>,
) -> Result<StatusCode, Error> {
    let clip = viewer.edit(find(&app, &slug).await?)?;
    Chart::delete(&app.store, &clip, &clip.editor).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Fails if the newest rows lack one of the chart's columns. A clip without rows yet accepts any chart.
async fn check_columns(app: &App, clip: &Clip, chart: &Chart) -> Result<(), Error> {
    let (number, version) = (clip.number, clip.version.number);
    match StoredResult::newest_columns(&app.store, number, version).await? {
        Some(columns) => Picture::from_chart(chart, &columns).map(|_| ()),
        None => Ok(()),
    }
}

impl TryFrom<String> for KindBody {
    type Error = &'static str;

    fn try_from(word: String) -> Result<Self, Self::Error> {
        let kind = ChartKind::parse(&word).map(Self::from);
        kind.ok_or("it must be `line`, `bar`, `scatter` or `figure`")
    }
}

impl From<ChartKind> for KindBody {
    fn from(kind: ChartKind) -> Self {
        match kind {
            ChartKind::Line => Self::Line,
            ChartKind::Bar => Self::Bar,
            ChartKind::Scatter => Self::Scatter,
            ChartKind::Figure => Self::Figure,
        }
    }
}

impl ChartBody {
    fn new(chart: Chart) -> Self {
        Self {
            kind: chart.kind.into(),
            x: chart.x,
            y: chart.y,
            series: chart.series,
            stacked: chart.stacking.is_stacked(),
            look: chart.look,
            opens_first: chart.opening.is_chart_first(),
        }
    }

    fn chart(self) -> Chart {
        Chart {
            kind: match self.kind {
                KindBody::Line => ChartKind::Line,
                KindBody::Bar => ChartKind::Bar,
                KindBody::Scatter => ChartKind::Scatter,
                KindBody::Figure => ChartKind::Figure,
            },
            x: self.x,
            y: self.y,
            series: self.series,
            stacking: Stacking::new(self.stacked),
            look: self.look,
            opening: Opening::new(self.opens_first),
        }
    }
}
