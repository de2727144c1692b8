//! Rows, from the buffer to their page.

use std::io;

use super::{ANSWER_BYTES_MAX, Wire, WireError};
use crate::result::{AppendError, Cut, Writer};
use crate::run::Limits;

/// Why the rows could not be received to their end.
pub(in crate::run) enum RowsError {
    Wire(WireError),
    /// The result could not be held.
    Storage(io::Error),
    /// The first row alone has more bytes than a result may have.
    RowTooLarge {
        bytes: u64,
    },
}

impl Wire {
    /// Receives the rows of the text that is being executed. Returns the limit at which they were cut, if any: then the
    /// server goes on sending, and [`Wire::finish`] must not follow.
    ///
    /// What a row needs is known from its header, so that one beyond the limit is never received.
    pub(in crate::run) async fn rows(
        &mut self,
        columns: usize,
        limits: &Limits,
        writer: &mut Writer,
    ) -> Result<Option<Cut>, RowsError> {
        let mut bytes = 0;
        loop {
            match self.next().await? {
                b'D' => {}
                b'C' => return Ok(None),
                _ => return Err(WireError::Unexpected.into()),
            }
            if writer.rows() == limits.rows_max {
                return Ok(Some(Cut::Rows));
            }
            let text = self.text_bytes(columns)?;
            bytes += text as u64;
            if bytes > limits.bytes_max {
                return match writer.rows() {
                    0 => Err(RowsError::RowTooLarge { bytes }),
                    _ => Ok(Some(Cut::Bytes)),
                };
            }
            writer.begin_row(text)?;
            match self.inbox.received() {
                Some(body) => {
                    let length = body.len();
                    append(body, columns, writer)?;
                    self.inbox.consume(length);
                }
                None => self.append_in_parts(columns, writer).await?,
            }
            writer.end_row()?;
        }
    }

    /// A short row, as texts.
    pub(super) async fn short_row(&mut self) -> Result<Vec<Option<String>>, WireError> {
        let body = self.inbox.body(&mut self.stream, ANSWER_BYTES_MAX).await?;
        let (_, mut rest) = body.split_first_chunk::<2>().ok_or(WireError::Unexpected)?;
        let mut cells = Vec::new();
        while !rest.is_empty() {
            let (cell, after) = split_cell(rest)?;
            let text = cell.map(|text| String::from_utf8(text.to_vec()));
            cells.push(text.transpose().map_err(|_| WireError::NotUtf8)?);
            rest = after;
        }
        Ok(cells)
    }

    /// The bytes of a row's values: what is left of the message without the number of cells and their lengths.
    fn text_bytes(&self, columns: usize) -> Result<usize, WireError> {
        let lengths = 2 + 4 * columns;
        let text = self.inbox.unread().checked_sub(lengths);
        text.ok_or(WireError::Unexpected)
    }

    /// A row that is larger than the buffer, or has not arrived whole.
    async fn append_in_parts(
        &mut self,
        columns: usize,
        writer: &mut Writer,
    ) -> Result<(), RowsError> {
        let (inbox, stream) = (&mut self.inbox, &mut self.stream);
        check_count(inbox.array(stream).await?, columns)?;
        for _ in 0..columns {
            let Some(mut left) = cell_length(inbox.array(stream).await?)? else {
                writer.append_null();
                continue;
            };
            if left > inbox.unread() {
                return Err(WireError::Unexpected.into());
            }
            while left > 0 {
                let part = inbox.some(stream).await?;
                let part = &part[..part.len().min(left)];
                writer.append_part(part)?;
                let length = part.len();
                left -= length;
                inbox.consume(length);
            }
            writer.end_cell();
        }
        match inbox.unread() {
            0 => Ok(()),
            _ => Err(WireError::Unexpected.into()),
        }
    }
}

fn append(body: &[u8], columns: usize, writer: &mut Writer) -> Result<(), RowsError> {
    let (count, mut rest) = body.split_first_chunk::<2>().ok_or(WireError::Unexpected)?;
    check_count(*count, columns)?;
    for _ in 0..columns {
        let (cell, after) = split_cell(rest)?;
        match cell {
            Some(text) => writer.append_cell(text)?,
            None => writer.append_null(),
        }
        rest = after;
    }
    match rest {
        [] => Ok(()),
        _ => Err(WireError::Unexpected.into()),
    }
}

fn check_count(count: [u8; 2], columns: usize) -> Result<(), WireError> {
    match usize::from(u16::from_be_bytes(count)) == columns {
        true => Ok(()),
        false => Err(WireError::Unexpected),
    }
}

/// The first cell, and what follows it. `None` is NULL.
fn split_cell(bytes: &[u8]) -> Result<(Option<&[u8]>, &[u8]), WireError> {
    let (length, rest) = bytes
        .split_first_chunk::<4>()
        .ok_or(WireError::Unexpected)?;
    match cell_length(*length)? {
        Some(length) => {
            let (cell, rest) = rest.split_at_checked(length).ok_or(WireError::Unexpected)?;
            Ok((Some(cell), rest))
        }
        None => Ok((None, rest)),
    }
}

/// `None` is NULL.
fn cell_length(length: [u8; 4]) -> Result<Option<usize>, WireError> {
    match i32::from_be_bytes(length) {
        -1 => Ok(None),
        length => match usize::try_from(length) {
            Ok(length) => Ok(Some(length)),
            Err(_) => Err(WireError::Unexpected),
        },
    }
}

impl From<WireError> for RowsError {
    fn from(error: WireError) -> Self {
        Self::Wire(error)
    }
}

impl From<AppendError> for RowsError {
    fn from(error: AppendError) -> Self {
        match error {
            AppendError::Storage(error) => Self::Storage(error),
            AppendError::NotUtf8 => Self::Wire(WireError::NotUtf8),
        }
    }
}
