//! The diff between two queries, side by side: changed lines, and the changed words in them.

use std::time::Duration;

use askama::Template;
use similar::{ChangeTag, DiffOp, TextDiff};

use crate::web::page::in_words::count;

/// Equal lines shown around a change.
const CONTEXT: usize = 3;
/// After this long, very long texts get a coarser diff.
const SEARCH_MAX: Duration = Duration::from_millis(500);

/// A part of a page.
#[derive(Template)]
#[template(path = "clip/query/diff.html")]
pub struct Diff {
    /// The names of the two texts.
    names: [String; 2],
    groups: Vec<Group>,
}

/// Changed lines, with the equal lines around them.
struct Group {
    /// How many equal lines before the group are left out.
    skipped: usize,
    rows: Vec<Row>,
}

/// A line of each text, or of one of them.
struct Row {
    old: Option<Line>,
    new: Option<Line>,
}

struct Line {
    /// From 1.
    number: usize,
    is_changed: bool,
    /// Each with whether it is among the changed words.
    pieces: Vec<(bool, String)>,
}

impl Diff {
    pub fn between(names: [String; 2], old: &str, new: &str) -> Self {
        let diff = TextDiff::configure()
            .timeout(SEARCH_MAX)
            .diff_lines(old, new);
        let mut groups = Vec::new();
        let mut covered = 0;
        for operations in diff.grouped_ops(CONTEXT) {
            let start = operations
                .first()
                .map_or(0, |first| first.old_range().start);
            let rows = operations
                .iter()
                .flat_map(|operation| rows(&diff, operation));
            groups.push(Group {
                skipped: start - covered,
                rows: rows.collect(),
            });
            covered = operations
                .last()
                .map_or(covered, |last| last.old_range().end);
        }
        Self { names, groups }
    }

    /// “16 unchanged lines”
    fn skipped(group: &Group) -> String {
        count(group.skipped as u64, "unchanged line")
    }

    fn is_empty(&self) -> bool {
        self.groups.is_empty()
    }
}

/// Removed lines stand beside the lines that replace them.
fn rows(diff: &TextDiff<'_, '_, str>, operation: &DiffOp) -> Vec<Row> {
    let (mut old, mut new) = (Vec::new(), Vec::new());
    for change in diff.iter_inline_changes(operation) {
        let line = |index: Option<usize>| Line {
            number: index.unwrap_or_default() + 1,
            is_changed: change.tag() != ChangeTag::Equal,
            pieces: pieces(change.values()),
        };
        match change.tag() {
            ChangeTag::Equal => {
                old.push(line(change.old_index()));
                new.push(line(change.new_index()));
            }
            ChangeTag::Delete => old.push(line(change.old_index())),
            ChangeTag::Insert => new.push(line(change.new_index())),
        }
    }
    let length = old.len().max(new.len());
    let (mut old, mut new) = (old.into_iter(), new.into_iter());
    let row = |_| Row {
        old: old.next(),
        new: new.next(),
    };
    (0..length).map(row).collect()
}

fn pieces(values: &[(bool, &str)]) -> Vec<(bool, String)> {
    let without_break = |text: &str| text.trim_end_matches(['\n', '\r']).to_owned();
    values
        .iter()
        .map(|(is_changed, text)| (*is_changed, without_break(text)))
        .filter(|(_, text)| !text.is_empty())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn between(old: &str, new: &str) -> Vec<Group> {
        let names = ["old".to_owned(), "new".to_owned()];
        Diff::between(names, old, new).groups
    }

    fn changed(line: &Option<Line>) -> Vec<&str> {
        let pieces = line.iter().flat_map(|line| &line.pieces);
        pieces
            .filter(|(is_changed, _)| *is_changed)
            .map(|(_, text)| text.as_str())
            .collect()
    }

    #[test]
    fn the_words_that_changed_are_marked_in_their_lines() {
        let groups = between(
            "select name\nfrom people\norder by name",
            "select name\nfrom clients\norder by name",
        );
        let [Group { skipped: 0, rows }] = &groups[..] else {
            panic!("one group");
        };
        assert_eq!(rows.len(), 3);
        assert_eq!(changed(&rows[1].old), ["people"]);
        assert_eq!(changed(&rows[1].new), ["clients"]);
    }

    #[test]
    fn lines_far_from_a_change_are_left_out() {
        let old: String = (1..=40).map(|line| format!("line {line}\n")).collect();
        let new = old.replace("line 20\n", "");
        let groups = between(&old, &new);
        assert_eq!(groups.len(), 1);
        assert_eq!(groups[0].skipped, 16);
        assert_eq!(groups[0].rows.len(), 7);
        assert!(groups[0].rows.iter().any(|row| row.new.is_none()));
    }

    #[test]
    fn equal_texts_do_not_differ() {
        assert!(between("select 1", "select 1").is_empty());
        assert!(between("", "").is_empty());
    }
}
