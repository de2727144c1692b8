//! Creates a clip, for its page and the API.

use crate::access::{Owned, Viewer};
use crate::error::Error;
use crate::model::{Clip, NewClip, ServerSettings};
use crate::run::ParameterTypes;
use crate::web::app::App;
use crate::web::clip::pin::pin_clip::{self, Chosen};
use crate::web::clip::query::sql_text::{self, IfFailing};
use crate::web::clip::sharing::clip_access::ClipAccess;
use crate::web::database::queryable;
use crate::web::parameter_types;

/// A clip to create, as a form or a program requests it.
pub struct RequestedClip<'a> {
    pub title: &'a str,
    /// Markdown.
    pub description: &'a str,
    pub tags: &'a [String],
    /// A database's name.
    pub database: &'a str,
    pub sql: &'a str,
    /// The server's default where it is not given.
    pub access: Option<ClipAccess>,
    /// About the first version.
    pub note: &'a str,
}

pub struct CreatedClip {
    pub clip: Clip,
    /// Why the query would fail now.
    pub warning: Option<Error>,
}

/// The query is prepared and not run. One that would fail is refused or kept, as `if_failing` says.
pub async fn create(
    app: &App,
    viewer: &Viewer,
    requested: &RequestedClip<'_>,
    if_failing: IfFailing,
) -> Result<CreatedClip, Error> {
    let owner = viewer.signed_in()?;
    let database = queryable::by_name(app, viewer, requested.database).await?;
    sql_text::check(app, requested.sql)?;
    let access = match requested.access {
        Some(access) => access,
        None => default_access(app).await?,
    };
    let new = NewClip {
        title: requested.title,
        description: requested.description,
        tags: requested.tags,
        sql: requested.sql,
        database: &database,
        owner: Some(owner),
        anyone: access.is_anyone(),
        note: requested.note,
    };
    new.check()?;
    let types = ParameterTypes::default();
    let tried = sql_text::try_out(app, requested.sql, &database, &types, if_failing).await?;
    let mut clip = Clip::create(&app.store, &new).await?;
    parameter_types::keep(app, &mut clip, &tried.parameter_types).await?;
    Ok(CreatedClip {
        clip,
        warning: tried.warning,
    })
}

/// Who sees a new clip unless its creator says otherwise.
pub async fn default_access(app: &App) -> Result<ClipAccess, Error> {
    let settings = ServerSettings::read(&app.store).await?;
    Ok(ClipAccess::from_anyone(settings.anyone))
}

/// Runs the query of a new clip, and pins the clip to the result. Where the query fails, the clip stays live, and the
/// failure is returned as a warning.
pub async fn pin(app: &App, clip: &Owned<Clip>) -> Result<Option<Error>, Error> {
    match pin_clip::create(app, clip, Chosen::default()).await {
        Ok(()) => Ok(None),
        Err(warning @ (Error::Run { .. } | Error::DatabaseRemoved)) => Ok(Some(warning)),
        Err(error) => Err(error),
    }
}
