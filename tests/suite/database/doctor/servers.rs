//! Every fault on the oldest PostgreSQL and the newest. `make test-servers` fetches and tries them.

use super::faults::{SETTINGS, each_fault_is_found};
use crate::run::servers::kind::not_started;

#[ignore = "make test-servers"]
#[tokio::test(flavor = "multi_thread")]
async fn postgresql_13_has_its_faults_found() {
    each_fault_is_found(not_started(13, SETTINGS)).await;
}

#[ignore = "make test, where it can be fetched"]
#[tokio::test(flavor = "multi_thread")]
async fn postgresql_18_has_its_faults_found() {
    each_fault_is_found(not_started(18, SETTINGS)).await;
}
