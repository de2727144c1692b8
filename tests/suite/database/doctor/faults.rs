//! A database with one of each fault, and that each is found.

use std::time::{Duration, Instant};

use dataclips::run::doctor::{Check, Diagnosis, Grade};
use futures_util::future::join_all;
use tokio_postgres::Client;

use super::{diagnose, examined};
use crate::support::Cluster;

/// For sessions to wait for each other, and statistics to be there.
const WAIT_MAX: Duration = Duration::from_secs(20);

/// A cluster is set up with some of the faults. Nothing but the tests cleans up. PostgreSQL looks at a wait for a lock at once.
pub const SETTINGS: &str = "shared_preload_libraries=pg_stat_statements\nautovacuum_naptime=1d\nautovacuum_freeze_max_age=100000\n\
     deadlock_timeout=10ms\nmax_connections=30\nmax_prepared_transactions=2";

/// What each check finds: grade, and words of the finding. Those about a time that is not awaited here are tried with shorter ones.
const FAULTS: [(&str, Grade, &str); 19] = [
    (
        "transaction_ids",
        Grade::Amber,
        "The oldest transaction id of the database shop",
    ),
    (
        "sequences",
        Grade::Red,
        "The sequence public.spent_id_seq has used 99.9 %",
    ),
    (
        "sequences",
        Grade::Amber,
        "has used 91.5 % of the numbers for public.narrow.id",
    ),
    (
        "replication_slots",
        Grade::Amber,
        "Nobody reads the slot forgotten_reader",
    ),
    (
        "connections",
        Grade::Red,
        "1 of 1 connections to the role crowd",
    ),
    (
        "blocking",
        Grade::Amber,
        "idle in transaction), which holds up 2 sessions",
    ),
    ("settings", Grade::Red, "fsync is off"),
    ("settings", Grade::Amber, "enable_hashjoin is off"),
    (
        "invalid_indexes",
        Grade::Amber,
        "The index visits_invalid of public.visits is invalid",
    ),
    (
        "foreign_keys",
        Grade::Amber,
        "visits_measurement_slow of public.visits has no index on (measurement)",
    ),
    (
        "vacuum",
        Grade::Amber,
        "public.forgotten has 30000 dead rows",
    ),
    (
        "vacuum",
        Grade::Amber,
        "Autovacuum is switched off for public.visits",
    ),
    (
        "unused_indexes",
        Grade::Amber,
        "has used the index measurements_unused",
    ),
    (
        "duplicate_indexes",
        Grade::Amber,
        "measurements_twice of public.measurements is the same as measurements_unused",
    ),
    (
        "duplicate_indexes",
        Grade::Amber,
        "measurements_leading of public.measurements begins measurements_both",
    ),
    ("table_bloat", Grade::Amber, "of public.bloated (9"),
    (
        "index_bloat",
        Grade::Amber,
        "of the index bloated_filling (9",
    ),
    ("outliers", Grade::Amber, ": 100 calls of "),
    ("largest_tables", Grade::Green, "public.bloated takes"),
];

/// A text of a check's SQL, and what is there instead.
type Replaced = (&'static str, &'static str);

/// Checks about time, and what makes them find at once what is there.
const SOON: [(&str, &[Replaced], &str); 4] = [
    (
        "sessions",
        &[("10 seconds", "0"), ("1 minute", "0")],
        "holds a transaction open and has done nothing for",
    ),
    (
        "sessions",
        &[("10 seconds", "0"), ("1 minute", "0")],
        "The prepared transaction 'half'",
    ),
    (
        "sessions",
        &[("10 seconds", "0"), ("5 minutes", "0")],
        "A query of postgres",
    ),
    (
        "cache_hits",
        &[("99.0 as", "100.1 as"), ("1000000 as", "0 as")],
        "of the blocks of tables were found in memory",
    ),
];

#[tokio::test(flavor = "multi_thread")]
async fn the_installed_postgresql_has_its_faults_found() {
    each_fault_is_found(&Cluster::start(SETTINGS).boot()).await;
}

pub async fn each_fault_is_found(cluster: &Cluster) {
    let patient = Patient::new(cluster).await;
    let diagnosis = patient.diagnosis_of_the_chain().await;
    let missing: Vec<_> = FAULTS
        .iter()
        .filter(|(check, grade, words)| !finds(&diagnosis, check, *grade, words))
        .collect();
    let found = diagnosis
        .checks
        .iter()
        .flat_map(|examined| &examined.findings);
    let found: Vec<_> = found
        .map(|finding| (finding.grade, &finding.sentence))
        .collect();
    assert!(missing.is_empty(), "not found: {missing:#?} in {found:#?}");
    assert_eq!(diagnosis.of(Grade::Blind).len(), 0, "{found:#?}");
    for (check, thresholds, words) in SOON {
        let found = patient.found_soon(check, thresholds).await;
        assert!(
            found.iter().any(|sentence| sentence.contains(words)),
            "{check}: {found:?}"
        );
    }
}

fn finds(diagnosis: &Diagnosis, check: &str, grade: Grade, words: &str) -> bool {
    let mut findings = examined(diagnosis, check).findings.iter();
    findings.any(|finding| finding.grade == grade && finding.sentence.contains(words))
}

/// A database with all faults.
struct Patient<'a> {
    cluster: &'a Cluster,
    superuser: Client,
    /// One holds an old transaction, one a lock, one all connections of its role.
    _open: [Client; 3],
}

impl<'a> Patient<'a> {
    async fn new(cluster: &'a Cluster) -> Self {
        let postgres = cluster.connect("postgres", "postgres").await;
        for sql in [
            "create database shop",
            "create role crowd login connection limit 1",
        ] {
            postgres.batch_execute(sql).await.unwrap();
        }
        let superuser = cluster.connect("postgres", "shop").await;
        for sql in [
            include_str!("faults.sql"),
            "vacuum analyze",
            "delete from forgotten",
            "begin; create table prepared (id int); prepare transaction 'half'",
            "create extension pg_stat_statements",
        ] {
            superuser.batch_execute(sql).await.unwrap();
        }
        let invalid = "create unique index concurrently visits_invalid on visits (place)";
        // It waits for all older transactions, the prepared one too, unless it fails first.
        superuser.batch_execute(invalid).await.unwrap_err();
        let old = cluster.connect("postgres", "shop").await;
        old.batch_execute("begin; select txid_current()")
            .await
            .unwrap();
        superuser.batch_execute(BURN).await.unwrap();
        superuser
            .batch_execute("select pg_stat_statements_reset()")
            .await
            .unwrap();
        for _ in 0..100 {
            superuser
                .batch_execute("select pg_sleep(0.021)")
                .await
                .unwrap();
        }
        let lock = cluster.connect("postgres", "shop").await;
        lock.batch_execute("begin; lock table places")
            .await
            .unwrap();
        let crowd = cluster.connect("crowd", "postgres").await;
        Self {
            cluster,
            superuser,
            _open: [old, lock, crowd],
        }
    }

    /// While two sessions wait for the lock.
    async fn diagnosis_of_the_chain(&self) -> Diagnosis {
        let waiting = [
            self.cluster.connect("postgres", "shop").await,
            self.cluster.connect("postgres", "shop").await,
        ];
        let waits = waiting
            .iter()
            .map(|client| client.batch_execute("begin; lock table places"));
        tokio::select! {
            _ = join_all(waits) => panic!("the lock was free"),
            diagnosis = self.diagnosis_with_all_statistics() => diagnosis,
        }
    }

    /// Statistics reach others a moment later, before PostgreSQL 15 by way of a process of their own.
    async fn diagnosis_with_all_statistics(&self) -> Diagnosis {
        let deadline = Instant::now() + WAIT_MAX;
        loop {
            let diagnosis = diagnose(self.cluster, "reader").await;
            let is_there = |(check, grade, words): &(&str, Grade, &str)| {
                finds(&diagnosis, check, *grade, words)
            };
            if FAULTS.iter().all(is_there) || Instant::now() > deadline {
                return diagnosis;
            }
        }
    }

    /// Amber and red sentences of a check with other thresholds.
    async fn found_soon(&self, check: &str, thresholds: &[(&str, &str)]) -> Vec<String> {
        let mut sql = Check::find(check).unwrap().sql(None);
        for (usual, soon) in thresholds {
            assert!(sql.contains(usual), "{check}: {usual}");
            sql = sql.replace(usual, soon);
        }
        let asking = self.cluster.connect("reader", "shop").await;
        // For the query that is being run to be that of somebody else.
        let asked = async {
            let rows = asking.query(&sql, &[]).await.unwrap();
            let found = rows.iter().filter(|row| row.get::<_, &str>(0) != "green");
            found.map(|row| row.get(1)).collect()
        };
        tokio::select! {
            biased;
            _ = self.superuser.batch_execute("select pg_sleep(60)") => panic!("it takes too long"),
            found = asked => found,
        }
    }
}

/// Each block with a handler has a transaction id of its own.
const BURN: &str = "
    create table burnt (id int);
    do $$ begin
        for n in 1..160000 loop
            begin
                insert into burnt values (n);
            exception when others then null;
            end;
        end loop;
    end $$;";
