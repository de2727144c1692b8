//! Characters that look like others, or like nothing: word processors, chats and web pages put them into a query.

use super::failed_text::FailedText;
use crate::run::text::token::{Kind, Token};

/// From a fullwidth character to that of ASCII.
const FULLWIDTH_DISTANCE: u32 = 0xfee0;

struct LookAlike {
    name: &'static str,
    is_visible: bool,
    remedy: &'static str,
}

const BLANK: &str = "replace it with an ordinary space";
const DELETE: &str = "delete it";
const QUOTE: &str = "replace it with ' around text, or with \" around a name";
const DASH: &str = "replace it with -, or with -- before a comment";

/// Where PostgreSQL reads names and operators: all of these are letters to it.
pub(super) fn explain(text: &FailedText<'_>) -> Option<String> {
    let outside = find(text, |token| {
        matches!(token.kind, Kind::Word | Kind::Symbol)
    });
    let outside: Vec<_> = outside.collect();
    if !outside.is_empty() {
        return explain_nearest(text, &outside);
    }
    let has_open_quote = text.tokens.iter().any(|token| !token.is_closed);
    let quoted = find(text, |token| is_quoted(token) && has_open_quote);
    let quotes: Vec<_> = quoted
        .filter(|(offset, character)| is_quote(*character) && !is_in_word(text.sql, *offset))
        .collect();
    explain_nearest(text, &quotes)
}

/// In the value with the error, where only what cannot be seen is a surprise.
pub(super) fn explain_value(text: &FailedText<'_>) -> Option<String> {
    let (_, value, _) = text.around_error()?;
    let hidden = find(text, |token| token.start == value.start && is_quoted(token));
    let hidden: Vec<_> = hidden
        .filter(|(_, character)| look_alike(*character).is_some_and(|found| !found.is_visible))
        .collect();
    explain_nearest(text, &hidden)
}

/// The same for one character only.
pub(super) fn explain_outside_quotes(text: &FailedText<'_>, wanted: char) -> Option<String> {
    let outside = find(text, |token| !is_quoted(token));
    let outside: Vec<_> = outside
        .filter(|(_, character)| *character == wanted)
        .collect();
    explain_nearest(text, &outside)
}

/// Look-alikes with their offset, in tokens of which this holds.
fn find(
    text: &FailedText<'_>,
    is_searched: impl Fn(&Token<'_>) -> bool,
) -> impl Iterator<Item = (usize, char)> {
    let tokens = text.tokens.iter().filter(move |token| is_searched(token));
    tokens.flat_map(|token| {
        let characters = token.text.char_indices();
        characters
            .filter(|(_, character)| look_alike(*character).is_some())
            .filter(|(_, character)| !is_part_of_script(token.text, *character))
            .map(|(offset, character)| (token.start + offset, character))
    })
}

/// Names the one that is nearest to the error, and counts the others.
fn explain_nearest(text: &FailedText<'_>, found: &[(usize, char)]) -> Option<String> {
    let distance = |(offset, _): &&(usize, char)| offset.abs_diff(text.offset);
    let (offset, character) = *found.iter().min_by_key(distance)?;
    let what = description(character)?;
    let place = text.place(offset);
    let remedy = remedy(character)?;
    let more = match found.len() - 1 {
        0 => String::new(),
        1 => " There is one more such character.".to_owned(),
        more => format!(" There are {more} more such characters."),
    };
    Some(format!("There is {what} in {place}: {remedy}.{more}"))
}

fn description(character: char) -> Option<String> {
    let LookAlike {
        name, is_visible, ..
    } = look_alike(character)?;
    let code = u32::from(character);
    Some(match is_visible {
        true => format!("{name} {character} (U+{code:04X})"),
        false => format!("{name} (U+{code:04X})"),
    })
}

fn remedy(character: char) -> Option<String> {
    match ascii(character) {
        Some(ascii) => Some(format!("replace it with {ascii}")),
        None => Some(look_alike(character)?.remedy.to_owned()),
    }
}

fn look_alike(character: char) -> Option<LookAlike> {
    let hidden = |name, remedy| LookAlike {
        name,
        is_visible: false,
        remedy,
    };
    let visible = |name, remedy| LookAlike {
        name,
        is_visible: true,
        remedy,
    };
    Some(match character {
        '\u{a0}' => hidden("a no-break space", BLANK),
        '\u{202f}' => hidden("a narrow no-break space", BLANK),
        '\u{1680}' | '\u{2000}'..='\u{200a}' | '\u{205f}' => hidden("a typographic space", BLANK),
        '\u{3000}' => hidden("an ideographic space", BLANK),
        '\u{85}' | '\u{2028}' | '\u{2029}' => hidden("an unusual line break", BLANK),
        '\u{200b}' => hidden("a zero-width space", DELETE),
        '\u{feff}' => hidden("a byte order mark", DELETE),
        '\u{ad}' => hidden("a soft hyphen", DELETE),
        '\u{200c}'..='\u{200f}'
        | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{2064}'
        | '\u{2066}'..='\u{2069}' => hidden("an invisible character", DELETE),
        control if control.is_control() => hidden("a control character", DELETE),
        quote if is_quote(quote) => visible("a typographic quote", QUOTE),
        '\u{2010}'..='\u{2015}' | '\u{2212}' => visible("a dash", DASH),
        '≤' => visible("the sign", "write <= instead"),
        '≥' => visible("the sign", "write >= instead"),
        '≠' => visible("the sign", "write <> instead"),
        '×' => visible("the sign", "write * instead"),
        '÷' => visible("the sign", "write / instead"),
        fullwidth if ascii(fullwidth).is_some() => visible("a fullwidth character", ""),
        _ => return None,
    })
}

fn is_quote(character: char) -> bool {
    matches!(
        character,
        '‘' | '’'
            | '‚'
            | '‛'
            | '“'
            | '”'
            | '„'
            | '‟'
            | '′'
            | '″'
            | '´'
            | '«'
            | '»'
            | '‹'
            | '›'
    )
}

/// The punctuation of ASCII that a fullwidth form stands for.
fn ascii(character: char) -> Option<char> {
    let code = u32::from(character).checked_sub(FULLWIDTH_DISTANCE)?;
    char::from_u32(code).filter(char::is_ascii_punctuation)
}

/// Joiners and marks of direction belong to the words of some scripts.
fn is_part_of_script(word: &str, character: char) -> bool {
    let may_be = matches!(character, '\u{200c}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    may_be
        && word
            .chars()
            .any(|letter| !letter.is_ascii() && letter.is_alphabetic())
}

/// An apostrophe.
fn is_in_word(sql: &str, offset: usize) -> bool {
    let mut behind = sql[offset..].chars().skip(1);
    let before = sql[..offset].chars().next_back();
    let is_letter = |character: Option<char>| character.is_some_and(char::is_alphanumeric);
    is_letter(before) && is_letter(behind.next())
}

fn is_quoted(token: &Token<'_>) -> bool {
    matches!(token.kind, Kind::String | Kind::QuotedName)
}
