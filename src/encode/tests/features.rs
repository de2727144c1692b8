//! GeoJSON: what is a feature, and what is refused.

use serde_json::{Value, json};

use super::*;

/// A point in longitude and latitude.
const POINT: &str = "0101000020E6100000000000000000F03F0000000000000040";

fn columns(names: &[(&str, &str)]) -> Vec<Column> {
    let columns = names.iter().map(|(name, type_name)| match *type_name {
        "geometry" | "geography" => column(name, 17_000, type_name, None),
        "int4" => column(name, 23, type_name, None),
        type_name => column(name, 25, type_name, None),
    });
    columns.collect()
}

async fn geojson(columns: Vec<Column>, cells: &[Cells<'_>], cut: Option<Cut>) -> String {
    let bytes = encode_with(Format::Geojson, Options::default(), columns, cells, cut).await;
    String::from_utf8(bytes).unwrap()
}

async fn refused(columns: Vec<Column>, cells: &[Cells<'_>]) -> String {
    let (format, options) = (Format::Geojson, Options::default());
    match try_encode(format, options, caption(), columns, cells, None).await {
        Err(Failure::Unfit(sentence)) => sentence,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn each_row_is_a_feature_with_the_other_columns_as_properties() {
    let names = [
        ("a", "int4"),
        ("g", "geometry"),
        ("a", "text"),
        ("g_2", "text"),
    ];
    let rows = [
        vec![Some("1"), Some(POINT), Some("x\"\n"), None],
        vec![None, None, Some(""), Some(POINT)],
    ];
    let expected = format!(
        r#"{{"type":"FeatureCollection","features":[
{{"type":"Feature","geometry":{{"type":"Point","coordinates":[1,2]}},"properties":{{"a":1,"a_2":"x\"\n","g_2":null}}}},
{{"type":"Feature","geometry":null,"properties":{{"a":null,"a_2":"","g_2":"{POINT}"}}}}
],"truncated":false}}
"#
    );
    assert_eq!(geojson(columns(&names), &rows, None).await, expected);
}

#[tokio::test]
async fn a_geometry_may_be_alone_and_a_collection_empty_or_cut() {
    for (rows, cut, count, truncated) in [
        (&[][..], None, 0, json!(null)),
        (&[vec![Some(POINT)]][..], Some(Cut::Rows), 1, json!("rows")),
        (&[vec![None]][..], Some(Cut::Bytes), 1, json!("bytes")),
    ] {
        let text = geojson(columns(&[("g", "geography")]), rows, cut).await;
        let read: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(read["features"].as_array().unwrap().len(), count);
        assert_eq!(read["truncated"], cut.is_some());
        assert_eq!(read["truncated_by"], truncated);
        for feature in read["features"].as_array().unwrap() {
            assert_eq!(feature["properties"], json!({}));
        }
    }
}

#[tokio::test]
async fn other_columns_than_one_geometry_are_refused_by_their_names() {
    let none = refused(columns(&[("id", "int4"), ("at \"x\"", "text")]), &[]).await;
    assert_eq!(
        none,
        "GeoJSON needs a column of type geometry or geography, and there is none among “id”, “at \"x\"”. Select one, as in st_setsrid(st_makepoint(longitude, latitude), 4326) as geom."
    );
    let two = columns(&[("a", "geometry"), ("b", "int4"), ("The shape", "geography")]);
    assert_eq!(
        refused(two, &[]).await,
        "GeoJSON needs exactly one column of type geometry or geography, and there are 2: “a”, “The shape”. Select one of them, and the others as text, as in st_astext(\"The shape\") as \"The shape\"."
    );
    let names: Vec<String> = (0..100).map(|number| format!("c{number}")).collect();
    let many: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), "text")).collect();
    let many = refused(columns(&many), &[]).await;
    assert!(many.contains("“c8”, “c9” and 90 more. "), "{many}");
    let array = vec![column("g", 17_001, "_geometry", Some(17_000))];
    assert!(refused(array, &[]).await.contains("none among “g”"));
}

/// A point within so many collections.
fn nested(depth: usize) -> String {
    let collection = "010700000001000000";
    let inner = collection.repeat(depth - 1);
    format!("0107000020E610000001000000{inner}0101000000000000000000F03F0000000000000040")
}

#[tokio::test]
async fn collections_are_nested_up_to_a_depth() {
    let text = nested(32);
    let text = geojson(columns(&[("g", "geometry")]), &[vec![Some(&text)]], None).await;
    assert_eq!(text.matches("GeometryCollection").count(), 32);
}

/// The end of the sentence, for a column of geometries called `g`, and one of geographies called `G`.
#[tokio::test]
async fn what_geojson_cannot_hold_is_refused_with_what_to_select() {
    let mercator = POINT.replace("E6100000", "110F0000");
    let unknown = "0101000000000000000000F03F0000000000000040";
    let with_srid = |hex: &str| {
        let kind = u32::from_str_radix(&hex[8..10], 16).unwrap() | 0x20;
        format!("{}{kind:02X}E6100000{}", &hex[..8], &hex[10..])
    };
    let of_shape = |name: &str| {
        let cases = super::geometries::cases();
        let case = cases.iter().find(|[_, _, wkt]| wkt.starts_with(name));
        with_srid(case.unwrap()[0])
    };
    for (text, ending) in [
        (
            mercator.clone(),
            "has SRID 3857, and GeoJSON is in longitude and latitude (WGS 84, SRID 4326). Select st_transform(g, 4326) as g.",
        ),
        (
            unknown.to_owned(),
            "If its numbers are longitude and latitude, select st_setsrid(g, 4326) as g; else say which system they are in, as in st_transform(st_setsrid(g, 3857), 4326) as g.",
        ),
        (
            of_shape("CIRCULARSTRING"),
            "is a CIRCULARSTRING, a shape that GeoJSON does not have. Select st_curvetoline(g) as g.",
        ),
        (of_shape("COMPOUNDCURVE"), "Select st_curvetoline(g) as g."),
        (of_shape("CURVEPOLYGON"), "Select st_curvetoline(g) as g."),
        (of_shape("MULTICURVE"), "Select st_curvetoline(g) as g."),
        (of_shape("MULTISURFACE"), "Select st_curvetoline(g) as g."),
        (
            of_shape("TIN"),
            "is a TIN, a shape that GeoJSON does not have. Select polygons instead, or leave such rows out.",
        ),
        (of_shape("TRIANGLE"), "or leave such rows out."),
        (of_shape("POLYHEDRALSURFACE"), "or leave such rows out."),
        (
            of_shape("MULTIPOINT(EMPTY"),
            "has an empty point among its points, which GeoJSON cannot hold. Leave such rows out.",
        ),
        (
            of_shape("POINT(Inf"),
            "which GeoJSON cannot hold. Leave such rows out.",
        ),
        (
            of_shape("POINT(NaN"),
            "which GeoJSON cannot hold. Leave such rows out.",
        ),
        (
            "POINT(1 2)".to_owned(),
            "is not a geometry as PostGIS prints it.",
        ),
        (
            nested(33),
            "has collections nested more than 32 levels deep, which many readers of JSON refuse. Select st_collectionhomogenize(g) as g.",
        ),
        (String::new(), "is not a geometry as PostGIS prints it."),
        (
            POINT[..20].to_owned(),
            "is not a geometry as PostGIS prints it.",
        ),
        (
            format!("{POINT}0"),
            "is not a geometry as PostGIS prints it.",
        ),
    ] {
        let rows = [vec![Some(POINT)], vec![None], vec![Some(&*text)]];
        let sentence = refused(columns(&[("g", "geometry")]), &rows).await;
        assert!(sentence.starts_with("Row 3: “g” "), "{text}: {sentence}");
        assert!(sentence.ends_with(ending), "{text}: {sentence}");
    }
    let rows = [vec![Some(&*mercator)]];
    let sentence = refused(columns(&[("G", "geography")]), &rows).await;
    let ending = "Select st_transform(\"G\"::geometry, 4326) as \"G\".";
    assert!(sentence.ends_with(ending), "{sentence}");
}

/// As in JSON, but for the reference system.
#[tokio::test]
async fn every_shape_of_geojson_is_written_as_in_json() {
    for [hex, expected, _] in super::geometries::cases() {
        let Some(expected) = expected.strip_suffix(",\"srid\":0}") else {
            continue;
        };
        let kind = u32::from_str_radix(&hex[8..10], 16).unwrap() | 0x20;
        let hex = format!("{}{kind:02X}E6100000{}", &hex[..8], &hex[10..]);
        let text = geojson(columns(&[("g", "geometry")]), &[vec![Some(&hex)]], None).await;
        let expected = format!("\"geometry\":{expected}}},\"properties\"");
        assert!(text.contains(&expected), "{expected}: {text}");
    }
}

#[tokio::test]
async fn long_geometries_are_written_like_short_ones() {
    let line = |positions: u32| {
        let position = "000000000000F03F9A9999999999F1BF".repeat(positions as usize);
        format!("0102000020E6100000{:08X}{position}", positions.swap_bytes())
    };
    let (short, long) = (line(3), line(0x10000));
    let columns = columns(&[("a", "text"), ("g", "geometry"), ("b", "text")]);
    let rows = [
        vec![Some("x_"), Some(&*long), Some("y")],
        vec![None, Some(&*short), None],
    ];
    let short_rows = [vec![Some("x_"), Some(&*short), Some("_\r")], vec![None; 3]];
    long_rows::is_the_same_in_every_format(columns.clone(), &short_rows, 7).await;
    long_rows::is_the_same_in_every_format(columns.clone(), &rows, 1 << 20).await;
    let text = geojson(columns, &rows, None).await;
    let read: Value = serde_json::from_str(&text).unwrap();
    let positions = &read["features"][0]["geometry"]["coordinates"];
    assert_eq!(positions.as_array().unwrap().len(), 0x10000);
    assert_eq!(
        read["features"][0]["properties"],
        json!({"a": "x_", "b": "y"})
    );
}
