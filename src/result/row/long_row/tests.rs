//! Rows that span pages are read as those that do not.

#![expect(clippy::disallowed_methods, reason = "no viewer looks at these rows")]

use crate::result::{Column, Direction, KeptPage, Memory, Rows, Sort, View, Window};

const MIB: usize = 1 << 20;

type Cells = Vec<Option<String>>;

fn columns(count: usize) -> Vec<Column> {
    let column = Column {
        name: "a".to_owned(),
        type_oid: 25,
        type_name: "text".to_owned(),
        element_oid: None,
        type_modifier: None,
    };
    vec![column; count]
}

fn result(rows: &[Cells], part_bytes: usize) -> Rows {
    let columns = columns(rows[0].len());
    let (mut writer, result) = Rows::with_parts(columns, &Memory::new(64 << 20), part_bytes);
    for row in rows {
        let cells = row.iter().map(Option::as_deref);
        writer.append(cells).unwrap();
    }
    writer.finish(None).unwrap();
    result
}

fn kept(rows: &Rows) -> Vec<KeptPage> {
    let pages = (0..).map(|index| rows.kept_page(index).unwrap());
    pages.map_while(|page| page).collect()
}

/// As read back from the store, but with parts of the same size.
fn restored(rows: &Rows) -> Rows {
    let columns = rows.columns().to_vec();
    let mut restoring = Rows::restore(columns, &Memory::new(64 << 20));
    for page in kept(rows) {
        restoring.append(page).unwrap();
    }
    let mut restored = restoring.finish();
    restored.part_bytes = rows.part_bytes;
    restored
}

fn all() -> View {
    View {
        limit: usize::MAX,
        ..View::default()
    }
}

async fn window(rows: &Rows, view: &View) -> Window {
    rows.window(view).await.unwrap()
}

/// A sequence of numbers that is the same each time.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, bound: u64) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        ((self.0 >> 33) % bound) as usize
    }

    fn cell(&mut self) -> Option<String> {
        let alphabet = ['a', 'B', '1', 'é', '€', '😀', '"', ' '];
        let length = match self.below(5) {
            0 => return None,
            1 => 0,
            2 => self.below(4),
            _ => self.below(30),
        };
        let characters = (0..length).map(|_| alphabet[self.below(8)]);
        Some(characters.collect())
    }
}

#[tokio::test]
async fn long_cells_among_ordinary_ones_are_read_back_whatever_their_size() {
    let text = |bytes: usize| {
        let text: String = "0123456789é€😀".chars().cycle().take(bytes / 2).collect();
        let text = text[..text.floor_char_boundary(bytes)].to_owned();
        Some(text.clone() + &"x".repeat(bytes - text.len()))
    };
    let mut rows = vec![vec![text(3), None, text(0)]];
    for bytes in [0, MIB - 1, MIB, MIB + 1, 5 * MIB] {
        for row in [
            [text(bytes), None, text(0)],
            [None, text(bytes), text(1)],
            [text(0), text(1), text(bytes)],
            [text(bytes), text(bytes), text(0)],
        ] {
            rows.push(row.to_vec());
        }
        rows.push(vec![text(10), text(0), None]);
    }
    let spread = result(&rows, MIB);
    for page in kept(&spread) {
        let bytes = zstd::decode_all(&*page.bytes).unwrap();
        assert!(bytes.len() <= MIB + (256 << 10));
    }
    assert!(window(&spread, &all()).await.rows == rows);
    assert!(window(&restored(&spread), &all()).await.rows == rows);
    spread.compress().await.unwrap();
    for (number, row) in rows.iter().enumerate() {
        let view = View {
            offset: number as u64,
            limit: 1,
            ..View::default()
        };
        assert!(window(&spread, &view).await.rows == [row.clone()]);
    }
}

#[tokio::test]
async fn a_wide_row_spans_pages_that_are_read_back() {
    let row: Cells = (0..1_600)
        .map(|index| Some(format!("{index}é").repeat(500)))
        .collect();
    let rows = [row.clone(), vec![None; 1_600], row];
    let spread = result(&rows, MIB);
    assert!(spread.page_ends().len() > 6);
    assert!(window(&spread, &all()).await.rows == rows);
    let view = View {
        column: Some(1_234),
        ..all()
    };
    let column: Vec<Cells> = rows.iter().map(|row| vec![row[1_234].clone()]).collect();
    assert!(window(&spread, &view).await.rows == column);
}

#[tokio::test]
async fn rows_in_tiny_parts_are_shown_sorted_filtered_and_cut_like_whole_ones() {
    let mut numbers = Numbers(1);
    for round in 0..60 {
        let width = 1 + numbers.below(4);
        let rows: Vec<Cells> = (0..1 + numbers.below(30))
            .map(|_| (0..width).map(|_| numbers.cell()).collect())
            .collect();
        let whole = result(&rows, usize::MAX);
        let spread = result(&rows, [7, 8, 13, 40][round % 4]);
        let restored = restored(&spread);
        let mut views = vec![all()];
        for filter in ["a", "b1", "É€", "😀\"", "1 a é"] {
            let filter = Some(filter.to_owned());
            views.push(View { filter, ..all() });
        }
        for column in 0..=width {
            for direction in [Direction::Ascending, Direction::Descending] {
                let sort = Some(Sort { column, direction });
                views.push(View { sort, ..all() });
            }
            let column = Some(column);
            views.push(View { column, ..all() });
        }
        for characters in [0, 1, 3, 11, 1_000] {
            views.push(View {
                cell_characters_max: Some(characters),
                bytes_max: Some(200),
                offset: 2,
                limit: 12,
                ..View::default()
            });
        }
        views.push(View {
            bytes_max: Some(300),
            ..all()
        });
        for view in views {
            let expected = window(&whole, &view).await;
            assert_eq!(window(&spread, &view).await, expected, "{view:?}");
            assert_eq!(window(&restored, &view).await, expected, "{view:?}");
        }
    }
}

#[tokio::test]
async fn a_long_row_has_the_same_checksum_however_it_arrives() {
    let text = "größe 😀".repeat(300_000);
    let sums = [1, 7, 1_000, 65_536, text.len()].map(|step| {
        let (mut writer, _) = Rows::new(columns(2), &Memory::new(64 << 20));
        writer.begin_row(text.len()).unwrap();
        writer.append_null();
        for part in text.as_bytes().chunks(step) {
            writer.append_part(part).unwrap();
        }
        writer.end_cell();
        writer.end_row().unwrap();
        writer.finish(None).unwrap()
    });
    assert_eq!(sums, [sums[0]; 5]);
}

#[test]
fn a_long_row_that_is_not_utf8_fails() {
    for bytes in [&b"\xff"[..], b"\xe2\x82", b"\x80", b"\xf0\x9f\x98"] {
        for before in [MIB - 2, MIB - 1, MIB, MIB + 1] {
            let (mut writer, _) = Rows::new(columns(2), &Memory::new(64 << 20));
            let appended = (|| {
                writer.begin_row(before + bytes.len() + MIB)?;
                writer.append_part(&vec![b'x'; before])?;
                writer.append_cell(bytes)?;
                writer.append_cell(&vec![b'x'; MIB])?;
                writer.end_row()
            })();
            assert!(appended.is_err(), "{bytes:?} after {before}");
        }
    }
}

/// Earlier versions wrote each row to one page, and frames without their length.
#[tokio::test]
async fn pages_of_earlier_versions_are_read_back() {
    let long = "é".repeat(2 * MIB);
    let page = |cells: &[Option<&str>], rows_end| {
        let (mut ends, mut text) = (Vec::new(), String::new());
        for cell in cells {
            text.push_str(cell.unwrap_or_default());
            let null = if cell.is_none() { 1 << 31 } else { 0 };
            ends.extend((text.len() as u32 | null).to_le_bytes());
        }
        let count = (cells.len() as u32).to_le_bytes();
        let bytes = [&count[..], &ends, text.as_bytes()].concat();
        KeptPage {
            bytes: zstd::encode_all(&bytes[..], 1).unwrap().into(),
            rows_end,
        }
    };
    let mut restoring = Rows::restore(columns(2), &Memory::new(64 << 20));
    let first = page(&[Some("a"), None, Some(&long), Some("")], 2);
    restoring.append(first).unwrap();
    restoring.append(page(&[None, Some("z")], 3)).unwrap();
    let text = |text: &str| Some(text.to_owned());
    let expected = [
        [text("a"), None],
        [text(&long), text("")],
        [None, text("z")],
    ];
    assert!(window(&restoring.finish(), &all()).await.rows == expected);
}
