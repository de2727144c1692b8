//! Creates a link to a clip's rows, for its page and the API.

use std::time::Duration;

use tokio::time::timeout;

use crate::access::Owned;
use crate::error::Error;
use crate::model::{Clip, ClipLink, FixedValues, LinkSecret, NewClipLink};
use crate::run::error::parameter_error::Kind;
use crate::run::{Failure, Origin, ParameterTypes, Query, Values};
use crate::web::app::App;
use crate::web::clip::whole;
use crate::web::parameter_types;

/// How long PostgreSQL may take to read the values. If they cannot be checked, the link is created all the same: its rows
/// say what is wrong.
const CHECK_MAX: Duration = Duration::from_secs(5);

/// Refuses values that PostgreSQL cannot read as their types.
pub async fn create(
    app: &App,
    clip: &Owned<Clip>,
    new: &NewClipLink<'_>,
) -> Result<(ClipLink, LinkSecret), Error> {
    whole::expect(app, clip).await?;
    if let Some(values) = new.values.filter(|values| !values.is_empty()) {
        let parameters = clip.version.parameters().map_err(Error::of_query)?;
        FixedValues::new(values.clone(), &parameters)?;
        check(app, clip, values).await?;
    }
    ClipLink::create(&app.store, clip, &clip.by, new).await
}

async fn check(app: &App, clip: &Clip, values: &Values) -> Result<(), Error> {
    match timeout(CHECK_MAX, read(app, clip, values)).await {
        Ok(Err(
            error @ Error::Run {
                failure: Failure::Parameter(_),
                ..
            },
        )) => Err(error),
        _ => Ok(()),
    }
}

/// Has PostgreSQL read the values, by a query that is nothing but their blanks.
async fn read(app: &App, clip: &Clip, values: &Values) -> Result<(), Error> {
    let mut version = clip.version.clone();
    parameter_types::complete(app, clip, &mut version).await;
    let typed = values.iter().filter_map(|(name, value)| {
        let column = clip.parameter_type(&version, name)?;
        Some((name, value?, column.type_name.replace('"', "\"\"")))
    });
    let typed: Vec<_> = typed.collect();
    let blanks = typed
        .iter()
        .map(|(name, _, type_name)| format!("{{{{{name}}}}}::\"{type_name}\""));
    let query = Query {
        origin: Origin::Clip(clip.number),
        application_name: format!("dataclips clip {} values of a link", clip.number),
        sql: format!("select {}", blanks.collect::<Vec<_>>().join(", ")),
        values: typed
            .iter()
            .map(|(name, value, _)| ((*name).to_owned(), Some((*value).to_owned())))
            .collect(),
        types: ParameterTypes::default(),
    };
    let target = app.target(&app.cached_database(&version).await?)?;
    let running = app.runner.start(&target, query);
    match running.summary().await {
        Err(Failure::Parameter(error)) if error.kind == Kind::Unreadable => {
            Err(Error::of_query(Failure::Parameter(error)))
        }
        _ => Ok(()),
    }
}
