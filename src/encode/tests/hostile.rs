//! Text that breaks careless encoders can be read back unchanged.

use super::*;

/// Cells that break careless encoders, and all concatenations of two of them.
pub(super) fn hostile_texts() -> Vec<String> {
    let seeds = [
        "",
        "\"",
        "\"\"",
        ",",
        "\t",
        "\n",
        "\r",
        "\r\n",
        "\\.",
        "\\",
        "\\N",
        "NULL",
        " ",
        " a ",
        "'",
        "😀",
        "é",
        "\u{1}",
        "\u{b}",
        "\u{1f}",
        "\u{7f}",
        "\u{85}",
        "\u{2028}",
        "\u{feff}",
        "\u{fffe}",
        "\u{ffff}",
        "]]>",
        "<!--",
        "&amp;",
        "<b>",
        "_x0041_",
        "=1",
        "-1",
        "{",
        "}",
        "{\"a\":1}",
        "null",
    ];
    seeds
        .iter()
        .flat_map(|left| seeds.iter().map(move |right| format!("{left}{right}")))
        .collect()
}

#[tokio::test]
async fn hostile_text_survives_csv_and_tsv() {
    let texts = hostile_texts();
    let rows: Vec<Cells<'_>> = texts
        .iter()
        .map(|text| vec![Some(&**text), None, Some("x")])
        .collect();
    for (format, delimiter) in [(Format::Csv, b','), (Format::Tsv, b'\t')] {
        let csv = encode(format, text_columns(&["a", "b\"", "c\n,\t"]), &rows).await;
        let mut reader = ::csv::ReaderBuilder::new()
            .delimiter(delimiter)
            .from_reader(csv.as_bytes());
        assert_eq!(reader.headers().unwrap(), vec!["a", "b\"", "c\n,\t"]);
        let records: Vec<::csv::StringRecord> = reader.records().map(Result::unwrap).collect();
        assert_eq!(records.len(), texts.len());
        for (record, text) in records.iter().zip(&texts) {
            assert_eq!(record, vec![text.as_str(), "", "x"]);
        }
    }
}

#[tokio::test]
async fn hostile_text_survives_json_ndjson_and_xml() {
    let texts = hostile_texts();
    let rows: Vec<Cells<'_>> = texts.iter().map(|text| vec![Some(&**text)]).collect();
    let json = encode(Format::Json, text_columns(&["a"]), &rows).await;
    let lines = encode(Format::Ndjson, text_columns(&["a"]), &rows).await;
    assert_eq!(lines.lines().count(), texts.len());
    let from_xml = xml_values(&encode(Format::Xml, text_columns(&["a"]), &rows).await);
    for (((value, line), from_xml), text) in values(&json)
        .iter()
        .zip(lines.lines())
        .zip(from_xml)
        .zip(&texts)
    {
        assert_eq!(
            &serde_json::from_str::<String>(value[0].get()).unwrap(),
            text
        );
        assert_eq!(
            serde_json::from_str::<serde_json::Value>(line).unwrap()["a"],
            text.as_str()
        );
        let unholdable = |character| {
            (character < ' ' && !"\t\r\n".contains(character))
                || "\u{fffe}\u{ffff}".contains(character)
        };
        assert_eq!(from_xml.unwrap(), text.replace(unholdable, "\u{fffd}"));
    }
}
