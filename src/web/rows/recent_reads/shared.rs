//! Lets a read go on at another server: a load balancer may send each of its requests to a different one.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;
use tokio::time::timeout;

use super::{Continued, Hash, ReadRequest, ReadResult};
use crate::model::{Notice, ReadStep};
use crate::servers::Servers;
use crate::web::app::App;

/// Numbers the steps at this server.
static STEPS: AtomicU64 = AtomicU64::new(0);

/// How long a request waits for the server that answered the first part.
const ANSWER_WAIT: Duration = Duration::from_millis(300);
/// How long a step waits until the other servers know of it. A server that was killed costs each step this long, until it no
/// longer counts as living.
const HEARD_WAIT: Duration = Duration::from_millis(300);

/// Tells the others of a step, and waits up to [`HEARD_WAIT`] until they know: the next one may come to any of them. Its rows
/// have to be in the store.
pub async fn tell(servers: &Servers, request: &ReadRequest, result: i64) {
    if servers.is_alone() || !request.is_step() {
        return;
    }
    let step = ReadStep {
        server: servers.id(),
        number: STEPS.fetch_add(1, Ordering::Relaxed),
    };
    let notice = Notice::Read {
        address: to_text(&request.address),
        client: request.client.as_ref().map(to_text),
        result,
        step: Some(step),
    };
    let notices = servers.notices();
    send(servers, &notice).await;
    let _ = timeout(HEARD_WAIT, heard_by_others(servers, notices, step)).await;
}

async fn heard_by_others(servers: &Servers, mut notices: Receiver<Notice>, step: ReadStep) {
    let mut heard_by = 0;
    while heard_by < servers.living() - 1 {
        match notices.recv().await {
            Ok(Notice::ReadHeard { step: heard }) if heard == step => heard_by += 1,
            Ok(_) => {}
            Err(_) => return,
        }
    }
}

/// Asks the others which result this request continues.
pub async fn ask(app: &App, request: &ReadRequest) -> Option<Continued> {
    if app.servers.is_alone() {
        return None;
    }
    let mut notices = app.servers.notices();
    let asked = to_text(&request.address);
    let notice = Notice::ReadAsked {
        address: asked.clone(),
    };
    send(&app.servers, &notice).await;
    let answer = async {
        loop {
            match notices.recv().await {
                Ok(Notice::Read {
                    address, result, ..
                }) if address == asked => return Some(result),
                Ok(_) | Err(RecvError::Lagged(_)) => {}
                Err(RecvError::Closed) => return None,
            }
        }
    };
    let result = timeout(ANSWER_WAIT, answer).await.ok().flatten()?;
    app.recent_reads.hear(request, result);
    Some(Continued {
        result: ReadResult::Heard(result),
        follows_plain: false,
    })
}

/// Hears the steps of reads at other servers, and answers their questions.
pub async fn follow(app: Arc<App>) {
    let mut notices = app.servers.notices();
    loop {
        match notices.recv().await {
            Ok(Notice::Read {
                address,
                client,
                result,
                step,
            }) => {
                hear(&app, &address, client.as_deref(), result);
                if let Some(step) = step.filter(|step| step.server != app.servers.id()) {
                    let servers = app.servers.clone();
                    // The next notice does not wait for the store.
                    tokio::spawn(async move {
                        send(&servers, &Notice::ReadHeard { step }).await;
                    });
                }
            }
            Ok(Notice::ReadAsked { address }) => answer(&app, &address).await,
            Ok(_) | Err(RecvError::Lagged(_)) => {}
            Err(RecvError::Closed) => return,
        }
    }
}

fn hear(app: &App, address: &str, client: Option<&str>, result: i64) {
    let Some(address) = from_text(address) else {
        return;
    };
    let step = ReadRequest {
        address,
        client: client.and_then(from_text),
        is_head: true,
        is_ranged: false,
    };
    app.recent_reads.hear(&step, result);
}

async fn answer(app: &App, asked: &str) {
    let newest = from_text(asked).and_then(|address| app.recent_reads.newest(&address));
    if let Some(result) = newest {
        let notice = Notice::Read {
            address: asked.to_owned(),
            client: None,
            result,
            step: None,
        };
        send(&app.servers, &notice).await;
    }
}

async fn send(servers: &Servers, notice: &Notice) {
    if let Err(error) = servers.tell(notice).await {
        tracing::debug!(
            cause = error.cause(),
            "the other servers are not told of a read"
        );
    }
}

fn to_text(hash: &Hash) -> String {
    blake3::Hash::from_bytes(*hash).to_hex().to_string()
}

fn from_text(text: &str) -> Option<Hash> {
    let hash = blake3::Hash::from_hex(text).ok()?;
    Some(*hash.as_bytes())
}
