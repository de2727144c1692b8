//! The options of a parameter's field: a list of the author's, or the rows of a clip that the viewer may read.

use std::time::Duration;

use jiff::SignedDuration;

use super::control::FieldOption;
use crate::access::Viewer;
use crate::encode::Format;
use crate::error::Error;
use crate::live::ResultWithRows;
use crate::model::{ParameterOptions, ParameterSettings, Slug};
use crate::result::View;
use crate::web::app::App;
use crate::web::auth::starter::Starter;
use crate::web::rows::query::RowsQuery;
use crate::web::rows::source::{LiveSource, RequestedRows, RowsSource, open_stored};
use crate::web::rows::visible_rows::VisibleResult;

const OPTIONS_MAX: usize = 500;
const CHARACTERS_MAX: usize = 200;
/// Older rows are read again.
const AGE_MAX: SignedDuration = SignedDuration::from_mins(15);
/// How long a page waits for them.
const WAIT: Duration = Duration::from_secs(1);
/// How long their run goes on for pages that come later.
const HELD_FOR: Duration = Duration::from_secs(60);

/// `None` where there are none, or the viewer may not read them: then the field is a plain one.
pub async fn find(
    app: &App,
    viewer: &Viewer,
    settings: Option<&ParameterSettings>,
) -> Option<Vec<FieldOption>> {
    match settings?.options.as_ref()? {
        ParameterOptions::List(list) => {
            Some(list.iter().map(|value| FieldOption::plain(value)).collect())
        }
        ParameterOptions::Clip { clip } => {
            let options = of_clip(app, viewer, &Slug::parse(clip)?).await;
            options.ok().filter(|options| !options.is_empty())
        }
    }
}

async fn of_clip(app: &App, viewer: &Viewer, slug: &Slug) -> Result<Vec<FieldOption>, Error> {
    let clip = viewer.read(app.clip(slug).await?)?;
    let requested = RequestedRows::find(app, &clip, &RowsQuery::default()).await?;
    let result = match &requested.source {
        RowsSource::Stored(result) => open_stored(app, &clip, result).await?,
        RowsSource::Live(live) => match recent(app, live).await? {
            Some(result) => result,
            None => return Ok(Vec::new()),
        },
    };
    let result = VisibleResult::open(&clip, &requested.version, Format::Html, result)?;
    let view = View {
        limit: OPTIONS_MAX,
        cell_characters_max: Some(CHARACTERS_MAX + 1),
        ..View::default()
    };
    let window = result.rows.window(&view).await?;
    Ok(window.rows.iter().filter_map(|row| option(row)).collect())
}

/// The newest rows, once more from a run if they are old and it is quick.
async fn recent(app: &App, live: &LiveSource) -> Result<Option<ResultWithRows>, Error> {
    if let Some(result) = live.younger_than(AGE_MAX).await? {
        return Ok(Some(result));
    }
    // Nobody chooses the values of this run.
    let run = live.run(app, &Starter::uncounted())?;
    match run.outcome_within(WAIT).await {
        Some(Ok(result)) => Ok(Some(result)),
        Some(Err(_)) => live.latest().await,
        None => {
            run.hold_for(HELD_FOR);
            live.latest().await
        }
    }
}

/// A value that is NULL, empty or too long cannot be chosen.
fn option(row: &[Option<String>]) -> Option<FieldOption> {
    let value = row.first()?.clone()?;
    if value.is_empty() || value.chars().count() > CHARACTERS_MAX {
        return None;
    }
    let label = row.get(1).cloned().flatten();
    let label = label.filter(|label| !label.is_empty());
    Some(FieldOption {
        label: label.unwrap_or_else(|| value.clone()),
        value,
    })
}
