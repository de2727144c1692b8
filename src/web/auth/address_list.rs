//! Lists of e-mail addresses, as people paste them.

/// The entries between commas, semicolons, line breaks and blanks; from `Ann Smith <ann@example.com>`, as mail programs
/// copy it, the part in the brackets.
pub fn addresses(text: &str) -> Vec<&str> {
    let entries = text.split([',', ';', '\n', '\r']);
    entries.flat_map(addresses_in).collect()
}

fn addresses_in(entry: &str) -> Vec<&str> {
    let bracketed = entry.split('<').skip(1);
    let bracketed: Vec<&str> = bracketed
        .filter_map(|rest| rest.split_once('>'))
        .map(|(address, _)| address.trim())
        .collect();
    match bracketed.is_empty() {
        true => entry.split_whitespace().collect(),
        false => bracketed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_found_as_people_paste_them() {
        for (pasted, found) in [
            ("", vec![]),
            (" , \r\n;", vec![]),
            ("a@b.c", vec!["a@b.c"]),
            (
                "a@b.c, d@e.f;g@h.i\r\n@j.k l@m.n",
                vec!["a@b.c", "d@e.f", "g@h.i", "@j.k", "l@m.n"],
            ),
            ("Ann Smith <a@b.c>, \"Bob\" <d@e.f>", vec!["a@b.c", "d@e.f"]),
            ("Ann <a@b.c> Bob < d@e.f >", vec!["a@b.c", "d@e.f"]),
            ("Ann a@b.c", vec!["Ann", "a@b.c"]),
            ("<a@b.c", vec!["<a@b.c"]),
        ] {
            assert_eq!(addresses(pasted), found, "{pasted:?}");
        }
    }
}
