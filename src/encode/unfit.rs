//! Why a format cannot hold a result.

use std::io;

use thiserror::Error;

/// A sentence for the visitor. Encoders return it as an [`io::Error`]; [`Unfit::from_error`] finds it again.
#[derive(Debug, Error)]
#[error("{0}")]
pub(super) struct Unfit(pub(super) String);

impl Unfit {
    /// The sentence; any other error as it is.
    pub(super) fn from_error(error: io::Error) -> Result<String, io::Error> {
        error.downcast::<Self>().map(|Self(sentence)| sentence)
    }
}

impl From<Unfit> for io::Error {
    fn from(unfit: Unfit) -> Self {
        Self::new(io::ErrorKind::InvalidData, unfit)
    }
}
