//! Adds a version to a clip: another text, another database, or both. For pages and the API.

use crate::access::{Editable, Queryable};
use crate::error::Error;
use crate::model::{Changes, Clip, Database};
use crate::run::ParameterTypes;
use crate::web::app::App;
use crate::web::clip::query::sql_text::{self, IfFailing};
use crate::web::parameter_types;

pub struct ChangedClip {
    pub clip: Clip,
    /// Why the query would fail now.
    pub warning: Option<Error>,
}

/// `changes` may change more than the query. The new version queries `database`, which need not be another one; a query
/// that would fail there is refused or kept, as `if_failing` says.
pub async fn change(
    app: &App,
    clip: &Editable<Clip>,
    changes: &Changes<'_>,
    database: &Queryable<Database>,
    if_failing: IfFailing,
) -> Result<ChangedClip, Error> {
    if let Some(sql) = changes.sql {
        sql_text::check(app, sql)?;
    }
    let sql = changes.sql.unwrap_or(&clip.version.sql);
    let fixed = match changes.parameters {
        Some(settings) => clip.fixed_types_with(settings),
        None => clip.fixed_types(),
    };
    let types = ParameterTypes::new(fixed, Vec::new());
    let tried = sql_text::try_out(app, sql, database, &types, if_failing).await?;
    let mut changed = clip.change(&app.store, &clip.editor, changes).await?;
    parameter_types::keep(app, &mut changed, &tried.parameter_types).await?;
    Ok(ChangedClip {
        clip: changed,
        warning: tried.warning,
    })
}
