//! Whole documents: order of keys, quotes, options, empty results, the workbook.

use super::*;

#[tokio::test]
async fn csv_quotes_as_copy_does() {
    let lone: Vec<Cells<'_>> = vec![
        vec![Some("\\.")],
        vec![None],
        vec![Some("")],
        vec![Some("\\.x")],
    ];
    assert_eq!(
        encode(Format::Csv, text_columns(&["a"]), &lone).await,
        "a\n\"\\.\"\n\n\"\"\n\\.x\n"
    );
    let pair: Vec<Cells<'_>> = vec![
        vec![Some("\\."), Some("a b")],
        vec![None, None],
        vec![Some("a\"b"), Some("c\rd")],
    ];
    let csv = encode(Format::Csv, text_columns(&["a", "a"]), &pair).await;
    assert_eq!(csv, "a,a\n\\.,a b\n,\n\"a\"\"b\",\"c\rd\"\n");
    let tsv = encode(
        Format::Tsv,
        text_columns(&["a", "b"]),
        &[vec![Some("a,b"), Some("a\tb")]],
    )
    .await;
    assert_eq!(tsv, "a\tb\na,b\t\"a\tb\"\n");
}

#[tokio::test]
async fn the_excel_options_add_a_byte_order_mark_and_guards() {
    let options = Options {
        bom: true,
        guard: true,
        ..Options::default()
    };
    let columns = vec![
        column("=a", 25, "text", None),
        column("n", 1700, "numeric", None),
    ];
    let rows = [
        vec![Some("=1,2"), Some("-5")],
        vec![Some("-5"), None],
        vec![Some("+x"), None],
    ];
    let bytes = encode_with(Format::Csv, options, columns, &rows, None).await;
    assert_eq!(
        String::from_utf8(bytes).unwrap(),
        "\u{feff}'=a,n\n\"'=1,2\",-5\n-5,\n'+x,\n"
    );
}

#[tokio::test]
async fn json_keys_come_in_the_order_of_the_contract() {
    let columns = vec![column("a", 23, "int4", None), column("a", 25, "text", None)];
    let rows = [vec![Some("1"), Some("x")], vec![Some("2"), None]];
    let json = encode(Format::Json, columns.clone(), &rows).await;
    let checksum: serde_json::Value = serde_json::from_str(&json).unwrap();
    let checksum = checksum["checksum"].as_str().unwrap();
    assert_eq!(checksum.len(), 64);
    let expected = format!(
        r#"{{"title":"Five \"first\" <tables> & more\n","fields":["a","a"],"types":[23,25],"type_names":["int4","text"],"values":[[1,"x"],[2,null]],"started_at":"2026-03-31T12:00:00.123456Z","finished_at":"2026-03-31T12:00:01.123456Z","checksum":"{checksum}","version":3,"result":7,"rows":2,"truncated":false}}"#
    );
    assert_eq!(json.trim_end(), expected);
    let cut = encode_with(
        Format::Json,
        Options::default(),
        columns.clone(),
        &rows,
        Some(Cut::Bytes),
    )
    .await;
    assert!(
        String::from_utf8(cut)
            .unwrap()
            .ends_with("\"truncated\":true,\"truncated_by\":\"bytes\"}\n")
    );
    let options = Options {
        shape: Shape::Objects,
        ..Options::default()
    };
    let objects = encode_with(Format::Json, options, columns, &rows, None).await;
    assert_eq!(
        String::from_utf8(objects).unwrap(),
        "[{\"a\":1,\"a_2\":\"x\"},{\"a\":2,\"a_2\":null}]\n"
    );
}

#[tokio::test]
async fn an_empty_result_is_complete_in_every_format() {
    let columns = || text_columns(&["a", "b"]);
    assert_eq!(encode(Format::Csv, columns(), &[]).await, "a,b\n");
    assert_eq!(encode(Format::Ndjson, columns(), &[]).await, "");
    assert!(values(&encode(Format::Json, columns(), &[]).await).is_empty());
    let xml = encode(Format::Xml, columns(), &[]).await;
    assert_eq!(
        xml,
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <dataclip title=\"Five &quot;first&quot; &lt;tables&gt; &amp; more&#10;\" version=\"3\" result=\"7\">\n\
         <fields><field name=\"a\" type=\"text\"/><field name=\"b\" type=\"text\"/></fields>\n<rows>\n</rows>\n</dataclip>\n"
    );
    assert!(
        sheet(columns(), &[])
            .await
            .contains("<autoFilter ref=\"A1:B1\"/>")
    );
}

#[tokio::test]
async fn ndjson_keeps_a_json_cell_on_its_line() {
    let columns = vec![column("a", 114, "json", None)];
    let rows = [vec![Some("{\r\n \"b\": \"c\\nd\",\n \"e\": 1.10}")]];
    let line = encode(Format::Ndjson, columns, &rows).await;
    assert_eq!(line, "{\"a\":{   \"b\": \"c\\nd\",  \"e\": 1.10}}\n");
}

#[tokio::test]
async fn a_workbook_says_what_it_holds_and_repeats_byte_for_byte() {
    let columns = vec![
        column("at", 1184, "timestamptz", None),
        column("b", 25, "text", None),
    ];
    let long = "😀".repeat(20_000);
    let rows = [
        vec![Some("2026-03-31 12:00:00.5+00"), Some(&*long)],
        vec![None, Some("a\u{1}\u{fffe}_x0041_")],
    ];
    let book = encode_with(
        Format::Xlsx,
        Options::default(),
        columns.clone(),
        &rows,
        Some(Cut::Rows),
    )
    .await;
    let again = encode_with(
        Format::Xlsx,
        Options::default(),
        columns,
        &rows,
        Some(Cut::Rows),
    )
    .await;
    assert!(book == again);
    let data = unzip(&book, DATA);
    assert!(
        data.contains("<t>at (UTC)</t>")
            && data.contains("topLeftCell=\"A2\"")
            && data.contains("state=\"frozen\"")
    );
    assert!(data.contains(&format!("<t>{}…</t>", "😀".repeat(16_383))));
    assert!(data.contains("a_x0001__xFFFE__</t></r><r>"));
    let strings = unzip(&book, "xl/sharedStrings.xml");
    for text in [
        "Title",
        "https://example.com/abc",
        "Truncated",
        "yes: the query",
        "Cells cut",
        "1, at the 32,767",
        "select 1",
    ] {
        assert!(strings.contains(text), "{text}");
    }
    assert!(unzip(&book, ABOUT).contains("<v>7</v>"));
    assert!(unzip(&book, "docProps/core.xml").contains("2026-03-31T12:00:01Z"));
}

#[tokio::test]
async fn a_workbook_says_how_many_numbers_are_text_or_shortened() {
    let without_scale = Column {
        type_modifier: Some(-1),
        ..column("average", 1700, "numeric", None)
    };
    let rows = [
        vec![Some("7.8333333333333333")],
        vec![Some("6.5")],
        vec![Some("12345678901234.56")],
        vec![Some("0.33333333333333333333")],
    ];
    let columns = vec![without_scale];
    let book = encode_with(Format::Xlsx, Options::default(), columns, &rows, None).await;
    let data = unzip(&book, DATA);
    for number in ["7.833333333333333", "6.5", "0.3333333333333333"] {
        assert!(data.contains(&format!("<v>{number}</v>")), "{data}");
    }
    assert!(data.contains("<t>12345678901234.56</t>"));
    let strings = unzip(&book, "xl/sharedStrings.xml");
    for text in [
        "Numbers as text",
        "1, since Excel",
        "Numbers shortened",
        "2, to the digits",
    ] {
        assert!(strings.contains(text), "{text}");
    }
    assert!(!strings.contains("Cells cut"));
}

#[tokio::test]
async fn a_line_break_of_the_query_is_one_on_the_about_sheet() {
    let caption = Caption {
        sql: Some("select 1,\r\n2".to_owned()),
        ..caption()
    };
    let book = workbook_of(caption).await;
    assert!(unzip(&book, "xl/sharedStrings.xml").contains("<t>select 1,\n2</t>"));
}

#[tokio::test]
async fn a_workbook_is_recognised_by_its_first_part() {
    let book = workbook_of(caption()).await;
    let archive = zip::ZipArchive::new(io::Cursor::new(book)).unwrap();
    let names: Vec<String> = archive
        .file_names()
        .map(|name| name.unwrap().into_owned())
        .collect();
    assert_eq!(names[0], "[Content_Types].xml");
    let sheets = names.iter().filter(|name| name.as_str() == DATA).count();
    assert_eq!(sheets, 1, "{names:?}");
}

/// Of a column with one row.
async fn workbook_of(caption: Caption) -> Vec<u8> {
    let cells = [vec![Some("x")]];
    let bytes = encode_captioned(
        Format::Xlsx,
        Options::default(),
        caption,
        text_columns(&["a"]),
        &cells,
        None,
    );
    bytes.await
}
