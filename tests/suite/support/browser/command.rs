//! The WebDriver commands that fantoccini has no method for.

use fantoccini::wd::WebDriverCompatibleCommand;
use reqwest::{Method, Url};
use serde_json::{Value, json};

#[derive(Debug)]
pub enum Command {
    /// A method of Chromium's DevTools protocol, with its parameters.
    DevTools(&'static str, Value),
    /// The browser's console since it was last read.
    Log,
    /// The accessible name of an element.
    Label(String),
}

impl WebDriverCompatibleCommand for Command {
    fn endpoint(
        &self,
        base: &Url,
        session: Option<&str>,
    ) -> Result<Url, <Url as std::str::FromStr>::Err> {
        let path = match self {
            Self::DevTools(..) => "goog/cdp/execute".to_owned(),
            Self::Log => "se/log".to_owned(),
            Self::Label(element) => format!("element/{element}/computedlabel"),
        };
        base.join(&format!("session/{}/{path}", session.unwrap_or_default()))
    }

    fn method_and_body(&self, _: &Url) -> (Method, Option<String>) {
        let body = match self {
            Self::DevTools(method, parameters) => json!({"cmd": method, "params": parameters}),
            Self::Log => json!({"type": "browser"}),
            Self::Label(_) => return (Method::GET, None),
        };
        (Method::POST, Some(body.to_string()))
    }
}
