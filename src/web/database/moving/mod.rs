//! Moving the clips of a database to another one, and what is tried before that.

pub mod move_api;
pub mod move_page;
pub mod move_preview;
pub mod rehearsal;
pub mod rehearsal_api;
pub mod rehearsal_page;
