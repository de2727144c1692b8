//! axe-core, installed by npm in tests/browser: the accessibility issues of a page.

use std::fs;
use std::sync::LazyLock;

use serde::Deserialize;
use serde_json::{Value, json};

use super::Browser;

const SOURCE: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/tests/browser/node_modules/axe-core/axe.min.js"
);

/// WCAG 2.2 AA, and axe's own best practices.
const RULES: [&str; 6] = [
    "wcag2a",
    "wcag2aa",
    "wcag21a",
    "wcag21aa",
    "wcag22aa",
    "best-practice",
];

/// The only rules that a page may fail in dark but pass in light.
const RULES_OF_COLOURS: [&str; 2] = ["color-contrast", "link-in-text-block"];

const RUN: &str = "
    const [options, done] = arguments;
    axe.run(document, options).then(({violations}) => done({violations}), error => done({error: String(error)}));
";

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Outcome {
    Violations(Vec<Violation>),
    Error(String),
}

#[derive(Deserialize)]
struct Violation {
    id: String,
    impact: Option<Impact>,
    help: String,
    nodes: Vec<Node>,
}

#[derive(Deserialize, PartialEq)]
#[serde(rename_all = "lowercase")]
enum Impact {
    Minor,
    Moderate,
    Serious,
    Critical,
}

#[derive(Deserialize)]
struct Node {
    target: serde_json::Value,
}

impl Browser {
    /// Issues of the page as it is now.
    pub async fn has_no_serious_axe_issue(&self) {
        let issues = self.serious_axe_issues().await;
        self.has_none(issues).await;
    }

    /// The same for colours alone: enough for the dark form of a page whose light form was checked.
    pub async fn has_no_serious_axe_issue_of_colours(&self) {
        let issues = self.issues(json!({
            "runOnly": {"type": "rule", "values": RULES_OF_COLOURS},
            "resultTypes": ["violations"],
        }));
        self.has_none(issues.await).await;
    }

    async fn has_none(&self, issues: Vec<String>) {
        if !issues.is_empty() {
            let sentence = format!("axe has serious issues:\n{}\n", issues.join("\n"));
            self.fail(&sentence).await;
        }
    }

    /// `rule: target: help`, one for each place.
    pub async fn serious_axe_issues(&self) -> Vec<String> {
        self.issues(json!({
            "runOnly": {"type": "tag", "values": RULES},
            "rules": {"target-size": {"enabled": true}},
            "resultTypes": ["violations"],
        }))
        .await
    }

    async fn issues(&self, options: Value) -> Vec<String> {
        assert!(self.device.has_javascript(), "axe runs where pages may");
        if self.evaluate("typeof axe").await == "undefined" {
            self.client.execute(source(), vec![]).await.unwrap();
        }
        let outcome = self.client.execute_async(RUN, vec![options]).await.unwrap();
        let violations = match serde_json::from_value(outcome).unwrap() {
            Outcome::Violations(violations) => violations,
            Outcome::Error(error) => panic!("axe failed: {error}"),
        };
        let serious = violations.iter().filter(|violation| violation.is_serious());
        serious.flat_map(Violation::places).collect()
    }
}

impl Violation {
    fn is_serious(&self) -> bool {
        matches!(self.impact, Some(Impact::Serious | Impact::Critical))
    }

    fn places(&self) -> impl Iterator<Item = String> {
        let places = self.nodes.iter();
        places.map(|node| format!("{}: {}: {}", self.id, node.target, self.help))
    }
}

fn source() -> &'static str {
    static TEXT: LazyLock<Option<String>> = LazyLock::new(|| fs::read_to_string(SOURCE).ok());
    TEXT.as_deref().expect(
        "The browser tests need axe-core: `make test` fetches it, or `npm ci` in tests/browser.",
    )
}
