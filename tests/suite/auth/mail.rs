//! Mails reach a real SMTP server as they were written, or the reason is reported.

use dataclips::mail::{Link, Mail, Mailer};
use dataclips::model::Email;

use crate::support::{Log, Mailbox, free_port};

const FROM: &str = "Dataclips <dataclips@example.com>";

fn letter(to: &str) -> Mail {
    let link = Link {
        url: "https://clips.example.com/enter/abc",
        expires_at: "2026-11-29T12:30:00Z".parse().unwrap(),
        server: "https://clips.example.com",
    };
    let by = Email::parse("ödön@example.com").unwrap();
    Mail::invitation(&Email::parse(to).unwrap(), &by, &link)
}

async fn refusal(url: &str, to: &str) -> String {
    let mailer = Mailer::new(url, FROM).unwrap();
    mailer.send(&letter(to)).await.unwrap_err().to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_says_who_sent_it_and_what_its_link_does_and_until_when() {
    let mailbox = Mailbox::open().await;
    let mailer = Mailer::new(&mailbox.url(), FROM).unwrap();
    mailer.send(&letter("ann@example.com")).await.unwrap();
    let mail = mailbox.mail(1).await;
    assert_eq!(mail.to, "ann@example.com");
    for line in [
        "From: Dataclips <dataclips@example.com>",
        "To: ann@example.com",
        "Content-Type: text/plain; charset=utf-8",
        "Message-ID: <",
        "Date: ",
    ] {
        assert!(mail.head.contains(line), "{line}: {}", mail.head);
    }
    for words in [
        "ödön@example.com invited you to the Dataclips server at https://clips.example.com.",
        "\nhttps://clips.example.com/enter/abc\n",
        "until 2026-11-29 12:30 UTC",
        "ignore this e-mail",
    ] {
        assert!(mail.text.contains(words), "{words}: {}", mail.text);
    }
}

/// On one thread, which the log follows.
#[tokio::test]
async fn the_reason_why_a_mail_failed_is_reported_without_the_password() {
    let log = Log::keep();
    let mailbox = Mailbox::open().await;
    let wrong = mailbox.url().replace("sender:", "other:");
    let closed = format!(
        "smtp://sender:{}@127.0.0.1:{}",
        Mailbox::PASSWORD,
        free_port()
    );
    for (url, to, words) in [
        (&mailbox.url(), "nobody@example.com", "no such mailbox"),
        (&wrong, "ann@example.com", "wrong password"),
        (&closed, "ann@example.com", "refused"),
    ] {
        let told = refusal(url, to).await;
        assert!(told.contains(words), "{told}");
        assert!(!told.contains(Mailbox::PASSWORD), "{told}");
    }
    assert_eq!(mailbox.count(), 0);
    assert!(!log.text().contains(Mailbox::PASSWORD), "{}", log.text());
}
