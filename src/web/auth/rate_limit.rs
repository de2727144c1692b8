//! How often a person may try to sign in, request a mail, invite others or start a run. This process refuses what it has
//! counted itself, and the store decides for all servers; runs are counted by each server alone.

use std::net::IpAddr;

pub use super::local_limit::{Account, INVITED_AT_ONCE_MAX, RunLimits};
use super::local_limit::{BY_ACCOUNT, BY_ADDRESS, BY_INVITER, BY_RECIPIENT, Limit, LocalLimit};
use crate::error::Error;
use crate::model::{Admission, Attempt, Email, SecretKey};
use crate::store::Store;
use crate::web::transport::network;

/// Attempts, by network address, account, recipient or inviter.
pub struct RateLimit {
    local: LocalLimit,
    store: Store,
    key: SecretKey,
}

impl RateLimit {
    pub fn new(store: Store, key: SecretKey, limits: RunLimits) -> Self {
        Self {
            local: LocalLimit::new(limits),
            store,
            key,
        }
    }

    /// Counts an attempt, or refuses it.
    pub async fn admit(&self, address: IpAddr, account: Account) -> Result<(), Error> {
        self.local.admit(address, account.clone())?;
        match account {
            Account::FromKnownBrowser(email) => {
                self.count(
                    &BY_ACCOUNT,
                    "account, from a known browser",
                    email.as_str(),
                    1,
                )
                .await
            }
            Account::FromElsewhere(email) => {
                self.count_address(address).await?;
                self.count(&BY_ACCOUNT, "account", email.as_str(), 1).await
            }
        }
    }

    /// Counts a requested mail, whether its recipient is known or not; or refuses it.
    pub async fn admit_mail(&self, address: IpAddr, to: &Email) -> Result<(), Error> {
        self.local.admit_mail(address, to)?;
        self.count_address(address).await?;
        self.count(&BY_RECIPIENT, "recipient", to.as_str(), 1).await
    }

    /// Counts the people whom a user invites, [`INVITED_AT_ONCE_MAX`] at most; or refuses them all.
    pub async fn admit_invitations(&self, user_id: i64, people: usize) -> Result<(), Error> {
        self.local.admit_invitations(user_id, people)?;
        let people = u32::try_from(people).map_err(Error::internal)?;
        match people {
            0 => Ok(()),
            _ => {
                self.count(&BY_INVITER, "inviter", &user_id.to_string(), people)
                    .await
            }
        }
    }

    /// Counts a run that a signed-out reader starts here, or refuses it.
    pub fn admit_run(&self, address: IpAddr, has_values: bool) -> Result<(), Error> {
        self.local.admit_run(address, has_values)
    }

    /// Counts a preview that a user starts here, or refuses it.
    pub fn admit_preview(&self, user_id: i64) -> Result<(), Error> {
        self.local.admit_preview(user_id)
    }

    /// Forgets what this process has counted, where the whole burst is available again.
    pub fn sweep(&self) {
        self.local.sweep();
    }

    async fn count_address(&self, address: IpAddr) -> Result<(), Error> {
        let network = network(address).to_string();
        self.count(&BY_ADDRESS, "address", &network, 1).await
    }

    async fn count(
        &self,
        limit: &Limit,
        name: &str,
        who: &str,
        attempts: u32,
    ) -> Result<(), Error> {
        let cost = limit.then_every * attempts;
        let burst = limit.then_every * limit.burst.get();
        let attempt = Attempt::new(&self.key, name, who, cost, burst);
        match attempt.count(&self.store).await? {
            Admission::Admitted => Ok(()),
            Admission::Refused { wait } => Err(Error::TooManyAttempts {
                retry_after: wait.as_secs() + 1,
            }),
        }
    }
}
