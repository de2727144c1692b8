//! `/api/v1/clips`.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::parameters::parameter_body::ParameterBody;
use super::sharing::clip_access::ClipAccess;
use crate::access::{Readable, Viewer};
use crate::error::Error;
use crate::model::{
    Changes, Clip, Email, Fork, FormerLinks, Key, Listing, NewOwner, Order, ParameterSettings,
    Place, Slug, Sort,
};
use crate::result::Direction;
use crate::run::RunsOn;
use crate::run::parameters::hints;
use crate::web::app::App;
use crate::web::clip::create::create_clip::{self, CreatedClip, RequestedClip};
use crate::web::clip::query::change_query::{self, ChangedClip};
use crate::web::clip::query::sql_text::IfFailing;
use crate::web::clip::whole;
use crate::web::database::queryable;
use crate::web::http::extract::{Body, Path, Query, present};
use crate::web::page::error_response::ErrorDetail;
use crate::web::parameter_types;
use crate::web::visitor::ApiUser;

const LIMIT_DEFAULT: i64 = 50;
const LIMIT_MAX: i64 = 500;

/// A clip, with its newest version.
#[derive(Serialize, ToSchema)]
pub struct ClipBody {
    slug: String,
    /// What a DBA and the log see instead of the slug.
    number: i64,
    url: String,
    title: String,
    /// In Markdown; often empty.
    description: String,
    tags: Vec<String>,
    database: String,
    /// Absent where you may not see it.
    #[serde(skip_serializing_if = "Option::is_none")]
    sql: Option<String>,
    version: i32,
    /// A line about that version; often empty. Absent where `sql` is.
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<String>,
    /// The blanks of the query, in the order of its form.
    parameters: Vec<ParameterBody>,
    /// `null` until somebody owns the clip.
    owner: Option<String>,
    /// `anyone` with the URL, or only `authorized` users.
    access: ClipAccess,
    pinned: bool,
    /// Which result it is pinned to, and since when.
    #[serde(skip_serializing_if = "Option::is_none")]
    pin: Option<PinnedBody>,
    show_sql: bool,
    /// Seconds for which a result may be reused; `null`: every visit runs the query.
    max_age: Option<i32>,
    serve_stale: bool,
    /// On which servers of its database it runs, where that has followers.
    runs_on: RunsOnBody,
    /// Absent if the clip is not a fork, or if its origin is not in your list.
    #[serde(skip_serializing_if = "Option::is_none")]
    forked_from: Option<OriginBody>,
    created_at: String,
    updated_at: String,
    /// Why the query would fail now, or `parameter_hint`: what its author probably did not mean. It is saved anyway.
    #[serde(skip_serializing_if = "Option::is_none")]
    warning: Option<ErrorDetail>,
}

#[derive(Serialize, ToSchema)]
struct PinnedBody {
    version: i32,
    result: u32,
    at: String,
}

#[derive(Serialize, ToSchema)]
struct OriginBody {
    slug: String,
    version: i32,
    url: String,
}

#[derive(Serialize, ToSchema)]
pub struct ClipsBody {
    clips: Vec<ClipBody>,
    /// The `cursor` of the next page; `null` on the last one.
    next: Option<String>,
}

/// `any`: on a healthy follower; without one, where `without_follower` of the database says. `primary`: never on a follower.
/// `follower`: never on the primary.
#[derive(Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
#[schema(as = RunsOn)]
enum RunsOnBody {
    Any,
    Primary,
    Follower,
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ListQuery {
    /// Text in the title, the description or a tag, or in the query where you may see it.
    search: Option<String>,
    /// Name of the database that the newest version queries.
    database: Option<String>,
    /// E-mail address of the owner.
    owner: Option<String>,
    tag: Option<String>,
    /// Clips on a page, 500 at most.
    limit: Option<i64>,
    /// `next` of the page before.
    cursor: Option<String>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewClip)]
pub struct CreateBody {
    title: String,
    /// In Markdown, 10,000 bytes at most.
    #[serde(default)]
    description: String,
    /// 10 at most; kept in lower case.
    #[serde(default)]
    tags: Vec<String>,
    /// A database's name.
    database: String,
    sql: String,
    /// A line about the first version.
    #[serde(default)]
    note: String,
    /// The server's default unless it is given.
    access: Option<ClipAccess>,
    /// Runs the query now, and pins the clip to what it returns.
    #[serde(default)]
    pinned: bool,
}

/// Absent fields stay as they are. A changed query or database adds a version.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ClipChanges)]
pub struct UpdateBody {
    title: Option<String>,
    /// In Markdown, 10,000 bytes at most.
    description: Option<String>,
    /// All of them, 10 at most; kept in lower case.
    tags: Option<Vec<String>>,
    database: Option<String>,
    sql: Option<String>,
    /// A line about the version that is added, or else about the newest one, if that is yours or you own the clip.
    note: Option<String>,
    /// The number of the version that `sql` was edited from: if the query was changed since, the response is 409.
    base: Option<i32>,
    show_sql: Option<bool>,
    /// Seconds, or `null` to run the query for every visit.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<i32>)]
    max_age: Option<Option<i32>>,
    serve_stale: Option<bool>,
    /// On which servers of its database it runs, where that has followers.
    runs_on: Option<RunsOnBody>,
    /// How the form asks for these parameters. They take the places that they had there before among them, in this order;
    /// those of other names stay as they are.
    #[schema(example = json!([{"name": "country", "label": "Country", "options": ["France", "Spain"]}]))]
    parameters: Option<Vec<ParameterSettings>>,
    /// E-mail address of a member or an administrator who is to own the clip.
    owner: Option<String>,
    /// Whether the new owner keeps the clip links of the former one. Otherwise they end.
    #[serde(default)]
    keep_links: bool,
}

/// Your list of clips, newest first.
#[utoipa::path(get, operation_id = "list_clips", path = "/api/v1/clips", tag = "clips", params(ListQuery),
    responses((status = 200, body = ClipsBody)))]
pub async fn index(
    State(app): State<Arc<App>>,
    ApiUser(viewer): ApiUser,
    Query(asked): Query<ListQuery>,
) -> Result<Json<ClipsBody>, Error> {
    let owner = asked.owner.as_deref().map(parse_owner).transpose()?;
    let after = asked.cursor.as_deref().map(parse_cursor).transpose()?;
    let tag = asked.tag.as_deref().map(str::to_lowercase);
    let listing = Listing {
        search: asked.search.as_deref().filter(|text| !text.is_empty()),
        database: asked.database.as_deref(),
        owner: owner.as_ref(),
        tag: tag.as_deref().filter(|tag| !tag.is_empty()),
        is_starred: false,
        limit: asked.limit.unwrap_or(LIMIT_DEFAULT).clamp(1, LIMIT_MAX),
        order: Order {
            sort: Sort::Number,
            direction: Direction::Descending,
            after,
        },
    };
    let user = viewer.signed_in()?;
    let page = Clip::list(&app.store, user, &listing).await?;
    let numbers: Vec<i64> = page.clips.iter().map(|clip| clip.number).collect();
    let mut forks = Fork::find_many(&app.store, user, &numbers).await?;
    let next = page.end.map(|end| end.number.to_string());
    let clips = page.clips.into_iter().map(|clip| {
        let fork = forks.remove(&clip.number);
        Ok(ClipBody::new(&app, &viewer, &viewer.read(clip)?, fork))
    });
    Ok(Json(ClipsBody {
        clips: clips.collect::<Result<_, Error>>()?,
        next,
    }))
}

/// Creates a clip. Its query runs only if the clip is to be pinned; the response warns if it would fail.
#[utoipa::path(post, operation_id = "create_clip", path = "/api/v1/clips", tag = "clips", request_body = CreateBody,
    responses((status = 201, body = ClipBody)))]
pub async fn create(
    State(app): State<Arc<App>>,
    ApiUser(viewer): ApiUser,
    Body(body): Body<CreateBody>,
) -> Result<(StatusCode, Json<ClipBody>), Error> {
    let requested = RequestedClip {
        title: &body.title,
        description: &body.description,
        tags: &body.tags,
        database: &body.database,
        sql: &body.sql,
        access: body.access,
        note: &body.note,
    };
    let if_failing = match body.pinned {
        // Running the query shows more than preparing it.
        true => IfFailing::Keep,
        false => IfFailing::Warn,
    };
    let created = create_clip::create(&app, &viewer, &requested, if_failing).await?;
    let CreatedClip {
        mut clip,
        mut warning,
    } = created;
    if body.pinned {
        let owned = viewer.own(clip)?;
        warning = create_clip::pin(&app, &owned).await?;
        clip = app.clip(&owned.slug).await?;
    }
    let clip = viewer.read(clip)?;
    let warning = warning_of(warning, Some(&body.sql));
    let body = with_warning(&app, &viewer, &clip, warning).await?;
    Ok((StatusCode::CREATED, Json(body)))
}

/// One clip.
#[utoipa::path(get, operation_id = "read_clip", path = "/api/v1/clips/{slug}", tag = "clips",
    params(("slug" = String, Path)),
    responses((status = 200, body = ClipBody)))]
pub async fn show(
    State(app): State<Arc<App>>,
    ApiUser(viewer): ApiUser,
    Path(slug): Path<String>,
) -> Result<Json<ClipBody>, Error> {
    let clip = viewer.read(find(&app, &slug).await?)?;
    let mut typed = (*clip).clone();
    // Where they cannot be told, a run says why.
    let _ = with_types(&app, &mut typed).await;
    let clip = viewer.read(typed)?;
    Ok(Json(body(&app, &viewer, &clip).await?))
}

/// Changes a clip.
#[utoipa::path(patch, operation_id = "change_clip", path = "/api/v1/clips/{slug}", tag = "clips",
    params(("slug" = String, Path)),
    request_body = UpdateBody,
    responses((status = 200, body = ClipBody)))]
pub async fn update(
    State(app): State<Arc<App>>,
    ApiUser(viewer): ApiUser,
    Path(slug): Path<String>,
    Body(body): Body<UpdateBody>,
) -> Result<Json<ClipBody>, Error> {
    let clip = viewer.edit(find(&app, &slug).await?)?;
    let owned = match body.is_for_owners() {
        true => Some(viewer.own((*clip).clone())?),
        false => None,
    };
    if let Some(owned) = owned.as_ref().filter(|_| body.shares()) {
        whole::expect(&app, owned).await?;
    }
    let owner = match &body.owner {
        Some(email) => Some(NewOwner::named(&app.store, "owner", email).await?),
        None => None,
    };
    let database = match &body.database {
        Some(name) => Some(queryable::by_name(&app, &viewer, name).await?),
        None if body.sql.is_some() => Some(viewer.query(clip.version.database(&app.store).await?)?),
        None => None,
    };
    let changes = Changes {
        title: body.title.as_deref(),
        description: body.description.as_deref(),
        tags: body.tags.as_deref(),
        sql: body.sql.as_deref(),
        base: body.base,
        note: body.note.as_deref(),
        restored: None,
        database: database.as_deref(),
        show_sql: body.show_sql,
        max_age_seconds: body.max_age,
        serve_stale: body.serve_stale,
        runs_on: body.runs_on.map(RunsOnBody::parse),
        parameters: body.parameters.as_deref(),
        owner: owner.as_ref(),
        former_links: FormerLinks::from_keep(body.keep_links),
    };
    let changed = match &database {
        Some(database) => {
            change_query::change(&app, &clip, &changes, database, IfFailing::Warn).await?
        }
        None => {
            let mut clip = clip.change(&app.store, &clip.editor, &changes).await?;
            // The settings may fix a type with which the query fails.
            let warning = match body.parameters {
                Some(_) => with_types(&app, &mut clip).await.err(),
                None => None,
            };
            ChangedClip { clip, warning }
        }
    };
    let ChangedClip { clip, warning } = changed;
    let clip = match owned {
        Some(owned) => owned.read_changed(clip),
        None => viewer.read(clip)?,
    };
    let warning = warning_of(warning, body.sql.as_deref());
    Ok(Json(with_warning(&app, &viewer, &clip, warning).await?))
}

/// Removes a clip: it responds with 410 until its owner or an administrator restores it.
#[utoipa::path(delete, operation_id = "remove_clip", path = "/api/v1/clips/{slug}", tag = "clips",
    params(("slug" = String, Path)),
    responses((status = 204)))]
pub async fn delete(
    State(app): State<Arc<App>>,
    ApiUser(viewer): ApiUser,
    Path(slug): Path<String>,
) -> Result<StatusCode, Error> {
    let clip = viewer.own_present(find(&app, &slug).await?)?;
    clip.remove(&app.store, &clip.by).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Restores a removed clip.
#[utoipa::path(post, operation_id = "restore_clip", path = "/api/v1/clips/{slug}/restore", tag = "clips",
    params(("slug" = String, Path)),
    responses((status = 200, body = ClipBody)))]
pub async fn restore(
    State(app): State<Arc<App>>,
    ApiUser(viewer): ApiUser,
    Path(slug): Path<String>,
) -> Result<Json<ClipBody>, Error> {
    let clip = viewer.own(find(&app, &slug).await?)?;
    let restored = viewer.read(clip.restore(&app.store, &clip.by).await?)?;
    Ok(Json(body(&app, &viewer, &restored).await?))
}

pub async fn find(app: &App, slug: &str) -> Result<Clip, Error> {
    match Slug::parse(slug) {
        Some(slug) => app.clip(&slug).await,
        None => Err(Error::not_found("clip")),
    }
}

pub async fn body(app: &App, viewer: &Viewer, clip: &Readable<Clip>) -> Result<ClipBody, Error> {
    let fork = Fork::find(&app.store, viewer.signed_in()?, clip).await?;
    Ok(ClipBody::new(app, viewer, clip, fork))
}

/// Adds the types of the parameters, as far as they are missing. The error is why the query would fail.
async fn with_types(app: &App, clip: &mut Clip) -> Result<(), Error> {
    let mut version = clip.version.clone();
    let told = parameter_types::ask(app, clip, &mut version).await;
    clip.version = version;
    told
}

/// Why a saved query would fail; else what its author probably did not mean.
pub fn warning_of(failing: Option<Error>, saved_sql: Option<&str>) -> Option<ErrorDetail> {
    let failing = failing.as_ref().map(ErrorDetail::new);
    failing.or_else(|| ErrorDetail::from_hints(&hints(saved_sql?)))
}

/// The clip, with a warning about the query that was saved.
pub async fn with_warning(
    app: &App,
    viewer: &Viewer,
    clip: &Readable<Clip>,
    warning: Option<ErrorDetail>,
) -> Result<ClipBody, Error> {
    Ok(ClipBody {
        warning,
        ..body(app, viewer, clip).await?
    })
}

impl ClipBody {
    fn new(app: &App, viewer: &Viewer, clip: &Readable<Clip>, fork: Option<Fork>) -> Self {
        let is_editor = viewer.edit((**clip).clone()).is_ok();
        Self {
            slug: clip.slug.as_str().to_owned(),
            number: clip.number,
            url: format!("{}/{}", app.settings.public_url, clip.slug.as_str()),
            title: clip.title.clone(),
            description: clip.description.clone(),
            tags: clip.tags.clone(),
            database: clip.version.database_name.clone(),
            sql: clip.sql(&clip.version).map(str::to_owned),
            version: clip.version.number,
            note: clip.sql(&clip.version).map(|_| clip.version.note.clone()),
            parameters: ParameterBody::all(clip, is_editor),
            owner: clip.owner.as_ref().map(|owner| owner.email.to_string()),
            access: ClipAccess::from_anyone(clip.anyone),
            pinned: clip.pin.is_some(),
            pin: clip.pin.as_ref().map(|pin| PinnedBody {
                version: pin.version,
                result: pin.result,
                at: pin.at.to_string(),
            }),
            show_sql: clip.show_sql,
            max_age: clip.max_age_seconds,
            serve_stale: clip.serve_stale,
            runs_on: RunsOnBody::new(clip.runs_on),
            forked_from: fork.map(|fork| OriginBody::new(app, &fork)),
            created_at: clip.created_at.to_string(),
            updated_at: clip.updated_at.to_string(),
            warning: None,
        }
    }
}

impl UpdateBody {
    /// Whether it changes something that editors may not change.
    fn is_for_owners(&self) -> bool {
        self.show_sql.is_some()
            || self.max_age.is_some()
            || self.serve_stale.is_some()
            || self.runs_on.is_some()
            || self.owner.is_some()
    }

    /// Whether others see more than before.
    fn shares(&self) -> bool {
        self.show_sql == Some(true) || self.owner.is_some()
    }
}

impl RunsOnBody {
    fn new(runs_on: RunsOn) -> Self {
        match runs_on {
            RunsOn::Any => Self::Any,
            RunsOn::Primary => Self::Primary,
            RunsOn::Follower => Self::Follower,
        }
    }

    fn parse(self) -> RunsOn {
        match self {
            Self::Any => RunsOn::Any,
            Self::Primary => RunsOn::Primary,
            Self::Follower => RunsOn::Follower,
        }
    }
}

impl OriginBody {
    fn new(app: &App, fork: &Fork) -> Self {
        Self {
            slug: fork.origin.slug.as_str().to_owned(),
            version: fork.version,
            url: format!("{}/{}", app.settings.public_url, fork.origin.slug.as_str()),
        }
    }
}

fn parse_owner(text: &str) -> Result<Email, Error> {
    Email::parse(text)
        .ok_or_else(|| Error::BadRequest("`owner` must be an e-mail address.".to_owned()))
}

fn parse_cursor(text: &str) -> Result<Place, Error> {
    let number = text.parse().map_err(|_| {
        Error::BadRequest("`cursor` must be the `next` of the previous page.".to_owned())
    })?;
    Ok(Place {
        key: Key::Count(number),
        number,
    })
}
