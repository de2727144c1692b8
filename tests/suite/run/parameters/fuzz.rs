//! Random texts of quotes, comments and braces: what we take for a blank, PostgreSQL takes for a parameter, and what we
//! take for text, PostgreSQL does.

use dataclips::run::parameters::Parameters;

use super::*;

/// Pieces whose order decides where quotes and comments begin and end.
const PIECES: [&str; 22] = [
    "'", "''", "\"", "$$", "$a$", "$a", "--", "\n", "/*", "*/", "E'", "\\", "\\'", "U&'", "x", " ",
    ",", "1", "b'", "e", "-", "::text",
];
const PAIRS: [(&str, &str); 8] = [
    ("", ""),
    ("", ""),
    ("", ""),
    ("'", "'"),
    ("E'", "'"),
    ("$a$", "$a$"),
    ("\"", "\""),
    ("/*", "*/1"),
];
const TEXTS: usize = 600;

/// A small generator, so that a failure can be run again.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % limit
    }

    fn text(&mut self) -> String {
        let (open, close) = PAIRS[self.below(PAIRS.len())];
        let mut text = format!("select {open}");
        for _ in 0..self.below(8) {
            text.push_str(PIECES[self.below(PIECES.len())]);
        }
        text.push_str(" {{x}} ");
        for _ in 0..self.below(8) {
            text.push_str(PIECES[self.below(PIECES.len())]);
        }
        text + close + " x"
    }
}

/// PostgreSQL stumbles over the first brace that is a token.
async fn stumbles_over_brace(visits: &Visits, sql: &str) -> Option<bool> {
    let failure = match visits
        .runner
        .prepare(&visits.target, sql, &ParameterTypes::default())
        .await
    {
        Ok(_) => return Some(false),
        Err(failure) => failure,
    };
    let brace = sql[..sql.find('{')?].chars().count() + 1;
    let is_at_brace = failure.position() == Some(brace);
    // Any other error may come before PostgreSQL has seen the brace.
    is_at_brace.then_some(true)
}

#[tokio::test(flavor = "multi_thread")]
async fn blanks_are_where_postgresql_sees_tokens() {
    let (_server, visits) = visits().await;
    let mut random = Random(20_261_129);
    let mut decided = [0, 0];
    for _ in 0..TEXTS {
        let with_blank = random.text();
        // A brace alone is no blank for us, and the same token for PostgreSQL.
        let with_brace = with_blank.replace("{{x}}", "{ x }");
        let Some(is_token) = stumbles_over_brace(&visits, &with_brace).await else {
            continue;
        };
        let has_blank = match Parameters::read(&with_blank) {
            Ok(parameters) => !parameters.is_empty(),
            Err(_) => true,
        };
        assert_eq!(has_blank, is_token, "{with_blank:?}");
        decided[usize::from(is_token)] += 1;
    }
    assert!(decided.iter().all(|count| *count >= 10), "{decided:?}");
}
