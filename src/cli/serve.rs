//! `dataclips serve`.

use std::io::{IsTerminal, Write};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use nix::sys::resource::{Resource, getrlimit, setrlimit};
use tokio::net::TcpListener;
use tokio::time::{interval, sleep, timeout};
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;

use super::Failure;
use super::site::Site;
use super::stopping::Stopping;
use super::welcome;
use crate::config::Config;
use crate::embedded::sample;
use crate::error::Error;
use crate::live::Live;
use crate::model::{
    EnvironmentDatabase, Job, ServerId, Welcome, create_sample_clips, follow_sample_database,
    sweep_audit,
};
use crate::postgres::ConnectionUrl;
use crate::result::Memory;
use crate::run::Runner;
use crate::servers::Servers;
use crate::store::Store;
use crate::web::App;
use crate::{run, web};

/// How long the start waits for the databases in the environment.
const INSPECTION_WAIT: Duration = Duration::from_secs(3);
/// Where the system does not tell its limit.
const OPEN_FILES_USUAL: u64 = 256;
const TIDY_INTERVAL: Duration = Duration::from_secs(60);
/// How long it may take to answer those whose runs were cut.
const RESPONSES_WAIT: Duration = Duration::from_secs(5);
/// How long storing the results of the last runs may take after that.
const STORING_WAIT: Duration = Duration::from_secs(3);

/// How long it may take to tell the other servers.
const LEAVING_WAIT: Duration = Duration::from_secs(2);

pub async fn run(config: Config) -> Result<(), Failure> {
    let open_files_max = raise_open_files_limit();
    let stopping = Stopping::on_signal(config.stopping)?;
    let site = tokio::select! {
        site = Site::open_for_server(&config) => site?,
        () = stopping.asked() => return Ok(()),
    };
    let served = serve(&config, &site, &stopping, open_files_max).await;
    site.close().await;
    served
}

/// Allows as many open files as the system permits, and returns how many: each visitor takes one, and so does each large
/// result in a temporary file. The usual default (1,024) is too low.
fn raise_open_files_limit() -> u64 {
    let Ok((usual, most)) = getrlimit(Resource::RLIMIT_NOFILE) else {
        return OPEN_FILES_USUAL;
    };
    match setrlimit(Resource::RLIMIT_NOFILE, most, most) {
        Ok(()) => most,
        Err(error) => {
            tracing::warn!(%error, "the limit of open files could not be raised");
            usual
        }
    }
}

async fn serve(
    config: &Config,
    site: &Site,
    stopping: &Stopping,
    open_files_max: u64,
) -> Result<(), Failure> {
    let listener = listen(config.listen, "DATACLIPS_LISTEN").await?;
    let metrics_listener = match config.metrics_listen {
        Some(address) => Some(listen(address, "DATACLIPS_METRICS_LISTEN").await?),
        None => None,
    };
    let public_url = config.url_at(listener.local_addr()?);
    let memory = Memory::new(config.memory_bytes_max);
    let runner = Runner::new(config.limits, memory.clone(), site.identity().await?);
    let runner = Arc::new(runner);
    tokio::select! {
        prepared = prepare(config, site, &runner) => prepared?,
        () = stopping.asked() => return Ok(()),
    }
    let servers = Servers::join(site.store.clone(), &site.key).await?;
    let live = Live::new(
        site.store.clone(),
        runner.clone(),
        servers.clone(),
        memory.clone(),
        config.results_bytes_max,
    );
    let live = Arc::new(match config.audit.keeps_values {
        true => live.with_audited_values(),
        false => live,
    });
    let app = Arc::new(App::new(
        site.store.clone(),
        site.key.clone(),
        runner,
        live.clone(),
        servers.clone(),
        memory,
        web::Settings {
            public_url,
            sql_bytes_max: config.sql_bytes_max,
            proxies: config.proxies,
            security_contact: config.security_contact.clone(),
            logs_addresses: config.logs_addresses,
            run_limits: web::RunLimits {
                runs: config.runs_per_minute,
                previews: config.previews_per_minute,
            },
            mailer: config.mailer.clone(),
            provider: config.provider.clone(),
        },
    ));
    print_addresses(&app).await?;
    tokio::spawn(tidy(app.clone(), config.audit.kept));
    tokio::spawn(web::follow_reads(app.clone()));
    if site.has_its_key {
        // Without the key, it could not open what the other servers have sealed.
        tokio::spawn(web::send_mails(app.clone()));
        tokio::spawn(web::look_daily(app.clone()));
    }
    tokio::spawn({
        let live = live.clone();
        async move { live.share_connections().await }
    });
    tokio::spawn(web::follow_previews(app.clone()));
    tokio::spawn({
        let live = live.clone();
        async move { live.follow_notices().await }
    });
    tokio::spawn({
        let live = live.clone();
        async move { live.flush_checked().await }
    });
    tokio::spawn({
        let store = site.store.clone();
        async move { store.watch().await }
    });
    let limits = config.connections.limits(open_files_max);
    if let Some(listener) = metrics_listener {
        tokio::spawn(web::serve_metrics(listener, app.clone(), limits));
    }
    let closed = CancellationToken::new();
    let drained = drain(app.clone(), stopping.clone(), closed.clone());
    let serving = web::serve(listener, app.clone(), limits, drained);
    // Tokio schedules a listener in a spawned task like other tasks, but one in `block_on` only every 61st tick.
    let serving = AbortOnDropHandle::new(tokio::spawn(serving));
    tokio::select! {
        served = serving => served?,
        () = cut(&app, stopping, &closed) => {}
    }
    // Runs for which somebody waits at another server: one of those takes them over.
    app.runner.stop();
    if timeout(STORING_WAIT, live.close()).await.is_err() {
        tracing::warn!("the results of the last runs could not be stored in time");
    }
    if !matches!(timeout(LEAVING_WAIT, servers.leave()).await, Ok(Ok(()))) {
        tracing::warn!("the other servers do not know yet that this one stops");
    }
    Ok(())
}

async fn listen(address: SocketAddr, setting: &str) -> Result<TcpListener, Failure> {
    let listener = TcpListener::bind(address).await;
    listener.map_err(|error| {
        format!(
            "The server cannot listen on {address}: {error}. Choose another address with {setting}."
        )
        .into()
    })
}

/// Updates the databases that are defined outside the store, and creates the sample clips.
async fn prepare(config: &Config, site: &Site, runner: &Runner) -> Result<(), Failure> {
    if !site.has_its_key {
        // Nobody could read what it would seal.
        return Ok(());
    }
    let found = without_own_store(&config.environment_databases, runner).await;
    EnvironmentDatabase::follow(&site.store, &site.key, &found).await?;
    remove_missing(&site.store, &found).await?;
    if let Some(cluster) = &site.cluster {
        let url = ConnectionUrl::parse(&cluster.sample_url())?;
        let sample = follow_sample_database(&site.store, &site.key, &url).await?;
        let clips = sample::CLIPS.iter().map(|clip| (clip.title, clip.sql));
        create_sample_clips(&site.store, &sample, clips).await?;
    }
    Ok(())
}

/// Removes the databases that are no longer in the environment, unless they may be in that of another server.
async fn remove_missing(store: &Store, found: &[EnvironmentDatabase]) -> Result<(), Failure> {
    let missing = EnvironmentDatabase::missing(store, found).await?;
    if missing.is_empty() {
        return Ok(());
    }
    if ServerId::any_lives(store).await? {
        tracing::warn!(
            databases = missing.join(", "),
            "kept, though not in this server's environment, since other servers run: give all servers the same environment, \
             or remove the database on its page"
        );
        return Ok(());
    }
    Ok(EnvironmentDatabase::remove(store, &missing).await?)
}

/// Leaves out our own store, which platforms list among the databases in the environment. A database that does not
/// respond in time is kept: it is checked again on every new connection.
async fn without_own_store(
    found: &[EnvironmentDatabase],
    runner: &Runner,
) -> Vec<EnvironmentDatabase> {
    let inspected = join_all(
        found
            .iter()
            .map(|database| timeout(INSPECTION_WAIT, runner.inspect(&database.url))),
    )
    .await;
    let mut kept = Vec::new();
    for (database, inspected) in found.iter().zip(inspected) {
        match inspected {
            Ok(Err(run::Failure::OwnStore)) => {
                tracing::info!(
                    database = database.name,
                    "left out: it is the database in which Dataclips keeps its own data"
                );
                continue;
            }
            Ok(Err(failure)) => tracing::warn!(
                database = database.name,
                code = failure.code(),
                %failure,
                "cannot be queried now"
            ),
            Ok(Ok(_)) => {}
            Err(_) => tracing::warn!(database = database.name, "did not respond yet"),
        }
        kept.push(database.clone());
    }
    kept
}

/// Prints where the server is; on a terminal also the links for whoever starts it. What a service prints goes to a log,
/// which is no place for them.
async fn print_addresses(app: &App) -> Result<(), Failure> {
    let url = &app.settings.public_url;
    let mut output = std::io::stdout();
    let mut lines = vec![format!("Dataclips is at {url}")];
    if output.is_terminal() {
        lines.extend(welcome::links(&app.store, &app.key, url).await?);
    } else if Welcome::is_open(&app.store).await? {
        let how =
            "There is no administrator yet: `dataclips welcome` prints the link for the first one.";
        lines.push(how.to_owned());
    }
    // Standard output may be closed: that is no reason not to serve.
    let _ = writeln!(output, "{}", lines.join("\n"));
    Ok(())
}

async fn tidy(app: Arc<App>, audit_kept: Duration) {
    let mut ticks = interval(TIDY_INTERVAL);
    loop {
        ticks.tick().await;
        app.tidy().await;
        if let Err(error) = sweep_old_audit(&app, audit_kept).await {
            let cause = error.cause();
            tracing::warn!(cause, "old audit entries stay until the next try");
        }
    }
}

/// Once an hour, at one of the servers.
async fn sweep_old_audit(app: &App, kept: Duration) -> Result<(), Error> {
    match Job::SWEEP_AUDIT.claim(&app.store).await? {
        true => sweep_audit(&app.store, kept).await,
        false => Ok(()),
    }
}

/// Resolves when the server was asked to stop and load balancers know it: then no connection is accepted any more.
async fn drain(app: Arc<App>, stopping: Stopping, closed: CancellationToken) {
    stopping.asked().await;
    tracing::info!("stopping: not ready from now on");
    app.draining.begin();
    stopping.drained().await;
    closed.cancel();
}

/// Resolves when everything in progress has had its time: runs that take longer are cut, and who waits for them is told.
async fn cut(app: &App, stopping: &Stopping, closed: &CancellationToken) {
    closed.cancelled().await;
    stopping.finished().await;
    app.runner.stop();
    sleep(RESPONSES_WAIT).await;
}
