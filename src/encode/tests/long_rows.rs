//! A row that spans pages is encoded to the same bytes, in every format, as one that lies on a single page.

#![expect(clippy::disallowed_methods, reason = "no viewer looks at these rows")]

use super::*;

/// A sequence of numbers that is the same each time.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (self.0 >> 33) as usize % bound
    }

    fn one_of<'a>(&mut self, texts: &[&'a str]) -> &'a str {
        texts[self.below(texts.len())]
    }

    fn some_of(&mut self, texts: &[&str], count_max: usize) -> String {
        let count = self.below(count_max);
        (0..count).map(|_| self.one_of(texts)).collect()
    }

    fn text(&mut self) -> String {
        let texts = [
            "a", "é", "😀", "\"", ",", "\t", "\n", "\r", "\\", "\\.", "=", "&", "<", ">", "]]>",
            "_", "|", "\u{1}", "\u{ffff}", "\u{fffe}", "t", "_x0041_", " ",
        ];
        self.some_of(&texts, 20)
    }

    fn json(&mut self) -> String {
        let tokens = [
            "1.50",
            "[1,\r\n 2]",
            "{\"a\" :\n\"\\n\\u0001\"}",
            "null",
            r#""\ud800""#,
            r#""\ud800\ud83d\uDE00\\ud800\udfff\ud83dx""#,
        ];
        let count = self.below(8);
        let values: Vec<&str> = (0..count).map(|_| self.one_of(&tokens)).collect();
        format!("[{}]", values.join(",\n"))
    }

    /// A line, or not quite.
    fn geometry(&mut self) -> String {
        let count = self.below(4);
        let positions = "000000000000F03F9A9999999999F1BF".repeat(count);
        let end = self.one_of(&["", "", "", "0"]);
        format!("0102000020110F00000{count}000000{positions}{end}")
    }

    /// An `hstore`, or not quite.
    fn pairs(&mut self) -> String {
        let pairs = [
            r#""a"=>"1""#,
            r#""b"=>NULL"#,
            r#""é\"😀\\"=>"=>\\, ""#,
            "\"\u{1}\"=>\"\n\"",
        ];
        let count = self.below(6);
        let pairs: Vec<&str> = (0..count).map(|_| self.one_of(&pairs)).collect();
        pairs.join(", ") + self.one_of(&["", "", "", ","])
    }

    fn array(&mut self, elements: &[&str]) -> String {
        let elements: Vec<String> = (0..self.below(9))
            .map(|_| match self.below(6) {
                0 => "NULL".to_owned(),
                1 => "{}".to_owned(),
                _ => self.one_of(elements).to_owned(),
            })
            .collect();
        let literal = format!("{{{}}}", elements.join(","));
        match self.below(8) {
            0 => format!("[-1:{}]={literal}", elements.len()),
            1 => literal + "}",
            2 => format!("{{{literal},{literal}}}"),
            _ => literal,
        }
    }
}

fn typed_columns() -> Vec<Column> {
    vec![
        column("text", 25, "text", None),
        column("json", 114, "json", None),
        column("texts", 1009, "_text", Some(25)),
        column("jsons", 199, "_json", Some(114)),
        column("integers", 1007, "_int4", Some(23)),
        column("boolean", 16, "bool", None),
        column("number", 1700, "numeric", None),
        column("at", 1184, "timestamptz", None),
        column("more text", 25, "text", None),
        column("geometry", 17_000, "geometry", None),
        column("pairs", 17_001, "hstore", None),
    ]
}

/// Values of types that are recognised by their form are no longer than a part: none is longer than a mebibyte.
fn random_row(numbers: &mut Numbers, part_bytes: usize) -> Vec<Option<String>> {
    let fits = |text: &str| if text.len() > part_bytes { "x" } else { text }.to_owned();
    let texts = [
        "a",
        "NULLx",
        "null",
        "\"NULL\"",
        "\"a,\\\"b\\\\\"",
        "\"{é}\n😀\"",
        "\"\"",
        "été",
    ];
    let jsons = ["\"{\\\"a\\\":\n1.50}\"", "\"[1,\r\n2]\"", "1"];
    let mut row = vec![
        numbers.text(),
        numbers.json(),
        numbers.array(&texts),
        numbers.array(&jsons),
        numbers.array(&["1", "-3", "NaN", "1.50"]),
        fits(numbers.one_of(&["t", "f", "true"])),
        fits(numbers.one_of(&["1", "-12.50", "0.30000000000000004", "NaN"])),
        fits(numbers.one_of(&["2026-03-31 12:00:00.5+00", "infinity"])),
        numbers.text(),
        numbers.geometry(),
        numbers.pairs(),
    ];
    let mut cells: Vec<Option<String>> = row.drain(..).map(Some).collect();
    for cell in &mut cells {
        if numbers.below(6) == 0 {
            *cell = None;
        }
    }
    cells
}

fn result(columns: Vec<Column>, cells: &[Cells<'_>], part_bytes: usize) -> (Rows, Summary) {
    let (writer, rows) = Rows::with_parts(columns, &Memory::new(64 << 20), part_bytes);
    let summary = write(writer, cells, None);
    (rows, summary)
}

/// The bytes; where the format does not take the rows, why.
async fn encoded(rows: &Rows, format: Format, options: Options, summary: &Summary) -> Vec<u8> {
    let memory = Memory::new(64 << 20);
    let ending = ready(Ok::<_, io::Error>(summary.clone()));
    let (rows, coding) = (rows.clone(), Coding::Identity);
    let produced = produce(rows, format, options, caption(), coding, ending, &memory);
    let (spool, _) = match produced.await {
        Err(Failure::Unfit(sentence)) => return sentence.into_bytes(),
        produced => produced.unwrap(),
    };
    let pieces = spool.pieces(0..spool.bytes());
    pieces.flat_map(|piece| piece.unwrap()).collect()
}

pub(super) async fn is_the_same_in_every_format(
    columns: Vec<Column>,
    cells: &[Cells<'_>],
    part_bytes: usize,
) {
    let (whole, summary) = result(columns.clone(), cells, usize::MAX);
    let (spread, _) = result(columns, cells, part_bytes);
    let with = |shape, bom| Options {
        shape,
        bom,
        guard: bom,
        quotes: if bom { Quotes::All } else { Quotes::Needed },
        ..Options::default()
    };
    let objects = (Format::Json, with(Shape::Objects, false));
    let guarded = (Format::Csv, with(Shape::Table, true));
    let plain = Format::ALL.into_iter().chain([Format::Html]);
    let plain = plain.filter(|format| *format != Format::Sql);
    let plain = plain.map(|format| (format, Options::default()));
    for (format, options) in plain.chain([objects, guarded]) {
        let expected = encoded(&whole, format, options.clone(), &summary).await;
        let bytes = encoded(&spread, format, options, &summary).await;
        assert!(
            bytes == expected,
            "{format:?} in parts of {part_bytes}:\n{}\n{}",
            String::from_utf8_lossy(&bytes),
            String::from_utf8_lossy(&expected)
        );
    }
    let indexes: Vec<usize> = (0..=whole.columns().len()).collect();
    let memory = Memory::new(64 << 20);
    let read = async |rows: &Rows| {
        let spools = write_columns(rows, &indexes, &memory).await.unwrap();
        let pieces = spools
            .iter()
            .flat_map(|spool| spool.pieces(0..spool.bytes()));
        pieces.flat_map(|piece| piece.unwrap()).collect::<Vec<u8>>()
    };
    assert!(read(&spread).await == read(&whole).await);
}

#[tokio::test]
async fn rows_in_tiny_parts_are_encoded_like_whole_ones() {
    let mut numbers = Numbers(7);
    for round in 0..40 {
        let part_bytes = [7, 8, 24, 60][round % 4];
        let count = 1 + numbers.below(6);
        let rows: Vec<_> = (0..count)
            .map(|_| random_row(&mut numbers, part_bytes))
            .collect();
        let cells: Vec<Cells<'_>> = rows
            .iter()
            .map(|row| row.iter().map(Option::as_deref).collect())
            .collect();
        is_the_same_in_every_format(typed_columns(), &cells, part_bytes).await;
    }
    let lone: Vec<Cells<'_>> = vec![vec![Some("\\.")], vec![Some("\\.12345678")], vec![None]];
    is_the_same_in_every_format(text_columns(&["a"]), &lone, 7).await;
}

#[tokio::test]
async fn long_cells_are_encoded_like_those_on_one_page() {
    let text = "a\u{1}é&\"<\u{ffff}😀,\n".repeat(70_000);
    let json = format!("[\"{}\",\n1]", "😀x".repeat(220_000));
    let elements = "\"a,\\\"b\\\\\u{1}😀\",NULL,".repeat(25_000);
    let texts = format!("{{{elements}\"{}\"}}", "é\\\"\n".repeat(150_000));
    let jsons = format!("{{\"[1,\n2]\",\"\\\"{}\\\"\"}}", "x".repeat(1_100_000));
    let integers = format!("{{1{}}}", ",-12".repeat(270_000));
    let is_no_array = integers.clone() + "}";
    let line = "000000000000F03F9A9999999999F1BF".repeat(0x10000);
    let line = format!("010200000000000100{line}");
    let pairs = format!("\"é\\\"\"=>\"{}\", \"b\"=>NULL", "x\\\"😀".repeat(250_000));
    let mut no_array = vec![None; 11];
    (no_array[9], no_array[10]) = (Some(line.clone() + "0"), Some(pairs.clone() + "x"));
    no_array[4] = Some(is_no_array);
    let mut row = [text, json, texts, jsons, integers].map(Some).to_vec();
    row.extend([None, Some("1".to_owned()), None, Some("x".to_owned())]);
    row.extend([Some(line), Some(pairs)]);
    let rows = [row, no_array];
    let rows: Vec<Cells<'_>> = rows
        .iter()
        .map(|row| row.iter().map(Option::as_deref).collect())
        .collect();
    is_the_same_in_every_format(typed_columns(), &rows, 1 << 20).await;
}
