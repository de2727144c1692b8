//! The parameters of a query on pages: the form that asks for their values, and the settings by which it asks.

pub mod carried;
pub mod control;
pub mod field;
pub mod fields;
pub mod options;
pub mod parameter_body;
pub mod settings_form;
pub mod settings_section;
pub mod values_form;
pub mod workbench;

use crate::model::Clip;
use crate::run::{Parameters, Values};

/// Of a value in a sentence.
const VALUE_CHARACTERS_MAX: usize = 60;

/// Values with the labels of their fields, in the order of the form: the settings', then the text's. Those that the text
/// does not have come last.
pub fn labelled(
    clip: &Clip,
    parameters: &Parameters,
    values: &Values,
) -> Vec<(String, Option<String>)> {
    let is_other = |name: &&str| parameters.find(name).is_none();
    let others = values.iter().map(|(name, _)| name).filter(is_other);
    let ordered = clip.in_order(parameters).into_iter();
    let names = ordered
        .map(|parameter| parameter.name.as_str())
        .chain(others);
    let labelled = names.filter_map(|name| {
        let value = values.get(name)?;
        let label = clip.parameter_label(name).to_owned();
        Some((label, value.map(str::to_owned)))
    });
    labelled.collect()
}

/// “Country = France, day = NULL”
pub fn in_words(clip: &Clip, parameters: &Parameters, values: &Values) -> String {
    let labelled = labelled(clip, parameters, values).into_iter();
    let words = labelled.map(|(label, value)| match value {
        Some(value) => format!("{label} = {}", shortened(&value)),
        None => format!("{label} = NULL"),
    });
    words.collect::<Vec<_>>().join(", ")
}

fn shortened(value: &str) -> String {
    match value.char_indices().nth(VALUE_CHARACTERS_MAX) {
        Some((end, _)) => format!("{}…", &value[..end]),
        None => value.to_owned(),
    }
}
