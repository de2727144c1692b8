//! Parts of a response. A live clip has none: the next part could be from another result.

use super::*;

#[tokio::test(flavor = "multi_thread")]
async fn a_response_of_a_live_clip_is_whole_whatever_range_is_requested() {
    let server = Server::start().await;
    let clip = server.create_clip("select 1 as a").await;
    let visitor = server.anonymous();
    for rest in [".csv", ".tsv", ".json", ".ndjson", ".xml", ".xls", ".xlsx"] {
        let whole = ask(&visitor, &clip, rest).await.bytes().await.unwrap();
        for range in ["bytes=0-1", "bytes=-1", "bytes=1000000-", "rows=0-1"] {
            let answer = ask_with(&visitor, &clip, rest, ("range", range)).await;
            assert_eq!(answer.status(), 200, "{rest} {range}");
            assert_eq!(header(&answer, "accept-ranges"), "", "{rest}");
            assert_eq!(header(&answer, "content-range"), "", "{rest}");
            assert_eq!(answer.bytes().await.unwrap(), whole, "{rest} {range}");
        }
    }
}
