//! Markdown: text stays text, whatever a reader of Markdown would make of it.

use super::*;

async fn markdown(columns: Vec<Column>, cells: &[Cells<'_>], cut: Option<Cut>) -> String {
    let bytes = encode_with(Format::Markdown, Options::default(), columns, cells, cut).await;
    String::from_utf8(bytes).unwrap()
}

#[tokio::test]
async fn a_table_has_numbers_on_the_right_and_null_is_empty() {
    let columns = vec![
        column("name", 25, "text", None),
        column("count", 20, "int8", None),
        column("is|it", 16, "bool", None),
        column("", 1700, "numeric", None),
    ];
    let rows = [
        vec![Some("a"), Some("1"), Some("t"), Some("1.50")],
        vec![None, None, None, None],
        vec![Some(""), Some("-2"), Some("f"), Some("NaN")],
    ];
    let expected = r"| name | count | is\|it |  |
| --- | ---: | --- | ---: |
| a | 1 | true | 1.50 |
| | | | |
|  | -2 | false | NaN |
";
    assert_eq!(markdown(columns, &rows, None).await, expected);
}

#[tokio::test]
async fn text_stays_text() {
    for (text, expected) in [
        ("a|b", r"a\|b"),
        (r"a\|b", r"a\\\|b"),
        (r"\", r"\\"),
        (
            "a\nb\r\nc\rd\n\ne\r\r\n",
            "a<br>b<br>c<br>d<br><br>e<br><br>",
        ),
        ("<b>x</b>", "&lt;b>x&lt;/b>"),
        (
            "<script>alert(1)</script>",
            "&lt;script>alert(1)&lt;/script>",
        ),
        ("<!-- x -->", "&lt;!-- x -->"),
        ("<https://example.com>", "&lt;https://example.com>"),
        ("[a](javascript:alert(1))", r"\[a\](javascript:alert(1))"),
        ("![a](x)", r"!\[a\](x)"),
        ("*a* **b**", r"\*a\* \*\*b\*\*"),
        ("_a_ __b__", r"\_a\_ \_\_b\_\_"),
        ("first_name a_1_b", "first_name a_1_b"),
        ("grün_é a_", r"grün_é a\_"),
        ("_", r"\_"),
        ("~~a~~", r"\~\~a\~\~"),
        ("`a`", r"\`a\`"),
        ("$x$ $1,234.50", r"\$x\$ \$1,234.50"),
        (
            "&amp; &#60; &lt & a&b A&B&",
            "&amp;amp; &amp;#60; &amp;lt & a&amp;b A&amp;B&",
        ),
        ("# - 1. > +", "# - 1. > +"),
        (
            "_x_ https://a.b/?x=1&y=2#_z_ _y_",
            r"\_x\_ https://a.b/?x=1&y=2#_z<!-- -->\_ \_y\_",
        ),
        ("(www.a.b/~c_(d)) *e*", r"(www.a.b/~c_(d)) \*e\*"),
        ("ftp://a/[b]$c`d", "ftp://a/[b]$c`d"),
        ("http://a|*b*<i>*c*", r"http://a\|*b<!-- -->\*&lt;i>\*c\*"),
        (r"http://a\|*b*", r"http://a<!-- -->\\\|\*b\*"),
        (
            "xhttp://_a_ http://_a_ a.www.b_ www.",
            r"xhttp://\_a\_ http://\_a\_ a.www.b\_ www.",
        ),
        (
            "https://a.b/?x&copy; http://a/?x&copy;y www.a/&lt;._) &lt;",
            r"https://a.b/?x<!-- -->&amp;copy; http://a/?x&copy;y www.a/<!-- -->&amp;lt;.\_) &amp;lt;",
        ),
        (
            "http://a/&copy;&am http://a/&am&copy;. http://a/&#9; http://a/&; http://a/;*",
            "http://a/&copy;&am http://a/&am<!-- -->&amp;copy;. http://a/&#9; http://a/&; http://a/<!-- -->;\\*",
        ),
        ("http://a/~~b~~ c*", r"http://a/~~b<!-- -->\~\~ c\*"),
        ("a\nwww.b_c d", "a<br>www.b_c d"),
        ("a\nwww.b/_ d", r"a<br>www.b/\_ d"),
        ("http://a/&copy;|", r"http://a/&copy;\|"),
        (
            "http://a/&copy;<http://a/&am<b",
            "http://a/<!-- -->&amp;copy;&lt;http://a/&am<!-- -->&lt;b",
        ),
        ("http://a/&copy;\nb", "http://a/<!-- -->&amp;copy;<br>b"),
        (r"http://a/*\", r"http://a/<!-- -->\*\\"),
        ("😀\u{2028}", "😀\u{2028}"),
    ] {
        let table = markdown(text_columns(&["a"]), &[vec![Some(text)]], None).await;
        let row = table.strip_prefix("| a |\n| --- |\n| ").unwrap();
        assert_eq!(row.strip_suffix(" |\n"), Some(expected), "{text:?}");
        let header = markdown(text_columns(&[text]), &[], None).await;
        assert_eq!(header, format!("| {expected} |\n| --- |\n"), "{text:?}");
    }
}

#[tokio::test]
async fn hostile_text_makes_neither_rows_nor_cells() {
    let texts = super::hostile::hostile_texts();
    let rows: Vec<Cells<'_>> = texts
        .iter()
        .map(|text| vec![Some(&**text), None, Some("x")])
        .collect();
    let table = markdown(text_columns(&["a", "b\n|", "c"]), &rows, None).await;
    let (table, rest) = table.split_once("\n\n").unwrap();
    assert!(rest.starts_with("The first 1000 of "), "{rest}");
    let lines: Vec<&str> = table.split('\n').collect();
    assert_eq!(lines.len(), 2 + 1_000);
    for line in lines {
        assert!(
            !line.contains('\r')
                && !line
                    .replace("<br>", "")
                    .replace("<!-- -->", "")
                    .contains('<'),
            "{line}"
        );
        let is_escaped = |at: usize| {
            let before = line[..at].bytes().rev();
            before.take_while(|byte| *byte == b'\\').count() % 2 == 1
        };
        let bars = line.match_indices('|').filter(|(at, _)| !is_escaped(*at));
        assert_eq!(bars.count(), 4, "{line}");
    }
}

#[tokio::test]
async fn a_line_below_says_what_is_missing() {
    let rows: Vec<Cells<'_>> = (0..1_001).map(|_| vec![Some("x")]).collect();
    for (count, cut, line) in [
        (0, None, ""),
        (1_000, None, ""),
        (
            2,
            Some(Cut::Rows),
            "\nThe query returns more rows. Only the first 2 are here.\n",
        ),
        (
            1_000,
            Some(Cut::Bytes),
            "\nThe query returns more rows. Only the first 1000 are here.\n",
        ),
        (1_001, None, "\nThe first 1000 of 1001 rows.\n"),
        (
            1_001,
            Some(Cut::Rows),
            "\nThe first 1000 of 1001 rows, and the query returns more.\n",
        ),
    ] {
        let table = markdown(text_columns(&["a"]), &rows[..count], cut).await;
        let expected = format!(
            "| a |\n| --- |\n{}{line}",
            "| x |\n".repeat(count.min(1_000))
        );
        assert!(table == expected, "{count}: {table}");
    }
}
