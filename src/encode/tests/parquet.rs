//! Parquet files whose rows are longer or wider than usual.

use ::parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use arrow_array::RecordBatch;
use arrow_array::cast::AsArray;

use super::*;

/// The number of row groups, and all rows.
fn read(bytes: Vec<u8>) -> (usize, Vec<RecordBatch>) {
    let reader = ParquetRecordBatchReaderBuilder::try_new(bytes::Bytes::from(bytes)).unwrap();
    let groups = reader.metadata().num_row_groups();
    (
        groups,
        reader.build().unwrap().map(Result::unwrap).collect(),
    )
}

async fn parquet(columns: Vec<Column>, cells: &[Cells<'_>]) -> Vec<u8> {
    encode_with(Format::Parquet, Options::default(), columns, cells, None).await
}

#[tokio::test]
async fn a_row_group_ends_before_it_has_more_than_8_mebibytes() {
    let texts = ["a", "b", "c"].map(|letter| letter.repeat(5 << 20));
    let rows: Vec<Cells<'_>> = texts
        .iter()
        .map(|text| vec![Some("1"), Some(&**text)])
        .collect();
    let columns = || {
        vec![
            column("n", 23, "int4", None),
            column("text", 25, "text", None),
        ]
    };
    let bytes = parquet(columns(), &rows).await;
    assert!(
        bytes == parquet(columns(), &rows).await,
        "equal rows have equal bytes"
    );
    let (groups, batches) = read(bytes);
    let read = batches
        .iter()
        .flat_map(|batch| batch.column(1).as_string::<i32>());
    assert_eq!(groups, 3);
    assert!(read.eq(texts.iter().map(|text| Some(&**text))));
}

#[tokio::test]
async fn a_row_of_more_than_16_mebibytes_is_refused_with_a_sentence() {
    let long = "x".repeat(10 << 20);
    for texts in [
        [long.repeat(2), String::new()],
        [long.clone(), long.clone()],
    ] {
        let memory = Memory::new(1 << 20);
        let (writer, rows) = Rows::new(text_columns(&["a", "b"]), &memory);
        let cells = texts.iter().map(|text| Some(&**text)).collect();
        let summary = write(writer, &[cells], None);
        let ending = ready(Ok::<_, io::Error>(summary));
        let (format, options) = (Format::Parquet, Options::default());
        let produced = produce(
            rows,
            format,
            options,
            caption(),
            Coding::Identity,
            ending,
            &memory,
        );
        let Err(Failure::Encode(error)) = produced.await else {
            panic!(
                "a row of {} bytes was encoded",
                texts[0].len() + texts[1].len()
            );
        };
        assert_eq!(error.kind(), io::ErrorKind::FileTooLarge);
        assert!(error.to_string().contains("at most 16 MiB"), "{error}");
    }
}

/// PostgreSQL's most.
#[tokio::test]
async fn as_many_columns_as_a_query_returns_are_read_back() {
    let columns: Vec<Column> = (0..1_664).map(|_| column("n", 23, "int4", None)).collect();
    let (_, batches) = read(parquet(columns, &[vec![Some("7"); 1_664]]).await);
    let names = batches[0].schema();
    assert_eq!(
        (
            names.field(0).name().as_str(),
            names.field(1_663).name().as_str()
        ),
        ("n", "n_1664")
    );
    assert_eq!(batches[0].num_columns(), 1_664);
}
