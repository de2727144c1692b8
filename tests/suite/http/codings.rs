//! Compressed answers hold the same bytes.

use async_compression::tokio::bufread::{BrotliDecoder, GzipDecoder, ZstdDecoder};
use tokio::io::AsyncReadExt;

use super::*;

async fn decode(coding: &str, body: &[u8]) -> Vec<u8> {
    let mut plain = Vec::new();
    match coding {
        "gzip" => GzipDecoder::new(body)
            .read_to_end(&mut plain)
            .await
            .unwrap(),
        "br" => BrotliDecoder::new(body)
            .read_to_end(&mut plain)
            .await
            .unwrap(),
        "zstd" => ZstdDecoder::new(body)
            .read_to_end(&mut plain)
            .await
            .unwrap(),
        other => panic!("nobody asked for {other}"),
    };
    plain
}

#[tokio::test(flavor = "multi_thread")]
async fn a_compressed_answer_decodes_to_the_same_bytes() {
    let server = Server::start().await;
    for sql in [
        "select * from orders order by id limit 5000",
        "select 1 as a where false",
    ] {
        let clip = server.create_clip(sql).await;
        for rest in [".csv", ".tsv", ".json", ".ndjson", ".xml"] {
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
                let coded = coded.bytes().await.unwrap();
                assert!(
                    coded.len() < plain.len() || plain.len() < 1_000,
                    "{rest} {coding}"
                );
                assert!(decode(coding, &coded).await == plain, "{rest} {coding}");
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
            assert_eq!(
                header(&coded, "vary").to_ascii_lowercase(),
                "accept-encoding"
            );
            let plain = decode(coding, &coded.bytes().await.unwrap()).await;
            assert!(plain.starts_with(b"<!doctype html>") || plain.starts_with(b"{\"error\""));
        }
    }
}
