//! An SMTP server that keeps the mails it receives, for the test to read.

use std::sync::Arc;
use std::time::Duration;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufStream};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::time::timeout;

const PATIENCE: Duration = Duration::from_secs(10);

pub struct Mailbox {
    port: u16,
    mails: watch::Receiver<Vec<Mail>>,
}

/// A mail that arrived, decoded.
#[derive(Clone, Debug)]
pub struct Mail {
    pub to: String,
    pub head: String,
    pub text: String,
}

impl Mailbox {
    /// The password with which the server signs in.
    pub const PASSWORD: &str = "smtp-xyzzy";

    pub async fn open() -> Self {
        Self::open_on(0).await
    }

    /// On a port that was free.
    pub async fn open_on(port: u16) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", port)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (sender, mails) = watch::channel(Vec::new());
        let sender = Arc::new(sender);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(talk(stream, sender.clone()));
            }
        });
        Self { port, mails }
    }

    pub fn url(&self) -> String {
        format!("smtp://sender:{}@127.0.0.1:{}", Self::PASSWORD, self.port)
    }

    /// All mails, once there are this many.
    pub async fn wait_for(&self, count: usize) -> Vec<Mail> {
        let mut mails = self.mails.clone();
        let arrived = timeout(PATIENCE, mails.wait_for(|mails| mails.len() >= count)).await;
        match arrived {
            Ok(mails) => mails.unwrap().clone(),
            Err(_) => panic!("{count} mails are awaited: {:?}", self.mails.borrow()),
        }
    }

    /// The mail with this number, from 1, once it has arrived.
    pub async fn mail(&self, number: usize) -> Mail {
        self.wait_for(number).await.swap_remove(number - 1)
    }

    pub fn count(&self) -> usize {
        self.mails.borrow().len()
    }
}

impl Mail {
    /// The path of the link in the mail.
    pub fn link(&self) -> String {
        let mut links = self.text.lines().filter(|line| line.contains("/enter/"));
        let link = links.next().unwrap_or_else(|| panic!("{}", self.text));
        let path = link.find("/enter/").unwrap();
        link[path..].to_owned()
    }
}

async fn talk(stream: TcpStream, mails: Arc<watch::Sender<Vec<Mail>>>) -> std::io::Result<()> {
    let mut stream = BufStream::new(stream);
    let mut to = String::new();
    say(&mut stream, "220 mailbox").await?;
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await? == 0 {
            return Ok(());
        }
        let line = line.trim_end();
        let verb = line.split([' ', ':']).next().unwrap_or_default();
        match verb.to_ascii_uppercase().as_str() {
            "EHLO" => say(&mut stream, "250-mailbox\r\n250 AUTH PLAIN").await?,
            "AUTH" if is_sender(line) => say(&mut stream, "235 welcome").await?,
            "AUTH" => say(&mut stream, "535 wrong password").await?,
            "RCPT" if line.contains("nobody@") => {
                say(&mut stream, "550 there is no such mailbox").await?;
            }
            "RCPT" => {
                line.split(['<', '>'])
                    .nth(1)
                    .unwrap_or_default()
                    .clone_into(&mut to);
                say(&mut stream, "250 ok").await?;
            }
            "DATA" => {
                say(&mut stream, "354 go on").await?;
                let mail = Mail::decode(to.clone(), &body(&mut stream).await?);
                mails.send_modify(|mails| mails.push(mail));
                say(&mut stream, "250 kept").await?;
            }
            "QUIT" => return say(&mut stream, "221 bye").await,
            "MAIL" | "RSET" | "NOOP" => say(&mut stream, "250 ok").await?,
            _ => say(&mut stream, "502 what?").await?,
        }
    }
}

async fn say(stream: &mut BufStream<TcpStream>, line: &str) -> std::io::Result<()> {
    stream.write_all(format!("{line}\r\n").as_bytes()).await?;
    stream.flush().await
}

fn is_sender(line: &str) -> bool {
    let proof = line.rsplit(' ').next().unwrap_or_default();
    let proof = BASE64_STANDARD.decode(proof).unwrap_or_default();
    proof == format!("\0sender\0{}", Mailbox::PASSWORD).as_bytes()
}

/// Up to the line with a dot alone.
async fn body(stream: &mut BufStream<TcpStream>) -> std::io::Result<String> {
    let mut body = String::new();
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await? == 0 || line == ".\r\n" {
            return Ok(body);
        }
        body.push_str(line.strip_prefix('.').unwrap_or(&line));
    }
}

impl Mail {
    fn decode(to: String, message: &str) -> Self {
        let (head, body) = message.split_once("\r\n\r\n").unwrap();
        let coding = head.lines().find_map(|line| {
            let (name, value) = line.split_once(": ")?;
            let is_coding = name.eq_ignore_ascii_case("content-transfer-encoding");
            is_coding.then(|| value.to_ascii_lowercase())
        });
        let bytes = match coding.as_deref() {
            Some("quoted-printable") => quoted_printable(body),
            Some("base64") => BASE64_STANDARD.decode(body.replace("\r\n", "")).unwrap(),
            Some("7bit" | "8bit") | None => body.as_bytes().to_vec(),
            Some(other) => panic!("{other}"),
        };
        Self {
            to,
            head: head.to_owned(),
            text: String::from_utf8(bytes).unwrap().replace("\r\n", "\n"),
        }
    }
}

fn quoted_printable(body: &str) -> Vec<u8> {
    let body = body.replace("=\r\n", "");
    let mut parts = body.split('=');
    let mut bytes = parts.next().unwrap_or_default().as_bytes().to_vec();
    for part in parts {
        let (code, rest) = part.split_at(2);
        bytes.push(u8::from_str_radix(code, 16).unwrap());
        bytes.extend_from_slice(rest.as_bytes());
    }
    bytes
}
