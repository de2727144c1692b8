//! Compressed responses decode to the same bytes.

use std::io::Read;

use flate2::read::MultiGzDecoder;

use super::*;

fn decode(coding: &str, body: &[u8]) -> Vec<u8> {
    let mut plain = Vec::new();
    match coding {
        "gzip" => MultiGzDecoder::new(body).read_to_end(&mut plain),
        "br" => brotli::Decompressor::new(body, body.len()).read_to_end(&mut plain),
        "zstd" => zstd::Decoder::new(body).unwrap().read_to_end(&mut plain),
        other => panic!("nobody asked for {other}"),
    }
    .unwrap();
    plain
}

#[tokio::test(flavor = "multi_thread")]
async fn a_compressed_response_decodes_to_the_same_bytes() {
    let server = Server::start().await;
    for sql in [
        "select * from orders order by id limit 5000",
        "select 1 as a where false",
    ] {
        let clip = server.create_clip(sql).await;
        for rest in [".csv", ".tsv", ".json", ".ndjson", ".xml", ".md", ".sql"] {
            let plain = ask(&server.anonymous(), &clip, rest).await;
            assert_eq!(header(&plain, "content-encoding"), "");
            assert_eq!(header(&plain, "vary"), "Accept-Encoding");
            let plain = plain.bytes().await.unwrap();
            for coding in ["gzip", "br", "zstd"] {
                let coded = ask_with(
                    &server.anonymous(),
                    &clip,
                    rest,
                    ("accept-encoding", coding),
                )
                .await;
                assert_eq!(header(&coded, "content-encoding"), coding, "{rest}");
                assert_eq!(header(&coded, "vary"), "Accept-Encoding");
                let length = header(&coded, "content-length").to_owned();
                let coded = coded.bytes().await.unwrap();
                assert_eq!(coded.len().to_string(), length, "{rest} {coding}");
                assert!(
                    coded.len() < plain.len() || plain.len() < 1_000,
                    "{rest} {coding}"
                );
                assert!(decode(coding, &coded) == plain, "{rest} {coding}");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_and_errors_are_compressed_too() {
    let server = Server::start().await;
    let clip = server
        .create_clip("select * from orders order by id limit 100")
        .await;
    let failing = server.create_clip("select * from nowhere").await;
    for (clip, rest) in [
        (&clip, ""),
        (&failing, ""),
        (&failing, ".csv"),
        (&clip, ".pdf"),
    ] {
        for coding in ["gzip", "br", "zstd"] {
            let coded =
                ask_with(&server.anonymous(), clip, rest, ("accept-encoding", coding)).await;
            assert_eq!(header(&coded, "content-encoding"), coding, "{rest:?}");
            let vary = match rest {
                "" => "accept-encoding, accept",
                _ => "accept-encoding",
            };
            assert_eq!(header(&coded, "vary").to_ascii_lowercase(), vary);
            let plain = decode(coding, &coded.bytes().await.unwrap());
            assert!(plain.starts_with(b"<!doctype html>") || plain.starts_with(b"{\"error\""));
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_accepts_no_coding_gets_a_sentence_and_runs_nothing() {
    let server = Server::start().await;
    let clip = server.create_clip("select 1 as a").await;
    for accept in ["identity;q=0", "*;q=0", "identity;q=0, deflate"] {
        for rest in ["", ".csv", ".parquet", ".sql", "/rows"] {
            let visitor = server.anonymous();
            let answer = ask_with(&visitor, &clip, rest, ("accept-encoding", accept)).await;
            assert_eq!(answer.status(), 406, "{rest}");
            for name in ["etag", "content-disposition", "x-dataclips-rows"] {
                assert_eq!(header(&answer, name), "", "{rest}");
            }
            let vary = header(&answer, "vary").to_ascii_lowercase();
            assert!(vary.contains("accept-encoding"), "{rest}: {vary}");
            let is_page = rest.is_empty();
            let origin = header(&answer, "access-control-allow-origin");
            assert_eq!(origin, if is_page { "" } else { "*" }, "{rest}");
            let path = format!("/{}{rest}", clip.slug);
            let preflight = visitor.request(Method::OPTIONS, &path);
            let preflight = preflight.header("accept-encoding", accept);
            let preflight = preflight.send().await.unwrap();
            if rest != "/rows" {
                assert_eq!(preflight.status(), 204, "{rest}");
                assert_eq!(header(&preflight, "access-control-allow-origin"), "*");
            }
            let body = answer.text().await.unwrap();
            assert!(body.contains("refuses every coding"), "{rest}: {body}");
        }
    }
    let results = format!("/api/v1/clips/{}/results", clip.slug);
    let results = server.administrator.get(&results).await;
    let results: serde_json::Value = results.json().await.unwrap();
    assert_eq!(results["results"], serde_json::json!([]));
    let api = server
        .administrator
        .request(Method::GET, "/api/v1/clips")
        .header("accept-encoding", "identity;q=0");
    let api = api.send().await.unwrap();
    assert_eq!(api.status(), 406);
    let body: serde_json::Value = api.json().await.unwrap();
    assert_eq!(body["error"]["code"], "not_acceptable");
}
