//! Builds the addresses of our own pages. `address` parses those of requests.

use axum::http::uri::PathAndQuery;
use jiff::Timestamp;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, PercentEncode, utf8_percent_encode};

use crate::error::Error;
use crate::model::{Clip, Database, Fork, OneTimeLink, Person, Slug};
use crate::run::Values;

/// RFC 3986's unreserved characters stay as they are, except the dot: `..` means the folder above.
const PART: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'~');

/// The page of a one-time link.
pub fn one_time_link(link: &OneTimeLink) -> String {
    format!("/enter/{}", link.secret())
}

/// What runs now.
pub const RUNNING: &str = "/running";

/// What runs now on a database.
pub fn running_on(database: i64) -> String {
    format!("{RUNNING}?database={database}")
}

/// The list of people.
pub const PEOPLE: &str = "/people";

/// The page of a person.
pub fn person(person: &Person) -> String {
    format!("{PEOPLE}/{}", person.user.id)
}

/// The clips of a person.
pub fn clips_by(person: &Person) -> String {
    format!("/?owner={}", encode(person.user.email.as_str()))
}

/// The page of a clip.
pub fn clip(clip: &Clip) -> String {
    format!("/{}", clip.slug.as_str())
}

/// The page where the owner changes a clip.
pub fn settings(clip: &Clip) -> String {
    format!("{}/settings", self::clip(clip))
}

/// A clip's settings, at the type of a parameter with which the query failed.
pub fn type_setting(clip: &Clip, name: &str) -> String {
    let name = encode(name);
    format!("{}?failed={name}#type-{name}", settings(clip))
}

/// The page with which a clip is shared.
pub fn share(clip: &Clip) -> String {
    format!("{}/share", self::clip(clip))
}

/// The page of a version. For the newest one that is the clip's own page, unless the clip is pinned.
pub fn version(clip: &Clip, number: i32) -> String {
    if number == clip.version.number && clip.pin.is_none() {
        self::clip(clip)
    } else {
        format!("{}?version={number}", self::clip(clip))
    }
}

/// The page of the version that a clip is a fork of.
pub fn origin(fork: &Fork) -> String {
    version(&fork.origin, fork.version)
}

/// A clip's settings, after this part of them was saved.
pub fn saved(clip: &Clip, part: &str) -> String {
    format!("{}?saved={part}#{part}", settings(clip))
}

/// The page of a stored result.
pub fn result(clip: &Clip, version: i32, result: u32) -> String {
    format!("{}?version={version}&result={result}", self::clip(clip))
}

/// The rows of a preview, for the user who ran it.
pub fn preview(id: &Slug) -> String {
    format!("/previews/{}", id.as_str())
}

/// Where windows of a stored result are fetched.
pub fn window(clip: &Clip, version: i32, result: u32) -> String {
    format!(
        "{}/rows?version={version}&result={result}",
        self::clip(clip)
    )
}

/// The page that shows the outcome of a version's run that was requested at this moment.
pub fn outcome(clip: &Clip, version: i32, requested_at: Timestamp) -> String {
    format!(
        "{}?version={version}&since={requested_at}",
        self::clip(clip)
    )
}

/// The list of databases.
pub const DATABASES: &str = "/databases";

/// The page of a database.
pub fn database(database: &Database) -> String {
    format!("{DATABASES}/{}", database.id)
}

/// The clips on a database.
pub fn clips_of(database: &Database) -> String {
    format!("/?database={}", encode(&database.name))
}

/// The form for a clip on a database.
pub fn new_clip_on(database: &Database) -> String {
    format!("/clips/new?database={}", encode(&database.name))
}

/// The form for a clip with this query on a database.
pub fn new_clip_with(database: &Database, sql: &str) -> String {
    format!("{}&sql={}", new_clip_on(database), encode(sql))
}

/// The page of a database's health.
pub fn health(database: &Database) -> String {
    health_of(database.id)
}

/// The same, by the database's id.
pub fn health_of(id: i64) -> String {
    format!("{DATABASES}/{id}/health")
}

/// The page of a database's tables and columns.
pub fn schema(database: &Database) -> String {
    schema_of(&database.id)
}

/// The same, by the database's id.
pub fn schema_of(id: &i64) -> String {
    format!("{DATABASES}/{id}/schema")
}

/// Where the scripts of pages search a database's tables, columns and functions.
pub fn schema_search(id: &i64) -> String {
    format!("{}/search", schema_of(id))
}

/// The form that restores a removed database with another connection.
pub fn new_database_like(database: &Database) -> String {
    format!("{DATABASES}/new?name={}", encode(&database.name))
}

/// Where to go next: the requested address if it is one of ours, or the front page.
pub fn local(next: &str) -> &str {
    let is_ours = next.starts_with('/')
        && !next.starts_with("//")
        && !next.contains('\\')
        && next.parse::<PathAndQuery>().is_ok();
    if is_ours { next } else { "/" }
}

/// A row's id in the store, as an address names it. Any other text gets a 404.
pub fn id(text: &str) -> Result<i64, Error> {
    text.parse().map_err(|_| Error::not_found("page"))
}

/// A text, percent-encoded as a part of an address.
pub fn encode(text: &str) -> PercentEncode<'_> {
    utf8_percent_encode(text, PART)
}

/// An address with further options.
pub fn with(address: &str, options: &[(&str, String)]) -> String {
    let mut address = address.to_owned();
    for (name, value) in options {
        address.push(if address.contains('?') { '&' } else { '?' });
        address.extend([*name, "="]);
        address.extend(encode(value));
    }
    address
}

/// The options of an address, decoded.
pub fn options(address: &str) -> Vec<(String, String)> {
    let (_, query) = address.split_once('?').unwrap_or_default();
    let pairs = form_urlencoded::parse(query.as_bytes());
    pairs
        .map(|(name, value)| (name.into_owned(), value.into_owned()))
        .collect()
}

/// An address with the values of parameters; an empty one is NULL.
pub fn with_values(address: &str, values: &Values) -> String {
    let options = values
        .iter()
        .map(|(name, value)| (name, value.unwrap_or_default().to_owned()));
    with(address, &options.collect::<Vec<_>>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_read_as_they_were_written() {
        let address = with("/c", &[("a", "x & y=+1".to_owned()), ("b", String::new())]);
        let read = options(&address);
        let read: Vec<_> = read
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        assert_eq!(read, [("a", "x & y=+1"), ("b", "")]);
    }

    #[test]
    fn redirects_go_only_to_our_own_addresses() {
        for (next, target) in [
            ("/clips/new?database=a", "/clips/new?database=a"),
            ("", "/"),
            ("https://example.com/", "/"),
            ("//example.com", "/"),
            ("/\\example.com", "/"),
            ("/a\r\nSet-Cookie: b", "/"),
        ] {
            assert_eq!(local(next), target, "{next:?}");
        }
    }
}
