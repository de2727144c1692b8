//! Content codings: output is compressed as it is encoded, so that equal results give equal bytes in every coding, and
//! the length of the response is known in advance.

use std::io::{self, Write};
use std::mem;

use brotli::CompressorWriter as BrotliEncoder;
use flate2::Compression;
use flate2::write::GzEncoder;
use zstd::Encoder as ZstdEncoder;

const GZIP_LEVEL: Compression = Compression::fast();
const BROTLI_QUALITY: u32 = 3;
/// As a power of two: the library's default.
const BROTLI_WINDOW: u32 = 22;
const BROTLI_BUFFER_BYTES: usize = 32 << 10;
const ZSTD_LEVEL: i32 = 1;

/// How a response is compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Coding {
    Identity,
    Gzip,
    Brotli,
    Zstd,
}

/// Compresses what encoders append.
pub(super) enum Coder {
    Identity(Vec<u8>),
    Gzip(GzEncoder<Vec<u8>>),
    Brotli(Box<BrotliEncoder<Vec<u8>>>),
    Zstd(ZstdEncoder<'static, Vec<u8>>),
}

impl Coding {
    /// Its registered name; `None` for uncompressed.
    pub fn name(self) -> Option<&'static str> {
        match self {
            Self::Identity => None,
            Self::Gzip => Some("gzip"),
            Self::Brotli => Some("br"),
            Self::Zstd => Some("zstd"),
        }
    }
}

impl Coder {
    pub(super) fn new(coding: Coding) -> io::Result<Self> {
        Ok(match coding {
            Coding::Identity => Self::Identity(Vec::new()),
            // Its header holds no timestamp, so equal input gives equal bytes.
            Coding::Gzip => Self::Gzip(GzEncoder::new(Vec::new(), GZIP_LEVEL)),
            Coding::Brotli => Self::Brotli(Box::new(BrotliEncoder::new(
                Vec::new(),
                BROTLI_BUFFER_BYTES,
                BROTLI_QUALITY,
                BROTLI_WINDOW,
            ))),
            Coding::Zstd => Self::Zstd(ZstdEncoder::new(Vec::new(), ZSTD_LEVEL)?),
        })
    }

    /// Compresses and clears `encoded`.
    pub(super) fn append(&mut self, encoded: &mut Vec<u8>) -> io::Result<()> {
        match self {
            Self::Identity(coded) => coded.append(encoded),
            Self::Gzip(encoder) => encoder.write_all(encoded)?,
            Self::Brotli(encoder) => encoder.write_all(encoded)?,
            Self::Zstd(encoder) => encoder.write_all(encoded)?,
        }
        encoded.clear();
        Ok(())
    }

    /// The output so far; the caller may take bytes from it.
    pub(super) fn coded(&mut self) -> &mut Vec<u8> {
        match self {
            Self::Identity(coded) => coded,
            Self::Gzip(encoder) => encoder.get_mut(),
            Self::Brotli(encoder) => encoder.get_mut(),
            Self::Zstd(encoder) => encoder.get_mut(),
        }
    }

    /// The rest of the output. Works only once.
    pub(super) fn finish(&mut self) -> io::Result<Vec<u8>> {
        match mem::replace(self, Self::Identity(Vec::new())) {
            Self::Identity(coded) => Ok(coded),
            Self::Gzip(encoder) => encoder.finish(),
            Self::Brotli(encoder) => Ok(encoder.into_inner()),
            Self::Zstd(encoder) => encoder.finish(),
        }
    }
}
