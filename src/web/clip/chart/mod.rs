//! The chart of a clip's rows: what is drawn, and the chart that is kept with the clip.

pub mod chart_api;
pub mod chart_query;
pub mod chart_view;
pub mod drawing;
pub mod drawing_view;
