//! Single values: how their text is encoded as JSON, and how their types are recognised.

pub mod array;
mod conversion;
mod ewkb;
pub mod formula;
#[cfg(any(test, fuzzing))]
pub mod fuzz;
pub mod geo_json;
mod hstore;
pub mod json_scalar;
pub mod json_string;
pub mod json_value;
pub mod moment;
pub mod nested_json;
pub mod value;
#[cfg(feature = "parquet")]
pub mod wkb;
pub mod wkt;
