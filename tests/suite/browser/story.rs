//! The whole story of sharing, in two browsers: one invites and grants, the other comes in, sees, and forks.

use super::*;

async fn invite(ada: &Browser) {
    ada.click_link("People").await;
    ada.fill("E-mail addresses", "ben@example.com").await;
    ada.choose("Role", "Member").await;
    ada.press("Invite").await;
    ada.sees("ben@example.com").await;
}

/// Follows the link that came by mail.
async fn accept(ben: &Browser, link: &str) {
    ben.visit(link).await;
    ben.sees("ben@example.com").await;
    ben.fill("Password", "battery staple").await;
    ben.press("Set password and sign in").await;
    ben.is_at("/").await;
}

async fn protect(ada: &Browser, clip: &str) {
    ada.visit(clip).await;
    ada.click_link("Share").await;
    ada.check("Only authorized users").await;
    ada.press("Save access").await;
    ada.sees("Saved.").await;
    ada.sees("Only the owner").await;
}

async fn grant(ada: &Browser, to: &str) {
    ada.fill("Add people", to).await;
    ada.choose("They can", "see the rows").await;
    ada.press("Save access").await;
    ada.sees(to).await;
}

/// Forks the clip that is shown; returns the fork's path.
async fn fork(ben: &Browser, clip: &str) -> String {
    ben.press("More").await;
    ben.press("Fork").await;
    ben.sees("forked from").await;
    let fork = ben.address().await;
    assert_ne!(fork, clip);
    fork
}

async fn rename_and_move(ben: &Browser, fork: &str) {
    choose(ben, "Settings").await;
    ben.fill("Name", "Ben's payroll").await;
    ben.press("Save").await;
    ben.sees("Saved.").await;
    ben.sees("Ben's payroll").await;
    ben.choose("Database", "other").await;
    ben.press("Change database").await;
    ben.is_at(fork).await;
    ben.sees("v2").await;
    ben.sees("other").await;
}

async fn remove_and_restore(ben: &Browser, fork: &str) {
    choose(ben, "Settings").await;
    ben.press("Remove clip").await;
    ben.sees("Removed clips").await;
    ben.visit(fork).await;
    ben.sees("was removed").await;
    ben.click_link("Removed clips that you can restore").await;
    ben.press("Restore Ben's payroll").await;
    ben.is_at(fork).await;
    ben.sees("confidential").await;
    choose(ben, "History").await;
    for deed in ["restored", "removed", "renamed", "forked"] {
        match deed {
            "forked" => ben.does_not_see(deed).await,
            _ => ben.sees(deed).await,
        }
    }
}

async fn walk(device: Device) {
    let (server, mailbox) = Server::with_mail().await;
    server.add_database("other", &server.data_url()).await;
    let clip = page_of(&server.create_clip("select 'confidential' as word").await);
    let [ada, ben] = Browser::two(&server).await;
    let (mut ada, mut ben) = (ada, ben);
    ada.sit_down_at(device).await;
    ben.sit_down_at(device).await;
    sign_in(&ada, "ada@example.com").await;
    invite(&ada).await;
    accept(&ben, &mailbox.mail(1).await.link()).await;

    protect(&ada, &clip).await;
    ben.visit(&clip).await;
    ben.sees("You do not have access to this clip").await;
    ben.does_not_see("confidential").await;
    grant(&ada, "ben@example.com").await;
    ben.visit(&clip).await;
    ben.sees("confidential").await;

    let fork = fork(&ben, &clip).await;
    rename_and_move(&ben, &fork).await;
    remove_and_restore(&ben, &fork).await;
    // The fork began protected, and nobody else was granted anything.
    let stranger = server.anonymous().get(&fork).await;
    assert_eq!(stranger.status(), 401);
    ada.visit(&clip).await;
    choose(&ada, "History").await;
    ada.sees("forked").await;
    for browser in [&ada, &ben] {
        browser.asks_no_other_server().await;
        browser.fits_the_screen().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn from_an_invitation_to_a_restored_fork() {
    walk(Device::desktop()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn from_an_invitation_to_a_restored_fork_on_a_phone_without_javascript() {
    walk(Device::phone().without_javascript()).await;
}
