//! Who has a connection. If all seats are taken, the connection that has been idle for longest makes room; if none is idle,
//! a few spare seats are left for one request each, which is answered if it is a health check.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use tokio::time::{MissedTickBehavior, interval};

use super::activity::Activity;
use super::limits::ConnectionLimits;
use super::network::network;

const SPARE_MAX: usize = 16;

pub(super) struct Seats {
    limits: ConnectionLimits,
    table: Mutex<Table>,
}

#[derive(Default)]
struct Table {
    last_id: u64,
    taken: HashMap<u64, Taken>,
    full: usize,
    /// Those that are not spare.
    by_network: HashMap<IpAddr, usize>,
    streams: HashMap<u64, Arc<Activity>>,
}

struct Taken {
    activity: Arc<Activity>,
    network: IpAddr,
    is_spare: bool,
}

/// A connection's place, until it is dropped.
pub(super) struct Seat {
    pub(super) seats: Arc<Seats>,
    pub(super) activity: Arc<Activity>,
    /// Only one request, and only a health check, is answered.
    pub(super) is_spare: bool,
    id: u64,
}

/// A stream that is looked after, until it is dropped.
pub(super) struct WatchedStream {
    pub(super) activity: Arc<Activity>,
    seats: Arc<Seats>,
    id: u64,
}

impl Seats {
    pub(super) fn new(limits: ConnectionLimits) -> Self {
        Self {
            limits,
            table: Mutex::default(),
        }
    }

    /// `None` if even the spare seats are taken by clients that wait for their answers.
    pub(super) fn admit(self: &Arc<Self>, address: IpAddr) -> Option<Seat> {
        let network = network(address);
        let mut table = self.table();
        let is_spare = !table.make_room(network, &self.limits);
        if is_spare && !table.has_spare() {
            return None;
        }
        let activity = Activity::of_connection();
        let id = table.next_id();
        table.take(
            id,
            Taken {
                activity: activity.clone(),
                network,
                is_spare,
            },
        );
        drop(table);
        Some(Seat {
            seats: self.clone(),
            activity,
            is_spare,
            id,
        })
    }

    pub(super) fn watch_stream(self: &Arc<Self>) -> WatchedStream {
        let activity = Activity::of_stream();
        let mut table = self.table();
        let id = table.next_id();
        table.streams.insert(id, activity.clone());
        drop(table);
        WatchedStream {
            activity,
            seats: self.clone(),
            id,
        }
    }

    /// Cuts connections and streams whose client takes too long, for ever.
    pub(super) async fn sweep(self: Arc<Self>) {
        let mut ticks = interval(self.limits.sweep_interval());
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            self.cut_overdue();
        }
    }

    fn cut_overdue(&self) {
        let (table, now) = (self.table(), Instant::now());
        let connections = table.taken.values().map(|taken| &taken.activity);
        for activity in connections.chain(table.streams.values()) {
            if activity.is_overdue(now, &self.limits) {
                activity.cut();
            }
        }
    }

    fn table(&self) -> MutexGuard<'_, Table> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Table {
    /// Whether there is room for one more of this network, after an idle connection made it if need be.
    fn make_room(&mut self, network: IpAddr, limits: &ConnectionLimits) -> bool {
        let of_network = self.by_network.get(&network).copied().unwrap_or_default();
        if limits.per_address_max.is_some_and(|max| of_network >= max) {
            return self.end_idle(|taken| !taken.is_spare && taken.network == network);
        }
        self.full < limits.connections_max || self.end_idle(|taken| !taken.is_spare)
    }

    fn has_spare(&mut self) -> bool {
        self.taken.len() - self.full < SPARE_MAX || self.end_idle(|taken| taken.is_spare)
    }

    /// Ends the connection that has been idle for longest, among these.
    fn end_idle(&mut self, is_meant: impl Fn(&Taken) -> bool) -> bool {
        let meant = self.taken.iter().filter(|(_, taken)| is_meant(taken));
        let idle = meant.filter_map(|(id, taken)| Some((taken.activity.idle_since()?, *id)));
        let Some((_, id)) = idle.min() else {
            return false;
        };
        if let Some(ended) = self.leave(id) {
            ended.activity.cut();
        }
        true
    }

    fn take(&mut self, id: u64, taken: Taken) {
        if !taken.is_spare {
            self.full += 1;
            *self.by_network.entry(taken.network).or_default() += 1;
        }
        self.taken.insert(id, taken);
    }

    fn leave(&mut self, id: u64) -> Option<Taken> {
        let taken = self.taken.remove(&id)?;
        if !taken.is_spare {
            self.full -= 1;
            if let Some(count) = self.by_network.get_mut(&taken.network) {
                *count -= 1;
                if *count == 0 {
                    self.by_network.remove(&taken.network);
                }
            }
        }
        Some(taken)
    }

    fn next_id(&mut self) -> u64 {
        self.last_id += 1;
        self.last_id
    }
}

impl Seat {
    pub(super) fn limits(&self) -> &ConnectionLimits {
        &self.seats.limits
    }
}

impl Drop for Seat {
    /// It may have been left before, to make room.
    fn drop(&mut self) {
        self.seats.table().leave(self.id);
    }
}

impl Drop for WatchedStream {
    fn drop(&mut self) {
        self.seats.table().streams.remove(&self.id);
    }
}
