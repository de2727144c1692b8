//! One column of a file while its rows arrive.

use std::mem;
use std::sync::Arc;

use arrow_array::{ArrayRef, ListArray};
use arrow_buffer::{NullBuffer, OffsetBuffer};

use super::elements;
use super::mapping::{Form, Leaf};
use super::values::{Fit, Values};

pub(super) struct ColumnBuilder {
    values: Values,
    /// Where the values are elements.
    lists: Option<Lists>,
    /// How many values were replaced by NULL.
    pub(super) replaced: u64,
    /// Whether all values have the column's form.
    pub(super) fits: bool,
}

struct Lists {
    element: Leaf,
    delimiter: u8,
    lengths: Vec<usize>,
    are_there: Vec<bool>,
}

impl ColumnBuilder {
    pub(super) fn new(form: Form) -> Self {
        let (leaf, lists) = match form {
            Form::One(leaf) => (leaf, None),
            Form::List { element, delimiter } => (element, Some(Lists::new(element, delimiter))),
        };
        Self {
            values: Values::new(leaf),
            lists,
            replaced: 0,
            fits: true,
        }
    }

    pub(super) fn append_null(&mut self) {
        match &mut self.lists {
            Some(lists) => lists.append_null(),
            None => self.values.append_null(),
        }
    }

    pub(super) fn append(&mut self, text: &str) {
        let Self {
            values,
            lists,
            replaced,
            fits,
        } = self;
        let mut append = |text: Option<&str>| match text.map(|text| values.append(text)) {
            None => values.append_null(),
            Some(Fit::Value) => {}
            Some(Fit::Replaced) => *replaced += 1,
            Some(Fit::Other) => *fits = false,
        };
        match lists {
            None => append(Some(text)),
            Some(lists) => {
                let is_list = lists.append(text, append);
                *fits &= is_list;
            }
        }
    }

    /// Returns the values so far, and begins anew.
    pub(super) fn finish(&mut self) -> Result<ArrayRef, arrow_schema::ArrowError> {
        let values = self.values.finish();
        match &mut self.lists {
            Some(lists) => Ok(Arc::new(lists.finish(values)?)),
            None => Ok(values),
        }
    }
}

impl Lists {
    fn new(element: Leaf, delimiter: u8) -> Self {
        Self {
            element,
            delimiter,
            lengths: Vec::new(),
            are_there: Vec::new(),
        }
    }

    fn append_null(&mut self) {
        self.lengths.push(0);
        self.are_there.push(false);
    }

    /// Returns whether the text is an array of one dimension.
    fn append(&mut self, text: &str, mut take: impl FnMut(Option<&str>)) -> bool {
        let mut length = 0;
        let is_list = elements::each(text, self.delimiter, |element| {
            length += 1;
            take(element);
        });
        self.lengths.push(length);
        self.are_there.push(true);
        is_list
    }

    fn finish(&mut self, values: ArrayRef) -> Result<ListArray, arrow_schema::ArrowError> {
        let ends = OffsetBuffer::from_lengths(mem::take(&mut self.lengths));
        let nulls = NullBuffer::from(mem::take(&mut self.are_there));
        ListArray::try_new(Arc::new(self.element.element()), ends, values, Some(nulls))
    }
}
