use axum::http::Request;
use jiff::Timestamp;

use super::*;
use crate::model::StoredResult;
use crate::run::Failure;

fn request(method: &str, headers: &[(&str, &str)], client: u8) -> ReadRequest {
    let mut request = Request::builder().method(method).uri("/clip.csv");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let (parts, ()) = request.body(()).unwrap().into_parts();
    ReadRequest::new(&parts, [192, 0, 2, client].into(), 0, &[7; 32])
}

fn result(id: i64) -> ReadResult {
    ReadResult::Known(StoredResult {
        id,
        version: 1,
        values: crate::run::Values::default(),
        number: 1,
        started_at: Timestamp::UNIX_EPOCH,
        finished_at: Timestamp::UNIX_EPOCH,
        checked_at: Timestamp::UNIX_EPOCH,
        elapsed: Duration::ZERO,
        content: Err(Failure::Cancelled),
        is_late: false,
        read_from: None,
        checked_from: None,
    })
}

fn found(reads: &RecentReads, now: Instant, request: &ReadRequest) -> Option<i64> {
    reads.find_at(now, request).map(|read| read.result.id())
}

#[test]
fn a_read_ends_ten_seconds_after_its_last_answer_and_after_a_minute_in_all() {
    let reads = RecentReads::default();
    let mut now = Instant::now();
    let range = request("GET", &[("range", "bytes=0-9")], 1);
    reads.note_at(now, &request("HEAD", &[], 1), result(7));
    for _ in 0..6 {
        now += IDLE_MAX - Duration::from_millis(100);
        assert_eq!(found(&reads, now, &range), Some(7));
    }
    now += Duration::from_secs(1);
    assert_eq!(found(&reads, now, &range), None);
    reads.note_at(now, &range, result(8));
    now += IDLE_MAX + Duration::from_millis(100);
    assert_eq!(found(&reads, now, &range), None);
}

#[test]
fn each_client_goes_on_with_its_own_result() {
    let reads = RecentReads::default();
    let now = Instant::now();
    let range = |client| request("GET", &[("range", "bytes=5-9")], client);
    reads.note_at(now, &request("HEAD", &[], 1), result(1));
    reads.note_at(now, &request("GET", &[], 2), result(2));
    assert_eq!(found(&reads, now, &range(1)), Some(1));
    assert_eq!(found(&reads, now, &range(2)), Some(2));
    assert_eq!(found(&reads, now, &range(3)), Some(2), "the newest");
    assert_eq!(found(&reads, now, &request("GET", &[], 1)), Some(1));
    assert_eq!(found(&reads, now, &request("GET", &[], 4)), None);
    let elsewhere = range(1).depending_on("another version");
    assert_eq!(found(&reads, now, &elsewhere), None);
}

/// ClickHouse looks at the columns, then at the length, then reads.
#[test]
fn a_head_goes_on_with_the_rows_that_its_client_got_before() {
    let reads = RecentReads::default();
    let now = Instant::now();
    let (head, get) = (request("HEAD", &[], 1), request("GET", &[], 1));
    reads.note_at(now, &get, result(1));
    assert_eq!(found(&reads, now, &get), None);
    assert_eq!(found(&reads, now, &request("HEAD", &[], 2)), None);
    assert_eq!(found(&reads, now, &head), Some(1));
    assert_eq!(found(&reads, now, &get), Some(1));
}

#[test]
fn many_plain_requests_do_not_end_a_read_in_steps() {
    let reads = RecentReads::default();
    let now = Instant::now();
    let range = request("GET", &[("range", "bytes=0-9")], 1);
    reads.note_at(now, &range, result(1));
    for id in 2..100 {
        reads.note_at(now, &request("GET", &[], 2), result(id));
    }
    assert_eq!(found(&reads, now, &range), Some(1));
}

#[test]
fn what_is_remembered_is_bounded() {
    let reads = RecentReads::default();
    let mut now = Instant::now();
    for number in 0..ADDRESSES_MAX + 10 {
        let address = request("GET", &[], 1).depending_on(&number.to_string());
        reads.note_at(now, &address, result(1));
        now += Duration::from_millis(1);
    }
    for client in 0..=255 {
        reads.note_at(now, &request("GET", &[], client), result(2));
    }
    let all = reads.lock();
    assert_eq!(all.len(), ADDRESSES_MAX);
    assert!(all.values().all(|reads| reads.len() <= READS_MAX));
}
