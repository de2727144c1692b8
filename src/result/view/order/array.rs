//! PostgreSQL's array literals: `{1,NULL,3}`, `{{a,"b c"},{"",NULL}}`, `[0:1]={7,8}`.

use super::{Order, text};

/// PostgreSQL's limit.
const DIMENSIONS_MAX: usize = 6;

const END: u8 = 0;
const VALUE: u8 = 1;
/// Greater than any value, and equal to itself.
const NULL: u8 = 2;

/// As PostgreSQL compares arrays: element by element; then by the number of elements, of dimensions, of elements in each
/// dimension, and by lower bounds. Elements beyond the first that make a key of [`text::BYTES_MAX`] are not compared.
pub(super) fn write(text: &str, element: &Order, key: &mut Vec<u8>) -> Option<()> {
    let (bounds, list) = match text.strip_prefix('[') {
        Some(_) => text.split_once('=')?,
        None => ("", text),
    };
    let mut reader = Reader {
        rest: list,
        element,
        key_bytes_max: key.len() + text::BYTES_MAX,
        key,
        lengths: Vec::new(),
        scratch: String::new(),
    };
    if list == "{}" {
        reader.key.extend([END, 0]);
        return Some(());
    }
    match reader.list(0) {
        Ok(()) if reader.rest.is_empty() => reader.end(bounds),
        Err(Stop::Full) => Some(()),
        Ok(()) | Err(Stop::NotArray) => None,
    }
}

struct Reader<'a> {
    rest: &'a str,
    element: &'a Order,
    key: &'a mut Vec<u8>,
    key_bytes_max: usize,
    /// Of each dimension, from the outermost.
    lengths: Vec<u32>,
    /// Reused buffer for the text of one element.
    scratch: String,
}

enum Stop {
    NotArray,
    /// The key is long enough.
    Full,
}

impl Reader<'_> {
    fn list(&mut self, depth: usize) -> Result<(), Stop> {
        self.skip('{')?;
        if self.lengths.len() <= depth {
            self.lengths.push(0);
        }
        if depth >= DIMENSIONS_MAX {
            return Err(Stop::NotArray);
        }
        for length in 1.. {
            match self.rest.starts_with('{') {
                true => self.list(depth + 1)?,
                false => self.element()?,
            }
            self.lengths[depth] = length;
            if self.skip(',').is_err() {
                break;
            }
        }
        self.skip('}')
    }

    fn element(&mut self) -> Result<(), Stop> {
        self.scratch.clear();
        let (is_quoted, is_complete) = match self.skip('"') {
            Ok(()) => (true, self.quoted()),
            Err(_) => (false, self.unquoted()),
        };
        if !is_complete && self.scratch.len() < text::BYTES_MAX {
            return Err(Stop::NotArray);
        }
        match is_quoted || self.scratch != "NULL" {
            true => {
                self.key.push(VALUE);
                let written = self.element.write(&self.scratch, self.key);
                written.ok_or(Stop::NotArray)?;
            }
            false => self.key.push(NULL),
        }
        // If a cell is too long to be read whole, the end of its text is not the end of the array.
        match is_complete && self.key.len() < self.key_bytes_max {
            true => Ok(()),
            false => Err(Stop::Full),
        }
    }

    /// Up to the closing quote; false if there is none.
    fn quoted(&mut self) -> bool {
        while let Some(special) = self.rest.find(['"', '\\']) {
            self.scratch.push_str(&self.rest[..special]);
            let is_quote = self.rest.as_bytes()[special] == b'"';
            self.rest = &self.rest[special + 1..];
            if is_quote {
                return true;
            }
            let Some(escaped) = self.rest.chars().next() else {
                return false;
            };
            self.scratch.push(escaped);
            self.rest = &self.rest[escaped.len_utf8()..];
        }
        self.scratch.push_str(self.rest);
        false
    }

    /// Up to a comma or the end of the list; false if there is neither.
    fn unquoted(&mut self) -> bool {
        let end = self.rest.find([',', '}']);
        let (text, rest) = self.rest.split_at(end.unwrap_or(self.rest.len()));
        self.scratch.push_str(text);
        self.rest = rest;
        end.is_some()
    }

    fn skip(&mut self, character: char) -> Result<(), Stop> {
        self.rest = self.rest.strip_prefix(character).ok_or(Stop::NotArray)?;
        Ok(())
    }

    /// What is compared where all elements are equal.
    fn end(self, bounds: &str) -> Option<()> {
        self.key.extend([END, self.lengths.len() as u8]);
        let lengths = self.lengths.iter();
        self.key
            .extend(lengths.flat_map(|length| length.to_be_bytes()));
        let mut bounds = bounds.split(['[', ']']).filter(|bound| !bound.is_empty());
        for _ in &self.lengths {
            let lower = match bounds.next() {
                Some(bound) => bound.split_once(':')?.0.parse::<i32>().ok()?,
                None => 1,
            };
            self.key.extend((lower ^ i32::MIN).to_be_bytes());
        }
        Some(())
    }
}
