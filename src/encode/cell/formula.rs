//! Which cells a spreadsheet would evaluate.

use std::io;

use crate::result::LongCell;

/// Whether a spreadsheet would evaluate the cell as a formula (OWASP, “CSV Injection”). Plain numbers are not formulas.
pub(in crate::encode) fn is_formula(text: &str) -> bool {
    begins_formula(text) && !is_number(text)
}

/// No spreadsheet has numbers that long.
pub(in crate::encode) fn is_long_formula(long: &LongCell<'_>) -> io::Result<bool> {
    Ok(begins_formula(&long.beginning(1)?))
}

fn begins_formula(text: &str) -> bool {
    text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n'])
}

fn is_number(text: &str) -> bool {
    text.bytes()
        .all(|byte| matches!(byte, b'0'..=b'9' | b'.' | b'+' | b'-' | b'e' | b'E'))
        && text.parse::<f64>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_are_guarded_and_numbers_are_not() {
        for text in [
            "=1+1",
            "+1+1",
            "-1 days",
            "@SUM(1)",
            "\t=1",
            "\r=1",
            "\n=1",
            "-",
            "-infinity",
            "--1",
        ] {
            assert!(is_formula(text), "{text:?}");
        }
        for text in [
            "",
            "a",
            "-5",
            "-5.25",
            "+5",
            "-1e+20",
            "1=1",
            " =1",
            "'=1",
            "2026-01-01",
        ] {
            assert!(!is_formula(text), "{text:?}");
        }
    }
}
