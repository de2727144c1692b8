//! The producer with a run that goes on, fails, or never ends.

#![expect(clippy::disallowed_methods, reason = "no viewer looks at these rows")]

use std::future::pending;

use super::*;

#[tokio::test]
async fn rows_are_encoded_while_they_arrive_and_across_pages() {
    let memory = Memory::new(64 << 20);
    let (mut writer, rows) = Rows::new(text_columns(&["a"]), &memory);
    let line = "x".repeat(999);
    let ending = async {
        for _ in 0..2_000 {
            writer.append([Some(&*line)].into_iter()).unwrap();
            tokio::task::yield_now().await;
        }
        Ok::<_, io::Error>(write(writer, &[], None))
    };
    let (spool, _) = produce(
        rows,
        Format::Csv,
        Options::default(),
        caption(),
        Coding::Identity,
        ending,
        &memory,
    )
    .await
    .unwrap();
    assert_eq!(spool.bytes(), 2 + 2_000 * 1_000);
    let pieces = spool.pieces(0..spool.bytes());
    drop(spool);
    for piece in pieces {
        assert!(piece.unwrap().len() <= 132 << 10);
    }
    assert_eq!(memory.bytes_held(), 0);
}

#[tokio::test]
async fn a_long_row_is_encoded_once_all_its_pages_have_arrived() {
    let memory = Memory::new(64 << 20);
    let part = "é".repeat(60_000);
    let (mut writer, rows) = Rows::new(text_columns(&["a", "b"]), &memory);
    let ending = async {
        for _ in 0..2 {
            writer.append([Some("x"), None].into_iter()).unwrap();
            writer.begin_row(2 * 20 * part.len()).unwrap();
            for _ in 0..2 {
                for _ in 0..20 {
                    writer.append_part(part.as_bytes()).unwrap();
                    tokio::task::yield_now().await;
                }
                writer.end_cell();
            }
            writer.end_row().unwrap();
        }
        Ok::<_, io::Error>(write(writer, &[], None))
    };
    let (format, options) = (Format::Csv, Options::default());
    let coding = Coding::Identity;
    let produced = produce(rows, format, options, caption(), coding, ending, &memory);
    let (spool, _) = produced.await.unwrap();
    let pieces = spool.pieces(0..spool.bytes());
    let csv: Vec<u8> = pieces.flat_map(|piece| piece.unwrap()).collect();
    let long = part.repeat(20);
    assert!(csv == format!("a,b\nx,\n{long},{long}\nx,\n{long},{long}\n").into_bytes());
}

/// Encodes some megabytes of distinct rows as CSV.
async fn encode_in(coding: Coding) -> Vec<u8> {
    let memory = Memory::new(64 << 20);
    let (writer, rows) = Rows::new(text_columns(&["a"]), &memory);
    let hashes: Vec<String> = (0..30_000_u32)
        .map(|number| blake3::hash(&number.to_le_bytes()).to_string())
        .collect();
    let cells: Vec<Cells<'_>> = hashes.iter().map(|hash| vec![Some(&**hash)]).collect();
    let ending = ready(Ok::<_, io::Error>(write(writer, &cells, None)));
    let (format, options) = (Format::Csv, Options::default());
    let produced = produce(rows, format, options, caption(), coding, ending, &memory);
    let (spool, _) = produced.await.unwrap();
    let pieces: Vec<_> = spool.pieces(0..spool.bytes()).map(Result::unwrap).collect();
    assert!(pieces.len() > 2, "{coding:?}");
    assert!(
        pieces.iter().all(|piece| piece.len() <= 256 << 10),
        "{coding:?}"
    );
    pieces.concat()
}

#[tokio::test]
async fn every_coding_holds_the_same_bytes_and_is_the_same_each_time() {
    let plain = encode_in(Coding::Identity).await;
    for coding in [Coding::Gzip, Coding::Brotli, Coding::Zstd] {
        let coded = encode_in(coding).await;
        assert!(coded.len() < plain.len(), "{coding:?}");
        let mut decoded = Vec::new();
        let read = match coding {
            Coding::Identity => unreachable!(),
            Coding::Gzip => flate2::read::GzDecoder::new(&*coded).read_to_end(&mut decoded),
            Coding::Brotli => brotli::Decompressor::new(&*coded, 4096).read_to_end(&mut decoded),
            Coding::Zstd => zstd::Decoder::new(&*coded)
                .unwrap()
                .read_to_end(&mut decoded),
        };
        read.unwrap();
        assert!(decoded == plain, "{coding:?}");
        assert!(encode_in(coding).await == coded, "{coding:?}");
    }
}

#[tokio::test]
async fn a_failed_run_fails_every_format() {
    for suffix in Format::SUFFIXES
        .into_iter()
        .filter(|suffix| *suffix != "sql")
    {
        let memory = Memory::new(1 << 20);
        let columns = vec![column("g", 17_000, "geometry", None)];
        let (mut writer, rows) = Rows::new(columns, &memory);
        writer.append([None].into_iter()).unwrap();
        let ending = async {
            drop(writer);
            Err::<Summary, _>("cancelled")
        };
        let format = Format::parse(suffix).unwrap();
        let (options, coding) = (Options::default(), Coding::Identity);
        let produced = produce(rows, format, options, caption(), coding, ending, &memory).await;
        assert!(matches!(produced, Err(Failure::Run("cancelled"))));
        assert_eq!(memory.bytes_held(), 0);
    }
}

#[tokio::test]
async fn a_client_that_disconnects_releases_the_memory() {
    let memory = Memory::new(64 << 20);
    let (mut writer, rows) = Rows::new(text_columns(&["a"]), &memory);
    let line = "x".repeat(1 << 20);
    writer.append([Some(&*line)].into_iter()).unwrap();
    let before = memory.bytes_held();
    let ending = pending::<Result<Summary, io::Error>>();
    let produced = produce(
        rows.clone(),
        Format::Csv,
        Options::default(),
        caption(),
        Coding::Identity,
        ending,
        &memory,
    );
    assert!(
        tokio::time::timeout(Duration::from_millis(50), produced)
            .await
            .is_err()
    );
    // A step in progress finishes by itself.
    while memory.bytes_held() > before {
        tokio::task::yield_now().await;
    }
}
