//! Several people at the same clip.

use dataclips::model::Role;
use futures_util::future::{join, join_all};
use serde_json::json;

use crate::http::{ask, header};
use crate::live::{FORMATS, bytes, pin, results, unpin};
use crate::support::{Server, status_and_body};
use std::time::Duration;

#[tokio::test(flavor = "multi_thread")]
async fn two_who_pin_at_once_both_succeed() {
    let server = Server::start().await;
    let mia = server.user("mia@example.com", Role::Member).await;
    let clip = mia.create_clip("select clock_timestamp() as at").await;
    bytes(&mia, &clip, ".csv").await;
    for _ in 0..20 {
        let pins = (0..8).map(async |number| {
            let client = [&mia, &server.administrator][number % 2];
            status_and_body(pin(client, &clip, None).await).await
        });
        for (status, body) in join_all(pins).await {
            assert_eq!(status, 200, "{body}");
        }
        let (first, second) = join(unpin(&mia, &clip), unpin(&server.administrator, &clip)).await;
        assert_eq!(
            (first.status(), second.status()),
            (204.try_into().unwrap(), 204.try_into().unwrap())
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_pins_at_once_one_holds_and_its_rows_are_there() {
    let server = Server::start().await;
    let mia = server.user("mia@example.com", Role::Member).await;
    let clip = mia.create_clip("select clock_timestamp() as at").await;
    let rows = [
        bytes(&mia, &clip, ".csv").await,
        bytes(&mia, &clip, ".csv").await,
    ];
    for _ in 0..20 {
        let pins = (0..8).map(async |number| {
            let client = [&mia, &server.administrator][number % 2];
            let chosen = json!({"version": 1, "result": number / 2 % 2 + 1});
            assert_eq!(pin(client, &clip, Some(&chosen)).await.status(), 200);
        });
        join_all(pins).await;
        let answer = ask(&mia, &clip, ".csv").await;
        let result: usize = header(&answer, "x-dataclips-result").parse().unwrap();
        assert_eq!(answer.bytes().await.unwrap(), rows[result - 1]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn its_owner_cancels_a_run_for_all_and_a_reader_for_nobody() {
    let server = Server::start().await;
    let mia = server.user("mia@example.com", Role::Member).await;
    server.user("max@example.com", Role::Member).await;
    let clip = mia.create_clip("select pg_sleep(30)").await;
    let path = format!("/{}/cancellation", clip.slug);
    let version = [("version", "1")];
    let (owner, reader) = (
        server.signed_in("mia@example.com").await,
        server.signed_in("max@example.com").await,
    );
    let waiting = join_all(FORMATS.iter().map(|rest| ask(&mia, &clip, rest)));
    let cancelling = async {
        let superuser = server.superuser().await;
        let runs = "select count(*) from pg_stat_activity where wait_event = 'PgSleep' and datname = current_database()";
        while superuser
            .query_one(runs, &[])
            .await
            .unwrap()
            .get::<_, i64>(0)
            == 0
        {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        for (client, status) in [(&reader, 403), (&server.anonymous(), 401)] {
            assert_eq!(client.submit(&path, &version).await.status(), status);
        }
        let left: i64 = superuser.query_one(runs, &[]).await.unwrap().get(0);
        assert_eq!(left, 1, "a reader's word cancels nothing");
        let cancelled = owner.submit(&path, &version).await;
        assert_eq!(cancelled.status(), 303);
        let page = header(&cancelled, "location").to_owned();
        let page = owner.get(&page).await;
        assert_eq!(page.status(), 409, "the page tells of it");
        let page = page.text().await.unwrap();
        assert!(page.contains("Cancelled. There are no rows yet."), "{page}");
        assert!(
            !page.contains("57014") && !page.contains("class=\"problem\""),
            "{page}"
        );
    };
    let (answers, ()) = join(waiting, cancelling).await;
    for answer in answers {
        let (status, body) = status_and_body(answer).await;
        assert_eq!((status, &body["error"]["code"]), (409, &json!("cancelled")));
    }
    server.no_query_is_left().await;
    assert_eq!(results(&mia, &clip).await.len(), 0, "that is no result");
}
