//! The page of a clip and what is made from it for other pages.

mod clip_page;
mod created;
mod embed;
mod open_graph;
mod progress;
