//! Followers on the oldest PostgreSQL and the newest. `make test-servers` fetches and tries them.

use super::*;
use crate::run::servers::kind::not_started;

#[ignore = "make test-servers"]
#[tokio::test(flavor = "multi_thread")]
async fn followers_of_postgresql_13_are_used() {
    followers_are_used(13).await;
}

#[ignore = "make test-servers"]
#[tokio::test(flavor = "multi_thread")]
async fn followers_of_postgresql_18_are_used() {
    followers_are_used(18).await;
}

/// All that may differ between versions: what a server says of its place and timeline, conflicts, pauses and promotions.
async fn followers_are_used(version: u32) {
    let primary = not_started(version, PRIMARY_SETTINGS);
    let standbys = [(); 2].map(|()| primary.standby(FOLLOWER));
    // Dropped last: the others run its copy of the programs.
    let primary = Arc::new(primary.boot());
    let [follower, heir] = standbys.map(Cluster::boot);
    make_shop(&primary).await;
    let pair = {
        let on_follower = follower.connect("postgres", "postgres").await;
        replay(&primary.connect("postgres", "postgres").await, &on_follower).await;
        Pair::of(primary.clone(), Arc::new(follower)).await
    };
    standing::lag(&pair).await;
    running::conflict(&pair).await;
    running::never_go_back(&pair).await;
    failover::fail_over(&pair, &heir).await;
}
