//! Writes down how long each test takes, for the list of the slowest that `make test` prints.

use std::fs::OpenOptions;
use std::io::Write;
use std::thread;
use std::time::Instant;

/// One line a test: seconds and name. `make test` removes the file before it starts.
const FILE: &str = concat!(env!("CARGO_TARGET_TMPDIR"), "/seconds");

thread_local! {
    static STOPWATCH: Option<Stopwatch> = Stopwatch::of_this_thread();
}

struct Stopwatch {
    test: String,
    started: Instant,
}

/// Starts timing the test that runs on this thread; the end of the thread stops it. Later calls change nothing.
pub fn start() {
    STOPWATCH.with(|_| ());
}

impl Stopwatch {
    /// libtest runs each test on a thread that has the test's name. Other threads belong to a runtime, or are the
    /// first.
    fn of_this_thread() -> Option<Self> {
        let thread = thread::current();
        let name = thread.name()?;
        let is_test = name != "main" && !name.starts_with("tokio");
        is_test.then(|| Self {
            test: name.to_owned(),
            started: Instant::now(),
        })
    }
}

impl Drop for Stopwatch {
    fn drop(&mut self) {
        let seconds = self.started.elapsed().as_secs_f64();
        let line = format!("{seconds:7.2}  {}\n", self.test);
        let file = OpenOptions::new().create(true).append(true).open(FILE);
        // A missing line in the list is no reason to fail.
        let _ = file.and_then(|mut file| file.write_all(line.as_bytes()));
    }
}
