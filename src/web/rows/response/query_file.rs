//! `GET /{slug}.sql`: the query of a version, byte for byte, below a comment that says where it is from. Nothing runs.

use std::sync::Arc;

use axum::http::HeaderMap;
use axum::response::Response;

use super::file::{self, File};
use crate::encode::{Format, write_coded};
use crate::error::Error;
use crate::model::{StoredResult, Version};
use crate::run::Parameters;
use crate::web::app::App;
use crate::web::http::accept::content_coding;
use crate::web::http::etag::ETag;
use crate::web::http::url;
use crate::web::rows::headers;
use crate::web::rows::open_clip::OpenClip;
use crate::web::rows::query::RowsQuery;
use crate::web::rows::source::stored_version;

pub async fn send(
    app: &App,
    open: &OpenClip,
    query: &RowsQuery,
    request: &HeaderMap,
) -> Result<Response, Error> {
    let clip = &open.clip;
    let version = stored_version(app, clip, query.version).await?;
    let Some(sql) = clip.sql(&version) else {
        let reason = match clip.show_sql {
            true => "A link that fixes values opens rows, and not the query.",
            false => "The owner of this clip does not show its query. Ask them to show it.",
        };
        return Err(Error::Forbidden(reason.to_owned()));
    };
    if let Some(result) = query.result {
        StoredResult::find(&app.store, clip.number, version.number, result).await?;
    }
    let path = url::version(clip, version.number);
    let address = format!("{}{path}", app.settings.public_url);
    let text = format!("{}\n{sql}", comment(open, &version, &address));
    let coding = content_coding::negotiate(request);
    let etag = ETag::of_bytes(text.as_bytes(), coding);
    let mut headers = HeaderMap::new();
    file::tag(&mut headers, &etag);
    headers::name_version(&mut headers, version.number);
    if etag.matches(request) {
        return Ok(file::not_modified(headers));
    }
    let body = write_coded(text.as_bytes(), coding, &app.memory).map_err(Error::internal)?;
    let file = File {
        format: Format::Sql,
        title: &clip.title,
        coding,
        etag: &etag,
    };
    file.send(request, headers, &Arc::new(body))
}

fn comment(open: &OpenClip, version: &Version, address: &str) -> String {
    let mut comment = String::new();
    let mut add = |label: &str, text: &str| comment += &line(label, text);
    add("Title", &open.clip.title);
    add("URL", address);
    add("Version", &version.number.to_string());
    add("Database", &version.database_name);
    match &version.author {
        Some(author) if open.is_signed_in => add("Author", &author.to_string()),
        Some(_) => add("Author", "shown to people who are signed in"),
        None => {}
    }
    for parameter in parameters(&version.parameters().unwrap_or_default()) {
        add("Parameter", &parameter);
    }
    comment
}

/// `country = France`, `city, may be empty`
fn parameters(parameters: &Parameters) -> Vec<String> {
    let described = parameters.iter().map(|parameter| {
        let default = parameter.default.as_ref();
        let default = default.map(|default| format!(" = {default}"));
        let nullable = if parameter.is_nullable {
            ", may be empty"
        } else {
            ""
        };
        format!(
            "{}{}{nullable}",
            parameter.name,
            default.unwrap_or_default()
        )
    });
    described.collect()
}

/// A line of the comment, which no text can end: a line break would make SQL of the rest.
fn line(label: &str, text: &str) -> String {
    let ends_line =
        |character: char| character.is_control() || matches!(character, '\u{2028}' | '\u{2029}');
    format!("-- {label}: {}\n", text.replace(ends_line, " "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_ends_a_line_of_the_comment() {
        for text in [
            "a\nselect 1",
            "a\r\nselect 1",
            "a\rselect 1",
            "a */ select 1",
            "a\u{85}b\u{2028}c\u{2029}d\u{b}e\u{c}f\0g\u{1b}[2Jh\u{7f}",
            "-- \\! ls",
            "",
        ] {
            let line = line("Title", text);
            let inner = line.strip_prefix("-- Title: ").unwrap();
            let inner = inner.strip_suffix('\n').unwrap();
            assert!(!inner.contains(char::is_control), "{line:?}");
            assert_eq!(inner.chars().count(), text.chars().count(), "{line:?}");
            assert_eq!(line.lines().count(), 1);
        }
    }

    #[test]
    fn parameters_are_described_with_their_defaults() {
        let read = Parameters::read("select {{a}}, {{b = x y}}, {{c?}}").unwrap();
        assert_eq!(parameters(&read), ["a", "b = x y", "c, may be empty"]);
    }
}
