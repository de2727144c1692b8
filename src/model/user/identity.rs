//! Who somebody is at an OpenID provider, and which account is theirs. Their address finds that account once, at most.

use deadpool_postgres::Transaction;

use super::person::{is_kept_without, lock};
use super::{COLUMNS, IS_ACTIVE};
use crate::error::Error;
use crate::model::audit::Note;
use crate::model::clip::adoption::adopt_sample_clips;
use crate::model::{Email, Role, User, What};
use crate::store::Store;

/// A person as a provider describes them. Issuer and subject alone say who it is.
#[derive(Clone, Debug)]
pub struct Identity {
    pub issuer: String,
    pub subject: String,
    /// Only one that the provider calls verified.
    pub verified_email: Option<Email>,
    pub groups: Vec<String>,
}

/// Which accounts a provider's people get.
#[derive(Clone, Debug)]
pub struct AccountRules {
    /// With their `@`. A verified address at one of them finds an account, or makes one.
    pub domains: Vec<String>,
    /// `None`: roles are given here, not at the provider.
    pub roles: Option<RoleMapping>,
    /// The provider does not change the role of this person.
    pub password_only_for: Option<Email>,
}

/// The roles of a provider's groups.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoleMapping(Vec<(String, Role)>);

impl AccountRules {
    /// Whether an address is at one of the domains.
    pub fn admits(&self, email: &Email) -> bool {
        self.domains.iter().any(|domain| domain == email.domain())
    }
}

/// Stands for everybody.
const EVERYBODY: &str = "*";

impl RoleMapping {
    /// Reads `group=role, group=role`; the group `*` is everybody. The error is a sentence.
    pub fn parse(text: &str) -> Result<Self, String> {
        let pairs = text.split(',').map(str::trim);
        let pairs: Result<Vec<_>, _> = pairs.filter(|pair| !pair.is_empty()).map(pair).collect();
        let pairs = pairs?;
        if pairs.contains(&(EVERYBODY.to_owned(), Role::Administrator)) {
            return Err("not everybody can be an administrator".to_owned());
        }
        Ok(Self(pairs))
    }

    /// The highest role of these groups; a guest's if they have none.
    pub fn role(&self, groups: &[String]) -> Role {
        let is_theirs = |group: &String| group == EVERYBODY || groups.contains(group);
        let theirs = self.0.iter().filter(|(group, _)| is_theirs(group));
        let roles: Vec<Role> = theirs.map(|(_, role)| *role).collect();
        let highest = [Role::Administrator, Role::Member];
        let mut highest = highest.into_iter();
        highest
            .find(|role| roles.contains(role))
            .unwrap_or(Role::Guest)
    }
}

fn pair(text: &str) -> Result<(String, Role), String> {
    let (group, role) = text
        .rsplit_once('=')
        .ok_or_else(|| format!("“{text}” has no ="))?;
    let known = Role::parse(role.trim());
    let role = known.ok_or_else(|| format!("“{}” is not a role", role.trim()))?;
    Ok((group.trim().to_owned(), role))
}

impl Identity {
    /// The account of this person: the one that is linked to them, else the one with their verified address, which is
    /// linked from now on, else a new one. The role follows the provider's groups where a mapping says so.
    pub async fn enter(&self, store: &Store, rules: &AccountRules) -> Result<User, Error> {
        let mut client = store.client().await?;
        let transaction = client.transaction().await?;
        let user = match self.linked(&transaction).await? {
            Some(user) => user,
            None => self.link(&transaction, rules).await?,
        };
        check_active(&transaction, &user).await?;
        let user = self.follow_role(&transaction, rules, user).await?;
        transaction.commit().await?;
        Ok(user)
    }

    /// The issuers at which the user has an identity.
    pub async fn issuers(store: &Store, user: &User) -> Result<Vec<String>, Error> {
        let client = store.client().await?;
        let sql = "select issuer from identities where user_id = $1 order by issuer";
        let rows = client.query(sql, &[&user.id]).await?;
        Ok(rows.iter().map(|row| row.get("issuer")).collect())
    }

    /// Unlinks all identities of the user, and signs them out everywhere. A verified address may be linked again.
    pub async fn unlink(store: &Store, user: &User) -> Result<(), Error> {
        let mut client = store.client().await?;
        let transaction = client.transaction().await?;
        let sql = "delete from identities where user_id = $1";
        if transaction.execute(sql, &[&user.id]).await? > 0 {
            let note = Note::new(What::PersonUnlinked).person(user.id);
            note.write(&transaction).await?;
        }
        let sql = "delete from sessions where user_id = $1";
        transaction.execute(sql, &[&user.id]).await?;
        transaction.commit().await?;
        Ok(())
    }

    async fn linked(&self, transaction: &Transaction<'_>) -> Result<Option<User>, Error> {
        let sql = format!(
            "with used as (
                 update identities set last_used_at = now() where issuer = $1 and subject = $2 returning user_id
             )
             select {COLUMNS} from users join used on users.id = used.user_id"
        );
        let row = transaction
            .query_opt(&sql, &[&self.issuer, &self.subject])
            .await?;
        row.as_ref().map(User::from_row).transpose()
    }

    async fn link(
        &self,
        transaction: &Transaction<'_>,
        rules: &AccountRules,
    ) -> Result<User, Error> {
        let email = self.admitted_email(rules)?;
        let user = with_address(transaction, email).await?;
        let sql = "insert into identities (issuer, subject, user_id) values ($1, $2, $3) on conflict do nothing";
        let linked = transaction
            .execute(sql, &[&self.issuer, &self.subject, &user.id])
            .await?;
        if linked == 1 {
            let note = Note::new(What::PersonLinked).by(Some(user.id));
            note.detail(&self.issuer).write(transaction).await?;
            return Ok(user);
        }
        // The same person in another tab, unless the account is somebody else's.
        let theirs = self.linked(transaction).await?;
        theirs.filter(|theirs| theirs.id == user.id).ok_or_else(|| {
            Error::Forbidden(format!(
                "The account of {email} here belongs to somebody else who has signed in with this address. Ask an administrator to unlink them."
            ))
        })
    }

    /// The address by which an account may be found.
    fn admitted_email(&self, rules: &AccountRules) -> Result<&Email, Error> {
        let email = self.verified_email.as_ref().ok_or_else(|| {
            Error::Forbidden(
                "The sign-in service did not say that your e-mail address is verified. Verify it there, then sign in again.".to_owned(),
            )
        })?;
        if rules.admits(email) {
            return Ok(email);
        }
        Err(Error::Forbidden(format!(
            "Addresses at {} cannot sign in here. Sign in with your address at {}, or ask an administrator.",
            email.domain().trim_start_matches('@'),
            rules.domains.join(" or ").replace('@', "")
        )))
    }

    async fn follow_role(
        &self,
        transaction: &Transaction<'_>,
        rules: &AccountRules,
        user: User,
    ) -> Result<User, Error> {
        let Some(mapping) = &rules.roles else {
            return Ok(user);
        };
        let role = mapping.role(&self.groups);
        if role == user.role || rules.password_only_for.as_ref() == Some(&user.email) {
            return Ok(user);
        }
        lock(transaction).await?;
        if user.is_administrator() && !is_kept_without(transaction, user.id).await? {
            tracing::warn!(
                user = user.id,
                "stays an administrator: no other has a way in without the OpenID provider"
            );
            return Ok(user);
        }
        let sql = "update users set role = $2 where id = $1";
        transaction
            .execute(sql, &[&user.id, &role.as_str()])
            .await?;
        let detail = format!("{} → {}", user.role.as_str(), role.as_str());
        let note = Note::new(What::PersonRoleChanged).by(Some(user.id));
        let note = note.person(user.id).detail(&detail);
        note.write(transaction).await?;
        if role == Role::Administrator {
            adopt_sample_clips(transaction).await?;
        }
        Ok(User { role, ..user })
    }
}

/// The account with this address, made if there is none: a guest's, until a mapping says otherwise.
async fn with_address(transaction: &Transaction<'_>, email: &Email) -> Result<User, Error> {
    let sql = format!(
        "insert into users (email, role, verified_at) values ($1, 'guest', now())
         on conflict (email) do update set verified_at = coalesce(users.verified_at, now())
         returning {COLUMNS}, xmax = 0 as is_new"
    );
    let row = transaction.query_one(&sql, &[&email.as_str()]).await?;
    if row.get("is_new") {
        let note = Note::new(What::PersonJoined).by(row.get("id"));
        note.detail("guest").write(transaction).await?;
    }
    User::from_row(&row)
}

async fn check_active(transaction: &Transaction<'_>, user: &User) -> Result<(), Error> {
    let sql = format!("select {IS_ACTIVE} as is_active from users where id = $1");
    let row = transaction.query_one(&sql, &[&user.id]).await?;
    match row.get("is_active") {
        true => Ok(()),
        false => Err(Error::Forbidden(
            "Your account is deactivated. Ask an administrator to reactivate it.".to_owned(),
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_highest_role_of_the_groups_holds() {
        let mapping = RoleMapping::parse("cn=admins=administrator, staff = member,").unwrap();
        let role = |groups: &[&str]| {
            let groups: Vec<String> = groups.iter().map(|group| (*group).to_owned()).collect();
            mapping.role(&groups)
        };
        assert_eq!(role(&["staff", "cn=admins"]), Role::Administrator);
        assert_eq!(role(&["others", "staff"]), Role::Member);
        assert_eq!(role(&["Staff"]), Role::Guest);
        assert_eq!(role(&[]), Role::Guest);
        let everybody = RoleMapping::parse("*=member").unwrap();
        assert_eq!(everybody.role(&[]), Role::Member);
        for text in ["staff", "staff=owner", "*=administrator"] {
            assert!(RoleMapping::parse(text).is_err(), "{text}");
        }
    }
}
