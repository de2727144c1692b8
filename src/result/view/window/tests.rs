//! Windows over a result, at their edges and page boundaries.

#![expect(clippy::disallowed_methods, reason = "no viewer looks at these rows")]

use super::*;
use crate::result::{Column, Direction, Memory, Writer};

/// Four texts of this length fill a page.
const QUARTER: usize = 64 << 10;

fn column(type_oid: u32) -> Column {
    Column {
        name: "a".to_owned(),
        type_oid,
        type_name: String::new(),
        element_oid: None,
        type_modifier: None,
    }
}

fn text_columns(count: usize) -> Vec<Column> {
    vec![column(25); count]
}

fn result(columns: Vec<Column>, cells: &[&[Option<&str>]]) -> Rows {
    let (mut writer, rows) = Rows::new(columns, &Memory::new(1 << 20));
    for row in cells {
        writer.append(row.iter().copied()).unwrap();
    }
    writer.finish(None).unwrap();
    rows
}

/// One column with the numbers from 0, four of them on a page.
fn numbered(count: usize) -> Rows {
    let (mut writer, rows) = Rows::new(text_columns(1), &Memory::new(1 << 20));
    for number in 0..count {
        append(&mut writer, &format!("{}{number}", "0".repeat(QUARTER)));
    }
    writer.finish(None).unwrap();
    assert_eq!(rows.page_ends().len(), count.div_ceil(4));
    rows
}

fn append(writer: &mut Writer, text: &str) {
    writer.append([Some(text)].into_iter()).unwrap();
}

fn view(offset: u64, limit: usize) -> View {
    View {
        offset,
        limit,
        ..View::default()
    }
}

fn filtered(filter: &str, offset: u64, limit: usize) -> View {
    View {
        filter: Some(filter.to_owned()),
        ..view(offset, limit)
    }
}

fn sorted(column: usize, direction: Direction, offset: u64, limit: usize) -> View {
    View {
        sort: Some(Sort { column, direction }),
        ..view(offset, limit)
    }
}

/// The second column of a window that is sorted by the first.
async fn second(rows: &Rows, view: &View) -> Vec<String> {
    let window = rows.window(view).await.unwrap();
    let second = window.rows.into_iter().map(|mut row| row.remove(1));
    second.map(Option::unwrap).collect()
}

/// The numbers that [`numbered`] wrote, and how many match.
async fn numbers(rows: &Rows, view: &View) -> (Vec<usize>, u64) {
    let window = rows.window(view).await.unwrap();
    let numbers = window
        .rows
        .iter()
        .map(|row| row[0].as_ref().unwrap().parse().unwrap());
    (numbers.collect(), window.matching)
}

#[tokio::test]
async fn a_cell_is_cut_between_characters() {
    let rows = result(
        text_columns(2),
        &[&[Some("größe"), None], &[Some("ö"), Some("")]],
    );
    let view = View {
        cell_characters_max: Some(3),
        ..view(0, 9)
    };
    let window = rows.window(&view).await.unwrap();
    let text = |text: &str| Some(text.to_owned());
    assert_eq!(window.rows, [[text("grö"), None], [text("ö"), text("")]]);
}

#[tokio::test]
async fn a_window_shows_the_rows_from_its_offset_to_its_limit() {
    for count in [0, 1, 3, 4, 5, 8, 11] {
        let rows = numbered(count);
        for offset in 0..=count + 2 {
            for limit in [0, 1, 3, 4, 5, 100, usize::MAX] {
                let expected: Vec<usize> = (0..count).skip(offset).take(limit).collect();
                let shown = numbers(&rows, &view(offset as u64, limit)).await;
                assert_eq!(shown, (expected, count as u64), "{count} {offset} {limit}");
            }
        }
        let beyond = numbers(&rows, &view(u64::MAX, 10)).await;
        assert_eq!(beyond, (vec![], count as u64));
    }
}

#[tokio::test]
async fn a_window_holds_fewer_rows_where_they_are_long() {
    let rows = numbered(10);
    for (bytes_max, count) in [(1, 0), (3 * QUARTER, 2), (4 * QUARTER, 3), (usize::MAX, 9)] {
        for view in [view(1, 100), sorted(0, Direction::Ascending, 1, 100)] {
            let view = View {
                bytes_max: Some(bytes_max),
                ..view
            };
            let (numbers, matching) = numbers(&rows, &view).await;
            assert_eq!((numbers, matching), ((1..=count).collect(), 10));
        }
    }
    let empty = result(text_columns(1), &[]);
    let view = View {
        bytes_max: Some(1),
        ..view(0, 100)
    };
    assert_eq!(numbers(&empty, &view).await, (vec![], 0));
}

#[tokio::test]
async fn a_filter_leaves_the_rows_that_contain_its_text_on_whatever_page() {
    let rows = numbered(23);
    assert_eq!(
        numbers(&rows, &filtered("2", 0, 100)).await,
        (vec![2, 12, 20, 21, 22], 5)
    );
    assert_eq!(numbers(&rows, &filtered("2", 3, 1)).await, (vec![21], 5));
    assert_eq!(numbers(&rows, &filtered("2", 5, 1)).await, (vec![], 5));
    assert_eq!(numbers(&rows, &filtered("2", 0, 0)).await, (vec![], 5));
    assert_eq!(numbers(&rows, &filtered("x", 0, 9)).await, (vec![], 0));
    assert_eq!(numbers(&rows, &filtered("", 22, 9)).await, (vec![22], 23));
}

#[tokio::test]
async fn a_filter_finds_what_people_see_in_a_cell() {
    let columns = vec![column(25), column(16), column(25)];
    let rows = result(
        columns,
        &[
            &[Some("Say \"hi\", it's 100%"), Some("t"), None],
            &[Some("ÄRGER 😀 fun"), Some("f"), Some("")],
            &[Some("a"), None, Some("b\\c_d\te\nf")],
            &[None, None, None],
        ],
    );
    for (text, expected) in [
        ("\"HI\"", &[0][..]),
        ("it's", &[0]),
        ("100%", &[0]),
        ("%", &[0]),
        ("ärger", &[1]),
        ("😀", &[1]),
        ("😀 FUN", &[1]),
        ("True", &[0]),
        ("false", &[1]),
        ("f", &[1, 2]),
        ("\\", &[2]),
        ("_", &[2]),
        ("\n", &[2]),
        ("e\nf", &[2]),
        // Never across two cells, and NULL is not text.
        ("ab", &[]),
        ("null", &[]),
        ("", &[0, 1, 2, 3]),
    ] {
        let window = rows.window(&filtered(text, 0, 10)).await.unwrap();
        let all = rows.window(&view(0, 10)).await.unwrap().rows;
        let expected: Vec<_> = expected.iter().map(|index| all[*index].clone()).collect();
        assert_eq!(window.matching, expected.len() as u64, "{text}");
        assert_eq!(window.rows, expected, "{text}");
    }
}

#[tokio::test]
async fn nulls_are_last_and_equal_rows_keep_their_order_whichever_way_a_result_is_sorted() {
    let rows = result(
        vec![column(23), column(25)],
        &[
            &[Some("10"), Some("a")],
            &[None, Some("b")],
            &[Some("9"), Some("c")],
            &[Some("10"), Some("d")],
            &[None, Some("e")],
            &[Some("-1"), Some("f")],
            &[Some("9"), Some("g")],
        ],
    );
    let ascending = sorted(0, Direction::Ascending, 0, 10);
    assert_eq!(second(&rows, &ascending).await.concat(), "fcgadbe");
    let descending = sorted(0, Direction::Descending, 0, 10);
    assert_eq!(second(&rows, &descending).await.concat(), "adcgfbe");
    let beyond = sorted(2, Direction::Descending, 0, 10);
    assert_eq!(second(&rows, &beyond).await.concat(), "abcdefg");
}

#[tokio::test]
async fn a_sorted_window_is_a_part_of_the_whole_sorted_result_on_whatever_pages() {
    let (mut writer, rows) = Rows::new(text_columns(2), &Memory::new(1 << 20));
    let padding = "x".repeat(QUARTER);
    for number in 0..23 {
        // 7 and 23 share no factor: every remainder comes once, far from its neighbours.
        let key = format!("{:02}", number * 7 % 23);
        let cells = [Some(&key[..]), Some(&padding[..])];
        writer.append(cells.into_iter()).unwrap();
    }
    writer.finish(None).unwrap();
    assert_eq!(rows.page_ends().len(), 6);

    for offset in 0..25 {
        for limit in [0, 1, 4, 9, 100] {
            let upwards = sorted(0, Direction::Ascending, offset, limit);
            let expected: Vec<usize> = (0..23).skip(offset as usize).take(limit).collect();
            assert_eq!(numbers(&rows, &upwards).await, (expected, 23));
            let downwards = sorted(0, Direction::Descending, offset, limit);
            let expected: Vec<usize> = (0..23).rev().skip(offset as usize).take(limit).collect();
            assert_eq!(numbers(&rows, &downwards).await, (expected, 23));
        }
    }
    let both = View {
        filter: Some("2".to_owned()),
        ..sorted(0, Direction::Descending, 1, 3)
    };
    assert_eq!(numbers(&rows, &both).await, (vec![21, 20, 12], 5));
}

#[tokio::test]
async fn an_empty_result_is_sorted_and_filtered_too() {
    let rows = result(text_columns(1), &[]);
    let view = View {
        filter: Some("a".to_owned()),
        ..sorted(0, Direction::Ascending, 0, 10)
    };
    let window = rows.window(&view).await.unwrap();
    assert_eq!((window.rows, window.matching), (vec![], 0));
}

#[tokio::test]
async fn nulls_and_empty_texts_stay_apart_in_a_window() {
    let rows = result(text_columns(2), &[&[None, Some("")]]);
    let window = rows.window(&view(0, 1)).await.unwrap();
    assert_eq!(window.rows, [[None, Some(String::new())]]);
}

#[tokio::test]
async fn a_result_without_columns_has_an_empty_window() {
    let rows = result(Vec::new(), &[&[], &[]]);
    for view in [view(0, 10), filtered("a", 0, 10)] {
        let window = rows.window(&view).await.unwrap();
        assert_eq!((window.rows, window.matching), (vec![], 0));
    }
}

#[tokio::test]
async fn a_window_waits_for_the_end_of_the_run_and_fails_with_it() {
    let (mut writer, rows) = Rows::new(text_columns(1), &Memory::new(1 << 20));
    append(&mut writer, "a");
    let all = view(0, 10);
    let mut waiting = Box::pin(rows.window(&all));
    assert!(futures_util::poll!(&mut waiting).is_pending());
    append(&mut writer, "b");
    writer.finish(None).unwrap();
    assert_eq!(waiting.await.unwrap().matching, 2);

    let (writer, rows) = Rows::new(text_columns(1), &Memory::new(1 << 20));
    drop(writer);
    assert!(rows.window(&all).await.is_err());
}
