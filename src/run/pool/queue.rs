//! The queue of runs for a database's connections: limited, first come, first served, and each run knows its place. No clip
//! and no user may have all of the connections: with many sets of values, one link would keep everybody else out.
//!
//! The pool could make them wait as well, but could not report their place in the queue.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::time::timeout;

use crate::run::{Failure, Origin};

/// Of the connections to a database, the part that each origin leaves to others, and one at least.
const LEFT_TO_OTHERS: usize = 4;

#[derive(Debug)]
pub(in crate::run) struct Queue {
    /// One for each connection.
    turns: usize,
    waiting_max: usize,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// Turns that are not given, because other servers have the connections.
    withheld: usize,
    taken: HashMap<Origin, usize>,
    /// In the order of their arrival.
    waiting: BTreeMap<u64, Waiting>,
    next: u64,
}

#[derive(Debug)]
struct Waiting {
    origin: Origin,
    begin: oneshot::Sender<Turn>,
}

/// The right to one of the connections, until its last copy is dropped.
pub(in crate::run) type Turn = Arc<Taken>;

#[derive(Debug)]
pub(in crate::run) struct Taken {
    queue: Arc<Queue>,
    origin: Origin,
}

/// A run's ticket. Dropped before its turn, it leaves the queue.
pub(in crate::run) enum Ticket {
    Now(Turn),
    Enqueued(Enqueued, oneshot::Receiver<Turn>),
}

/// A run's place in the queue, for observers.
#[derive(Clone, Debug)]
pub(in crate::run) struct Place {
    queue: Arc<Queue>,
    number: u64,
    origin: Origin,
}

/// Counted by later runs until it is dropped.
pub(in crate::run) struct Enqueued(Place);

impl Queue {
    pub(in crate::run) fn new(turns: usize, waiting_max: usize) -> Self {
        Self {
            turns,
            waiting_max,
            state: Mutex::default(),
        }
    }

    /// Gives so many turns fewer than there are, as soon as runs have ended.
    pub(in crate::run) fn withhold(self: &Arc<Self>, count: usize) {
        self.lock().withheld = count;
        self.begin_next();
    }

    /// Enters the queue if no turn is free: the place is taken now, not when the ticket is first awaited.
    pub(in crate::run) fn enter(self: &Arc<Self>, origin: Origin) -> Result<Ticket, Failure> {
        let mut state = self.lock();
        // Nobody who waits could begin: each who could has.
        if self.may_begin(&state, origin) {
            return Ok(Ticket::Now(self.take(&mut state, origin)));
        }
        let is_of_origin = |waiting: &&Waiting| waiting.origin == origin;
        let of_origin = state.waiting.values().filter(is_of_origin).count();
        if state.waiting.len() >= self.waiting_max || of_origin >= self.waiting_max.div_ceil(2) {
            return Err(Failure::QueueFull);
        }
        let number = state.next;
        state.next += 1;
        let (begin, turn) = oneshot::channel();
        state.waiting.insert(number, Waiting { origin, begin });
        let place = Place {
            queue: self.clone(),
            number,
            origin,
        };
        Ok(Ticket::Enqueued(Enqueued(place), turn))
    }

    /// Lets everybody begin who may by now.
    fn begin_next(self: &Arc<Self>) {
        let mut begun = Vec::new();
        let mut state = self.lock();
        while let Some(next) = self.next(&state)
            && let Some(waiting) = state.waiting.remove(&next)
        {
            begun.push((waiting.begin, self.take(&mut state, waiting.origin)));
        }
        drop(state);
        for (begin, turn) in begun {
            // Who has just left gives the turn back, which lets the next one begin.
            let _ = begin.send(turn);
        }
    }

    fn next(&self, state: &State) -> Option<u64> {
        let mut waiting = state.waiting.iter();
        let next = waiting.find(|(_, waiting)| self.may_begin(state, waiting.origin));
        next.map(|(number, _)| *number)
    }

    fn may_begin(&self, state: &State, origin: Origin) -> bool {
        let turns = self.turns.saturating_sub(state.withheld);
        let of_origin = state.taken.get(&origin).copied().unwrap_or_default();
        state.taken.values().sum::<usize>() < turns && of_origin < share(turns)
    }

    fn take(self: &Arc<Self>, state: &mut State, origin: Origin) -> Turn {
        *state.taken.entry(origin).or_default() += 1;
        Arc::new(Taken {
            queue: self.clone(),
            origin,
        })
    }

    /// How many runs wait.
    pub(in crate::run) fn length(&self) -> usize {
        self.lock().waiting.len()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The most turns of one origin.
fn share(turns: usize) -> usize {
    (turns - turns.div_ceil(LEFT_TO_OTHERS).min(turns)).max(1)
}

impl Ticket {
    /// `None` if a turn was free.
    pub(in crate::run) fn place(&self) -> Option<Place> {
        match self {
            Self::Now(_) => None,
            Self::Enqueued(Enqueued(place), _) => Some(place.clone()),
        }
    }

    /// Enqueued for its turn, up to a limit.
    pub(in crate::run) async fn turn(self, wait_max: Duration) -> Result<Turn, Failure> {
        match self {
            Self::Now(turn) => Ok(turn),
            Self::Enqueued(_enqueued, turn) => match timeout(wait_max, turn).await {
                Ok(Ok(turn)) => Ok(turn),
                Ok(Err(_)) | Err(_) => Err(Failure::QueueFull),
            },
        }
    }
}

impl Place {
    /// Counted from 1, which is next. Of another origin, only those count that would be let in before.
    pub(in crate::run) fn now(&self) -> usize {
        let state = self.queue.lock();
        let mut before: HashMap<Origin, usize> = HashMap::new();
        for (_, waiting) in state.waiting.range(..self.number) {
            *before.entry(waiting.origin).or_default() += 1;
        }
        let share = share(self.queue.turns.saturating_sub(state.withheld));
        let counted = before.into_iter().map(|(origin, count)| match origin {
            own if own == self.origin => count,
            _ => count.min(share),
        });
        counted.sum::<usize>() + 1
    }
}

impl Drop for Taken {
    fn drop(&mut self) {
        let mut state = self.queue.lock();
        if let Some(count) = state.taken.get_mut(&self.origin) {
            *count -= 1;
            if *count == 0 {
                state.taken.remove(&self.origin);
            }
        }
        drop(state);
        self.queue.begin_next();
    }
}

impl Drop for Enqueued {
    fn drop(&mut self) {
        let Self(place) = self;
        place.queue.lock().waiting.remove(&place.number);
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;

    const LONG: Duration = Duration::from_secs(10);

    /// Each is of a clip of its own.
    fn enter(queue: &Arc<Queue>) -> Result<Ticket, Failure> {
        let number = queue.lock().next as i64;
        let taken = queue.lock().taken.len() as i64;
        queue.enter(Origin::Clip(1_000 * taken + number))
    }

    #[tokio::test]
    async fn turns_come_in_the_order_of_the_places() {
        let queue = Arc::new(Queue::new(1, 3));
        let first = enter(&queue).unwrap();
        assert!(first.place().is_none());
        let waiting = [(); 3].map(|()| enter(&queue).unwrap());
        assert!(matches!(enter(&queue), Err(Failure::QueueFull)));
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
    async fn a_turn_that_nobody_awaits_any_more_is_the_next_ones() {
        let queue = Arc::new(Queue::new(1, 3));
        let first = enter(&queue).unwrap();
        let [second, third] = [(); 2].map(|()| enter(&queue).unwrap());
        // Has its turn from now on, and never takes it.
        drop(first);
        drop(second);
        let third = third.turn(LONG).now_or_never();
        assert!(third.is_some_and(|turn| turn.is_ok()));
    }

    #[tokio::test]
    async fn one_origin_never_has_all_turns() {
        for (turns, most) in [(1, 1), (2, 1), (3, 2), (4, 3), (8, 6)] {
            let queue = Arc::new(Queue::new(turns, 200));
            let link = || queue.enter(Origin::Clip(1)).unwrap();
            let tickets: Vec<_> = (0..100).map(|_| link()).collect();
            let begun = tickets.iter().filter(|ticket| ticket.place().is_none());
            assert_eq!(begun.count(), most, "of {turns}");
            assert!(
                queue
                    .enter(Origin::Clip(1))
                    .is_ok_and(|last| last.place().is_some())
            );
            let other = queue.enter(Origin::Preview { user: 1 }).unwrap();
            assert_eq!(other.place().is_none(), turns > 1, "of {turns}");
        }
    }

    #[tokio::test]
    async fn one_origin_never_fills_the_queue_and_is_overtaken_in_it() {
        let queue = Arc::new(Queue::new(2, 8));
        let link = || queue.enter(Origin::Clip(1));
        let running = link().unwrap();
        let other = queue.enter(Origin::Clip(2)).unwrap();
        let tickets = [(); 4].map(|()| link().unwrap());
        assert!(matches!(link(), Err(Failure::QueueFull)));
        let late = queue.enter(Origin::Clip(3)).unwrap();
        assert_eq!(late.place().unwrap().now(), 2);
        drop(other);
        assert!(
            late.turn(LONG)
                .now_or_never()
                .is_some_and(|turn| turn.is_ok())
        );
        drop((running, tickets));
        assert!(queue.lock().taken.is_empty() && queue.lock().waiting.is_empty());
    }

    #[tokio::test]
    async fn a_withheld_turn_is_given_again_when_it_is_no_longer_withheld() {
        let queue = Arc::new(Queue::new(3, 9));
        let held = enter(&queue).unwrap().turn(LONG).await.unwrap();
        queue.withhold(2);
        let mut waiting = Box::pin(enter(&queue).unwrap().turn(LONG));
        assert!((&mut waiting).now_or_never().is_none());
        drop(held);
        let held = waiting.await.unwrap();
        // All turns, one of which is in use.
        queue.withhold(3);
        let mut waiting = Box::pin(enter(&queue).unwrap().turn(LONG));
        drop(held);
        assert!((&mut waiting).now_or_never().is_none());
        queue.withhold(0);
        let first = waiting.await.unwrap();
        let others = [
            enter(&queue).unwrap().turn(LONG).await.unwrap(),
            enter(&queue).unwrap().turn(LONG).await.unwrap(),
        ];
        assert!(enter(&queue).unwrap().place().is_some());
        drop((first, others));
    }

    #[tokio::test]
    async fn a_run_that_waits_too_long_leaves_the_queue() {
        let queue = Arc::new(Queue::new(1, 1));
        let _held = enter(&queue).unwrap().turn(LONG).await.unwrap();
        let waiting = enter(&queue).unwrap();
        let turn = waiting.turn(Duration::from_millis(1)).await;
        assert!(matches!(turn, Err(Failure::QueueFull)));
        assert_eq!(enter(&queue).unwrap().place().unwrap().now(), 1);
    }
}
