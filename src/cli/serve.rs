//! `dataclips serve`.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::time::interval;

use super::Failure;
use super::site::Site;
use crate::config::Config;
use crate::embedded::sample;
use crate::model::{Clip, Database, Welcome, create_sample_clips, follow_sample_database};
use crate::postgres::ConnectionUrl;
use crate::result::Memory;
use crate::run::Runner;
use crate::web::{self, App};

const TIDY_INTERVAL: Duration = Duration::from_secs(60);
/// How long answers that are being sent may go on after the server was told to stop.
const FAREWELL: Duration = Duration::from_secs(10);

pub async fn run(config: Config) -> Result<(), Failure> {
    // Listening comes first: a port that is taken is told before anything is started.
    let listener = TcpListener::bind(config.listen).await.map_err(|error| {
        format!(
            "The server cannot listen on {}: {error}. Choose another with DATACLIPS_LISTEN.",
            config.listen
        )
    })?;
    let address = listener.local_addr()?;
    let site = Site::open_for_server(&config).await?;
    let served = serve(&config, &site, listener, address).await;
    site.close().await;
    served
}

async fn serve(
    config: &Config,
    site: &Site,
    listener: TcpListener,
    address: SocketAddr,
) -> Result<(), Failure> {
    prepare(config, site).await?;
    let memory = Memory::new(config.memory_bytes_max);
    let public_url = config
        .public_url
        .clone()
        .unwrap_or_else(|| format!("http://{address}"));
    let app = Arc::new(App::new(
        site.store.clone(),
        site.key.clone(),
        Runner::new(config.limits, memory.clone(), site.identity().await?),
        memory,
        public_url,
        config.sql_bytes_max,
    ));
    greet(&app).await?;
    tokio::spawn(tidy(app.clone()));
    let stopping = app.clone();
    let server = axum::serve(web::tcp(listener), web::router(app.clone())).with_graceful_shutdown(
        async move {
            told_to_stop().await;
            tracing::info!("stopping");
            stopping.runner.stop();
        },
    );
    tokio::select! {
        served = server => served?,
        () = async { told_to_stop().await; tokio::time::sleep(FAREWELL).await } => {}
    }
    Ok(())
}

/// Brings the databases that come from outside the store up to date, and makes the sample clips.
async fn prepare(config: &Config, site: &Site) -> Result<(), Failure> {
    Database::follow_environment(&site.store, &site.key, &config.environment_databases).await?;
    if let Some(cluster) = &site.cluster {
        let url = ConnectionUrl::parse(&cluster.sample_url())?;
        let sample = follow_sample_database(&site.store, &site.key, &url).await?;
        let clips = sample::CLIPS.iter().map(|clip| (clip.title, clip.sql));
        create_sample_clips(&site.store, &sample, clips).await?;
    }
    Ok(())
}

/// Says where the server is, how the first administrator comes in, and where the sample clips are. This goes to
/// standard output and not to the log: the addresses are secrets.
async fn greet(app: &App) -> Result<(), Failure> {
    println!("Dataclips is at {}", app.public_url);
    if Welcome::is_open(&app.store).await? {
        println!(
            "Create the first administrator (this link works once): {}/welcome/{}",
            app.public_url,
            app.welcome.as_str()
        );
    }
    for clip in Clip::samples(&app.store).await? {
        println!(
            "Sample dataclip “{}”: {}/{}",
            clip.title,
            app.public_url,
            clip.slug.as_str()
        );
    }
    Ok(())
}

async fn tidy(app: Arc<App>) {
    let mut ticks = interval(TIDY_INTERVAL);
    loop {
        ticks.tick().await;
        app.runner.release_idle();
    }
}

/// Ctrl+C, or a polite kill.
async fn told_to_stop() {
    let (Ok(mut interrupted), Ok(mut terminated)) = (
        signal(SignalKind::interrupt()),
        signal(SignalKind::terminate()),
    ) else {
        return std::future::pending().await;
    };
    tokio::select! {
        _ = interrupted.recv() => {}
        _ = terminated.recv() => {}
    }
}
