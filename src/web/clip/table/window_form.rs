//! The form of a window's values: as in the JSON of the whole result, or each as the text that PostgreSQL printed.

use serde_json::value::{RawValue, to_raw_value};

use crate::encode::{self, Texts};
use crate::error::Error;
use crate::result::{Column, Window};
use crate::web::rows::query::RowsQuery;

/// The form of the values.
#[derive(Clone, Copy)]
pub enum Form {
    /// As in the JSON of the whole result.
    Values,
    /// As strings of at most this many characters.
    Text(Option<usize>),
}

/// The values as JSON, and which of them are cut, if the request limits their characters.
pub struct Printed {
    pub values: Box<RawValue>,
    pub cut: Option<Vec<(usize, usize)>>,
}

impl Form {
    pub fn parse(query: &RowsQuery) -> Result<Self, Error> {
        let characters = query.number("characters")?;
        match query.text("form") {
            Some("text") => Ok(Self::Text(characters)),
            None if characters.is_none() => Ok(Self::Values),
            None | Some(_) => Err(Error::BadRequest(
                "`form` must be `text` or left out; `characters` needs `form=text`.".to_owned(),
            )),
        }
    }

    /// How many characters to read of each cell: one more than requested, which shows whether the text is longer.
    pub fn characters_read(self) -> Option<usize> {
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
