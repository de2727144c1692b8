//! The form above a clip's rows that asks for the values of its parameters; and, above rows that do not change, their values.

use askama::Template;

use super::field::{Field, Purpose};
use super::fields::{self, FieldsSource};
use super::labelled;
use crate::access::Viewer;
use crate::model::{Clip, Version};
use crate::run::Parameters;
use crate::run::error::parameter_error::Kind;
use crate::run::parameters::ParameterError;
use crate::web::app::App;
use crate::web::clip::page::rows_state::{Origin, RowsState};
use crate::web::http::url;
use crate::web::page::error_response::ErrorDetail;
use crate::web::rows::query::{CHART_PREFIX, RowsQuery};

/// Options of the page that another set of values keeps.
const KEPT: [&str; 3] = ["version", "chart", "theme"];

/// A part of a page.
#[derive(Template)]
#[template(path = "clip/parameters/values_form.html")]
pub struct ValuesForm {
    action: String,
    hidden: Vec<(String, String)>,
    fields: Vec<Field>,
    /// Of stored rows, each with its label; instead of the fields.
    stored: Vec<(String, Option<String>)>,
    /// About no field, or about all.
    problem: Option<String>,
    is_missing: bool,
}

impl ValuesForm {
    /// `None` where the query has no parameters.
    pub async fn find(
        app: &App,
        viewer: &Viewer,
        clip: &Clip,
        version: &Version,
        query: &RowsQuery,
        state: &RowsState,
    ) -> Option<Self> {
        let parameters = version.parameters().ok()?;
        if parameters.is_empty() {
            return None;
        }
        if let Origin::Stored(result) = &state.origin {
            return Some(Self {
                stored: labelled(clip, &parameters, &result.values),
                ..Self::empty(clip)
            });
        }
        let error = state.error_of_values();
        let words = error.zip(state.error.as_ref());
        let words = words.map(|(_, error)| ErrorDetail::new(error));
        let fields = FieldsSource {
            app,
            viewer,
            clip: Some(clip),
            parameters: clip.in_order(&parameters),
            columns: &fields::columns(clip, version, &parameters),
            query,
            purpose: Purpose::Rows,
        };
        let fields = fields.find().await;
        let is_missing = error.is_some_and(|error| error.kind == Kind::Missing);
        Some(Self {
            hidden: hidden(query),
            problem: match error {
                Some(error) if error.kind == Kind::Missing => {
                    Some(missing(clip, &parameters, query))
                }
                Some(ParameterError {
                    kind: Kind::Unknown,
                    message,
                    advice,
                    ..
                }) => Some(format!("{message} {advice}")),
                _ => None,
            },
            is_missing,
            fields: fields
                .into_iter()
                .map(|(name, field)| {
                    let is_about = error.is_some_and(|error| {
                        error.kind == Kind::Unreadable && error.name.as_deref() == Some(&name)
                    });
                    let words = words.as_ref().filter(|_| is_about);
                    field.with_problem(words.map(|words| words.message.clone()))
                })
                .collect(),
            ..Self::empty(clip)
        })
    }

    fn empty(clip: &Clip) -> Self {
        Self {
            action: url::clip(clip),
            hidden: Vec::new(),
            fields: Vec::new(),
            stored: Vec::new(),
            problem: None,
            is_missing: false,
        }
    }
}

/// “Fill in country to see the rows.”
fn missing(clip: &Clip, parameters: &Parameters, query: &RowsQuery) -> String {
    let empty = clip.in_order(parameters).into_iter().filter(|parameter| {
        let is_required = parameter.default.is_none() && !parameter.is_nullable;
        is_required && query.all(&parameter.name).all(str::is_empty)
    });
    let labels: Vec<_> = empty
        .map(|parameter| clip.parameter_label(&parameter.name))
        .collect();
    match labels.as_slice() {
        [] => "Fill in the values to see the rows.".to_owned(),
        [only] => format!("Fill in {only} to see the rows."),
        [first @ .., last] => format!("Fill in {} and {last} to see the rows.", first.join(", ")),
    }
}

/// The version and the chart; not the page, the order and the filter, which are those of other rows.
fn hidden(query: &RowsQuery) -> Vec<(String, String)> {
    let kept = KEPT.iter().filter_map(|name| {
        let value = query.text(name)?;
        Some(((*name).to_owned(), value.to_owned()))
    });
    let chart = query.sent_chart_options().into_iter();
    let chart = chart.map(|(name, value)| (format!("{CHART_PREFIX}{name}"), value));
    kept.chain(chart).collect()
}
