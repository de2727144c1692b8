//! The progress of a run, and who may cancel it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use dataclips::postgres::ConnectionUrl;
use dataclips::result::Memory;
use dataclips::run::{
    CancelOnDrop, Failure, Identity, Limits, Origin, ParameterTypes, Progress, Query, Runner, Step,
    Target, Values, Wait,
};
use tokio_postgres::Client;

use crate::support::{LIMITS, connect, empty_database, shared};

const SLEEP: &str = "select pg_sleep(60)";

/// A database of its own, and runs on it.
struct Place {
    runner: Runner,
    target: Target,
    /// A connection as the database's owner; the runs connect as the same role.
    owner: Client,
}

impl Place {
    async fn with(limits: Limits) -> Self {
        let url = empty_database().await;
        Self {
            runner: runner(limits).await,
            target: target(&url),
            owner: connect(&url).await.unwrap(),
        }
    }

    async fn new() -> Self {
        Self::with(LIMITS).await
    }

    fn run(&self, sql: &str) -> CancelOnDrop {
        self.runner.start(&self.target, query(sql))
    }

    /// Process id, state and last change of each connection that is not the owner's own.
    async fn connections(&self) -> Vec<String> {
        let sql = "select concat_ws(' ', pid, state, state_change) from pg_stat_activity
                   where datname = current_database() and pid <> pg_backend_pid() and backend_type = 'client backend'
                   order by backend_start";
        let rows = self.owner.query(sql, &[]).await.unwrap();
        rows.iter().map(|row| row.get(0)).collect()
    }

    async fn no_query_is_left(&self) {
        let deadline = Instant::now() + Duration::from_secs(10);
        while self
            .connections()
            .await
            .iter()
            .any(|one| one.contains("active"))
        {
            assert!(Instant::now() < deadline, "a query is left");
        }
    }
}

async fn runner(limits: Limits) -> Runner {
    let store = shared().connect("postgres", "postgres").await;
    let identity = Identity::read(&store).await.unwrap();
    Runner::new(limits, Memory::new(1 << 20), identity)
}

fn target(url: &str) -> Target {
    Target {
        id: 1,
        name: "data".to_owned(),
        url: ConnectionUrl::parse(url).unwrap().into(),
        following: None,
    }
}

fn query(sql: &str) -> Query {
    Query {
        origin: Origin::Clip(1),
        application_name: "dataclips clip 1 version 1".to_owned(),
        sql: sql.to_owned(),
        values: Values::default(),
        types: ParameterTypes::default(),
    }
}

/// The first progress that matches.
async fn until(running: &CancelOnDrop, is: impl Fn(&Progress) -> bool) -> Progress {
    let deadline = Instant::now() + Duration::from_secs(30);
    loop {
        let progress = running.progress();
        if is(&progress) {
            return progress;
        }
        assert!(Instant::now() < deadline, "still {progress:?}");
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

fn executed(progress: &Progress) -> Duration {
    match progress.step {
        Step::Executing { elapsed, .. } => elapsed,
        Step::Queued { .. } | Step::Connecting | Step::Ended => Duration::ZERO,
    }
}

fn wait(progress: &Progress) -> Option<&Wait> {
    match &progress.step {
        Step::Executing { wait, .. } => wait.as_ref(),
        Step::Queued { .. } | Step::Connecting | Step::Ended => None,
    }
}

fn is_executing(progress: &Progress) -> bool {
    matches!(progress.step, Step::Executing { .. })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_queued_run_shows_its_place_and_moves_up() {
    let place = Place::with(Limits {
        connections: 1,
        ..LIMITS
    })
    .await;
    let first = place.run(SLEEP);
    assert_eq!(first.progress().step, Step::Connecting);
    let others = [(); 4].map(|()| place.run(SLEEP));
    for (other, place) in others.iter().zip(1..) {
        assert_eq!(other.progress().step, Step::Queued { place });
    }
    let [second, third, fourth, fifth] = others;

    // The first run now executes its statement; the places in the queue are unchanged.
    until(&first, is_executing).await;
    assert_eq!(second.progress().step, Step::Queued { place: 1 });
    drop(first);
    until(&second, is_executing).await;
    assert_eq!(third.progress().step, Step::Queued { place: 1 });
    assert_eq!(fourth.progress().step, Step::Queued { place: 2 });
    assert!(fifth.progress().elapsed >= executed(&second.progress()));

    third.cancel();
    assert_eq!(third.summary().await.unwrap_err(), Failure::Cancelled);
    assert_eq!(fourth.progress().step, Step::Queued { place: 1 });
    assert_eq!(fifth.progress().step, Step::Queued { place: 2 });
    second.cancel();
    until(&fourth, is_executing).await;
    assert_eq!(fifth.progress().step, Step::Queued { place: 1 });
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_gets_a_connection_at_once_is_never_queued() {
    let place = Place::with(Limits {
        connections: 1,
        ..LIMITS
    })
    .await;
    for _ in 0..20 {
        let running = place.run("select 1");
        until(&running, |progress| {
            assert!(!matches!(progress.step, Step::Queued { .. }));
            progress.step == Step::Ended
        })
        .await;
        running.summary().await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_blocked_run_names_what_blocks_it() {
    let place = Place::new().await;
    for sql in ["create table stock (id int)", "begin; lock table stock"] {
        place.owner.batch_execute(sql).await.unwrap();
    }
    let holder = place
        .owner
        .query_one("select pg_backend_pid()", &[])
        .await
        .unwrap();
    let running = place.run("table stock");
    let _watching = running.watch();
    let blocked = until(&running, |progress| wait(progress).is_some()).await;
    let expected = Wait {
        event_type: "Lock".to_owned(),
        event: "relation".to_owned(),
        blocked_by: vec![holder.get(0)],
    };
    assert_eq!(wait(&blocked), Some(&expected));
    assert!(executed(&blocked) >= Duration::from_secs(1), "{blocked:?}");
    assert_eq!(blocked.timeout, LIMITS.timeout);
    place.owner.batch_execute("rollback").await.unwrap();
    assert_eq!(running.summary().await.unwrap().rows, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_run_waits_for_is_queried_only_while_somebody_watches() {
    let place = Place::new().await;
    let running = place.run(SLEEP);
    // Long enough for two queries of what it waits for, one each second, if anybody watched.
    until(&running, |progress| {
        assert_eq!(wait(progress), None);
        executed(progress) > Duration::from_millis(2_500)
    })
    .await;
    assert_eq!(place.connections().await.len(), 1);

    let watching = running.watch();
    let asleep = until(&running, |progress| wait(progress).is_some()).await;
    let wait_of_sleep = wait(&asleep).unwrap();
    assert_eq!(
        (&*wait_of_sleep.event_type, &*wait_of_sleep.event),
        ("Timeout", "PgSleep")
    );
    assert_eq!(wait_of_sleep.blocked_by, [] as [i32; 0]);
    assert_eq!(place.connections().await.len(), 2);

    drop(watching);
    let unwatched = until(&running, |progress| wait(progress).is_none()).await;
    let before = place.connections().await;
    let later = executed(&unwatched) + Duration::from_millis(2_500);
    until(&running, |progress| executed(progress) > later).await;
    assert_eq!(place.connections().await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_watched_run_continues_when_its_progress_cannot_be_queried() {
    let place = Place::new().await;
    let postgres = shared().connect("postgres", "postgres").await;
    let sql = "create role lonely login connection limit 1";
    postgres.batch_execute(sql).await.unwrap();
    let url = place.target.url.expose().replace("keeper@", "lonely@");
    let running = place
        .runner
        .start(&target(&url), query("select 1, pg_sleep(2.5)"));
    let _watching = running.watch();
    until(&running, |progress| {
        assert_eq!(wait(progress), None);
        progress.step == Step::Ended
    })
    .await;
    assert_eq!(running.summary().await.unwrap().rows, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_are_counted_while_they_arrive() {
    let place = Place::new().await;
    let sql = "select n, repeat('x', 10000), pg_sleep(0.002) from generate_series(1, 25000) n";
    let running = place.run(sql);
    let mut seen = 0;
    for _ in 0..10 {
        let more = until(&running, |progress| progress.rows > seen).await;
        assert!(is_executing(&more), "{more:?}");
        seen = more.rows;
    }
    assert!(running.rows().await.unwrap().rows_so_far() >= seen);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_ended_run_says_so_and_its_clock_stands_still() {
    let place = Place::new().await;
    let running = place.run("select n from generate_series(1, 500) n");
    running.ended().await;
    let progress = running.progress();
    assert_eq!(
        (&progress.step, progress.rows, running.has_ended()),
        (&Step::Ended, 500, true)
    );
    assert!(progress.elapsed >= running.summary().await.unwrap().elapsed);

    let failed = place.run("select nope");
    assert!(!failed.has_ended());
    assert_eq!(failed.summary().await.unwrap_err().code(), "sql_error");
    let end = failed.progress();
    assert_eq!((end.step, end.rows), (Step::Ended, 0));
    assert_eq!(running.progress(), progress);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_is_cancelled_ends_for_everybody() {
    let place = Place::new().await;
    let running = Arc::new(place.run(SLEEP));
    let holders = [(); 2].map(|()| {
        let running = running.clone();
        tokio::spawn(async move { running.summary().await })
    });
    until(&running, is_executing).await;
    running.cancel();
    for holder in holders {
        assert_eq!(holder.await.unwrap().unwrap_err(), Failure::Cancelled);
    }
    assert_eq!(running.rows().await.unwrap_err(), Failure::Cancelled);
    assert_eq!(running.progress().step, Step::Ended);
    place.no_query_is_left().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_is_cancelled_when_only_observers_are_left() {
    let place = Place::new().await;
    let first = Arc::new(place.run(SLEEP));
    let second = first.clone();
    let observer = first.observe();
    drop(first);
    until(&second, is_executing).await;
    assert!(!observer.has_ended());
    drop(second);
    assert_eq!(observer.summary().await.unwrap_err(), Failure::Cancelled);
    assert!(observer.has_ended());
    assert_eq!(observer.progress().step, Step::Ended);
    place.no_query_is_left().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_observer_can_come_and_go_at_any_time() {
    let place = Place::new().await;
    let running = place.run("select 1, pg_sleep(0.1)");
    drop(running.observe());
    let observer = running.observe();
    assert_eq!(running.summary().await.unwrap().rows, 1);
    drop(running);
    // The rows can be read for as long as the observer exists.
    let batch = observer.rows().await.unwrap().batch(0).await.unwrap();
    assert_eq!(batch.unwrap().rows().count(), 1);
}
