//! The OpenID provider at which people sign in.

use std::fmt;
use std::path::PathBuf;

use axum::http::Uri;
use clap::Args;

use super::secret;
use crate::model::{AccountRules, Email, RoleMapping};
use crate::web::ProviderSettings;

/// The settings as typed.
#[derive(Args, Clone)]
pub(super) struct ProviderArguments {
    /// OpenID provider at which people sign in, such as https://login.example.com; register DATACLIPS_PUBLIC_URL and /sign-in/callback there as the address to return to
    #[arg(long, global = true, env = "DATACLIPS_OIDC_ISSUER", value_name = "URL")]
    oidc_issuer: Option<String>,

    /// What the provider calls this server; required with DATACLIPS_OIDC_ISSUER
    #[arg(
        long,
        global = true,
        env = "DATACLIPS_OIDC_CLIENT_ID",
        value_name = "ID"
    )]
    oidc_client_id: Option<String>,

    /// The secret that proves it; required with DATACLIPS_OIDC_ISSUER
    #[arg(
        long,
        global = true,
        env = "DATACLIPS_OIDC_CLIENT_SECRET",
        value_name = "SECRET",
        hide_env_values = true
    )]
    oidc_client_secret: Option<String>,

    /// File with DATACLIPS_OIDC_CLIENT_SECRET
    #[arg(
        long,
        global = true,
        env = "DATACLIPS_OIDC_CLIENT_SECRET_FILE",
        value_name = "PATH"
    )]
    oidc_client_secret_file: Option<PathBuf>,

    /// Name of the provider on the button “Sign in with …” [default: its host]
    #[arg(long, global = true, env = "DATACLIPS_OIDC_NAME", value_name = "NAME")]
    oidc_name: Option<String>,

    /// Domains whose verified addresses find or make an account, such as example.com,example.org; required with DATACLIPS_OIDC_ISSUER
    #[arg(
        long,
        global = true,
        env = "DATACLIPS_OIDC_DOMAINS",
        value_name = "DOMAINS"
    )]
    oidc_domains: Option<String>,

    /// Roles of the provider's groups, such as admins=administrator,*=member; others are guests. Without it, roles are given here alone
    #[arg(
        long,
        global = true,
        env = "DATACLIPS_OIDC_ROLES",
        value_name = "GROUP=ROLE,…"
    )]
    oidc_roles: Option<String>,

    /// Claim that lists a person's groups
    #[arg(
        long,
        global = true,
        env = "DATACLIPS_OIDC_GROUPS_CLAIM",
        value_name = "NAME",
        default_value = "groups"
    )]
    oidc_groups_claim: String,

    /// Scopes to ask for beside openid; some providers tell groups only with one of their own
    #[arg(
        long,
        global = true,
        env = "DATACLIPS_OIDC_SCOPES",
        value_name = "SCOPES",
        default_value = "email profile"
    )]
    oidc_scopes: String,

    /// The one administrator who signs in with a password, for when the provider fails; all others sign in at the provider
    #[arg(
        long,
        global = true,
        env = "DATACLIPS_PASSWORD_ONLY_FOR",
        value_name = "ADDRESS"
    )]
    password_only_for: Option<String>,
}

impl ProviderArguments {
    /// `None`: everybody signs in with a password or a mailed link.
    pub(super) fn provider(&self) -> Result<Option<ProviderSettings>, String> {
        let Some(issuer) = set(&self.oidc_issuer) else {
            return self.none();
        };
        let host = host(&issuer)?;
        let client_secret = secret::read(
            "DATACLIPS_OIDC_CLIENT_SECRET",
            &self.oidc_client_secret,
            &self.oidc_client_secret_file,
        )?;
        Ok(Some(ProviderSettings {
            client_id: needed("DATACLIPS_OIDC_CLIENT_ID", set(&self.oidc_client_id))?,
            client_secret: needed("DATACLIPS_OIDC_CLIENT_SECRET", client_secret)?,
            name: set(&self.oidc_name).unwrap_or(host),
            scopes: self
                .oidc_scopes
                .split([' ', ','])
                .filter(|scope| !scope.is_empty() && *scope != "openid")
                .map(str::to_owned)
                .collect(),
            groups_claim: self.oidc_groups_claim.clone(),
            accounts: AccountRules {
                domains: self.domains()?,
                roles: self.roles()?,
                password_only_for: self.password_only_for()?,
            },
            issuer,
        }))
    }

    fn none(&self) -> Result<Option<ProviderSettings>, String> {
        match set(&self.password_only_for) {
            Some(_) => Err("DATACLIPS_PASSWORD_ONLY_FOR is set, so DATACLIPS_OIDC_ISSUER is needed too: all others sign in there.".to_owned()),
            None => Ok(None),
        }
    }

    fn domains(&self) -> Result<Vec<String>, String> {
        let text = needed("DATACLIPS_OIDC_DOMAINS", set(&self.oidc_domains))?;
        let domains = text
            .split(',')
            .map(|domain| domain.trim().trim_start_matches('@'));
        let domains = domains.map(|domain| {
            let email = Email::parse(&format!("somebody@{domain}"));
            email.map(|email| email.domain().to_owned()).ok_or_else(|| {
                format!("DATACLIPS_OIDC_DOMAINS is “{text}”: give domains such as example.com,example.org.")
            })
        });
        domains.collect()
    }

    fn roles(&self) -> Result<Option<RoleMapping>, String> {
        let Some(text) = set(&self.oidc_roles) else {
            return Ok(None);
        };
        let mapping = RoleMapping::parse(&text).map_err(|problem| {
            format!(
                "DATACLIPS_OIDC_ROLES: {problem}. Give groups and their roles (administrator, member or guest), such as admins=administrator,*=member."
            )
        })?;
        Ok(Some(mapping))
    }

    fn password_only_for(&self) -> Result<Option<Email>, String> {
        let Some(text) = set(&self.password_only_for) else {
            return Ok(None);
        };
        let email = Email::parse(&text).ok_or_else(|| {
            format!("DATACLIPS_PASSWORD_ONLY_FOR is “{text}”: give the address of an administrator, such as ann@example.com.")
        })?;
        Ok(Some(email))
    }
}

/// The host of a usable issuer. Without TLS anybody between could sign in as anybody.
fn host(issuer: &str) -> Result<String, String> {
    let uri = issuer.parse::<Uri>().ok();
    let host = uri.as_ref().and_then(|uri| {
        let host = uri.host()?;
        let is_local = matches!(host, "127.0.0.1" | "[::1]" | "localhost");
        match uri.scheme_str()? {
            "https" => Some(host),
            "http" if is_local => Some(host),
            _ => None,
        }
    });
    host.map(str::to_owned).ok_or_else(|| {
        format!("DATACLIPS_OIDC_ISSUER is “{issuer}”: give the provider's address exactly as it spells it, such as https://login.example.com.")
    })
}

fn set(value: &Option<String>) -> Option<String> {
    let value = value.as_deref().map(str::trim);
    value.filter(|value| !value.is_empty()).map(str::to_owned)
}

fn needed(variable: &str, value: Option<String>) -> Result<String, String> {
    value.ok_or_else(|| format!("DATACLIPS_OIDC_ISSUER is set, so {variable} is needed too."))
}

/// Without the secret.
impl fmt::Debug for ProviderArguments {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("ProviderArguments")
            .field("oidc_issuer", &self.oidc_issuer)
            .finish_non_exhaustive()
    }
}
