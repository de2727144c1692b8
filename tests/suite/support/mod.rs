//! What tests are built on: a real PostgreSQL, a real server, and the verbs of its users.

mod backup;
mod balancer;
mod browser;
mod client;
mod cluster;
mod databases;
pub mod described;
mod log;
mod mailbox;
mod openid;
mod parquet_file;
mod patroni;
mod pgbouncer;
mod proxy;
mod server;
mod sockets;
pub mod stopwatch;
mod workbook;

pub use balancer::Balancer;
pub use browser::{Browser, Device, Key};
pub use client::{Client, Clip, status_and_body};
pub use cluster::{Cluster, connect, free_port};
pub use databases::Databases;
pub use log::Log;
pub use mailbox::Mailbox;
pub use openid::{Forgery, OpenIdProvider};
pub use parquet_file::{ParquetColumn, ParquetFile};
pub use patroni::{KEEPER, Patroni};
pub use pgbouncer::PgBouncer;
pub use proxy::Proxy;
pub use server::{CONNECTION_LIMITS, LIMITS, PASSWORD, Server, empty_database, shared};
pub use sockets::{connections_of, connections_to};
pub use workbook::{Workbook, character};
