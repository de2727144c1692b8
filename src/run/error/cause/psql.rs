//! Commands of psql, which PostgreSQL's server does not know.

use super::failed_text::FailedText;
use crate::run::text::token::Kind;

pub(super) fn explain(text: &FailedText<'_>) -> Option<String> {
    let at = text.at?;
    if !text.is_symbol(at, "\\") {
        return None;
    }
    let name = text
        .touching(at + 1)
        .filter(|token| token.kind == Kind::Word)?
        .text;
    let instead = match name.to_ascii_lowercase() {
        command if command.starts_with('d') => {
            "The schema is beside the editor; or select from information_schema.columns where table_name = '…'."
        }
        command if command == "copy" => "Write the query alone; its page has the downloads.",
        _ => "Leave it out.",
    };
    Some(format!("\\{name} is a command of psql, not SQL. {instead}"))
}
