//! The parameters of a query on pages: the form that asks for their values, and the settings by which it asks.

pub mod control;
pub mod field;
pub mod options;
pub mod parameter_body;
pub mod settings_form;
pub mod settings_section;
pub mod values_form;
pub mod workbench;

use crate::run::Values;

/// “country = France, day = NULL”
pub fn in_words(values: &Values) -> String {
    let values = values
        .iter()
        .map(|(name, value)| format!("{name} = {}", value.unwrap_or("NULL")));
    values.collect::<Vec<_>>().join(", ")
}
