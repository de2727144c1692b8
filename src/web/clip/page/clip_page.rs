//! `/{slug}`: a clip's page.

use std::sync::Arc;

use askama::Template;
use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum_extra::extract::cookie::CookieJar;

use super::created::CreatedNote;
use super::description::Description;
use super::notes::{self, Notes};
use super::open_graph::OpenGraph;
use super::rights::Rights;
use super::rows_panel::RowsPanel;
use super::rows_state::RowsState;
use crate::access::Readable;
use crate::encode::Format;
use crate::error::Error;
use crate::model::{Chart, Clip, Fork, OfferedVersion, Version};
use crate::run::Values;
use crate::run::parameters::hints;
use crate::web::app::App;
use crate::web::auth::client_address::ClientAddress;
use crate::web::auth::starter::Starter;
use crate::web::clip::chart::chart_query::ChartQuery;
use crate::web::clip::chart::chart_view::{ChartPlace, ChartSource, ChartView};
use crate::web::clip::history::versions::linked;
use crate::web::clip::parameters::carried;
use crate::web::clip::parameters::values_form::ValuesForm;
use crate::web::clip::parameters::workbench::WorkbenchFields;
use crate::web::clip::query::edit_conflict::EditConflict;
use crate::web::clip::query::preview::Preview;
use crate::web::clip::sharing::access_label;
use crate::web::clip::table::rows_table::Table;
use crate::web::http::address::ClipAddress;
use crate::web::http::extract::Path;
use crate::web::http::form::FieldErrors;
use crate::web::http::request_log::facts;
use crate::web::http::url;
use crate::web::page::in_words::{count, span};
use crate::web::page::query_error::QueryError;
use crate::web::page::{error_response, render};
use crate::web::rows::query::RowsQuery;
use crate::web::rows::{headers, source, visible_rows};
use crate::web::visitor::Visitor;

/// Characters of the query in the strip above the rows.
const STRIP_CHARACTERS: usize = 300;

#[derive(Template)]
#[template(path = "clip/page/clip.html")]
pub struct ClipPage<'a> {
    visitor: &'a Visitor,
    clip: &'a Clip,
    version: &'a Version,
    /// The newest ones, each with its page.
    versions: Vec<(OfferedVersion, String)>,
    rights: Rights,
    /// The clip's origin, if it is a fork and the viewer may know.
    fork: Option<Fork>,
    /// The clip's description and tags, if it has any.
    description: Option<Description<'a>>,
    /// The address of these rows' page, with the server.
    link: String,
    /// On the page to which the form for a new clip leads.
    created: Option<CreatedNote>,
    /// The query as stored, or as typed; `None` where the viewer may not see it.
    sql: Option<&'a str>,
    pub problems: FieldErrors,
    pub query_error: Option<QueryError>,
    /// Whether `sql` was typed and is not saved.
    is_typed: bool,
    /// The number of the version on which the edited query is based.
    pub base: i32,
    /// What was typed about the change.
    pub note: &'a str,
    /// The other editor's change, if the query was not saved because of it.
    pub edit_conflict: Option<EditConflict>,
    /// The rows of the typed query.
    pub preview: Option<Preview>,
    /// Those of the rows, or those with which the typed query ran.
    carried: Values,
    /// For the values with which the query beside the editor runs.
    pub workbench: WorkbenchFields,
    /// What the query's author probably did not mean.
    pub hints: Vec<String>,
    /// For the values of the rows.
    values: Option<ValuesForm>,
    /// Whether the page shows the chart once there are rows.
    draws: bool,
    /// `None` on the page of a typed query.
    panel: Option<RowsPanel<'a>>,
    /// For programs that show previews of links to a clip that is open to anyone.
    open_graph: Option<OpenGraph>,
}

pub async fn show(
    State(app): State<Arc<App>>,
    address: ClipAddress,
    visitor: Visitor,
    client: ClientAddress,
    query: Result<RowsQuery, Error>,
    cookies: CookieJar,
) -> Result<Response, Error> {
    let clip = visitor.viewer.read(app.clip(&address.slug).await?)?;
    facts::note_access(clip.sees_sql);
    let said = Notes::find(&app, &clip, &cookies);
    let starter = Starter::new(&visitor.viewer, client);
    let page = page(&app, &visitor, &starter, &clip, query?, said).await?;
    Ok((notes::forget(&clip, cookies), page).into_response())
}

/// Redirects an address with a trailing slash, which programs that turn text into links may append.
pub async fn without_slash(Path(segment): Path<String>, RawQuery(query): RawQuery) -> Redirect {
    let segment = url::encode(&segment);
    let query = query.map_or(String::new(), |query| format!("?{query}"));
    Redirect::permanent(&format!("/{segment}{query}"))
}

/// The page with the rows that the query requests.
pub async fn page(
    app: &App,
    visitor: &Visitor,
    starter: &Starter,
    clip: &Readable<Clip>,
    query: RowsQuery,
    said: Notes,
) -> Result<Response, Error> {
    let version = source::version(app, clip, query.version).await?;
    let query = query.for_parameters(&version.parameters().unwrap_or_default());
    let chart_query = ChartQuery::parse(&query)?;
    let kept = Chart::find(&app.store, clip).await?;
    let draws = chart_query.shows_chart(kept.as_ref());
    let query = match draws {
        // A chart has no pages.
        true => query.without(&["page"]),
        false => query,
    };
    let (version, state) = RowsState::find(app, clip, &query, starter).await?;
    let sql = clip.sql(&version);
    let rights = Rights::find(app, &visitor.viewer, clip, &version).await?;
    let chart = state.table.as_ref().map(|table| {
        ChartView::new(&ChartSource {
            place: ChartPlace::of_clip(clip, &version, table),
            table,
            query: &chart_query,
            kept: kept.as_ref(),
            edits: rights.edits,
        })
    });
    let chart = chart.transpose()?.flatten();
    let is_refused = chart.as_ref().is_some_and(ChartView::is_refused);
    let viewer = &visitor.viewer;
    let asks_for_query = rights.edits_query && version.number == clip.version.number;
    let workbench = async {
        match asks_for_query {
            true => WorkbenchFields::of_page(app, viewer, clip, &version, &query).await,
            false => WorkbenchFields::default(),
        }
    };
    let values = ValuesForm::find(app, viewer, clip, &version, &query, &state);
    // Both may wait for the rows of other clips.
    let (values, workbench) = tokio::join!(values, workbench);
    let query_error = state.query_error().map(|error| {
        let query_error = QueryError::new(error, sql);
        match rights.edits {
            true => query_error.with_settings(clip),
            false => query_error,
        }
    });
    let (link, open_graph) = (
        link(app, &state.address(clip, &version)),
        OpenGraph::new(app, clip, &version, &state),
    );
    let panel = RowsPanel::new(clip, &version, state, rights)
        .with_chart(chart)
        .after_cancel(said.is_cancel_unanswered);
    let page = ClipPage {
        visitor,
        clip,
        version: &version,
        versions: linked(app, clip, panel.values()).await?,
        rights,
        fork: origin(app, visitor, clip).await?,
        description: Description::find(visitor, clip),
        created: said.created,
        link,
        sql,
        problems: FieldErrors::default(),
        query_error,
        is_typed: false,
        base: version.number,
        note: "",
        edit_conflict: None,
        preview: None,
        carried: panel.values().clone(),
        workbench,
        hints: match asks_for_query {
            true => hints(&version.sql),
            false => Vec::new(),
        },
        values,
        open_graph,
        draws,
        panel: Some(panel),
    };
    // A request with `since` comes from a page whose view was noted already; a client with a token views no pages.
    if let Some(user) = visitor
        .user()
        .filter(|_| visitor.is_by_cookie && query.since.is_none())
    {
        app.recent_views.note(&app.store, user, clip);
    }
    let mut response = render(&page);
    if let Some(panel) = &page.panel {
        describe(&mut response, &page, &panel.state);
    }
    if is_refused {
        *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    }
    Ok(response)
}

/// The status and the headers that tell programs which rows the page shows.
fn describe(response: &mut Response, page: &ClipPage<'_>, state: &RowsState) {
    *response.status_mut() = state.status;
    if let Some(table) = &state.table {
        let (clip, version) = (page.clip.number, page.version.number);
        visible_rows::describe(response, clip, version, &table.summary);
    }
    match &state.error {
        Some(_) if state.is_stale() => headers::mark_stale(response.headers_mut()),
        Some(error) => error_response::add_headers(error, response.headers_mut()),
        None => {}
    }
}

fn link(app: &App, page: &str) -> String {
    format!("{}{page}", app.settings.public_url)
}

async fn origin(app: &App, visitor: &Visitor, clip: &Clip) -> Result<Option<Fork>, Error> {
    match visitor.user() {
        Some(user) => Fork::find(&app.store, user, clip).await,
        None => Ok(None),
    }
}

impl<'a> ClipPage<'a> {
    /// The page with an edited query that is not saved, and the values with which it is tried out.
    pub async fn typed(
        app: &App,
        visitor: &'a Visitor,
        clip: &'a Clip,
        sql: &'a str,
        values: Values,
    ) -> Result<Self, Error> {
        Ok(Self {
            visitor,
            clip,
            version: &clip.version,
            versions: linked(app, clip, &values).await?,
            rights: Rights::find(app, &visitor.viewer, clip, &clip.version).await?,
            fork: origin(app, visitor, clip).await?,
            description: Description::find(visitor, clip),
            created: None,
            link: link(app, &url::version(clip, clip.version.number)),
            sql: Some(sql),
            problems: FieldErrors::default(),
            query_error: None,
            is_typed: true,
            base: clip.version.number,
            note: "",
            edit_conflict: None,
            preview: None,
            carried: values,
            workbench: WorkbenchFields::default(),
            hints: hints(sql),
            values: None,
            draws: false,
            panel: None,
            open_graph: None,
        })
    }

    fn table(&self) -> Option<&Table> {
        self.panel.as_ref()?.table()
    }

    /// Whether the rows come from runs rather than from a stored result.
    fn is_live(&self) -> bool {
        let panel = self.panel.as_ref();
        panel.is_some_and(|panel| panel.kept().is_none())
    }

    /// Whether the page shows pinned rows. Then its note says whether there is a newer version.
    fn is_pinned(&self) -> bool {
        self.panel.as_ref().is_some_and(RowsPanel::is_pinned)
    }

    /// Who may see the rows, in a few words: “Only 3 people”.
    fn access(&self) -> String {
        match self.rights.edits {
            true => access_label::for_editors(self.clip),
            false => access_label::for_readers(self.clip).to_owned(),
        }
    }

    fn access_help(&self) -> &'static str {
        match self.clip.anyone {
            true => "Everyone who has the link sees the rows",
            false => "Only the owner and authorized users see the rows",
        }
    }

    /// The query on one line, as far as a strip above the rows can show it.
    fn first_lines(&self, sql: &str) -> String {
        let words = sql.split_whitespace().flat_map(|word| [word, " "]);
        words.flat_map(str::chars).take(STRIP_CHARACTERS).collect()
    }

    /// How long the query ran.
    fn duration(&self, table: &Table) -> String {
        span(table.summary.elapsed)
    }

    /// “All 40 rows”
    fn all_rows(&self) -> Option<String> {
        let table = self.table()?;
        Some(format!("All {}", table.rows_in_words()))
    }

    /// “12 filtered rows”, where a filter leaves only some.
    fn filtered_rows(&self) -> Option<String> {
        let table = self.table()?;
        let is_filtered = table.narrowing().iter().any(|(name, _)| *name == "filter");
        is_filtered.then(|| count(table.matching(), "filtered row"))
    }

    /// The address of the rows that the filter leaves, in the table's order.
    fn download_filtered(&self, extension: &str) -> String {
        let narrowing = self.table().map(Table::narrowing).unwrap_or_default();
        url::with(&self.download(extension), &narrowing)
    }

    /// The page that runs the query again, with the same values.
    fn run_again(&self) -> String {
        let live = self.panel.as_ref().map(RowsPanel::live);
        live.unwrap_or_else(|| self.newest())
    }

    fn newest(&self) -> String {
        self.with_values(&url::version(self.clip, self.clip.version.number))
    }

    /// An address that leads to the newest version, with the values of this page.
    fn with_values(&self, address: &str) -> String {
        carried::to_newest(self.clip, address, &self.carried)
    }

    /// The clip's own page.
    fn discarded(&self) -> String {
        self.with_values(&url::clip(self.clip))
    }

    fn unpinning(&self) -> String {
        self.with_values(&format!("{}/unpinning", url::clip(self.clip)))
    }

    fn restoration(&self) -> String {
        self.form(&format!("versions/{}/restoration", self.version.number))
    }

    /// Where a form of this page is sent that leads to rows with its values.
    fn form(&self, act: &str) -> String {
        let path = format!("{}/{act}", url::clip(self.clip));
        let parameters = self.version.parameters().unwrap_or_default();
        carried::to(&path, &self.carried, &parameters)
    }

    /// The formats that take the shown rows.
    fn formats(&self) -> impl Iterator<Item = Format> {
        let columns = self.table().map(|table| table.columns.as_slice());
        Format::taking(columns).filter(|format| *format != Format::Sql)
    }

    /// The address of the shown rows in a format.
    fn download(&self, extension: &str) -> String {
        self.at(&format!(".{extension}"))
    }

    /// The address of the page that shares the shown rows.
    fn share(&self) -> String {
        self.at("/share")
    }

    fn at(&self, below: &str) -> String {
        let page = self.panel.as_ref().map(RowsPanel::address);
        let page = page.unwrap_or_else(|| url::version(self.clip, self.version.number));
        match page.split_once('?') {
            Some((path, query)) => format!("{path}{below}?{query}"),
            None => format!("{page}{below}"),
        }
    }
}
