//! The queue of runs for a database's connections: limited, first come, first served, and each run knows its place.
//!
//! The pool could make them wait as well, but could not report their place in the queue.

use std::collections::BTreeSet;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::FutureExt;
use tokio::sync::{AcquireError, OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use crate::run::Failure;

#[derive(Debug)]
pub(in crate::run) struct Queue {
    /// One permit per connection, granted in the order of requests.
    turns: Arc<Semaphore>,
    withheld: Arc<Mutex<Withheld>>,
    waiting: Mutex<Waiting>,
    waiting_max: usize,
}

/// Turns that are not given, because other servers have the connections.
#[derive(Debug, Default)]
struct Withheld {
    turns: Vec<OwnedSemaphorePermit>,
    count: usize,
}

/// The numbers of waiting runs, in the order of their arrival.
#[derive(Debug, Default)]
struct Waiting {
    numbers: BTreeSet<u64>,
    next: u64,
}

/// The right to one of the connections, until its last copy is dropped.
pub(in crate::run) type Turn = Arc<OwnedSemaphorePermit>;

/// A run's ticket. Dropped before its turn, it leaves the queue.
pub(in crate::run) struct Ticket {
    turn: Pin<Box<dyn Future<Output = Result<OwnedSemaphorePermit, AcquireError>> + Send>>,
    enqueued: Option<Enqueued>,
}

/// A run's place in the queue, for observers.
#[derive(Clone, Debug)]
pub(in crate::run) struct Place {
    queue: Arc<Queue>,
    number: u64,
}

/// Counted by later runs until it is dropped.
struct Enqueued(Place);

impl Queue {
    pub(in crate::run) fn new(turns: usize, waiting_max: usize) -> Self {
        Self {
            turns: Arc::new(Semaphore::new(turns)),
            withheld: Arc::default(),
            waiting: Mutex::default(),
            waiting_max,
        }
    }

    /// Gives so many turns fewer than there are, as soon as runs have ended.
    pub(in crate::run) fn withhold(&self, count: usize) {
        let missing = {
            let mut withheld = Withheld::lock(&self.withheld);
            withheld.count = count;
            withheld.turns.truncate(count);
            while withheld.is_short()
                && let Ok(turn) = self.turns.clone().try_acquire_owned()
            {
                withheld.turns.push(turn);
            }
            count - withheld.turns.len()
        };
        for _ in 0..missing {
            let (turns, withheld) = (self.turns.clone(), self.withheld.clone());
            tokio::spawn(async move {
                if let Ok(turn) = turns.acquire_owned().await {
                    Withheld::lock(&withheld).add(turn);
                }
            });
        }
    }

    /// Enters the queue if no turn is free: the place is taken now, not when the ticket is first awaited.
    pub(in crate::run) fn enter(self: &Arc<Self>) -> Result<Ticket, Failure> {
        let mut waiting = self.lock();
        let mut turn = Box::pin(self.turns.clone().acquire_owned());
        // Holding the lock gives the semaphore the same order as `waiting`.
        if let Some(turn) = (&mut turn).now_or_never() {
            return Ok(Ticket {
                turn: Box::pin(async { turn }),
                enqueued: None,
            });
        }
        if waiting.numbers.len() >= self.waiting_max {
            return Err(Failure::QueueFull);
        }
        let number = waiting.next;
        waiting.next += 1;
        waiting.numbers.insert(number);
        let queue = self.clone();
        Ok(Ticket {
            turn,
            enqueued: Some(Enqueued(Place { queue, number })),
        })
    }

    /// How many runs wait.
    pub(in crate::run) fn length(&self) -> usize {
        self.lock().numbers.len()
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Withheld {
    fn lock(withheld: &Mutex<Self>) -> MutexGuard<'_, Self> {
        withheld.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn is_short(&self) -> bool {
        self.turns.len() < self.count
    }

    /// Unless so many are not to be withheld any longer.
    fn add(&mut self, turn: OwnedSemaphorePermit) {
        if self.is_short() {
            self.turns.push(turn);
        }
    }
}

impl Ticket {
    /// `None` if a turn was free.
    pub(in crate::run) fn place(&self) -> Option<Place> {
        self.enqueued.as_ref().map(|Enqueued(place)| place.clone())
    }

    /// Enqueued for its turn, up to a limit.
    pub(in crate::run) async fn turn(self, wait_max: Duration) -> Result<Turn, Failure> {
        match timeout(wait_max, self.turn).await {
            Ok(Ok(turn)) => Ok(Arc::new(turn)),
            Ok(Err(_)) | Err(_) => Err(Failure::QueueFull),
        }
    }
}

impl Place {
    /// Counted from 1, which is next.
    pub(in crate::run) fn now(&self) -> usize {
        let waiting = self.queue.lock();
        waiting.numbers.range(..self.number).count() + 1
    }
}

impl Drop for Enqueued {
    fn drop(&mut self) {
        let Self(place) = self;
        place.queue.lock().numbers.remove(&place.number);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONG: Duration = Duration::from_secs(10);

    #[tokio::test]
    async fn turns_come_in_the_order_of_the_places() {
        let queue = Arc::new(Queue::new(1, 3));
        let first = queue.enter().unwrap();
        assert!(first.place().is_none());
        let waiting = [(); 3].map(|()| queue.enter().unwrap());
        assert!(matches!(queue.enter(), Err(Failure::QueueFull)));
        let places = [0, 1, 2].map(|index: usize| waiting[index].place().unwrap());
        let now = || places.each_ref().map(Place::now);
        assert_eq!(now(), [1, 2, 3]);

        let [second, third, fourth] = waiting;
        let turn = first.turn(LONG).await.unwrap();
        drop(third);
        assert_eq!(now(), [1, 2, 2]);
        // The last one is polled first, and still has to wait.
        let mut fourth = Box::pin(fourth.turn(LONG));
        assert!((&mut fourth).now_or_never().is_none());
        drop(turn);
        assert!((&mut fourth).now_or_never().is_none());
        let turn = second.turn(LONG).await.unwrap();
        assert_eq!(places[2].now(), 1);
        drop(turn);
        drop(fourth.await.unwrap());
    }

    #[tokio::test]
    async fn a_withheld_turn_is_given_again_when_it_is_no_longer_withheld() {
        let queue = Arc::new(Queue::new(3, 9));
        let held = queue.enter().unwrap().turn(LONG).await.unwrap();
        queue.withhold(2);
        let mut waiting = Box::pin(queue.enter().unwrap().turn(LONG));
        assert!((&mut waiting).now_or_never().is_none());
        drop(held);
        let held = waiting.await.unwrap();
        // All turns, one of which is in use.
        queue.withhold(3);
        tokio::task::yield_now().await;
        let mut waiting = Box::pin(queue.enter().unwrap().turn(LONG));
        drop(held);
        assert!((&mut waiting).now_or_never().is_none());
        queue.withhold(0);
        let first = waiting.await.unwrap();
        let others = [
            queue.enter().unwrap().turn(LONG).await.unwrap(),
            queue.enter().unwrap().turn(LONG).await.unwrap(),
        ];
        assert!(queue.enter().unwrap().place().is_some());
        drop((first, others));
    }

    #[tokio::test]
    async fn a_run_that_waits_too_long_leaves_the_queue() {
        let queue = Arc::new(Queue::new(1, 1));
        let _held = queue.enter().unwrap().turn(LONG).await.unwrap();
        let waiting = queue.enter().unwrap();
        let turn = waiting.turn(Duration::from_millis(1)).await;
        assert_eq!(turn.err(), Some(Failure::QueueFull));
        assert_eq!(queue.enter().unwrap().place().unwrap().now(), 1);
    }
}
