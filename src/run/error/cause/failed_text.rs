//! A text with the place of its error, as tokens.

use crate::run::error::position::Mark;
use crate::run::text::token::{Kind, Token, tokens};

pub(super) struct FailedText<'a> {
    pub(super) sql: &'a str,
    /// Without blanks, and without comments that are closed.
    pub(super) tokens: Vec<Token<'a>>,
    /// The error's place in bytes; the start of the text if PostgreSQL names none.
    pub(super) offset: usize,
    /// The index of the token with the error: one past the last for an error at the end.
    pub(super) at: Option<usize>,
}

impl<'a> FailedText<'a> {
    /// `position` is in characters, from 1.
    pub(super) fn new(sql: &'a str, position: Option<usize>) -> Self {
        let before = position.map(|position| position.saturating_sub(1));
        let offset = before.map(|before| byte_offset(sql, before));
        let tokens = tokens(sql).filter(|token| token.has_meaning() || !token.is_closed);
        let tokens: Vec<_> = tokens.collect();
        let at = offset.map(|offset| tokens.partition_point(|token| token.end() <= offset));
        Self {
            sql,
            tokens,
            offset: offset.unwrap_or(0),
            at,
        }
    }

    /// The token with the error, and those before and behind it.
    pub(super) fn around_error(&self) -> Option<(&[Token<'a>], Token<'a>, &[Token<'a>])> {
        let (before, rest) = self.tokens.split_at_checked(self.at?)?;
        let (token, behind) = rest.split_first()?;
        Some((before, *token, behind))
    }

    /// The token at this index, if the one before it touches it.
    pub(super) fn touching(&self, index: usize) -> Option<Token<'a>> {
        let before = self.tokens.get(index.checked_sub(1)?)?;
        let token = self.tokens.get(index)?;
        (before.end() == token.start).then_some(*token)
    }

    pub(super) fn is_symbol(&self, index: usize, symbol: &str) -> bool {
        let token = self.tokens.get(index);
        token.is_some_and(|token| token.is_symbol(symbol))
    }

    /// Whether a value has to follow the tokens before this index.
    pub(super) fn expects_value(&self, index: usize) -> bool {
        const WORDS: [&str; 17] = [
            "select", "distinct", "where", "and", "or", "not", "on", "in", "like", "ilike",
            "between", "limit", "offset", "when", "then", "else", "having",
        ];
        let Some(before) = index
            .checked_sub(1)
            .and_then(|before| self.tokens.get(before))
        else {
            return false;
        };
        match before.kind {
            Kind::Symbol => !matches!(before.text, ")" | "]"),
            _ => WORDS.iter().any(|word| before.is_word(word)),
        }
    }

    /// As `line 2, column 7`.
    pub(super) fn place(&self, offset: usize) -> String {
        let position = self.sql[..offset].chars().count() + 1;
        match Mark::find(self.sql, position) {
            Some(mark) => format!("line {}, column {}", mark.line, mark.column),
            None => "the text".to_owned(),
        }
    }
}

fn byte_offset(sql: &str, characters: usize) -> usize {
    let mut offsets = sql.char_indices().map(|(offset, _)| offset);
    offsets.nth(characters).unwrap_or(sql.len())
}
