//! One run for all who ask, wherever they ask.

use reqwest::{Method, StatusCode};

use super::*;

const READERS: usize = 60;
const SLOW: &str = "select mood, clock_timestamp() as at, pg_sleep(3) is null as slept from moods";

async fn all_the_same(answers: Vec<Response>) {
    let first = identity(&answers[0]);
    let mut bodies = Vec::new();
    for answer in answers {
        assert_eq!(answer.status(), 200);
        assert_eq!(identity(&answer), first);
        bodies.push(answer.bytes().await.unwrap());
    }
    assert!(bodies.iter().all(|body| *body == bodies[0]));
}

#[tokio::test(flavor = "multi_thread")]
async fn sixty_readers_of_a_slow_clip_share_one_run() {
    let servers = Servers::behind_haproxy().await;
    let moods = Moods::create_by(servers.superuser().await).await;
    let superuser = servers.superuser().await;
    let clip = servers.at(0).create_clip(SLOW).await;
    let ada = servers.balanced();
    let read = || ask(&ada, &clip, ".csv");
    let others = async {
        // From then on everybody can know of it.
        wait_until_run(&superuser, 1, 500.0).await;
        join_all((1..READERS).map(|_| read())).await
    };
    let (first, mut answers) = tokio::join!(read(), others);
    answers.push(first);
    assert_eq!(moods.reads().await, 1, "executions");
    assert_eq!(answers.len(), READERS);
    all_the_same(answers).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sixty_readers_who_come_at_once_get_one_result() {
    let servers = Servers::behind_haproxy().await;
    let clip = servers
        .at(0)
        .create_clip("select 1 as one, pg_sleep(3) is null as slept")
        .await;
    let ada = servers.balanced();
    let answers = join_all((0..READERS).map(|_| ask(&ada, &clip, ".csv"))).await;
    all_the_same(answers).await;
    assert_eq!(results(&ada, &clip).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_read_in_three_requests_is_one_run_whoever_answers_them() {
    let servers = Servers::behind_haproxy().await;
    let moods = Moods::create_by(servers.superuser().await).await;
    // HAProxy says who the client is, which the servers do not believe from others.
    let ada = servers.balanced();
    let clip = ada
        .create_clip("select mood, clock_timestamp() as at from moods")
        .await;
    let path = format!("/{}.csv", clip.slug);
    let head = ada.request(Method::HEAD, &path).send().await.unwrap();
    let whole = ada.get(&path).await;
    assert_eq!(
        (head.status(), whole.status()),
        (StatusCode::OK, StatusCode::OK)
    );
    assert_eq!(identity(&head), identity(&whole));
    let tag = header(&whole, "etag").to_owned();
    let whole = whole.bytes().await.unwrap();
    let rest = ada.request(Method::GET, &path).header("range", "bytes=10-");
    let rest = rest.header("if-range", tag).send().await.unwrap();
    assert_eq!(rest.status(), 206);
    assert_eq!(rest.bytes().await.unwrap(), whole[10..]);
    assert_eq!(moods.reads().await, 1, "executions");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_goes_on_while_one_waits_elsewhere_and_ends_with_the_last() {
    let servers = Servers::behind_haproxy().await;
    let superuser = servers.superuser().await;
    let [one, two, _] = servers.each();
    let clip = one.create_clip("select pg_sleep(60)").await;
    let path = format!("/{}.csv", clip.slug);
    let reader = |client: Client| {
        let path = path.clone();
        tokio::spawn(async move { client.get(&path).await })
    };
    let here = reader(one);
    wait_until_run(&superuser, 1, 500.0).await;
    let elsewhere = reader(two);
    // Long enough for a query of its own, were there to be one.
    wait_until_run(&superuser, 1, 2_000.0).await;
    assert_eq!(running(&superuser, 0.0).await, 1, "executions");
    here.abort();
    wait_until_run(&superuser, 1, 4_000.0).await;
    assert_eq!(running(&superuser, 0.0).await, 1);
    elsewhere.abort();
    wait_until_run(&superuser, 0, 0.0).await;
}
