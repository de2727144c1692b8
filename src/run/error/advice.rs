//! Plain advice on what to do next, by SQLSTATE, for the most common errors.

pub(in crate::run) const REFUSED: &str =
    "Nothing listens at that host and port: check both, and that the database server runs.";
pub(in crate::run) const NO_SOCKET: &str = "There is no socket to open in that directory: check the path and the port, and that the server runs.";
pub(in crate::run) const UNREACHABLE: &str =
    "Check the host and port, and that a firewall lets this server reach them; then try again.";
pub(in crate::run) const SIGN_IN: &str =
    "Check the user, the password and the parameters of the database's URL.";
pub(in crate::run) const CLOSED: &str = "The server closed the connection. It may be restarting, or want other settings for \
                                 TLS (sslmode) than the URL has; try again in a moment.";
pub(in crate::run) const TLS: &str = "The encrypted connection could not be set up: compare the URL's sslmode with what the server offers.";
pub(in crate::run) const TLS_ISSUER: &str = "The server's certificate comes from an authority that is not trusted: name the \
                                     authority's certificate with sslrootcert=PATH.";
pub(in crate::run) const TLS_NAME: &str = "The server's certificate is for another host name: use the name it is for, or \
                                   sslmode=verify-ca if the authority alone is enough.";
pub(in crate::run) const TLS_EXPIRED: &str =
    "The server's certificate has expired: have it renewed on the database server.";

/// For an error in the statement itself.
pub(in crate::run) fn on_statement(sqlstate: &str) -> Option<&'static str> {
    Some(match sqlstate {
        "21000" => {
            "A subquery in place of a value may return one row only: add limit 1, or use in (…) instead of =."
        }
        "22003" => "A number is too large for its type: cast to numeric before calculating.",
        "22007" | "22008" => "Write dates as '2026-03-31' and times as '2026-03-31 12:00'.",
        "22012" => "Divide by nullif(divisor, 0) to get NULL where the divisor is zero.",
        "22021" | "22P05" => {
            "The database holds text that cannot be shown as UTF-8: leave that column out, or encode() it."
        }
        "22P02" => {
            "A value does not have the form of its type: compare text with text, numbers with numbers, or cast."
        }
        "25006" => "Dataclips only reads: the query may not change anything.",
        "42501" => {
            "The role that runs dataclips may not read this: ask an administrator to grant it SELECT."
        }
        "42601" => {
            "Check the text at the marked place for a missing comma, quote or parenthesis. A dataclip is one \
                    statement, so there is no ; between two."
        }
        "42702" => {
            "Several tables have a column of this name: write the table's name or alias before it."
        }
        "42703" => {
            "Check the column's spelling; a name with capital letters needs double quotes, and text needs \
                    single quotes."
        }
        "42803" => "Every column outside an aggregate such as sum() has to be in GROUP BY.",
        "42804" | "42P18" => "The types do not agree: cast one of them, as in value::text.",
        "42846" => {
            "There is no direct cast between these types: convert through text, as in value::text::date."
        }
        "42883" => {
            "No such function or operator takes these types: check the spelling, or cast, as in id::text = code."
        }
        "42P01" => {
            "Check the table's spelling; write its schema before it, and double quotes if it has capital letters."
        }
        "42P02" => "Write the value itself in place of the parameter.",
        "3F000" => "Check the schema's spelling; the schemas are listed beside the editor.",
        "53400" => {
            "The query sorts or joins more than fits in the role's temporary files: ask for less, or add an index."
        }
        "54001" => "The query is nested too deeply for the server: divide it into simpler parts.",
        "0A000" => "PostgreSQL does not support this here: see its message.",
        _ => return None,
    })
}

/// For a database that cannot be reached or that ended the query.
pub(in crate::run) fn on_outage(sqlstate: &str) -> Option<&'static str> {
    Some(match sqlstate {
        "28P01" | "28000" => {
            "Check the user and password in the database's URL, and that the server's pg_hba.conf lets \
                              them in from here."
        }
        "3D000" | "57P04" => "Check the database's name at the end of its URL.",
        "40001" => {
            "The query on a follower conflicted with changes from its primary: run it again, or have \
                    max_standby_streaming_delay raised there."
        }
        "40P01" | "55P03" => "Another session held a lock: run it again in a moment.",
        "53100" => "The database server's disk is full: its administrator has to make room.",
        "53200" => "The database server ran out of memory: ask for less, or try again later.",
        "53300" => {
            "Every connection of the server or of this role is taken: try again in a moment, or have the limit raised."
        }
        "57014" => {
            "Someone cancelled the query in the database, or a timeout set there ended it: run it again."
        }
        "57P01" => "An administrator of the database ended the connection: try again in a moment.",
        "57P02" | "57P03" => {
            "The database server is starting, stopping or recovering: try again in a moment."
        }
        "57P05" | "25P03" => "The database ended an idle connection: run it again.",
        _ => return None,
    })
}

/// A sentence that everyone may read, where it can be more precise than “cannot be reached”.
pub(in crate::run) fn sentence_on_outage(sqlstate: &str) -> Option<&'static str> {
    Some(match sqlstate {
        "28P01" | "28000" => "The database refused to sign Dataclips in.",
        "3D000" | "57P04" => "The database does not exist.",
        "40001" => {
            "The query was cancelled by a conflict with recovery or with another transaction."
        }
        "53300" => "The database has no connection free.",
        "53100" => "The database server's disk is full.",
        "53200" => "The database server ran out of memory.",
        "57014" => "The query was cancelled in the database.",
        "57P01" => "An administrator of the database ended the connection.",
        "57P02" | "57P03" => "The database is starting, stopping or recovering.",
        _ => return None,
    })
}
