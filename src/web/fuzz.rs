//! What holds for every address, query string and form, for fuzzing and its corpus.

use axum::extract::{FromRequest, Request};
use axum::http::Uri;
use axum::http::header::CONTENT_TYPE;
use futures_util::FutureExt;

use super::auth::address_list::addresses;
use super::clip::parameters::workbench::FormWithValues;
use super::http::address::{ACCESS_TOKEN, Address, RowsForm, access_token, without_access_token};
use super::http::url;
use super::rows::query::RowsQuery;
use crate::encode::Format;
use crate::model::Slug;
use crate::result::Column;
use crate::run::Parameters;

const SLUG_LETTERS: usize = 28;
const SLUG: &str = "abcdefghijklmnopqrstuvwxyzab";
const OPTIONS: [&str; 8] = [
    "version",
    "result",
    "sort",
    "filter",
    "null",
    "delimiter",
    "access-token",
    "wait",
];

/// An address is a clip's exactly if it has a slug; no slug is sent as a referrer; what we write, we read.
pub fn address(data: &[u8]) {
    let Ok(text) = str::from_utf8(data) else {
        return;
    };
    next(text);
    written(text);
    let Ok(uri) = format!("/{text}").parse::<Uri>() else {
        return;
    };
    let address = Address::parse(&uri);
    let (first, below) = match uri.path()[1..].split_once('/') {
        Some((first, below)) => (first, Some(below)),
        None => (&uri.path()[1..], None),
    };
    let segment = decoded(first.as_bytes(), false);
    let slug = slug(&segment);
    let found = match &address {
        Address::Clip(clip) => Some(clip.slug.as_str()),
        Address::Rows(rows) => rows.slug().ok().map(Slug::as_str),
        Address::Api | Address::OneTimeLink | Address::Page => None,
    };
    assert_eq!(found, slug, "{uri}");
    if let Address::Rows(rows) = &address {
        let suffix = segment.rsplit('.').next();
        match &rows.form {
            RowsForm::File(form) => assert!(below.is_none() && Some(form.as_str()) == suffix),
            RowsForm::Json => assert!(matches!(below, Some("rows" | "columns"))),
        }
    }
    let is_secret = decoded(uri.path().as_bytes(), false)
        .split(|character: char| !character.is_ascii_lowercase())
        .any(|word| word.len() == SLUG_LETTERS);
    let policy = address.referrer_policy(&uri);
    assert!(!is_secret || policy != "same-origin", "{uri}");
}

fn slug(segment: &str) -> Option<&str> {
    let (slug, rest) = segment.split_at_checked(SLUG_LETTERS)?;
    let ends = rest.is_empty() || rest.starts_with(['-', '.']);
    let is_slug = slug.bytes().all(|byte| byte.is_ascii_lowercase());
    (ends && is_slug).then_some(slug)
}

/// A browser leaves line breaks and tabs out, and takes a backslash for a slash.
fn next(text: &str) {
    let next = url::local(text).replace(['\n', '\r', '\t'], "");
    assert!(next.starts_with('/'), "{next}");
    assert!(!next[1..].starts_with(['/', '\\']), "{next}");
}

fn written(title: &str) {
    for format in Format::ALL {
        let path = format!("/{SLUG}-{}.{}", url::encode(title), format.extension());
        let uri: Uri = path.parse().expect("what is encoded is an address");
        let Address::Rows(rows) = Address::parse(&uri) else {
            unreachable!("{path}");
        };
        assert_eq!(rows.slug().ok().map(Slug::as_str), Some(SLUG));
        assert_eq!(rows.form.format().ok(), Some(format), "{path}");
    }
}

/// A query string is read as a second reading reads it, and survives being written again, without a link's token.
pub fn query(data: &[u8]) {
    let text = str::from_utf8(data).unwrap_or_default();
    let Ok(uri) = format!("/x?{text}").parse::<Uri>() else {
        return;
    };
    let pairs = pairs(uri.query().unwrap_or_default().as_bytes());
    secret(&uri, &pairs);
    let Ok(query) = RowsQuery::parse(&uri) else {
        return;
    };
    assert!(query.names().eq(pairs.iter().map(|(name, _)| &**name)));
    for (name, value) in &pairs {
        assert!(query.all(name).any(|other| other == value));
    }
    again(&query);
    values(&query);
    for format in Format::ALL {
        let _ = query.file_options(format);
    }
    let _ = query.selection(&[Column::default(), Column::default()]);
}

/// No address that we write has a link's token, and everything else of the query string is kept.
fn secret(uri: &Uri, pairs: &[(String, String)]) {
    let is_secret = |name: &str| name == ACCESS_TOKEN;
    let first = pairs.iter().find(|(name, _)| is_secret(name));
    assert_eq!(access_token(uri), first.map(|(_, value)| value.clone()));
    let without = without_access_token(uri);
    let rest: Uri = without.parse().expect("a part of an address is one");
    let rest = self::pairs(rest.query().unwrap_or_default().as_bytes());
    let others = pairs.iter().filter(|(name, _)| !is_secret(name));
    assert!(others.eq(&rest), "{uri}");
}

fn again(query: &RowsQuery) {
    let address = query.with("/x", &OPTIONS);
    let again = RowsQuery::parse(&address.parse().expect("an address")).expect("it is read");
    for name in OPTIONS {
        assert_eq!(query.text(name), again.text(name), "{address}");
    }
}

fn values(query: &RowsQuery) {
    let parameters = Parameters::read("select {{a}}, {{b?}}, {{c = 1}}").expect("blanks");
    let Ok(values) = query.values(&parameters, &[]) else {
        return;
    };
    let address = url::with_values("/x", &values);
    let again = RowsQuery::parse(&address.parse().expect("an address")).expect("it is read");
    let again = again.values(&parameters, &[]);
    assert_eq!(again.ok().as_ref(), Some(&values), "{address}");
}

/// A form is read as a second reading reads it, whoever reads it.
pub fn form(data: &[u8]) {
    let request = Request::post("/")
        .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(data.to_vec().into())
        .expect("a request");
    let form = FormWithValues::<Vec<(String, String)>>::from_request(request, &());
    let form = form.now_or_never().expect("nothing is waited for");
    let Ok(form) = form else {
        unreachable!("every body is a list of pairs");
    };
    let pairs = pairs(data);
    assert_eq!(form.form, pairs);
    let values = pairs.iter().filter_map(|(name, value)| {
        let name = name.strip_prefix("values.")?;
        Some((name.to_owned(), value.clone()))
    });
    assert!(form.values.into_iter().eq(values));
    for (_, value) in &pairs {
        list(value);
    }
}

/// Each entry of a pasted list is a part of it, in its order, without blanks around it.
fn list(text: &str) {
    let mut rest = text;
    for address in addresses(text) {
        assert_eq!(address, address.trim());
        let (_, behind) = rest.split_once(address).expect("it stands in the list");
        rest = behind;
    }
}

/// The pairs of a query string, by the URL standard (“application/x-www-form-urlencoded parsing”).
fn pairs(text: &[u8]) -> Vec<(String, String)> {
    let parts = text.split(|byte| *byte == b'&');
    let pairs = parts.filter(|part| !part.is_empty()).map(|part| {
        let mut sides = part.splitn(2, |byte| *byte == b'=');
        let (name, value) = (sides.next(), sides.next());
        (name.unwrap_or_default(), value.unwrap_or_default())
    });
    pairs
        .map(|(name, value)| (decoded(name, true), decoded(value, true)))
        .collect()
}

fn decoded(text: &[u8], has_plus: bool) -> String {
    let (mut bytes, mut rest) = (Vec::new(), text);
    while let [first, behind @ ..] = rest {
        let code = behind.get(..2).and_then(|code| str::from_utf8(code).ok());
        let code = code.filter(|code| code.bytes().all(|digit| digit.is_ascii_hexdigit()));
        let code = code.and_then(|code| u8::from_str_radix(code, 16).ok());
        let (byte, behind) = match (first, code) {
            (b'%', Some(byte)) => (byte, &behind[2..]),
            (b'+', _) if has_plus => (b' ', behind),
            _ => (*first, behind),
        };
        bytes.push(byte);
        rest = behind;
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
