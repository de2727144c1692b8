//! What responses with a clip's rows hold: the content type of each format, and the headers.

use serde_json::{Map, Value, json};

use super::call::Call;
use crate::encode::Format;

/// The number of the version, which the query has too.
const VERSION: (&str, &str) = ("X-Dataclips-Version", "The number of the version.");

/// The headers about the result.
const RESULT: [(&str, &str); 5] = [
    ("X-Dataclips-Result", "The number of the result."),
    ("X-Dataclips-Rows", "How many rows the whole result has."),
    (
        "X-Dataclips-Truncated",
        "`true` where the result ends at a limit of the server.",
    ),
    ("X-Dataclips-Started-At", "When the run began."),
    (
        "X-Dataclips-Checked-At",
        "When equal rows were last returned.",
    ),
];

/// Those that only rows from a database with followers have.
const SERVER: [(&str, &str); 2] = [
    (
        "X-Dataclips-Server",
        "`primary` or `follower`: the server of the database that returned these rows last. Only where the database has followers.",
    ),
    (
        "X-Dataclips-Behind-By",
        "How many bytes of the primary's write-ahead log that follower lacked.",
    ),
];

/// The other headers of a file.
const FILE: [(&str, &str); 3] = [
    (
        "ETag",
        "Of these bytes; for `If-None-Match` and `If-Range`.",
    ),
    (
        "Vary",
        "`Accept-Encoding`, and without a suffix also `Accept`.",
    ),
    ("X-Request-Id", "Names this request in the server's log."),
];

/// Only where the format cannot hold something.
const REPLACED: (&str, &str) = (
    "X-Dataclips-Replaced",
    "How many characters are U+FFFD, or in Parquet how many values are NULL, because the format cannot hold them.",
);

/// Other addresses belong to the pages.
const NO_CLIP: &str = "; a page if the address cannot be a clip's and has no known format.";

/// Adds what the macro of the routes cannot say: what follows from [`Format`], and which responses may be pages.
pub fn describe(description: &mut Value) {
    for call in Call::all(description) {
        match call.id() {
            "read_rows" => {
                describe_file(call.operation);
                call.operation["responses"]["401"] = protected();
                call.operation["responses"]["404"] =
                    page(&format!("There is no such clip, format or result{NO_CLIP}"));
            }
            "read_window" | "read_columns" => {
                call.operation["responses"]["200"]["headers"] =
                    with_server(headers(&[&[VERSION][..], &RESULT].concat()));
                call.operation["responses"]["401"] = protected();
            }
            "allow_other_sites" => {
                call.operation["responses"]["405"] =
                    page(&format!("The method is not accepted{NO_CLIP}"));
            }
            _ => {}
        }
    }
}

fn describe_file(operation: &mut Value) {
    let parameters = operation["parameters"].as_array_mut();
    let mut parameters = parameters.into_iter().flatten();
    if let Some(format) = parameters.find(|parameter| parameter["name"] == "format") {
        format["schema"]["enum"] = json!(Format::SUFFIXES);
    }
    let mut facts = with_server(headers(&[&[VERSION][..], &RESULT, &FILE].concat()));
    // The query as a file is no result.
    for (name, _) in RESULT {
        facts[name]["required"] = json!(false);
    }
    let (replaced, holds) = REPLACED;
    let replaced = (
        replaced,
        json!({"description": holds, "schema": {"type": "string"}}),
    );
    let contents: Value = Format::ALL.into_iter().map(content).collect();
    let responses = &mut operation["responses"];
    for status in ["200", "206", "304"] {
        responses[status]["headers"] = facts.clone();
    }
    for status in ["200", "206"] {
        responses[status]["content"] = contents.clone();
        responses[status]["headers"][replaced.0] = replaced.1.clone();
    }
}

fn protected() -> Value {
    let mut response = page("The clip is protected. Browsers get a page to sign in.");
    response["headers"] = headers(&[("WWW-Authenticate", "`Bearer`.")]);
    response
}

/// An error as JSON, or as a page.
fn page(description: &str) -> Value {
    let json = json!({"schema": {"$ref": "#/components/schemas/ErrorBody"}});
    let page = json!({"schema": {"type": "string"}});
    json!({"description": description, "content": {"application/json": json, "text/html": page}})
}

fn content(format: Format) -> (String, Value) {
    let schema = match format {
        Format::Json | Format::Geojson => json!({}),
        _ => json!({"type": "string"}),
    };
    (format.content_type().to_owned(), json!({"schema": schema}))
}

fn with_server(mut headers: Value) -> Value {
    for (name, holds) in SERVER {
        headers[name] = json!({"description": holds, "schema": {"type": "string"}});
    }
    headers
}

fn headers(named: &[(&str, &str)]) -> Value {
    let header = |(name, holds): &(&str, &str)| {
        let header = json!({"description": holds, "required": true, "schema": {"type": "string"}});
        ((*name).to_owned(), header)
    };
    Value::Object(named.iter().map(header).collect::<Map<_, _>>())
}
