//! The producer beside a run that goes on, fails, or never ends.

use std::future::pending;

use super::*;

#[tokio::test]
async fn rows_are_printed_while_they_arrive_and_across_pages() {
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
    let spool = produce(
        rows,
        Format::Csv,
        Options::default(),
        caption(),
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
async fn a_failed_run_is_the_answer_in_every_format() {
    for suffix in Format::SUFFIXES {
        let memory = Memory::new(1 << 20);
        let (mut writer, rows) = Rows::new(text_columns(&["a"]), &memory);
        writer.append([Some("x")].into_iter()).unwrap();
        let ending = async {
            drop(writer);
            Err::<Summary, _>("cancelled")
        };
        let format = Format::parse(suffix).unwrap();
        let answer = produce(rows, format, Options::default(), caption(), ending, &memory).await;
        assert!(matches!(answer, Err(Failure::Run("cancelled"))));
        assert_eq!(memory.bytes_held(), 0);
    }
}

#[tokio::test]
async fn a_reader_who_leaves_gives_the_memory_back() {
    let memory = Memory::new(64 << 20);
    let (mut writer, rows) = Rows::new(text_columns(&["a"]), &memory);
    let line = "x".repeat(1 << 20);
    writer.append([Some(&*line)].into_iter()).unwrap();
    let before = memory.bytes_held();
    let ending = pending::<Result<Summary, io::Error>>();
    let answer = produce(
        rows.clone(),
        Format::Csv,
        Options::default(),
        caption(),
        ending,
        &memory,
    );
    assert!(
        tokio::time::timeout(Duration::from_millis(50), answer)
            .await
            .is_err()
    );
    // The step under way ends by itself.
    while memory.bytes_held() > before {
        tokio::task::yield_now().await;
    }
}
