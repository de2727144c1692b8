//! One value at a time: how its text is written as JSON, and when it is a number or a moment.

pub mod array;
pub mod json_scalar;
pub mod json_value;
pub mod moment;
pub mod value;
