//! Servers and their way to the store fail while people work; afterwards nothing is lost.

use std::sync::atomic::{AtomicBool, Ordering};

use super::model::Person;
use super::*;
use crate::support::Proxy;

/// How long the store cannot be reached: longer than a failover takes.
const OUTAGE: Duration = Duration::from_secs(2);

#[derive(Debug, Clone, Copy)]
enum Fault {
    Killed,
    Restarted,
    StoreCut,
    StoreSilent,
}

impl Fault {
    const ALL: [Self; 4] = [
        Self::Killed,
        Self::Restarted,
        Self::StoreCut,
        Self::StoreSilent,
    ];

    async fn happen(self, servers: &mut Servers, proxy: &Proxy, server: usize) {
        match self {
            Self::Killed => {
                servers.kill(server);
                servers.start(server).await;
            }
            Self::Restarted => servers.restart(server).await,
            Self::StoreCut => proxy.cut(),
            Self::StoreSilent => proxy.silence(),
        }
        if matches!(self, Self::StoreCut | Self::StoreSilent) {
            tokio::time::sleep(OUTAGE).await;
            proxy.heal();
        }
    }
}

/// After each fault, all that was acknowledged is compared.
async fn nothing_is_lost(count: usize, faults: impl IntoIterator<Item = (Fault, usize)>) {
    let (mut servers, proxy) = Servers::behind_proxy().await;
    let mut people = Vec::new();
    for _ in 0..count {
        people.push(Person::with_clip(&servers).await);
    }
    for (number, (fault, server)) in faults.into_iter().enumerate() {
        let is_over = AtomicBool::new(false);
        let work = join_all(people.iter_mut().map(|person| person.work(&is_over)));
        let faults = async {
            fault.happen(&mut servers, &proxy, server).await;
            servers.all_are_up().await;
            is_over.store(true, Ordering::Relaxed);
        };
        tokio::join!(work, faults);
        let changes: usize = people.iter().map(|person| person.step).sum();
        println!("{number}: {fault:?} {server}, {changes} changes");
        let checks = people
            .iter()
            .map(|person| person.is_as_acknowledged(&servers));
        join_all(checks).await;
    }
}

fn random() -> (Fault, usize) {
    let draw = |below: usize| getrandom::u32().unwrap() as usize % below;
    (Fault::ALL[draw(Fault::ALL.len())], draw(SERVERS))
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_lost_by_one_fault_of_each_kind() {
    // The fewer they are, the sooner their reads follow their changes.
    nothing_is_lost(4, Fault::ALL.into_iter().zip([0, 1, 2, 0])).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "make test-scaling"]
async fn nothing_is_lost_by_a_hundred_random_faults() {
    nothing_is_lost(20, (0..100).map(|_| random())).await;
}
