//! What authors say of a clip's parameters: how the form asks for them. Kept by name, for all versions.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use deadpool_postgres::Transaction;
use serde::{Deserialize, Serialize};
use tokio_postgres::types::Json;
use utoipa::ToSchema;

use super::activity::Kind;
use super::version::Version;
use crate::error::Error;
use crate::model::{Clip, Slug, User, line};
use crate::result::Column;
use crate::run::parameters::{FixedType, NAME_BYTES_MAX, PARAMETERS_MAX, Parameter, is_name};
use crate::run::{ParameterTypes, Parameters};
use crate::store::Store;

/// Characters.
pub const LABEL_LENGTH_MAX: usize = 100;
/// Characters.
pub const HELP_LENGTH_MAX: usize = 300;
pub const OPTIONS_MAX: usize = 200;
/// Characters of an option.
pub const OPTION_LENGTH_MAX: usize = 200;
/// Of all settings of a clip, as JSON.
const BYTES_MAX: usize = 100_000;
/// Parameters with settings, those of former versions included.
const SETTINGS_MAX: usize = 2 * PARAMETERS_MAX;

/// How the form asks for a parameter.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(
    deny_unknown_fields,
    expecting = "an object with the settings of a parameter"
)]
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
#[serde(
    untagged,
    expecting = "write a list of texts, or {\"clip\": …} with the slug of a clip"
)]
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

    /// Above a parameter's field.
    pub fn parameter_label<'a>(&'a self, name: &'a str) -> &'a str {
        let settings = self.parameter_settings(name);
        let label = settings.map_or("", |settings| &settings.label);
        if label.is_empty() { name } else { label }
    }

    /// The parameters in the order of the form: of the settings, then of the text.
    pub fn in_order<'a>(&self, parameters: &'a Parameters) -> Vec<&'a Parameter> {
        let mut ordered: Vec<_> = parameters.iter().collect();
        let place = |parameter: &&Parameter| {
            let mut settings = self.parameters.iter();
            let place = settings.position(|settings| settings.name == parameter.name);
            place.unwrap_or(usize::MAX)
        };
        ordered.sort_by_key(place);
        ordered
    }

    /// The type of a parameter, with its name: the fixed one, or what PostgreSQL told.
    pub fn parameter_type(&self, version: &Version, name: &str) -> Option<Column> {
        let fixed = self.fixed_types().get(name).map(FixedType::column);
        let mut known = version.parameter_types.iter();
        let known = known.find(|column| column.name == name);
        // What PostgreSQL told of the fixed type knows more.
        match (fixed, known) {
            (Some(fixed), Some(known)) if known.type_oid == fixed.type_oid => Some(known.clone()),
            (Some(fixed), _) => Some(fixed),
            (None, known) => known.cloned(),
        }
    }

    /// What is known of the types of a version's parameters.
    pub fn parameter_types(&self, version: &Version) -> ParameterTypes {
        ParameterTypes::new(self.fixed_types(), version.parameter_types.clone())
    }

    /// The types that the settings fix.
    pub fn fixed_types(&self) -> BTreeMap<String, FixedType> {
        fixed_types(&self.parameters)
    }

    /// The same once these settings have replaced those of their names.
    pub fn fixed_types_with(&self, settings: &[ParameterSettings]) -> BTreeMap<String, FixedType> {
        let mut types = self.fixed_types();
        types.retain(|name, _| settings.iter().all(|one| one.name != *name));
        types.extend(fixed_types(settings));
        types
    }
}

/// Settings that may be saved; see [`ParsedSettings::replace`].
pub(super) struct ParsedSettings(Vec<ParameterSettings>);

impl ParsedSettings {
    /// [`Error::Invalid`] names the field as `label.country`, or `parameters` for what concerns all of them.
    pub(super) async fn parse(
        store: &Store,
        by: &User,
        settings: &[ParameterSettings],
    ) -> Result<Self, Error> {
        let parsed = parse_all(settings, PARAMETERS_MAX)?;
        for settings in &parsed {
            check_source(store, by, settings).await?;
        }
        Ok(Self(parsed))
    }

    /// Replaces the clip's settings of these parameters, which take the places in the form that they had before among them, in
    /// this order. Those of other names stay, for the versions that have them. The clip is locked. Returns what changed.
    pub(super) async fn replace(
        self,
        transaction: &Transaction<'_>,
        clip: i64,
        before: &[ParameterSettings],
        sql: &str,
    ) -> Result<Option<(Kind, String)>, Error> {
        let changed = self.among(before, &names(sql));
        if changed == before {
            return Ok(None);
        }
        transaction
            .execute(
                "update clips set parameters = $2, updated_at = now() where id = $1",
                &[&clip, &Json(&changed)],
            )
            .await?;
        forget_types(transaction, clip, &with_other_types(before, &changed)).await?;
        Ok(Some((Kind::Set, detail(before, &changed))))
    }

    /// The settings after the change, as far as there is room, in the order of the form. `in_query` has the names in the
    /// query's order. A parameter without settings gets empty ones where another that has some comes after it.
    fn among(self, before: &[ParameterSettings], in_query: &[String]) -> Vec<ParameterSettings> {
        let Self(sent) = self;
        let find = |settings: &[ParameterSettings], name: &str| {
            let mut settings = settings.iter();
            settings.find(|one| one.name == name).cloned()
        };
        let mut settings: Vec<_> = places(&sent, before, in_query)
            .into_iter()
            .map(|name| {
                let known = find(&sent, &name).or_else(|| find(before, &name));
                known.unwrap_or_else(|| ParameterSettings::empty(&name))
            })
            .collect();
        let is_kept = |one: &ParameterSettings| {
            find(&sent, &one.name).is_some() || find(before, &one.name).is_some()
        };
        let end = settings.iter().rposition(is_kept);
        settings.truncate(end.map_or(0, |last| last + 1));
        while settings.len() > SETTINGS_MAX || bytes(&settings) > BYTES_MAX {
            let other = settings
                .iter()
                .rposition(|one| find(&sent, &one.name).is_none());
            let Some(other) = other else { break };
            settings.remove(other);
        }
        settings
    }
}

/// All names in the order of the form, once those that are sent have traded places among themselves.
fn places(
    sent: &[ParameterSettings],
    before: &[ParameterSettings],
    in_query: &[String],
) -> Vec<String> {
    let before = before.iter().map(|settings| &settings.name);
    let sent: Vec<_> = sent.iter().map(|settings| &settings.name).collect();
    let mut places: Vec<&String> = Vec::new();
    for name in before.chain(in_query).chain(sent.iter().copied()) {
        if !places.contains(&name) {
            places.push(name);
        }
    }
    let mut in_turn = sent.iter();
    let placed = places.into_iter().map(|name| match sent.contains(&name) {
        true => in_turn.next().map_or(name, |next| next).clone(),
        false => name.clone(),
    });
    placed.collect()
}

/// The names of a query's parameters.
fn names(sql: &str) -> Vec<String> {
    let parameters = Parameters::read(sql);
    parameters.map_or_else(
        |_| Vec::new(),
        |parameters| {
            parameters
                .iter()
                .map(|parameter| parameter.name.clone())
                .collect()
        },
    )
}

/// Settings from a backup, with those of former versions.
pub(in crate::model) fn check_imported(settings: &[ParameterSettings]) -> Result<(), Error> {
    parse_all(settings, SETTINGS_MAX).map(drop)
}

fn fixed_types(settings: &[ParameterSettings]) -> BTreeMap<String, FixedType> {
    let fixed = settings.iter().filter_map(|settings| {
        let fixed = FixedType::parse(settings.type_name.as_deref()?)?;
        Some((settings.name.clone(), fixed))
    });
    fixed.collect()
}

/// The names whose types are fixed in another way than before.
fn with_other_types(before: &[ParameterSettings], after: &[ParameterSettings]) -> Vec<String> {
    let (before, after) = (fixed_types(before), fixed_types(after));
    let names: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    let changed = names
        .into_iter()
        .filter(|name| before.get(*name) != after.get(*name));
    changed.cloned().collect()
}

/// PostgreSQL told these types while they were fixed, or before they were: it is asked again.
async fn forget_types(
    transaction: &Transaction<'_>,
    clip: i64,
    names: &[String],
) -> Result<(), Error> {
    if names.is_empty() {
        return Ok(());
    }
    transaction
        .execute(
            "update versions
             set parameter_types = (
                 select coalesce(jsonb_agg(known order by place), '[]')
                 from jsonb_array_elements(parameter_types) with ordinality as types (known, place)
                 where known->>'name' <> all ($2)
             )
             where clip_id = $1",
            &[&clip, &names],
        )
        .await?;
    Ok(())
}

impl ParameterSettings {
    /// As if nobody had set anything.
    fn empty(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            ..Self::default()
        }
    }

    fn invalid(&self, part: &str, message: String) -> Error {
        Error::Invalid {
            field: format!("{part}.{}", self.name).into(),
            message,
        }
    }

    /// Without white space around its texts, and with every option once.
    fn parse(&self) -> Result<Self, Error> {
        if !is_name(&self.name) {
            let message = format!(
                "A parameter's name is a letter, then letters, digits and _: {NAME_BYTES_MAX} characters at most."
            );
            return Err(Error::invalid("parameters", message));
        }
        let type_name = self.type_name.as_deref().filter(|name| !name.is_empty());
        if let Some(name) = type_name.filter(|name| FixedType::parse(name).is_none()) {
            let names: Vec<_> = FixedType::names().collect();
            let message = format!("“{name}” is not one of these types: {}.", names.join(", "));
            return Err(self.invalid("type", message));
        }
        Ok(Self {
            name: self.name.clone(),
            label: self.line("label", &self.label, LABEL_LENGTH_MAX)?,
            help: self.line("help", &self.help, HELP_LENGTH_MAX)?,
            type_name: type_name.map(str::to_owned),
            options: self.parse_options()?,
        })
    }

    fn line(&self, part: &str, text: &str, length_max: usize) -> Result<String, Error> {
        let text = text.trim();
        let is_line = text.is_empty() || line::is_readable(text);
        if !is_line || text.chars().count() > length_max {
            let message = format!("Write at most {length_max} characters on one line.");
            return Err(self.invalid(part, message));
        }
        Ok(text.to_owned())
    }

    fn parse_options(&self) -> Result<Option<ParameterOptions>, Error> {
        let list = match &self.options {
            Some(ParameterOptions::List(list)) => list,
            None => return Ok(None),
            Some(ParameterOptions::Clip { clip }) if Slug::parse(clip).is_some() => {
                return Ok(self.options.clone());
            }
            Some(ParameterOptions::Clip { .. }) => return Err(self.no_source()),
        };
        let mut known = HashSet::new();
        let list = list.iter().map(|option| option.trim());
        let list = list.filter(|option| !option.is_empty() && known.insert(*option));
        let list: Vec<String> = list.map(str::to_owned).collect();
        let is_long = |option: &String| option.chars().count() > OPTION_LENGTH_MAX;
        let has_control = |option: &String| option.chars().any(char::is_control);
        if list.len() > OPTIONS_MAX || list.iter().any(|one| is_long(one) || has_control(one)) {
            let message = format!(
                "Write at most {OPTIONS_MAX} options of up to {OPTION_LENGTH_MAX} characters, each on its line."
            );
            return Err(self.invalid("options", message));
        }
        Ok((!list.is_empty()).then_some(ParameterOptions::List(list)))
    }

    fn no_source(&self) -> Error {
        let message = "There is no clip with this link that you may see.".to_owned();
        self.invalid("options", message)
    }
}

fn parse_all(settings: &[ParameterSettings], max: usize) -> Result<Vec<ParameterSettings>, Error> {
    if settings.len() > max {
        let message = format!("Give the settings of at most {max} parameters.");
        return Err(Error::invalid("parameters", message));
    }
    let mut names = HashSet::new();
    if let Some(twice) = settings.iter().find(|one| !names.insert(&one.name)) {
        let message = format!("Give the settings of `{}` once.", twice.name);
        return Err(Error::invalid("parameters", message));
    }
    let parsed: Vec<_> = settings
        .iter()
        .map(ParameterSettings::parse)
        .collect::<Result<_, _>>()?;
    if bytes(&parsed) > BYTES_MAX {
        let message = format!(
            "Shorten the labels, help and options: together they have {BYTES_MAX} bytes at most."
        );
        return Err(Error::invalid("parameters", message));
    }
    Ok(parsed)
}

/// The clip whose rows are the options must be one that this user sees; its readers are checked again when they open it.
async fn check_source(store: &Store, by: &User, settings: &ParameterSettings) -> Result<(), Error> {
    let Some(ParameterOptions::Clip { clip }) = &settings.options else {
        return Ok(());
    };
    let slug = Slug::parse(clip).ok_or_else(|| settings.no_source())?;
    let source = Clip::find_by_slug(store, &slug).await?;
    let is_seen = |clip: &Clip| {
        clip.anyone || by.is_administrator() || clip.is_owned_by(by) || clip.grants(by).is_some()
    };
    match source.filter(|clip| !clip.is_removed && is_seen(clip)) {
        Some(_) => Ok(()),
        None => Err(settings.no_source()),
    }
}

fn bytes(settings: &[ParameterSettings]) -> usize {
    serde_json::to_vec(settings).map_or(usize::MAX, |json| json.len())
}

/// “the parameter country”, or “parameters” where several changed or only their order.
fn detail(before: &[ParameterSettings], after: &[ParameterSettings]) -> String {
    let empty = |settings: &&ParameterSettings| {
        **settings == ParameterSettings::empty(&settings.name)
            && before.iter().all(|one| one.name != settings.name)
    };
    let names = after
        .iter()
        .filter(|settings| !before.contains(settings) && !empty(settings));
    match names.collect::<Vec<_>>().as_slice() {
        [only] => format!("the parameter {}", only.name),
        _ => "parameters".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(name: &str) -> ParameterSettings {
        ParameterSettings {
            name: name.to_owned(),
            ..ParameterSettings::default()
        }
    }

    fn options(list: &[&str]) -> Option<ParameterOptions> {
        let list = list.iter().map(|option| (*option).to_owned());
        Some(ParameterOptions::List(list.collect()))
    }

    #[test]
    fn texts_are_trimmed_and_options_come_once() {
        let given = ParameterSettings {
            label: "  Land ".to_owned(),
            type_name: Some(String::new()),
            options: options(&[" a ", "b", "", "a"]),
            ..settings("country")
        };
        let parsed = given.parse().unwrap();
        assert_eq!((parsed.label.as_str(), parsed.type_name), ("Land", None));
        assert_eq!(parsed.options, options(&["a", "b"]));
    }

    #[test]
    fn what_is_too_long_or_unknown_is_refused_by_field() {
        let text = |length: usize| "x".repeat(length);
        let many: Vec<String> = (0..=OPTIONS_MAX).map(|index| index.to_string()).collect();
        let long = vec![text(OPTION_LENGTH_MAX + 1)];
        let with = |change: &dyn Fn(&mut ParameterSettings)| {
            let mut given = settings("a");
            change(&mut given);
            given
        };
        for (given, expected) in [
            (
                with(&|one| one.label = text(LABEL_LENGTH_MAX + 1)),
                "label.a",
            ),
            (with(&|one| one.help = text(HELP_LENGTH_MAX + 1)), "help.a"),
            (with(&|one| one.help = "a\nb".to_owned()), "help.a"),
            (
                with(&|one| one.type_name = Some("money".to_owned())),
                "type.a",
            ),
            (
                with(&|one| one.options = Some(ParameterOptions::List(many.clone()))),
                "options.a",
            ),
            (
                with(&|one| one.options = Some(ParameterOptions::List(long.clone()))),
                "options.a",
            ),
            (
                with(&|one| {
                    one.options = Some(ParameterOptions::Clip {
                        clip: "x".to_owned(),
                    })
                }),
                "options.a",
            ),
            (settings("a.b"), "parameters"),
        ] {
            match parse_all(&[given], PARAMETERS_MAX) {
                Err(Error::Invalid { field, .. }) => assert_eq!(field, expected),
                other => panic!("{other:?}"),
            }
        }
        assert!(parse_all(&[settings("a"), settings("a")], PARAMETERS_MAX).is_err());
    }

    #[test]
    fn the_names_whose_types_change_are_found() {
        let of = |name: &str, type_name: Option<&str>| ParameterSettings {
            type_name: type_name.map(str::to_owned),
            ..settings(name)
        };
        let before = [of("a", Some("date")), of("b", Some("text")), of("c", None)];
        let after = [of("c", Some("uuid")), of("b", Some("text")), of("a", None)];
        assert_eq!(with_other_types(&before, &after), ["a", "c"]);
        assert_eq!(with_other_types(&before, &before), Vec::<String>::new());
    }

    #[test]
    fn settings_that_are_sent_keep_their_places_in_the_form() {
        let before = [settings("a"), settings("b"), settings("c")];
        let of = |sent: &[&str]| {
            let sent = ParsedSettings(sent.iter().map(|name| settings(name)).collect());
            let after = sent.among(&before, &[]).into_iter();
            after.map(|one| one.name).collect::<Vec<_>>()
        };
        assert_eq!(of(&["b"]), ["a", "b", "c"]);
        assert_eq!(of(&["c", "a"]), ["c", "b", "a"]);
        assert_eq!(of(&["d"]), ["a", "b", "c", "d"]);
    }
}
