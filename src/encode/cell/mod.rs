//! Single values: how their text is encoded as JSON, and how their types are recognised.

pub mod array;
pub mod formula;
pub mod json_scalar;
pub mod json_value;
pub mod line_breaks;
pub mod moment;
pub mod value;
