//! Messages of a server: well-formed ones, and ones that no client can expect.

pub fn message(kind: u8, body: &[u8]) -> Vec<u8> {
    let length = u32::try_from(body.len() + 4).unwrap().to_be_bytes();
    [&[kind], &length[..], body].concat()
}

pub fn error() -> Vec<u8> {
    message(b'E', b"SERROR\0VERROR\0CXX000\0Mmangled\0\0")
}

/// What a server sends before it ends a connection.
pub fn fatal_error() -> Vec<u8> {
    message(b'E', b"SFATAL\0VFATAL\0C57P01\0Mmangled\0\0")
}

/// What a server may send at any time.
pub fn asynchronous() -> [Vec<u8>; 5] {
    let all = [
        message(b'N', b"SNOTICE\0VNOTICE\0C00000\0Mhere\0\0"),
        message(b'N', b"SWARNING\0C01000\0M\0\0"),
        message(b'S', b"application_name\0else\0"),
        message(b'A', b"\0\0\0\x07channel\0words\0"),
    ];
    let together = all.concat();
    let [first, second, third, fourth] = all;
    [together, first, second, third, fourth]
}

/// Ends of a flight, and what looks like one.
pub fn ends() -> [Vec<u8>; 5] {
    [b"T", b"I", b"E", b"X", &b""[..]].map(|status| message(b'Z', status))
}

/// The starts of messages that a client must not wait for to the end.
pub fn impossible_lengths() -> [Vec<u8>; 3] {
    [
        vec![b'D', 0x40, 0, 0, 5],
        vec![b'D', 0xff, 0xff, 0xff, 0xff],
        vec![b'E', 0xff, 0xff, 0xff, 0xff],
    ]
}

/// What a server never sends during a run of ours, or not twice, or which is no message at all.
pub fn unexpected() -> Vec<(&'static str, Vec<u8>)> {
    vec![
        ("CopyInResponse", message(b'G', &[0, 0, 0])),
        ("CopyOutResponse", message(b'H', &[0, 0, 0])),
        ("CopyBothResponse", message(b'W', &[0, 0, 0])),
        ("CopyData", message(b'd', b"x\n")),
        ("CopyDone", message(b'c', b"")),
        ("an unknown type", message(b'?', b"x")),
        ("type 0", message(0, b"x")),
        ("a length of 3", vec![b'D', 0, 0, 0, 3]),
        ("a length of 0", vec![b'D', 0, 0, 0, 0]),
        ("a row without cells", message(b'D', &[0, 0])),
        (
            "a row of cells beyond its end",
            message(b'D', &[0, 3, 0, 0, 0, 9, b'x']),
        ),
        (
            "a RowDescription",
            message(
                b'T',
                b"\0\x01other\0\0\0\0\0\0\0\0\0\0\x19\xff\xff\xff\xff\xff\xff\0\0",
            ),
        ),
        (
            "a RowDescription with half a field",
            message(b'T', b"\0\x01other\0\0\0"),
        ),
        ("CommandComplete", message(b'C', b"SELECT 2\0")),
        ("CommandComplete without an end", message(b'C', b"SELECT 2")),
        ("EmptyQueryResponse", message(b'I', b"")),
        ("ParseComplete", message(b'1', b"")),
        ("BindComplete", message(b'2', b"")),
        ("CloseComplete", message(b'3', b"")),
        ("PortalSuspended", message(b's', b"")),
        ("NoData", message(b'n', b"")),
        (
            "ParameterDescription",
            message(b't', &[0, 1, 0, 0, 0, 0x19]),
        ),
        ("AuthenticationOk", message(b'R', &[0, 0, 0, 0])),
        ("BackendKeyData", message(b'K', &[0, 0, 0, 1, 0, 0, 0, 1])),
        ("an error without fields", message(b'E', b"")),
        ("an error without an end", message(b'E', b"SERROR\0Mhalf")),
    ]
}

/// Makes another message of one with a certain type.
pub type Change = fn(&[u8]) -> Vec<u8>;

/// What each type of message may be changed to, so that it contradicts itself or others.
pub fn changes() -> Vec<(&'static str, u8, Change)> {
    vec![
        ("a cell less", b'D', |row| {
            let cells = count(row).saturating_sub(1);
            with_count(row, cells)
        }),
        ("a cell more", b'D', |row| with_count(row, count(row) + 1)),
        ("only the first cell", b'D', |row| {
            let length = i32::from_be_bytes([row[7], row[8], row[9], row[10]]);
            let end = 11 + usize::try_from(length).unwrap_or(0);
            with_count(&message(b'D', &row[5..end]), 1)
        }),
        ("a cell longer than its row", b'D', |row| {
            let mut row = row.to_vec();
            row[7..11].copy_from_slice(&1_000_000_u32.to_be_bytes());
            row
        }),
        ("a cell of length -2", b'D', |row| {
            let mut row = row.to_vec();
            row[7..11].copy_from_slice(&(-2_i32).to_be_bytes());
            row
        }),
        ("more bytes than cells", b'D', |row| {
            message(b'D', &[&row[5..], b"more"].concat())
        }),
        ("no bytes", b'D', |_| message(b'D', b"")),
        ("half a field", b'T', |columns| {
            message(b'T', &columns[5..columns.len() - 5])
        }),
        ("a field more", b'T', |columns| {
            with_count(columns, count(columns) + 1)
        }),
        ("a field less", b'T', |columns| {
            with_count(columns, count(columns).saturating_sub(1))
        }),
        ("no bytes", b'T', |_| message(b'T', b"")),
        ("idle", b'Z', |_| message(b'Z', b"I")),
        ("in a transaction", b'Z', |_| message(b'Z', b"T")),
        ("in a failed transaction", b'Z', |_| message(b'Z', b"E")),
        ("X", b'Z', |_| message(b'Z', b"X")),
        ("no bytes", b'Z', |_| message(b'Z', b"")),
        ("without an end", b'C', |_| message(b'C', b"SELECT")),
        ("an empty query", b'C', |_| message(b'I', b"")),
        ("another query's", b'1', |_| message(b'2', b"")),
        ("half a type", b't', |_| message(b't', &[0, 1, 0])),
        ("without an end", b'E', |error| {
            message(b'E', &error[5..error.len() - 1])
        }),
        ("no fields", b'E', |_| message(b'E', b"\0")),
    ]
}

/// Cells of a row, fields of a description.
fn count(counted: &[u8]) -> u16 {
    u16::from_be_bytes([counted[5], counted[6]])
}

fn with_count(counted: &[u8], count: u16) -> Vec<u8> {
    let mut counted = counted.to_vec();
    counted[5..7].copy_from_slice(&count.to_be_bytes());
    counted
}
