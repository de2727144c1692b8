//! Who acts: known to everything that happens on behalf of one request or command, without being handed on.

use std::cell::Cell;
use std::net::IpAddr;

use tokio::task_local;

use super::Named;

task_local! {
    static ACTING: Cell<Actor>;
}

/// Who acts, as far as that is known by now.
#[derive(Clone, Copy, Debug, Default)]
pub struct Actor {
    /// `None`: nobody who signed in.
    pub user_id: Option<i64>,
    pub via: Via,
    /// The number of the token that they used.
    pub token_id: Option<i64>,
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
            token_id: None,
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
    pub fn identify(user_id: Option<i64>, via: Via, token_id: Option<i64>) {
        let identified = |acting: &Cell<Self>| {
            acting.set(Self {
                user_id,
                via,
                token_id,
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

    /// From what [`stored_via`] made: `token 17 laptop`.
    pub(super) fn from_stored(text: &str) -> (Option<Self>, Option<Named>) {
        match text.strip_prefix("token ").and_then(named) {
            Some(token) => (Some(Self::Token), Some(token)),
            None => (Self::parse(text), None),
        }
    }
}

/// The `via` of an entry, in SQL: with a token, its number, and the name that it has at this moment.
pub(in crate::model) fn stored_via(via: &str, token_id: &str) -> String {
    format!(
        "coalesce(
             'token ' || {token_id}::bigint || coalesce((select ' ' || name from tokens where id = {token_id}::bigint), ''),
             {via}
         )"
    )
}

fn named(text: &str) -> Option<Named> {
    let (number, name) = match text.split_once(' ') {
        Some((number, name)) => (number, Some(name.to_owned())),
        None => (text, None),
    };
    let number = number.parse().ok()?;
    Some(Named { number, name })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_read_with_its_number_and_name() {
        let token = |text| {
            Via::from_stored(text)
                .1
                .map(|token| (token.number, token.name))
        };
        assert_eq!(
            token("token 17 my laptop 2"),
            Some((17, Some("my laptop 2".to_owned())))
        );
        assert_eq!(token("token 17"), Some((17, None)));
        for text in ["token", "browser", "token x y"] {
            assert_eq!(token(text), None, "{text}");
        }
        assert_eq!(Via::from_stored("token").0, Some(Via::Token));
    }
}
