//! One value at a time: how its text is told in JSON, and when it is a number or a moment.

pub mod array;
pub mod json_scalar;
pub mod json_value;
pub mod moment;
pub mod value;
