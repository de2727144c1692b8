//! Our own store is recognised, however its URL is spelled.

use dataclips::run::own_store::Identity;

use super::shop;
use crate::support::connect;

#[tokio::test]
async fn our_own_store_is_recognised_however_its_url_is_spelled() {
    let cluster = shop().await;
    let own = Identity::read(&cluster.connect("postgres", "shop").await)
        .await
        .unwrap();
    let host = |host: &str| cluster.host_url("postgres", host, "shop");
    for url in [
        cluster.socket_url("postgres", "shop"),
        host("127.0.0.1"),
        host("localhost"),
        host("LOCALHOST"),
    ] {
        let other = Identity::read(&connect(&url).await.unwrap()).await.unwrap();
        assert!(own.is_same(&other), "{url}");
    }
    let other = Identity::read(&cluster.connect("postgres", "postgres").await)
        .await
        .unwrap();
    assert!(!own.is_same(&other) && !other.is_same(&own));
}

#[tokio::test]
async fn our_own_store_is_recognised_by_its_marker_where_the_service_hides_the_rest() {
    let cluster = shop().await;
    let shop = cluster.connect("postgres", "shop").await;
    shop.batch_execute(
        "create role r login;
         revoke execute on function pg_control_system() from public;
         create table store_marker (marker text not null);
         insert into store_marker values ('0b8f');
         grant select on store_marker to public",
    )
    .await
    .unwrap();
    let own = Identity::read(&cluster.connect("r", "shop").await)
        .await
        .unwrap();
    assert!(own.is_same(&Identity::read(&shop).await.unwrap()));
    let elsewhere = Identity::read(&cluster.connect("r", "postgres").await)
        .await
        .unwrap();
    assert!(!own.is_same(&elsewhere) && !elsewhere.is_same(&own));
    shop.batch_execute("revoke select on store_marker from public")
        .await
        .unwrap();
    assert!(
        !own.is_same(
            &Identity::read(&cluster.connect("r", "shop").await)
                .await
                .unwrap()
        )
    );
}
