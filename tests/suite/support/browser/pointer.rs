//! Using a page with a mouse.

use fantoccini::Locator;
use fantoccini::actions::{InputSource, MouseActions, PointerAction};
use fantoccini::elements::Element;

use super::Browser;
use super::find::literal;

const BUTTON: u64 = 0;

impl Browser {
    /// A cell by its text.
    pub async fn click_cell(&self, text: &str) {
        let clicked = self.cell(text).await.click().await;
        self.done(clicked, &format!("click the cell “{text}”"))
            .await;
    }

    pub async fn double_click_cell(&self, text: &str) {
        let element = self.cell(text).await;
        let twice = [down(), up(), down(), up()];
        let strokes = twice.into_iter().fold(
            MouseActions::new("mouse".to_owned()).then(over(&element)),
            InputSource::then,
        );
        self.client.perform_actions(strokes).await.unwrap();
    }

    /// From one cell to another, the button held down.
    pub async fn drag_over_cells(&self, from: &str, to: &str) {
        let (from, to) = (self.cell(from).await, self.cell(to).await);
        let strokes = MouseActions::new("mouse".to_owned())
            .then(over(&from))
            .then(down())
            .then(over(&to))
            .then(up());
        self.client.perform_actions(strokes).await.unwrap();
    }

    /// To the right, or with a minus to the left, from the middle of what the selector finds.
    pub async fn drag_sideways(&self, selector: &str, pixels: f64) {
        let element = self.client.find(Locator::Css(selector)).await.unwrap();
        let strokes = MouseActions::new("mouse".to_owned())
            .then(over(&element))
            .then(down())
            .then(PointerAction::MoveBy {
                duration: None,
                x: pixels,
                y: 0.0,
            })
            .then(up());
        self.client.perform_actions(strokes).await.unwrap();
    }

    async fn cell(&self, text: &str) -> Element {
        let path = format!("//td[normalize-space()={}]", literal(text));
        self.element(&path, &format!("cell “{text}”")).await
    }
}

fn over(element: &Element) -> PointerAction {
    PointerAction::MoveToElement {
        element: element.clone(),
        duration: None,
        x: 0.0,
        y: 0.0,
    }
}

fn down() -> PointerAction {
    PointerAction::Down { button: BUTTON }
}

fn up() -> PointerAction {
    PointerAction::Up { button: BUTTON }
}
