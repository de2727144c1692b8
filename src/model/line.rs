//! Names that people give: what makes them readable on one line, and what makes them deceptive.

/// Whether a text is visible, fits on one line, and contains nothing that reverses the direction of the rest.
pub(super) fn is_readable(text: &str) -> bool {
    !text.chars().all(is_invisible)
        && !text
            .chars()
            .any(|character| character.is_control() || changes_direction(character))
}

/// Whether a text contains invisible or direction-changing characters, so that it can look like another one.
pub(super) fn hides_something(text: &str) -> bool {
    text.chars()
        .any(|character| is_invisible(character) || changes_direction(character))
}

fn changes_direction(character: char) -> bool {
    matches!(character, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

fn is_invisible(character: char) -> bool {
    character.is_whitespace()
        || matches!(character, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2060}'..='\u{2064}' | '\u{feff}')
}
