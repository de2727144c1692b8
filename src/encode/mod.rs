//! Turns a result into the bytes of one format. Knows nothing of HTTP or databases.
