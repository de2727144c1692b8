//! How a window tells its values: as the JSON of the whole result does, or each as the text that PostgreSQL printed.

use std::collections::HashMap;

use serde_json::value::{RawValue, to_raw_value};

use super::window::number;
use crate::encode;
use crate::encode::Texts;
use crate::error::Error;
use crate::result::{Column, Window};

/// How the values are told.
#[derive(Clone, Copy)]
pub enum Form {
    /// As in the JSON of the whole result.
    Values,
    /// As strings, of so many characters at most.
    Text(Option<usize>),
}

/// The values as JSON, and which of them are cut where that was asked for.
pub struct Printed {
    pub values: Box<RawValue>,
    pub cut: Option<Vec<(usize, usize)>>,
}

impl Form {
    pub fn parse(query: &HashMap<String, String>) -> Result<Self, Error> {
        let characters = query.get("characters");
        let characters = characters
            .map(|text| number("characters", text))
            .transpose()?;
        match query.get("form").map(String::as_str) {
            Some("text") => Ok(Self::Text(characters)),
            None if characters.is_none() => Ok(Self::Values),
            None | Some(_) => Err(Error::BadRequest(
                "`form` is `text`, or left out; `characters` goes with `form=text`.".to_owned(),
            )),
        }
    }

    /// One more tells that there is more.
    pub fn characters_taken(self) -> Option<usize> {
        match self {
            Self::Values => None,
            Self::Text(characters) => characters.map(|characters| characters.saturating_add(1)),
        }
    }

    pub fn print(self, columns: &[Column], window: Window) -> Result<Printed, Error> {
        match self {
            Self::Values => {
                let values = encode::write_window(columns, &window).map_err(Error::internal)?;
                let values = String::from_utf8(values).map_err(Error::internal)?;
                let values = RawValue::from_string(values).map_err(Error::internal)?;
                Ok(Printed { values, cut: None })
            }
            Self::Text(characters) => {
                let Texts { values, cut } = Texts::new(columns, window, characters);
                let values = to_raw_value(&values).map_err(Error::internal)?;
                let cut = characters.map(|_| cut);
                Ok(Printed { values, cut })
            }
        }
    }
}
