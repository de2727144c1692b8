//! A run as seen from outside: by those who wait for it, and by those who only watch.

pub mod observer;
pub mod progress;
pub mod running;
pub mod stage;
pub mod wait;
pub mod watching;
