//! Reads the process id in a connection's cancel key, which the PostgreSQL library keeps to itself, from what the server
//! sends while signing in.

/// Of `BackendKeyData`: a process id and a secret follow.
const KEY: u8 = b'K';
const HEADER: usize = 5;

/// Follows the server's messages up to its key.
#[derive(Debug, Default)]
pub(super) struct KeyReader {
    state: State,
}

#[derive(Debug, Default)]
enum State {
    /// Before the first message, the server may answer whether it speaks TLS.
    #[default]
    Start,
    /// This much of a message's tag and length, or of the key's process id, has been read.
    Reading {
        tag: u8,
        bytes: [u8; 4],
        read: usize,
    },
    /// So many bytes of a message are not looked at.
    Skipping(usize),
    /// The key was read, or there is none to read: what follows is TLS.
    Done,
}

impl KeyReader {
    /// The next bytes that were received. Returns the process id once.
    pub(super) fn read(&mut self, received: &[u8]) -> Option<i32> {
        let mut received = received;
        loop {
            match &mut self.state {
                State::Done => return None,
                State::Skipping(left) => {
                    let skipped = received.len().min(*left);
                    received = &received[skipped..];
                    *left -= skipped;
                    if *left > 0 {
                        return None;
                    }
                    self.state = State::message();
                }
                State::Start => {
                    // `R`, `E` and `v` begin a sign-in's answer; `N` declines TLS, and a message follows.
                    match received.first()? {
                        b'N' => received = &received[1..],
                        b'R' | b'E' | b'v' => self.state = State::message(),
                        _ => self.state = State::Done,
                    }
                }
                State::Reading { tag, bytes, read } => {
                    let (byte, rest) = received.split_first()?;
                    received = rest;
                    match *read {
                        0 => *tag = *byte,
                        at => bytes[(at - 1) % 4] = *byte,
                    }
                    *read += 1;
                    match (*read, *tag) {
                        (HEADER, KEY) => {}
                        (HEADER, _) => {
                            let length = u32::from_be_bytes(*bytes) as usize;
                            self.state = State::Skipping(length.saturating_sub(4));
                        }
                        (read, _) if read == HEADER + 4 => {
                            let process = i32::from_be_bytes(*bytes);
                            self.state = State::Done;
                            return Some(process);
                        }
                        _ => {}
                    }
                }
            }
        }
    }
}

impl State {
    fn message() -> Self {
        Self::Reading {
            tag: 0,
            bytes: [0; 4],
            read: 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIGN_IN: &[u8] =
        b"R\0\0\0\x08\0\0\0\0S\0\0\0\x11TimeZone\0UTC\0K\0\0\0\x0c\0\0\x30\x39\x01\x02\x03\x04Z\0\0\0\x05I";

    #[test]
    fn the_process_is_read_however_the_bytes_arrive() {
        for size in 1..SIGN_IN.len() {
            let mut reader = KeyReader::default();
            let found = SIGN_IN.chunks(size).filter_map(|part| reader.read(part));
            assert_eq!(found.collect::<Vec<_>>(), [12_345], "{size}");
        }
    }

    #[test]
    fn an_answer_about_tls_comes_before_the_messages() {
        let mut declined = KeyReader::default();
        assert_eq!(declined.read(b"N"), None);
        assert_eq!(declined.read(SIGN_IN), Some(12_345));
        let mut accepted = KeyReader::default();
        assert_eq!(accepted.read(b"S"), None);
        assert_eq!(accepted.read(SIGN_IN), None);
    }
}
