//! Grants: who may see or edit a clip, apart from its owner and administrators.

use std::fmt;

use deadpool_postgres::Transaction;

use super::activity::Kind;
use crate::error::Error;
use crate::model::{Clip, Email, User};
use crate::store::Store;

/// Grants of one clip.
const GRANTS_MAX: usize = 1_000;

/// Anybody can get an address there, so a grant to such a domain protects nothing.
const PUBLIC_DOMAINS: [&str; 34] = [
    "126.com",
    "163.com",
    "aol.com",
    "att.net",
    "bk.ru",
    "comcast.net",
    "fastmail.com",
    "free.fr",
    "gmail.com",
    "googlemail.com",
    "hey.com",
    "icloud.com",
    "libero.it",
    "mac.com",
    "mail.com",
    "mail.ru",
    "mailinator.com",
    "me.com",
    "msn.com",
    "naver.com",
    "orange.fr",
    "pm.me",
    "proton.me",
    "protonmail.com",
    "qq.com",
    "rocketmail.com",
    "sina.com",
    "t-online.de",
    "tuta.io",
    "tutanota.com",
    "web.de",
    "wp.pl",
    "ymail.com",
    "zoho.com",
];

/// The same for all countries: `yahoo.co.jp`.
const PUBLIC_FAMILIES: [&str; 6] = ["gmx.", "hotmail.", "live.", "outlook.", "yahoo.", "yandex."];

/// What a grant allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum May {
    See,
    Edit,
}

/// The person or domain that a grant is for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Grantee {
    Person(Email),
    /// Everybody with an address at it; subdomains are not included.
    Domain(Domain),
}

/// The part of an address from its `@` on, in ASCII lower case.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Domain(String);

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    pub to: Grantee,
    pub may: May,
}

/// A change of who may see a clip. Everything else stays as it is in the store, even if it changed since the form was
/// shown.
#[derive(Debug)]
pub struct Sharing<'a> {
    /// Whether it is open to anyone with its URL.
    pub anyone: Option<bool>,
    /// New grants; one replaces an existing grant to the same person or domain.
    pub granted: &'a [Grant],
    /// Replaces grants to the same person or domain, if they still exist.
    pub changed: &'a [Grant],
    pub revoked: Revoked<'a>,
}

/// Which grants are revoked.
#[derive(Debug)]
pub enum Revoked<'a> {
    Those(&'a [Grantee]),
    AllButGranted,
}

impl May {
    pub const ALL: [Self; 2] = [Self::See, Self::Edit];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::See => "see",
            Self::Edit => "edit",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|may| may.as_str() == text)
    }
}

impl Grantee {
    /// `ann@example.com`, or `@example.com` for everybody there.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        if !text.starts_with('@') {
            return Email::parse(text).map(Self::Person);
        }
        let somebody = Email::parse(&format!("somebody{text}"))?;
        Some(Self::Domain(Domain(somebody.domain().to_owned())))
    }

    /// Trusts a text from our store: see [`Email::from_stored`].
    fn from_stored(text: &str) -> Self {
        match text.starts_with('@') {
            true => Self::Domain(Domain(text.to_owned())),
            false => Self::Person(Email::from_stored(text)),
        }
    }

    /// Whether a grant to it applies to this user. It does only if the address is known to be theirs.
    pub fn is(&self, user: &User) -> bool {
        user.is_verified
            && match self {
                Self::Person(email) => *email == user.email,
                Self::Domain(domain) => domain.0 == user.email.domain(),
            }
    }

    pub fn person(&self) -> Option<&Email> {
        match self {
            Self::Person(email) => Some(email),
            Self::Domain(_) => None,
        }
    }

    /// The domain, if anybody can get an address at it.
    pub fn public_domain(&self) -> Option<&str> {
        match self {
            Self::Person(_) => None,
            Self::Domain(Domain(domain)) => {
                let domain = domain.trim_start_matches('@');
                let is_public = PUBLIC_DOMAINS.contains(&domain)
                    || PUBLIC_FAMILIES.iter().any(|name| domain.starts_with(name));
                is_public.then_some(domain)
            }
        }
    }
}

impl fmt::Display for Grantee {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Person(email) => email.fmt(formatter),
            Self::Domain(Domain(domain)) => formatter.write_str(domain),
        }
    }
}

impl Grant {
    /// Reads one element of [`COLUMN`].
    pub(in crate::model) fn parse(text: &str) -> Option<Self> {
        let (may, to) = text.split_once(' ')?;
        Some(Self {
            to: Grantee::from_stored(to),
            may: May::parse(may)?,
        })
    }
}

/// The grants of a clip, each as one text.
pub(in crate::model) const COLUMN: &str = "
    array(
        select may || ' ' || grantee from clip_grants where clip_id = clips.id order by grantee
    ) as grants";

/// Whether the user with the address `email` has a grant on the clip of the row, in SQL. Not with `exists`: the planner
/// may turn that into a scan of all the user's grants.
pub(in crate::model) fn is_granted(email: &str, may: &str) -> String {
    let is_to = is_to(email);
    format!(
        "coalesce(
            (select true from clip_grants where clip_id = clips.id and {is_to} and {may} limit 1),
            false
        )"
    )
}

/// Whether the grant of the row applies to the user with the address `email`, in SQL.
pub(in crate::model) fn is_to(email: &str) -> String {
    format!("grantee in ({email}, '@' || split_part({email}, '@', 2))")
}

impl Clip {
    /// The most that the clip's grants allow this user.
    pub fn grants(&self, user: &User) -> Option<May> {
        let grants = self.grants.iter().filter(|grant| grant.to.is(user));
        grants.map(|grant| grant.may).max()
    }

    /// Changes who may see the clip. Of two new grants to the same person or domain, the one that allows more counts.
    pub async fn share(
        &self,
        store: &Store,
        by: &User,
        sharing: &Sharing<'_>,
    ) -> Result<Self, Error> {
        let mut client = store.client().await?;
        let transaction = client.transaction().await?;
        // Locks the clip, so that each change is recorded as an activity exactly once.
        let lock = "select id from clips where id = $1 for update";
        transaction.query_one(lock, &[&self.number]).await?;
        let before = Self::reload(&transaction, &self.slug).await?;
        transaction
            .execute(
                "update clips set anyone = coalesce($2, anyone), updated_at = now() where id = $1",
                &[&self.number, &sharing.anyone],
            )
            .await?;
        self.revoke(&transaction, sharing).await?;
        self.change_grants(&transaction, by, sharing.changed)
            .await?;
        self.grant(&transaction, by, sharing.granted).await?;
        let shared = Self::reload(&transaction, &self.slug).await?;
        if shared.grants.len() > GRANTS_MAX {
            return Err(Error::invalid(
                "grants",
                format!(
                    "A clip can be shared with at most {GRANTS_MAX} people and domains. Add a whole domain instead."
                ),
            ));
        }
        for detail in shared.shared_since(&before) {
            self.note(&transaction, by, Kind::Shared, &detail).await?;
        }
        transaction.commit().await?;
        Ok(shared)
    }

    /// What has changed since `before`, each as the detail of an activity.
    fn shared_since(&self, before: &Self) -> Vec<String> {
        let mut details = Vec::new();
        if self.anyone != before.anyone {
            details.push(match self.anyone {
                true => "anyone with the link sees it".to_owned(),
                false => "only authorized users see it".to_owned(),
            });
        }
        let is_new = |grant: &&Grant| !before.grants.contains(grant);
        for grant in self.grants.iter().filter(is_new) {
            details.push(format!("{} can {}", grant.to, grant.may.as_str()));
        }
        let is_gone = |old: &&Grant| !self.grants.iter().any(|grant| grant.to == old.to);
        for grant in before.grants.iter().filter(is_gone) {
            details.push(format!("{} no longer has access", grant.to));
        }
        details
    }

    async fn revoke(
        &self,
        transaction: &Transaction<'_>,
        sharing: &Sharing<'_>,
    ) -> Result<(), Error> {
        let (condition, grantees) = match sharing.revoked {
            Revoked::Those(grantees) => (
                "grantee = any ($2)",
                grantees.iter().map(Grantee::to_string).collect::<Vec<_>>(),
            ),
            Revoked::AllButGranted => ("grantee <> all ($2)", columns(sharing.granted).0),
        };
        let sql = format!("delete from clip_grants where clip_id = $1 and {condition}");
        transaction
            .execute(&sql, &[&self.number, &grantees])
            .await?;
        Ok(())
    }

    async fn change_grants(
        &self,
        transaction: &Transaction<'_>,
        by: &User,
        changed: &[Grant],
    ) -> Result<(), Error> {
        let (to, may) = columns(changed);
        transaction
            .execute(
                "update clip_grants
                 set may = changed.may, user_id = $4, created_at = now()
                 from unnest($2::text[], $3::text[]) as changed (grantee, may)
                 where clip_id = $1 and clip_grants.grantee = changed.grantee and clip_grants.may <> changed.may",
                &[&self.number, &to, &may, &by.id],
            )
            .await?;
        Ok(())
    }

    async fn grant(
        &self,
        transaction: &Transaction<'_>,
        by: &User,
        granted: &[Grant],
    ) -> Result<(), Error> {
        let mut granted = granted.to_vec();
        granted.sort_by(|one, other| (&one.to, other.may).cmp(&(&other.to, one.may)));
        granted.dedup_by(|next, kept| next.to == kept.to);
        let (to, may) = columns(&granted);
        transaction
            .execute(
                "insert into clip_grants (clip_id, grantee, may, user_id)
                 select $1, grantee, may, $4 from unnest($2::text[], $3::text[]) as granted (grantee, may)
                 on conflict (clip_id, grantee) do update
                 set may = excluded.may, user_id = excluded.user_id, created_at = now()
                 where clip_grants.may <> excluded.may",
                &[&self.number, &to, &may, &by.id],
            )
            .await?;
        Ok(())
    }
}

/// The columns `grantee` and `may` of the table.
fn columns(grants: &[Grant]) -> (Vec<String>, Vec<&'static str>) {
    let columns = grants.iter();
    columns
        .map(|grant| (grant.to.to_string(), grant.may.as_str()))
        .unzip()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_grant_names_an_address_or_a_whole_domain() {
        for (text, grantee) in [
            (" Ann@Example.COM ", Some("ann@example.com")),
            ("@Example.com", Some("@example.com")),
            ("@", None),
            ("example.com", None),
            ("@@example.com", None),
            ("@exa mple.com", None),
            ("@.example.com", None),
            ("@example..com", None),
        ] {
            let parsed = Grantee::parse(text).map(|grantee| grantee.to_string());
            assert_eq!(parsed.as_deref(), grantee, "{text:?}");
        }
    }

    #[test]
    fn domains_where_anybody_can_get_an_address_are_known() {
        for (text, domain) in [
            ("@gmail.com", Some("gmail.com")),
            ("@yahoo.co.jp", Some("yahoo.co.jp")),
            ("@example.com", None),
            ("ann@gmail.com", None),
        ] {
            let grantee = Grantee::parse(text).unwrap();
            assert_eq!(grantee.public_domain(), domain);
        }
        assert!(PUBLIC_DOMAINS.is_sorted());
    }
}
