//! Our server as a user runs it: the release program with its embedded store, set up through its commands and its API.

use std::fs::{self, File};
use std::io::{self, Write};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};

use super::outcome::{Outcome, read};
use super::{free_port, stop, wait_for};

/// The release program of this tree.
pub const PROGRAM: &str = env!("CARGO_BIN_EXE_dataclips");
pub const ADMINISTRATOR: &str = "ada@example.com";
pub const PASSWORD: &str = "correct horse";

/// The name of the queried database.
const DATABASE: &str = "shop";

/// As many as the clients of the live part.
pub const CONNECTIONS: usize = 16;

/// Dropping it stops the server and its store.
pub struct Server {
    child: Option<Child>,
    program: PathBuf,
    data: PathBuf,
    listen: String,
    pub url: String,
    token: String,
}

impl Server {
    /// Sets up an administrator, a token, and the database with this URL.
    pub fn start(program: PathBuf, data: PathBuf, database_url: &str) -> Outcome<Self> {
        fs::create_dir(&data)?;
        // When started as root, the store belongs to another user, who needs access.
        fs::set_permissions(&data, fs::Permissions::from_mode(0o755))?;
        let listen = format!("127.0.0.1:{}", free_port()?);
        let mut server = Self {
            child: None,
            url: format!("http://{listen}"),
            program,
            data,
            listen,
            token: String::new(),
        };
        server.boot()?;
        server.execute(
            &["user", "add", ADMINISTRATOR, "--role", "administrator"],
            PASSWORD,
        )?;
        server.token =
            server.execute(&["token", "add", ADMINISTRATOR, "--name", "benchmark"], "")?;
        server.add_database(DATABASE, database_url)?;
        Ok(server)
    }

    pub fn add_database(&self, name: &str, url: &str) -> Outcome<()> {
        self.execute(&["database", "add", name, "--open-to", "members"], url)?;
        Ok(())
    }

    /// Returns when the server is ready.
    pub fn boot(&mut self) -> Outcome<()> {
        let mut command = self.command();
        let log = File::create(self.data.with_extension("log"))?;
        command
            .arg("serve")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log);
        self.child = Some(command.spawn()?);
        wait_for(|| self.is_ready())
    }

    pub fn stop(&mut self) {
        if let Some(mut child) = self.child.take() {
            stop(&mut child);
        }
    }

    pub fn restart(&mut self) -> Outcome<()> {
        self.stop();
        self.boot()
    }

    pub fn pid(&self) -> Outcome<u32> {
        Ok(self.child.as_ref().ok_or("the server does not run")?.id())
    }

    /// The data directory.
    pub fn data(&self) -> &Path {
        &self.data
    }

    pub fn token(&self) -> &str {
        &self.token
    }

    /// The new clip's path, without a suffix.
    pub fn create_clip(&self, title: &str, sql: &str) -> Outcome<String> {
        self.create_clip_on(DATABASE, title, sql)
    }

    /// The same on another database.
    pub fn create_clip_on(&self, database: &str, title: &str, sql: &str) -> Outcome<String> {
        let clip = json!({"title": title, "database": database, "sql": sql});
        let clip = self.call("POST", "/api/v1/clips", &clip)?;
        let slug = clip["slug"]
            .as_str()
            .ok_or_else(|| format!("no clip was created: {clip}"))?;
        Ok(format!("/{slug}"))
    }

    pub fn pin(&self, clip: &str) -> Outcome<()> {
        let pinned = self.call("PUT", &format!("/api/v1/clips{clip}/pin"), &json!({}))?;
        match pinned["slug"].is_string() {
            true => Ok(()),
            false => Err(format!("the clip was not pinned: {pinned}").into()),
        }
    }

    fn is_ready(&self) -> bool {
        let response = TcpStream::connect(&self.listen).and_then(|mut stream| {
            stream.write_all(b"GET /readyz HTTP/1.0\r\n\r\n")?;
            io::read_to_string(stream)
        });
        response.is_ok_and(|response| response.contains(" 200 OK"))
    }

    fn call(&self, method: &str, path: &str, body: &Value) -> Outcome<Value> {
        let mut curl = Command::new("curl");
        curl.args(["-s", "-S", "-X", method])
            .args(["-H", &format!("Authorization: Bearer {}", self.token)])
            .args([
                "-H",
                "Content-Type: application/json",
                "-d",
                &body.to_string(),
            ])
            .arg(format!("{}{path}", self.url));
        Ok(serde_json::from_str(&read(&mut curl)?)?)
    }

    /// Runs a command with this standard input; returns its standard output.
    fn execute(&self, arguments: &[&str], input: &str) -> Outcome<String> {
        let mut command = self.command();
        command
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command.spawn()?;
        if let Some(mut stdin) = child.stdin.take() {
            writeln!(stdin, "{input}")?;
        }
        let output = child.wait_with_output()?;
        match output.status.success() {
            true => Ok(String::from_utf8(output.stdout)?.trim().to_owned()),
            false => Err(String::from_utf8_lossy(&output.stderr).into()),
        }
    }

    fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        command
            .env("DATACLIPS_LISTEN", &self.listen)
            .env("DATACLIPS_DATA_DIR", &self.data)
            .env("DATACLIPS_LOG", "warn")
            .env(
                "DATACLIPS_CONNECTIONS_PER_DATABASE",
                CONNECTIONS.to_string(),
            );
        for elsewhere in ["DATABASE_URL", "DATACLIPS_PUBLIC_URL", "SMTP_URL"] {
            command.env_remove(elsewhere);
        }
        command
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop();
    }
}
