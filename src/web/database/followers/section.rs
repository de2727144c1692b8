//! The part of a database's page about its followers.

use super::facts::FollowerFacts;
use crate::error::Error;
use crate::model::Database;
use crate::run::{FollowerRules, WithoutFollower};
use crate::web::app::App;
use crate::web::database::refusal::Refusal;
use crate::web::http::form::FieldErrors;

/// For templates.
pub struct FollowersSection {
    pub facts: Vec<FollowerFacts>,
    pub rules: TypedRules,
    /// Of a follower that was refused. Its URL is not shown again.
    pub name: String,
    pub problems: FieldErrors,
    pub refusal: Option<Refusal>,
}

/// What holds for all followers, as the form has it.
#[derive(Clone)]
pub struct TypedRules {
    pub lag_mebibytes: String,
    pub lag_seconds: String,
    pub without: String,
}

impl FollowersSection {
    pub async fn read(app: &App, database: &Database) -> Result<Self, Error> {
        Ok(Self {
            facts: FollowerFacts::all(app, database).await?,
            rules: TypedRules::new(&database.follower_rules),
            name: String::new(),
            problems: FieldErrors::default(),
            refusal: None,
        })
    }
}

impl TypedRules {
    fn new(rules: &FollowerRules) -> Self {
        Self {
            lag_mebibytes: mebibytes(rules.lag_bytes_max),
            lag_seconds: rules.lag_max.as_secs().to_string(),
            without: rules.without_follower.as_str().to_owned(),
        }
    }
}

/// What the choice means, for templates.
pub fn label(without: &WithoutFollower) -> &'static str {
    match without {
        WithoutFollower::Primary => "to the primary",
        WithoutFollower::Nowhere => "nowhere: the query fails, and says why",
    }
}

/// Without needless zeros: `16`, `0.5`.
fn mebibytes(bytes: u64) -> String {
    let number = format!("{:.6}", bytes as f64 / f64::from(1 << 20));
    number
        .trim_end_matches('0')
        .trim_end_matches('.')
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_is_shown_as_it_was_typed() {
        for (bytes, shown) in [
            (16 << 20, "16"),
            (512 << 10, "0.5"),
            (0, "0"),
            (1, "0.000001"),
        ] {
            assert_eq!(mebibytes(bytes), shown);
        }
    }
}
