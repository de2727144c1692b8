//! The page that a run is filling: bytes, which become text all at once when the page is closed.

use std::mem;

use super::ends::{CONTINUES, NULL, place};
use super::page::Page;

/// A page's bytes are not UTF-8, or a character reaches from one cell into the next.
#[derive(Debug)]
pub(in crate::result) struct NotUtf8;

#[derive(Default)]
pub(in crate::result) struct OpenPage {
    ends: Vec<u32>,
    text: Vec<u8>,
}

impl OpenPage {
    pub(in crate::result) fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    pub(in crate::result) fn cells(&self) -> usize {
        self.ends.len()
    }

    pub(in crate::result) fn text_bytes(&self) -> usize {
        self.text.len()
    }

    /// Makes room for a row's text.
    pub(in crate::result) fn reserve(&mut self, text_bytes: usize) {
        self.text.reserve(text_bytes);
    }

    pub(in crate::result) fn append_null(&mut self) {
        self.ends.push(self.text.len() as u32 | NULL);
    }

    pub(in crate::result) fn append_text(&mut self, text: &[u8]) {
        self.text.extend_from_slice(text);
    }

    pub(in crate::result) fn end_cell(&mut self) {
        self.ends.push(self.text.len() as u32);
    }

    /// Takes the page before the end of its last cell, which continues on the next page.
    pub(in crate::result) fn close_within_cell(&mut self) -> Result<Page, NotUtf8> {
        let start = self.ends.last().map_or(0, |end| place(*end));
        let end = start + whole_characters(&self.text[start..]);
        let begun = self.text.split_off(end);
        if start < end {
            self.ends.push(end as u32 | CONTINUES);
        }
        let page = self.close()?;
        self.text.extend_from_slice(&begun);
        Ok(page)
    }

    /// Takes the page. The next one starts with slightly more capacity than this one used: growing would double it.
    pub(in crate::result) fn close(&mut self) -> Result<Page, NotUtf8> {
        let with_more = |length: usize| length + length / 16;
        let next = Self {
            ends: Vec::with_capacity(with_more(self.ends.len())),
            text: Vec::with_capacity(with_more(self.text.len())),
        };
        let Self { ends, text, .. } = mem::replace(self, next);
        let is_ascii = text.is_ascii();
        let text = String::from_utf8(text).map_err(|_| NotUtf8)?;
        let is_between_characters = |end: &u32| text.is_char_boundary(place(*end));
        if !is_ascii && !ends.iter().all(is_between_characters) {
            return Err(NotUtf8);
        }
        Ok(Page::new(ends, text))
    }
}

/// The length without the bytes of a last character that is not complete.
fn whole_characters(text: &[u8]) -> usize {
    let tail = text.len().saturating_sub(3);
    let lead = text[tail..].iter().rposition(|byte| byte & 0xC0 != 0x80);
    let Some(lead) = lead.map(|lead| tail + lead) else {
        return text.len();
    };
    // A character of n bytes begins with n ones.
    match text[lead].leading_ones() as usize > text.len() - lead {
        true => lead,
        false => text.len(),
    }
}
