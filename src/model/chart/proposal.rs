//! The chart that probably fits columns best, judging by their types.

use super::role::{Role, is_calendar, is_category, is_identifier};
use super::{ChartKind, ChartLook, Picture, Stacking};
use crate::result::Column;

/// Columns in a proposed chart.
const COLUMNS_PROPOSED: usize = 5;
/// With more bars, their labels would be unreadable.
const BARS_PROPOSED: u64 = 50;

impl Picture {
    /// `None` if no column holds numbers. `repeats` tells whether a column has a few values that come again and again.
    pub fn propose(columns: &[Column], rows: u64, repeats: impl Fn(usize) -> bool) -> Option<Self> {
        let numbers = all(columns, |column| Role::from_column(column) == Role::Number);
        let amounts = all(columns, |column| {
            Role::from_column(column) == Role::Number
                && !is_calendar(column)
                && !is_identifier(column)
        });
        let time = columns
            .iter()
            .position(|column| Role::from_column(column) == Role::Time || is_calendar(column));
        let category = columns.iter().position(is_category);
        if rows == 1 {
            let figures = if amounts.is_empty() { numbers } else { amounts };
            return picture(ChartKind::Figure, None, figures);
        }
        if time.is_some() && !amounts.is_empty() {
            // In the long form, each value of a column makes a series of its own.
            let series = all(columns, is_category)
                .into_iter()
                .find(|column| amounts.len() == 1 && repeats(*column));
            let line = picture(ChartKind::Line, time, amounts)?;
            return Some(Self { series, ..line });
        }
        match (category, &amounts[..]) {
            (Some(_), [first, second, ..]) if rows > BARS_PROPOSED => {
                picture(ChartKind::Scatter, Some(*first), vec![*second])
            }
            (Some(_), [_, ..]) => picture(ChartKind::Bar, category, amounts),
            (None, [first, second, ..]) => picture(ChartKind::Scatter, Some(*first), vec![*second]),
            (_, [] | [_]) => match numbers[..] {
                [first, second, ..] => picture(ChartKind::Scatter, Some(first), vec![second]),
                _ => picture(ChartKind::Line, None, numbers),
            },
        }
    }
}

fn all(columns: &[Column], matches: impl Fn(&Column) -> bool) -> Vec<usize> {
    let found = columns
        .iter()
        .enumerate()
        .filter(|(_, column)| matches(column));
    found.map(|(index, _)| index).collect()
}

fn picture(kind: ChartKind, x: Option<usize>, mut y: Vec<usize>) -> Option<Picture> {
    y.truncate(COLUMNS_PROPOSED);
    (!y.is_empty()).then_some(Picture {
        kind,
        x,
        y,
        series: None,
        stacking: Stacking::Apart,
        look: ChartLook::default(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `name type, …`
    fn columns(text: &str) -> Vec<Column> {
        let column = |text: &str| {
            let (name, type_name) = text.trim().split_once(' ').unwrap();
            let type_oid = match type_name {
                "bool" => 16,
                "int8" => 20,
                "int4" => 23,
                "text" => 25,
                "json" => 114,
                "float8" => 701,
                "money" => 790,
                "date" => 1082,
                "timestamptz" => 1184,
                "numeric" => 1700,
                "mood" => 90_000,
                other => panic!("{other}"),
            };
            Column {
                name: name.to_owned(),
                type_oid,
                type_name: type_name.to_owned(),
                element_oid: None,
                ..Column::default()
            }
        };
        text.split(',').map(column).collect()
    }

    /// `line 1: 2 3 by 4`, with columns by their numbers.
    fn proposed(text: &str, rows: u64, repeats: bool) -> String {
        let Some(picture) = Picture::propose(&columns(text), rows, |_| repeats) else {
            return "nothing".to_owned();
        };
        let x = picture.x.map_or(0, |x| x + 1);
        let y: Vec<String> = picture.y.iter().map(|y| (y + 1).to_string()).collect();
        let series = picture.series.map(|series| format!(" by {}", series + 1));
        let series = series.unwrap_or_default();
        format!("{} {x}: {}{series}", picture.kind.as_str(), y.join(" "))
    }

    #[test]
    fn the_types_of_the_columns_propose_the_picture() {
        for (text, rows, expected) in [
            ("day date, amount numeric", 10, "line 1: 2"),
            ("day date, price money", 10, "line 1: 2"),
            (
                "amount numeric, at timestamptz, cost float8",
                10,
                "line 2: 1 3",
            ),
            ("day date, region text, amount int8", 10, "line 1: 3 by 2"),
            ("day date, region text, a int8, b int8", 10, "line 1: 3 4"),
            ("year int4, amount numeric", 10, "line 1: 2"),
            ("order_month int4, amount numeric", 10, "line 1: 2"),
            ("region text, amount numeric", 10, "bar 1: 2"),
            ("amount numeric, active bool", 2, "bar 2: 1"),
            ("mood mood, a int4, b int4", 5, "bar 1: 2 3"),
            ("region text, amount numeric", 29_999, "bar 1: 2"),
            (
                "name text, height float8, weight float8",
                51,
                "scatter 2: 3",
            ),
            ("height float8, weight float8, age int4", 10, "scatter 1: 2"),
            ("id int4, amount numeric", 10, "scatter 1: 2"),
            ("id int4, name text, amount numeric", 10, "bar 2: 3"),
            ("count int8", 1, "figure 0: 1"),
            (
                "total text, amount numeric, cost numeric",
                1,
                "figure 0: 2 3",
            ),
            ("id int4", 1, "figure 0: 1"),
            ("amount float8", 10, "line 0: 1"),
            ("document json, amount float8", 10, "line 0: 2"),
            ("day date, amount numeric", 0, "line 1: 2"),
            (
                "a int4, b int4, c int4, d int4, e int4, f int4, day date",
                9,
                "line 7: 1 2 3 4 5",
            ),
            ("name text, active bool", 10, "nothing"),
            ("day date", 10, "nothing"),
        ] {
            assert_eq!(proposed(text, rows, true), expected, "{text}, {rows} rows");
        }
    }

    #[test]
    fn a_text_that_hardly_repeats_makes_no_series() {
        let note = "day date, note text, amount int8";
        assert_eq!(proposed(note, 10, false), "line 1: 3");
        assert_eq!(proposed(note, 10, true), "line 1: 3 by 2");
        let wider = "id int4, day date, region text, amount int8";
        assert_eq!(proposed(wider, 10, true), "line 2: 4 by 3");
    }

    #[test]
    fn what_is_proposed_can_be_chosen() {
        for text in ["day date, a int4", "a text, b int4, c int4", "a int4"] {
            for rows in [0, 1, 2, 1_000] {
                let columns = columns(text);
                let picture = Picture::propose(&columns, rows, |_| true).unwrap();
                assert_eq!(picture.clone().choose(&columns).unwrap(), picture);
            }
        }
    }
}
