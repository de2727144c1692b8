//! Mails to people: short, plain text, by the administrator's SMTP server. Knows nothing of HTTP or the store.

mod letter;
mod mailer;

pub use letter::{Link, Mail};
pub use mailer::{Mailer, MailerProblem, Undelivered};
