//! The queried database: a private PostgreSQL with a million orders, always the same.

use std::fs;
use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use dataclips::embedded::Programs;
use nix::unistd::{User, geteuid};

use super::free_port;
use super::outcome::{Outcome, read, run};

const ORDERS: &str = include_str!("orders.sql");

const DATABASE: &str = "shop";
const SUPERUSER: &str = "postgres";
/// The role of clips, and of psql.
const READER: &str = "clips_ro";

const AFTER_LOADING: &str = "
    grant select on all tables in schema public to clips_ro;
    vacuum analyze orders;";

/// The extension may be missing; then the first round warms up.
const PREWARM: &str = "
    create extension if not exists pg_prewarm;
    select pg_prewarm('orders'), pg_prewarm('orders_pkey');";

/// Dropping it stops PostgreSQL; its files stay in the directory that it was given.
pub struct Cluster {
    programs: Programs,
    /// PostgreSQL refuses to run as root.
    owner: Option<User>,
    home: PathBuf,
    port: u16,
}

impl Cluster {
    pub fn start(programs: Programs, home: PathBuf) -> Outcome<Self> {
        let owner = match geteuid().is_root() {
            true => Some(User::from_name(SUPERUSER)?.ok_or("there is no system user postgres")?),
            false => None,
        };
        let cluster = Self {
            programs,
            owner,
            home,
            port: free_port()?,
        };
        cluster.make()?;
        run(cluster.pg_ctl("start").args(["-l", "log"]))?;
        Ok(cluster)
    }

    /// Creates the table and its role, and warms up the cache.
    pub fn load(&self) -> Outcome<()> {
        self.psql(
            "postgres",
            SUPERUSER,
            &format!("create role {READER} login"),
        )?;
        self.psql(
            "postgres",
            SUPERUSER,
            &format!("create database {DATABASE}"),
        )?;
        let orders = self.home.join("orders.sql");
        fs::write(&orders, format!("{ORDERS}\n{AFTER_LOADING}"))?;
        let mut psql = self.command(DATABASE, SUPERUSER);
        run(psql.args(["-v", "ON_ERROR_STOP=1", "-f"]).arg(&orders))?;
        let _ = self.psql(DATABASE, SUPERUSER, PREWARM);
        Ok(())
    }

    /// Changes the note of one of Q's rows, so that its data are new.
    pub fn change(&self, number: usize) -> Outcome<()> {
        let id = 1 + number * 7919 % 29_999;
        let sql =
            format!("update orders set note = 'changed for the {number}th time' where id = {id}");
        self.psql(DATABASE, SUPERUSER, &sql)
    }

    /// The limit of a live export: psql, which writes the output of PostgreSQL's own COPY.
    pub fn copy(&self, sql: &str) -> Command {
        let mut psql = self.command(DATABASE, READER);
        psql.arg("-c")
            .arg(format!("\\copy ({sql}) to '/dev/null' csv header"));
        psql
    }

    /// Transactions per second of this script over this many connections.
    pub fn pgbench(&self, script: &Path, connections: usize, seconds: u32) -> Outcome<f64> {
        let mut pgbench = Command::new(self.programs.path("pgbench"));
        pgbench.arg("-n").arg("-f").arg(script);
        pgbench.args([
            "-c",
            &connections.to_string(),
            "-j",
            "2",
            "-T",
            &seconds.to_string(),
        ]);
        let output = read(pgbench.args(self.address(READER)).arg(DATABASE))?;
        let number = output.lines().find_map(|line| {
            let number = line.strip_prefix("tps = ")?;
            number.split(' ').next()?.parse().ok()
        });
        Ok(number.ok_or_else(|| format!("pgbench reports no tps: {output}"))?)
    }

    /// In libpq's form, through the Unix socket, which psql uses too.
    pub fn url(&self) -> String {
        let directory = self.home.display().to_string().replace('/', "%2F");
        format!("postgresql://{READER}@{directory}:{}/{DATABASE}", self.port)
    }

    /// The same by TCP, through a relay on this port.
    pub fn url_through(&self, relay: u16) -> String {
        format!("postgresql://{READER}@127.0.0.1:{relay}/{DATABASE}?sslmode=disable")
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    /// The postmaster's.
    pub fn pid(&self) -> Outcome<u32> {
        let text = fs::read_to_string(self.home.join("data/postmaster.pid"))?;
        Ok(text.lines().next().unwrap_or_default().parse()?)
    }

    /// The number of statements with this text that took longer than `log_min_duration_statement`.
    pub fn slow_statements(&self, words: &str) -> Outcome<usize> {
        let log = fs::read_to_string(self.home.join("log"))?;
        let slow = log
            .lines()
            .filter(|line| line.contains("duration: ") && line.contains(words));
        Ok(slow.count())
    }

    fn make(&self) -> Outcome<()> {
        fs::create_dir(&self.home)?;
        if let Some(owner) = &self.owner {
            chown(
                &self.home,
                Some(owner.uid.as_raw()),
                Some(owner.gid.as_raw()),
            )?;
        }
        let mut initdb = self.as_owner("initdb");
        initdb.args([
            "-D",
            "data",
            "-U",
            SUPERUSER,
            "-A",
            "trust",
            "-E",
            "UTF8",
            "-N",
            "--locale=C.UTF-8",
        ]);
        run(&mut initdb)?;
        let settings = format!(
            "unix_socket_directories = '{}'\nlisten_addresses = '127.0.0.1'\nport = {}\n\
             max_connections = 200\nshared_buffers = 1GB\ntimezone = 'UTC'\nlog_min_duration_statement = 1900\n",
            self.home.display(),
            self.port,
        );
        Ok(fs::write(
            self.home.join("data/postgresql.auto.conf"),
            settings,
        )?)
    }

    fn psql(&self, database: &str, user: &str, sql: &str) -> Outcome<()> {
        let mut psql = self.command(database, user);
        run(psql.args(["-v", "ON_ERROR_STOP=1", "-c", sql]))?;
        Ok(())
    }

    /// The program itself: on some systems the one in PATH is a wrapper that takes longer to start.
    fn command(&self, database: &str, user: &str) -> Command {
        let mut psql = Command::new(self.programs.path("psql"));
        psql.args(["-X", "-q"])
            .args(self.address(user))
            .args(["-d", database]);
        psql
    }

    fn address(&self, user: &str) -> [String; 6] {
        let (home, port) = (self.home.display().to_string(), self.port.to_string());
        ["-h", &home, "-p", &port, "-U", user].map(str::to_owned)
    }

    fn pg_ctl(&self, what: &str) -> Command {
        let mut pg_ctl = self.as_owner("pg_ctl");
        pg_ctl.args([what, "-w", "-D", "data"]);
        pg_ctl
    }

    fn as_owner(&self, program: &str) -> Command {
        let mut command = Command::new(self.programs.path(program));
        command.current_dir(&self.home);
        if let Some(owner) = &self.owner {
            command.uid(owner.uid.as_raw()).gid(owner.gid.as_raw());
        }
        command
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        if let Err(failure) = run(self.pg_ctl("stop").args(["-m", "immediate"])) {
            eprintln!("{failure}");
        }
    }
}
