//! Servers and their way to the store fail while people work; afterwards nothing is lost.

use std::sync::atomic::{AtomicBool, Ordering};

use super::model::Person;
use super::outage::Outage;
use super::*;
use crate::support::{Patroni, Proxy};

/// How long the store cannot be reached: longer than a failover takes.
const OUTAGE: Duration = Duration::from_secs(2);

#[derive(Debug, Clone, Copy)]
enum Fault {
    Killed,
    Restarted,
    StoreCut,
    StoreSilent,
    StoreSwitches,
    StorePrimaryKilled,
}

/// The store, and the ways to it.
struct Store {
    proxies: Vec<Proxy>,
    /// Where another server can take over.
    patroni: Option<Patroni>,
}

impl Fault {
    /// Those that need no second server of the store.
    const SIMPLE: [Self; 4] = [
        Self::Killed,
        Self::Restarted,
        Self::StoreCut,
        Self::StoreSilent,
    ];
    const FAILOVERS: [Self; 2] = [Self::StoreSwitches, Self::StorePrimaryKilled];

    async fn happen(self, servers: &mut Servers, store: &Store, server: usize) {
        match self {
            Self::Killed => {
                servers.kill(server);
                servers.start(server).await;
            }
            Self::Restarted => servers.restart(server).await,
            Self::StoreCut => store.is_out(Proxy::cut).await,
            Self::StoreSilent => store.is_out(Proxy::silence).await,
            Self::StoreSwitches => store.patroni().switch_over().await,
            Self::StorePrimaryKilled => store.patroni().kill_primary().await,
        }
    }
}

impl Store {
    async fn is_out(&self, fail: impl Fn(&Proxy)) {
        self.proxies.iter().for_each(fail);
        tokio::time::sleep(OUTAGE).await;
        self.proxies.iter().for_each(Proxy::heal);
    }

    fn patroni(&self) -> &Patroni {
        self.patroni.as_ref().expect("it has a second server")
    }
}

/// After each fault, all that was acknowledged is compared.
async fn nothing_is_lost(
    count: usize,
    (mut servers, store): (Servers, Store),
    faults: impl IntoIterator<Item = (Fault, usize)>,
) {
    let mut outage = Outage::with_clip(&servers).await;
    let mut people = Vec::new();
    for _ in 0..count {
        people.push(Person::with_clip(&servers).await);
    }
    for (number, (fault, server)) in faults.into_iter().enumerate() {
        let is_over = AtomicBool::new(false);
        let work = join_all(people.iter_mut().map(|person| person.work(&is_over)));
        let faults = async {
            fault.happen(&mut servers, &store, server).await;
            servers.all_are_up().await;
            is_over.store(true, Ordering::Relaxed);
        };
        let (_, (), lasted) = tokio::join!(work, faults, outage.watch(&is_over));
        let changes: usize = people.iter().map(|person| person.step).sum();
        println!("{number}: {fault:?} {server}, {changes} changes, {lasted}");
        let checks = people
            .iter_mut()
            .map(|person| person.is_as_acknowledged(&servers));
        join_all(checks).await;
    }
}

/// One in two is a failover, both kinds in turn.
fn random(number: usize) -> (Fault, usize) {
    let draw = |below: usize| getrandom::u32().unwrap() as usize % below;
    let fault = match draw(2) {
        0 => Fault::FAILOVERS[number % 2],
        _ => Fault::SIMPLE[draw(4)],
    };
    (fault, draw(SERVERS))
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_lost_by_one_fault_of_each_kind() {
    let (servers, proxy) = Servers::behind_proxy().await;
    let store = Store {
        proxies: vec![proxy],
        patroni: None,
    };
    let faults = Fault::SIMPLE.into_iter().zip([0, 1, 2, 0]);
    // The fewer they are, the sooner their reads follow their changes.
    nothing_is_lost(4, (servers, store), faults).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "make test-scaling"]
async fn nothing_is_lost_by_a_hundred_random_faults() {
    let patroni = Patroni::start().await;
    let (servers, proxies) = Servers::on_patroni(&patroni).await;
    let store = Store {
        proxies,
        patroni: Some(patroni),
    };
    nothing_is_lost(20, (servers, store), (0..100).map(random)).await;
}
