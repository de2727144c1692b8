//! Durations (`500ms`, `2s`, `10m`), sizes (`100MiB`) and counts, as settings write them.

use std::num::NonZeroU32;
use std::time::Duration;

use jiff::SignedDuration;

const SIZE_UNITS: [(&str, u64); 4] = [
    ("KiB", 1 << 10),
    ("MiB", 1 << 20),
    ("GiB", 1 << 30),
    ("B", 1),
];
/// PostgreSQL's timeouts are 32-bit milliseconds.
const DURATION_MAX: Duration = Duration::from_millis(i32::MAX as u64);

pub(super) fn duration(name: &str, text: &str) -> Result<Duration, String> {
    let duration = text.parse::<SignedDuration>().ok();
    duration
        .and_then(|duration| Duration::try_from(duration).ok())
        .filter(|duration| (Duration::from_millis(1)..=DURATION_MAX).contains(duration))
        .ok_or_else(|| format!("{name} is “{text}”: give a duration such as 500ms, 2s or 10m."))
}

/// The same, or `0s`.
pub(super) fn duration_or_none(name: &str, text: &str) -> Result<Duration, String> {
    match text.parse::<SignedDuration>() {
        Ok(SignedDuration::ZERO) => Ok(Duration::ZERO),
        _ => duration(name, text),
    }
}

pub(super) fn size(name: &str, text: &str) -> Result<u64, String> {
    bytes(text)
        .filter(|bytes| *bytes > 0)
        .ok_or_else(|| format!("{name} is “{text}”: give a size such as 512KiB, 100MiB or 2GiB."))
}

/// The same, or zero with a unit, such as `0B`.
pub(super) fn size_or_none(name: &str, text: &str) -> Result<u64, String> {
    match bytes(text) {
        Some(0) => Ok(0),
        _ => size(name, text),
    }
}

pub(super) fn count(name: &str, text: &str) -> Result<u64, String> {
    text.parse()
        .ok()
        .filter(|count| *count > 0)
        .ok_or_else(|| format!("{name} is “{text}”: give a whole number above 0."))
}

pub(super) fn per_minute(name: &str, text: &str) -> Result<NonZeroU32, String> {
    let count = u32::try_from(count(name, text)?).unwrap_or(u32::MAX);
    Ok(NonZeroU32::new(count).unwrap_or(NonZeroU32::MIN))
}

fn bytes(text: &str) -> Option<u64> {
    let digits = text.find(|character: char| !character.is_ascii_digit())?;
    let (number, unit) = text.split_at(digits);
    let (_, factor) = SIZE_UNITS.iter().find(|(name, _)| *name == unit.trim())?;
    number.parse::<u64>().ok()?.checked_mul(*factor)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_and_sizes_need_their_unit() {
        for (text, ms) in [
            ("500ms", Some(500)),
            ("2s", Some(2_000)),
            ("10m", Some(600_000)),
            ("1h", Some(3_600_000)),
        ]
        .into_iter()
        .chain(
            [
                "", "10", "m", "-1s", "0s", "1d", "25d", "999h999", "999h", "1us", "1m ago",
            ]
            .map(|text| (text, None)),
        ) {
            assert_eq!(
                duration("T", text).ok(),
                ms.map(Duration::from_millis),
                "{text:?}"
            );
        }
        assert_eq!(duration_or_none("T", "0s"), Ok(Duration::ZERO));
        assert_eq!(duration_or_none("T", "2s"), Ok(Duration::from_secs(2)));
        assert!(duration_or_none("T", "-1s").is_err());
        for (text, bytes) in [
            ("100MiB", Some(100 << 20)),
            ("7B", Some(7)),
            ("1GB", None),
            ("0MiB", None),
            ("99999999999GiB", None),
        ] {
            assert_eq!(size("S", text).ok(), bytes, "{text:?}");
        }
        assert_eq!(size_or_none("S", "0B"), Ok(0));
        assert_eq!(size_or_none("S", "2KiB"), Ok(2 << 10));
        assert!(size_or_none("S", "0").is_err());
    }
}
