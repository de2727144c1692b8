//! A clip's page: its rows, its query, and the progress of its run.

pub mod chart_form;
pub mod clip_page;
pub mod created;
pub mod description;
pub mod embed;
pub mod follow_run;
pub mod heading;
pub mod notes;
pub mod open_graph;
pub mod preview_query;
pub mod progress;
pub mod rights;
pub mod rows_panel;
pub mod rows_state;
pub mod update_query;
