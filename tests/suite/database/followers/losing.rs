//! Followers that go silent, go away, or become primaries: with a pair of their own, which does not survive it.

use nix::sys::signal::Signal;

use super::*;

#[tokio::test(flavor = "multi_thread")]
async fn a_run_is_not_lost_with_its_follower() {
    let pair = Pair::start(FOLLOWER).await;
    let shop = Shop::open(&pair).await;
    let sql =
        "select pg_is_in_recovery(), case when pg_is_in_recovery() then pg_sleep(60)::text end";
    let clip = shop.clip(sql).await;

    // Silent: nothing is said for as long as the run may take.
    let silenced = async {
        pair.is_asleep().await;
        pair.follower.signal(Signal::SIGSTOP);
    };
    let (value, ()) = tokio::join!(shop.value(&clip), silenced);
    assert_eq!(value, (json!(false), "primary".to_owned()));
    shop.becomes("silent").await;
    let began = std::time::Instant::now();
    assert_eq!(
        shop.value(&clip).await,
        (json!(false), "primary".to_owned())
    );
    assert!(
        began.elapsed() < Duration::from_secs(1),
        "{:?}",
        began.elapsed()
    );
    pair.follower.signal(Signal::SIGCONT);
    shop.becomes("healthy").await;

    // Gone, while it runs.
    let other = shop.clip(&format!("{sql}, 2")).await;
    let stopped = async {
        pair.is_asleep().await;
        pair.follower.stop("immediate");
    };
    let (value, ()) = tokio::join!(shop.value(&other), stopped);
    assert_eq!(value, (json!(false), "primary".to_owned()));
    let gone = shop.becomes("unreachable").await;
    assert_eq!(gone["behind_bytes"], Value::Null);

    // Back, and then promoted.
    pair.follower.restart("fast");
    shop.becomes("healthy").await;
    let where_ = shop.clip("select pg_is_in_recovery()").await;
    assert_eq!(
        shop.value(&where_).await,
        (json!(true), "follower".to_owned())
    );
    pair.follower.promote();
    // At once: a run that is sent before this is noticed finds out by itself.
    assert_eq!(
        shop.value(&where_).await,
        (json!(false), "primary".to_owned())
    );
    let promoted = shop.becomes("promoted").await;
    assert!(
        promoted["message"].as_str().unwrap().contains("promoted"),
        "{promoted}"
    );
}
