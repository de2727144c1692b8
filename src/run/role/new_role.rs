//! Creates a safe role with the rights of a powerful one, whose URL is used once and not stored.
//!
//! The statement contains a verifier of the new password, never the password, so that no log can contain it.

use std::time::Duration;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use postgres_protocol::password::scram_sha_256;
use tokio::time::timeout;
use tokio_postgres::error::SqlState;
use tokio_postgres::types::Type;
use tokio_postgres::{Client, Error, Transaction};

use super::created_role::{CreatedRole, Omission, Written};
use super::grants::Grants;
use super::safe_role::SafeRole;
use super::{CreationFailure, RoleName, reading, warning};
use crate::postgres::ConnectionUrl;
use crate::run::pool::connection::Opener;
use crate::run::{Failure, Report};

const PASSWORD_BYTES: usize = 32;
/// For all statements together; grants on very many tables take some seconds.
const WRITING_MAX: Duration = Duration::from_secs(60);
const COMMIT_MAX: Duration = Duration::from_secs(10);
const PREPARATION: &str = "set local search_path to pg_catalog; set local lock_timeout = '10s'; set local statement_timeout = '50s'";

const NO_LIMIT: &str = "Only a superuser can limit the temporary files of a role; until one does, a query can fill the server's disk.";

/// A role to create.
pub(in crate::run) struct NewRole {
    /// The creator's URL.
    pub url: ConnectionUrl,
    /// `None`: chooses a free one.
    pub name: Option<RoleName>,
    /// The most connections that the role may have at a time.
    pub connections: usize,
}

impl NewRole {
    /// Has to run to its end: it either returns what it created, or removes it.
    pub(in crate::run) async fn create(
        self,
        opener: &Opener,
    ) -> Result<CreatedRole, CreationFailure> {
        let password = generate_password()?;
        let mut connection = opener.connect().await?;
        let written = self.write(&mut connection.client, &password).await?;
        match self.try_out(opener, &written.name, &password).await {
            Ok((url, report)) => Ok(CreatedRole {
                connection: Some(connection),
                written,
                url,
                report,
            }),
            Err(failure) => Err(match written.remove(&connection.client).await {
                Ok(()) => CreationFailure::NotUsable {
                    role: written.name,
                    failure,
                },
                Err(failure) => written.left_behind(failure),
            }),
        }
    }

    /// In one transaction: all of it or nothing.
    async fn write(&self, client: &mut Client, password: &str) -> Result<Written, CreationFailure> {
        let (transaction, written) =
            timeout(WRITING_MAX, self.write_provisionally(client, password))
                .await
                .map_err(|_| Failure::no_answer(WRITING_MAX))??;
        let failure = match timeout(COMMIT_MAX, transaction.commit()).await {
            Ok(Ok(())) => return Ok(written),
            Ok(Err(error)) => Failure::from_statement_error(&error),
            Err(_) => Failure::no_answer(COMMIT_MAX),
        };
        // PostgreSQL reported an error, and so rolled back; otherwise the outcome is unknown.
        Err(match matches!(failure, Failure::Statement(_)) {
            true => failure.into(),
            false => written.left_behind(failure),
        })
    }

    async fn write_provisionally<'a>(
        &self,
        client: &'a mut Client,
        password: &str,
    ) -> Result<(Transaction<'a>, Written), CreationFailure> {
        let standby = client.query_typed_one("select pg_catalog.pg_is_in_recovery()", &[]);
        if standby.await?.try_get(0)? {
            return Err(CreationFailure::Follower);
        }
        let mut transaction = client.build_transaction().read_only(false).start().await?;
        transaction.batch_execute(PREPARATION).await?;
        let creator = transaction.query_typed_one("select current_user::text", &[]);
        let creator: String = creator.await?.try_get(0)?;
        let warnings = warning::warnings(&transaction).await?;
        let safe_role = SafeRole::read(&transaction)
            .await?
            .with_revokes_of(&warnings);
        let name = self.free_name(&transaction).await?;
        let not_allowed = |action| CreationFailure::NotAllowed {
            creator: creator.clone(),
            action,
            sql: safe_role.sql_for(name.as_str(), "choose a password"),
        };
        let verifier = scram_sha_256(password.as_bytes());
        let create = safe_role.create(name.as_str(), &verifier, self.connections);
        if let Err(error) = transaction.batch_execute(&create).await {
            return Err(match error.code() {
                Some(&SqlState::INSUFFICIENT_PRIVILEGE) => not_allowed("create roles"),
                Some(&SqlState::DUPLICATE_OBJECT | &SqlState::UNIQUE_VIOLATION) => {
                    CreationFailure::NameTaken(name)
                }
                _ => error.into(),
            });
        }
        let mut grants = Grants::new(&mut transaction, &name);
        grants.grant(&safe_role.connecting()).await?;
        if !may_connect(grants.transaction, &name).await? {
            return Err(not_allowed("let other roles connect to this database"));
        }
        let mut omissions = reading::grant(&mut grants, &safe_role, &creator, &name).await?;
        let limit = safe_role.limit_temporary_files(name.as_str());
        if !grants.set(&limit).await? {
            omissions.push(Omission {
                sentence: NO_LIMIT.to_owned(),
                sql: Some(limit),
            });
        }
        let removal = grants.removal();
        let written = Written {
            name,
            omissions,
            removal,
            revokes: safe_role.into_revokes(),
        };
        Ok((transaction, written))
    }

    /// The requested name, or a free one.
    async fn free_name(&self, transaction: &Transaction<'_>) -> Result<RoleName, CreationFailure> {
        let names = match &self.name {
            Some(name) => vec![name.clone()],
            None => RoleName::for_database(self.url.database()).alternatives(),
        };
        let texts: Vec<&str> = names.iter().map(RoleName::as_str).collect();
        let sql = "select array(select rolname::text from pg_roles where rolname::text = any ($1))";
        let taken = transaction
            .query_typed_one(sql, &[(&texts, Type::TEXT_ARRAY)])
            .await?;
        let taken: Vec<&str> = taken.try_get(0)?;
        let free = names.iter().find(|name| !taken.contains(&name.as_str()));
        free.cloned()
            .ok_or_else(|| CreationFailure::NameTaken(names[0].clone()))
    }

    /// Inspects the database with the new role, like any other URL that is entered.
    async fn try_out(
        &self,
        opener: &Opener,
        name: &RoleName,
        password: &str,
    ) -> Result<(ConnectionUrl, Report), Failure> {
        let url = self
            .url
            .with_credentials(name.as_str(), password)
            .map_err(|error| Failure::unreachable(error.to_string()))?;
        let report = opener.with_url(&url)?.inspect().await?;
        Ok((url, report))
    }
}

fn generate_password() -> Result<String, CreationFailure> {
    let mut bytes = [0; PASSWORD_BYTES];
    getrandom::fill(&mut bytes).map_err(|_| CreationFailure::NoPassword)?;
    Ok(BASE64_URL_SAFE_NO_PAD.encode(bytes))
}

/// Granting CONNECT without the right to do so can pass with only a warning, and everyone may have that right already.
async fn may_connect(transaction: &Transaction<'_>, role: &RoleName) -> Result<bool, Error> {
    let sql = "select has_database_privilege($1, current_database(), 'connect')";
    let row = transaction
        .query_typed_one(sql, &[(&role.as_str(), Type::NAME)])
        .await?;
    row.try_get(0)
}
