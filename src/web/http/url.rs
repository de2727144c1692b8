//! What one path segment says: a clip's slug, a readable text that is never checked, and a format.

use std::collections::HashMap;

use axum::http::Uri;
use axum::http::uri::PathAndQuery;
use jiff::Timestamp;
use percent_encoding::{
    AsciiSet, NON_ALPHANUMERIC, PercentEncode, percent_decode_str, utf8_percent_encode,
};

use crate::encode::Format;
use crate::error::Error;
use crate::model::{Clip, Database, Fork, OneTimeLink, Person, Slug};

/// The parameter that carries a clip link's secret.
pub const ACCESS_TOKEN: &str = "access-token";

/// RFC 3986's unreserved characters stay, but the dot: two of them alone mean the folder above.
const PART: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'~');

/// What the address of every one-time link begins with.
const ENTER: &str = "/enter/";

/// `/{slug}[-text][.format]`, read.
#[derive(Debug, PartialEq, Eq)]
pub struct Address {
    /// `None` where the segment cannot belong to a clip.
    pub slug: Option<Slug>,
    /// What stands after the last dot; after a slug not yet known to be a format. `None` asks for a page.
    pub suffix: Option<String>,
}

impl Address {
    /// Bytes that are not UTF-8 can only belong to the text.
    pub fn of(uri: &Uri) -> Self {
        let path = uri.path();
        let segment = percent_decode_str(path.strip_prefix('/').unwrap_or(path));
        Self::parse(&segment.decode_utf8_lossy())
    }

    /// What the first segment of an address says, whatever follows it.
    pub fn of_first(uri: &Uri) -> Self {
        let segment = uri.path().split('/').nth(1).unwrap_or_default();
        Self::parse(&percent_decode_str(segment).decode_utf8_lossy())
    }

    pub fn parse(segment: &str) -> Self {
        let end = segment.find(['-', '.']).unwrap_or(segment.len());
        let (slug, rest) = segment.split_at(end);
        let slug = Slug::parse(slug);
        let suffix = rest.rsplit_once('.').map(|(_, suffix)| suffix);
        let is_known = |suffix: &&str| slug.is_some() || Format::parse(suffix).is_some();
        Self {
            suffix: suffix.filter(is_known).map(str::to_owned),
            slug,
        }
    }
}

/// Whether an address belongs to a clip, and so holds a secret.
pub fn is_clips(uri: &Uri) -> bool {
    let mut segments = uri.path().split('/');
    let segment = segments.nth(1).unwrap_or_default();
    Address::parse(segment).slug.is_some()
}

/// The clip whose rows alone an address asks for, in a machine format, as a window of them or as columns.
pub fn rows_of(uri: &Uri) -> Option<Slug> {
    let mut segments = uri.path().split('/').skip(1);
    let segment = percent_decode_str(segments.next()?).decode_utf8_lossy();
    let Address { slug, suffix } = Address::parse(&segment);
    let is_of_rows = match segments.next() {
        None => suffix.is_some(),
        Some(below) => matches!(below, "rows" | "columns") && segments.next().is_none(),
    };
    slug.filter(|_| is_of_rows)
}

/// Path and query, without the secret of a clip link.
pub fn without_token(uri: &Uri) -> String {
    let Some(query) = uri.query() else {
        return uri.path().to_owned();
    };
    let pairs = query.split('&');
    let kept = pairs.filter(|pair| !pair.starts_with(ACCESS_TOKEN));
    let kept: Vec<&str> = kept.collect();
    match kept.is_empty() {
        true => uri.path().to_owned(),
        false => format!("{}?{}", uri.path(), kept.join("&")),
    }
}

/// The secret of a clip link, as a spreadsheet sends it that can send no header: `?access-token=`.
pub fn access_token(uri: &Uri) -> Option<String> {
    let pairs = uri.query()?.split('&');
    let decoded = |text: &str| {
        let text = text.replace('+', " ");
        percent_decode_str(&text).decode_utf8_lossy().into_owned()
    };
    let mut pairs = pairs.map(|pair| pair.split_once('=').unwrap_or((pair, "")));
    let (_, value) = pairs.find(|(name, _)| decoded(name) == ACCESS_TOKEN)?;
    Some(decoded(value))
}

/// Whether an address is a one-time link's, and so holds a secret.
pub fn is_one_time_links(uri: &Uri) -> bool {
    uri.path().starts_with(ENTER)
}

/// The page of a one-time link.
pub fn one_time_link(link: &OneTimeLink) -> String {
    format!("{ENTER}{}", link.secret())
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

/// The page where its owner changes a clip.
pub fn settings(clip: &Clip) -> String {
    format!("{}/settings", self::clip(clip))
}

/// The page of one of its versions: the clip's own for the newest one, unless that shows what the clip is pinned to.
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

/// A clip's settings, where one part of them was just saved.
pub fn saved(clip: &Clip, part: &str) -> String {
    format!("{}/settings?saved={part}#{part}", self::clip(clip))
}

/// The page of a stored result.
pub fn result(clip: &Clip, version: i32, result: u32) -> String {
    format!("{}?version={version}&result={result}", self::clip(clip))
}

/// Where windows of a stored result are.
pub fn window(clip: &Clip, version: i32, result: u32) -> String {
    format!(
        "{}/rows?version={version}&result={result}",
        self::clip(clip)
    )
}

/// The page that shows what a version's run came to that was asked for at this moment.
pub fn afterwards(clip: &Clip, version: i32, asked_at: Timestamp) -> String {
    since(&self::clip(clip), &HashMap::new(), version, asked_at)
}

/// The same address, for what a version's run that was asked for at this moment comes to.
pub fn since(
    path: &str,
    query: &HashMap<String, String>,
    version: i32,
    asked_at: Timestamp,
) -> String {
    let mut rest: Vec<_> = query
        .iter()
        .filter(|(name, _)| !matches!(name.as_str(), "version" | "since"))
        .map(|(name, value)| format!("&{}={}", encode(name), encode(value)))
        .collect();
    rest.sort_unstable();
    format!("{path}?version={version}&since={asked_at}{}", rest.concat())
}

/// A path with what an address already asks for of these names.
pub fn with(path: &str, query: &HashMap<String, String>, names: &[&str]) -> String {
    let asked = names.iter().filter_map(|name| {
        let value = query.get(*name)?;
        Some(format!("{name}={}", encode(value)))
    });
    let asked: Vec<_> = asked.collect();
    match asked.is_empty() {
        true => path.to_owned(),
        false => format!("{path}?{}", asked.join("&")),
    }
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

/// The page of a database's tables and columns.
pub fn schema(database: &Database) -> String {
    schema_of(&database.id)
}

/// The same, by the database's id.
pub fn schema_of(id: &i64) -> String {
    format!("{DATABASES}/{id}/schema")
}

/// What the scripts of pages ask about a database's tables, columns and functions.
pub fn schema_search(id: &i64) -> String {
    format!("{}/search", schema_of(id))
}

/// The form that brings a removed database back by another connection.
pub fn new_database_like(database: &Database) -> String {
    format!("{DATABASES}/new?name={}", encode(&database.name))
}

/// Where to go next, as a page asked for: an address of ours, or the front page.
pub fn local(next: &str) -> &str {
    let is_ours = next.starts_with('/')
        && !next.starts_with("//")
        && !next.contains('\\')
        && next.parse::<PathAndQuery>().is_ok();
    if is_ours { next } else { "/" }
}

/// The number of a row, as an address names it. Any other text names no page.
pub fn id(text: &str) -> Result<i64, Error> {
    text.parse().map_err(|_| Error::not_found("page"))
}

/// A text as a part of an address.
pub fn encode(text: &str) -> PercentEncode<'_> {
    utf8_percent_encode(text, PART)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn segments_are_slug_text_and_format() {
        let slug = "abcdefghijklmnopqrstuvwxyzab";
        for (rest, suffix) in [
            ("", None),
            (".csv", Some("csv")),
            ("-orders-by-day", None),
            ("-orders.by.day.xlsx", Some("xlsx")),
            ("-", None),
            (".", Some("")),
            ("-größe.json", Some("json")),
        ] {
            let address = Address::parse(&format!("{slug}{rest}"));
            assert_eq!(address.slug.unwrap().as_str(), slug);
            assert_eq!(address.suffix.as_deref(), suffix, "{rest:?}");
        }
        for (segment, suffix) in [
            ("", None),
            ("favicon.ico", None),
            ("abc", None),
            ("abc.csv", Some("csv")),
            (&format!("{slug}x"), None),
            (&format!("{slug}_x.csv"), Some("csv")),
        ] {
            let address = Address::parse(segment);
            assert_eq!(address.slug, None, "{segment:?}");
            assert_eq!(address.suffix.as_deref(), suffix, "{segment:?}");
        }
    }

    #[test]
    fn rows_alone_are_asked_for_by_a_format_or_as_a_window() {
        let slug = "abcdefghijklmnopqrstuvwxyzab";
        for (rest, is_of_rows) in [
            (".csv", true),
            ("-a.b.csv?version=2", true),
            (".pdf", true),
            ("-gr%C3%B6%C3%9Fe%2Ecsv", true),
            ("/rows?limit=1", true),
            ("-text/rows", true),
            ("/columns?columns=1", true),
            ("/columns/1", false),
            ("", false),
            ("-text", false),
            ("?a=.csv", false),
            ("/", false),
            ("/run", false),
            ("/rows/", false),
            ("/rows/rows", false),
            ("/versions", false),
        ] {
            let uri: Uri = format!("/{slug}{rest}").parse().unwrap();
            let found = rows_of(&uri);
            assert_eq!(found.is_some(), is_of_rows, "{uri}");
        }
        for path in ["/short.csv", "/api/v1/clips", "/clips/rows"] {
            assert_eq!(rows_of(&path.parse().unwrap()), None, "{path}");
        }
    }

    #[test]
    fn an_access_token_is_found_however_it_is_written() {
        for (query, token) in [
            ("access-token=a", Some("a")),
            ("version=2&access-token=a%5Fb&result=1", Some("a_b")),
            ("access%2Dtoken=a-b", Some("a-b")),
            ("access-token", Some("")),
            ("access-token=a&access-token=b", Some("a")),
            ("accesstoken=a&x=access-token=a", None),
            ("", None),
        ] {
            let uri: Uri = format!("/x.csv?{query}").parse().unwrap();
            assert_eq!(access_token(&uri).as_deref(), token, "{query}");
        }
        assert_eq!(access_token(&"/x.csv".parse().unwrap()), None);
    }

    #[test]
    fn only_our_own_addresses_are_gone_on_to() {
        for (next, gone_to) in [
            ("/clips/new?database=a", "/clips/new?database=a"),
            ("", "/"),
            ("https://example.com/", "/"),
            ("//example.com", "/"),
            ("/\\example.com", "/"),
            ("/a\r\nSet-Cookie: b", "/"),
        ] {
            assert_eq!(local(next), gone_to, "{next:?}");
        }
    }
}
