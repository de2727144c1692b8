//! Markdown as HTML that nobody can harm a page with: raw HTML is text, nothing is loaded from elsewhere (images become
//! links), and links lead to http, https and mailto addresses only.

use askama::filters::{Html, Safe, escape};
use pulldown_cmark::{CowStr, Event, HeadingLevel, LinkType, Options, Parser, Tag, TagEnd, html};

const SCHEMES: [&str; 3] = ["http://", "https://", "mailto:"];

/// For templates.
pub fn to_html(text: &str) -> Safe<String> {
    let mut links = Links::default();
    let options = Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH;
    let events = Parser::new_ext(text, options).filter_map(|event| links.safe(event));
    let mut written = String::new();
    html::push_html(&mut written, events);
    Safe(written)
}

/// The links and images that are open, from the outermost; for each, whether it is written as a link.
#[derive(Default)]
struct Links(Vec<bool>);

impl Links {
    fn safe<'a>(&mut self, event: Event<'a>) -> Option<Event<'a>> {
        match event {
            Event::Html(text) | Event::InlineHtml(text) => Some(Event::Text(text)),
            Event::Start(Tag::Link {
                link_type: LinkType::Email,
                dest_url,
                ..
            }) => self.open(&format!("mailto:{dest_url}")),
            Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => {
                self.open(&dest_url)
            }
            Event::End(TagEnd::Link | TagEnd::Image) => self.close(),
            Event::Start(Tag::Heading { level, .. }) => Some(Event::Start(heading(below(level)))),
            Event::End(TagEnd::Heading(level)) => Some(Event::End(TagEnd::Heading(below(level)))),
            // Alignments would be inline styles.
            Event::Start(Tag::Table(_)) => Some(Event::Start(Tag::Table(Vec::new()))),
            other => Some(other),
        }
    }

    /// A link in a link is only its text.
    fn open<'a>(&mut self, address: &str) -> Option<Event<'a>> {
        let is_link = is_allowed(address) && !self.0.contains(&true);
        self.0.push(is_link);
        let address = escape(address, Html).ok()?;
        is_link.then(|| {
            let tag = format!(r#"<a href="{address}" rel="nofollow noopener">"#);
            Event::InlineHtml(CowStr::from(tag))
        })
    }

    fn close<'a>(&mut self) -> Option<Event<'a>> {
        let is_link = self.0.pop() == Some(true);
        is_link.then(|| Event::InlineHtml(CowStr::from("</a>")))
    }
}

fn is_allowed(address: &str) -> bool {
    let starts_with = |scheme: &&str| {
        let start = address.get(..scheme.len());
        start.is_some_and(|start| start.eq_ignore_ascii_case(scheme))
    };
    SCHEMES.iter().any(starts_with) && !address.chars().any(char::is_control)
}

fn heading<'a>(level: HeadingLevel) -> Tag<'a> {
    Tag::Heading {
        level,
        id: None,
        classes: Vec::new(),
        attrs: Vec::new(),
    }
}

/// The page has a heading of the first level already.
fn below(level: HeadingLevel) -> HeadingLevel {
    HeadingLevel::try_from(level as usize + 1).unwrap_or(HeadingLevel::H6)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The harmless cases: text that tries to be more than a text, and what is written.
    #[test]
    fn nothing_dangerous_is_written() {
        for (text, written) in [
            (
                "<script>alert(1)</script>",
                "&lt;script&gt;alert(1)&lt;/script&gt;",
            ),
            (
                "a <b onclick=x>b</b>",
                "<p>a &lt;b onclick=x&gt;b&lt;/b&gt;</p>\n",
            ),
            ("<!-- x -->", "&lt;!-- x --&gt;"),
            ("[a](javascript:alert(1))", "<p>a</p>\n"),
            ("[a](JaVaScRiPt:alert)", "<p>a</p>\n"),
            ("[a](java&#115;cript:alert)", "<p>a</p>\n"),
            ("[a](&#106;avascript&colon;alert)", "<p>a</p>\n"),
            ("[a](<java\tscript:alert>)", "<p>a</p>\n"),
            ("[a](<\u{1}javascript:alert>)", "<p>a</p>\n"),
            ("[a](vbscript:msgbox)", "<p>a</p>\n"),
            ("[a](data:text/html;base64,PHM+)", "<p>a</p>\n"),
            ("[a](file:///etc/passwd)", "<p>a</p>\n"),
            ("[a](//example.com)", "<p>a</p>\n"),
            ("[a](/sign-in)", "<p>a</p>\n"),
            ("[a](#main)", "<p>a</p>\n"),
            ("<javascript:alert(1)>", "<p>javascript:alert(1)</p>\n"),
            ("<data:text/html,x>", "<p>data:text/html,x</p>\n"),
            ("[a]\n\n[a]: javascript:alert(1)", "<p>a</p>\n"),
            ("[a][b]\n\n[b]: data:x \"t\"", "<p>a</p>\n"),
            ("![a](javascript:x)", "<p>a</p>\n"),
            ("![a](data:image/png;base64,AA)", "<p>a</p>\n"),
            ("`<img src=x>`", "<p><code>&lt;img src=x&gt;</code></p>\n"),
            ("&lt;script&gt;", "<p>&lt;script&gt;</p>\n"),
        ] {
            assert_eq!(to_html(text).0, written, "{text}");
        }
    }

    #[test]
    fn links_lead_to_the_web_and_to_mail() {
        let link = |address: &str, text: &str| {
            format!("<p><a href=\"{address}\" rel=\"nofollow noopener\">{text}</a></p>\n")
        };
        for (text, written) in [
            (
                "[a](https://example.com/?a=1&b=2)",
                link("https://example.com/?a=1&#38;b=2", "a"),
            ),
            (
                "[a](HTTP://example.com \"title\")",
                link("HTTP://example.com", "a"),
            ),
            (
                "[a](mailto:ann@example.com)",
                link("mailto:ann@example.com", "a"),
            ),
            (
                "<https://example.com>",
                link("https://example.com", "https://example.com"),
            ),
            (
                "<ann@example.com>",
                link("mailto:ann@example.com", "ann@example.com"),
            ),
            (
                "[a]\n\n[a]: https://example.com",
                link("https://example.com", "a"),
            ),
            (
                "![a *b*](https://example.com/a.png)",
                link("https://example.com/a.png", "a <em>b</em>"),
            ),
            (
                "[![a](https://b.example)](https://c.example)",
                link("https://c.example", "a"),
            ),
            (
                "[a](https://e.example/\"onclick=\"x)",
                link("https://e.example/&#34;onclick=&#34;x", "a"),
            ),
        ] {
            assert_eq!(to_html(text).0, written, "{text}");
        }
    }

    #[test]
    fn headings_stay_below_that_of_the_page_and_tables_need_no_style() {
        for (text, written) in [
            ("# a", "<h2>a</h2>\n"),
            ("###### a", "<h6>a</h6>\n"),
            ("~~a~~ **b**", "<p><del>a</del> <strong>b</strong></p>\n"),
            (
                "| a |\n| --: |\n| b |",
                "<table><thead><tr><th>a</th></tr></thead><tbody>\n<tr><td>b</td></tr>\n</tbody></table>\n",
            ),
        ] {
            assert_eq!(to_html(text).0, written, "{text}");
        }
    }
}
