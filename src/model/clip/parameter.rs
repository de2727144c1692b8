//! What authors say of a clip's parameters: how the form asks for them. Kept by name, for all versions.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::version::Version;
use crate::model::Clip;
use crate::run::ParameterTypes;
use crate::run::parameters::FixedType;

/// How the form asks for a parameter.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ParameterSettings)]
pub struct ParameterSettings {
    pub name: String,
    /// Above its field; empty for the name itself.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub label: String,
    /// Below its field.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub help: String,
    /// In place of the type that PostgreSQL tells, such as `date` or `integer[]`.
    #[serde(default, rename = "type", skip_serializing_if = "Option::is_none")]
    pub type_name: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub options: Option<ParameterOptions>,
}

/// The values that the form offers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(untagged)]
pub enum ParameterOptions {
    List(Vec<String>),
    /// The rows of a clip: the first column has the values, the second, if there is one, their labels.
    Clip {
        /// Its slug.
        clip: String,
    },
}

impl Clip {
    pub fn parameter_settings(&self, name: &str) -> Option<&ParameterSettings> {
        let mut settings = self.parameters.iter();
        settings.find(|settings| settings.name == name)
    }

    /// What is known of the types of a version's parameters.
    pub fn parameter_types(&self, version: &Version) -> ParameterTypes {
        ParameterTypes::new(self.fixed_types(), version.parameter_types.clone())
    }

    /// The types that the settings fix.
    pub fn fixed_types(&self) -> BTreeMap<String, FixedType> {
        let fixed = self.parameters.iter().filter_map(|settings| {
            let fixed = FixedType::parse(settings.type_name.as_deref()?)?;
            Some((settings.name.clone(), fixed))
        });
        fixed.collect()
    }
}
