//! Numbers and durations, as sentences have them.

use std::time::Duration;

/// 29,999
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// 1 row, 29,999 rows
pub fn count(number: u64, noun: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{} {noun}{plural}", grouped(number))
}

/// The same for templates, of what the store counts.
pub fn clips(number: &i64) -> String {
    count(u64::try_from(*number).unwrap_or_default(), "clip")
}

/// 148 bytes, 1.2 KiB, 34.0 MiB, 1.5 TiB
pub fn bytes(number: u64) -> String {
    const UNITS: [&str; 5] = ["KiB", "MiB", "GiB", "TiB", "PiB"];
    if number < 1_024 {
        return count(number, "byte");
    }
    let (mut size, mut unit) = (number as f64 / 1_024.0, UNITS[0]);
    for larger in &UNITS[1..] {
        if size < 1_024.0 {
            break;
        }
        (size, unit) = (size / 1_024.0, larger);
    }
    format!("{size:.1} {unit}")
}

/// The same for templates.
pub fn size(number: &u64) -> String {
    bytes(*number)
}

/// 0.675 ms, 159 ms, 12.34 s, 3 min 20 s
pub fn span(elapsed: Duration) -> String {
    let milliseconds = elapsed.as_secs_f64() * 1_000.0;
    match elapsed.as_secs() {
        0 if milliseconds < 1.0 => format!("{milliseconds:.3} ms"),
        0 if milliseconds < 10.0 => format!("{milliseconds:.1} ms"),
        0 => format!("{} ms", milliseconds.floor()),
        1..60 => format!("{:.2} s", milliseconds / 1_000.0),
        seconds => format!("{} min {} s", seconds / 60, seconds % 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_formatted_for_people() {
        for (microseconds, text) in [
            (675, "0.675 ms"),
            (6_750, "6.8 ms"),
            (159_400, "159 ms"),
            (999_999, "999 ms"),
            (12_340_000, "12.34 s"),
            (59_990_000, "59.99 s"),
            (60_000_000, "1 min 0 s"),
            (599_900_000, "9 min 59 s"),
        ] {
            assert_eq!(span(Duration::from_micros(microseconds)), text);
        }
    }

    #[test]
    fn a_number_of_bytes_has_a_unit_that_people_can_read() {
        for (number, text) in [
            (0, "0 bytes"),
            (1, "1 byte"),
            (1_023, "1,023 bytes"),
            (1_228, "1.2 KiB"),
            (34 << 20, "34.0 MiB"),
        ] {
            assert_eq!(bytes(number), text);
        }
    }

    #[test]
    fn a_size_is_written_in_the_largest_unit_that_it_fills() {
        for (number, text) in [
            (0, "0 bytes"),
            (1, "1 byte"),
            (1_023, "1,023 bytes"),
            (8_192, "8.0 KiB"),
            (1 << 20, "1.0 MiB"),
            (7_863_843, "7.5 MiB"),
            (3 << 40, "3.0 TiB"),
            (5 << 60, "5120.0 PiB"),
        ] {
            assert_eq!(bytes(number), text);
        }
    }

    #[test]
    fn numbers_are_grouped() {
        for (number, text) in [
            (0, "0"),
            (999, "999"),
            (29_999, "29,999"),
            (1_000_000, "1,000,000"),
        ] {
            assert_eq!(grouped(number), text);
        }
    }
}
