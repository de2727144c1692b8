//! Queries that take no cancel: the visitor has an answer in time, and the process that outlives it keeps its place.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use dataclips::run::Limits;
use tokio_postgres::Client;
use tokio_util::task::AbortOnDropHandle;

use crate::run::visits::Visits;
use crate::support::{LIMITS, Server};

const ONE_SECOND: Limits = Limits {
    timeout: Duration::from_secs(1),
    connections: 1,
    queue_max: 4,
    ..LIMITS
};
/// A second for the query, two for PostgreSQL to end it, and some for a busy machine.
const ANSWER_MAX: Duration = Duration::from_millis(3_900);
/// A process whose client has left, or that is terminated, is gone within seconds.
const GONE_MAX: Duration = Duration::from_secs(8);

const QUICK: &str = "select 6 * 7 as quick";
const QUICK_ANSWER: &str = "columns: \"quick\" int4 23\n42\n";

const FUNCTIONS: &str = "
    create function is_stubborn(seconds float) returns int language plpgsql as
        $$ declare ends_at timestamptz = clock_timestamp() + seconds * interval '1 s'; begin
            while clock_timestamp() < ends_at loop
                begin
                    perform pg_sleep(0.05);
                exception when query_canceled then
                    null;
                end;
            end loop;
            return 1;
        end $$;
    create function does_not_notice(seconds float) returns int language plpgsql as
        $$ begin
            perform set_config(name, '0', true) from pg_settings where name = 'client_connection_check_interval';
            return is_stubborn(seconds);
        end $$;";

#[tokio::test(flavor = "multi_thread")]
async fn a_query_that_takes_no_cancel_is_answered_in_time_and_alone_to_its_end() {
    let scene = Scene::set().await;
    for sql in ["select is_stubborn(20)", "select does_not_notice(20)"] {
        scene.is_answered_in_time(sql).await;
        scene.serves_again_within(GONE_MAX).await;
    }
    scene.was_never_beyond_its_bound();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_that_we_may_not_end_keeps_its_place_for_as_long_as_it_lives() {
    let scene = Scene::set().await;
    let revoked = "revoke execute on function pg_terminate_backend from public";
    scene.superuser.batch_execute(revoked).await.unwrap();
    let started = Instant::now();
    scene.is_answered_in_time("select does_not_notice(6)").await;
    let gone = scene.serves_again_within(GONE_MAX).await;
    assert!(gone - started > Duration::from_secs(6));
    scene.was_never_beyond_its_bound();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_visitor_who_leaves_a_query_that_takes_no_cancel_makes_room_only_with_its_process() {
    let scene = Scene::set().await;
    for sql in ["select is_stubborn(20)", "select does_not_notice(20)"] {
        let running = scene.visits.start(sql);
        scene.is_busy().await;
        drop(running);
        scene.serves_again_within(GONE_MAX).await;
    }
    scene.was_never_beyond_its_bound();
}

/// Visitors of a database with one connection, and somebody who counts the processes that serve them.
struct Scene {
    _server: Server,
    superuser: Client,
    visits: Visits,
    most: Arc<Mutex<Counts>>,
    _counting: AbortOnDropHandle<()>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Counts {
    active_runs: i64,
    processes: i64,
}

impl Scene {
    async fn set() -> Self {
        let server = Server::start().await;
        let superuser = server.superuser().await;
        superuser.batch_execute(FUNCTIONS).await.unwrap();
        let visits = Visits::new(&server.data_url(), ONE_SECOND).await;
        assert_eq!(visits.answer(QUICK).await, QUICK_ANSWER);
        let most: Arc<Mutex<Counts>> = Arc::default();
        let counting = count(server.superuser().await, most.clone());
        Self {
            visits,
            superuser,
            most,
            _counting: AbortOnDropHandle::new(tokio::spawn(counting)),
            _server: server,
        }
    }

    async fn is_answered_in_time(&self, sql: &str) {
        let started = Instant::now();
        let answer = self.visits.answer(sql).await;
        let elapsed = started.elapsed();
        assert_eq!(answer, "timeout 57014\n", "{sql}");
        let range = ONE_SECOND.timeout - Duration::from_millis(20)..ANSWER_MAX;
        assert!(range.contains(&elapsed), "{sql}: {elapsed:?}");
    }

    /// When a run had a connection again. Until then runs wait in the queue for as long as they may, and no longer.
    async fn serves_again_within(&self, time: Duration) -> Instant {
        let started = Instant::now();
        loop {
            let waiting = Instant::now();
            let answer = self.visits.answer(QUICK).await;
            if answer == QUICK_ANSWER {
                return Instant::now();
            }
            assert_eq!(answer, "queue_full\n");
            assert!(waiting.elapsed() < ANSWER_MAX, "{:?}", waiting.elapsed());
            assert!(started.elapsed() < time, "nothing after {time:?}");
        }
    }

    async fn is_busy(&self) {
        let deadline = Instant::now() + ANSWER_MAX;
        while counts(&self.superuser).await.active_runs == 0 {
            assert!(Instant::now() < deadline, "no run began");
        }
    }

    /// One connection for runs, and one at their side.
    fn was_never_beyond_its_bound(&self) {
        let most = *self.most.lock().unwrap();
        assert!(most.active_runs == 1 && most.processes <= 2, "{most:?}");
    }
}

/// Keeps the most that there ever was.
async fn count(superuser: Client, most: Arc<Mutex<Counts>>) {
    loop {
        let now = counts(&superuser).await;
        {
            let mut most = most.lock().unwrap();
            most.active_runs = most.active_runs.max(now.active_runs);
            most.processes = most.processes.max(now.processes);
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

async fn counts(superuser: &Client) -> Counts {
    let sql = "select count(*) filter (where state = 'active' and application_name like 'dataclips clip %'), count(*)
               from pg_stat_activity where datname = current_database() and usename = 'reader'";
    let row = superuser.query_one(sql, &[]).await.unwrap();
    Counts {
        active_runs: row.get(0),
        processes: row.get(1),
    }
}
