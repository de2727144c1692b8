//! A text that spans several pages, of which one is held at a time.

use std::cell::RefCell;
use std::io;
use std::ops::ControlFlow;
use std::sync::Arc;

use crate::result::page::ends::{CONTINUES, place};
use crate::result::page::page::Page;
use crate::result::page::shared_pages::SharedPages;

/// Whether more is wanted.
pub(super) type Flow = io::Result<ControlFlow<()>>;

/// A text that spans pages. May be read any number of times.
pub struct LongCell<'a> {
    pages: &'a SharedPages,
    /// Its part on its first page, which has this index.
    first: &'a str,
    index: usize,
    /// Its last page, once that has been read.
    last: RefCell<Option<(usize, Arc<Page>)>>,
}

impl<'a> LongCell<'a> {
    pub(super) fn new(pages: &'a SharedPages, first: &'a str, index: usize) -> Self {
        Self {
            pages,
            first,
            index,
            last: RefCell::default(),
        }
    }

    /// As much of the text as fits into this many bytes.
    pub fn beginning(&self, bytes_max: usize) -> io::Result<String> {
        let mut beginning = String::new();
        self.parts(&mut |part| {
            let end = part.floor_char_boundary(bytes_max - beginning.len());
            beginning.push_str(&part[..end]);
            Ok(match end == part.len() {
                true => ControlFlow::Continue(()),
                false => ControlFlow::Break(()),
            })
        })?;
        Ok(beginning)
    }

    /// Whether some part of the text passes.
    pub fn any(&self, mut passes: impl FnMut(&str) -> bool) -> io::Result<bool> {
        let mut is_found = false;
        self.parts(&mut |part| {
            is_found = passes(part);
            Ok(match is_found {
                true => ControlFlow::Break(()),
                false => ControlFlow::Continue(()),
            })
        })?;
        Ok(is_found)
    }

    /// Passes the part on each page to `take`, until that breaks off.
    pub(super) fn parts(&self, take: &mut dyn FnMut(&str) -> Flow) -> io::Result<()> {
        let mut flow = take(self.first)?;
        for index in self.index + 1.. {
            if flow.is_break() {
                break;
            }
            let page = self.pages.read(index)?;
            let end = *page.ends().first().ok_or(io::ErrorKind::InvalidData)?;
            flow = take(&page.text()[..place(end)])?;
            if end & CONTINUES == 0 {
                self.last.replace(Some((index, page)));
                break;
            }
        }
        Ok(())
    }

    /// Its last page, with its index.
    pub(super) fn last_page(&self) -> io::Result<(usize, Arc<Page>)> {
        if self.last.borrow().is_none() {
            self.parts(&mut |_| Ok(ControlFlow::Continue(())))?;
        }
        Ok(self.last.take().ok_or(io::ErrorKind::InvalidData)?)
    }
}
