//! The checksum that shows whether two results hold the same data.

use std::fmt;

use super::page::page::Page;
use super::{Column, Cut};

/// BLAKE3 over columns, rows and truncation; shown as 64 hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Checksum(blake3::Hash);

impl Checksum {
    pub fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }

    /// Reads 64 hexadecimal digits.
    pub fn parse(text: &str) -> Option<Self> {
        blake3::Hash::from_hex(text).ok().map(Self)
    }

    /// `None` unless there are 32 bytes.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        Some(Self(blake3::Hash::from_bytes(bytes.try_into().ok()?)))
    }
}

impl fmt::Display for Checksum {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.to_hex().fmt(formatter)
    }
}

/// Hashes the data as it arrives. Each length precedes its bytes, so that different results never hash the same input.
pub(super) struct Hasher(blake3::Hasher);

impl Hasher {
    pub(super) fn new(columns: &[Column]) -> Self {
        let mut hasher = blake3::Hasher::new();
        hasher.update(&(columns.len() as u64).to_le_bytes());
        for column in columns {
            for text in [&column.name, &column.type_name] {
                hasher.update(&(text.len() as u64).to_le_bytes());
                hasher.update(text.as_bytes());
            }
            hasher.update(&column.type_oid.to_le_bytes());
            hasher.update(&column.element_oid.unwrap_or(0).to_le_bytes());
            // A workbook depends on it. Other columns keep the checksums from before it was known.
            if column.is_numeric_without_scale() {
                hasher.update(b"numeric without scale");
            }
        }
        Self(hasher)
    }

    /// Hashes a page's uncompressed bytes. Pages are cut by size alone, so equal data gives equal pages.
    pub(super) fn update(&mut self, page: &Page) {
        self.0.update(&(page.bytes() as u64).to_le_bytes());
        page.write(&mut |part| {
            self.0.update(part);
        });
    }

    pub(super) fn finish(mut self, truncated: Option<Cut>) -> Checksum {
        self.0.update(truncated.map_or("", Cut::as_str).as_bytes());
        Checksum(self.0.finalize())
    }
}
