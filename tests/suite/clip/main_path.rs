//! The main path: a query becomes a link that returns its rows.

use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::support::Server;

#[tokio::test(flavor = "multi_thread")]
async fn a_query_becomes_a_link_that_works_in_every_format() {
    let server = Server::start().await;
    let clip = server
        .create_clip("select id, customer from orders order by id limit 2")
        .await;
    assert_eq!(clip.body["number"], 1);
    assert_eq!(clip.body["version"], 1);
    assert_eq!(clip.body["owner"], "ada@example.com");
    assert_eq!(clip.body.get("warning"), None);

    let csv = server.rows(&clip, "csv").await;
    assert_eq!(csv.status(), StatusCode::OK);
    assert_eq!(csv.headers()["x-dataclips-rows"], "2");
    assert_eq!(
        csv.text().await.unwrap(),
        "id,customer\n1,Customer 1\n2,Customer 2\n"
    );

    let rows: Value = server.rows(&clip, "json").await.json().await.unwrap();
    assert_eq!(
        rows["values"],
        json!([[1, "Customer 1"], [2, "Customer 2"]])
    );

    for format in ["tsv", "ndjson", "xml", "xls", "xlsx", "md", "sql"] {
        assert_eq!(
            server.rows(&clip, format).await.status(),
            StatusCode::OK,
            "{format}"
        );
    }
    let page = server
        .anonymous()
        .get(&format!("/{}-with-a-name", clip.slug))
        .await;
    assert_eq!(page.status(), StatusCode::OK);
    let page = page.text().await.unwrap();
    assert!(page.contains("<span>2 rows</span>"), "{page}");
    assert!(page.contains("Customer 2"), "{page}");
}
