//! The errors of the API: each is described once, and added to every call that may respond with it.

use serde_json::{Map, Value, json};

use super::call::Call;

struct ErrorResponse {
    status: u16,
    name: &'static str,
    description: &'static str,
    /// A header that it always has, with its description.
    header: Option<(&'static str, &'static str)>,
    is_of: fn(&Call) -> bool,
}

const RETRY_AFTER: (&str, &str) = ("Retry-After", "Seconds after which to try again.");

/// In the order of their statuses.
const ERRORS: [ErrorResponse; 19] = [
    ErrorResponse::new(
        400,
        "BadRequest",
        "The path, query string, body or `Host` header cannot be read.",
        |_| true,
    ),
    ErrorResponse::new(
        401,
        "Unauthenticated",
        "There is no valid token, or none that opens this clip.",
        |call| call.takes_token(),
    )
    .with_header(("WWW-Authenticate", "`Bearer`.")),
    ErrorResponse::new(
        403,
        "Forbidden",
        "The user or the token's scopes do not allow this, or another site's page sent the request.",
        |call| call.takes_token(),
    ),
    ErrorResponse::new(
        404,
        "NotFound",
        "It does not exist, or you may not see it.",
        |call| call.names_something(),
    ),
    ErrorResponse::new(
        406,
        "NotAcceptable",
        "`Accept-Encoding` refuses every coding that the server has.",
        |_| true,
    ),
    ErrorResponse::new(
        408,
        "TooSlow",
        "The body did not arrive in time. The connection is closed.",
        |call| call.has_body(),
    ),
    ErrorResponse::new(
        409,
        "Conflict",
        "It cannot be done in the current state, or the run was cancelled.",
        |call| call.is_change() || call.runs_query(),
    ),
    ErrorResponse::new(
        410,
        "Gone",
        "The clip was removed, or the rows of this result were.",
        |call| call.is_of_clip(),
    ),
    ErrorResponse::new(
        412,
        "ResultGone",
        "The range continues an earlier response, which is no longer held. Fetch the file from the beginning.",
        |call| call.is_file(),
    ),
    ErrorResponse::new(
        413,
        "TooLong",
        "The body is longer than the server accepts.",
        |call| call.has_body(),
    ),
    ErrorResponse::new(
        414,
        "AddressTooLong",
        "The address is longer than the server accepts. The response has no body.",
        |_| true,
    ),
    ErrorResponse::new(
        416,
        "OutsideFile",
        "The file has no byte in the requested range.",
        |call| call.is_file(),
    )
    .with_header((
        "Content-Range",
        "The length of the file, as in `bytes */1234`.",
    )),
    ErrorResponse::new(
        422,
        "Invalid",
        "A value is not accepted, or PostgreSQL refuses the query.",
        |call| call.has_body() || call.runs_query() || call.is_of_rows(),
    ),
    ErrorResponse::new(
        429,
        "TooMany",
        "There were too many such requests in a short time.",
        |call| call.is_limited(),
    )
    .with_header(RETRY_AFTER),
    ErrorResponse::new(
        431,
        "HeadersTooLong",
        "The headers are longer than the server accepts. The response has no body.",
        |_| true,
    ),
    ErrorResponse::new(
        500,
        "Internal",
        "Something went wrong on our side. The log has the details.",
        |_| true,
    ),
    ErrorResponse::new(
        503,
        "Unavailable",
        "The server, its store or the queried database cannot be reached, or is busy.",
        |_| true,
    )
    .with_header(RETRY_AFTER),
    ErrorResponse::new(
        504,
        "Timeout",
        "The query took too long, or its database stopped responding.",
        |call| call.runs_query(),
    ),
    ErrorResponse::new(507, "NoRoom", "A disk of the server is full.", |call| {
        call.is_change() || call.runs_query()
    }),
];

/// Adds the errors to a description. A call that describes one itself keeps its own.
pub fn describe(description: &mut Value) {
    for call in Call::all(description) {
        let errors: Map<String, Value> = ERRORS
            .iter()
            .filter(|error| (error.is_of)(&call))
            .map(|error| (error.status.to_string(), error.reference()))
            .collect();
        if let Some(responses) = call.operation["responses"].as_object_mut() {
            for (status, reference) in errors {
                responses.entry(status).or_insert(reference);
            }
        }
    }
    description["components"]["responses"] = ERRORS
        .iter()
        .map(|error| (error.name.to_owned(), error.response()))
        .collect();
}

impl ErrorResponse {
    const fn new(
        status: u16,
        name: &'static str,
        description: &'static str,
        is_of: fn(&Call) -> bool,
    ) -> Self {
        Self {
            status,
            name,
            description,
            header: None,
            is_of,
        }
    }

    const fn with_header(self, header: (&'static str, &'static str)) -> Self {
        Self {
            header: Some(header),
            ..self
        }
    }

    fn reference(&self) -> Value {
        json!({"$ref": format!("#/components/responses/{}", self.name)})
    }

    fn response(&self) -> Value {
        let mut response = json!({"description": self.description});
        // The HTTP library writes these itself, without a body.
        if !matches!(self.status, 414 | 431) {
            let schema = json!({"$ref": "#/components/schemas/ErrorBody"});
            response["content"] = json!({"application/json": {"schema": schema}});
        }
        if let Some((name, holds)) = self.header {
            let header =
                json!({"description": holds, "required": true, "schema": {"type": "string"}});
            response["headers"] = json!({name: header});
        }
        response
    }
}
