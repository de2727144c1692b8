//! A table in Markdown as a response: for pasting, so at most 1,000 rows.

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
