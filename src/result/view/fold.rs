//! Case folding, for comparing and searching text.

/// Each character in lower case. Unlike `str::to_lowercase` it ignores neighbouring characters, so that a part of a
/// text folds the same as within the whole: `ς`, the final sigma, becomes `σ`.
pub(in crate::result) fn fold(text: &str) -> impl Iterator<Item = char> {
    text.chars()
        .flat_map(char::to_lowercase)
        .map(|character| match character {
            'ς' => 'σ',
            other => other,
        })
}

/// Appends the folded text.
pub(in crate::result) fn fold_into(text: &str, out: &mut String) {
    if !text.is_ascii() {
        out.extend(fold(text));
        return;
    }
    let start = out.len();
    out.push_str(text);
    out[start..].make_ascii_lowercase();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_of_a_text_folds_as_it_does_within_the_whole() {
        for (text, folded) in [
            ("", ""),
            ("ABC 1_z", "abc 1_z"),
            ("Ä É Ж", "ä é ж"),
            ("ΟΔΟΣ", "οδοσ"),
            ("οδος", "οδοσ"),
            ("😀 İ", "😀 i\u{307}"),
            ("GROẞ", "groß"),
        ] {
            let mut out = "Kept ".to_owned();
            fold_into(text, &mut out);
            assert_eq!(out, format!("Kept {folded}"));
            assert_eq!(fold(text).collect::<String>(), folded);
        }
    }
}
