//! The checks, as data. The SQL of each is a file of its own, which names and sources its thresholds. It works on PostgreSQL 13 to
//! 18: columns and settings that only some of them have are read by name, through JSON and `current_setting(…, true)`.

/// One question about a database. Each row of its SQL is a finding: grade, sentence, statement to run, and then the numbers.
#[derive(Debug)]
pub struct Check {
    /// For programs and addresses.
    pub name: &'static str,
    pub title: &'static str,
    pub question: &'static str,
    /// What a red or amber finding costs, and what usually helps.
    pub why: &'static str,
    /// What is so where nothing is found.
    pub healthy: &'static str,
    /// The columns that name what a finding is about.
    pub subject: &'static [&'static str],
    pub(super) needs: &'static [Need],
    text: &'static str,
}

/// What a check cannot do without.
#[derive(Clone, Copy, Debug)]
pub(super) enum Need {
    /// Membership in `pg_read_all_stats`. No check needs more of `pg_monitor`, which also shows all settings.
    Statistics,
    /// The extension `pg_stat_statements`.
    Statements,
}

/// Stands in a text for the view of `pg_stat_statements`, whose schema differs between databases.
const STATEMENTS: &str = "{pg_stat_statements}";

impl Check {
    pub fn find(name: &str) -> Option<&'static Self> {
        CHECKS.iter().find(|check| check.name == name)
    }

    /// An ordinary query. Without the name of its view, `pg_stat_statements` is what the search path finds.
    pub fn sql(&self, statements: Option<&str>) -> String {
        self.text
            .replace(STATEMENTS, statements.unwrap_or("pg_stat_statements"))
    }
}

/// The name of the check whose findings are sizes, of tables and of the whole database.
pub const LARGEST_TABLES: &str = "largest_tables";

/// In the order in which they run.
pub const CHECKS: [Check; 23] = [
    Check {
        name: "damaged_pages",
        title: "Damaged pages",
        question: "Did pages fail their checksum when they were read?",
        why: "A disk, its controller or memory lost data, and there may be more damage than was read so far. Copy the data \
              directory before you repair anything, restore from a backup made before the damage, and replace the hardware.",
        healthy: "None was found.",
        subject: &["database"],
        needs: &[],
        text: include_str!("checks/server/damaged_pages.sql"),
    },
    Check {
        name: "transaction_ids",
        title: "Transaction ids",
        question: "How far are the transaction ids from their end?",
        why: "Transaction ids are 32-bit numbers. Vacuum frees old ones; where it cannot, PostgreSQL at last accepts no more writes. \
              Usually a transaction, a prepared transaction or a replication slot that was left open holds it up: end that first.",
        healthy: "Vacuum keeps up.",
        subject: &["schema", "name"],
        needs: &[],
        text: include_str!("checks/server/transaction_ids.sql"),
    },
    Check {
        name: "sequences",
        title: "Sequences",
        question: "Do the numbers of any sequence or of its column run out?",
        why: "After its last number every insert fails. Changing the type of a column rewrites the whole table, so do it while there \
              is time; columns that refer to it need the same type.",
        healthy: "All have numbers left.",
        subject: &["schema", "sequence"],
        needs: &[],
        text: include_str!("checks/tables/sequences.sql"),
    },
    Check {
        name: "replication_slots",
        title: "Replication slots",
        question: "Does a slot keep files that nobody fetches?",
        why: "A slot keeps all WAL since its reader stopped, until the disk is full and the database stops; it also keeps vacuum from \
              removing dead rows. Drop the slots whose reader will not come back.",
        healthy: "None keeps more than its reader needs.",
        subject: &["slot"],
        needs: &[],
        text: include_str!("checks/server/replication_slots.sql"),
    },
    Check {
        name: "standbys",
        title: "Standbys",
        question: "How far are the standbys behind?",
        why: "What is read from a standby is as old as its lag, and what it has not received is lost if the primary fails.",
        healthy: "None lags.",
        subject: &["standby"],
        needs: &[Need::Statistics],
        text: include_str!("checks/server/standbys.sql"),
    },
    Check {
        name: "archiving",
        title: "Archiving",
        question: "Is the write-ahead log archived?",
        why: "Without the archive, no backup can be restored to a moment after it was made. And PostgreSQL keeps each file of \
              the log until it is archived: in the end the disk is full, and the database stops.",
        healthy: "It is, or archiving is off.",
        subject: &[],
        needs: &[],
        text: include_str!("checks/server/archiving.sql"),
    },
    Check {
        name: "connections",
        title: "Connections",
        question: "How many of the allowed connections are in use?",
        why: "When none is left, programs and people are turned away. Idle connections are best shared by a pooler such as PgBouncer; \
              raising max_connections costs memory and needs a restart.",
        healthy: "There is room.",
        subject: &["whose"],
        needs: &[Need::Statistics],
        text: include_str!("checks/server/connections.sql"),
    },
    Check {
        name: "blocking",
        title: "Who blocks whom",
        question: "Which sessions wait for a lock, and who holds it?",
        why: "Everyone who needs the lock waits in line behind the first. Often that one is idle in a transaction and only has to be \
              ended.",
        healthy: "Nobody waits for a lock.",
        subject: &["pid"],
        needs: &[Need::Statistics],
        text: include_str!("checks/activity/blocking.sql"),
    },
    Check {
        name: "sessions",
        title: "Long transactions",
        question: "Which queries and transactions have been open for long?",
        why: "As long as a transaction is open, vacuum cannot remove rows that died since it began, in the whole database, and its \
              locks stay. The setting idle_in_transaction_session_timeout ends those that were forgotten.",
        healthy: "None is old.",
        subject: &["pid"],
        needs: &[Need::Statistics],
        text: include_str!("checks/activity/sessions.sql"),
    },
    Check {
        name: "events",
        title: "Deadlocks and temporary files",
        question: "How often do transactions deadlock, and queries spill to disk?",
        why: "A deadlock ends a transaction, which its program has to try again; it comes from locking the same rows in a \
              different order. What does not fit into work_mem is sorted on disk, which is many times slower.",
        healthy: "Both are rare.",
        subject: &["kind"],
        needs: &[],
        text: include_str!("checks/activity/events.sql"),
    },
    Check {
        name: "settings",
        title: "Settings",
        question: "Which settings differ from the default, and which are dangerous?",
        why: "Such a setting risks data, or makes every query slower. Some were set for a bulk load and forgotten.",
        healthy: "None is dangerous.",
        subject: &["setting"],
        needs: &[],
        text: include_str!("checks/server/settings.sql"),
    },
    Check {
        name: "invalid_indexes",
        title: "Invalid indexes",
        question: "Which indexes were not built to their end?",
        why: "An invalid index answers no query, costs at every write, and, if it is unique, does not promise so. Build it again, or \
              drop it.",
        healthy: "All are valid.",
        subject: &["schema", "index"],
        needs: &[],
        text: include_str!("checks/indexes/invalid_indexes.sql"),
    },
    Check {
        name: "foreign_keys",
        title: "Foreign keys without an index",
        question: "Which foreign keys have no index on their columns?",
        why: "Deleting a row, or changing its key, reads the whole table that refers to it, and joins along the key do, too.",
        healthy: "All that matter have one.",
        subject: &["schema", "table", "foreign_key"],
        needs: &[],
        text: include_str!("checks/indexes/foreign_keys.sql"),
    },
    Check {
        name: "constraints",
        title: "Constraints that are not enforced",
        question: "Which constraints are not checked, and which triggers are disabled?",
        why: "Programs, and PostgreSQL itself when it plans, rely on what constraints promise. Most were left so by a \
              migration or a bulk load that was not finished.",
        healthy: "All constraints are checked, and all triggers enabled.",
        subject: &["schema", "table", "name"],
        needs: &[],
        text: include_str!("checks/tables/constraints.sql"),
    },
    Check {
        name: "vacuum",
        title: "Dead rows",
        question: "Do vacuum and analyze keep up?",
        why: "Dead rows make every scan longer, and old statistics lead to bad plans. Where vacuum ran and they stay, an old \
              transaction holds them.",
        healthy: "They do.",
        subject: &["schema", "table"],
        needs: &[],
        text: include_str!("checks/tables/vacuum.sql"),
    },
    Check {
        name: "unused_indexes",
        title: "Unused indexes",
        question: "Which indexes has no query used?",
        why: "Each index costs at every write, and takes memory and disk. Before you drop one, look at the followers, whose use is \
              counted there, and think of what runs once a year.",
        healthy: "All that matter are used.",
        subject: &["schema", "index"],
        needs: &[],
        text: include_str!("checks/indexes/unused_indexes.sql"),
    },
    Check {
        name: "duplicate_indexes",
        title: "Duplicate indexes",
        question: "Which indexes can another one replace?",
        why: "Two that answer the same questions cost twice at every write.",
        healthy: "None is there twice.",
        subject: &["schema", "index"],
        needs: &[],
        text: include_str!("checks/indexes/duplicate_indexes.sql"),
    },
    Check {
        name: "table_bloat",
        title: "Bloat of tables",
        question: "How much of the tables holds no rows?",
        why: "PostgreSQL reads and keeps in memory what is empty, too. New rows fill it in time. VACUUM FULL gives it back at once, but \
              locks the table meanwhile; pg_repack hardly does.",
        healthy: "No large table is half empty.",
        subject: &["schema", "table"],
        needs: &[],
        text: include_str!("checks/tables/table_bloat.sql"),
    },
    Check {
        name: "index_bloat",
        title: "Bloat of indexes",
        question: "How much of the indexes holds no entries?",
        why: "A bloated index takes more memory and more steps to search. REINDEX CONCURRENTLY builds it again beside the old one, \
              without a lock that others notice.",
        healthy: "No large index is half empty.",
        subject: &["schema", "index"],
        needs: &[],
        text: include_str!("checks/indexes/index_bloat.sql"),
    },
    Check {
        name: "sequential_scans",
        title: "Tables that are read whole",
        question: "Which large tables are often read from end to end?",
        why: "Each such scan reads all rows to find a few. An index on what the query compares usually helps; where a query \
              needs most of the rows, as reports do, it is as it should be.",
        healthy: "Indexes are used.",
        subject: &["schema", "table"],
        needs: &[],
        text: include_str!("checks/tables/sequential_scans.sql"),
    },
    Check {
        name: "cache_hits",
        title: "Cache hits",
        question: "How much of what is read is found in memory?",
        why: "What is not in PostgreSQL's memory is slower to read. More shared_buffers or memory helps, or queries that read less. A \
              database that is read once a night may well be below.",
        healthy: "Memory suffices.",
        subject: &["kind"],
        needs: &[],
        text: include_str!("checks/activity/cache_hits.sql"),
    },
    Check {
        name: "outliers",
        title: "Statements by time and calls",
        question: "Which statements take the most time, and which are called most?",
        why: "A few statements usually take most of a server's time. EXPLAIN (ANALYZE, BUFFERS) says where it goes; often an index, or \
              fewer calls, mends it.",
        healthy: "None stands out.",
        subject: &["user"],
        needs: &[Need::Statistics, Need::Statements],
        text: include_str!("checks/activity/outliers.sql"),
    },
    Check {
        name: LARGEST_TABLES,
        title: "Largest tables",
        question: "Where does the space go?",
        why: "What is large decides how long backups, copies and scans take.",
        healthy: "See the numbers.",
        subject: &["schema", "table"],
        needs: &[],
        text: include_str!("checks/tables/largest_tables.sql"),
    },
];
