//! A quote or a comment that is opened and not closed.

use super::failed_text::FailedText;
use crate::run::text::token::Kind;

pub(super) fn explain(text: &FailedText<'_>) -> Option<String> {
    let open = text.tokens.last().filter(|token| !token.is_closed)?;
    let place = text.place(open.start);
    Some(match open.kind {
        Kind::String if open.text.starts_with('$') => {
            format!("The $ quote in {place} is not closed: write the same tag at its end.")
        }
        Kind::String => format!(
            "The ' in {place} opens text that is not closed. Inside text, ' is written twice, as in 'it''s'."
        ),
        Kind::Comment => format!("The comment in {place} is not closed: write */ at its end."),
        Kind::QuotedName => format!("The \" in {place} opens a name that is not closed."),
        Kind::Blank | Kind::Word | Kind::Number | Kind::Parameter | Kind::Symbol => return None,
    })
}
