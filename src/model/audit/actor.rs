//! Who acts: known to everything that happens on behalf of one request or command, without being handed on.

use std::cell::Cell;
use std::net::IpAddr;

use tokio::task_local;

task_local! {
    static ACTING: Cell<Actor>;
}

/// Who acts, as far as that is known by now.
#[derive(Clone, Copy, Debug, Default)]
pub struct Actor {
    /// `None`: nobody who signed in.
    pub user_id: Option<i64>,
    pub via: Via,
    /// Of the client.
    pub address: Option<IpAddr>,
}

/// How somebody comes to act.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Via {
    Browser,
    Token,
    /// A link to a clip's rows.
    Link,
    /// A request of nobody known.
    Anonymous,
    CommandLine,
    /// The server itself.
    #[default]
    Server,
}

impl Actor {
    /// Whoever sends a request from this address, until they are identified.
    pub fn at(address: Option<IpAddr>) -> Self {
        Self {
            user_id: None,
            via: Via::Anonymous,
            address,
        }
    }

    pub fn on_command_line() -> Self {
        Self {
            via: Via::CommandLine,
            ..Self::default()
        }
    }

    /// Who acts now. The server itself, unless this is called within [`Actor::act`].
    pub fn current() -> Self {
        ACTING.try_with(Cell::get).unwrap_or_default()
    }

    /// Says who sends the current request.
    pub fn identify(user_id: Option<i64>, via: Via) {
        let identified = |acting: &Cell<Self>| {
            acting.set(Self {
                user_id,
                via,
                ..acting.get()
            });
        };
        // Outside of a request there is nobody to identify.
        let _ = ACTING.try_with(identified);
    }

    /// Does this on behalf of the actor. A task that is spawned meanwhile needs its own.
    pub async fn act<T>(self, work: impl Future<Output = T>) -> T {
        ACTING.scope(Cell::new(self), work).await
    }
}

impl Via {
    const ALL: [Self; 6] = [
        Self::Browser,
        Self::Token,
        Self::Link,
        Self::Anonymous,
        Self::CommandLine,
        Self::Server,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Browser => "browser",
            Self::Token => "token",
            Self::Link => "link",
            Self::Anonymous => "anonymous",
            Self::CommandLine => "command line",
            Self::Server => "server",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|via| via.as_str() == text)
    }
}
