//! A table in GitHub's Markdown, for pasting: <https://github.github.com/gfm/#tables-extension->.
//!
//! Text stays text: whatever would be emphasis, code, a link, HTML or another cell is escaped. A web address, of which GitHub makes a
//! link, is read there without its escapes (<https://github.github.com/gfm/#autolinks-extension->), so it has none, and where it would
//! go on with the escapes of what follows, an empty comment ends it.
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
    address: Address,
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
        let marks = self.text.matches(['*', '_', '~']).count();
        let has_meaning = !is_part && (self.text.contains('&') || marks > 1);
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

/// Whether the text is within a web address.
#[derive(Default)]
struct Address {
    is_within: bool,
    /// The last characters of the word, until it is one.
    recent: String,
}

/// How a web address begins for GitHub, before a letter or a digit.
const SCHEMES: [&str; 3] = ["http://", "https://", "ftp://"];
const WWW: &str = "www.";
/// The longest beginning, and what is before it.
const RECENT_MAX: usize = 9;

impl Address {
    /// A backslash ends it, too: unescaped, it would free a `|` after it. A line break is written as an element, after which
    /// `www.` does not begin an address.
    fn follow(&mut self, character: char) {
        if is_space(character) || matches!(character, '<' | '\\') {
            *self = Self::default();
            if !matches!(character, ' ' | '\t') {
                self.recent.push(character);
            }
            return;
        }
        if self.is_within {
            return;
        }
        self.is_within = character.is_alphanumeric() && self.has_begun();
        self.recent.push(character);
        if self.recent.chars().count() > RECENT_MAX {
            self.recent.remove(0);
        }
    }

    fn has_begun(&self) -> bool {
        let schemes = SCHEMES.iter();
        let mut before_scheme = schemes.filter_map(|scheme| self.recent.strip_suffix(scheme));
        let before_www = self.recent.strip_suffix(WWW);
        before_scheme.any(|before| !before.ends_with(|last: char| last.is_ascii_alphabetic()))
            || before_www
                .is_some_and(|before| before.is_empty() || before.ends_with(['*', '_', '~', '(']))
    }
}

impl Escaped {
    fn push(&mut self, character: char, out: &mut Vec<u8>) {
        let is_written = self.release(Some(character), out);
        let was_within = self.address.is_within;
        self.address.follow(character);
        if is_written {
            return;
        }
        if self.address.is_within {
            self.before = Some(character);
            return self.push_within_address(character, out);
        }
        if was_within {
            self.tail.write_behind(!is_space(character), out);
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

/// What Markdown calls whitespace.
fn is_space(character: char) -> bool {
    matches!(character, '\t'..='\r' | ' ')
}

fn write_character(character: char, out: &mut Vec<u8>) {
    out.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
}
