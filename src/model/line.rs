//! Names that people give, on one line, and as they look.

/// Whether a text shows something, on one line, and nothing in it turns or hides the rest.
pub(super) fn is_readable(text: &str) -> bool {
    !text.chars().all(is_invisible)
        && !text
            .chars()
            .any(|character| character.is_control() || turns_text(character))
}

/// Whether a text can look like another one.
pub(super) fn hides_something(text: &str) -> bool {
    text.chars()
        .any(|character| is_invisible(character) || turns_text(character))
}

fn turns_text(character: char) -> bool {
    matches!(character, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

fn is_invisible(character: char) -> bool {
    character.is_whitespace()
        || matches!(character, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2060}'..='\u{2064}' | '\u{feff}')
}
