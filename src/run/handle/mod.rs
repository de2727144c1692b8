//! A run as seen from outside: by those who wait for it, and by those who only watch.

pub mod cancel_on_drop;
pub mod observer;
pub mod progress;
pub mod progress_watchers;
pub mod stage;
pub mod times;
pub mod wait;
