//! Signs that a query should not have: spaces that are none, quotes of a word processor, and the like.

use super::Case;

pub(super) const CHARACTERS: &[Case] = &[
    (
        "select id\nfrom \u{a0}orders where note = 'a\u{a0}b'",
        "42P01",
        "There is a no-break space (U+00A0) in line 2, column 6: replace it with an ordinary space.",
    ),
    (
        "select id from\u{a0}orders",
        "42703",
        "no-break space (U+00A0) in line 1, column 15:",
    ),
    (
        "\u{feff}select id from orders",
        "42601",
        "There is a byte order mark (U+FEFF) in line 1, column 1: delete it.",
    ),
    (
        "select 'é',\u{200b}id from\u{200b}orders",
        "42703",
        "There is a zero-width space (U+200B) in line 1, column 12: delete it. There is one more such character.",
    ),
    (
        "select\u{3000}id,\u{3000}note\u{3000}from orders",
        "42601",
        "an ideographic space (U+3000) in line 1, column 7: replace it with an ordinary space. There are 2 more such",
    ),
    (
        "select id\u{2028}, \u{202f}note\u{ad} from orders",
        "42703",
        "There is an unusual line break (U+2028) in line 1, column 10: replace it with an ordinary space. There are 2 more",
    ),
    (
        "select \u{2060}1 + x",
        "42703",
        "There is an invisible character (U+2060) in line 1, column 8: delete it.",
    ),
    (
        "select x\u{1}",
        "42601",
        "There is a control character (U+0001) in line 1, column 9:",
    ),
    (
        "select ‘x’",
        "42703",
        "a typographic quote ‘ (U+2018) in line 1, column 8: replace it with ' around text, or with \" around a name.",
    ),
    ("select “id” from orders", "42703", "“ (U+201C)"),
    ("select * from «orders»", "42P01", "« (U+00AB)"),
    (
        "select * from orders where note = 'abc’",
        "42601",
        "a typographic quote ’ (U+2019) in line 1, column 39:",
    ),
    (
        "select id – 1 from orders",
        "42601",
        "There is a dash – (U+2013) in line 1, column 11: replace it with -, or with -- before a comment.",
    ),
    ("select id—1 from orders", "42703", "— (U+2014)"),
    ("select id−1 from orders", "42703", "− (U+2212)"),
    (
        "select id from orders where id ≥ 1",
        "42601",
        "the sign ≥ (U+2265) in line 1, column 32: write >= instead.",
    ),
    (
        "select id，note from orders",
        "42703",
        "There is a fullwidth character ， (U+FF0C) in line 1, column 10: replace it with ,.",
    ),
    (
        "select '5\u{a0}'::int",
        "22P02",
        "There is a no-break space (U+00A0) in line 1, column 10:",
    ),
    // Not to blame.
    (
        "select '“a”', x -- –\u{a0}",
        "42703",
        "Check the column's spelling",
    ),
    (
        "select '“5”'::int",
        "22P02",
        "A value does not have the form",
    ),
    ("select 'a\u{a0}', 1 / 0", "22012", "Divide by nullif"),
    (
        "select می\u{200c}خواهم from orders",
        "42703",
        "Check the column's spelling",
    ),
];
