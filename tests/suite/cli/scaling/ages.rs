//! Clips with a maximum age: no reader sees older rows after newer ones.

use jiff::Timestamp;

use super::*;

/// `X-Dataclips-Result` and `-Checked-At`.
fn told(answer: &Response) -> (u64, Timestamp) {
    assert_eq!(answer.status(), 200);
    let number = header(answer, "x-dataclips-result").parse().unwrap();
    let checked = header(answer, "x-dataclips-checked-at").parse().unwrap();
    (number, checked)
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_that_one_server_found_changed_are_old_at_the_others_too() {
    let servers = Servers::behind_haproxy().await;
    let moods = Moods::create_by(servers.superuser().await).await;
    let [one, two, three] = servers.each();
    let clip = one.create_clip(MOOD).await;
    for server in [&one, &two, &three] {
        assert_eq!(bytes(server, &clip, ".csv").await, b"mood\ncalm\n");
    }
    moods.turn("cross").await;
    assert_eq!(bytes(&two, &clip, ".csv").await, b"mood\ncross\n");
    change(&two, &clip, json!({"max_age": 600})).await;
    // By then all know that ages count.
    tokio::time::sleep(HOLDS_AFTER).await;
    for server in [&one, &two, &three] {
        let answer = ask(server, &clip, ".csv").await;
        assert!(!header(&answer, "age").is_empty());
        assert_eq!(answer.text().await.unwrap(), "mood\ncross\n");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_sent_from_server_to_server_never_goes_back_in_time() {
    let servers = Servers::behind_haproxy().await;
    let moods = Moods::create_by(servers.superuser().await).await;
    let clip = servers.at(0).create_clip(MOOD).await;
    change(&servers.at(0), &clip, json!({"max_age": 1})).await;
    let ada = servers.balanced();
    let mut before = told(&ask(&ada, &clip, ".csv").await);
    let first = before.1;
    let mut turns = 0;
    // As long as five results last.
    while before.0 < 6 {
        turns += 1;
        moods.turn(&format!("mood {turns}")).await;
        for _ in 0..=SERVERS {
            let now = told(&ask(&ada, &clip, ".csv").await);
            assert!(
                now.0 >= before.0 && now.1 >= before.1,
                "{now:?} after {before:?}"
            );
            before = now;
        }
        assert!(before.1.duration_since(first).as_secs() < 30, "{before:?}");
    }
}
