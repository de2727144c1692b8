//! How often a run waits for a database that is far away.

use crate::support::{Proxy, Server, shared};

/// To ask for TLS, sign in, see what stands in between (two), that it is not our store (two), what the role may do (two),
/// what a run may leave in the session, with which settings and types; and the query itself.
const COLD_MAX: usize = 11;
/// The query, with its transaction and the reset of the session.
const WARM_MAX: usize = 2;

#[tokio::test(flavor = "multi_thread")]
async fn a_first_answer_takes_few_round_trips_and_the_next_one_fewer() {
    let server = Server::start().await;
    let proxy = Proxy::far(shared().port).await;
    server
        .add_database("far", &proxy.url("reader", &server.data))
        .await;
    let clip = server
        .administrator
        .create_clip_on("far", "select 1 as one")
        .await;
    for trips_max in [COLD_MAX, WARM_MAX] {
        let before = proxy.trips();
        assert_eq!(server.rows(&clip, "csv").await.status(), 200);
        let trips = proxy.trips() - before;
        assert!((1..=trips_max).contains(&trips), "{trips} > {trips_max}");
    }
}
