//! Where runs go, and what responses say about it.

use super::*;
use crate::database::page;
use crate::support::Workbook;

#[tokio::test(flavor = "multi_thread")]
async fn rows_say_from_which_server_they_came() {
    let pair = pair().await;
    let shop = Shop::without_follower(&pair).await;
    let clip = shop.clip("select pg_is_in_recovery()").await;
    assert_eq!(shop.value(&clip).await, (json!(false), String::new()));

    shop.add("east", &pair.follower_url()).await;
    pair.replay().await;
    let answer = shop.rows(&clip).await;
    assert_eq!(from(&answer), "follower");
    assert_eq!(answer.headers()["x-dataclips-behind-by"], "0");
    let exposed = answer.headers()["access-control-expose-headers"]
        .to_str()
        .unwrap();
    assert!(
        exposed.contains("X-Dataclips-Server, X-Dataclips-Behind-By"),
        "{exposed}"
    );
    let (_, body) = status_and_body(answer).await;
    assert_eq!(body["values"], json!([[true]]));

    let seen = page(&shop.server.anonymous(), &format!("/{}", clip.slug)).await;
    assert!(seen.contains("from follower east, not behind"), "{seen}");
    let book = shop.server.rows(&clip, "xlsx").await;
    let etag = book.headers()["etag"].clone();
    let book = Workbook::open(&book.bytes().await.unwrap());
    let about: Vec<String> = book.cells(2).into_values().collect();
    for cell in [
        "text Server",
        "text follower east",
        "text Behind by (bytes)",
        "number 0",
    ] {
        assert!(about.iter().any(|known| known == cell), "{cell}: {about:?}");
    }
    // The workbook says where its rows were read first, so equal rows from elsewhere are the same bytes.
    let same = shop.clip("select 1 as one").await;
    let first = shop.server.rows(&same, "xlsx").await.headers()["etag"].clone();
    shop.run_on(&same, "primary").await;
    let again = shop.server.rows(&same, "xlsx").await;
    assert_eq!(
        (from(&again), &again.headers()["etag"]),
        ("primary".to_owned(), &first)
    );
    assert_ne!(first, etag);

    shop.run_on(&clip, "primary").await;
    assert_eq!(
        shop.value(&clip).await,
        (json!(false), "primary".to_owned())
    );
    let seen = page(&shop.server.anonymous(), &format!("/{}", clip.slug)).await;
    assert!(seen.contains("from the primary"), "{seen}");
    shop.run_on(&clip, "follower").await;
    assert_eq!(
        shop.value(&clip).await,
        (json!(true), "follower".to_owned())
    );
    // Where it once came from is kept with a result.
    let stored = format!("/{}.csv?version=1&result=1", clip.slug);
    assert_eq!(from(&shop.server.anonymous().get(&stored).await), "");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clip_that_needs_a_follower_fails_without_one() {
    let pair = pair().await;
    let shop = Shop::without_follower(&pair).await;
    let clip = shop.clip("select 1 as one").await;
    shop.run_on(&clip, "follower").await;
    let answer = shop.rows(&clip).await;
    assert!(answer.headers().contains_key("retry-after"));
    let (status, refused) = status_and_body(answer).await;
    assert_eq!(
        (status, &refused["error"]["code"]),
        (503, &json!("unavailable"))
    );
    let message = refused["error"]["message"].as_str().unwrap();
    assert!(message.contains("its database has none"), "{message}");
    let advice = refused["error"]["advice"].as_str().unwrap();
    assert!(advice.contains("clip's settings"), "{refused}");
    assert!(!advice.contains("again"), "{refused}");

    // A move to a database without followers fails, and the rehearsal says so.
    shop.add("east", &pair.follower_url()).await;
    let second = shop.clip("select 2 as two").await;
    shop.run_on(&second, "follower").await;
    shop.clip("select 3 as three").await;
    let check = json!({"to": "data"});
    let answer = shop.ada.post("/api/v1/databases/shop/move/check", &check);
    let (_, checked) = status_and_body(answer.await).await;
    assert_eq!(
        (&checked["fails"], &checked["same"], &checked["error"]),
        (&json!(2), &json!(1), &Value::Null),
        "{checked}"
    );
    let checked = &checked["checks"][0];
    assert_eq!(checked["outcome"], "fails", "{checked}");
    assert_eq!(checked["error_before"], Value::Null, "{checked}");
    let error = &checked["error"];
    assert!(
        error["message"].as_str().unwrap().contains("has none"),
        "{checked}"
    );
    assert!(
        error["advice"]
            .as_str()
            .unwrap()
            .contains("clip's settings"),
        "{checked}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_query_that_conflicts_with_replay_runs_once_more_on_the_primary() {
    conflict(&pair().await).await;
}

pub async fn conflict(pair: &Pair) {
    let shop = Shop::open(pair).await;
    let table = pair.table().await;
    let sql = format!(
        "select pg_is_in_recovery(), case when pg_is_in_recovery() then pg_sleep(60)::text end, number from {table}"
    );
    let clip = shop.clip(&sql).await;
    let (value, ()) = tokio::join!(shop.value(&clip), pair.conflict(&table));
    assert_eq!(value, (json!(false), "primary".to_owned()));

    // Where the primary may not be used, the conflict is said.
    let sql = format!(
        "select case when pg_is_in_recovery() then pg_sleep(60)::text end, number from {table}"
    );
    let clip = shop.clip(&sql).await;
    shop.run_on(&clip, "follower").await;
    let (answer, ()) = tokio::join!(shop.rows(&clip), pair.conflict(&table));
    let (status, refused) = status_and_body(answer).await;
    assert_eq!(
        (status, &refused["error"]["sqlstate"]),
        (503, &json!("40001")),
        "{refused}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn no_result_is_older_than_the_newest_one() {
    never_go_back(&pair().await).await;
}

pub async fn never_go_back(pair: &Pair) {
    let shop = Shop::open(pair).await;
    let table = pair.table().await;
    let clip = shop
        .clip(&format!("select sum(number)::integer from {table}"))
        .await;
    assert_eq!(shop.value(&clip).await, (json!(1), "follower".to_owned()));

    pair.pause_or_resume("pause").await;
    pair.execute(&format!("insert into {table} values (10)"))
        .await;
    // The follower is within its limits, and newer than the newest result.
    assert_eq!(shop.value(&clip).await, (json!(1), "follower".to_owned()));
    let behind = shop.rows(&clip).await.headers()["x-dataclips-behind-by"].clone();
    assert!(behind.to_str().unwrap().parse::<u64>().unwrap() > 0);
    shop.run_on(&clip, "primary").await;
    assert_eq!(shop.value(&clip).await, (json!(11), "primary".to_owned()));
    // Now it is not: the primary answers.
    shop.run_on(&clip, "any").await;
    assert_eq!(shop.value(&clip).await, (json!(11), "primary".to_owned()));
    // Or the newest result does, which is newer than anything that may be read.
    shop.run_on(&clip, "follower").await;
    assert_eq!(shop.value(&clip).await, (json!(11), "primary".to_owned()));
    let other = shop.clip(&format!("select max(number) from {table}")).await;
    assert_eq!(shop.value(&other).await, (json!(1), "follower".to_owned()));

    pair.pause_or_resume("resume").await;
    pair.replay().await;
    assert_eq!(shop.value(&clip).await, (json!(11), "follower".to_owned()));
    let path = format!("/api/v1/clips/{}/results", clip.slug);
    let (_, results) = status_and_body(shop.ada.get(&path).await).await;
    let numbers: Vec<_> = results["results"]
        .as_array()
        .unwrap()
        .iter()
        .map(|result| &result["result"])
        .collect();
    assert_eq!(numbers, [2, 1]);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_servers_of_ours_use_one_follower_and_neither_goes_back() {
    let pair = pair().await;
    let shop = Shop::open(&pair).await;
    let beside = shop.server.beside().await;
    let table = pair.table().await;
    let clip = shop
        .clip(&format!("select sum(number)::integer from {table}"))
        .await;
    let both = [&shop.server, &beside];
    let value = async |server: &Server| {
        let answer = server.rows(&clip, "json").await;
        let from = from(&answer);
        let (status, body) = status_and_body(answer).await;
        assert_eq!(status, 200, "{body}");
        (body["values"][0][0].clone(), from)
    };
    for server in both {
        assert_eq!(value(server).await, (json!(1), "follower".to_owned()));
    }
    // What one has read on the primary is newer than what the other could read on the follower.
    pair.pause_or_resume("pause").await;
    pair.execute(&format!("insert into {table} values (10)"))
        .await;
    shop.run_on(&clip, "primary").await;
    assert_eq!(value(&shop.server).await, (json!(11), "primary".to_owned()));
    shop.run_on(&clip, "any").await;
    assert_eq!(value(&beside).await, (json!(11), "primary".to_owned()));
    pair.pause_or_resume("resume").await;
    pair.replay().await;
    for server in both {
        assert_eq!(value(server).await, (json!(11), "follower".to_owned()));
    }
}

impl Pair {
    /// Makes the follower replay that rows are gone, as soon as a query reads them there.
    async fn conflict(&self, table: &str) {
        self.is_asleep().await;
        self.execute(&format!("update {table} set number = number"))
            .await;
        self.execute(&format!("vacuum {table}")).await;
    }
}
