//! Another server becomes the primary: a follower of the old one is told apart until it follows the new one.

use nix::sys::signal::Signal;

use super::*;

#[tokio::test(flavor = "multi_thread")]
async fn a_follower_of_the_old_primary_is_not_used_until_it_follows_the_new_one() {
    let pair = Pair::start(FOLLOWER).await;
    let heir = pair.primary.follower(FOLLOWER).boot();
    fail_over(&pair, &heir).await;
}

/// `heir` is another follower of the primary.
pub async fn fail_over(pair: &Pair, heir: &Cluster) {
    let shop = Shop::open(pair).await;
    let clip = shop.clip("select pg_is_in_recovery()").await;
    assert_eq!(
        shop.value(&clip).await,
        (json!(true), "follower".to_owned())
    );

    // The old primary is suspended, not ended, once both followers have replayed the same: to the one that stays with it, it still
    // seems to be there.
    let on_heir = heir.connect("postgres", "shop").await;
    pair.replay().await;
    replay(&pair.on_primary, &on_heir).await;
    pair.primary.signal(Signal::SIGSTOP);
    heir.promote();
    let heirs_url = heir.socket_url("reader", "shop");
    shop.set(json!({"url": heirs_url})).await;
    let stranded = shop.becomes("other_timeline").await;
    let message = stranded["message"].as_str().unwrap();
    assert!(
        message.contains("on timeline 1, the primary on timeline 2")
            && message.contains("still follows the server that was the primary before"),
        "{message}"
    );
    assert_eq!(stranded["behind_bytes"], Value::Null);
    assert_eq!(
        shop.value(&clip).await,
        (json!(false), "primary".to_owned())
    );
    let seen = crate::database::page(
        &shop.server.signed_in("ada@example.com").await,
        "/databases",
    )
    .await;
    assert!(seen.contains(">other timeline</span>"), "{seen}");

    // The role would see at once that it follows the new one, if it were granted this.
    let sql = stranded["sql"].as_str().unwrap();
    assert_eq!(sql, "grant pg_read_all_stats to \"reader\";");
    on_heir.batch_execute(sql).await.unwrap();
    pair.follower.follow(heir);
    shop.becomes("healthy").await;
    assert_eq!(
        shop.value(&clip).await,
        (json!(true), "follower".to_owned())
    );

    // And the other way round: the database's URL leads to the old primary.
    pair.primary.signal(Signal::SIGCONT);
    shop.set(json!({"url": pair.primary_url()})).await;
    let ahead = shop.becomes("other_timeline").await;
    let message = ahead["message"].as_str().unwrap();
    assert!(message.contains("follows a newer primary"), "{message}");
    assert_eq!(ahead["sql"], Value::Null, "{ahead}");
}
