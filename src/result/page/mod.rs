//! Pages: how rows are held in memory, read and stored.

pub mod ends;
pub mod open_page;
#[expect(clippy::module_inception, reason = "the file of the noun itself")]
pub mod page;
pub mod pages;
pub mod shared_pages;
