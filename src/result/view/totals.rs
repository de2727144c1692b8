//! Totals of one column over the rows that match a filter: exact, and by the order of the column's type.

use std::collections::HashSet;
use std::io;

use tokio::task::spawn_blocking;

use super::decimal::Sum;
use super::filter::Filter;
use super::order::{Key, Order};
use super::sort::KEY_BYTES;
use super::window::SCANS;
use crate::result::{Cell, Interrupted, Rows};

/// Decimals of an average beyond those of the numbers.
const DECIMALS_MORE: i64 = 6;

/// NULLs count only as `nulls`. Texts are as PostgreSQL prints them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    pub count: u64,
    pub nulls: u64,
    pub distinct: u64,
    /// Of a column of numbers that has any.
    pub sum: Option<String>,
    pub average: Option<Average>,
    /// The first and last value in the order of the type; of very long texts the beginning.
    pub min: Option<String>,
    pub max: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Average {
    pub text: String,
    pub is_rounded: bool,
}

impl Rows {
    /// The totals of a column, counted from 0, once the run has ended. Decodes one page at a time; keeps 16 bytes for each
    /// distinct value.
    pub async fn totals(&self, column: usize, filter: Option<&str>) -> Result<Totals, Interrupted> {
        self.finished().await?;
        let turn = SCANS.acquire().await.map_err(|_| Interrupted)?;
        let filter = filter.and_then(|text| Filter::new(text, self.columns()));
        let rows = self.clone();
        let totals = spawn_blocking(move || {
            let _turn = turn;
            let order = rows
                .columns()
                .get(column)
                .map_or(Order::Text, Order::from_column);
            let mut totals = Adding::new(order);
            rows.scan(filter, |_, row| {
                row.cell(column, |cell| totals.append(cell)).map(|_| ())
            })?;
            Ok(totals.finish())
        });
        totals.await.map_err(|_| Interrupted)?
    }
}

struct Adding {
    order: Order,
    totals: Totals,
    seen: HashSet<[u8; 16]>,
    min: Option<Key>,
    max: Option<Key>,
    sum: Sum,
    /// How many NaN, Infinity and -Infinity there are.
    specials: [u64; 3],
    /// Whether all values are numbers so far.
    is_number: bool,
}

impl Adding {
    fn new(order: Order) -> Self {
        Self {
            is_number: order == Order::Number,
            order,
            totals: Totals::default(),
            seen: HashSet::new(),
            min: None,
            max: None,
            sum: Sum::default(),
            specials: [0; 3],
        }
    }

    fn append(&mut self, cell: Cell<'_>) -> io::Result<()> {
        let Some(text) = cell.beginning(KEY_BYTES)? else {
            self.totals.nulls += 1;
            return Ok(());
        };
        self.totals.count += 1;
        let key = self.order.key(&text);
        let identity = if self.order.is_whole(&text) {
            blake3::hash(key.as_bytes())
        } else {
            whole_hash(cell)?
        };
        self.seen.insert(beginning_of(identity));
        if self.is_number {
            self.add(&text);
        }
        self.compare(key, &text);
        Ok(())
    }

    fn add(&mut self, text: &str) {
        match ["NaN", "Infinity", "-Infinity"]
            .iter()
            .position(|special| *special == text)
        {
            Some(special) => self.specials[special] += 1,
            None => self.is_number = self.sum.add(text).is_some(),
        }
    }

    fn compare(&mut self, key: Key, text: &str) {
        if self.max.as_ref().is_none_or(|max| key > *max) {
            self.totals.max = Some(text.to_owned());
            self.max = Some(key.clone());
        }
        if self.min.as_ref().is_none_or(|min| key < *min) {
            self.totals.min = Some(text.to_owned());
            self.min = Some(key);
        }
    }

    fn finish(self) -> Totals {
        let mut totals = Totals {
            distinct: self.seen.len() as u64,
            ..self.totals
        };
        if self.is_number && totals.count > 0 {
            let (sum, (text, is_rounded)) = match special(self.specials) {
                Some(special) => (special.to_owned(), (special.to_owned(), false)),
                None => {
                    let sum = self.sum.finish();
                    (sum.text(), sum.divided(totals.count, DECIMALS_MORE))
                }
            };
            totals.sum = Some(sum);
            totals.average = Some(Average { text, is_rounded });
        }
        totals
    }
}

/// A sum with such a value in it, as PostgreSQL has it.
fn special([nan, infinity, negative_infinity]: [u64; 3]) -> Option<&'static str> {
    match (nan > 0, infinity > 0, negative_infinity > 0) {
        (false, false, false) => None,
        (false, true, false) => Some("Infinity"),
        (false, false, true) => Some("-Infinity"),
        _ => Some("NaN"),
    }
}

fn whole_hash(cell: Cell<'_>) -> io::Result<blake3::Hash> {
    let mut hasher = blake3::Hasher::new();
    cell.pieces(|piece| {
        hasher.update(piece.as_bytes());
        Ok(())
    })?;
    Ok(hasher.finalize())
}

/// 128 bits tell any number of values apart.
fn beginning_of(hash: blake3::Hash) -> [u8; 16] {
    let mut beginning = [0; 16];
    beginning.copy_from_slice(&hash.as_bytes()[..16]);
    beginning
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::result::{Column, Memory};

    #[expect(clippy::disallowed_methods, reason = "no viewer looks at these rows")]
    async fn totals(type_oid: u32, texts: &[Option<&str>], filter: Option<&str>) -> Totals {
        let column = Column {
            name: "a".to_owned(),
            type_oid,
            ..Column::default()
        };
        let (mut writer, rows) = Rows::new(vec![column], &Memory::new(16 << 20));
        for text in texts {
            writer.append([*text].into_iter()).unwrap();
        }
        writer.finish(None).unwrap();
        rows.totals(0, filter).await.unwrap()
    }

    fn ends(totals: &Totals) -> (&str, &str) {
        (
            totals.min.as_deref().unwrap_or("–"),
            totals.max.as_deref().unwrap_or("–"),
        )
    }

    #[tokio::test]
    async fn numbers_are_added_exactly_and_equal_ones_are_one_value() {
        let texts = [
            Some("0.10"),
            Some("0.1"),
            None,
            Some("-1"),
            Some("99999999999999999999.95"),
        ];
        let found = totals(1700, &texts, None).await;
        assert_eq!((found.count, found.nulls, found.distinct), (4, 1, 3));
        assert_eq!(found.sum.as_deref(), Some("99999999999999999999.15"));
        let average = Average {
            text: "24999999999999999999.7875".to_owned(),
            is_rounded: false,
        };
        assert_eq!(found.average, Some(average));
        assert_eq!(ends(&found), ("-1", "99999999999999999999.95"));
        let found = totals(1700, &texts, Some("0.1")).await;
        assert_eq!(
            (found.count, found.nulls, found.sum.as_deref()),
            (2, 0, Some("0.20"))
        );
    }

    #[tokio::test]
    async fn infinities_and_nan_are_added_as_postgresql_does() {
        for (texts, sum, ends_expected) in [
            (["1", "Infinity", "2"], "Infinity", ("1", "Infinity")),
            (["1", "-Infinity", "2"], "-Infinity", ("-Infinity", "2")),
            (
                ["Infinity", "-Infinity", "2"],
                "NaN",
                ("-Infinity", "Infinity"),
            ),
            (["NaN", "Infinity", "2"], "NaN", ("2", "NaN")),
        ] {
            let found = totals(701, &texts.map(Some), None).await;
            assert_eq!(found.sum.as_deref(), Some(sum), "{texts:?}");
            assert_eq!(ends(&found), ends_expected, "{texts:?}");
        }
    }

    #[tokio::test]
    async fn other_types_have_ends_in_their_own_order_and_no_sum() {
        for (type_oid, texts, distinct, expected) in [
            (
                1082,
                ["0044-03-15 BC", "2026-03-31", "infinity"],
                3,
                ("0044-03-15 BC", "infinity"),
            ),
            (
                1184,
                [
                    "2026-03-31 12:00:00+00",
                    "2026-03-31 13:00:00+01",
                    "2025-01-01 00:00:00+00",
                ],
                2,
                ("2025-01-01 00:00:00+00", "2026-03-31 12:00:00+00"),
            ),
            (25, ["b", "A", "a"], 3, ("A", "b")),
            (16, ["t", "f", "t"], 2, ("f", "t")),
            (
                1186,
                ["1 mon", "31 days", "30 days"],
                2,
                ("1 mon", "31 days"),
            ),
        ] {
            let found = totals(type_oid, &texts.map(Some), None).await;
            assert_eq!(
                (found.distinct, found.sum.as_deref()),
                (distinct, None),
                "{texts:?}"
            );
            assert_eq!(ends(&found), expected, "{texts:?}");
        }
    }

    #[tokio::test]
    async fn long_texts_that_differ_only_at_their_end_are_different() {
        let long = |end: &str| "x".repeat(70_000) + end;
        let (one, other) = (long("1"), long("2"));
        let texts = [Some(one.as_str()), Some(other.as_str()), Some(one.as_str())];
        assert_eq!(totals(25, &texts, None).await.distinct, 2);
        assert_eq!(
            totals(25, &[None, None], None).await,
            Totals {
                nulls: 2,
                ..Totals::default()
            }
        );
        assert_eq!(totals(23, &[], None).await, Totals::default());
    }
}
