//! A table in GitHub's Markdown, for pasting: <https://github.github.com/gfm/#tables-extension->.
//!
//! Text stays text: whatever would be emphasis, code, a link, HTML or another cell is escaped. A web address, of which GitHub makes a
//! link, is read there without its escapes (<https://github.github.com/gfm/#autolinks-extension->), so it has none, and where it would
//! go on with the escapes of what follows, an empty comment ends it. What only looks like an address gets a backslash.
//!
//! `static/bundles/grid/copies.js` does the same for the cells that are copied from a page.

use std::io::{self, Write};

use super::Encoder;
use super::cell::value::{boolean_word, booleans, is_number};
use super::output::Output;
use crate::result::{Cell, Column, Row, Summary};

/// More would not be pasted anywhere.
const ROWS_MAX: u64 = 1_000;

#[derive(Default)]
pub(super) struct Markdown {
    booleans: Vec<bool>,
    rows: u64,
}

impl Encoder for Markdown {
    fn begin(&mut self, columns: &[Column], out: &mut Output) -> io::Result<()> {
        self.booleans = booleans(columns);
        for column in columns {
            write_cell(Cell::Text(&column.name), out)?;
        }
        out.write_all(b"|\n")?;
        for column in columns {
            let is_right = is_number(column);
            out.write_all(if is_right { b"| ---: " } else { b"| --- " })?;
        }
        out.write_all(b"|\n")
    }

    fn row(&mut self, row: Row<'_>, out: &mut Output) -> io::Result<()> {
        self.rows += 1;
        if self.rows > ROWS_MAX {
            return Ok(());
        }
        row.cells(|index, cell| match cell {
            Cell::Text(text) if self.booleans[index] => {
                write_cell(Cell::Text(boolean_word(text)), out)
            }
            cell => write_cell(cell, out),
        })?;
        out.write_all(b"|\n")
    }

    /// An empty line ends the table.
    fn finish(&mut self, summary: &Summary, out: &mut Output) -> io::Result<()> {
        let shown = self.rows.min(ROWS_MAX);
        match (shown < self.rows, summary.truncated.is_some()) {
            (false, false) => Ok(()),
            (true, false) => writeln!(out, "\nThe first {shown} of {} rows.", self.rows),
            (true, true) => writeln!(
                out,
                "\nThe first {shown} of {} rows, and the query returns more.",
                self.rows
            ),
            (false, true) => writeln!(
                out,
                "\nThe query returns more rows. Only the first {shown} are here."
            ),
        }
    }
}

/// `| text `; NULL is empty.
fn write_cell(cell: Cell<'_>, out: &mut Output) -> io::Result<()> {
    out.write_all(b"| ")?;
    if matches!(cell, Cell::Null) {
        return Ok(());
    }
    let mut escaped = Escaped::default();
    out.write_pieces(cell, |piece, out| {
        piece
            .chars()
            .for_each(|character| escaped.push(character, out));
        Ok(())
    })?;
    escaped.finish(out.buffer());
    out.write_all(b" ")
}

/// Escapes a text, one character at a time. How some are written depends on the next one.
#[derive(Default)]
struct Escaped {
    /// The one before what is held.
    before: Option<char>,
    held: Option<char>,
    /// The last characters outside addresses, with which one may begin.
    recent: String,
    /// The last character of an address' beginning, and the host so far, which decides whether GitHub makes a link of it.
    start: Option<String>,
    is_within_address: bool,
    tail: Tail,
}

/// The end of a web address as read so far, which belongs to it only if more of the address follows: punctuation, and entities such
/// as `&copy;`.
#[derive(Default)]
struct Tail {
    text: String,
    /// How many letters its last entity has so far; `None` outside one.
    letters: Option<usize>,
}

/// The longest entity is `CounterClockwiseContourIntegral`.
const ENTITY_LETTERS_MAX: usize = 32;
/// A longer one counts as part of the address.
const TAIL_BYTES_MAX: usize = 1_000;
const TRAILING: &str = "?!.,:*_~'\");";
const EMPTY_COMMENT: &[u8] = b"<!-- -->";

impl Tail {
    /// Takes the character if it continues the tail.
    fn takes(&mut self, character: char) -> bool {
        let takes = match self.letters {
            _ if self.text.len() >= TAIL_BYTES_MAX => false,
            Some(letters @ 0..ENTITY_LETTERS_MAX) if character.is_ascii_alphabetic() => {
                self.letters = Some(letters + 1);
                true
            }
            Some(1..) if character == ';' => {
                self.letters = None;
                true
            }
            Some(_) => false,
            None if character == '&' => {
                self.letters = Some(0);
                true
            }
            None => TRAILING.contains(character),
        };
        if takes {
            self.text.push(character);
        }
        takes
    }

    /// Writes it as a part of the address, in which it means nothing.
    fn write_within(&mut self, out: &mut Vec<u8>) {
        out.extend_from_slice(self.text.as_bytes());
        *self = Self::default();
    }

    /// Writes it after the end of the address. `goes_on`: GitHub would read what follows as a part of the address.
    fn write_behind(&mut self, goes_on: bool, out: &mut Vec<u8>) {
        let is_part = self.letters.is_some();
        let has_meaning = !is_part && self.text.contains(['&', '*', '_', '~']);
        if is_part || !(goes_on || has_meaning) {
            self.write_within(out);
        }
        if goes_on || has_meaning {
            out.extend_from_slice(EMPTY_COMMENT);
        }
        for character in self.text.chars() {
            match character {
                '&' => out.extend_from_slice(b"&amp;"),
                '*' | '_' | '~' => out.extend_from_slice(&[b'\\', character as u8]),
                other => write_character(other, out),
            }
        }
        *self = Self::default();
    }
}

/// How a web address begins for GitHub, in small letters or capitals.
const SCHEMES: [&str; 3] = ["http://", "https://", "ftp://"];
const WWW: &str = "www.";
/// The longest beginning, and what is before it.
const RECENT_MAX: usize = 9;
/// No host name is longer.
const HOST_BYTES_MAX: usize = 253;

/// Whether a web address begins, of which this is the end of the beginning.
fn is_beginning(recent: &str) -> bool {
    if let Some(before) = recent.strip_suffix(WWW) {
        return before.is_empty() || before.ends_with([' ', '\t', '*', '_', '~', '(']);
    }
    let recent = recent.to_ascii_lowercase();
    let mut before_scheme = SCHEMES
        .iter()
        .filter_map(|scheme| recent.strip_suffix(scheme));
    before_scheme.any(|before| !before.ends_with(|last: char| last.is_ascii_alphabetic()))
}

/// What GitHub reads as a part of a host whose labels it looks at.
fn is_host(character: char) -> bool {
    let is_control = character.is_ascii_control() && !character.is_ascii_whitespace();
    is_control || character.is_ascii_alphanumeric() || matches!(character, '-' | '_' | '.')
}

/// GitHub makes no link of a host with `_` in one of its last two labels, and overlooks a dot that ends the text.
fn is_linked(host: &str) -> bool {
    let host = host.strip_suffix('.').unwrap_or(host);
    !host.rsplit('.').take(2).any(|label| label.contains('_'))
}

impl Escaped {
    fn push(&mut self, character: char, out: &mut Vec<u8>) {
        while let Some(start) = &mut self.start {
            let is_first = start == "/";
            let belongs = match is_first {
                true => character.is_ascii_alphanumeric(),
                false => is_host(character),
            };
            if belongs && start.len() <= HOST_BYTES_MAX {
                start.push(character);
                return;
            }
            self.decide(Some(character), out);
        }
        if self.is_within_address {
            // A backslash ends it, too: unescaped, it would free a `|` after it.
            if !(is_space(character) || matches!(character, '<' | '\\')) {
                return self.push_within_address(character, out);
            }
            self.is_within_address = false;
            self.tail.write_behind(!is_space(character), out);
        }
        // GitHub drops what indents a cell.
        let is_indent = self.recent.is_empty() && matches!(character, '\t' | '\x0b' | '\x0c' | ' ');
        if !is_indent {
            self.recent.push(character);
        }
        if self.recent.chars().count() > RECENT_MAX {
            self.recent.remove(0);
        }
        match matches!(character, '/' | '.') && is_beginning(&self.recent) {
            true => self.start = Some(character.into()),
            false => self.write(character, out),
        }
    }

    /// Writes what was held, now that the host has ended. If GitHub makes no link of it, a backslash makes sure of that: its rules are
    /// not the same at the end of a text, and of other hosts, such as emoji, we do not know.
    fn decide(&mut self, next: Option<char>, out: &mut Vec<u8>) {
        let Some(start) = self.start.take() else {
            return;
        };
        let (last, host) = start.split_at(1);
        let first = host.chars().next().or(next);
        let may_begin = last == "." || first.is_some_and(char::is_alphanumeric);
        let is_whole = host.len() < HOST_BYTES_MAX || !next.is_some_and(is_host);
        if may_begin && is_whole && is_linked(host) {
            self.is_within_address = true;
            for character in start.chars() {
                self.push_within_address(character, out);
            }
            return;
        }
        let is_text = |first: char| first.is_ascii_punctuation() || first.is_ascii_whitespace();
        if may_begin || !first.is_none_or(is_text) {
            out.push(b'\\');
        }
        self.before = last.chars().next();
        out.extend_from_slice(last.as_bytes());
        host.chars().for_each(|character| self.push(character, out));
    }

    /// Writes a character that is no part of an address.
    fn write(&mut self, character: char, out: &mut Vec<u8>) {
        if self.release(Some(character), out) {
            return;
        }
        match character {
            '_' | '&' | '\r' => {
                self.held = Some(character);
                return;
            }
            '\n' => out.extend_from_slice(b"<br>"),
            '<' => out.extend_from_slice(b"&lt;"),
            '\\' | '|' | '`' | '*' | '[' | ']' | '~' | '$' => {
                out.push(b'\\');
                write_character(character, out);
            }
            other => write_character(other, out),
        }
        self.before = Some(character);
    }

    fn push_within_address(&mut self, character: char, out: &mut Vec<u8>) {
        self.before = Some(character);
        if self.tail.takes(character) {
            return;
        }
        self.tail.write_within(out);
        if self.tail.takes(character) {
            return;
        }
        if character == '|' {
            out.push(b'\\');
        }
        write_character(character, out);
    }

    /// Ends the text.
    fn finish(&mut self, out: &mut Vec<u8>) {
        while self.start.is_some() {
            self.decide(None, out);
        }
        self.release(None, out);
        self.tail.write_behind(false, out);
    }

    /// Writes the character that is held, now that the next one is known. Returns whether that one was written with it.
    fn release(&mut self, next: Option<char>, out: &mut Vec<u8>) -> bool {
        let Some(held) = self.held.take() else {
            return false;
        };
        let is_word = |character: Option<char>| character.is_some_and(char::is_alphanumeric);
        match held {
            // Within a word it means nothing.
            '_' if is_word(self.before) && is_word(next) => out.push(b'_'),
            '_' => out.extend_from_slice(b"\\_"),
            // `&amp;` would be read as the character that it stands for.
            '&' if next.is_some_and(|next| next == '#' || next.is_ascii_alphanumeric()) => {
                out.extend_from_slice(b"&amp;");
            }
            '&' => out.push(b'&'),
            _ => out.extend_from_slice(b"<br>"),
        }
        self.before = Some(held);
        held == '\r' && next == Some('\n')
    }
}

/// What ends an address: not every whitespace does.
fn is_space(character: char) -> bool {
    matches!(character, '\t' | '\n' | '\r' | ' ')
}

fn write_character(character: char, out: &mut Vec<u8>) {
    out.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
}
