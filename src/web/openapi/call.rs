//! What kind of call a described one is, from which its errors and the links to it follow.

use serde_json::Value;

/// One method of one path.
pub struct Call<'a> {
    method: &'a str,
    pub path: &'a str,
    pub operation: &'a mut Value,
}

impl Call<'_> {
    /// Every call of a description, with its operation to complete.
    pub fn all(description: &mut Value) -> impl Iterator<Item = Call<'_>> {
        let paths = description["paths"].as_object_mut().into_iter().flatten();
        paths.flat_map(|(path, item)| {
            let operations = item.as_object_mut().into_iter().flatten();
            operations.map(|(method, operation)| Call {
                method,
                path,
                operation,
            })
        })
    }

    pub fn id(&self) -> &str {
        self.operation["operationId"].as_str().unwrap_or_default()
    }

    /// Whether a token is needed, or may be.
    pub fn takes_token(&self) -> bool {
        let alternatives = self.operation["security"].as_array();
        alternatives.is_none_or(|alternatives| {
            let mut alternatives = alternatives.iter();
            alternatives.any(|one| one.as_object().is_some_and(|one| !one.is_empty()))
        })
    }

    pub fn is_change(&self) -> bool {
        !matches!(self.method, "get" | "options")
    }

    pub fn has_body(&self) -> bool {
        self.operation.get("requestBody").is_some()
    }

    /// Whether its path or body names something that may not exist.
    pub fn names_something(&self) -> bool {
        self.path.contains('{') || self.is_of_clip()
    }

    /// Whether it is about a clip; a preview may be of a clip's next version.
    pub fn is_of_clip(&self) -> bool {
        self.path.contains("{slug}") || self.id() == "preview"
    }

    /// Whether it reads a clip's rows, as scripts on other sites may.
    pub fn is_of_rows(&self) -> bool {
        self.path.starts_with("/{slug}")
    }

    /// Whether it returns a file of rows.
    pub fn is_file(&self) -> bool {
        self.id() == "read_rows"
    }

    pub fn runs_query(&self) -> bool {
        let runs = [
            "read_rows",
            "create_clip",
            "pin_clip",
            "preview",
            "read_schema",
        ];
        runs.contains(&self.id())
    }

    /// Whether the number of such requests is limited.
    pub fn is_limited(&self) -> bool {
        let limited = [
            "read_rows",
            "preview",
            "change_access",
            "create_person_link",
            "invite_person",
        ];
        limited.contains(&self.id())
    }
}
