//! A database with one of each fault, and that each is found.

use std::fs;
use std::io::{Seek, SeekFrom, Write};
use std::time::{Duration, Instant};

use dataclips::run::doctor::{Check, Diagnosis, Finding, Grade};
use futures_util::future::join_all;
use tokio_postgres::Client;

use super::{diagnose, examined, names};
use crate::support::Cluster;

/// For sessions to wait for each other, and statistics to be there.
const WAIT_MAX: Duration = Duration::from_secs(20);

/// A cluster is set up with some of the faults. Nothing but the tests cleans up. PostgreSQL looks at a wait for a lock at once.
pub const SETTINGS: &str = "shared_preload_libraries=pg_stat_statements\nautovacuum_naptime=1d\nautovacuum_freeze_max_age=100000\n\
     deadlock_timeout=10ms\nmax_connections=30\nmax_prepared_transactions=2\narchive_mode=on\narchive_command=false";

/// A fault that the database has, and how it is found. `docs/doctor.md` has a table of them.
struct Fault {
    name: &'static str,
    check: &'static str,
    grade: Grade,
    /// A part of the finding.
    words: &'static str,
    /// For what nobody awaits here: thresholds that find it at once, in place of the usual ones.
    soon: &'static [(&'static str, &'static str)],
}

const fn fault(
    name: &'static str,
    check: &'static str,
    grade: Grade,
    words: &'static str,
) -> Fault {
    Fault {
        name,
        check,
        grade,
        words,
        soon: &[],
    }
}

impl Fault {
    const fn soon(self, soon: &'static [(&'static str, &'static str)]) -> Self {
        Self { soon, ..self }
    }
}

const FAULTS: [Fault; 32] = [
    fault(
        "a damaged page",
        "damaged_pages",
        Grade::Red,
        "Pages of the database shop were read with a wrong checksum once",
    ),
    fault(
        "transaction ids that an old transaction keeps from being frozen",
        "transaction_ids",
        Grade::Amber,
        "The oldest transaction id of the database shop",
    ),
    fault(
        "transaction ids near their end",
        "transaction_ids",
        Grade::Red,
        "The oldest transaction id of the database shop",
    )
    .soon(&[("1300000000 as red", "150000 as red")]),
    fault(
        "a sequence that is nearly spent",
        "sequences",
        Grade::Red,
        "The sequence public.spent_id_seq has used 99.9 %",
    ),
    fault(
        "a sequence that outlasts its column",
        "sequences",
        Grade::Amber,
        "has used 91.5 % of the numbers for public.narrow.id",
    ),
    fault(
        "a replication slot that nobody reads",
        "replication_slots",
        Grade::Amber,
        "Nobody reads the slot forgotten_reader",
    ),
    fault(
        "a standby that lags",
        "standbys",
        Grade::Amber,
        "The standby walreceiver is ",
    ),
    fault(
        "an archive command that fails",
        "archiving",
        Grade::Amber,
        "Archiving WAL fails: 0000000",
    ),
    fault(
        "an archive command that has failed for long",
        "archiving",
        Grade::Red,
        "Archiving WAL fails: 0000000",
    )
    .soon(&[("interval '1 hour'", "interval '0'")]),
    fault(
        "a role at its connection limit",
        "connections",
        Grade::Red,
        "1 of 1 connections of the role crowd",
    ),
    fault(
        "a chain of sessions behind one that is idle in a transaction",
        "blocking",
        Grade::Amber,
        "idle in transaction), which holds up 2 sessions",
    ),
    fault(
        "a transaction that idles",
        "sessions",
        Grade::Amber,
        "holds a transaction open and has done nothing for",
    )
    .soon(&[("10 seconds", "0"), ("1 minute", "0")]),
    fault(
        "a prepared transaction",
        "sessions",
        Grade::Amber,
        "The prepared transaction 'half'",
    )
    .soon(&[("10 seconds", "0"), ("1 minute", "0")]),
    fault(
        "a long query",
        "sessions",
        Grade::Amber,
        "A query of postgres",
    )
    .soon(&[("10 seconds", "0"), ("5 minutes", "0")]),
    fault("a deadlock", "events", Grade::Amber, "1 deadlock in a day"),
    fault(
        "temporary files",
        "events",
        Grade::Amber,
        "temporary files of ",
    )
    .soon(&[("10737418240 as", "1 as")]),
    fault("`fsync` off", "settings", Grade::Red, "fsync is off"),
    fault(
        "`enable_hashjoin` off",
        "settings",
        Grade::Amber,
        "enable_hashjoin is off",
    ),
    fault(
        "an index that was not built to its end",
        "invalid_indexes",
        Grade::Amber,
        "The index visits_invalid of public.visits is invalid",
    ),
    fault(
        "a foreign key without an index",
        "foreign_keys",
        Grade::Amber,
        "visits_measurement_slow of public.visits has no index on (measurement)",
    ),
    fault(
        "a constraint that was not validated",
        "constraints",
        Grade::Amber,
        "visits_place_positive of public.visits was never validated",
    ),
    fault(
        "disabled triggers",
        "constraints",
        Grade::Amber,
        "Triggers of public.measurements are disabled",
    ),
    fault(
        "dead rows",
        "vacuum",
        Grade::Amber,
        "public.forgotten has 30000 dead rows",
    ),
    fault(
        "a table without autovacuum",
        "vacuum",
        Grade::Amber,
        "Autovacuum is switched off for public.visits",
    ),
    fault(
        "an index nobody uses",
        "unused_indexes",
        Grade::Amber,
        "has used the index measurements_unused",
    ),
    fault(
        "two equal indexes",
        "duplicate_indexes",
        Grade::Amber,
        "measurements_twice of public.measurements is the same as measurements_unused",
    ),
    fault(
        "an index that leads another",
        "duplicate_indexes",
        Grade::Amber,
        "measurements_leading of public.measurements lead those of measurements_both",
    ),
    fault(
        "a table that is nearly empty",
        "table_bloat",
        Grade::Amber,
        "of public.bloated (9",
    ),
    fault(
        "an index that is nearly empty",
        "index_bloat",
        Grade::Amber,
        "of the index bloated_filling (9",
    ),
    fault(
        "a table that is read whole",
        "sequential_scans",
        Grade::Amber,
        "public.visits, about 60000 rows, was read whole 1",
    ),
    fault(
        "a statement that takes most of the time",
        "outliers",
        Grade::Amber,
        ": 100 calls of ",
    ),
    fault(
        "reads that miss the memory",
        "cache_hits",
        Grade::Amber,
        "of the blocks of tables were found in memory",
    )
    .soon(&[("99.0 as", "100.1 as"), ("1000000 as", "0 as")]),
];

#[test]
fn the_documentation_has_each_fault() {
    let said = include_str!("../../../../docs/doctor.md");
    for fault in &FAULTS {
        let line = format!("| {} | found | found | found |", fault.name);
        assert!(said.contains(&line), "{line}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_installed_postgresql_has_its_faults_found() {
    each_fault_is_found(Cluster::start(SETTINGS)).await;
}

/// In a cluster that was not started yet, and its standby.
pub async fn each_fault_is_found(cluster: Cluster) {
    // What a cluster is set up for counts, until it is started with something else.
    let standby = cluster.standby(&format!("{SETTINGS}\nmax_connections=100"));
    let (cluster, standby) = (cluster.boot(), standby.boot());
    let patient = Patient::new(&cluster, &standby).await;
    let diagnosis = patient.diagnosis_of_the_chain().await;
    let mut table = Vec::new();
    for fault in &FAULTS {
        table.push((fault, patient.shows(fault, &diagnosis).await));
    }
    write_table(&diagnosis.version, &table);
    let missing: Vec<_> = table
        .iter()
        .filter(|(_, is_found)| !is_found)
        .map(|(fault, _)| fault.name)
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
    values_that_may_hold_passwords_are_not_shown(&diagnosis);
    the_standby_says_that_it_lags(&standby).await;
}

fn values_that_may_hold_passwords_are_not_shown(diagnosis: &Diagnosis) {
    let mut settings = examined(diagnosis, "settings").findings.iter();
    let is_command =
        |finding: &&Finding| finding.numbers.text("setting").unwrap() == "archive_command";
    let command = settings.find(is_command).unwrap();
    assert_eq!(
        command.sentence,
        "archive_command is set. Its value may hold a password and is not shown."
    );
    assert_eq!(command.numbers.text("value"), None);
}

async fn the_standby_says_that_it_lags(standby: &Cluster) {
    let diagnosis = diagnose(standby, "reader").await;
    let lag = &examined(&diagnosis, "standbys").findings[0];
    assert!(lag.sentence.starts_with("This standby is "), "{lag:?}");
    let resume = lag.statement.as_deref().unwrap_or_default();
    assert!(
        resume.starts_with("select pg_wal_replay_resume();"),
        "{lag:?}"
    );
    // The extension was created after it was stopped.
    assert_eq!(names(&diagnosis, Grade::Blind), ["outliers"]);
}

/// For the table that `make test-servers` prints: a line for each fault.
fn write_table(version: &str, table: &[(&Fault, bool)]) {
    let lines = table.iter().map(|(fault, is_found)| {
        let outcome = if *is_found { "found" } else { "NO" };
        format!("{}\t{outcome}\n", fault.name)
    });
    let directory = concat!(env!("CARGO_TARGET_TMPDIR"), "/doctor");
    fs::create_dir_all(directory).unwrap();
    let major = version.split('.').next().unwrap();
    fs::write(format!("{directory}/{major}"), lines.collect::<String>()).unwrap();
}

fn finds(diagnosis: &Diagnosis, fault: &Fault) -> bool {
    let mut findings = examined(diagnosis, fault.check).findings.iter();
    findings.any(|finding| finding.grade == fault.grade && finding.sentence.contains(fault.words))
}

/// A database with all faults.
struct Patient<'a> {
    cluster: &'a Cluster,
    superuser: Client,
    /// One holds an old transaction, one a lock, one all connections of its role.
    _open: [Client; 3],
}

impl<'a> Patient<'a> {
    async fn new(cluster: &'a Cluster, standby: &Cluster) -> Self {
        let postgres = cluster.connect("postgres", "postgres").await;
        for sql in [
            "create database shop",
            "create role crowd login connection limit 1",
            "create role reader login in role pg_read_all_stats",
        ] {
            postgres.batch_execute(sql).await.unwrap();
        }
        stop_replay(&postgres, standby).await;
        let superuser = cluster.connect("postgres", "shop").await;
        for sql in [
            include_str!("faults.sql"),
            "vacuum analyze",
            "delete from forgotten",
            "do $$ begin for n in 1..100 loop perform sum(measurement) from visits; end loop; end $$",
            "set work_mem = '64kB'; select count(*) from (
                 select repeat(n::text, 50) as long from generate_series(1, 20000) n order by long
             ) as sorted; reset work_mem",
            "begin; create table prepared (id int); prepare transaction 'half'",
            "create extension pg_stat_statements",
        ] {
            superuser.batch_execute(sql).await.unwrap();
        }
        deadlock(cluster).await;
        damage(cluster, &superuser).await;
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
            let mut usual = FAULTS.iter().filter(|fault| fault.soon.is_empty());
            if usual.all(|fault| finds(&diagnosis, fault)) || Instant::now() > deadline {
                return diagnosis;
            }
        }
    }

    async fn shows(&self, fault: &Fault, diagnosis: &Diagnosis) -> bool {
        match fault.soon {
            [] => finds(diagnosis, fault),
            _ => self.is_found_soon(fault).await,
        }
    }

    async fn is_found_soon(&self, fault: &Fault) -> bool {
        let mut sql = Check::find(fault.check).unwrap().sql(None);
        for (usual, soon) in fault.soon {
            assert!(sql.contains(usual), "{}: {usual}", fault.check);
            sql = sql.replace(usual, soon);
        }
        let asking = self.cluster.connect("reader", "shop").await;
        // For the query that is being run to be that of somebody else.
        let asked = async {
            let rows = asking.query(&sql, &[]).await.unwrap();
            rows.iter().any(|row| {
                row.get::<_, &str>(0) == fault.grade.word()
                    && row.get::<_, &str>(1).contains(fault.words)
            })
        };
        tokio::select! {
            biased;
            _ = self.superuser.batch_execute("select pg_sleep(60)") => panic!("it takes too long"),
            is_found = asked => is_found,
        }
    }
}

/// Once the standby has what was written until now.
async fn stop_replay(primary: &Client, standby: &Cluster) {
    let standby = standby.connect("postgres", "postgres").await;
    let written = "select pg_current_wal_lsn()::text";
    let written: String = primary.query_one(written, &[]).await.unwrap().get(0);
    let sql = format!("select coalesce(pg_last_wal_replay_lsn() >= '{written}', false)");
    let deadline = Instant::now() + WAIT_MAX;
    while !standby
        .query_one(&sql, &[])
        .await
        .unwrap()
        .get::<_, bool>(0)
    {
        assert!(Instant::now() < deadline, "the standby does not follow");
    }
    standby
        .batch_execute("select pg_wal_replay_pause()")
        .await
        .unwrap();
}

async fn deadlock(cluster: &Cluster) {
    let one = cluster.connect("postgres", "shop").await;
    let other = cluster.connect("postgres", "shop").await;
    let lock = "begin; select pg_advisory_xact_lock";
    one.batch_execute(&format!("{lock}(1)")).await.unwrap();
    other.batch_execute(&format!("{lock}(2)")).await.unwrap();
    let (first, second) = tokio::join!(
        one.batch_execute("select pg_advisory_xact_lock(2); commit"),
        other.batch_execute("select pg_advisory_xact_lock(1); commit")
    );
    assert!(first.is_err() != second.is_err());
}

/// On the disk. `VACUUM FULL` writes the table past the cache, so that the next who reads it notices.
async fn damage(cluster: &Cluster, superuser: &Client) {
    superuser
        .batch_execute("vacuum full damaged")
        .await
        .unwrap();
    let path = "select pg_relation_filepath('damaged')";
    let path: String = superuser.query_one(path, &[]).await.unwrap().get(0);
    let path = cluster.path(&format!("data/{path}"));
    let mut file = fs::OpenOptions::new().write(true).open(path).unwrap();
    file.seek(SeekFrom::Start(4_000)).unwrap();
    file.write_all(b"damage").unwrap();
    let read = "select count(*) from damaged";
    superuser.query_one(read, &[]).await.unwrap_err();
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
