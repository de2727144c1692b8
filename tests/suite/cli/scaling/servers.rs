//! Three servers on one store, behind a balancer that knows nothing of visitors.

use std::time::{Duration, Instant};

use futures_util::future::join_all;
use serde_json::json;
use tokio_postgres::Client as Superuser;

use crate::cli::program::{Program, Serving};
use crate::support::{
    Balancer, Client, Databases, KEEPER, PASSWORD, Patroni, Proxy, free_port, shared,
};

pub const SERVERS: usize = 3;
/// How long one that was told to stop goes on answering: the balancer looks twice within it.
const DRAIN: &str = "3s";
/// How long its answers and short runs may take after that.
const STOP_MAX: &str = "3s";
/// In which a balancer notices a change.
const STATES_MAX: Duration = Duration::from_secs(20);
/// nginx does not tell. It counts whole seconds.
const FORGIVEN_AFTER: Duration = Duration::from_secs(2);

pub struct Servers {
    serving: Vec<Option<Serving>>,
    programs: Vec<Program>,
    ports: Vec<u16>,
    pub balancer: Balancer,
    databases: Databases,
}

impl Servers {
    pub async fn behind_haproxy() -> Self {
        Self::behind(Balancer::haproxy).await
    }

    pub async fn behind(balancer: impl Fn(u16, &[u16]) -> Balancer) -> Self {
        let databases = Databases::create().await;
        let store = shared().socket_url("keeper", &databases.store);
        Self::start_all(databases, &store, balancer).await
    }

    /// Whose way to the store can fail.
    pub async fn behind_proxy() -> (Self, Proxy) {
        let databases = Databases::create().await;
        let proxy = Proxy::to(shared().port).await;
        let store = proxy.url("keeper", &databases.store);
        let servers = Self::start_all(databases, &store, Balancer::haproxy).await;
        (servers, proxy)
    }

    /// The same, with a proxy before each of the two that are the store in turn.
    pub async fn on_patroni(patroni: &Patroni) -> (Self, Vec<Proxy>) {
        let proxies = join_all(patroni.ports().map(Proxy::to)).await;
        let addresses: Vec<_> = proxies.iter().map(Proxy::address).collect();
        let store = format!("postgresql://{KEEPER}@{}/store", addresses.join(","));
        let databases = Databases::with_store_at(&store).await;
        let servers = Self::start_all(databases, &store, Balancer::haproxy).await;
        (servers, proxies)
    }

    async fn start_all(
        databases: Databases,
        store: &str,
        balancer: impl Fn(u16, &[u16]) -> Balancer,
    ) -> Self {
        let port = free_port();
        let ports: Vec<_> = (0..SERVERS).map(|_| free_port()).collect();
        let public_url = format!("http://127.0.0.1:{port}");
        let programs = ports.iter().map(|port| {
            Program::on_store(store)
                .with("DATACLIPS_LISTEN", &format!("127.0.0.1:{port}"))
                .with("DATACLIPS_PUBLIC_URL", &public_url)
                .with("DATACLIPS_PROXIES", "1")
                .with("DATACLIPS_DRAIN", DRAIN)
                .with("DATACLIPS_STOP_MAX", STOP_MAX)
        });
        let programs: Vec<_> = programs.collect();
        let servers = Self {
            serving: serve(&programs),
            balancer: balancer(port, &ports),
            programs,
            ports,
            databases,
        };
        servers.add_database().await;
        servers
    }

    async fn add_database(&self) {
        let url = shared().socket_url("reader", &self.databases.data);
        let added = json!({"name": "data", "url": url, "open_to": "members"});
        let answer = self.at(0).post("/api/v1/databases", &added).await;
        let status = answer.status();
        assert_eq!(status, 201, "{}", answer.text().await.unwrap());
    }

    /// Acts as an administrator, who gets to one server after the other.
    pub fn balanced(&self) -> Client {
        self.visitor().with_token(&self.databases.token)
    }

    /// Acts as an administrator at one server alone.
    pub fn at(&self, server: usize) -> Client {
        self.visitor_at(server).with_token(&self.databases.token)
    }

    /// An administrator at each.
    pub fn each(&self) -> [Client; SERVERS] {
        std::array::from_fn(|server| self.at(server))
    }

    pub fn visitor(&self) -> Client {
        Client::new(&self.balancer.url)
    }

    pub fn visitor_at(&self, server: usize) -> Client {
        Client::new(&format!("http://127.0.0.1:{}", self.ports[server]))
    }

    /// A superuser's connection to the queried database.
    pub async fn superuser(&self) -> Superuser {
        shared().connect("postgres", &self.databases.data).await
    }

    pub fn tell_to_stop(&self, server: usize) {
        self.serving[server].as_ref().unwrap().tell_to_stop();
    }

    /// Without a chance to finish anything.
    pub fn kill(&mut self, server: usize) {
        self.serving[server].take().unwrap().kill();
    }

    /// Stops it as an administrator does, and starts it again.
    pub async fn restart(&mut self, server: usize) {
        let serving = self.serving[server].take().unwrap();
        let stopped = tokio::task::spawn_blocking(move || serving.stop()).await;
        assert!(stopped.unwrap().success(), "server {server}");
        self.start(server).await;
    }

    pub async fn start(&mut self, server: usize) {
        let program = self.programs[server].clone();
        let serving = tokio::task::spawn_blocking(move || program.serve()).await;
        self.serving[server] = Some(serving.unwrap());
    }

    /// Waits until the balancer sends requests to each of them.
    pub async fn all_are_up(&self) {
        if !self.balancer.tells_states() {
            return tokio::time::sleep(FORGIVEN_AFTER).await;
        }
        self.states(|states| states.iter().all(|state| state == "UP"))
            .await;
    }

    /// Waits until the balancer sends this one no more requests.
    pub async fn is_down(&self, server: usize) {
        self.states(|states| states[server] == "DOWN").await;
    }

    async fn states(&self, are_so: impl Fn(&[String]) -> bool) {
        let deadline = Instant::now() + STATES_MAX;
        loop {
            let states = self.balancer.states();
            if are_so(&states) {
                return;
            }
            assert!(Instant::now() < deadline, "{states:?}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Somebody who writes clips; returns their token.
    pub fn add_member(&self, email: &str) -> String {
        let add = ["user", "add", email, "--role", "member"];
        self.programs[0].done(&add, PASSWORD);
        let token = self.programs[0].done(&["token", "add", email, "--name", "test"], "");
        token.trim_end().to_owned()
    }
}

impl Drop for Servers {
    /// Nobody waits for those who would drain.
    fn drop(&mut self) {
        self.serving
            .iter_mut()
            .filter_map(Option::take)
            .for_each(Serving::kill);
    }
}

/// Starts all at once.
fn serve(programs: &[Program]) -> Vec<Option<Serving>> {
    std::thread::scope(|scope| {
        let starts: Vec<_> = programs
            .iter()
            .map(|program| scope.spawn(|| program.serve()))
            .collect();
        let started = starts.into_iter().map(|start| Some(start.join().unwrap()));
        started.collect()
    })
}
