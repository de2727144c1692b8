//! How long nobody can change anything when something fails, as one client sees it who tries all the time.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};

use super::*;

const PAUSE: Duration = Duration::from_millis(10);

pub struct Outage {
    person: Client,
    clip: Clip,
}

/// From the first request that failed until one is answered, and how long the slowest took that did not fail.
#[derive(Default)]
pub struct Lasted {
    failing: Duration,
    slowest: Duration,
}

impl Outage {
    pub async fn with_clip(servers: &Servers) -> Self {
        let person = servers.balanced();
        let clip = person.create_clip("select 1").await;
        Self { person, clip }
    }

    pub async fn watch(&mut self, is_over: &AtomicBool) -> Lasted {
        let mut lasted = Lasted::default();
        let mut failing_since = None;
        while !is_over.load(Ordering::Relaxed) {
            let sent = Instant::now();
            match self.is_changed().await {
                false => {
                    failing_since.get_or_insert(sent);
                }
                true => {
                    let failing = failing_since.take().map(|since: Instant| since.elapsed());
                    lasted.failing = lasted.failing.max(failing.unwrap_or_default());
                    lasted.slowest = lasted.slowest.max(sent.elapsed());
                }
            }
            tokio::time::sleep(PAUSE).await;
        }
        lasted
    }

    async fn is_changed(&self) -> bool {
        let path = format!("/api/v1/clips/{}", self.clip.slug);
        let request = self.person.request(reqwest::Method::PATCH, &path);
        let request = request.json(&json!({"title": "Another title"}));
        let answer = request.timeout(WAIT_MAX).send().await;
        answer.is_ok_and(|answer| answer.status().is_success())
    }
}

impl fmt::Display for Lasted {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "changes failed for {:.1} s, the slowest of the others took {:.1} s",
            self.failing.as_secs_f64(),
            self.slowest.as_secs_f64()
        )
    }
}
