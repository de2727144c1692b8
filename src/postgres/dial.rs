//! Opens sockets to the addresses of a connection URL, as libpq does: in their order or at random.

use std::io;
use std::net::IpAddr;
use std::path::PathBuf;
use std::pin::Pin;
use std::task::{Context, Poll};

use socket2::{SockRef, TcpKeepalive};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpStream, UnixStream, lookup_host};
use tokio_postgres::Config;
use tokio_postgres::config::{Host, LoadBalanceHosts};

use super::connect::ConnectError;

pub(super) enum Socket {
    Tcp(TcpStream),
    Unix(UnixStream),
}

/// One place to connect to, and again for a cancel request.
#[derive(Clone, Debug)]
pub(super) struct Peer {
    place: Place,
    port: u16,
    /// What the server's certificate has to be for.
    pub(super) host: String,
}

#[derive(Clone, Debug)]
enum Place {
    Tcp(IpAddr),
    /// The directory of a Unix socket.
    Unix(PathBuf),
}

impl Peer {
    /// All places that a host of the URL stands for: a name may have several addresses.
    pub(super) async fn resolve(config: &Config, index: usize) -> Result<Vec<Self>, ConnectError> {
        let ports = config.get_ports();
        let port = ports.get(index).or(ports.first()).copied().unwrap_or(5432);
        let host = config.get_hosts().get(index);
        let address = config.get_hostaddrs().get(index);
        let (host, places) = match (host, address) {
            (Some(Host::Unix(directory)), None) => {
                (String::new(), vec![Place::Unix(directory.clone())])
            }
            (Some(Host::Tcp(host)), Some(address)) => (host.clone(), vec![Place::Tcp(*address)]),
            (_, Some(address)) => (address.to_string(), vec![Place::Tcp(*address)]),
            (Some(Host::Tcp(host)), None) => {
                let mut found = Vec::new();
                let addresses = lookup_host((host.as_str(), port)).await;
                for address in addresses.map_err(ConnectError::Unresolved)? {
                    found.push(Place::Tcp(address.ip()));
                }
                if config.get_load_balance_hosts() == LoadBalanceHosts::Random {
                    shuffle(&mut found)?;
                }
                (host.clone(), found)
            }
            (None, None) => (String::new(), Vec::new()),
        };
        let peers = places.into_iter().map(|place| Self {
            place,
            port,
            host: host.clone(),
        });
        Ok(peers.collect())
    }

    /// Whoever calls sets the time limit.
    pub(super) async fn connect(&self, config: &Config) -> io::Result<Socket> {
        Ok(match &self.place {
            Place::Tcp(address) => {
                let stream = TcpStream::connect((*address, self.port)).await?;
                configure(&stream, config)?;
                Socket::Tcp(stream)
            }
            Place::Unix(directory) => {
                let path = directory.join(format!(".s.PGSQL.{}", self.port));
                Socket::Unix(UnixStream::connect(path).await?)
            }
        })
    }
}

impl Socket {
    /// `None` for a socket in the file system.
    pub(super) fn local_port(&self) -> Option<u16> {
        match self {
            Self::Tcp(stream) => stream.local_addr().ok().map(|address| address.port()),
            Self::Unix(_) => None,
        }
    }
}

/// The positions of the URL's hosts, in the order in which they are tried.
pub(super) fn order(config: &Config) -> io::Result<Vec<usize>> {
    let count = config.get_hosts().len().max(config.get_hostaddrs().len());
    let mut order: Vec<usize> = (0..count).collect();
    if config.get_load_balance_hosts() == LoadBalanceHosts::Random {
        shuffle(&mut order)?;
    }
    Ok(order)
}

/// Sorts by random keys, which lists as short as these never repeat.
fn shuffle<T>(list: &mut Vec<T>) -> io::Result<()> {
    let mut keyed = Vec::new();
    for value in list.drain(..) {
        keyed.push((getrandom::u64().map_err(io::Error::other)?, value));
    }
    keyed.sort_by_key(|(key, _)| *key);
    list.extend(keyed.into_iter().map(|(_, value)| value));
    Ok(())
}

fn configure(stream: &TcpStream, config: &Config) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let socket = SockRef::from(stream);
    if let Some(limit) = config.get_tcp_user_timeout() {
        socket.set_tcp_user_timeout(Some(*limit))?;
    }
    if config.get_keepalives() {
        let mut keepalive = TcpKeepalive::new().with_time(config.get_keepalives_idle());
        if let Some(interval) = config.get_keepalives_interval() {
            keepalive = keepalive.with_interval(interval);
        }
        if let Some(retries) = config.get_keepalives_retries() {
            keepalive = keepalive.with_retries(retries);
        }
        socket.set_tcp_keepalive(&keepalive)?;
    }
    Ok(())
}

fn is_closed(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::BrokenPipe | io::ErrorKind::ConnectionReset
    )
}

impl AsyncRead for Socket {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Tcp(stream) => Pin::new(stream).poll_read(context, buffer),
            Self::Unix(stream) => Pin::new(stream).poll_read(context, buffer),
        }
    }
}

impl AsyncWrite for Socket {
    /// Bytes for a server that has closed the connection count as written, as in libpq (`write_failed` in `pqSendSome`): why it
    /// closed may still be there to be read, and after that the end.
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = match self.get_mut() {
            Self::Tcp(stream) => Pin::new(stream).poll_write(context, bytes),
            Self::Unix(stream) => Pin::new(stream).poll_write(context, bytes),
        };
        written.map(|written| match written {
            Err(error) if is_closed(&error) => Ok(bytes.len()),
            written => written,
        })
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Tcp(stream) => Pin::new(stream).poll_flush(context),
            Self::Unix(stream) => Pin::new(stream).poll_flush(context),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Tcp(stream) => Pin::new(stream).poll_shutdown(context),
            Self::Unix(stream) => Pin::new(stream).poll_shutdown(context),
        }
    }
}
