//! Readers who never stop, and what became of their requests.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use super::*;

const REQUESTS_MIN: usize = 100;

#[derive(Default)]
pub struct Load {
    is_over: AtomicBool,
    answered: AtomicUsize,
    failed: Mutex<Vec<String>>,
}

impl Load {
    /// Each reader's next request follows at once; what they read is stored, quick, slow, and a page.
    pub async fn read(&self, readers: &[Client], clips: &[(Clip, &str)]) {
        let readers = readers.iter().map(async |reader| {
            while !self.is_over.load(Ordering::Relaxed) {
                for (clip, rest) in clips {
                    self.one(reader, &format!("/{}{rest}", clip.slug)).await;
                }
            }
        });
        join_all(readers).await;
    }

    pub fn end(&self) {
        self.is_over.store(true, Ordering::Relaxed);
    }

    async fn one(&self, client: &Client, path: &str) {
        let request = client.request(reqwest::Method::GET, path).send().await;
        let failed = match request {
            Err(error) => Some(format!("{error:?}")),
            Ok(answer) if answer.status() != 200 => {
                let status = answer.status();
                Some(format!(
                    "{status} {}",
                    answer.text().await.unwrap_or_default()
                ))
            }
            Ok(answer) => answer.bytes().await.err().map(|error| format!("{error:?}")),
        };
        self.answered.fetch_add(1, Ordering::Relaxed);
        self.failed.lock().unwrap().extend(failed);
    }

    pub fn none_failed(&self) {
        let failed = self.failed.lock().unwrap();
        let answered = self.answered.load(Ordering::Relaxed);
        let some = &failed[..failed.len().min(5)];
        assert!(
            failed.is_empty(),
            "{} of {answered} failed: {some:#?}",
            failed.len()
        );
        assert!(answered >= REQUESTS_MIN, "only {answered} requests");
    }
}
