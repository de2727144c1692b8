//! A table in Markdown as a response, for pasting: at most 1,000 rows, and what a page's table copies.

use std::io::Write;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use crate::http::{ask, header};
use crate::support::Server;

#[tokio::test(flavor = "multi_thread")]
async fn a_long_result_is_a_short_table_that_says_so() {
    let server = Server::start().await;
    let clip = server
        .create_clip("select n, 'a|b' as t from generate_series(1, 30000) as n")
        .await;
    let answer = ask(&server.anonymous(), &clip, ".md").await;
    assert_eq!(header(&answer, "x-dataclips-rows"), "29999");
    assert_eq!(header(&answer, "x-dataclips-truncated"), "true");
    let table = answer.text().await.unwrap();
    let start = "| n | t |\n| ---: | --- |\n| 1 | a\\|b |\n| 2 | a\\|b |\n";
    assert!(table.starts_with(start), "{table}");
    let end = "| 1000 | a\\|b |\n\nThe first 1000 of 29999 rows, and the query returns more.\n";
    assert!(table.ends_with(end), "{table}");
    assert_eq!(table.lines().count(), 2 + 1_000 + 2);
    let last = ask(&server.anonymous(), &clip, ".md?sort=-n&filter=29999").await;
    let table = "| n | t |\n| ---: | --- |\n| 29999 | a\\|b |\n";
    assert!(last.text().await.unwrap().starts_with(table));
}

/// What texts are made of: signs that mean something in Markdown, and the beginnings and ends of web addresses.
const PARTS: [&str; 46] = [
    "a",
    "b1",
    "é",
    " ",
    "\n",
    "\r",
    "\t",
    "_",
    "*",
    "~",
    "`",
    "$",
    "|",
    "\\",
    "<",
    ">",
    "&",
    "&lt;",
    "&am",
    "&#9;",
    ";",
    "(",
    ")",
    "[",
    "]",
    ".",
    "!",
    "http://a",
    "https://b/",
    "ftp://c",
    "www.",
    "www.d",
    "/?q=1",
    "\u{a0}",
    "http://a_b",
    "HTTPS://",
    "Ftp://",
    "www.c_d.",
    "_www.",
    "/_*e*",
    ":80",
    "-",
    "😀",
    "\u{200b}",
    "\u{b}",
    "\u{c}",
];
const ROWS: u64 = 980;
/// Texts, and how they are written: without escapes only if GitHub makes a link of them.
const ADDRESSES: [(&str, &str); 10] = [
    ("http://a_b.example.com/*a*b", "http://a_b.example.com/*a*b"),
    ("HTTPS://EXAMPLE.COM/A*B", "HTTPS://EXAMPLE.COM/A*B"),
    ("http://my_svc/[a](b)", "http:/\\/my_svc/\\[a\\](b)"),
    (
        "http://my_host:80/?a=1&lt;=*2*",
        "http:/\\/my_host:80/?a=1&amp;lt;=\\*2\\*",
    ),
    ("ftp://x.y_#1*x*", "ftp:/\\/x.y\\_#1\\*x\\*"),
    ("www.a_", "www\\.a\\_"),
    ("https://😀]", "https:/\\/😀\\]"),
    ("https://a.com/_\u{c}\\", "https://a.com/_\u{c}<!-- -->\\\\"),
    (
        "http://a/*. http://b/*.",
        "http://a/<!-- -->\\*. http://b/<!-- -->\\*.",
    ),
    ("http:// ", "http:// "),
];

/// Numbers that look random, and are always the same.
fn numbers() -> impl Iterator<Item = usize> {
    let next = |state: &u64| {
        Some(
            state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1),
        )
    };
    std::iter::successors(Some(17), next).map(|state| (state >> 33) as usize)
}

fn texts() -> Vec<Value> {
    let mut numbers = numbers();
    let text = |_| {
        let parts = numbers.next()? % 9;
        let parts = numbers.by_ref().take(parts);
        Some(
            parts
                .map(|number| PARTS[number % PARTS.len()])
                .collect::<String>(),
        )
    };
    let texts = (0..ROWS).map(text).map(Value::from);
    // Nothing takes longer than the text is long.
    let long = format!("http://a{}x", ".".repeat(100_000));
    let hosts = [252, 253, 254].map(|length| format!("http://{}/*a*", "h".repeat(length)));
    let restarts = "www.a_".repeat(1_000);
    let all = texts.chain([long, restarts].map(Value::from));
    all.chain(hosts.map(Value::from))
        .chain(ADDRESSES.map(|(text, _)| Value::from(text)))
        .chain([Value::Null])
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_copies_what_the_file_has() {
    let texts = texts();
    let server = Server::start().await;
    let sql = format!(
        "select n, t as \"_t|\", t <> '' as b from json_array_elements_text('{}') with ordinality as x (t, n)",
        json!(texts).to_string().replace('\'', "''")
    );
    let clip = server.create_clip(&sql).await;
    let file = ask(&server.anonymous(), &clip, ".md")
        .await
        .text()
        .await
        .unwrap();
    let columns = [("n", true), ("_t|", false), ("b", false)]
        .map(|(name, is_number)| json!({"name": name, "isNumber": is_number}));
    let rows = texts.iter().enumerate().map(|(index, text)| {
        let is_filled = text.as_str().map(|text| (!text.is_empty()).to_string());
        json!([(index + 1).to_string(), text, is_filled])
    });
    let table = json!({"columns": columns, "rows": rows.collect::<Vec<_>>()});
    let copied = copied(&table);
    for (file, copied) in file.lines().zip(copied.lines()) {
        assert_eq!(file, copied);
    }
    assert_eq!(file.lines().count(), copied.lines().count());
    for (text, written) in ADDRESSES {
        assert!(file.contains(&format!(" | {written} | ")), "{text:?}");
    }
}

/// What the script of pages makes of it.
fn copied(table: &Value) -> String {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/static/bundles/grid/copies.js");
    let code = format!(
        "import {{ readFileSync }} from 'node:fs'; import {{ markdown }} from '{script}';
         const {{ columns, rows }} = JSON.parse(readFileSync(0, 'utf8')); process.stdout.write(markdown(columns, rows));"
    );
    let mut node = Command::new("node")
        .args(["--input-type=module", "--eval", &code])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = node.stdin.take().unwrap();
    input.write_all(table.to_string().as_bytes()).unwrap();
    drop(input);
    let output = node.wait_with_output().unwrap();
    assert!(output.status.success());
    String::from_utf8(output.stdout).unwrap()
}
