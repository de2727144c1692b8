//! Names that no two columns share: a file's columns are found by name, and by some readers without regard to case.

use std::collections::{HashMap, HashSet};

use crate::result::Column;

/// A repeated name becomes `name_2`, `name_3`, …, skipping those that are taken; an empty one `column_1`, by its place.
pub(super) fn unique(columns: &[Column]) -> Vec<String> {
    let names: Vec<String> = (1..)
        .zip(columns)
        .map(|(place, column)| match column.name.as_str() {
            "" => format!("column_{place}"),
            name => name.to_owned(),
        })
        .collect();
    let mut taken: HashSet<String> = names.iter().map(|name| name.to_lowercase()).collect();
    // For each name, the number to try first for its next column.
    let mut next: HashMap<String, u32> = HashMap::new();
    let number = |name: String| {
        let next = next.entry(name.to_lowercase()).or_insert(1);
        let mut unique = name.clone();
        while *next > 1 && !taken.insert(unique.to_lowercase()) {
            unique = format!("{name}_{next}");
            *next += 1;
        }
        *next = (*next).max(2);
        unique
    };
    names.into_iter().map(number).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_differ_by_more_than_their_case() {
        for (names, expected) in [
            (vec!["a", "B"], vec!["a", "B"]),
            (vec!["a", "A", "a"], vec!["a", "A_2", "a_3"]),
            (vec!["a", "A", "A_2"], vec!["a", "A_3", "A_2"]),
            (vec!["", "x", ""], vec!["column_1", "x", "column_3"]),
            (vec!["COLUMN_2", ""], vec!["COLUMN_2", "column_2_2"]),
            (vec!["Ä", "ä"], vec!["Ä", "ä_2"]),
        ] {
            let columns: Vec<_> = names
                .iter()
                .map(|name| Column {
                    name: (*name).to_owned(),
                    ..Column::default()
                })
                .collect();
            assert_eq!(unique(&columns), expected);
        }
    }
}
