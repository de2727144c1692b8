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
    pub(super) needs: &'static [Need],
    text: &'static str,
}

/// What a check cannot do without.
#[derive(Clone, Copy, Debug)]
pub(super) enum Need {
    /// Membership in `pg_read_all_stats`, which `pg_monitor` has.
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

/// In the order in which they run.
pub const CHECKS: [Check; 18] = [
    Check {
        name: "transaction_ids",
        title: "Transaction ids",
        question: "How far are the transaction ids from their end?",
        why: "Transaction ids are 32-bit numbers. Vacuum frees old ones; where it cannot, PostgreSQL at last accepts no more writes. \
              Usually a transaction, a prepared transaction or a replication slot that was left open holds it up: end that first.",
        healthy: "Vacuum keeps up.",
        needs: &[],
        text: include_str!("checks/transaction_ids.sql"),
    },
    Check {
        name: "sequences",
        title: "Sequences",
        question: "Do the numbers of any sequence or of its column run out?",
        why: "After its last number every insert fails. Changing the type of a column rewrites the whole table, so do it while there \
              is time; columns that refer to it need the same type.",
        healthy: "All have numbers left.",
        needs: &[],
        text: include_str!("checks/sequences.sql"),
    },
    Check {
        name: "replication_slots",
        title: "Replication slots",
        question: "Does a slot keep files that nobody fetches?",
        why: "A slot keeps all WAL since its reader stopped, until the disk is full and the database stops; it also keeps vacuum from \
              removing dead rows. Drop the slots whose reader will not come back.",
        healthy: "None keeps more than its reader needs.",
        needs: &[],
        text: include_str!("checks/replication_slots.sql"),
    },
    Check {
        name: "standbys",
        title: "Standbys",
        question: "How far are the standbys behind?",
        why: "What is read from a standby is as old as its lag, and what it has not received is lost if the primary fails.",
        healthy: "None lags.",
        needs: &[Need::Statistics],
        text: include_str!("checks/standbys.sql"),
    },
    Check {
        name: "connections",
        title: "Connections",
        question: "How many of the allowed connections are in use?",
        why: "When none is left, programs and people are turned away. Idle connections are best shared by a pooler such as PgBouncer; \
              raising max_connections costs memory and needs a restart.",
        healthy: "There is room.",
        needs: &[Need::Statistics],
        text: include_str!("checks/connections.sql"),
    },
    Check {
        name: "blocking",
        title: "Who blocks whom",
        question: "Which sessions wait for a lock, and who holds it?",
        why: "Everyone who needs the lock waits in line behind the first. Often that one is idle in a transaction and only has to be \
              ended.",
        healthy: "Nobody waits for a lock.",
        needs: &[Need::Statistics],
        text: include_str!("checks/blocking.sql"),
    },
    Check {
        name: "sessions",
        title: "Long transactions",
        question: "Which queries and transactions have been open for long?",
        why: "As long as a transaction is open, vacuum cannot remove rows that died since it began, in the whole database, and its \
              locks stay. The setting idle_in_transaction_session_timeout ends those that were forgotten.",
        healthy: "None is old.",
        needs: &[Need::Statistics],
        text: include_str!("checks/sessions.sql"),
    },
    Check {
        name: "settings",
        title: "Settings",
        question: "Which settings differ from the default, and which are dangerous?",
        why: "Such a setting risks data, or makes every query slower. Some were set for a bulk load and forgotten.",
        healthy: "None is dangerous.",
        needs: &[],
        text: include_str!("checks/settings.sql"),
    },
    Check {
        name: "invalid_indexes",
        title: "Invalid indexes",
        question: "Which indexes were not built to their end?",
        why: "An invalid index answers no query, costs at every write, and, if it is unique, does not promise so. Build it again, or \
              drop it.",
        healthy: "All are valid.",
        needs: &[],
        text: include_str!("checks/invalid_indexes.sql"),
    },
    Check {
        name: "foreign_keys",
        title: "Foreign keys without an index",
        question: "Which foreign keys have no index on their columns?",
        why: "Deleting a row, or changing its key, reads the whole table that refers to it, and joins along the key do, too.",
        healthy: "All that matter have one.",
        needs: &[],
        text: include_str!("checks/foreign_keys.sql"),
    },
    Check {
        name: "vacuum",
        title: "Dead rows",
        question: "Do vacuum and analyze keep up?",
        why: "Dead rows make every scan longer, and old statistics lead to bad plans. Where vacuum ran and they stay, an old \
              transaction holds them.",
        healthy: "They do.",
        needs: &[],
        text: include_str!("checks/vacuum.sql"),
    },
    Check {
        name: "unused_indexes",
        title: "Unused indexes",
        question: "Which indexes has no query used?",
        why: "Each index costs at every write, and takes memory and disk. Before you drop one, look at the followers, whose use is \
              counted there, and think of what runs once a year.",
        healthy: "All that matter are used.",
        needs: &[],
        text: include_str!("checks/unused_indexes.sql"),
    },
    Check {
        name: "duplicate_indexes",
        title: "Duplicate indexes",
        question: "Which indexes can another one replace?",
        why: "Two that answer the same questions cost twice at every write.",
        healthy: "None is there twice.",
        needs: &[],
        text: include_str!("checks/duplicate_indexes.sql"),
    },
    Check {
        name: "table_bloat",
        title: "Bloat of tables",
        question: "How much of the tables holds no rows?",
        why: "PostgreSQL reads and keeps in memory what is empty, too. New rows fill it in time. VACUUM FULL gives it back at once, but \
              locks the table meanwhile; pg_repack hardly does.",
        healthy: "No large table is half empty.",
        needs: &[],
        text: include_str!("checks/table_bloat.sql"),
    },
    Check {
        name: "index_bloat",
        title: "Bloat of indexes",
        question: "How much of the indexes holds no entries?",
        why: "A bloated index takes more memory and more steps to search. REINDEX CONCURRENTLY builds it again beside the old one, \
              without a lock that others notice.",
        healthy: "No large index is half empty.",
        needs: &[],
        text: include_str!("checks/index_bloat.sql"),
    },
    Check {
        name: "cache_hits",
        title: "Cache hits",
        question: "How much of what is read is found in memory?",
        why: "What is not in PostgreSQL's memory is slower to read. More shared_buffers or memory helps, or queries that read less. A \
              database that is read once a night may well be below.",
        healthy: "Memory suffices.",
        needs: &[],
        text: include_str!("checks/cache_hits.sql"),
    },
    Check {
        name: "outliers",
        title: "Statements by time and calls",
        question: "Which statements take the most time, and which are called most?",
        why: "A few statements usually take most of a server's time. EXPLAIN (ANALYZE, BUFFERS) says where it goes; often an index, or \
              fewer calls, mends it.",
        healthy: "None stands out.",
        needs: &[Need::Statistics, Need::Statements],
        text: include_str!("checks/outliers.sql"),
    },
    Check {
        name: "largest_tables",
        title: "Largest tables",
        question: "Where does the space go?",
        why: "What is large decides how long backups, copies and scans take.",
        healthy: "See the numbers.",
        needs: &[],
        text: include_str!("checks/largest_tables.sql"),
    },
];
