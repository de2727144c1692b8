//! The chart of a clip's rows: what is drawn, and how that choice is kept.

pub mod chart_api;
pub mod chart_query;
pub mod chart_view;
pub mod drawing;
