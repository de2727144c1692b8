//! Who may query a database, as forms and pages write it.

use serde::Deserialize;

use crate::error::Error;
use crate::model::{Email, OpenTo};

/// A radio button.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Group {
    #[default]
    Administrators,
    Members,
    Named,
}

impl Group {
    pub const ALL: [Self; 3] = [Self::Administrators, Self::Members, Self::Named];

    pub fn new(open_to: &OpenTo) -> Self {
        match open_to {
            OpenTo::Administrators => Self::Administrators,
            OpenTo::Members => Self::Members,
            OpenTo::Named(_) => Self::Named,
        }
    }

    /// Together with the addresses that were typed, which count only for [`Group::Named`].
    pub fn read(self, addresses: &str) -> Result<OpenTo, Error> {
        match self {
            Self::Administrators => Ok(OpenTo::Administrators),
            Self::Members => Ok(OpenTo::Members),
            Self::Named => named(addresses),
        }
    }

    pub fn value(self) -> &'static str {
        match self {
            Self::Administrators => "administrators",
            Self::Members => "members",
            Self::Named => "named",
        }
    }

    pub fn label(self) -> &'static str {
        match self {
            Self::Administrators => "Administrators only",
            Self::Members => "All members",
            Self::Named => "Administrators and the members named here",
        }
    }
}

/// One address per line, as the form's field shows them.
pub fn addresses(open_to: &OpenTo) -> String {
    match open_to {
        OpenTo::Administrators | OpenTo::Members => String::new(),
        OpenTo::Named(emails) => {
            let emails: Vec<_> = emails.iter().map(Email::as_str).collect();
            emails.join("\n")
        }
    }
}

/// For templates.
pub fn description(open_to: &OpenTo) -> String {
    match open_to {
        OpenTo::Administrators => "open to administrators only".to_owned(),
        OpenTo::Members => "open to all members".to_owned(),
        OpenTo::Named(emails) if emails.len() == 1 => format!("open to {}", emails[0]),
        OpenTo::Named(emails) => format!("open to {} members by name", emails.len()),
    }
}

fn named(addresses: &str) -> Result<OpenTo, Error> {
    let words =
        addresses.split(|character: char| character.is_whitespace() || ",;".contains(character));
    let emails = words.filter(|word| !word.is_empty()).map(|word| {
        Email::parse(word)
            .ok_or_else(|| Error::invalid("open_to", format!("“{word}” is not an e-mail address.")))
    });
    let emails = emails.collect::<Result<Vec<_>, _>>()?;
    match emails.is_empty() {
        true => Err(Error::invalid(
            "open_to",
            "Enter the address of at least one member, or make another choice above.",
        )),
        false => Ok(OpenTo::Named(emails)),
    }
}
