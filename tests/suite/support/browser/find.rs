//! Finds elements by the names that visitors see.

use fantoccini::Locator;
use fantoccini::elements::Element;

use super::Browser;
use super::command::Command;

const FIELDS: &str = "input:not([type=hidden]), textarea, select, [contenteditable=true]";

impl Browser {
    pub(super) async fn link(&self, name: &str) -> Element {
        let is_it = is_named(name);
        let path = format!("//a[@href][{is_it}]");
        self.element(&path, &format!("link “{name}”")).await
    }

    pub(super) async fn button(&self, name: &str) -> Element {
        let (is_it, value) = (is_named(name), literal(name));
        let path = format!(
            "//*[self::button or self::summary or @role='button'][{is_it}] | //input[@type='submit' or @type='button'][@value={value}]"
        );
        self.element(&path, &format!("button “{name}”")).await
    }

    /// By its label.
    pub(super) async fn field(&self, name: &str) -> Element {
        let found = self.until(async || {
            for field in self.client.find_all(Locator::Css(FIELDS)).await.ok()? {
                if self.label(&field).await.as_deref() == Some(name)
                    && field.is_displayed().await.ok()?
                {
                    return Some(field);
                }
            }
            None
        });
        match found.await {
            Some(field) => field,
            None => self.fail(&format!("there is no field “{name}”")).await,
        }
    }

    pub(super) async fn label(&self, element: &Element) -> Option<String> {
        let command = Command::Label(element.element_id().to_string());
        let label = self.client.issue_cmd(command).await.ok()?;
        // Chromium 148 computes “Query ” for `<label>Query <textarea>`.
        label.as_str().map(|label| label.trim().to_owned())
    }

    pub(super) async fn option(&self, field: &Element, label: &str, name: &str) -> Element {
        let path = format!(".//option[normalize-space()={}]", literal(name));
        let found = self.until(async || field.find(Locator::XPath(&path)).await.ok());
        match found.await {
            Some(option) => option,
            None => {
                self.fail(&format!("“{label}” has no option “{name}”"))
                    .await
            }
        }
    }

    /// The first that shows.
    pub(super) async fn element(&self, path: &str, what: &str) -> Element {
        let found = self.until(async || {
            for element in self.client.find_all(Locator::XPath(path)).await.ok()? {
                if element.is_displayed().await.ok()? {
                    return Some(element);
                }
            }
            None
        });
        match found.await {
            Some(element) => element,
            None => self.fail(&format!("there is no {what}")).await,
        }
    }
}

fn is_named(name: &str) -> String {
    let name = literal(name);
    format!("normalize-space()={name} or @aria-label={name}")
}

/// XPath 1.0 has no escapes: a text with quotes is put together from parts.
pub(super) fn literal(text: &str) -> String {
    let parts: Vec<String> = text.split('"').map(|part| format!("\"{part}\"")).collect();
    format!("concat({}, '')", parts.join(", '\"', "))
}
