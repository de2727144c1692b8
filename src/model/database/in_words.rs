//! What an edit of a database changes, for the audit. Never the URL.

use super::{Database, DatabaseChanges};
use crate::model::{OpenTo, SecretKey};

impl DatabaseChanges<'_> {
    /// Such as `connection; open to members`. Empty where everything stays as it is.
    pub(super) fn in_words(&self, database: &Database, key: &SecretKey) -> String {
        let url = database.url(key).ok();
        let has_url = |new: &crate::postgres::ConnectionUrl| {
            url.as_ref().is_some_and(|url| url.expose() == new.expose())
        };
        let name = self
            .name
            .map(str::trim)
            .filter(|name| *name != database.name);
        let name = name.map(|name| format!("renamed from {} to {name}", database.name));
        let connection = self
            .url
            .filter(|new| !has_url(new))
            .map(|_| "connection".to_owned());
        let open_to = self.open_to.filter(|open_to| **open_to != database.open_to);
        let open_to = open_to.map(|open_to| format!("open to {}", open_to.in_words()));
        let daily_look = self
            .has_daily_look
            .filter(|has_one| *has_one != database.has_daily_look);
        let daily_look = daily_look.map(|has_one| match has_one {
            true => "daily look on".to_owned(),
            false => "daily look off".to_owned(),
        });
        let rules = &database.follower_rules;
        let bytes = self
            .lag_bytes_max
            .filter(|bytes| *bytes != rules.lag_bytes_max);
        let bytes = bytes.map(|bytes| format!("followers at most {bytes} bytes behind"));
        let lag = self.lag_max.filter(|lag| *lag != rules.lag_max);
        let lag = lag.map(|lag| format!("followers at most {} s behind", lag.as_secs()));
        let without = self
            .without_follower
            .filter(|without| *without != rules.without_follower);
        let without = without.map(|without| format!("without a follower: {}", without.as_str()));
        let parts = [name, connection, open_to, daily_look, bytes, lag, without];
        let parts = parts.into_iter().flatten();
        parts.collect::<Vec<_>>().join("; ")
    }
}

impl OpenTo {
    pub(super) fn in_words(&self) -> String {
        match self {
            Self::Administrators | Self::Members => self.as_str().to_owned(),
            Self::Named(emails) => {
                let emails: Vec<&str> = emails.iter().map(|email| email.as_str()).collect();
                emails.join(", ")
            }
        }
    }
}
