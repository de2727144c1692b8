//! Sends mails through the SMTP server. Its URL holds a password, which is shown nowhere.

use std::fmt;
use std::time::Duration;

use lettre::message::header::ContentType;
use lettre::message::{Mailbox, Message};
use lettre::transport::smtp;
use lettre::transport::smtp::response::{Category, Code};
use lettre::{Address, AsyncSmtpTransport, AsyncTransport, Tokio1Executor};
use thiserror::Error;
use tokio::time::timeout;

use super::Mail;
use crate::model::Email;

/// How long sending one mail may take, from resolving the server's name to its last reply.
const SEND_TIMEOUT: Duration = Duration::from_secs(15);

/// Sends mails. Cheap to clone.
#[derive(Clone)]
pub struct Mailer {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
}

/// Why mails cannot be sent with these settings. The messages never repeat the settings.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum MailerProblem {
    #[error(
        "this is not the URL of an SMTP server: give one such as smtps://user:password@mail.example.com, or smtp://user:password@mail.example.com:587?tls=required. In user and password, percent-encode everything except letters and digits: %40 for @."
    )]
    Url,
    #[error("give an address such as dataclips@example.com, or Dataclips <dataclips@example.com>.")]
    From,
}

/// Why a mail was not sent: the end of “The mail to … could not be sent: …”.
#[derive(Debug, Error)]
pub enum Undelivered {
    /// Happens only with an address that was stored before the mail library's rules applied to all of them.
    #[error("e-mail cannot be sent to this address")]
    Address,
    #[error("the mail server did not take it within {} s", SEND_TIMEOUT.as_secs())]
    Timeout,
    #[error("{0}")]
    Refused(String),
    /// This mail, not this try: no other will fare better.
    #[error("{0}")]
    RefusedForGood(String),
}

impl Undelivered {
    /// Whether trying again is no use.
    pub fn is_final(&self) -> bool {
        match self {
            Self::Address | Self::RefusedForGood(_) => true,
            Self::Timeout | Self::Refused(_) => false,
        }
    }
}

impl Mailer {
    /// Takes `smtp://user:password@host:port?tls=required` or `smtps://…`, and the address that e-mails come from.
    pub fn new(url: &str, from: &str) -> Result<Self, MailerProblem> {
        let transport = AsyncSmtpTransport::<Tokio1Executor>::from_url(url.trim())
            .map_err(|_| MailerProblem::Url)?;
        Ok(Self {
            transport: transport.timeout(Some(SEND_TIMEOUT)).build(),
            from: from.trim().parse().map_err(|_| MailerProblem::From)?,
        })
    }

    /// Returns when the server has accepted the mail, or with the error, after 15 seconds at most.
    pub async fn send(&self, mail: &Mail) -> Result<(), Undelivered> {
        let message = self.message(mail)?;
        match timeout(SEND_TIMEOUT, self.transport.send(message)).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) if error.is_timeout() => Err(Undelivered::Timeout),
            Ok(Err(error)) if is_about_mail(&error) => {
                Err(Undelivered::RefusedForGood(one_line(&error)))
            }
            Ok(Err(error)) => Err(Undelivered::Refused(one_line(&error))),
            Err(_) => Err(Undelivered::Timeout),
        }
    }

    fn message(&self, mail: &Mail) -> Result<Message, Undelivered> {
        Message::builder()
            .from(self.from.clone())
            .to(Mailbox::new(None, address(&mail.to)?))
            .subject(&mail.subject)
            .message_id(None)
            .header(ContentType::TEXT_PLAIN)
            .body(mail.text.clone())
            .map_err(|_| Undelivered::Address)
    }
}

impl fmt::Debug for Mailer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Mailer(…)")
    }
}

fn address(email: &Email) -> Result<Address, Undelivered> {
    email.as_str().parse().map_err(|_| Undelivered::Address)
}

/// Whether the server refused for good, and not our sign-in: its replies 530 to 539 are about that, which an administrator
/// mends in the settings.
fn is_about_mail(error: &smtp::Error) -> bool {
    let is_sign_in = |code: Code| code.category == Category::Unspecified3;
    error.is_permanent() && !error.status().is_some_and(is_sign_in)
}

/// The server's own message if there was one, on one line.
fn one_line(error: &smtp::Error) -> String {
    let message = error.to_string();
    let message = message.replace(char::is_control, " ");
    message.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    const FROM: &str = "Dataclips <dataclips@example.com>";

    #[test]
    fn only_urls_of_smtp_servers_are_accepted() {
        for (url, from, problem) in [
            ("smtp://127.0.0.1:2525", FROM, None),
            ("smtps://user:xy%40zzy@mail.example.com", FROM, None),
            (
                "smtp://user:xyzzy@mail.example.com:587?tls=required",
                "ann@example.com",
                None,
            ),
            ("mail.example.com", FROM, Some(MailerProblem::Url)),
            ("https://mail.example.com", FROM, Some(MailerProblem::Url)),
            (
                "smtp://mail.example.com?tls=perhaps",
                FROM,
                Some(MailerProblem::Url),
            ),
            ("smtp://mail.example.com", "Ann", Some(MailerProblem::From)),
            ("smtp://mail.example.com", "", Some(MailerProblem::From)),
        ] {
            assert_eq!(Mailer::new(url, from).err(), problem, "{url} {from}");
        }
    }

    #[test]
    fn every_accepted_address_can_receive_a_mail() {
        let mailer = Mailer::new("smtp://mail.example.com", FROM).unwrap();
        let (longest_local, long_label) = ("a".repeat(64), "b".repeat(63));
        let long_domain = [long_label.as_str(); 4].join(".");
        for (text, is_accepted) in [
            ("ann@example.com", true),
            ("o'neil+x@mail.example.com", true),
            ("!#$%&*-/=?^_`{|}~@example.com", true),
            ("ödön@example.com", true),
            ("ann@büro.example", true),
            ("ann@xn--bro-hoa.example", true),
            ("ann@हिन्दी.example", true),
            ("ann@localhost", true),
            ("ann@192.0.2.1", true),
            ("1@2", true),
            (&format!("{longest_local}@example.com"), true),
            (&format!("{longest_local}a@example.com"), false),
            (&format!("ann@{long_label}.example"), true),
            (&format!("ann@{long_label}b.example"), false),
            (&format!("ann@{long_domain}"), false),
            ("a..b@example.com", false),
            (".a@example.com", false),
            ("a.@example.com", false),
            ("a(b)@example.com", false),
            ("a\\b@example.com", false),
            ("a:b@example.com", false),
            ("a[b]@example.com", false),
            ("ann@exam_ple.com", true),
            ("ann@-example.com", false),
            ("ann@example-.com", false),
            ("ann@example..com", false),
            ("ann@example.com.", false),
            ("ann@exa(m)ple.com", false),
            ("ann@b@example.com", false),
            ("@example.com", false),
            ("ann@", false),
        ] {
            let email = Email::parse(text);
            assert_eq!(email.is_some(), is_accepted, "{text:?}");
            assert_eq!(text.parse::<Address>().is_ok(), is_accepted, "{text:?}");
            let Some(to) = email else { continue };
            let mail = Mail {
                to,
                subject: String::new(),
                text: String::new(),
            };
            assert!(mailer.message(&mail).is_ok(), "{text:?}");
        }
    }

    #[test]
    fn the_password_is_not_printed() {
        let mailer = Mailer::new("smtp://user:xyzzy@mail.example.com", FROM).unwrap();
        assert_eq!(format!("{mailer:?}"), "Mailer(…)");
    }
}
