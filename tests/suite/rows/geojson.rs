//! GeoJSON as a response: what it refuses, and that a cut file says so.

use reqwest::Method;
use serde_json::{Value, json};

use crate::encode::{GEOMETRY, METRES, POINT};
use crate::http::{ask, ask_with, header, hide_sql};
use crate::support::{Clip, Server};

async fn with_geometry() -> Server {
    let server = Server::start().await;
    let superuser = server.superuser().await;
    superuser.batch_execute(GEOMETRY).await.unwrap();
    server
}

/// The error's sentence.
async fn refused(server: &Server, clip: &Clip, rest: &str) -> String {
    let answer = ask(&server.anonymous(), clip, rest).await;
    assert_eq!(answer.status(), 422, "{rest}");
    let body: Value = answer.json().await.unwrap();
    assert_eq!(body["error"]["code"], "unfit_for_format");
    body["error"]["message"].as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_feature_has_the_row_for_its_properties() {
    let server = with_geometry().await;
    let sql = format!(
        "select * from (values (1, '{POINT}'::geometry, 1.50, 'x'), (2, null, null, 'y')) as t(id, g, n, id)"
    );
    let clip = server.create_clip(&sql).await;
    let point = json!({"type": "Point", "coordinates": [1, 2]});
    for (rest, expected) in [
        (".geojson", [json!(1), json!(2)]),
        ("-name.geojson?sort=-1", [json!(2), json!(1)]),
    ] {
        let answer = ask(&server.anonymous(), &clip, rest).await;
        assert_eq!(header(&answer, "x-dataclips-rows"), "2");
        assert_eq!(header(&answer, "x-dataclips-truncated"), "false");
        let body: Value = answer.json().await.unwrap();
        let features = body["features"].as_array().unwrap();
        let ids: Vec<_> = features
            .iter()
            .map(|one| one["properties"]["id"].clone())
            .collect();
        assert_eq!(ids, expected, "{rest}");
    }
    let text = ask(&server.anonymous(), &clip, ".geojson?filter=x").await;
    let body: Value = text.json().await.unwrap();
    let feature = json!({"type": "Feature", "geometry": point, "properties": {"id": 1, "n": 1.50, "id_2": "x"}});
    assert_eq!(
        body,
        json!({"type": "FeatureCollection", "features": [feature], "truncated": false})
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn its_bytes_have_a_tag_parts_and_codings() {
    let server = with_geometry().await;
    let sql = format!("select n, '{POINT}'::geometry as g from generate_series(1, 100) as n");
    let clip = server.create_clip(&sql).await;
    let visitor = server.anonymous();
    ask(&visitor, &clip, ".geojson").await;
    let rest = ".geojson?version=1&result=1";
    let whole = ask(&visitor, &clip, rest).await;
    let etag = header(&whole, "etag").to_owned();
    let whole = whole.bytes().await.unwrap();
    let again = ask_with(&visitor, &clip, rest, ("if-none-match", &etag)).await;
    assert_eq!(again.status(), 304);
    let part = ask_with(&visitor, &clip, rest, ("range", "bytes=10-19")).await;
    assert_eq!(part.status(), 206);
    assert_eq!(part.bytes().await.unwrap(), whole[10..20]);
    let packed = ask_with(&visitor, &clip, rest, ("accept-encoding", "gzip")).await;
    let stem = etag.trim_end_matches('"');
    assert_eq!(header(&packed, "etag"), format!("{stem}-gzip\""));
    assert!(packed.bytes().await.unwrap().len() < whole.len() / 5);
    let head = visitor.request(Method::HEAD, &format!("/{}{rest}", clip.slug));
    let head = head.send().await.unwrap();
    assert_eq!(header(&head, "content-length"), whole.len().to_string());
    assert_eq!(header(&head, "access-control-allow-origin"), "*");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_says_what_to_select() {
    let server = with_geometry().await;
    for (sql, words) in [
        ("select 1 as id, 'x' as name", "none among “id”, “name”"),
        (
            "select null::geometry as a, 1 as b, null::geometry as c",
            "there are 2: “a”, “c”. Select one of them, and the others as text, as in st_astext(c) as c.",
        ),
        (
            &format!("select null::geometry as g union all select '{METRES}'"),
            "Row 2: “g” has SRID 3857, and GeoJSON is in longitude and latitude (WGS 84, SRID 4326). Select st_transform(g, 4326) as g.",
        ),
    ] {
        let clip = server.create_clip(sql).await;
        let json = ask(&server.anonymous(), &clip, ".json").await;
        assert_eq!(json.status(), 200, "{sql}");
        hide_sql(&server, &clip).await;
        for rest in [
            ".geojson",
            ".geojson?version=1&result=1",
            ".geojson?filter=",
        ] {
            let sentence = refused(&server, &clip, rest).await;
            assert!(sentence.contains(words), "{sentence}");
        }
        let head = server
            .anonymous()
            .request(Method::HEAD, &format!("/{}.geojson", clip.slug));
        assert_eq!(head.send().await.unwrap().status(), 422);
    }
    // Only what the file would hold counts.
    let sql = format!("select 'x' as a, '{POINT}'::geometry as g union all select 'y', '{METRES}'");
    let clip = server.create_clip(&sql).await;
    let selected = ask(&server.anonymous(), &clip, ".geojson?filter=x").await;
    assert_eq!(selected.status(), 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cut_collection_says_so() {
    let server = with_geometry().await;
    let sql = format!("select n, '{POINT}'::geometry as g from generate_series(1, 30000) as n");
    let clip = server.create_clip(&sql).await;
    let answer = ask(&server.anonymous(), &clip, ".geojson").await;
    assert_eq!(header(&answer, "x-dataclips-truncated"), "true");
    let body: Value = answer.json().await.unwrap();
    assert_eq!(body["features"].as_array().unwrap().len(), 29_999);
    assert_eq!(body["truncated"], true);
    assert_eq!(body["truncated_by"], "rows");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_offers_it_where_it_takes_the_rows() {
    let server = with_geometry().await;
    for (columns, is_offered) in [
        ("'{POINT}'::geometry as g, 1 as a", true),
        ("1 as a", false),
        ("null::geometry as g, null::geometry as h", false),
    ] {
        let sql = format!("select {}", columns.replace("{POINT}", POINT));
        let clip = server.create_clip(&sql).await;
        let page = ask(&server.anonymous(), &clip, "").await;
        let page = page.text().await.unwrap();
        for (suffix, is_offered) in [("geojson", is_offered), ("md", true), ("sql", true)] {
            let link = format!("href=\"/{}.{suffix}?", clip.slug);
            let link = page.contains(&link) || page.contains(&link.replace('?', "\""));
            assert_eq!(link, is_offered, "{sql} {suffix}");
        }
        hide_sql(&server, &clip).await;
        let page = ask(&server.anonymous(), &clip, "").await;
        let page = page.text().await.unwrap();
        assert!(!page.contains(&format!("{}.sql", clip.slug)), "{sql}");
    }
}
