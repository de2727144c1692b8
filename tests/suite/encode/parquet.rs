//! Parquet files of the real server, read back.

use reqwest::Method;
use serde_json::{Value, json};

use super::{text, workbook};
use crate::http::header;
use crate::support::{Clip, ParquetFile, Server, status_and_body};

pub async fn parquet(server: &Server, clip: &Clip, suffix: &str) -> ParquetFile {
    let answer = server.rows(clip, suffix).await;
    assert_eq!(answer.status(), 200);
    ParquetFile::open(answer.bytes().await.unwrap().to_vec())
}

/// Name, type, and values with blanks for NULL.
fn shown(file: &ParquetFile) -> Vec<String> {
    let columns = file.columns.iter();
    let columns = columns.map(|column| {
        let values = column.values.iter();
        let values: Vec<_> = values
            .map(|value| value.as_deref().unwrap_or("-"))
            .collect();
        format!("{} {}: {}", column.name, column.kind, values.join(" "))
    });
    columns.collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn names_are_unique_whatever_their_case() {
    let server = Server::start().await;
    let sql = r#"select 1 as "a", 2 as "A", 3 as "a_2", 4 as "a""#;
    let clip = server.create_clip(sql).await;
    let file = parquet(&server, &clip, "parquet").await;
    assert_eq!(
        shown(&file),
        ["a int32: 1", "A_3 int32: 2", "a_2 int32: 3", "a_4 int32: 4"]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_result_without_columns_is_refused_with_a_sentence() {
    let server = Server::start().await;
    let clip = server
        .create_clip("select from generate_series(1, 3)")
        .await;
    let (status, body) = status_and_body(server.rows(&clip, "parquet").await).await;
    assert_eq!(
        (status, &body["error"]["code"]),
        (422, &json!("no_columns"))
    );
    assert!(body["error"]["message"].is_string());
}

#[tokio::test(flavor = "multi_thread")]
async fn no_rows_and_nulls_alone_keep_their_types() {
    let server = Server::start().await;
    for (condition, values) in [("false", ""), ("true", "-")] {
        let sql = format!(
            "select null::int as a, null::numeric(10, 2) as b, null::timestamptz as c, null::int[] as d, null as e where {condition}"
        );
        let clip = server.create_clip(&sql).await;
        let file = parquet(&server, &clip, "parquet").await;
        let kinds = [
            "a int32",
            "b decimal(10, 2)",
            "c timestamp in UTC",
            "d list of int32",
            "e text",
        ];
        assert_eq!(shown(&file), kinds.map(|kind| format!("{kind}: {values}")));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_column_is_text_where_one_value_has_another_form() {
    let server = Server::start().await;
    let clip = server
        .create_clip(
            "select n, case when n = 2 then array[[1, 2], [3, 4]] else array[n] end as deep, array[n, null] as flat
             from generate_series(1, 3) as n",
        )
        .await;
    let file = parquet(&server, &clip, "parquet").await;
    let flat = r#"flat list of int32: {"1",NULL} {"2",NULL} {"3",NULL}"#;
    assert_eq!(
        shown(&file),
        ["n int32: 1 2 3", "deep text: {1} {{1,2},{3,4}} {3}", flat]
    );

    let german = "select set_config('datestyle', 'German', true) is null as x, date '2026-03-31' as day, array[date '2026-03-31'] as days";
    let clip = server.create_clip(german).await;
    let file = parquet(&server, &clip, "parquet").await;
    let texts = ["day text: 31.03.2026", "days text: {31.03.2026}"];
    assert_eq!(shown(&file)[1..], texts);
}

/// Also in pieces, and where equal data comes again.
#[tokio::test(flavor = "multi_thread")]
async fn what_no_reader_holds_is_null_and_counted() {
    let server = Server::start().await;
    let sql = "select date 'infinity' as day, timestamp '0044-03-15 12:00:00 BC' as at, timestamptz '10000-01-01 00:00:00+00' as zoned,
                      time '24:00:00' as time, 'NaN'::numeric(5, 2) as number, array[date '-infinity', date '2026-03-31'] as days
               union all select '2026-03-31', '2026-03-31 12:00:00.5', '2026-03-31 12:00:00+00', '23:59:59.999999', 1.5::numeric(5, 2), null";
    let clip = server.create_clip(sql).await;
    for suffix in ["parquet", "parquet?version=1&result=1"] {
        let answer = server.rows(&clip, suffix).await;
        assert_eq!(header(&answer, "x-dataclips-replaced"), "6");
        let exposed = header(&answer, "access-control-expose-headers");
        assert!(exposed.contains("X-Dataclips-Replaced"), "{exposed}");
        assert_eq!(
            header(&answer, "content-type"),
            "application/vnd.apache.parquet"
        );
        let disposition = header(&answer, "content-disposition");
        assert!(disposition.contains("\"A test.parquet\""), "{disposition}");
        assert!(!answer.headers().contains_key("content-encoding"));
        let file = ParquetFile::open(answer.bytes().await.unwrap().to_vec());
        let expected = [
            "day date: - 2026-03-31",
            "at timestamp: - 2026-03-31 12:00:00.5",
            "zoned timestamp in UTC: - 2026-03-31 12:00:00+00",
            "time time: - 23:59:59.999999",
            "number decimal(5, 2): - 1.50",
            r#"days list of date: {NULL,"2026-03-31"} -"#,
        ];
        assert_eq!(shown(&file), expected, "{suffix}");
        let replaced: Value = serde_json::from_str(&file.facts["replaced"]).unwrap();
        assert_eq!(
            replaced,
            json!({"day": 1, "at": 1, "zoned": 1, "time": 1, "number": 1, "days": 1})
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_describes_its_clip() {
    let server = Server::start().await;
    let clip = server.create_clip("select id from orders limit 1000").await;
    let file = parquet(&server, &clip, "parquet").await;
    let address = format!("{}/{}", server.url, clip.slug);
    for (fact, value) in [
        ("title", "A test"),
        ("url", &address),
        ("version", "1"),
        ("result", "1"),
        ("rows", "1000"),
        ("truncated", "false"),
        ("replaced", "{}"),
        ("sql", "select id from orders limit 1000"),
    ] {
        assert_eq!(file.facts[fact], value, "{fact}");
    }
    let started: jiff::Timestamp = file.facts["started_at"].parse().unwrap();
    let finished: jiff::Timestamp = file.facts["finished_at"].parse().unwrap();
    assert!(started <= finished);
    assert_eq!(file.created_by, "dataclips version 1");
    // With Arrow's own schema, R could not read UUIDs.
    assert!(!file.facts.contains_key("ARROW:schema"));
    let hide = json!({"show_sql": false});
    let path = format!("/api/v1/clips/{}", clip.slug);
    server.administrator.patch(&path, &hide).await;
    let file = parquet(&server, &clip, "parquet").await;
    assert!(!file.facts.contains_key("sql"), "{:?}", file.facts);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_says_which_rows_were_requested_and_no_secret() {
    let server = Server::start().await;
    let clip = server
        .create_clip("select id, {{a = x}} as a from orders where id < 50")
        .await;
    server.rows(&clip, "csv").await;
    let links = format!("/api/v1/clips/{}/links", clip.slug);
    let link = json!({"label": "frame"});
    let link: Value = server
        .administrator
        .post(&links, &link)
        .await
        .json()
        .await
        .unwrap();
    let secret = link["token"].as_str().unwrap();
    let long = "y".repeat(2_000);
    for (asked, told) in [
        (String::new(), "?a=x"),
        ("?a=y%26z".to_owned(), "?a=y%26z"),
        ("?filter=4&sort=-id".to_owned(), "?sort=-id&filter=4&a=x"),
        ("?version=1&result=1".to_owned(), "?version=1&result=1&a=x"),
        (format!("?filter=4&access-token={secret}"), "?filter=4&a=x"),
        (format!("?version=1&filter={long}"), "?version=1"),
    ] {
        let url = format!("text {}/{}{told}", server.url, clip.slug);
        let file = parquet(&server, &clip, &format!("parquet{asked}")).await;
        assert_eq!(format!("text {}", file.facts["url"]), url, "{asked}");
        let about = workbook(&server, &clip, &format!("xlsx{asked}"))
            .await
            .cells(2);
        assert!(about.values().any(|cell| *cell == url), "{about:?}");
    }
    // The same bytes have one tag, however they were requested.
    let tag = async |suffix: &str| {
        let answer = server.rows(&clip, suffix).await;
        header(&answer, "etag").to_owned()
    };
    let stored = "?version=1&result=1";
    assert_eq!(
        tag(&format!("csv{stored}")).await,
        tag(&format!("csv{stored}&a=x")).await
    );
    assert_eq!(
        tag(&format!("csv{stored}")).await,
        tag(&format!("csv{stored}&sort=")).await
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_truncated_file_has_all_rows_up_to_the_limit() {
    let server = Server::start().await;
    let sql = "select n, n * 1.5::numeric(10, 2) as half, md5(n::text) as hash, timestamptz '2026-01-01 00:00:00+00' + n * interval '1 second' as at, case when n % 3 = 0 then n end as third
               from generate_series(1, 40000) as n";
    let clip = server.create_clip(sql).await;
    let answer = server.rows(&clip, "parquet").await;
    assert_eq!(header(&answer, "x-dataclips-truncated"), "true");
    let bytes = answer.bytes().await.unwrap();
    let file = ParquetFile::open(bytes.to_vec());
    assert_eq!((file.rows, file.row_groups), (29_999, 1));
    assert_eq!(
        (&*file.facts["truncated"], &*file.facts["truncated_by"]),
        ("true", "rows")
    );
    let csv = text(&server, &clip, "csv").await;
    let mut reader = csv::Reader::from_reader(csv.as_bytes());
    for (row, record) in reader.records().enumerate() {
        let record = record.unwrap();
        let values = file.columns.iter();
        let values: Vec<_> = values
            .map(|column| column.values[row].as_deref().unwrap_or_default())
            .collect();
        assert_eq!(record.iter().collect::<Vec<_>>(), values, "row {row}");
    }
    // Equal data gives equal bytes, and a reader of data frames takes parts of them.
    let answer = server.rows(&clip, "parquet").await;
    assert!(bytes == answer.bytes().await.unwrap());
    let stored = "parquet?version=1&result=1";
    let answer = server.rows(&clip, stored).await;
    let tag = header(&answer, "etag").to_owned();
    let bytes = answer.bytes().await.unwrap();
    let path = format!("/{}.{stored}", clip.slug);
    let nobody = server.anonymous();
    let end = nobody
        .request(Method::GET, &path)
        .header("Range", "bytes=-8");
    let end = nobody.send(end).await;
    assert_eq!((end.status().as_u16(), header(&end, "etag")), (206, &*tag));
    assert_eq!(end.bytes().await.unwrap(), bytes[bytes.len() - 8..]);
    let known = nobody
        .request(Method::GET, &path)
        .header("If-None-Match", &tag);
    assert_eq!(nobody.send(known).await.status(), 304);
}

/// Runs only where PostGIS is installed.
#[tokio::test(flavor = "multi_thread")]
async fn geometries_are_what_postgis_calls_well_known_binary() {
    let server = Server::start().await;
    let superuser = server.superuser().await;
    if let Err(error) = superuser.batch_execute("create extension postgis").await {
        eprintln!("not tried, since PostGIS is not installed: {error:?}");
        return;
    }
    let shapes = [
        "SRID=4326;POINT(13.4 52.5)",
        "POINT EMPTY",
        "POINT ZM (1 2 3 4)",
        "LINESTRING M (1 2 3, 4 5 6)",
        "SRID=3857;POLYGON Z ((0 0 1,4 0 1,4 4 1,0 0 1),(1 1 1,2 1 1,2 2 1,1 1 1))",
        "MULTIPOINT((1 2),(3 4))",
        "MULTIPOLYGON(((0 0,4 0,4 4,0 0)),((9 9,9 8,8 8,9 9)))",
        "GEOMETRYCOLLECTION(POINT(1 2),GEOMETRYCOLLECTION(LINESTRING(0 0,1 1),POLYGON EMPTY))",
        "CURVEPOLYGON(COMPOUNDCURVE(CIRCULARSTRING(0 0,2 0,2 1,2 3,4 3),(4 3,4 5,1 4,0 0)))",
        "TIN(((0 0,0 1,1 0,0 0)))",
    ];
    let rows = shapes
        .map(|shape| format!("('{shape}'::geometry)"))
        .join(", ");
    let clip = server
        .create_clip(&format!(
            "select g, array[g] as list from (values {rows}) as shapes (g)"
        ))
        .await;
    let file = parquet(&server, &clip, "parquet").await;
    let sql = format!("select st_asbinary(g, 'NDR')::text from (values {rows}) as shapes (g)");
    let expected = superuser.query(&sql, &[]).await.unwrap();
    let [one, list] = &file.columns[..] else {
        panic!("{}", file.columns.len());
    };
    assert_eq!((&*one.kind, &*list.kind), ("binary", "list of binary"));
    for (row, expected) in expected.iter().enumerate() {
        let expected: String = expected.get(0);
        assert_eq!(one.values[row].as_ref(), Some(&expected), "{}", shapes[row]);
        let literal = format!("{{\"{}\"}}", expected.replace('\\', "\\\\"));
        assert_eq!(list.values[row].as_ref(), Some(&literal), "{}", shapes[row]);
    }
}
