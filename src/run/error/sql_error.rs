//! PostgreSQL's error for a faulty statement: its own words, and the position in the text.

use serde::{Deserialize, Serialize};
use tokio_postgres::error::SqlState;

use super::advice;
use super::cause;
use super::near_names::RelationName;
use super::permission;
use super::position;
use super::server_error::ServerError;

/// PostgreSQL quotes a faulty value in full, however long it is.
const WORDS_CHARACTERS_MAX: usize = 2_000;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SqlError {
    pub message: String,
    pub detail: Option<String>,
    pub hint: Option<String>,
    /// In characters of the SQL text, from 1, once it is related to the text. `None` if the error is inside a function's
    /// own query.
    pub position: Option<usize>,
    pub sqlstate: String,
    /// Relations that may have been meant, quoted for use in a query.
    pub near_names: Vec<String>,
    /// What in the text it comes from, in a sentence that says what to write instead.
    #[serde(default)]
    pub cause: Option<String>,
    /// The blank whose type the clip's settings fix, if that is the cause.
    #[serde(default)]
    pub fixed_blank: Option<String>,
}

impl SqlError {
    pub fn new(error: &ServerError) -> Self {
        Self {
            message: shortened(&error.message),
            detail: error.detail.as_deref().map(shortened),
            hint: error.hint.as_deref().map(shortened),
            position: error.position,
            sqlstate: error.sqlstate.clone(),
            near_names: Vec::new(),
            cause: None,
            fixed_blank: None,
        }
    }

    /// Relates the error to its text: from here on its position is in characters, and its cause is known.
    pub fn relate_to(&mut self, sql: &str, is_without_encoding: bool) {
        if is_without_encoding {
            let in_characters = |position| position::from_bytes(sql, position);
            self.position = self.position.map(in_characters);
        }
        self.cause = cause::find(sql, &self.sqlstate, self.position, &self.message);
    }

    /// Finds a cause in the blanks of the text, which has numbers in their place. Its position is one in that text. `names`
    /// come with the types that the clip's settings fix.
    pub(in crate::run) fn relate_to_blanks(&mut self, text: &str, names: &[(&str, Option<&str>)]) {
        let find = || cause::find_blank(text, &self.sqlstate, self.position, &self.message, names);
        if self.cause.is_none() {
            let (cause, fixed_blank) = find().unzip();
            (self.cause, self.fixed_blank) = (cause, fixed_blank.flatten());
        }
        if self.sqlstate == SqlState::SYNTAX_ERROR.code()
            && let Some(name) = cause::blank_at(text, self.position, names)
        {
            self.message = with_blank(&self.message, name);
        }
    }

    /// The name of the relation that does not exist, if that is the error and its cause is unknown, to search for similar names.
    pub fn missing_relation(&self, sql: &str) -> Option<RelationName> {
        match self.sqlstate == SqlState::UNDEFINED_TABLE.code() && self.cause.is_none() {
            true => RelationName::at(sql, self.position?),
            false => None,
        }
    }

    /// Whether it may come from the types that were declared for parameters.
    pub(in crate::run) fn is_about_types(&self) -> bool {
        // A type that no longer exists is an internal error.
        const CODES: [SqlState; 9] = [
            SqlState::INTERNAL_ERROR,
            SqlState::DATATYPE_MISMATCH,
            SqlState::UNDEFINED_FUNCTION,
            SqlState::AMBIGUOUS_FUNCTION,
            SqlState::AMBIGUOUS_PARAMETER,
            SqlState::INDETERMINATE_DATATYPE,
            SqlState::UNDEFINED_OBJECT,
            SqlState::CANNOT_COERCE,
            SqlState::WRONG_OBJECT_TYPE,
        ];
        CODES.iter().any(|code| code.code() == self.sqlstate)
    }

    pub fn advice(&self) -> Option<String> {
        if self.cause.is_some() {
            return self.cause.clone();
        }
        let near = self.near_names.join(" or ");
        match near.is_empty() {
            true => self.advice_on_sqlstate().map(str::to_owned),
            false => Some(format!("There is a table named {near}. Did you mean it?")),
        }
    }

    /// PostgreSQL uses some SQLSTATEs for several causes, which only its message tells apart.
    fn advice_on_sqlstate(&self) -> Option<&'static str> {
        match self.sqlstate.as_str() {
            "42501" => Some(permission::advice(&self.message)),
            "25006" if self.message.ends_with("during recovery") => Some(advice::STANDBY),
            "22P05" if !self.message.contains("0x") => Some(advice::JSON_ESCAPE),
            code => advice::on_statement(code),
        }
    }
}

/// A message that quotes a number, with the blank in its place.
fn with_blank(message: &str, name: &str) -> String {
    let Some((before, behind)) = message.split_once("\"$") else {
        return message.to_owned();
    };
    let behind = behind.trim_start_matches(|character: char| character.is_ascii_digit());
    format!("{before}\"{{{{{name}}}}}{behind}")
}

pub(in crate::run) fn shortened(words: &str) -> String {
    match words.char_indices().nth(WORDS_CHARACTERS_MAX) {
        Some((end, _)) => format!("{}…", &words[..end]),
        None => words.to_owned(),
    }
}
