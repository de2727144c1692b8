//! `Accept` at a clip's address without a suffix: a client that names the type of one format gets that format, as if its
//! suffix were there. Every other client gets the page.

use axum::extract::Request;
use axum::http::header::{ACCEPT, VARY};
use axum::http::{HeaderMap, HeaderValue, Method, Uri};
use axum::middleware::Next;
use axum::response::Response;

use super::preferences;
use crate::encode::Format;
use crate::web::http::address::Address;

/// The types of a page. Browsers prefer them to `application/xml`, which is also a format's.
const PAGE: [&str; 2] = ["text/html", "application/xhtml+xml"];

/// Layer in front of all caches and routers, which see only the address with the suffix.
pub async fn by_accept(mut request: Request, next: Next) -> Response {
    if !request.method().is_safe() || !Address::is_bare(request.uri()) {
        return next.run(request).await;
    }
    let format = match *request.method() {
        // A preflight does not say what will be accepted, and its response is the same for every format.
        Method::OPTIONS => Some(Format::Json),
        _ => accepted(request.headers()),
    };
    if let Some(uri) = format.and_then(|format| with_suffix(request.uri(), format)) {
        *request.uri_mut() = uri;
    }
    let mut response = next.run(request).await;
    vary_by_accept(response.headers_mut());
    response
}

/// The only format whose type the client names, unless it wants pages at least as much. Of several weights the highest counts.
fn accepted(headers: &HeaderMap) -> Option<Format> {
    let (mut found, mut page): (Option<(Format, f32)>, f32) = (None, 0.0);
    for (name, weight) in preferences(headers, &ACCEPT).filter(|(_, weight)| *weight > 0.0) {
        if PAGE.contains(&&*name) {
            page = weight.max(page);
        } else if let Some(format) = Format::from_media_type(&name) {
            found = match found {
                Some((other, _)) if other != format => return None,
                Some((_, other)) => Some((format, weight.max(other))),
                None => Some((format, weight)),
            };
        }
    }
    let (format, weight) = found?;
    (weight > page).then_some(format)
}

fn with_suffix(uri: &Uri, format: Format) -> Option<Uri> {
    let mut parts = uri.clone().into_parts();
    let path = format!("{}.{}", uri.path(), format.extension());
    let path = match uri.query() {
        Some(query) => format!("{path}?{query}"),
        None => path,
    };
    parts.path_and_query = Some(path.parse().ok()?);
    Uri::from_parts(parts).ok()
}

/// Adds to what the response varies by already.
fn vary_by_accept(headers: &mut HeaderMap) {
    let names = headers.get_all(VARY).iter();
    let mut names: Vec<&str> = names.filter_map(|value| value.to_str().ok()).collect();
    names.push("Accept");
    if let Ok(names) = HeaderValue::try_from(names.join(", ")) {
        headers.insert(VARY, names);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BROWSER: &str =
        "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8";

    #[test]
    fn a_client_that_names_one_format_gets_it() {
        for (accept, format) in [
            ("application/json", Some(Format::Json)),
            ("text/csv", Some(Format::Csv)),
            ("TEXT/CSV; header=present", Some(Format::Csv)),
            ("text/csv; charset=utf-8; q=0.5", Some(Format::Csv)),
            ("text/csv;Q=0.5", Some(Format::Csv)),
            ("application/geo+json", Some(Format::Geojson)),
            ("text/markdown", Some(Format::Markdown)),
            ("application/sql", Some(Format::Sql)),
            ("application/json, text/plain, */*", Some(Format::Json)),
            (
                "application/json, application/json;q=0.5",
                Some(Format::Json),
            ),
            ("application/json, text/html;q=0.9", Some(Format::Json)),
            (
                "text/csv;q=0.5, text/html;q=0.4, text/csv;header=present;q=0.3",
                Some(Format::Csv),
            ),
            (
                "text/csv;q=0.3, text/html;q=0.4, text/csv;header=present;q=0.5",
                Some(Format::Csv),
            ),
            (r#"text/csv;a="b;q=0""#, Some(Format::Csv)),
            (
                r#"text/csv;a="b\";q=0, text/html";q=0.5"#,
                Some(Format::Csv),
            ),
            (r#"text/csv;a="\\";q=0"#, None),
            (r#"text/csv;a="b, text/csv"#, Some(Format::Csv)),
            ("text/csv;q=0.1, text/html;q=2", Some(Format::Csv)),
            ("text/csv;q=2", None),
            ("text/csv;q=inf", None),
            ("text/csv;q=NaN", None),
            ("text/csv;q=-1", None),
            ("application/json;q=0, text/csv", Some(Format::Csv)),
            ("application/json, text/csv;q=0", Some(Format::Json)),
            ("application/json, text/html;q=0", Some(Format::Json)),
            ("application/json;q=0", None),
            ("application/json;q=nonsense", None),
            ("application/json, text/csv", None),
            ("application/json, text/csv;q=0.1", None),
            ("application/json, text/html", None),
            ("application/json;q=0.5, text/html;q=0.6", None),
            ("application/*", None),
            ("text/*", None),
            ("*/*", None),
            ("", None),
            ("json", None),
            ("image/png", None),
            ("text/html", None),
            (BROWSER, None),
            (
                "application/xml,application/xhtml+xml,text/html;q=0.9,*/*;q=0.5",
                None,
            ),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(ACCEPT, HeaderValue::from_static(accept));
            assert_eq!(accepted(&headers), format, "{accept:?}");
        }
        assert_eq!(accepted(&HeaderMap::new()), None);
        let mut several = HeaderMap::new();
        several.append(ACCEPT, HeaderValue::from_static("text/plain"));
        several.append(ACCEPT, HeaderValue::from_static("text/csv"));
        assert_eq!(accepted(&several), Some(Format::Csv));
    }

    #[test]
    fn every_format_is_found_by_its_type() {
        for format in Format::ALL {
            let mut headers = HeaderMap::new();
            let content_type = HeaderValue::from_static(format.content_type());
            headers.insert(ACCEPT, content_type);
            assert_eq!(accepted(&headers), Some(format));
        }
    }

    #[test]
    #[cfg(feature = "parquet")]
    fn the_docs_have_every_type() {
        let line = |format: Format| {
            let name = format.content_type().split(';').next().unwrap_or_default();
            format!("| `.{}` | `{name}` |\n", format.extension())
        };
        let table: String = Format::ALL.into_iter().map(line).collect();
        let docs = include_str!("../../../../docs/formats.md");
        let table = format!("| suffix | `Accept` |\n| --- | --- |\n{table}\n");
        assert!(docs.contains(&table), "{table}");
    }

    #[test]
    fn the_suffix_comes_before_the_query_string() {
        for (address, expected) in [
            ("/abc", "/abc.md"),
            ("/abc-x?version=2&a=b", "/abc-x.md?version=2&a=b"),
            ("http://host:1/abc-", "http://host:1/abc-.md"),
        ] {
            let uri = with_suffix(&address.parse().unwrap(), Format::Markdown).unwrap();
            assert_eq!(uri.to_string(), expected);
        }
    }
}
