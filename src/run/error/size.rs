//! A number of bytes, as people say it in a sentence.

use std::fmt;

/// Prints as `117.7 MiB`, `1.5 GiB`.
pub(in crate::run) struct Size(pub u64);

impl fmt::Display for Size {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mebibytes = self.0 as f64 / f64::from(1 << 20);
        match mebibytes {
            small if small < 0.1 => write!(formatter, "{} bytes", self.0),
            large if large >= 1_024.0 => write!(formatter, "{:.1} GiB", large / 1_024.0),
            _ => write!(formatter, "{mebibytes:.1} MiB"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_size_reads_as_people_say_it() {
        let say = |bytes| Size(bytes).to_string();
        assert_eq!(say(1_000), "1000 bytes");
        assert_eq!(say(100 << 20), "100.0 MiB");
        assert_eq!(say(123_456_789), "117.7 MiB");
        assert_eq!(say(3 << 29), "1.5 GiB");
    }
}
