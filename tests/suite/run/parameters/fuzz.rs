//! Random texts of quotes, comments and braces: what we take for a blank, PostgreSQL takes for a token, and what we take for
//! text, PostgreSQL does.

use std::time::{Duration, Instant, SystemTime};

use dataclips::run::parameters::Parameters;
use futures_util::future::join_all;
use tokio_postgres::Client;
use tokio_postgres::error::{DbError, ErrorPosition, SqlState};

use super::*;

const TEXTS: usize = 4_000;
const LONG: Duration = Duration::from_secs(600);
/// Texts that PostgreSQL gets in one round trip.
const AT_ONCE: usize = 64;

/// In the text that PostgreSQL gets, each blank is a brace with a word: as long, and the same for its scanner.
const BLANK: &str = "{{x}}";
const BRACE: &str = "{ x }";
const SPACES: &str = "     ";

const SEPARATORS: [&str; 18] = [
    ",",
    ",",
    ",",
    " , ",
    "||",
    "-",
    "*-",
    "@-",
    "+",
    "//",
    "\n,\n",
    "\r,\u{c}",
    ",--'\n",
    "*--\"\r",
    "@/*'*/",
    ",/**/",
    "-/*-*/-",
    " as é$$, ",
];
/// Between the quotes of one string, or of two.
const CONTINUATIONS: [&str; 10] = [
    "\n",
    "\r",
    " \t\n",
    "--c'\n",
    "\n--'\r\u{c}",
    "\n\n",
    " ",
    "/**/\n",
    "\u{b}\n",
    "\n\u{a0}",
];
const TAGS: [&str; 6] = ["$$", "$a$", "$é$", "$_1$", "$aé1$", "$\u{a0}$"];
const INSIDE: [&str; 22] = [
    "a", " ", "\"", "''", "\\", "\\\\", "$$", "$a$", "$a", "$", "--", "/*", "*/", "\n", "\r", "é",
    "1", "*", "/", "E", "U&", BLANK,
];
const INSIDE_ESCAPES: [&str; 8] = ["\\'", "\\\\", "\\\n", "''", "\"", "\\n", "$$", BLANK];
const INSIDE_COMMENTS: [&str; 12] = [
    "'", "\"", "$$", "--", "\n", "/**/", "/*/**/*/", "*", "/ ", "/*-*/", "é", BLANK,
];
const NUMBERS: [&str; 12] = [
    "1", "1.5", ".5", "1.", "1e5", "1e+5", "0x1F", "1_000", "1a$$", "1.a$a$", "1é$$", "1 ",
];
const WORDS: [&str; 8] = ["x", "a$$", "é$é$", "_$1$", "e", "u&x", "null", "xE"];
/// What a mutation adds.
const PIECES: [&str; 30] = [
    "'", "''", "\"", "$$", "$a$", "$a", "$", "--", "\n", "\r", "/*", "*/", "*", "/", "E'", "e'",
    "\\", "\\'", "U&'", "U&\"", "N'", "b'", "x'", "1", "1e", "x", "é", ",", "$1", BLANK,
];

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

    fn one(&mut self, of: &[&'static str]) -> &'static str {
        of[self.below(of.len())]
    }

    /// Mostly a query; a few have a piece too much or too little.
    fn text(&mut self) -> String {
        let mut pieces = vec!["select "];
        for _ in 0..=self.below(4) {
            self.add_item(&mut pieces);
            let separator = self.one(&SEPARATORS);
            pieces.push(separator);
        }
        let last = self.one(&["1", BLANK]);
        pieces.extend([" ", last, " "]);
        for _ in 0..[0, 0, 0, 1, 2][self.below(5)] {
            let place = 1 + self.below(pieces.len() - 1);
            match self.below(3) {
                0 => drop(pieces.remove(place)),
                _ => pieces.insert(place, self.one(&PIECES)),
            }
        }
        pieces.concat()
    }

    fn add_item(&mut self, pieces: &mut Vec<&'static str>) {
        match self.below(12) {
            0 | 1 => self.add_strings(pieces, &["'"], &INSIDE),
            2 | 3 => self.add_strings(pieces, &["E'", "e'"], &INSIDE_ESCAPES),
            4 => {
                let inside = ["a", "''", "\"", "$$", "--", BLANK];
                self.add_strings(pieces, &["U&'", "u&'", "N'", "n'"], &inside);
                pieces.push(self.one(&["", "", " UESCAPE '!'", "--\nuescape\n'^'"]));
            }
            5 => self.add_strings(pieces, &["B'", "b'", "X'", "x'"], &["0", "1", "01", BLANK]),
            6 => {
                pieces.extend([self.one(&["\"", "U&\""]), "a"]);
                self.add_inside(pieces, &["\"\"", "'", "$$", "--", "/*", BLANK]);
                pieces.push("\"");
            }
            7 => {
                let tag = self.one(&TAGS);
                pieces.push(tag);
                self.add_inside(pieces, &INSIDE);
                pieces.push(tag);
            }
            8 => pieces.push(self.one(&NUMBERS)),
            9 => pieces.push(self.one(&WORDS)),
            10 => {
                pieces.push("/*");
                self.add_inside(pieces, &INSIDE_COMMENTS);
                pieces.extend([self.one(&["*/", "**/", "/**/*/", "/*/**/*/*/"]), "1"]);
            }
            _ => {
                pieces.push("--");
                self.add_inside(pieces, &["'", "\"", "$$", "*/", "/*", "é", BLANK]);
                pieces.extend([self.one(&["\n", "\r"]), "1"]);
            }
        }
    }

    /// One string, or one of several parts.
    fn add_strings(
        &mut self,
        pieces: &mut Vec<&'static str>,
        opens: &[&'static str],
        inside: &[&'static str],
    ) {
        pieces.push(self.one(opens));
        self.add_inside(pieces, inside);
        pieces.push("'");
        while self.below(3) == 0 {
            pieces.extend([self.one(&CONTINUATIONS), "'"]);
            self.add_inside(pieces, inside);
            pieces.push("'");
        }
    }

    fn add_inside(&mut self, pieces: &mut Vec<&'static str>, inside: &[&'static str]) {
        for _ in 0..self.below(5) {
            pieces.push(self.one(inside));
        }
    }
}

/// What PostgreSQL says of the braces of a text. Places are in characters from 1.
#[derive(Debug, PartialEq, Eq)]
enum Braces {
    /// All are in quotes or comments.
    AreText,
    /// The first of them that is a token.
    BeginAt(usize),
    /// None is a token before this place, where PostgreSQL gave up: no text with it ever ran.
    AreTextUntil(usize),
}

impl Braces {
    async fn ask(client: &Client, text: &str) -> Self {
        let sql = text.replace(BLANK, BRACE);
        match client.prepare(&sql).await {
            Ok(_) => Self::AreText,
            Err(error) => {
                let error = error.as_db_error();
                let error = error.unwrap_or_else(|| panic!("PostgreSQL answers {sql:?}"));
                Self::from_error(&sql, error)
            }
        }
    }

    fn from_error(sql: &str, error: &DbError) -> Self {
        // PostgreSQL looks up names and types once it has read the whole text.
        let is_of_scanner = [
            SqlState::SYNTAX_ERROR,
            SqlState::INVALID_ESCAPE_SEQUENCE,
            SqlState::NONSTANDARD_USE_OF_ESCAPE_CHARACTER,
            SqlState::CHARACTER_NOT_IN_REPERTOIRE,
            SqlState::INVALID_NAME,
            SqlState::FEATURE_NOT_SUPPORTED,
        ]
        .contains(error.code());
        if !is_of_scanner {
            return Self::AreText;
        }
        // Where the bytes of an escape are no text, it names no place.
        let Some(ErrorPosition::Original(position)) = error.position() else {
            return Self::AreTextUntil(1);
        };
        let position = *position as usize;
        let rest = sql.chars().skip(position - 1).collect::<String>();
        // The place of a wrong escape is counted without the quotes between two parts of a string: too small.
        let is_of_token = error.message().starts_with("syntax error");
        match is_of_token && rest.starts_with(BRACE) {
            true => Self::BeginAt(position),
            false => Self::AreTextUntil(position),
        }
    }

    /// Whether our reading is the same, as far as PostgreSQL tells.
    fn agree_with(&self, first_blank: Option<usize>) -> bool {
        match self {
            Self::AreText => first_blank.is_none(),
            Self::BeginAt(place) => first_blank == Some(*place),
            Self::AreTextUntil(place) => first_blank.is_none_or(|blank| blank >= *place),
        }
    }
}

/// In characters from 1. Each blank is tried with the others left out.
fn first_blank(text: &str) -> Option<usize> {
    let places = text.match_indices(BLANK);
    let mut blanks = places.filter(|(place, _)| {
        let (before, behind) = (&text[..*place], &text[place + BLANK.len()..]);
        let before = before.replace(BLANK, SPACES);
        let behind = behind.replace(BLANK, SPACES);
        match Parameters::read(&format!("{before}{BLANK}{behind}")) {
            Ok(parameters) => !parameters.is_empty(),
            Err(_) => true,
        }
    });
    let (place, _) = blanks.next()?;
    Some(text[..place].chars().count() + 1)
}

/// How many texts PostgreSQL decided, by kind.
#[derive(Debug, Default)]
struct Counts {
    text: usize,
    token: usize,
    until: usize,
}

impl Counts {
    fn add(&mut self, braces: &Braces) {
        match braces {
            Braces::AreText => self.text += 1,
            Braces::BeginAt(_) => self.token += 1,
            Braces::AreTextUntil(_) => self.until += 1,
        }
    }

    fn all(&self) -> usize {
        self.text + self.token + self.until
    }
}

async fn compare(random: &mut Random, client: &Client, counts: &mut Counts) {
    let texts: Vec<_> = (0..AT_ONCE).map(|_| random.text()).collect();
    let asked = join_all(texts.iter().map(|text| Braces::ask(client, text))).await;
    for (text, braces) in texts.iter().zip(asked) {
        let blank = first_blank(text);
        assert!(braces.agree_with(blank), "{text:?}: {braces:?}, {blank:?}");
        counts.add(&braces);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn blanks_are_where_postgresql_sees_tokens() {
    let client = shared().connect("postgres", "postgres").await;
    let (mut random, mut counts) = (Random(20_261_129), Counts::default());
    while counts.all() < TEXTS {
        compare(&mut random, &client, &mut counts).await;
    }
    assert!(counts.text.min(counts.token) > TEXTS / 10, "{counts:?}");
}

/// With other texts each time.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes ten minutes: cargo test --test suite -- for_minutes --ignored --nocapture"]
async fn blanks_are_where_postgresql_sees_tokens_for_minutes() {
    let client = shared().connect("postgres", "postgres").await;
    let seed = SystemTime::UNIX_EPOCH.elapsed().unwrap().as_nanos() as u64;
    let (mut random, mut counts) = (Random(seed), Counts::default());
    let started = Instant::now();
    while started.elapsed() < LONG {
        compare(&mut random, &client, &mut counts).await;
    }
    println!("seed {seed}: {counts:?}");
}
