//! A clip's parameters, in the API's answers.

use serde::Serialize;
use utoipa::ToSchema;

use crate::model::{Clip, ParameterOptions};
use crate::run::parameters::Parameter;

/// A blank of the newest version's query, and how its form asks for it.
#[derive(Serialize, ToSchema)]
#[schema(as = Parameter)]
pub struct ParameterBody {
    /// Give its value in an address of rows, as in `?country=France`.
    name: String,
    /// As written in SQL, such as `integer[]`; `null` where PostgreSQL was not asked yet.
    #[serde(rename = "type")]
    type_name: Option<String>,
    /// Whether the clip's settings decide on its type. Otherwise the query does.
    type_fixed: bool,
    /// Its value where none is given; `null` where it has none.
    default: Option<String>,
    /// Whether it may be empty, which is NULL.
    nullable: bool,
    /// Empty for its name.
    label: String,
    help: String,
    /// The values to choose from: a list, or for those who may edit the clip, the slug of the clip whose rows they are.
    options: Option<ParameterOptions>,
}

impl ParameterBody {
    /// In the order of the form. None for a query whose blanks cannot be read.
    pub fn all(clip: &Clip, is_editor: bool) -> Vec<Self> {
        let Ok(parameters) = clip.version.parameters() else {
            return Vec::new();
        };
        let place = |body: &Self| {
            let place = clip.parameters.iter().position(|one| one.name == body.name);
            place.unwrap_or(usize::MAX)
        };
        let bodies = parameters.iter();
        let mut bodies: Vec<_> = bodies
            .map(|parameter| Self::new(clip, parameter, is_editor))
            .collect();
        bodies.sort_by_key(place);
        bodies
    }

    fn new(clip: &Clip, parameter: &Parameter, is_editor: bool) -> Self {
        let settings = clip.parameter_settings(&parameter.name);
        let settings = settings.cloned().unwrap_or_default();
        let column = clip.parameter_type(&clip.version, &parameter.name);
        let options = settings.options;
        Self {
            name: parameter.name.clone(),
            type_name: column.map(|column| column.written_type()),
            type_fixed: settings.type_name.is_some(),
            default: parameter.default.clone(),
            nullable: parameter.is_nullable,
            label: settings.label,
            help: settings.help,
            options: options
                .filter(|options| is_editor || matches!(options, ParameterOptions::List(_))),
        }
    }
}
