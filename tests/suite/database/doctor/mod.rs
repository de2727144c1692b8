//! The checks of a database's health: each finds the fault that it is about, a healthy database has no red, and what a role may
//! not see is blind until the GRANT that it comes with.

mod cost;
mod faults;
mod servers;

use dataclips::postgres::ConnectionUrl;
use dataclips::run::Target;
use dataclips::run::doctor::{Diagnosis, Examined, Finding, Grade};

use crate::run::{runner, shop};
use crate::support::Cluster;

/// Of the database `shop`, as this role.
async fn diagnose(cluster: &Cluster, role: &str) -> Diagnosis {
    let url = cluster.socket_url(role, "shop");
    let target = Target {
        id: 1,
        name: "shop".to_owned(),
        url: ConnectionUrl::parse(&url).unwrap().into(),
        following: None,
    };
    let runner = runner(cluster).await;
    runner.diagnose(&target).await.unwrap()
}

fn examined<'a>(diagnosis: &'a Diagnosis, check: &str) -> &'a Examined {
    let mut checks = diagnosis.checks.iter();
    checks.find(|known| known.check.name == check).unwrap()
}

/// The names of the checks with this grade.
fn names(diagnosis: &Diagnosis, grade: Grade) -> Vec<&'static str> {
    let checks = diagnosis.of(grade).into_iter();
    let mut names: Vec<_> = checks.map(|examined| examined.check.name).collect();
    names.sort_unstable();
    names
}

/// The blind findings with a statement.
fn remedies(diagnosis: &Diagnosis) -> Vec<String> {
    let findings = diagnosis.checks.iter().flat_map(Examined::notable);
    let blind = findings.filter(|finding| finding.grade == Grade::Blind);
    blind
        .filter_map(|finding| finding.statement.clone())
        .collect()
}

fn sentences(findings: &[Finding]) -> Vec<&str> {
    let findings = findings.iter();
    findings.map(|finding| finding.sentence.as_str()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_healthy_database_is_green() {
    let cluster = Cluster::start("fsync=on").boot();
    let postgres = cluster.connect("postgres", "postgres").await;
    for sql in [
        "create database shop",
        "create role reader login in role pg_read_all_stats",
    ] {
        postgres.batch_execute(sql).await.unwrap();
    }
    let shop = cluster.connect("postgres", "shop").await;
    shop.batch_execute(
        "create table customers (id bigint generated always as identity primary key, name text);
         create table orders (id bigint generated always as identity primary key,
                              customer bigint not null references customers);
         create index on orders (customer);
         insert into customers (name) select n::text from generate_series(1, 1000) n;
         insert into orders (customer) select 1 + n % 1000 from generate_series(1, 9000) n;
         grant select on all tables in schema public to reader;
         grant select on all sequences in schema public to reader;",
    )
    .await
    .unwrap();
    shop.batch_execute("vacuum analyze").await.unwrap();
    let diagnosis = diagnose(&cluster, "reader").await;
    let notable = diagnosis.checks.iter().flat_map(Examined::notable);
    let notable: Vec<_> = notable
        .map(|finding| (finding.grade, &finding.sentence))
        .collect();
    // The extension is not there.
    assert_eq!(names(&diagnosis, Grade::Blind), ["outliers"], "{notable:?}");
    assert_eq!(notable.len(), 1, "{notable:?}");
    assert_eq!(
        (diagnosis.database.as_str(), diagnosis.role.as_str()),
        ("shop", "reader")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn each_grant_opens_the_eyes_of_a_blind_check() {
    let cluster = shop().await;
    let shop = cluster.connect("postgres", "shop").await;
    shop.batch_execute(
        "create role \"Mole's\" login;
         create table numbered (id serial, filling text);
         insert into numbered (filling) select repeat('x', 1000) from generate_series(1, 3000);
         analyze numbered;",
    )
    .await
    .unwrap();
    let before = diagnose(&cluster, "Mole's").await;
    assert_eq!(
        names(&before, Grade::Blind),
        [
            "blocking",
            "connections",
            "outliers",
            "sequences",
            "sessions",
            "standbys",
            "table_bloat"
        ]
    );
    // What five of them lack is said once.
    let together = before.blindnesses();
    let together: Vec<_> = together
        .iter()
        .map(|blindness| (blindness.titles(), blindness.finding.statement.as_deref()))
        .collect();
    assert_eq!(
        together[0],
        (
            "Standbys, Connections, Who blocks whom, Long transactions, Statements by time and calls"
                .to_owned(),
            Some("grant pg_read_all_stats to \"Mole's\";")
        ),
        "{together:?}"
    );
    for remedy in remedies(&before) {
        shop.batch_execute(&remedy).await.unwrap();
    }
    // Its extension is not there either.
    let after = diagnose(&cluster, "Mole's").await;
    assert_eq!(names(&after, Grade::Blind), ["outliers"]);
    for remedy in remedies(&after) {
        shop.batch_execute(&remedy).await.unwrap();
    }
    // Nor was it loaded when the server started, which only PostgreSQL says.
    let last = diagnose(&cluster, "Mole's").await;
    let outliers = &examined(&last, "outliers").findings;
    assert!(
        sentences(outliers)[0].contains("shared_preload_libraries"),
        "{outliers:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_check_that_meets_a_lock_is_blind_and_the_others_go_on() {
    let cluster = shop().await;
    let mut shop = cluster.connect("postgres", "shop").await;
    shop.batch_execute("create role reader login in role pg_read_all_stats")
        .await
        .unwrap();
    let locked = shop.transaction().await.unwrap();
    locked
        .batch_execute("lock table pg_catalog.pg_sequence; lock table orders")
        .await
        .unwrap();
    let diagnosis = diagnose(&cluster, "reader").await;
    let sequences = &examined(&diagnosis, "sequences").findings;
    assert_eq!(
        sentences(sequences),
        ["A lock is in the way, for which a check does not wait."]
    );
    assert_eq!(names(&diagnosis, Grade::Blind), ["outliers", "sequences"]);
    // The table that is locked is among the largest all the same.
    let largest = &examined(&diagnosis, "largest_tables").findings;
    let largest = sentences(largest);
    assert!(
        largest
            .iter()
            .any(|sentence| sentence.starts_with("public.orders ")),
        "{largest:?}"
    );
}
