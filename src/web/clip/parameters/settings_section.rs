//! The settings of a clip's parameters on its settings page: as they are, or as they were typed.

use crate::error::Error;
use crate::model::{Clip, ParameterOptions, ParameterSettings, Slug};
use crate::result::Column;
use crate::run::parameters::FixedType;
use crate::web::http::url;

/// The fields for one parameter.
#[derive(Debug)]
pub struct TypedSettings {
    pub name: String,
    pub label: String,
    pub help: String,
    /// Empty for what PostgreSQL tells.
    pub type_name: String,
    /// What PostgreSQL tells, if it was asked.
    pub known_type: Option<String>,
    /// One a line.
    pub options: String,
    /// The link of a clip.
    pub clip: String,
    /// Its place in the form, from 1.
    pub order: String,
}

impl TypedSettings {
    /// Of the newest version's parameters, in the order of the form.
    pub fn all(clip: &Clip) -> Vec<Self> {
        let parameters = clip.version.parameters().unwrap_or_default();
        let ordered = clip.in_order(&parameters).into_iter().enumerate();
        ordered
            .map(|(index, parameter)| Self::of(clip, &parameter.name, index + 1))
            .collect()
    }

    fn of(clip: &Clip, name: &str, order: usize) -> Self {
        let settings = clip.parameter_settings(name).cloned().unwrap_or_default();
        let (options, source) = match settings.options {
            Some(ParameterOptions::List(list)) => (list.join("\n"), String::new()),
            Some(ParameterOptions::Clip { clip }) => (String::new(), format!("/{clip}")),
            None => (String::new(), String::new()),
        };
        let mut known = clip.version.parameter_types.iter();
        let known = known.find(|column| column.name == name);
        // What PostgreSQL told of a fixed type is no longer what it tells of the blank.
        let known = known.filter(|_| settings.type_name.is_none());
        Self {
            name: name.to_owned(),
            label: settings.label,
            help: settings.help,
            type_name: settings.type_name.unwrap_or_default(),
            known_type: known.map(shown_type),
            options,
            clip: source,
            order: order.to_string(),
        }
    }

    /// With what was typed, whose fields are named as in `label.country`.
    pub fn with(mut self, pairs: &[(String, String)]) -> Self {
        let typed = |part: &str| {
            let mut pairs = pairs.iter();
            let field = format!("{part}.{}", self.name);
            let pair = pairs.find(|(name, _)| *name == field);
            pair.map(|(_, value)| value.clone())
        };
        let [label, help, type_name, options, clip, order] =
            ["label", "help", "type", "options", "clip", "order"].map(typed);
        let mut fill = [
            (&mut self.label, label),
            (&mut self.help, help),
            (&mut self.type_name, type_name),
            (&mut self.options, options),
            (&mut self.clip, clip),
            (&mut self.order, order),
        ];
        for (field, typed) in &mut fill {
            if let Some(typed) = typed.take() {
                **field = typed;
            }
        }
        self
    }

    pub fn settings(&self) -> Result<ParameterSettings, Error> {
        Ok(ParameterSettings {
            name: self.name.clone(),
            label: self.label.clone(),
            help: self.help.clone(),
            type_name: Some(self.type_name.clone()).filter(|name| !name.is_empty()),
            options: self.parse_options()?,
        })
    }

    /// Without a number it comes last.
    pub fn place(&self) -> u32 {
        self.order.trim().parse().unwrap_or(u32::MAX)
    }

    fn parse_options(&self) -> Result<Option<ParameterOptions>, Error> {
        let invalid = |message: &str| Error::Invalid {
            field: format!("options.{}", self.name).into(),
            message: message.to_owned(),
        };
        let (list, link) = (self.options.trim(), self.clip.trim());
        match (list.is_empty(), link.is_empty()) {
            (true, true) => Ok(None),
            (false, false) => Err(invalid("Write options or the link of a clip, not both.")),
            (false, true) => {
                let list = list.lines().map(str::to_owned).collect();
                Ok(Some(ParameterOptions::List(list)))
            }
            (true, false) => match slug(link) {
                Some(slug) => Ok(Some(ParameterOptions::Clip {
                    clip: slug.as_str().to_owned(),
                })),
                None => Err(invalid("Paste the link of a clip's page.")),
            },
        }
    }

    /// For the select field: those that an author may choose.
    pub fn types() -> impl Iterator<Item = &'static str> {
        FixedType::names()
    }

    /// The page of the clip whose rows are the options.
    pub fn source(&self) -> Option<String> {
        let slug = slug(&self.clip)?;
        Some(format!("/{}", url::encode(slug.as_str())))
    }
}

/// In SQL `character` alone is of one character, so that messages have PostgreSQL's own name.
fn shown_type(column: &Column) -> String {
    column.written_type().replace("bpchar", "character")
}

/// Of a link, with or without its server and the text behind the slug.
fn slug(link: &str) -> Option<Slug> {
    let (path, _) = link.split_once(['?', '#']).unwrap_or((link, ""));
    path.split('/').find_map(|part| {
        let (slug, rest) = part.split_at_checked(28)?;
        let ends = rest.is_empty() || rest.starts_with(['-', '.']);
        Slug::parse(slug).filter(|_| ends)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clip_is_found_in_its_link() {
        let letters = "abcdefghijklmnopqrstuvwxyzab";
        for link in [
            letters.to_owned(),
            format!("/{letters}"),
            format!("https://example.com/{letters}-countries?x=1#rows"),
            format!("http://localhost:3000/{letters}.csv"),
            format!("https://example.com/{letters}/history"),
        ] {
            assert_eq!(slug(&link).unwrap().as_str(), letters, "{link}");
        }
        for link in ["", "/abc", "https://example.com/", &format!("{letters}x")] {
            assert_eq!(slug(link), None, "{link}");
        }
    }
}
