//! How far behind a follower is, and that this is noticed without a restart.

use super::*;

#[tokio::test(flavor = "multi_thread")]
async fn a_follower_that_lags_is_not_used_until_it_has_caught_up() {
    lag(&pair().await).await;
}

pub async fn lag(pair: &Pair) {
    let shop = Shop::open(pair).await;
    let table = pair.table().await;
    let clip = shop.clip(&format!("select count(*) from {table}")).await;
    shop.set(json!({"follower_lag_bytes_max": 1_000_000})).await;
    assert_eq!(shop.value(&clip).await.1, "follower");

    pair.pause_or_resume("pause").await;
    pair.execute(&format!(
        "insert into {table} select generate_series(1, 50000)"
    ))
    .await;
    let lagging = shop.becomes("lagging").await;
    assert!(
        lagging["behind_bytes"].as_u64() > Some(1_000_000),
        "{lagging}"
    );
    let message = lagging["message"].as_str().unwrap();
    assert!(
        message.contains("MiB") && message.contains("Its replay is paused."),
        "{message}"
    );
    assert_eq!(
        shop.value(&clip).await,
        (json!(50_001), "primary".to_owned())
    );

    shop.set(json!({"without_follower": "nowhere"})).await;
    let (status, refused) = status_and_body(shop.rows(&clip).await).await;
    assert_eq!(
        (status, &refused["error"]["code"]),
        (503, &json!("unavailable"))
    );
    let words = refused["error"].to_string();
    assert!(
        words.contains("No follower of the database can be used now"),
        "{words}"
    );
    let stale = json!({"serve_stale": true});
    shop.ada
        .patch(&format!("/api/v1/clips/{}", clip.slug), &stale)
        .await;
    assert_eq!(
        shop.rows(&clip).await.headers()["x-dataclips-stale"],
        "true"
    );

    pair.pause_or_resume("resume").await;
    shop.becomes("healthy").await;
    assert_eq!(
        shop.value(&clip).await,
        (json!(50_001), "follower".to_owned())
    );

    let numbers = shop.ada.get("/metrics").await.text().await.unwrap();
    for name in FOLLOWER_NUMBERS {
        assert!(
            numbers.contains(&format!("\n# TYPE {name} ")),
            "{name}: {numbers}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_follower_that_is_late_on_purpose_is_used_only_within_its_limit() {
    let pair = pair().await;
    let late = pair
        .primary
        .follower("recovery_min_apply_delay='1h'")
        .boot();
    let shop = Shop::without_follower(&pair).await;
    let (status, added) = shop.add("late", &late.socket_url("reader", "shop")).await;
    assert_eq!(status, 201, "{added}");
    let clip = shop.clip("select pg_is_in_recovery()").await;
    shop.set(json!({"follower_lag_max": 1})).await;
    // It has received the commit, and waits to replay it.
    pair.table().await;
    let lagging = shop.becomes("lagging").await;
    let bytes = lagging["behind_bytes"].as_u64();
    assert!(bytes > Some(0) && bytes < Some(16 << 20), "{lagging}");
    assert!(lagging["behind_seconds"].as_f64() > Some(1.0), "{lagging}");
    assert_eq!(
        shop.value(&clip).await,
        (json!(false), "primary".to_owned())
    );
    shop.set(json!({"follower_lag_max": 3600})).await;
    // Not for a clip that has shown newer rows.
    assert_eq!(
        shop.value(&clip).await,
        (json!(false), "primary".to_owned())
    );
    let other = shop.clip("select pg_is_in_recovery(), 2").await;
    assert_eq!(
        shop.value(&other).await,
        (json!(true), "follower".to_owned())
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_follower_that_has_replayed_everything_is_not_behind_however_old_the_last_change_is() {
    let pair = pair().await;
    let shop = Shop::open(&pair).await;
    let clip = shop.clip("select 1 as one").await;
    // A change.
    pair.table().await;
    shop.set(json!({"follower_lag_bytes_max": 0, "follower_lag_max": 0}))
        .await;
    let sql =
        "select extract(epoch from clock_timestamp() - pg_last_xact_replay_timestamp())::float8";
    let old = async {
        while pair
            .on_follower
            .query_one(sql, &[])
            .await
            .unwrap()
            .get::<_, f64>(0)
            < 1.5
        {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(PATIENCE, old).await.unwrap();
    let standing = shop.becomes("healthy").await;
    assert_eq!(
        (&standing["behind_bytes"], &standing["behind_seconds"]),
        (&json!(0), &json!(0.0))
    );
    assert_eq!(shop.value(&clip).await.1, "follower");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_that_may_not_ask_for_positions_is_told_what_helps() {
    let pair = pair().await;
    let shop = Shop::open(&pair).await;
    let clip = shop.clip("select pg_is_in_recovery()").await;
    let function = "function pg_catalog.pg_last_wal_replay_lsn()";
    pair.execute(&format!("revoke execute on {function} from public"))
        .await;
    pair.replay().await;
    let denied = shop.becomes("denied").await;
    let sql = denied["sql"].as_str().unwrap();
    assert!(sql.ends_with(" to \"reader\";"), "{denied}");
    assert_eq!(
        shop.value(&clip).await,
        (json!(false), "primary".to_owned())
    );
    pair.execute(sql).await;
    pair.execute(&format!("grant execute on {function} to public"))
        .await;
    pair.replay().await;
    shop.becomes("healthy").await;
    assert_eq!(
        shop.value(&clip).await,
        (json!(true), "follower".to_owned())
    );
}
