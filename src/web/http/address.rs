//! The address of a request, parsed once: which sub-router responds, which clip it names, and which secret it contains.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderValue, Uri};
use form_urlencoded::Parse;
use percent_encoding::percent_decode_str;

use crate::encode::Format;
use crate::error::Error;
use crate::model::Slug;

/// The parameter that carries a clip link's secret.
pub const ACCESS_TOKEN: &str = "access-token";

/// A parsed address. The router puts it into every request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Address {
    /// `/api/…`
    Api,
    /// The rows of a clip: `/{slug}[-text].{format}`, `/{slug}/rows` or `/{slug}/columns`.
    Rows(RowsAddress),
    /// `/{slug}[-text]`, and the pages below it.
    Clip(ClipAddress),
    /// `/enter/{secret}`
    OneTimeLink,
    /// Every other page.
    Page,
}

/// The address of a clip's page, or of a page below it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClipAddress {
    pub slug: Slug,
}

/// The address of a clip's rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowsAddress {
    /// `None` where the segment cannot belong to a clip, but the rest asks for rows.
    slug: Option<Slug>,
    pub form: RowsForm,
}

/// The form in which rows are requested.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RowsForm {
    /// A whole file: the suffix after the last dot, which may be an unknown format.
    File(String),
    /// JSON for the page's scripts, and for programs that look at parts of a result.
    Json,
}

impl Address {
    pub fn parse(uri: &Uri) -> Self {
        let mut segments = uri.path().split('/').skip(1);
        let first = segments.next().unwrap_or_default();
        let below: Vec<&str> = segments.collect();
        match (first, &below[..]) {
            ("api", [_, ..]) => return Self::Api,
            ("enter", [_, ..]) => return Self::OneTimeLink,
            _ => {}
        }
        // Bytes that are not UTF-8 can only be in the text after the slug, which is never checked.
        let segment = percent_decode_str(first).decode_utf8_lossy();
        let (slug, suffix) = parse_segment(&segment);
        match (slug, suffix, &below[..]) {
            (slug, Some(suffix), []) => Self::Rows(RowsAddress {
                slug,
                form: RowsForm::File(suffix),
            }),
            (slug, _, ["rows" | "columns"]) => Self::Rows(RowsAddress {
                slug,
                form: RowsForm::Json,
            }),
            (Some(slug), _, _) => Self::Clip(ClipAddress { slug }),
            (None, _, _) => Self::Page,
        }
    }

    /// Whether this is a clip's address without a suffix: `/{slug}` or `/{slug}-text`.
    pub fn is_bare(uri: &Uri) -> bool {
        let is_one_segment = uri.path().rfind('/') == Some(0);
        is_one_segment && matches!(Self::parse(uri), Self::Clip(_))
    }

    /// How much of this address a browser may send to other pages. The addresses of clips and one-time links are secrets;
    /// every other page sends its own, so that its forms can prove where they come from.
    pub fn referrer_policy(&self, uri: &Uri) -> HeaderValue {
        HeaderValue::from_static(match self {
            Self::OneTimeLink => "strict-origin",
            Self::Clip(_) | Self::Rows(RowsAddress { slug: Some(_), .. }) => "no-referrer",
            _ if has_slug(uri) => "no-referrer",
            Self::Rows(RowsAddress { slug: None, .. }) | Self::Api | Self::Page => "same-origin",
        })
    }
}

impl RowsAddress {
    pub fn slug(&self) -> Result<&Slug, Error> {
        self.slug.as_ref().ok_or_else(|| Error::not_found("page"))
    }
}

impl RowsForm {
    /// The format; an error where there is no such format.
    pub fn format(&self) -> Result<Format, Error> {
        match self {
            Self::Json => Ok(Format::Json),
            Self::File(suffix) => Format::parse(suffix).ok_or_else(|| unknown_format(suffix)),
        }
    }
}

/// Slug and suffix of `{slug}[-text][.suffix]`. After a slug any suffix counts, elsewhere only that of a format.
fn parse_segment(segment: &str) -> (Option<Slug>, Option<String>) {
    let end = segment.find(['-', '.']).unwrap_or(segment.len());
    let (slug, rest) = segment.split_at(end);
    let slug = Slug::parse(slug);
    let suffix = rest.rsplit_once('.').map(|(_, suffix)| suffix);
    let suffix = suffix.filter(|suffix| slug.is_some() || Format::parse(suffix).is_some());
    (slug, suffix.map(str::to_owned))
}

/// Whether there is a slug anywhere in the path: also where no clip's address has it, such as before a `%2F`.
fn has_slug(uri: &Uri) -> bool {
    let path = percent_decode_str(uri.path()).decode_utf8_lossy();
    let mut words = path.split(|character: char| !character.is_ascii_lowercase());
    words.any(|word| Slug::parse(word).is_some())
}

fn unknown_format(suffix: &str) -> Error {
    Error::NotFound(format!(
        "There is no format “{suffix}”. A clip is available as {}.",
        Format::SUFFIXES.join(", ")
    ))
}

/// The pairs of a query string, decoded.
pub fn query_pairs(uri: &Uri) -> Parse<'_> {
    form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes())
}

/// The secret of a clip link in the query string, for spreadsheets, which cannot send headers.
pub fn access_token(uri: &Uri) -> Option<String> {
    let mut pairs = query_pairs(uri);
    let (_, secret) = pairs.find(|(name, _)| name == ACCESS_TOKEN)?;
    Some(secret.into_owned())
}

/// Path and query without the secret of a clip link, even if the parameter's name is percent-encoded.
pub fn without_access_token(uri: &Uri) -> String {
    let Some(query) = uri.query() else {
        return uri.path().to_owned();
    };
    let is_kept = |pair: &&str| {
        let mut decoded = form_urlencoded::parse(pair.as_bytes());
        decoded.all(|(name, _)| name != ACCESS_TOKEN)
    };
    let kept: Vec<&str> = query.split('&').filter(is_kept).collect();
    match kept.join("&") {
        none if none.is_empty() => uri.path().to_owned(),
        kept => format!("{}?{kept}", uri.path()),
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Address {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let parsed = parts.extensions.get().cloned();
        Ok(parsed.unwrap_or_else(|| Self::parse(&parts.uri)))
    }
}

/// 404 where the address cannot be a clip's.
impl<S: Send + Sync> FromRequestParts<S> for ClipAddress {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Error> {
        match Address::from_request_parts(parts, state).await {
            Ok(Address::Clip(address)) => Ok(address),
            Ok(Address::Rows(_) | Address::Api | Address::OneTimeLink | Address::Page) => {
                Err(Error::not_found("page"))
            }
        }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for RowsAddress {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Error> {
        match Address::from_request_parts(parts, state).await {
            Ok(Address::Rows(address)) => Ok(address),
            Ok(Address::Clip(_) | Address::Api | Address::OneTimeLink | Address::Page) => {
                Err(Error::not_found("page"))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SLUG: &str = "abcdefghijklmnopqrstuvwxyzab";

    fn parse(path: &str) -> Address {
        Address::parse(&path.parse().unwrap())
    }

    fn file(slug: Option<&str>, suffix: &str) -> Address {
        Address::Rows(RowsAddress {
            slug: slug.and_then(Slug::parse),
            form: RowsForm::File(suffix.to_owned()),
        })
    }

    #[test]
    fn a_suffix_requests_rows() {
        for (rest, suffix) in [
            (".csv", "csv"),
            ("-orders.by.day.xlsx", "xlsx"),
            (".", ""),
            (".pdf", "pdf"),
            ("-größe.json", "json"),
            ("-gr%C3%B6%C3%9Fe%2Ecsv", "csv"),
            ("-a.b.csv?version=2", "csv"),
            ("-%FF.csv", "csv"),
        ] {
            let path = format!("/{SLUG}{rest}").replace("größe", "gr%C3%B6%C3%9Fe");
            assert_eq!(parse(&path), file(Some(SLUG), suffix), "{path}");
        }
        for (segment, suffix) in [
            ("abc.csv", "csv"),
            (&format!("{SLUG}_x.csv"), "csv"),
            (&format!("{SLUG}x.json"), "json"),
        ] {
            let path = format!("/{segment}");
            assert_eq!(parse(&path), file(None, suffix), "{path}");
        }
    }

    #[test]
    fn windows_and_columns_are_rows_too() {
        for below in [
            "/rows?limit=1",
            "-text/rows",
            "/columns?columns=1",
            ".csv/rows",
        ] {
            let path = format!("/{SLUG}{below}");
            let Address::Rows(address) = parse(&path) else {
                panic!("{path}");
            };
            assert_eq!(address.form, RowsForm::Json, "{path}");
            assert!(address.slug().is_ok());
        }
    }

    #[test]
    fn every_other_address_with_a_slug_is_a_clips_page() {
        for rest in [
            "",
            "-text",
            "-",
            "?a=.csv",
            "/",
            "/run",
            "/rows/",
            "/rows/rows",
            "/columns/1",
            "/versions/1/restoration",
            ".csv/",
        ] {
            let path = format!("/{SLUG}{rest}");
            assert!(matches!(parse(&path), Address::Clip(_)), "{path}");
        }
        let encoded = format!("/%61{}", &SLUG[1..]);
        assert!(matches!(parse(&encoded), Address::Clip(_)), "{encoded}");
    }

    #[test]
    fn an_address_with_a_slug_is_sent_nowhere_however_it_is_encoded() {
        let encoded = format!("%61{}", &SLUG[1..]);
        for path in [
            format!("/{SLUG}"),
            format!("/{encoded}"),
            format!("/{encoded}-text%2Ecsv"),
            format!("/{encoded}%2Frows"),
            format!("//{SLUG}"),
            format!("/x/{SLUG}%00"),
        ] {
            let uri: Uri = path.parse().unwrap();
            let policy = Address::parse(&uri).referrer_policy(&uri);
            assert_eq!(policy, "no-referrer", "{path}");
        }
        let uri: Uri = "/databases/1?a=abcdefghijklmnopqrstuvwxyzab"
            .parse()
            .unwrap();
        assert_eq!(Address::parse(&uri).referrer_policy(&uri), "same-origin");
    }

    #[test]
    fn other_addresses_contain_no_slug() {
        for (path, address) in [
            ("/", Address::Page),
            ("/favicon.ico", Address::Page),
            (
                "/short/rows",
                Address::Rows(RowsAddress {
                    slug: None,
                    form: RowsForm::Json,
                }),
            ),
            ("/api", Address::Page),
            ("/enter", Address::Page),
            ("/%ff", Address::Page),
            ("/api/v1/clips", Address::Api),
            ("/api/openapi.json", Address::Api),
            ("/enter/secret", Address::OneTimeLink),
        ] {
            assert_eq!(parse(path), address, "{path}");
        }
    }

    #[test]
    fn an_access_token_is_found_and_removed_however_it_is_encoded() {
        for (query, token, rest) in [
            ("access-token=a", Some("a"), ""),
            (
                "version=2&access-token=a%5Fb&result=1",
                Some("a_b"),
                "?version=2&result=1",
            ),
            ("access%2Dtoken=a-b", Some("a-b"), ""),
            ("access%2dtok%65n=a+b&version=1", Some("a b"), "?version=1"),
            ("access-token", Some(""), ""),
            ("access-token=a&access-token=b", Some("a"), ""),
            ("access-token-x=a", None, "?access-token-x=a"),
            (
                "accesstoken=a&x=access-token=a",
                None,
                "?accesstoken=a&x=access-token=a",
            ),
            ("", None, ""),
        ] {
            let uri: Uri = format!("/x.csv?{query}").parse().unwrap();
            assert_eq!(access_token(&uri).as_deref(), token, "{query}");
            assert_eq!(
                without_access_token(&uri),
                format!("/x.csv{rest}"),
                "{query}"
            );
        }
        assert_eq!(access_token(&"/x.csv".parse().unwrap()), None);
    }
}
