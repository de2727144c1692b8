//! Plain advice on what to do next, by SQLSTATE, for the most common errors.

use crate::postgres::{HandshakeError, ServerKind};

pub(in crate::run) const REFUSED: &str =
    "Nothing listens at that host and port: check both, and that the database server is running.";
pub(in crate::run) const NO_SOCKET: &str = "There is no socket to open in that directory: check the path and the port, and that the server is running.";
pub(in crate::run) const DENIED: &str = "The system does not let Dataclips connect: give its user access to the socket and its directory; for a host, check this machine's firewall.";
pub(in crate::run) const UNREACHABLE: &str =
    "Check the host and port, and that a firewall lets this server reach them; then try again.";
pub(in crate::run) const UNRESOLVED: &str =
    "Check the spelling of the host's name, and that this machine's name server knows it.";
pub(in crate::run) const SIGN_IN: &str =
    "Check the user, the password and the parameters of the database's URL.";
pub(super) const NO_FOLLOWER: &str =
    "Try again in a moment. Administrators see on the page of the database how its followers are.";
pub(super) const WITHOUT_FOLLOWERS: &str = "Choose other servers in the clip's settings, or have an administrator add a follower to the database.";
pub(in crate::run) const CLOSED: &str = "The server closed the connection. It may be restarting, or need a different sslmode than the URL has; try again in a moment.";

const CLIENT_CERTIFICATE: &str = "The server asks for a client certificate: name one with sslcert=PATH and its key with sslkey=PATH.";

/// Where no encrypted connection came about.
pub(in crate::run) fn on_handshake(error: &HandshakeError) -> &'static str {
    match error {
        HandshakeError::NotOffered => {
            "Have TLS switched on at the server (ssl = on), or write sslmode=disable if nobody can eavesdrop on the connection."
        }
        HandshakeError::SelfSigned => {
            "Name a copy of the server's certificate with sslrootcert=PATH, or write sslmode=require to encrypt \
                    without verifying it."
        }
        HandshakeError::UnknownIssuer => {
            "The server's certificate comes from an authority that is not trusted: name the authority's certificate \
                    with sslrootcert=PATH."
        }
        HandshakeError::OtherName { .. } => {
            "The server's certificate is for another host name: use the name it is for, or sslmode=verify-ca if the \
                    authority alone is enough."
        }
        HandshakeError::Expired { .. } => {
            "The server's certificate has expired: have it renewed on the database server."
        }
        HandshakeError::NotYetValid { .. } => {
            "Compare the clocks of this server and of the machine that made the certificate."
        }
        HandshakeError::OldCertificate | HandshakeError::BadCertificate => {
            "Have a new certificate made for the database server, or write sslmode=require to encrypt without \
                    verifying it."
        }
        HandshakeError::ClientCertificateWanted => CLIENT_CERTIFICATE,
        HandshakeError::ClientCertificateRefused => {
            "Name a client certificate with sslcert=PATH that is still valid and signed by an authority in the \
                    server's ssl_ca_file."
        }
        HandshakeError::NothingInCommon => {
            "The server has to offer TLS 1.2 or 1.3; check ssl_min_protocol_version and ssl_max_protocol_version \
                    in the URL and at the server."
        }
        HandshakeError::NotTls => {
            "The encrypted connection could not be set up: check that PostgreSQL answers at that port, and compare \
                    the URL's sslmode with what it offers."
        }
    }
}

/// What the server is, and what to do, where `target_session_attrs` asks for another one.
pub(in crate::run) fn on_kind(kind: ServerKind) -> (&'static str, &'static str) {
    const WRITES: &str = "The URL's target_session_attrs asks for a server that accepts writes: name the primary among \
                          its hosts, or leave it out, as Dataclips only reads.";
    const READS: &str = "The URL's target_session_attrs asks for a standby or a read-only server: name one among its \
                         hosts, or write prefer-standby.";
    match kind {
        ServerKind::ReadWrite => ("The server is read-only.", WRITES),
        ServerKind::Primary => ("The server is a standby.", WRITES),
        ServerKind::ReadOnly => ("The server accepts writes.", READS),
        ServerKind::Standby => ("The server is not a standby.", READS),
        ServerKind::Any | ServerKind::PreferStandby => {
            ("The server does not say which it is.", READS)
        }
    }
}

/// By the words of the PostgreSQL library, which has no codes for what it cannot do.
pub(in crate::run) fn on_library(words: &str) -> &'static str {
    match words {
        "password missing" => {
            "The server asks for a password: write it in the URL, as in postgresql://user:password@host/database."
        }
        "unsupported authentication method" | "unsupported SASL mechanism" => {
            "The server requires a way to sign in that Dataclips does not support, such as Kerberos: have pg_hba.conf ask this role for a password (scram-sha-256)."
        }
        "server did not use channel binding" => {
            "channel_binding=require works where the password is checked by scram-sha-256 over TLS: write \
                    sslmode=require, or leave channel_binding out."
        }
        _ => SIGN_IN,
    }
}

pub(super) const STANDBY: &str =
    "The database is a standby, which cannot do this: leave it out, or query its primary.";
pub(super) const JSON_ESCAPE: &str = "The JSON has an escape such as \\u0000 for a character that text in this database cannot contain: use json \
                                      in place of jsonb, or remove it first with replace().";

/// For an error in the statement itself.
pub(in crate::run) fn on_statement(sqlstate: &str) -> Option<&'static str> {
    Some(match sqlstate {
        "21000" => {
            "A subquery in place of a value may return only one row: add limit 1, or use in (…) instead of =."
        }
        "22003" => "A number is too large for its type: cast to numeric before calculating.",
        "22007" => "Write dates as '2026-03-31' and times as '2026-03-31 12:00'.",
        "22008" => {
            "There is no such date or time. Write dates as year, month and day: '2026-03-31'; times as '2026-03-31 12:00'."
        }
        "22011" => "The length in substring() may not be negative: use greatest(length, 0).",
        "22012" => "Divide by nullif(divisor, 0) to get NULL where the divisor is zero.",
        "22021" => {
            "Some bytes are not text in the encoding that PostgreSQL names: give convert_from() the encoding they are in, \
                    or show them with encode(data, 'hex')."
        }
        "22023" => "The function does not take this value: PostgreSQL's message names it.",
        "2201B" => {
            "The pattern is not a regular expression: write \\ before a character such as ( [ or * that means itself."
        }
        "2201E" | "2201F" | "2201G" => {
            "The calculation has no result for some values: leave those rows out, or turn the values into NULL with nullif()."
        }
        "2201W" | "2201X" => "LIMIT and OFFSET take numbers from 0.",
        "22P05" => {
            "The data holds text that UTF-8 does not have: leave that column out, or show its bytes with \
                    convert_to(column, getdatabaseencoding())."
        }
        "22P02" => {
            "A value does not have the form of its type: compare text with text, numbers with numbers, or cast."
        }
        "25006" => "Dataclips only reads: a query cannot change anything or lock rows.",
        "42601" => {
            "Check the text at the marked place for a missing comma, quote or parenthesis. A clip is one \
                    statement, so there is no ; between two."
        }
        "42702" => {
            "Several tables have a column of this name: write the table's name or alias before it."
        }
        "42703" => {
            "Check the column's spelling; a name with capital letters needs double quotes, and text needs \
                    single quotes."
        }
        "42704" => {
            "Check the spelling of what PostgreSQL names; what belongs to an extension may need its schema before it."
        }
        "42712" => {
            "Two tables, or two queries of WITH, have the same name: give one of them another, as in orders as earlier."
        }
        "42725" => {
            "Several functions or operators of this name would do: cast the values, as in date '2026-03-31'."
        }
        "42803" => {
            "Every column outside an aggregate such as sum() must be in GROUP BY; a condition on an aggregate belongs \
                    in HAVING."
        }
        "42804" | "42P18" => "The types do not agree: cast one of them, as in value::text.",
        "42846" => {
            "There is no direct cast between these types: convert through text, as in value::text::date."
        }
        "42883" => {
            "No such function or operator takes these types: check the spelling, or cast, as in id::text = code."
        }
        "42P01" => {
            "Check the table's spelling; write its schema before it, and double quotes if it has capital letters. Once a table has an alias, use only the alias."
        }
        "42P10" => {
            "Compare these columns with the selected ones: a number in ORDER BY is the position of one of them, and with DISTINCT rows can only be ordered by them."
        }
        "42P19" => {
            "A recursive query has a part that does not refer to itself, then UNION ALL, then a part that refers to it once."
        }
        "42P20" => {
            "Window functions such as row_number() are computed after WHERE and HAVING: put the condition into a query \
                    around this one."
        }
        "42P02" => "Write a blank in place of the parameter, as in {{country}}.",
        "3F000" => "Check the schema's spelling; the schemas are listed beside the editor.",
        "53400" => {
            "The query sorts or joins more than fits in the role's temporary files: ask for less, or add an index."
        }
        "54011" => "PostgreSQL returns at most 1,664 columns: select fewer.",
        "54023" => {
            "A function takes at most 100 arguments: join several calls, as in jsonb_build_object(…) || jsonb_build_object(…)."
        }
        "54001" => "The query is nested too deeply for the server: divide it into simpler parts.",
        "0A000" => "PostgreSQL does not support this here: see its message.",
        _ => return None,
    })
}

const BY_WORDS: [(&str, &str, &str); 7] = [
    (
        "08P01",
        "unsupported startup parameter",
        "A pooler accepts no `options`: leave them out of the URL, or set them for the role with ALTER ROLE … SET ….",
    ),
    ("28000", "valid client certificate", CLIENT_CERTIFICATE),
    (
        "28000",
        "certificate authentication",
        "The client certificate that sslcert names has to be for this user: its common name is the user's name, or \
         pg_ident.conf there maps one to the other.",
    ),
    ("28000", "no encryption", ONLY_ENCRYPTED),
    ("28000", "SSL off", ONLY_ENCRYPTED),
    ("28000", "pg_hba.conf", NOT_FROM_HERE),
    (
        "28000",
        "eer authentication",
        "Over a socket, the server lets in only the operating system's user of the same name: connect to a host, or have \
         pg_hba.conf ask this role for a password (scram-sha-256).",
    ),
];
const ONLY_ENCRYPTED: &str = "The server's pg_hba.conf does not let this user in without encryption: write \
                              sslmode=require, or have a line for it added there.";
const NOT_FROM_HERE: &str = "The server's pg_hba.conf has no line that lets this user in from here: have one added, \
                             or use another user or address.";

/// For a database that cannot be reached or that ended the query.
///
/// One code stands for many reasons to refuse a sign-in; then the message's words tell them apart where the server
/// speaks English.
pub(in crate::run) fn on_outage(sqlstate: &str, message: &str) -> Option<&'static str> {
    let by_words = BY_WORDS
        .iter()
        .find(|(code, words, _)| *code == sqlstate && message.contains(words));
    if let Some((_, _, advice)) = by_words {
        return Some(advice);
    }
    Some(match sqlstate {
        "28P01" | "28000" => {
            "Check the user and password in the database's URL, and that the server's pg_hba.conf lets \
                              them in from here."
        }
        "3D000" => "Check the database's name at the end of its URL.",
        "57P04" => {
            "The database was dropped on its primary: give the URL of its replacement, or remove it here."
        }
        "40001" => {
            "The query on a follower conflicted with changes from its primary: run it again, or have \
                    max_standby_streaming_delay raised there."
        }
        "40P01" | "55P03" => "Another session held a lock: run it again in a moment.",
        "53100" => "The database server's disk is full: its administrator has to free space.",
        "53200" => "The database server ran out of memory: ask for less, or try again later.",
        "53300" => {
            "All connections of the server or of this role are in use: try again in a moment, or have the limit raised."
        }
        "57014" => {
            "Someone cancelled the query in the database, or a timeout set there ended it: run it again."
        }
        "57P01" => "An administrator of the database ended the connection: try again in a moment.",
        "57P02" | "57P03" => {
            "The database server is starting, stopping or recovering: try again in a moment."
        }
        "08P01" => {
            "The server, or a pooler in front of it, refuses the connection: see its message, and check the URL's parameters."
        }
        "25P03" => "idle_in_transaction_session_timeout there ended the connection: run it again.",
        "25P04" => {
            "transaction_timeout of the role or the database ended the query: ask for less, or have an administrator \
                    raise it there."
        }
        "57P05" => "idle_session_timeout there ended the connection: run it again.",
        _ => return None,
    })
}

/// A sentence that everyone may read, where it can be more precise than “cannot be reached”.
pub(in crate::run) fn sentence_on_outage(sqlstate: &str) -> Option<&'static str> {
    Some(match sqlstate {
        "28P01" | "28000" => "The database refused to sign Dataclips in.",
        "25P03" | "57P05" => "The database ended an idle connection.",
        "25P04" => "The query took longer than the database lets a transaction take.",
        "3D000" => "The database does not exist.",
        "57P04" => "The database was dropped.",
        "40001" => {
            "The query was cancelled by a conflict with recovery or with another transaction."
        }
        "53300" => "The database has no free connection.",
        "53100" => "The database server's disk is full.",
        "53200" => "The database server ran out of memory.",
        "57014" => "The query was cancelled in the database.",
        "57P01" => "An administrator of the database ended the connection.",
        "57P02" | "57P03" => "The database is starting, stopping or recovering.",
        _ => return None,
    })
}
