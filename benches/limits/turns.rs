//! The measurements of one program, round by round.

use std::fmt;

use super::series::Series;

/// One turn of one program.
#[derive(Clone, Copy, Debug)]
pub struct Turn {
    pub wall_ms: f64,
    /// CPU time of our server, of its store, and of the queried PostgreSQL.
    pub server_ms: f64,
    pub store_ms: f64,
    pub postgresql_ms: f64,
    /// The most memory that our server used.
    pub peak_mib: f64,
}

/// The rounds that count.
#[derive(Clone, Debug, Default)]
pub struct Turns(Vec<Turn>);

impl Turns {
    /// Ignores round 0, which warms up.
    pub fn add(&mut self, round: usize, turn: Turn) {
        if round > 0 {
            self.0.push(turn);
        }
    }

    pub fn wall(&self) -> Series {
        self.0.iter().map(|turn| turn.wall_ms).collect()
    }

    /// A summary for psql.
    pub fn psql_summary(&self) -> String {
        let postgresql: Series = self.0.iter().map(|turn| turn.postgresql_ms).collect();
        format!(
            "psql {:.1} ms; PostgreSQL's CPU {:.0} ms",
            self.wall().median(),
            postgresql.mean()
        )
    }
}

/// A summary for our server. CPU time has a resolution of hundredths of a second, so its mean is more precise than its
/// median.
impl fmt::Display for Turns {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mean = |of: fn(&Turn) -> f64| self.0.iter().map(of).collect::<Series>().mean();
        let peak: Series = self.0.iter().map(|turn| turn.peak_mib).collect();
        write!(
            formatter,
            "{:.1} ms; CPU {:.0} + {:.0} + {:.0} ms; peak {:.0} MiB",
            self.wall().median(),
            mean(|turn| turn.server_ms),
            mean(|turn| turn.store_ms),
            mean(|turn| turn.postgresql_ms),
            peak.most(),
        )
    }
}
