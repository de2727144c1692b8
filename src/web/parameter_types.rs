//! The types of a version's parameters: stored with the version when it is saved, and asked for later where they are not
//! known, as after a restart of its database.

use std::time::Duration;

use tokio::time::timeout;

use super::app::App;
use crate::error::Error;
use crate::model::{Clip, Version};
use crate::result::Column;

/// How long a request waits for them: it goes on without them.
const WAIT_MAX: Duration = Duration::from_secs(2);

/// Stores those of the newest version, as far as PostgreSQL told any.
pub async fn keep(app: &App, clip: &mut Clip, types: &[Column]) -> Result<(), Error> {
    if types.is_empty() {
        return Ok(());
    }
    let version = &mut clip.version;
    Version::keep_parameter_types(&app.store, clip.number, version.number, types).await?;
    version.parameter_types = types.to_vec();
    Ok(())
}

/// Asks PostgreSQL for those of a version, and stores them, if one is not known. Where PostgreSQL does not tell, they stay
/// unknown: a run then says why.
pub async fn complete(app: &App, clip: &Clip, version: &mut Version) {
    let types = clip.parameter_types(version);
    let parameters = version.parameters();
    if parameters.is_ok_and(|parameters| types.are_known(&parameters)) {
        return;
    }
    if let Ok(Ok(found)) = timeout(WAIT_MAX, find(app, clip, version)).await {
        version.parameter_types = found;
    }
}

async fn find(app: &App, clip: &Clip, version: &Version) -> Result<Vec<Column>, Error> {
    let target = app.target(&app.cached_database(version).await?)?;
    let types = clip.parameter_types(version);
    let prepared = app.runner.prepare(&target, &version.sql, &types).await;
    let found = prepared.map_err(Error::of_query)?.parameters;
    Version::keep_parameter_types(&app.store, clip.number, version.number, &found).await?;
    Ok(found)
}
