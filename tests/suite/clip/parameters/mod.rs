//! The values of a query's blanks on pages: the form that asks for them, and everything that carries them along.

mod carried;
mod fixed_by_link;
mod fixed_types;
mod parameters_api;
mod settings;
mod switch;
mod values_form;
mod workbench;

use super::Analyst;
use crate::support::{Clip, Server};

/// Rows of two countries.
const SALES: &str = "select * from (values ('France', 1), ('Spain', 2), ('Spain', 3)) t (country, amount) \
    where country = {{country}}";

/// The page at the clip's address with this query string: its status and its text, with quotes as quotes.
async fn page(server: &Server, clip: &Clip, query: &str) -> (u16, String) {
    let path = format!("/{}{query}", clip.slug);
    let answer = server.anonymous().get(&path).await;
    let status = answer.status().as_u16();
    let text = answer.text().await.unwrap();
    (status, text.replace("&#39;", "'").replace("&#34;", "\""))
}

/// The tag of the form's field with this name.
fn field<'a>(page: &'a str, name: &str) -> &'a str {
    let at = page.find(&format!("id=\"value-{name}\""));
    let at = at.unwrap_or_else(|| panic!("no field {name}: {page}"));
    let start = page[..at].rfind('<').unwrap();
    let end = start + page[start..].find('>').unwrap();
    &page[start..=end]
}
