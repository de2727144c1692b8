//! Geometries as PostGIS 3.3 prints them, in JSON and on a page.

use super::*;

/// The text of a geometry, its GeoJSON, `hex` where it stays the text, and its WKT.
const GEOMETRIES: &str = r#"
    0101000000000000000000F03F0000000000000040
    {"type":"Point","coordinates":[1,2],"srid":0}
    POINT(1 2)
    01010000009A9999999999F13F00000000000004C0
    {"type":"Point","coordinates":[1.1,-2.5],"srid":0}
    POINT(1.1 -2.5)
    0101000080000000000000F03F00000000000000400000000000000840
    {"type":"Point","coordinates":[1,2,3],"srid":0}
    POINT Z (1 2 3)
    0101000040000000000000F03F00000000000000400000000000000840
    {"type":"Point","coordinates":[1,2],"srid":0}
    POINT M (1 2 3)
    01010000C0000000000000F03F000000000000004000000000000008400000000000001040
    {"type":"Point","coordinates":[1,2,3],"srid":0}
    POINT ZM (1 2 3 4)
    0101000000000000000000F87F000000000000F87F
    {"type":"Point","coordinates":[],"srid":0}
    POINT EMPTY
    0101000080000000000000F87F000000000000F87F000000000000F87F
    {"type":"Point","coordinates":[],"srid":0}
    POINT Z EMPTY
    010200000003000000000000000000000000000000000000009C7500883CE4377E59F3F8C21F6EA5019A9999999999B93F343333333333D33F
    {"type":"LineString","coordinates":[[0,0],[1e300,1e-300],[0.1,0.30000000000000004]],"srid":0}
    LINESTRING(0 0,1e300 1e-300,0.1 0.30000000000000004)
    010200000000000000
    {"type":"LineString","coordinates":[],"srid":0}
    LINESTRING EMPTY
    010300000002000000040000000000000000000000000000000000000000000000000010400000000000000000000000000000104000000000000010400000000000000000000000000000000004000000000000000000F03F000000000000F03F0000000000000040000000000000F03F00000000000000400000000000000040000000000000F03F000000000000F03F
    {"type":"Polygon","coordinates":[[[0,0],[4,0],[4,4],[0,0]],[[1,1],[2,1],[2,2],[1,1]]],"srid":0}
    POLYGON((0 0,4 0,4 4,0 0),(1 1,2 1,2 2,1 1))
    010300000000000000
    {"type":"Polygon","coordinates":[],"srid":0}
    POLYGON EMPTY
    0104000000020000000101000000000000000000F03F000000000000F03F010100000000000000000000400000000000000040
    {"type":"MultiPoint","coordinates":[[1,1],[2,2]],"srid":0}
    MULTIPOINT((1 1),(2 2))
    0104000000020000000101000000000000000000F87F000000000000F87F010100000000000000000000400000000000000040
    hex
    MULTIPOINT(EMPTY,(2 2))
    010400000000000000
    {"type":"MultiPoint","coordinates":[],"srid":0}
    MULTIPOINT EMPTY
    01050000000300000001020000000200000000000000000000000000000000000000000000000000F03F000000000000F03F0102000000000000000102000000020000000000000000000040000000000000004000000000000008400000000000000840
    {"type":"MultiLineString","coordinates":[[[0,0],[1,1]],[],[[2,2],[3,3]]],"srid":0}
    MULTILINESTRING((0 0,1 1),EMPTY,(2 2,3 3))
    0106000000020000000103000000010000000400000000000000000000000000000000000000000000000000104000000000000000000000000000001040000000000000104000000000000000000000000000000000010300000000000000
    {"type":"MultiPolygon","coordinates":[[[[0,0],[4,0],[4,4],[0,0]]],[]],"srid":0}
    MULTIPOLYGON(((0 0,4 0,4 4,0 0)),EMPTY)
    0107000000030000000101000000000000000000F03F000000000000004001070000000100000001020000000200000000000000000000000000000000000000000000000000F03F000000000000F03F0101000000000000000000F87F000000000000F87F
    {"type":"GeometryCollection","geometries":[{"type":"Point","coordinates":[1,2]},{"type":"GeometryCollection","geometries":[{"type":"LineString","coordinates":[[0,0],[1,1]]}]},{"type":"Point","coordinates":[]}],"srid":0}
    GEOMETRYCOLLECTION(POINT(1 2),GEOMETRYCOLLECTION(LINESTRING(0 0,1 1)),POINT EMPTY)
    010700000000000000
    {"type":"GeometryCollection","geometries":[],"srid":0}
    GEOMETRYCOLLECTION EMPTY
    01080000000300000000000000000000000000000000000000000000000000F03F000000000000F03F00000000000000400000000000000000
    hex
    CIRCULARSTRING(0 0,1 1,2 0)
    01090000000200000001020000000200000000000000000000000000000000000000000000000000F03F000000000000F03F010800000003000000000000000000F03F000000000000F03F000000000000004000000000000000400000000000000840000000000000F03F
    hex
    COMPOUNDCURVE((0 0,1 1),CIRCULARSTRING(1 1,2 2,3 1))
    010A000000020000000108000000050000000000000000000000000000000000000000000000000010400000000000000000000000000000104000000000000010400000000000000000000000000000104000000000000000000000000000000000010200000004000000000000000000F03F000000000000F03F000000000000084000000000000008400000000000000840000000000000F03F000000000000F03F000000000000F03F
    hex
    CURVEPOLYGON(CIRCULARSTRING(0 0,4 0,4 4,0 4,0 0),(1 1,3 3,3 1,1 1))
    010B000000020000000102000000020000000000000000000000000000000000000000000000000014400000000000001440010800000003000000000000000000104000000000000000000000000000001040000000000000104000000000000020400000000000001040
    hex
    MULTICURVE((0 0,5 5),CIRCULARSTRING(4 0,4 4,8 4))
    010C00000002000000010A00000001000000010800000005000000000000000000000000000000000000000000000000001040000000000000000000000000000010400000000000001040000000000000000000000000000010400000000000000000000000000000000001030000000100000004000000000000000000244000000000000024400000000000002C4000000000000028400000000000002640000000000000244000000000000024400000000000002440
    hex
    MULTISURFACE(CURVEPOLYGON(CIRCULARSTRING(0 0,4 0,4 4,0 4,0 0)),((10 10,14 12,11 10,10 10)))
    0111000000010000000400000000000000000000000000000000000000000000000000F03F00000000000000000000000000000000000000000000F03F00000000000000000000000000000000
    hex
    TRIANGLE((0 0,1 0,0 1,0 0))
    0110000000010000000111000000010000000400000000000000000000000000000000000000000000000000F03F00000000000000000000000000000000000000000000F03F00000000000000000000000000000000
    hex
    TIN(((0 0,1 0,0 1,0 0)))
    010F00008001000000010300008001000000040000000000000000000000000000000000000000000000000000000000000000000000000000000000F03F0000000000000000000000000000F03F000000000000F03F0000000000000000000000000000000000000000000000000000000000000000
    hex
    POLYHEDRALSURFACE Z (((0 0 0,0 1 0,1 1 0,0 0 0)))
    0101000000000000000000008000003426F56B0C43
    {"type":"Point","coordinates":[-0,1000000000000000],"srid":0}
    POINT(-0 1000000000000000)
    0101000000F168E388B5F8E43E350F63BAB4697B43
    {"type":"Point","coordinates":[0.00001,1.2345678901234568e17],"srid":0}
    POINT(0.00001 1.2345678901234568e17)
    0104000080020000000101000080000000000000F03F000000000000004000000000000008400101000080000000000000104000000000000014400000000000001840
    {"type":"MultiPoint","coordinates":[[1,2,3],[4,5,6]],"srid":0}
    MULTIPOINT Z ((1 2 3),(4 5 6))
    0101000000000000000000F07F000000000000F03F
    hex
    POINT(Infinity 1)
    0101000000000000000000F87F000000000000F03F
    hex
    POINT(NaN 1)
    00A000000300000F110000000100000004000000000000000000000000000000003FF0000000000000401000000000000000000000000000003FF0000000000000401000000000000040100000000000003FF0000000000000000000000000000000000000000000003FF0000000000000
    {"type":"Polygon","coordinates":[[[0,0,1],[4,0,1],[4,4,1],[0,0,1]]],"srid":3857}
    POLYGON Z ((0 0 1,4 0 1,4 4 1,0 0 1))
    0101000020110F0000000000000000F03F0000000000000040
    {"type":"Point","coordinates":[1,2],"srid":3857}
    POINT(1 2)
    0101000020E6100000000000000000F03F0000000000000040
    {"type":"Point","coordinates":[1,2]}
    POINT(1 2)
    0107000020110F0000010000000101000000000000000000F03F0000000000000040
    {"type":"GeometryCollection","geometries":[{"type":"Point","coordinates":[1,2]}],"srid":3857}
    GEOMETRYCOLLECTION(POINT(1 2))
"#;

/// Not geometries, although the type has the name.
const OTHERS: [&str; 12] = [
    "",
    "POINT(1 2)",
    "(1,2)",
    "01",
    "0",
    "0101000000000000000000F03F00000000000000",
    "0101000000000000000000F03F000000000000004000",
    "0101000000000000000000F03F00000000000000400",
    "0101000000000000000000f03f0000000000000040",
    "0201000000000000000000F03F0000000000000040",
    "0163000000000000000000F03F0000000000000040",
    "01040000000100000001020000000000000000",
];

pub(super) fn cases() -> Vec<[&'static str; 3]> {
    let lines: Vec<&str> = GEOMETRIES.trim().lines().map(str::trim).collect();
    lines
        .chunks(3)
        .map(|case| case.try_into().unwrap())
        .collect()
}

fn geometry(name: &str) -> Vec<Column> {
    vec![column("g", 17_000, name, None)]
}

#[tokio::test]
async fn geometries_become_geo_json_in_json_and_ndjson_only() {
    for [hex, expected, _] in cases() {
        let expected = match expected {
            "hex" => format!("\"{hex}\""),
            expected => expected.to_owned(),
        };
        for name in ["geometry", "geography"] {
            let json = encode(Format::Json, geometry(name), &[vec![Some(hex)]]).await;
            assert_eq!(values(&json)[0][0].get(), expected, "{hex}");
        }
        let line = encode(Format::Ndjson, geometry("geometry"), &[vec![Some(hex)]]).await;
        assert_eq!(line, format!("{{\"g\":{expected}}}\n"));
        for format in [Format::Csv, Format::Xml] {
            let file = encode(format, geometry("geometry"), &[vec![Some(hex)]]).await;
            assert!(file.contains(hex), "{file}");
        }
        let text = encode(Format::Json, text_columns(&["g"]), &[vec![Some(hex)]]).await;
        assert_eq!(values(&text)[0][0].get(), format!("\"{hex}\""));
    }
}

#[test]
fn geometries_are_shown_as_wkt_whole_or_as_far_as_they_were_read() {
    let shown = Shown::new(&geometry("geometry")[0]);
    for [hex, _, expected] in cases() {
        let whole = shown.text(hex.to_owned(), None);
        assert_eq!(whole, (expected.to_owned(), false), "{hex}");
        for end in 0..hex.len() {
            let (text, is_cut) = shown.text(hex[..=end].to_owned(), Some(end));
            let is_beginning = expected.starts_with(&text) || hex.starts_with(&text);
            assert!(is_beginning && text.len() <= end, "{text} of {expected}");
            assert!(is_cut || end + 1 == hex.len(), "{text}");
        }
    }
    let line = format!("0102000000FF000000{}", "0".repeat(900));
    let (text, is_cut) = shown.text(line[..101].to_owned(), Some(100));
    assert_eq!((text.as_str(), is_cut), ("LINESTRING(0 0,0 0", true));
}

#[tokio::test]
async fn a_text_that_is_no_geometry_passes_as_a_string() {
    let collections = |depth| {
        let inner = "0101000000000000000000F03F0000000000000040";
        "010700000001000000".repeat(depth) + inner
    };
    let (deepest, too_deep) = (collections(32), collections(33));
    for text in OTHERS.into_iter().chain([too_deep.as_str()]) {
        let json = encode(Format::Json, geometry("geometry"), &[vec![Some(text)]]).await;
        let expected = serde_json::to_string(text).unwrap();
        assert_eq!(values(&json)[0][0].get(), expected);
        let shown = Shown::new(&geometry("geometry")[0]);
        let whole = shown.text(text.to_owned(), None);
        assert_eq!(whole, (text.to_owned(), false));
    }
    let json = encode(Format::Json, geometry("geometry"), &[vec![Some(&deepest)]]).await;
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["values"][0][0]["type"], "GeometryCollection");
}

/// It is read in more pieces than a position has bytes.
#[tokio::test]
async fn a_long_curve_passes_as_a_string() {
    let positions = 300_000_u32;
    let curve = format!(
        "0108000000{:08X}{}",
        positions.swap_bytes(),
        "00".repeat(16 * positions as usize)
    );
    let json = encode(Format::Json, geometry("geometry"), &[vec![Some(&curve)]]).await;
    assert_eq!(values(&json)[0][0].get().len(), curve.len() + 2);
}

#[tokio::test]
async fn arrays_of_geometries_pairs_and_records_nest() {
    let point = "0101000020E6100000000000000000F03F0000000000000040";
    let columns = vec![
        column("g", 17_001, "_geometry", Some(17_000)),
        column("h", 17_003, "_hstore", Some(17_002)),
        column("r", 2287, "_record", None),
        column("a", 2277, "anyarray", None),
    ];
    let row = [
        format!("{{{point}:NULL:00}}"),
        r#"{"\"a\"=>\"1\"",NULL,"",x}"#.to_owned(),
        r#"{"(1,\"a b\")","(2,)"}"#.to_owned(),
        r#"{a,"b c",NULL,"{1,2}"}"#.to_owned(),
    ];
    let row: Cells<'_> = row.iter().map(|text| Some(text.as_str())).collect();
    let json = encode(Format::Json, columns, &[row]).await;
    let cells = &values(&json)[0];
    for (cell, expected) in cells.iter().zip([
        r#"[{"type":"Point","coordinates":[1,2]},null,"00"]"#,
        r#"[{"a":"1"},null,{},"x"]"#,
        r#"["(1,\"a b\")","(2,)"]"#,
        r#"["a","b c",null,"{1,2}"]"#,
    ]) {
        assert_eq!(cell.get(), expected);
    }
}
