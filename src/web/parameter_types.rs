//! The types of a version's parameters: stored with the version when it is saved, and asked for later where they are not
//! known, as after a restart of its database.

use std::collections::BTreeMap;
use std::time::Duration;

use tokio::time::timeout;

use super::app::App;
use crate::error::Error;
use crate::model::{Clip, Version};
use crate::result::Column;
use crate::run::parameters::FixedType;
use crate::run::{Failure, ParameterTypes};

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
    let _ = ask(app, clip, version).await;
}

/// The same; the error is why the version's query would fail.
pub async fn ask(app: &App, clip: &Clip, version: &mut Version) -> Result<(), Error> {
    let types = clip.parameter_types(version);
    let parameters = version.parameters();
    if parameters.is_ok_and(|parameters| types.are_known(&parameters)) {
        return Ok(());
    }
    let Ok(found) = timeout(WAIT_MAX, find(app, version, &types)).await else {
        return Ok(());
    };
    version.parameter_types = found?;
    let (number, types) = (version.number, &version.parameter_types);
    Version::keep_parameter_types(&app.store, clip.number, number, types).await
}

/// Why a version's query would fail if these types were fixed. `None` too where the database does not say.
pub async fn failure_with(
    app: &App,
    version: &Version,
    fixed: BTreeMap<String, FixedType>,
) -> Option<Failure> {
    let types = ParameterTypes::new(fixed, Vec::new());
    match timeout(WAIT_MAX, find(app, version, &types)).await {
        Ok(Err(Error::Run { failure, .. })) => Some(failure)
            .filter(|failure| matches!(failure, Failure::Statement(_) | Failure::Parameter(_))),
        Ok(Ok(_) | Err(_)) | Err(_) => None,
    }
}

async fn find(app: &App, version: &Version, types: &ParameterTypes) -> Result<Vec<Column>, Error> {
    let target = app.target(&app.cached_database(version).await?)?;
    let prepared = app.runner.prepare(&target, &version.sql, types).await;
    Ok(prepared.map_err(Error::of_query)?.parameters)
}
