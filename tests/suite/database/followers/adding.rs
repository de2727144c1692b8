//! Which servers may be followers, and who learns what of them.

use super::*;
use crate::database::page;

#[tokio::test(flavor = "multi_thread")]
async fn a_follower_is_added_listed_and_removed() {
    let pair = pair().await;
    let shop = Shop::without_follower(&pair).await;
    let path = "/api/v1/databases/shop/followers";
    let rules = json!({"follower_lag_bytes_max": 16_777_216, "follower_lag_max": 30, "without_follower": "primary"});
    let (_, none) = status_and_body(shop.ada.get(path).await).await;
    let mut expected = rules.clone();
    expected["followers"] = json!([]);
    assert_eq!(none, expected);

    pair.replay().await;
    let (status, added) = shop.add(" east ", &pair.follower_url()).await;
    assert_eq!(status, 201, "{added}");
    assert_eq!(
        (&added["name"], &added["status"]),
        (&json!("east"), &json!("healthy"))
    );
    assert!(
        added["warnings"].is_array() && added["created_at"].is_string(),
        "{added}"
    );
    pair.replay().await;
    let standing = shop.standing().await;
    assert_eq!(standing["behind_bytes"], 0, "{standing}");
    assert!(
        standing["size_bytes"].as_u64() > Some(1 << 20),
        "{standing}"
    );
    assert!(
        standing["tables"].is_u64() && standing["position"].is_string(),
        "{standing}"
    );
    assert!(
        standing["version"]
            .as_str()
            .unwrap()
            .starts_with(char::is_numeric),
        "{standing}"
    );
    assert!(!added.to_string().contains("postgresql:"), "{added}");

    shop.set(
        json!({"follower_lag_bytes_max": 1, "follower_lag_max": 7, "without_follower": "nowhere"}),
    )
    .await;
    // `null` is the default, and what is absent stays.
    shop.set(json!({"follower_lag_bytes_max": null, "without_follower": null}))
        .await;
    let (_, database) = status_and_body(shop.ada.get("/api/v1/databases/shop").await).await;
    assert_eq!(
        database["follower_lag_bytes_max"],
        rules["follower_lag_bytes_max"]
    );
    assert_eq!(database["follower_lag_max"], 7);
    assert_eq!(database["without_follower"], rules["without_follower"]);
    shop.set(json!({"follower_lag_max": null})).await;
    let removed = shop.ada.delete(&format!("{path}/east")).await;
    assert_eq!(removed.status(), StatusCode::NO_CONTENT);
    let removed = shop.ada.delete(&format!("{path}/east")).await;
    assert_eq!(removed.status(), StatusCode::NOT_FOUND);
    let (_, database) = status_and_body(shop.ada.get("/api/v1/databases/shop").await).await;
    assert_eq!(database["without_follower"], Value::Null);
}

#[tokio::test(flavor = "multi_thread")]
async fn only_a_server_that_follows_the_database_can_be_its_follower() {
    let pair = pair().await;
    let shop = Shop::open(&pair).await;
    let stranger = shop.server.data_url();
    for (name, url, words) in [
        ("west", pair.primary_url(), "not in recovery"),
        ("west", stranger, "not in recovery"),
        (
            "west",
            pair.follower.socket_url("reader", "postgres"),
            "another database",
        ),
        (
            "west",
            pair.follower.socket_url("other", "shop"),
            "the role other",
        ),
        ("west", "no url".to_owned(), "postgresql://"),
        ("east", pair.follower_url(), "this name already"),
        // However it is reached.
        (
            "west",
            pair.follower_url(),
            "is the follower “east” already",
        ),
        (
            "west",
            pair.follower.host_url("reader", "127.0.0.1", "shop"),
            "is the follower “east” already",
        ),
        (
            "west",
            "postgresql://reader@a.example.com,b.example.com/shop".to_owned(),
            "several hosts",
        ),
        ("", pair.follower_url(), "1 to 100 characters"),
    ] {
        let (status, refused) = shop.add(name, &url).await;
        let error = refused["error"].to_string();
        assert_eq!(status, 422, "{url}: {error}");
        assert!(error.contains(words), "{url}: {error}");
    }
    let powerful = pair.follower.socket_url("postgres", "shop");
    let (status, refused) = shop.add("west", &powerful).await;
    assert_eq!(
        (status, &refused["error"]["code"]),
        (422, &json!("database_refused")),
        "{refused}"
    );
    let (_, all) = status_and_body(shop.ada.get("/api/v1/databases/shop/followers").await).await;
    assert_eq!(all["followers"].as_array().unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_has_at_most_sixteen_followers_whoever_adds_them_at_once() {
    let pair = pair().await;
    let shop = Shop::without_follower(&pair).await;
    let names: Vec<_> = (0..20).map(|number| format!("follower {number}")).collect();
    let url = pair.follower_url();
    let adding = names.iter().map(|name| shop.add(name, &url));
    let added = futures_util::future::join_all(adding).await;
    let added = added.iter().filter(|(status, _)| *status == 201).count();
    let (_, all) = status_and_body(shop.ada.get("/api/v1/databases/shop/followers").await).await;
    assert_eq!(all["followers"].as_array().unwrap().len(), added);
    assert!((1..=16).contains(&added), "{added}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_pages_show_followers_as_administrators_know_them() {
    let pair = pair().await;
    let shop = Shop::without_follower(&pair).await;
    let ada = shop.server.signed_in("ada@example.com").await;
    let list = page(&ada, "/databases").await;
    let at = list.find(">shop</a>").unwrap();
    let id = list[..at].rsplit_once("/databases/").unwrap().1;
    let id = id.split('"').next().unwrap();
    let database = format!("/databases/{id}");
    let followers = format!("{database}/followers");

    let typed = [
        ("follower_name", "east"),
        ("follower_url", &*pair.primary_url()),
    ];
    let refused = ada.submit(&followers, &typed).await;
    assert_eq!(refused.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let refused = refused.text().await.unwrap();
    assert!(refused.contains("not in recovery"), "{refused}");
    assert!(
        refused.contains("value=\"east\"") && !refused.contains("value=\"postgres"),
        "{refused}"
    );

    let typed = [
        ("follower_name", "east"),
        ("follower_url", &*pair.follower_url()),
    ];
    let added = ada.submit(&followers, &typed).await;
    assert_eq!(
        added.headers()["location"],
        format!("{database}?done=follower-added")
    );
    let rules = [
        ("follower_lag_mebibytes", "0.5"),
        ("follower_lag_max", "7"),
        ("without_follower", "nowhere"),
    ];
    let saved = ada
        .submit(&format!("{database}/follower-rules"), &rules)
        .await;
    assert_eq!(
        saved.headers()["location"],
        format!("{database}?done=followers-changed")
    );
    let (_, known) = status_and_body(shop.ada.get("/api/v1/databases/shop").await).await;
    assert_eq!(known["follower_lag_bytes_max"], 524_288);
    assert_eq!(
        (&known["follower_lag_max"], &known["without_follower"]),
        (&json!(7), &json!("nowhere"))
    );

    pair.replay().await;
    for address in [&*database, "/databases"] {
        let shown = page(&ada, address).await;
        for words in [
            "<th scope=\"row\">east</th>",
            ">healthy</span>",
            "<td>0 bytes</td>",
            "MiB</td>",
        ] {
            assert!(shown.contains(words), "{address} lacks {words}: {shown}");
        }
    }
    let shown = page(&ada, &database).await;
    assert!(
        shown.contains("value=\"0.5\"") && shown.contains("<option value=\"nowhere\" selected>")
    );
    let removal = shown.split("/removal\"").next().unwrap();
    let removal = removal.rsplit_once("action=\"").unwrap().1;
    let removed = ada.submit(&format!("{removal}/removal"), &[]).await;
    assert_eq!(
        removed.headers()["location"],
        format!("{database}?done=follower-removed")
    );
    assert!(!page(&ada, "/databases").await.contains(">east</th>"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_follower_is_not_used_after_its_database_got_another_role() {
    let pair = pair().await;
    let shop = Shop::open(&pair).await;
    let clip = shop.clip("select current_user::text").await;
    assert_eq!(
        shop.value(&clip).await,
        (json!("reader"), "follower".to_owned())
    );
    let change = |role| json!({"url": pair.primary.socket_url(role, "shop")});
    shop.set(change("other")).await;
    let unused = shop.becomes("other_role").await;
    let message = unused["message"].as_str().unwrap();
    assert!(
        message.contains("has the role reader") && message.contains("has other"),
        "{message}"
    );
    assert_eq!(
        shop.value(&clip).await,
        (json!("other"), "primary".to_owned())
    );
    shop.set(change("reader")).await;
    shop.becomes("healthy").await;
    assert_eq!(shop.value(&clip).await.1, "follower");
}
