//! Numbers, checksums and tags of results, whoever ran them.

use std::collections::BTreeMap;

use super::*;

/// A moment long, so that the three servers end theirs at once.
const MOMENT: &str = "pg_sleep(0.05) is null as slept";

/// Each clip by as many readers at once as there are servers, who get to one each.
async fn first_reads(servers: &Servers, clips: &[Clip]) -> Vec<Vec<Response>> {
    let ada = servers.balanced();
    let readers = clips.iter().map(|clip| {
        let ada = &ada;
        join_all((0..SERVERS).map(move |_| ask(ada, clip, ".csv")))
    });
    join_all(readers).await
}

async fn twenty_clips(servers: &Servers, sql: &str) -> Vec<Clip> {
    let mut clips = Vec::new();
    for _ in 0..20 {
        clips.push(servers.at(0).create_clip(sql).await);
    }
    clips
}

/// How many were not answered by rows, by status.
fn refused(answers: &[Vec<Response>]) -> BTreeMap<u16, usize> {
    let mut refused = BTreeMap::new();
    for answer in answers.iter().flatten().filter(|a| a.status() != 200) {
        *refused.entry(answer.status().as_u16()).or_default() += 1;
    }
    refused
}

#[tokio::test(flavor = "multi_thread")]
async fn sixty_first_reads_of_equal_data_at_once_get_its_number() {
    let servers = Servers::behind_haproxy().await;
    let clips = twenty_clips(&servers, &format!("select 1 as one, {MOMENT}")).await;
    let answers = first_reads(&servers, &clips).await;
    assert_eq!(refused(&answers), BTreeMap::new());
    for (answers, clip) in answers.iter().zip(&clips) {
        let first = identity(&answers[0]);
        assert_eq!(first.0, "1");
        assert!(answers.iter().all(|answer| identity(answer) == first));
        assert_eq!(results(&servers.at(0), clip).await.len(), 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn sixty_first_reads_of_other_data_at_once_get_a_number_for_each() {
    let servers = Servers::behind_haproxy().await;
    let sql = format!("select clock_timestamp() as at, {MOMENT}");
    let clips = twenty_clips(&servers, &sql).await;
    let answers = first_reads(&servers, &clips).await;
    assert_eq!(refused(&answers), BTreeMap::new());
    for (answers, clip) in answers.into_iter().zip(&clips) {
        let mut data = BTreeMap::new();
        for answer in answers {
            let number: u64 = header(&answer, "x-dataclips-result").parse().unwrap();
            let text = answer.text().await.unwrap();
            assert_eq!(*data.entry(number).or_insert(text.clone()), text);
        }
        let listed = results(&servers.at(0), clip).await;
        let numbers = listed.iter().map(|one| one["result"].as_u64().unwrap());
        let numbers: Vec<_> = numbers.collect();
        assert!(data.keys().all(|number| numbers.contains(number)));
        let expected: Vec<_> = (1..=numbers.len() as u64).rev().collect();
        assert_eq!(numbers, expected);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn equal_data_has_one_number_checksum_and_tag_at_each_server() {
    let servers = Servers::behind_haproxy().await;
    let moods = Moods::create_by(servers.superuser().await).await;
    let clip = servers.at(0).create_clip(MOOD).await;
    for (turn, mood) in ["calm", "cross", "calm", "merry"].into_iter().enumerate() {
        moods.turn(mood).await;
        let mut told = Vec::new();
        for at in 0..SERVERS {
            // Another one is the first to see each mood.
            let answer = ask(&servers.at((turn + at) % SERVERS), &clip, ".json").await;
            let status = answer.status().as_u16();
            let (number, tag) = identity(&answer);
            let (_, body) = status_and_body(answer).await;
            told.push((status, number, tag, body["checksum"].clone()));
        }
        assert_eq!(told[0].0, 200);
        assert_eq!(told[0].1, (turn + 1).to_string(), "{told:?}");
        assert!(told.iter().all(|one| *one == told[0]), "{told:#?}");
    }
    assert_eq!(results(&servers.at(0), &clip).await.len(), 4);
}
