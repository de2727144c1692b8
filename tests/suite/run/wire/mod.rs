//! Runs whose messages from PostgreSQL arrive late, in pieces, changed or not at all. A run returns exactly its rows or
//! a clean failure, within its time, and no later run finds anything of it on its connection.

mod mangler;
mod messages;
mod round_trips;

use std::time::{Duration, Instant};

use dataclips::run::Limits;
use tokio::time::timeout;

use super::visits::Visits;
use crate::support::{LIMITS, Server, shared};
use mangler::{MARK, Mangle, Mangler};

const SHORT: Limits = Limits {
    timeout: Duration::from_secs(1),
    connections: 1,
    rows_max: 1_000,
    ..LIMITS
};
/// The limit on a run's time, the two seconds by which a run may exceed it, and some for a busy machine.
const ANSWER_MAX: Duration = Duration::from_secs(5);

const ROWS: &str =
    "select n, 'row ' || n as words, null as nothing from generate_series(1, 4) as n";
const PLAN: &str = "explain (costs off) values (1), (2)";
const FAILS: &str = "select 12 / (3 - n) from generate_series(1, 4) as n";
const NEXT: &str = "select 6 * 7 as next";
const NEXT_ANSWER: &str = "columns: \"next\" int4 23\n42\n";

/// How a run may end whose messages made no sense.
const CLEAN_FAILURES: [&str; 4] = ["sql_error ", "unavailable", "no_columns", "parameters"];

#[tokio::test(flavor = "multi_thread")]
async fn rows_arrive_whole_however_the_network_cuts_them() {
    let scene = Scene::set().await;
    for text in [ROWS, PLAN, FAILS] {
        let whole = scene.whole(text).await;
        for size in [1, 3, 64] {
            scene.is_whole(text, &whole, Mangle::Pieces(size)).await;
        }
    }
    let whole = scene.whole(ROWS).await;
    let mut at = 0;
    while scene.is_whole(ROWS, &whole, Mangle::Pause(at)).await {
        at += 11;
    }
    let long =
        "select repeat('ö', 20000) as a, repeat('b', n) as b from generate_series(1, 3) as n";
    let whole = scene.whole(long).await;
    for size in [61, 997, 8_191] {
        scene.is_whole(long, &whole, Mangle::Pieces(size)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_server_may_send_at_any_time_changes_nothing() {
    let scene = Scene::set().await;
    for text in [ROWS, PLAN, FAILS] {
        let whole = scene.whole(text).await;
        for (number, bytes) in messages::asynchronous().into_iter().enumerate() {
            // All together before each message, and each alone before some.
            let (mut at, step) = (number, if number == 0 { 1 } else { 7 });
            let mangle = |at| Mangle::Before(at, bytes.clone());
            while scene.is_whole(text, &whole, mangle(at)).await {
                at += step;
            }
            assert!(at > 6, "{text}: {at}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_error_between_any_two_messages_never_leaves_a_short_result() {
    let scene = Scene::set().await;
    for text in [ROWS, PLAN] {
        let mangle = |at| Mangle::Error(at, messages::error());
        scene.is_clean_at_each(text, 0, 1, mangle).await;
    }
}

/// Each run opens its transaction with four statements of ours: three messages answer each.
#[tokio::test(flavor = "multi_thread")]
async fn an_error_about_a_statement_of_ours_is_never_the_querys() {
    let scene = Scene::set().await;
    for text in [ROWS, PLAN] {
        for at in 0..12 {
            let mangle = Mangle::Error(at, messages::error());
            let (answer, _) = scene.mangled(text, mangle, "an error of ours").await;
            assert!(answer.starts_with("unavailable"), "{text} {at}: {answer}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_closes_anywhere_never_leaves_a_short_result() {
    let scene = Scene::set().await;
    let closed = |at| Mangle::Closed(at, Vec::new());
    scene.is_clean_at_each(ROWS, 0, 1, closed).await;
    scene.is_clean_at_each(PLAN, 0, 3, closed).await;
    let ended = |at| Mangle::Closed(at, messages::fatal_error());
    scene.is_clean_at_each(ROWS, 1, 3, ended).await;
    for bytes in [1, 7] {
        let within = |at| Mangle::ClosedWithin(at, bytes);
        scene.is_clean_at_each(ROWS, bytes % 4, 4, within).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_end_that_comes_too_early_never_leaves_a_short_result() {
    let scene = Scene::set().await;
    for (number, end) in messages::ends().into_iter().enumerate() {
        let step = if number == 0 { 1 } else { 5 };
        let mangle = |at| Mangle::Before(at, end.clone());
        scene.is_clean_at_each(ROWS, number, step, mangle).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_of_impossible_length_is_not_waited_for() {
    let scene = Scene::set().await;
    for (number, start) in messages::impossible_lengths().into_iter().enumerate() {
        let started = Instant::now();
        let mangle = |at| Mangle::Before(at, start.clone());
        scene.is_clean_at_each(ROWS, number, 9, mangle).await;
        assert!(started.elapsed() < ANSWER_MAX, "message {number}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_nobody_expects_never_leaves_a_wrong_result() {
    let scene = Scene::set().await;
    let whole = scene.whole(ROWS).await;
    for (number, (name, bytes)) in messages::unexpected().into_iter().enumerate() {
        // Each begins elsewhere, so that together they reach every place.
        for at in (number % 10..).step_by(10) {
            let mangle = Mangle::Before(at, bytes.clone());
            let place = format!("{name} before message {at}");
            if !scene.is_clean(ROWS, &whole, mangle, &place).await {
                break;
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_contradicts_itself_never_leaves_a_wrong_result() {
    let scene = Scene::set().await;
    for (name, kind, change) in messages::changes() {
        let text = if kind == b'E' { FAILS } else { ROWS };
        let whole = scene.whole(text).await;
        for at in 0.. {
            let mangle = Mangle::Replaced(kind, at, change);
            let place = format!("{} {at}: {name}", char::from(kind));
            if !scene.is_clean(text, &whole, mangle, &place).await {
                break;
            }
        }
    }
}

/// The signal of a cancel request reaches the process, whatever it does by then.
#[tokio::test(flavor = "multi_thread")]
async fn a_cancel_request_that_arrives_late_does_not_hit_the_next_run() {
    let scene = Scene::set().await;
    let cut = "select generate_series(1, 5000) as n";
    let not_text = "select set_config('client_encoding', 'LATIN1', true), 'é'";
    for text in [cut, not_text] {
        scene.mangler.hold_cancels();
        let answer = scene.visits.answer(text).await;
        assert!(!answer.starts_with("unavailable"), "{text}: {answer}");
        scene.next_is_not_hit(text).await;
    }
    let left = "select pg_sleep(0.2)";
    scene.mangler.hold_cancels();
    let running = scene.visits.start(left);
    scene.sleeps(0.2).await;
    drop(running);
    scene.next_is_not_hit(left).await;
}

struct Scene {
    server: Server,
    mangler: Mangler,
    visits: Visits,
}

impl Scene {
    async fn set() -> Self {
        let server = Server::start().await;
        let mangler = Mangler::to(shared().port).await;
        let visits = Visits::new(&mangler.url("reader", &server.data), SHORT).await;
        Self {
            server,
            mangler,
            visits,
        }
    }

    /// The answer to the text if nothing is mangled.
    async fn whole(&self, text: &str) -> String {
        let whole = self.visits.answer(&marked(text)).await;
        assert!(!whole.starts_with("unavailable"), "{text}: {whole}");
        whole
    }

    /// Whether anything was mangled; the answer is as if nothing was.
    async fn is_whole(&self, text: &str, whole: &str, mangle: Mangle) -> bool {
        let name = format!("{text}: {mangle:?}");
        let (answer, was_hit) = self.mangled(text, mangle, &name).await;
        assert_eq!(answer, whole, "{name}");
        was_hit
    }

    /// Mangles the first message, and then each so many messages behind it.
    async fn is_clean_at_each(
        &self,
        text: &str,
        first: usize,
        step: usize,
        mangle: impl Fn(usize) -> Mangle,
    ) {
        let whole = self.whole(text).await;
        let mut at = first;
        let name = |at| format!("{text}: {:?}", mangle(at));
        while self.is_clean(text, &whole, mangle(at), &name(at)).await {
            at += step;
        }
        assert!(at > 6, "{text}: {at}");
    }

    /// Whether anything was mangled; the answer is the whole one or a clean failure.
    async fn is_clean(&self, text: &str, whole: &str, mangle: Mangle, name: &str) -> bool {
        let (answer, was_hit) = self.mangled(text, mangle, name).await;
        let is_failure = CLEAN_FAILURES.iter().any(|code| answer.starts_with(code));
        assert!(answer == whole || is_failure, "{name}: {answer}");
        was_hit
    }

    /// The answer to the text, and whether anything was mangled. The next run is right on the spot.
    async fn mangled(&self, text: &str, mangle: Mangle, name: &str) -> (String, bool) {
        self.mangler.start(mangle);
        let text = marked(text);
        let answer = timeout(ANSWER_MAX, self.visits.answer(&text)).await;
        let was_hit = self.mangler.stop();
        let answer = answer.unwrap_or_else(|_| panic!("no answer: {name}"));
        let next = timeout(ANSWER_MAX, self.visits.answer(NEXT)).await;
        let next = next.unwrap_or_else(|_| panic!("no answer after {name}"));
        assert_eq!(next, NEXT_ANSWER, "after {name}");
        (answer, was_hit)
    }

    /// Delivers all held cancel requests while another run is in progress.
    async fn next_is_not_hit(&self, text: &str) {
        let next = self.visits.start("select pg_sleep(0.3)");
        self.sleeps(0.3).await;
        let held = self.mangler.deliver_cancels().await;
        let next = next.summary().await;
        assert!(next.is_ok(), "after {text} and {held} cancels: {next:?}");
    }

    async fn sleeps(&self, seconds: f32) {
        let superuser = self.server.superuser().await;
        let sql = format!(
            "select count(*) from pg_stat_activity where datname = current_database()
             and query like 'select pg_sleep({seconds}%' and wait_event = 'PgSleep'"
        );
        let deadline = Instant::now() + ANSWER_MAX;
        while superuser
            .query_one(&sql, &[])
            .await
            .unwrap()
            .get::<_, i64>(0)
            == 0
        {
            assert!(Instant::now() < deadline, "no run sleeps {seconds} s");
        }
    }
}

fn marked(text: &str) -> String {
    format!("{MARK} {text}")
}
