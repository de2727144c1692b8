//! `/{slug}/embed`: the bare table or chart, for a frame on another site. It is the same for everyone.
//! `?view=chart` and `?view=table` choose; by default it shows what the clip opens with.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::Response;

use super::rows_state::{Origin, RowsState};
use crate::access::{Readable, Viewer};
use crate::error::Error;
use crate::model::{Chart, Clip, Version};
use crate::web::app::App;
use crate::web::auth::client_address::ClientAddress;
use crate::web::auth::starter::Starter;
use crate::web::clip::chart::chart_query::ChartQuery;
use crate::web::clip::chart::chart_view::{ChartPlace, ChartSource, ChartView};
use crate::web::clip::chart::drawing_view::DrawingView;
use crate::web::clip::table::rows_table::Table;
use crate::web::http::address::ClipAddress;
use crate::web::http::security_headers::Framed;
use crate::web::http::theme::Theme;
use crate::web::http::url;
use crate::web::page::error_response::{self, ErrorDetail};
use crate::web::page::render;
use crate::web::rows::last_fetched::Fetched;
use crate::web::rows::query::{RowsQuery, refusal};
use crate::web::rows::source;
use crate::web::visitor::Visitor;

#[derive(Template)]
#[template(path = "clip/page/embed.html")]
struct EmbedPage {
    clip: Readable<Clip>,
    theme: Theme,
    state: RowsState,
    /// Instead of the table.
    chart: Option<DrawingView>,
    problem: Option<ErrorDetail>,
    /// The address of the rows once the current run has ended.
    afterwards: Option<String>,
}

pub async fn show(
    State(app): State<Arc<App>>,
    address: ClipAddress,
    visitor: Visitor,
    client: ClientAddress,
    query: Result<RowsQuery, Error>,
) -> Result<Response, Error> {
    let clip = visitor.viewer.read(app.clip(&address.slug).await?)?;
    if !clip.anyone {
        return Err(Error::Forbidden(
            "Only a clip that is open to anyone with the link can be embedded. Its owner can open it under Share."
                .to_owned(),
        ));
    }
    // Who is signed in makes no difference: a frame shows the same to everyone.
    let clip = Viewer::Anonymous.read((*clip).clone())?;
    let query = query?;
    let starter = Starter::new(&visitor.viewer, client);
    let theme = query.theme()?;
    let version = source::version(&app, &clip, query.version).await?;
    let query = query.for_parameters(&version.parameters().unwrap_or_default());
    let (version, mut state) = RowsState::find(&app, &clip, &query, &starter).await?;
    let path = format!("{}/embed", url::clip(&clip));
    if let Some(table) = &mut state.table {
        table.address = query.with(&path, &["version", "result", "theme", "view"]);
        table.window = None;
    }
    let chart = match &state.table {
        Some(table) => chart(&app, &clip, &version, table, &query).await?,
        None => None,
    };
    let address = query.with(&path, &["version", "result", "theme"]);
    let chart = chart.map(|chart| chart.framed(&address));
    let afterwards = match &state.origin {
        Origin::Running(run) => Some(query.since(&path, version.number, run.asked_at())),
        _ => None,
    };
    let page = EmbedPage {
        theme,
        problem: state.error.as_ref().map(ErrorDetail::new),
        clip,
        state,
        chart,
        afterwards,
    };
    let mut response = render(&page);
    *response.status_mut() = page.state.status;
    if let Some(error) = page.state.error.as_ref().filter(|_| !page.state.is_stale()) {
        error_response::add_headers(error, response.headers_mut());
    }
    if page.state.table.is_some() {
        response.extensions_mut().insert(Fetched(page.clip.number));
    }
    let framed = match page.chart {
        Some(_) => Framed::WithScript,
        None => Framed::Bare,
    };
    response.extensions_mut().insert(framed);
    Ok(response)
}

/// `None` where the frame shows the table.
async fn chart(
    app: &App,
    clip: &Readable<Clip>,
    version: &Version,
    table: &Table,
    query: &RowsQuery,
) -> Result<Option<DrawingView>, Error> {
    let is_for_chart = match query.text("view") {
        Some("table") => return Ok(None),
        Some("chart") => true,
        Some(_) => return Err(refusal("view", "either `chart` or `table`")),
        None => false,
    };
    let kept = Chart::find(&app.store, clip).await?;
    // A filter and an order do not turn the frame into a table, as they do a page.
    let mut chosen = ChartQuery::parse(&query.without(&["page", "sort", "filter"]))?;
    chosen.is_for_chart = is_for_chart;
    let view = ChartView::new(&ChartSource {
        place: ChartPlace::of_clip(clip, version, table),
        table,
        query: &chosen,
        kept: kept.as_ref(),
        edits: false,
    })?;
    Ok(view.map(ChartView::into_drawing))
}
