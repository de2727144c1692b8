//! The followers of a database: how they are, adding and removing them, and what holds for all of them.

pub mod add_follower;
pub mod facts;
pub mod followers_api;
pub mod followers_form;
pub mod rules_body;
pub mod section;
