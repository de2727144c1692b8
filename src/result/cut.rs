//! Why a result is not complete.

/// The limit at which a result was cut off, after a complete row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cut {
    Rows,
    Bytes,
}

impl Cut {
    pub fn as_str(self) -> &'static str {
        match self {
            Cut::Rows => "rows",
            Cut::Bytes => "bytes",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "rows" => Some(Cut::Rows),
            "bytes" => Some(Cut::Bytes),
            _ => None,
        }
    }
}
