//! The attempts that this process has counted: by network address, account, recipient and inviter. See [`super::rate_limit`].

use std::net::IpAddr;
use std::num::NonZeroU32;
use std::time::Duration;

use governor::clock::{Clock, DefaultClock};
use governor::{DefaultKeyedRateLimiter, NotUntil, Quota, RateLimiter};

use crate::error::Error;
use crate::model::Email;
use crate::web::transport::network;

/// People who can be invited by one form or call.
pub const INVITED_AT_ONCE_MAX: usize = 50;

pub(super) const BY_ADDRESS: Limit = Limit {
    burst: NonZeroU32::new(30).expect("it is above 0"),
    then_every: Duration::from_secs(5),
};
pub(super) const BY_ACCOUNT: Limit = Limit {
    burst: NonZeroU32::new(10).expect("it is above 0"),
    then_every: Duration::from_secs(30),
};

/// Mails to one recipient, whoever requests them.
pub(super) const BY_RECIPIENT: Limit = Limit {
    burst: NonZeroU32::new(5).expect("it is above 0"),
    then_every: Duration::from_mins(5),
};

/// People whom one member invites by granting something to their addresses.
pub(super) const BY_INVITER: Limit = Limit {
    burst: NonZeroU32::new(INVITED_AT_ONCE_MAX as u32).expect("it is above 0"),
    then_every: Duration::from_mins(1),
};

/// Runs of queries with parameters that the signed-out readers at one address start.
const SETS_BY_ADDRESS: Limit = Limit {
    burst: NonZeroU32::new(60).expect("it is above 0"),
    then_every: Duration::from_secs(1),
};

/// The settings for what people run in a minute.
#[derive(Clone, Copy, Debug)]
pub struct RunLimits {
    /// Of the signed-out readers at one network address; `None`: without a limit.
    pub runs: Option<NonZeroU32>,
    /// Of one user.
    pub previews: NonZeroU32,
}

pub(super) struct Limit {
    pub(super) burst: NonZeroU32,
    pub(super) then_every: Duration,
}

pub(super) struct LocalLimit {
    by_address: DefaultKeyedRateLimiter<IpAddr>,
    by_account: DefaultKeyedRateLimiter<Account>,
    by_recipient: DefaultKeyedRateLimiter<Email>,
    by_inviter: DefaultKeyedRateLimiter<i64>,
    runs_by_address: Option<DefaultKeyedRateLimiter<IpAddr>>,
    sets_by_address: DefaultKeyedRateLimiter<IpAddr>,
    previews_by_user: DefaultKeyedRateLimiter<i64>,
}

/// An account, and whether the attempt comes from a browser in which its owner signed in before. The two are counted
/// apart, and known browsers not by network address, so that a stranger who keeps guessing is locked out and the owner is
/// not.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Account {
    FromKnownBrowser(Email),
    FromElsewhere(Email),
}

impl LocalLimit {
    pub(super) fn new(limits: RunLimits) -> Self {
        Self {
            by_address: RateLimiter::keyed(BY_ADDRESS.quota()),
            by_account: RateLimiter::keyed(BY_ACCOUNT.quota()),
            by_recipient: RateLimiter::keyed(BY_RECIPIENT.quota()),
            by_inviter: RateLimiter::keyed(BY_INVITER.quota()),
            runs_by_address: limits
                .runs
                .map(|runs| RateLimiter::keyed(Quota::per_minute(runs))),
            sets_by_address: RateLimiter::keyed(SETS_BY_ADDRESS.quota()),
            previews_by_user: RateLimiter::keyed(Quota::per_minute(limits.previews)),
        }
    }

    /// Counts an attempt, or refuses it.
    pub(super) fn admit(&self, address: IpAddr, account: Account) -> Result<(), Error> {
        let by_address = match account {
            Account::FromKnownBrowser(_) => Ok(()),
            Account::FromElsewhere(_) => self.by_address.check_key(&network(address)),
        };
        let admitted = by_address.and_then(|()| self.by_account.check_key(&account));
        admitted.map_err(|until| refusal(&until))
    }

    /// Counts a requested mail, whether its recipient is known or not; or refuses it.
    pub(super) fn admit_mail(&self, address: IpAddr, to: &Email) -> Result<(), Error> {
        let by_address = self.by_address.check_key(&network(address));
        let admitted = by_address.and_then(|()| self.by_recipient.check_key(to));
        admitted.map_err(|until| refusal(&until))
    }

    /// Counts the people whom a user invites, [`INVITED_AT_ONCE_MAX`] at most; or refuses them all.
    pub(super) fn admit_invitations(&self, user_id: i64, people: usize) -> Result<(), Error> {
        let Some(people) = u32::try_from(people).ok().and_then(NonZeroU32::new) else {
            return Ok(());
        };
        match self.by_inviter.check_key_n(&user_id, people) {
            Ok(admitted) => admitted.map_err(|until| refusal(&until)),
            Err(_) => Err(Error::internal("more people than are invited at once")),
        }
    }

    /// Counts a run that a signed-out reader starts, with values for parameters or without; or refuses it.
    pub(super) fn admit_run(&self, address: IpAddr, has_values: bool) -> Result<(), Error> {
        let network = network(address);
        let by_sets = has_values.then_some(&self.sets_by_address);
        for limiter in by_sets.into_iter().chain(&self.runs_by_address) {
            limiter
                .check_key(&network)
                .map_err(|until| Error::TooManyRuns {
                    retry_after: seconds(&until),
                })?;
        }
        Ok(())
    }

    /// Counts a preview that a user starts; or refuses it.
    pub(super) fn admit_preview(&self, user_id: i64) -> Result<(), Error> {
        let admitted = self.previews_by_user.check_key(&user_id);
        admitted.map_err(|until| Error::TooManyPreviews {
            retry_after: seconds(&until),
        })
    }

    /// Forgets keys whose whole burst is available again.
    pub(super) fn sweep(&self) {
        self.by_address.retain_recent();
        self.by_account.retain_recent();
        self.by_recipient.retain_recent();
        self.by_inviter.retain_recent();
        self.sets_by_address.retain_recent();
        self.previews_by_user.retain_recent();
        if let Some(runs_by_address) = &self.runs_by_address {
            runs_by_address.retain_recent();
        }
    }
}

impl Limit {
    fn quota(&self) -> Quota {
        Quota::with_period(self.then_every)
            .expect("it is above 0")
            .allow_burst(self.burst)
    }
}

fn refusal(until: &NotUntil<<DefaultClock as Clock>::Instant>) -> Error {
    Error::TooManyAttempts {
        retry_after: seconds(until),
    }
}

fn seconds(until: &NotUntil<<DefaultClock as Clock>::Instant>) -> u64 {
    let wait = until.wait_time_from(DefaultClock::default().now());
    wait.as_secs() + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: RunLimits = RunLimits {
        runs: None,
        previews: NonZeroU32::MAX,
    };

    #[test]
    fn a_stranger_who_keeps_guessing_does_not_lock_the_owner_out() {
        let rate_limit = LocalLimit::new(LIMITS);
        let email = Email::parse("ann@example.com").unwrap();
        let guess = |host: u8| {
            let account = Account::FromElsewhere(email.clone());
            rate_limit.admit(IpAddr::from([203, 0, 113, host]), account)
        };
        assert!((0..10).all(|host| guess(host).is_ok()));
        assert!(guess(10).is_err());
        let owner = Account::FromKnownBrowser(email.clone());
        assert!(
            rate_limit
                .admit(IpAddr::from([192, 0, 2, 1]), owner)
                .is_ok()
        );
        // At the same address, where the stranger has used up all attempts.
        let stranger =
            || rate_limit.admit([192, 0, 2, 2].into(), Account::FromElsewhere(email.clone()));
        while stranger().is_ok() {}
        for number in 0..40 {
            let other = Email::parse(&format!("user{number}@example.com")).unwrap();
            let _ = rate_limit.admit([192, 0, 2, 2].into(), Account::FromElsewhere(other));
        }
        let owner = Account::FromKnownBrowser(email.clone());
        assert!(rate_limit.admit([192, 0, 2, 2].into(), owner).is_ok());
    }

    #[test]
    fn one_recipient_gets_few_mails_whoever_requests_them() {
        let rate_limit = LocalLimit::new(LIMITS);
        let request = |host: u8, to: &str| {
            let to = Email::parse(to).unwrap();
            rate_limit.admit_mail(IpAddr::from([203, 0, 113, host]), &to)
        };
        assert!((0..5).all(|host| request(host, "ann@example.com").is_ok()));
        let Err(Error::TooManyAttempts { retry_after }) = request(5, "ann@example.com") else {
            panic!("a sixth mail was admitted");
        };
        assert!((290..=301).contains(&retry_after), "{retry_after}");
        assert!(request(5, "ben@example.com").is_ok());
    }

    #[test]
    fn an_address_is_refused_whatever_accounts_it_tries() {
        let rate_limit = LocalLimit::new(LIMITS);
        let attempt = |number: u32| {
            let email = Email::parse(&format!("user{number}@example.com")).unwrap();
            rate_limit.admit([192, 0, 2, 1].into(), Account::FromElsewhere(email))
        };
        assert!((0..30).all(|number| attempt(number).is_ok()));
        let Err(Error::TooManyAttempts { retry_after }) = attempt(30) else {
            panic!("the address was admitted");
        };
        assert!((1..=6).contains(&retry_after), "{retry_after}");
    }
}
