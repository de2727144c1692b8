//! What administrators look after: databases and what runs on them.

mod health;
mod running;

use super::{is_good_everywhere, sign_in};
use crate::support::{Browser, Device, Server};
