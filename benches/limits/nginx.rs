//! The limit for unchanged bytes: nginx with one worker, serving our server's responses as files.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use super::outcome::Outcome;
use super::server::Server;
use super::{curl, free_port, wait_for};

/// Dropping it stops nginx.
pub struct Nginx {
    master: Child,
    root: PathBuf,
    pub url: String,
}

impl Nginx {
    pub fn start(home: &Path) -> Outcome<Self> {
        let root = home.join("files");
        fs::create_dir_all(&root)?;
        let port = free_port()?;
        let path = home.join("nginx.conf");
        fs::write(&path, configuration(home, &root, port))?;
        let master = Command::new("nginx")
            .arg("-c")
            .arg(&path)
            .arg("-e")
            .arg(home.join("error.log"))
            .stdin(Stdio::null())
            .spawn()
            .or_else(|_| outside_of_path(home, &path))?;
        let nginx = Self {
            master,
            root,
            url: format!("http://127.0.0.1:{port}"),
        };
        nginx.write("ready", b"ready\n")?;
        wait_for(|| curl::fetch(&format!("{}/ready", nginx.url)).is_ok())?;
        Ok(nginx)
    }

    /// Stores the exact bytes of this response of our server, to be served under the same path.
    pub fn serve_response_of(&self, server: &Server, path: &str) -> Outcome<()> {
        let file = self.root.join(path.trim_start_matches('/'));
        let ours = curl::save(&format!("{}{path}", server.url), &file)?;
        let theirs = curl::fetch(&format!("{}{path}", self.url))?;
        match ours.bytes == theirs.bytes {
            true => Ok(()),
            false => {
                Err(format!("nginx sends {} bytes, we send {}", theirs.bytes, ours.bytes).into())
            }
        }
    }

    /// The master process; its worker is a child of it.
    pub fn pid(&self) -> u32 {
        self.master.id()
    }

    fn write(&self, name: &str, bytes: &[u8]) -> Outcome<()> {
        Ok(fs::write(self.root.join(name), bytes)?)
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        super::stop(&mut self.master);
    }
}

/// Debian installs it outside of an ordinary user's PATH.
fn outside_of_path(home: &Path, configuration: &Path) -> std::io::Result<Child> {
    let mut command = Command::new("/usr/sbin/nginx");
    command
        .arg("-c")
        .arg(configuration)
        .arg("-e")
        .arg(home.join("error.log"));
    command.stdin(Stdio::null()).spawn()
}

fn configuration(home: &Path, root: &Path, port: u16) -> String {
    let (home, root) = (home.display(), root.display());
    format!(
        "daemon off; worker_processes 1; pid {home}/nginx.pid; error_log {home}/error.log;
events {{ worker_connections 1024; }}
http {{
  access_log off; sendfile on; tcp_nopush on; open_file_cache max=100 inactive=60s;
  keepalive_timeout 300s; keepalive_requests 100000000; types {{ text/csv csv; application/json json; }}
  client_body_temp_path {home}/body; proxy_temp_path {home}/proxy; fastcgi_temp_path {home}/fastcgi;
  uwsgi_temp_path {home}/uwsgi; scgi_temp_path {home}/scgi;
  server {{ listen 127.0.0.1:{port}; root {root}; }}
}}
"
    )
}
