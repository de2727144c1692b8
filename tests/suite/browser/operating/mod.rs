//! What administrators look after: databases and what runs on them.

mod followers;
mod health;
mod running;

use dataclips::web::look_where_due;

use super::{is_good_everywhere, sign_in};
use crate::support::{Browser, Device, Server};
