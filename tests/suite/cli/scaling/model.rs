//! What one person's clip has to be, as far as they were told: each change is sent until it is acknowledged, and what is
//! read afterwards is compared.

use std::sync::atomic::{AtomicBool, Ordering};

use reqwest::{Method, RequestBuilder, StatusCode};

use super::*;

/// A server that is gone is noticed long before.
const REQUEST_MAX: Duration = Duration::from_secs(30);
/// In which a change gets through, however servers and store fail.
const ACKNOWLEDGED_MAX: Duration = Duration::from_secs(120);

/// Somebody with a clip of their own, and a reader of it without an account.
pub struct Person {
    person: Client,
    reader: Client,
    slug: String,
    /// How often it was changed.
    pub step: usize,
    /// The number in the query's text.
    edit: u64,
    is_open: bool,
    /// The edit whose rows it is pinned to.
    pinned: Option<u64>,
    /// Slugs of more clips, made since it was last compared.
    created: Vec<String>,
    /// What the reader was to see before, and when it was acknowledged that this is over.
    before: Vec<(Option<u64>, Instant)>,
}

impl Person {
    pub async fn with_clip(servers: &Servers) -> Self {
        let person = servers.balanced();
        let clip = person.create_clip(&query(0)).await;
        Self {
            reader: servers.visitor(),
            person,
            slug: clip.slug,
            step: 0,
            edit: 0,
            is_open: true,
            pinned: None,
            created: Vec::new(),
            before: Vec::new(),
        }
    }

    /// Edits, pins, protects and creates in turn, and reads after each, until told to stop.
    pub async fn work(&mut self, is_over: &AtomicBool) {
        while !is_over.load(Ordering::Relaxed) {
            let before = self.shows();
            match self.step % 8 {
                1 => self.pin().await,
                3 => self.unpin().await,
                5 => self.open(false).await,
                6 => self.create().await,
                7 => self.open(true).await,
                _ => self.edit().await,
            }
            self.step += 1;
            self.before.push((before, Instant::now()));
            self.read_until_it_holds().await;
        }
    }

    /// One that was made without anybody being told stays without anybody.
    async fn create(&mut self) {
        let new = json!({"title": "Another", "database": "data", "sql": query(0)});
        let path = "/api/v1/clips".to_owned();
        let created = self.acknowledged(|_| (Method::POST, path, Some(new))).await;
        let created: Value = serde_json::from_str(&created).unwrap();
        self.created
            .push(created["slug"].as_str().unwrap().to_owned());
    }

    async fn edit(&mut self) {
        let edit = json!({"sql": query(self.edit + 1)});
        self.acknowledged(|clip| (Method::PATCH, clip, Some(edit)))
            .await;
        self.edit += 1;
    }

    async fn pin(&mut self) {
        self.acknowledged(|clip| (Method::PUT, format!("{clip}/pin"), None))
            .await;
        self.pinned = Some(self.edit);
    }

    async fn unpin(&mut self) {
        self.acknowledged(|clip| (Method::DELETE, format!("{clip}/pin"), None))
            .await;
        self.pinned = None;
    }

    async fn open(&mut self, is_open: bool) {
        let access = json!({"anyone": is_open, "grants": []});
        self.acknowledged(|clip| (Method::PUT, format!("{clip}/access"), Some(access)))
            .await;
        self.is_open = is_open;
    }

    /// Sends a change again and again. One that was made without anybody being told is made again.
    async fn acknowledged(
        &self,
        change: impl FnOnce(String) -> (Method, String, Option<Value>),
    ) -> String {
        let clip = format!("/api/v1/clips/{}", self.slug);
        let (method, path, body) = change(clip);
        let deadline = Instant::now() + ACKNOWLEDGED_MAX;
        loop {
            let request = self.person.request(method.clone(), &path);
            let request = match &body {
                Some(body) => request.json(body),
                None => request,
            };
            match answered(request).await {
                Ok((status, text)) if status.is_success() => return text,
                Ok((status, text)) => {
                    assert!(is_of_a_fault(status), "{method} {path}: {status} {text}")
                }
                Err(_) => {}
            }
            assert!(
                Instant::now() < deadline,
                "{method} {path} is never acknowledged"
            );
        }
    }

    /// Nothing (401), or the rows of an edit.
    fn shows(&self) -> Option<u64> {
        self.is_open.then(|| self.pinned.unwrap_or(self.edit))
    }

    /// What was acknowledged holds for what is sent a second later, at each server.
    async fn read_until_it_holds(&mut self) {
        let deadline = Instant::now() + ACKNOWLEDGED_MAX;
        let mut held = 0;
        while held < SERVERS {
            let sent = Instant::now();
            let path = format!("/{}.csv", self.slug);
            let answer = answered(self.reader.request(Method::GET, &path)).await;
            if let Ok((status, text)) = answer
                && !is_of_a_fault(status)
            {
                let holds = self.holds(status, &text, sent);
                held = if holds { held + 1 } else { 0 };
            }
            assert!(sent < deadline, "it cannot be read");
        }
    }

    fn holds(&mut self, status: StatusCode, text: &str, sent: Instant) -> bool {
        let (shown, now) = (self.shown(status, text), self.shows());
        self.before.retain(|(_, until)| sent < *until + HOLDS_AFTER);
        let was_so = self.before.iter().any(|(before, _)| *before == shown);
        assert!(
            shown == now || was_so,
            "{status} {text} instead of {now:?}, after {:?}",
            self.before
        );
        shown == now
    }

    fn shown(&self, status: StatusCode, text: &str) -> Option<u64> {
        match status {
            StatusCode::UNAUTHORIZED => None,
            StatusCode::OK => Some(
                text.strip_prefix("edit\n")
                    .unwrap()
                    .trim_end()
                    .parse()
                    .unwrap(),
            ),
            other => panic!("{other} {text}"),
        }
    }

    /// When nothing fails any more: every server says what was acknowledged.
    pub async fn is_as_acknowledged(&mut self, servers: &Servers) {
        let created = std::mem::take(&mut self.created);
        for server in servers.each() {
            let path = format!("/api/v1/clips/{}", self.slug);
            let (status, clip) = status_and_body(server.get(&path).await).await;
            assert_eq!(status, 200, "{clip}");
            assert_eq!(clip["sql"], query(self.edit));
            assert_eq!(clip["pinned"], self.pinned.is_some());
            assert_eq!(clip["access"] == "anyone", self.is_open, "{clip}");
            for slug in &created {
                let answer = server.get(&format!("/api/v1/clips/{slug}")).await;
                assert_eq!(answer.status(), 200, "{slug}");
            }
        }
    }
}

fn query(edit: u64) -> String {
    format!("select {edit} as edit")
}

/// 502 and 504 are the balancer's.
fn is_of_a_fault(status: StatusCode) -> bool {
    matches!(status.as_u16(), 502..=504)
}

async fn answered(request: RequestBuilder) -> Result<(StatusCode, String), reqwest::Error> {
    let answer = request.timeout(REQUEST_MAX).send().await?;
    Ok((answer.status(), answer.text().await?))
}
