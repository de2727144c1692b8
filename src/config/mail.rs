//! The SMTP server: its URL, and the sender of mails.

use std::fmt;
use std::path::PathBuf;

use clap::Args;

use super::secret;
use crate::mail::{Mailer, MailerProblem};

/// The settings as typed.
#[derive(Args, Clone)]
pub(super) struct MailSettings {
    /// SMTP server that mails invitations and sign-in links, such as smtp://user:password@host:587?tls=required; without it administrators pass links on
    #[arg(
        long,
        global = true,
        env = "SMTP_URL",
        value_name = "URL",
        hide_env_values = true
    )]
    smtp_url: Option<String>,

    /// File with SMTP_URL
    #[arg(long, global = true, env = "SMTP_URL_FILE", value_name = "PATH")]
    smtp_url_file: Option<PathBuf>,

    /// Address that mails come from, perhaps with a name; required with SMTP_URL
    #[arg(
        long,
        global = true,
        env = "DATACLIPS_MAIL_FROM",
        value_name = "ADDRESS"
    )]
    mail_from: Option<String>,
}

impl MailSettings {
    /// `None`: no mails are sent.
    pub(super) fn mailer(&self) -> Result<Option<Mailer>, String> {
        let url = secret::read("SMTP_URL", &self.smtp_url, &self.smtp_url_file)?;
        let from = self.mail_from.clone().filter(|from| !from.is_empty());
        let (url, from) = match (url, from) {
            (None, _) => return Ok(None),
            (Some(_), None) => {
                return Err("SMTP_URL is set, so DATACLIPS_MAIL_FROM is needed too: the address that e-mails come from, such as dataclips@example.com.".to_owned());
            }
            (Some(url), Some(from)) => (url, from),
        };
        Mailer::new(&url, &from)
            .map(Some)
            .map_err(|problem| match problem {
                MailerProblem::Url => format!("SMTP_URL: {problem}"),
                MailerProblem::From => format!("DATACLIPS_MAIL_FROM is “{from}”: {problem}"),
            })
    }
}

/// Without the URL, which holds a password.
impl fmt::Debug for MailSettings {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("MailSettings")
            .field("mail_from", &self.mail_from)
            .finish_non_exhaustive()
    }
}
