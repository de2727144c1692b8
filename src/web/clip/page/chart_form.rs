//! `POST /{slug}/chart`: saves the chosen chart with the clip, or removes it.

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};

use super::clip_page;
use super::notes::Notes;
use crate::error::Error;
use crate::model::{Chart, Clip, StoredResult};
use crate::result::Column;
use crate::web::app::App;
use crate::web::auth::starter::Starter;
use crate::web::clip::chart::chart_query::ChartQuery;
use crate::web::http::address::ClipAddress;
use crate::web::http::form::Form;
use crate::web::http::url;
use crate::web::rows::query::RowsQuery;
use crate::web::rows::source;
use crate::web::visitor::Visitor;

/// The query string says for which rows the form was shown.
pub async fn create(
    State(app): State<Arc<App>>,
    address: ClipAddress,
    visitor: Visitor,
    shown: Result<RowsQuery, Error>,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Result<Response, Error> {
    let clip = visitor.viewer.edit(app.clip(&address.slug).await?)?;
    let shown = shown?;
    let columns = columns(&app, &clip, &shown).await?;
    let query = of_version(&app, &clip, shown.version, pairs).await?;
    let chosen = ChartQuery::parse(&query)?;
    let picture = chosen.picture();
    match picture.and_then(|picture| picture.choose(&columns)) {
        Ok(picture) => {
            let chart = picture.to_chart(&columns, chosen.opening);
            chart.keep(&app.store, &clip, &clip.editor).await?;
            let page = chosen.kept_chart_url(&url::clip(&clip));
            Ok(Redirect::to(&page).into_response())
        }
        // The page shows the same error for the same query.
        Err(Error::Invalid { .. }) => {
            let clip = visitor.viewer.read((*clip).clone())?;
            let starter = Starter::uncounted();
            clip_page::page(&app, &visitor, &starter, &clip, query, Notes::default()).await
        }
        Err(error) => Err(error),
    }
}

pub async fn delete(
    State(app): State<Arc<App>>,
    address: ClipAddress,
    visitor: Visitor,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Result<Redirect, Error> {
    let clip = visitor.viewer.edit(app.clip(&address.slug).await?)?;
    Chart::delete(&app.store, &clip, &clip.editor).await?;
    let query = of_version(&app, &clip, None, pairs).await?;
    let chosen = ChartQuery::parse(&query)?;
    Ok(Redirect::to(&chosen.kept_chart_url(&url::clip(&clip))))
}

/// The form's fields; those with the names of the version's parameters are their values.
async fn of_version(
    app: &App,
    clip: &Clip,
    version: Option<i32>,
    pairs: Vec<(String, String)>,
) -> Result<RowsQuery, Error> {
    let query = RowsQuery::from_pairs(pairs)?;
    let number = query.version.or(version);
    let version = source::version(app, clip, number).await?;
    Ok(query.for_parameters(&version.parameters().unwrap_or_default()))
}

async fn columns(app: &App, clip: &Clip, shown: &RowsQuery) -> Result<Vec<Column>, Error> {
    let version = shown.version.unwrap_or(clip.version.number);
    let (store, number) = (&app.store, clip.number);
    let columns = match shown.result {
        Some(result) => {
            let result = StoredResult::find(store, number, version, result).await?;
            result.content.ok().map(|content| content.columns)
        }
        None => StoredResult::newest_columns(store, number, version).await?,
    };
    columns.ok_or_else(|| {
        Error::NotFound("There are no rows to draw yet. Open the clip's page first.".to_owned())
    })
}
