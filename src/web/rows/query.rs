//! The query string of a clip's URL.

use std::collections::HashMap;

use jiff::Timestamp;

use crate::encode::{Options, Shape};
use crate::error::Error;

/// `?version=&result=&since=&shape=&bom=&guard=`; anything else is ignored.
#[derive(Debug, Default)]
pub struct Asked {
    pub version: Option<i32>,
    pub result: Option<u32>,
    /// What a run that was asked for then, or later, came to is new enough.
    pub since: Option<Timestamp>,
    pub options: Options,
}

impl Asked {
    pub fn parse(query: &HashMap<String, String>) -> Result<Self, Error> {
        let text = |name: &str| query.get(name).map(String::as_str);
        Ok(Self {
            version: number("version", text("version"))?,
            result: number("result", text("result"))?,
            since: text("since").map(moment).transpose()?,
            options: Options {
                bom: text("bom") == Some("1"),
                guard: text("guard") == Some("1"),
                shape: match text("shape") {
                    None | Some("table") => Shape::Table,
                    Some("objects") => Shape::Objects,
                    Some(_) => {
                        return Err(Error::BadRequest(
                            "`shape` is either `table` or `objects`.".to_owned(),
                        ));
                    }
                },
            },
        })
    }
}

fn number<T: std::str::FromStr>(name: &str, text: Option<&str>) -> Result<Option<T>, Error> {
    text.map(|text| {
        text.parse()
            .map_err(|_| Error::BadRequest(format!("`{name}` is a whole number above 0.")))
    })
    .transpose()
}

fn moment(text: &str) -> Result<Timestamp, Error> {
    text.parse().map_err(|_| {
        Error::BadRequest("`since` is a moment such as 2026-03-31T12:00:00Z.".to_owned())
    })
}
