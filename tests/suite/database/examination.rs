//! What is told of a database that answers, and which failure each state of one that does not gives.

use dataclips::postgres::ConnectionUrl;
use dataclips::run::Target;

use super::{runner, shop};

#[tokio::test(flavor = "multi_thread")]
async fn a_check_that_is_given_up_leaves_the_connection_to_nobody() {
    let cluster = shop().await;
    let shop = cluster.connect("postgres", "shop").await;
    for sql in [
        "create role r login; grant select on orders to r",
        "begin; lock orders",
    ] {
        shop.batch_execute(sql).await.unwrap();
    }
    let runner = runner(&cluster).await;
    let target = Target {
        id: 1,
        url: ConnectionUrl::parse(&cluster.socket_url("r", "shop")).unwrap(),
    };
    let waits = async {
        let sql = "select count(*) from pg_locks where not granted";
        while shop.query_one(sql, &[]).await.unwrap().get::<_, i64>(0) == 0 {}
    };
    tokio::select! {
        outcome = runner.prepare(&target, "table orders") => panic!("{outcome:?}"),
        () = waits => {}
    }
    let columns = runner.prepare(&target, "select 1 as one").await.unwrap();
    assert_eq!(columns.len(), 1);
}
