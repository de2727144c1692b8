//! Using a page with the keyboard alone.

use fantoccini::actions::{InputSource, KeyAction, KeyActions};
use fantoccini::key::Key;

use super::Browser;

/// More stops than a page has.
const STOPS_MAX: usize = 300;

impl Browser {
    /// Presses a key where the focus is: `Key::Tab`, `Key::Enter`, a letter.
    pub async fn press_key(&self, key: impl Into<char>) {
        self.press_keys(&[key.into()]).await;
    }

    /// For example `Key::Control` and `Key::Enter`.
    pub async fn hold_and_press(&self, held: Key, key: impl Into<char>) {
        self.press_keys(&[held.into(), key.into()]).await;
    }

    /// Key by key, wherever the focus is.
    pub async fn type_text(&self, text: &str) {
        for key in text.chars() {
            self.press_key(key).await;
        }
    }

    /// The accessible name of the focused element; empty if there is none.
    pub async fn focus(&self) -> String {
        let Ok(element) = self.client.active_element().await else {
            return String::new();
        };
        self.label(&element).await.unwrap_or_default()
    }

    /// Presses Tab until the element with this name has the focus.
    pub async fn tab_to(&self, name: &str) {
        let mut passed = Vec::new();
        for _ in 0..STOPS_MAX {
            self.press_key(Key::Tab).await;
            let focus = self.focus().await;
            if focus == name {
                return;
            }
            passed.push(focus);
        }
        passed.truncate(40);
        let sentence = format!("Tab does not lead to “{name}”, but to {passed:?}");
        self.fail(&sentence).await
    }

    /// All down in this order, then up again.
    async fn press_keys(&self, keys: &[char]) {
        let down = keys.iter().map(|&value| KeyAction::Down { value });
        let up = keys.iter().rev().map(|&value| KeyAction::Up { value });
        let strokes = down
            .chain(up)
            .fold(KeyActions::new("keyboard".to_owned()), InputSource::then);
        self.client.perform_actions(strokes).await.unwrap();
    }
}
