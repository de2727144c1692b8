//! PostGIS' geometries as JSON and on the page.

use serde::Deserialize;
use tokio_postgres::types::ToSql;

use super::{Object, Table, read, text};
use crate::support::{Clip, Server};

/// Runs only where PostGIS is installed.
#[tokio::test(flavor = "multi_thread")]
async fn postgis_reads_the_same_geometries_from_json_and_from_the_page() {
    let server = Server::start().await;
    let superuser = server.superuser().await;
    if let Err(error) = superuser.batch_execute("create extension postgis").await {
        eprintln!("not tried, since PostGIS is not installed: {error:?}");
        return;
    }
    superuser.batch_execute(SHAPES).await.unwrap();
    let clip = server.create_clip("select g from shapes order by id").await;
    let json: Table = read(&text(&server, &clip, "json").await);
    let lines = text(&server, &clip, "ndjson").await;
    let lines: Vec<Object> = super::lines(&lines);
    let page = shown(&server, &clip).await;
    let sql =
        "select st_asewkb(st_setsrid(st_geomfromgeojson($1::text), st_srid(g))) = st_asewkb(g)
        and st_asewkb(st_geomfromtext($2, st_srid(g))) = st_asewkb(g)
        and st_srid(g) = coalesce(($1::json ->> 'srid')::int, 4326), g::text
        from shapes order by id offset $3 limit 1";
    assert!(json.values.len() > 100);
    for (index, row) in json.values.iter().enumerate() {
        assert_eq!(row[0].get(), lines[index]["g"].get());
        let parameters: [&(dyn ToSql + Sync); 3] = [&row[0].get(), &page[index], &(index as i64)];
        let same = superuser.query_one(sql, &parameters).await.unwrap();
        let geometry: &str = same.get(1);
        assert!(
            same.get::<_, bool>(0),
            "{geometry}: {} {}",
            row[0],
            page[index]
        );
    }
}

/// Runs only where PostGIS is installed.
#[tokio::test(flavor = "multi_thread")]
async fn postgis_reads_features_as_the_geometries_that_they_were() {
    let server = Server::start().await;
    let superuser = server.superuser().await;
    if let Err(error) = superuser.batch_execute("create extension postgis").await {
        eprintln!("not tried, since PostGIS is not installed: {error:?}");
        return;
    }
    superuser.batch_execute(SHAPES).await.unwrap();
    for column in [
        "st_setsrid(g, 4326)",
        "st_setsrid(st_force2d(g), 4326)::geography",
    ] {
        let sql = format!(
            "select id, {column} as g from shapes where abs(st_ymax(g)) < 90 and abs(st_xmax(g)) < 180"
        );
        let clip = server.create_clip(&sql).await;
        let file = text(&server, &clip, "geojson").await;
        let sql = format!(
            "select count(*), count(*) filter (where
                st_asewkb(st_geomfromgeojson(feature ->> 'geometry')) = st_asewkb(({column})::geometry))
             from json_array_elements($1::text::json -> 'features') as feature
             join shapes on id = (feature -> 'properties' ->> 'id')::int"
        );
        let same = superuser.query_one(&sql, &[&file]).await.unwrap();
        let (all, same): (i64, i64) = (same.get(0), same.get(1));
        assert!(all > 100 && all == same, "{all} {same}");
    }
    // What a refusal tells to select.
    for (column, remedy) in [
        ("'SRID=3857;POINT(1 2)'::geometry", "st_transform(g, 4326)"),
        ("'POINT(1 2)'::geometry", "st_setsrid(g, 4326)"),
        (
            "'POINT(1 2)'::geometry",
            "st_transform(st_setsrid(g, 3857), 4326)",
        ),
        (
            "'SRID=4326;CIRCULARSTRING(0 0,1 1,2 0)'::geometry",
            "st_curvetoline(g)",
        ),
        (
            "'SRID=4326;COMPOUNDCURVE((0 0,1 1),CIRCULARSTRING(1 1,2 2,3 1))'::geometry",
            "st_curvetoline(g)",
        ),
        (
            "'SRID=4326;CURVEPOLYGON(CIRCULARSTRING(0 0,4 0,4 4,0 4,0 0))'::geometry",
            "st_curvetoline(g)",
        ),
        (
            "'SRID=4326;MULTICURVE((0 0,5 5),CIRCULARSTRING(4 0,4 4,8 4))'::geometry",
            "st_curvetoline(g)",
        ),
        (
            "'SRID=4326;MULTISURFACE(((0 0,4 0,4 4,0 0)))'::geometry",
            "st_curvetoline(g)",
        ),
        (
            "'SRID=4269;POINT(1 2)'::geography",
            "st_transform(g::geometry, 4326)",
        ),
    ] {
        let clip = server.create_clip(&format!("select {column} as g")).await;
        let refused = server.rows(&clip, "geojson").await;
        assert_eq!(refused.status(), 422, "{column}");
        let refused = refused.text().await.unwrap();
        assert!(
            refused.contains(&format!("elect {remedy}"))
                || refused.contains(&format!("as in {remedy}")),
            "{refused}"
        );
        let sql = format!("select {remedy} as g from (select {column} as g) as t");
        let mended = server.create_clip(&sql).await;
        text(&server, &mended, "geojson").await;
    }
}

/// Random lines, and what GeoJSON has a shape for.
const SHAPES: &str = "
    create table shapes (id int generated always as identity, g geometry);
    grant select on shapes to public;
    insert into shapes (g)
    select st_makeline(array[st_makepoint(random() * 360 - 180, random() * 1e-9, random() * 1e300),
                             st_makepoint(-random(), random() / 3, round((random() * 1e6)::numeric, 2))])
    from generate_series(1, 100);
    insert into shapes (g) select st_makepoint(random() * 360 - 180, random() * 180 - 90)
    from generate_series(1, 100);
    insert into shapes (g) values
        ('SRID=4326;POINT(1 2)'), ('SRID=3857;POINT(1113194.9079327357 -0.1)'),
        ('SRID=4326;LINESTRING EMPTY'), ('MULTIPOINT Z ((1 2 3),(4 5 6))'),
        ('POLYGON((0 0,4 0,4 4,0 0),(1 1,2 1,2 2,1 1))'),
        ('MULTILINESTRING((0 0,1 1),(2 2,3 3))'), ('MULTIPOLYGON(((0 0,4 0,4 4,0 0)),((9 9,9 8,8 8,9 9)))'),
        ('SRID=25832;GEOMETRYCOLLECTION(POINT(1 2),GEOMETRYCOLLECTION(LINESTRING(0 0,1 1)))')";

/// The one column of a clip's result as its page shows it.
async fn shown(server: &Server, clip: &Clip) -> Vec<String> {
    #[derive(Deserialize)]
    struct Shown {
        values: Vec<[String; 1]>,
    }
    let path = format!("/{}/rows?form=text&limit=1000", clip.slug);
    let answer = server.anonymous().get(&path).await;
    let shown: Shown = read(&answer.text().await.unwrap());
    shown.values.into_iter().map(|[text]| text).collect()
}
