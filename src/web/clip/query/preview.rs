//! Runs a query before it is saved, for pages and the API. Nothing is stored; a page's rows are held for a while.

use askama::Template;

use super::held_previews::{HeldPreview, PreviewForm};
use super::sql_text;
use crate::access::{Queryable, Viewer};
use crate::error::Error;
use crate::model::{Database, Slug, User};
use crate::run::{Origin, ParameterTypes, Query, Values};
use crate::web::app::App;
use crate::web::clip::chart::chart_query::ChartQuery;
use crate::web::clip::chart::chart_view::{self, ChartPlace, ChartSource, ChartView};
use crate::web::clip::table::rows_table::Table;
use crate::web::clip::table::table_view::TableView;
use crate::web::http::url;
use crate::web::rows::query::RowsQuery;
use crate::web::rows::visible_rows::VisibleResult;

/// A part of a page: the table of the rows.
#[derive(Template)]
#[template(path = "clip/query/preview.html")]
pub struct Preview {
    table: Table,
    /// Instead of the table.
    chart: Option<ChartView>,
}

impl Preview {
    /// The held rows as the query asks for them: a table, or a chart.
    pub async fn new(held: &HeldPreview, query: &RowsQuery) -> Result<Self, Error> {
        let address = url::preview(&held.id);
        let chart_query = ChartQuery::parse(query)?;
        let view = TableView::parse(query)?;
        let window = format!("{address}/rows");
        let mut table = Table::read(address.clone(), window, held.result.clone(), view).await?;
        table.chart = Some(chart_view::link(&table));
        let chart = ChartView::new(&ChartSource {
            place: ChartPlace {
                title: "Preview",
                columns: format!("{address}/columns"),
                page: address,
                version: 0,
            },
            table: &table,
            query: &chart_query,
            kept: None,
            edits: false,
        })?;
        Ok(Self { table, chart })
    }

    pub fn draws(&self) -> bool {
        self.chart.is_some()
    }

    /// Runs the query for a page, and holds what it returns.
    pub async fn run(
        app: &App,
        by: &User,
        database: &Queryable<Database>,
        sql: &str,
        values: &Values,
        types: &ParameterTypes,
        form: PreviewForm,
    ) -> Result<Self, Error> {
        let admitted = admit(app, by, sql)?;
        let result = run(app, &admitted, database, values, types).await?;
        let id = Slug::generate().map_err(Error::internal)?;
        let held = HeldPreview::new(id, by, database, result, form, sql.to_owned());
        app.held_previews.hold(&held);
        compress(&held);
        Self::new(&held, &RowsQuery::default()).await
    }
}

/// In the background: while many rows are held uncompressed, those of all runs are compressed as they arrive.
fn compress(held: &HeldPreview) {
    let rows = held.result.rows.to_store().clone();
    tokio::spawn(async move {
        if let Err(error) = rows.compress().await {
            tracing::warn!(%error, "rows stay uncompressed in memory");
        }
    });
}

/// One run that was counted as a preview of the user's.
pub struct Admitted<'a> {
    by: &'a User,
    sql: &'a str,
}

/// Counts a run of the query; fails if the user ran too many in this minute, or if the text is too long. Comes before
/// anything is asked of the database.
pub fn admit<'a>(app: &App, by: &'a User, sql: &'a str) -> Result<Admitted<'a>, Error> {
    sql_text::check(app, sql)?;
    app.rate_limit.admit_preview(by.id)?;
    Ok(Admitted { by, sql })
}

/// Runs the query as a clip would, to its end or to the limits. Dropping the future cancels it in PostgreSQL.
pub async fn run(
    app: &App,
    Admitted { by, sql }: &Admitted<'_>,
    database: &Queryable<Database>,
    values: &Values,
    types: &ParameterTypes,
) -> Result<VisibleResult, Error> {
    let target = app.target(database)?;
    let query = Query {
        origin: Origin::Preview { user: by.id },
        application_name: format!("dataclips preview user {}", by.id),
        sql: (*sql).to_owned(),
        values: values.clone(),
        types: types.clone(),
    };
    let returned = app.live.preview(&target, query).returned().await;
    let (rows, summary) = returned.map_err(Error::of_query)?;
    may_still_query(app, by, database).await?;
    Ok(VisibleResult::preview(database, rows, summary))
}

/// Rechecks access after a run, which may take minutes: meanwhile the user may have been deactivated, or may have lost
/// access to the database.
async fn may_still_query(app: &App, by: &User, database: &Database) -> Result<(), Error> {
    let user = User::find(&app.store, by.id).await?;
    let viewer = user.map_or(Viewer::Anonymous, Viewer::User);
    let database = Database::find(&app.store, database.id).await?;
    viewer.query(database).map(|_| ())
}
