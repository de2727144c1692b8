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

pub(super) const STANDBY: &str =
    "The database is a standby, which cannot do this: leave it out, or query its primary.";
pub(super) const JSON_ESCAPE: &str = "The JSON has an escape such as \\u0000 for a character that text in this database cannot contain: use json \
                                      in place of jsonb, or remove it first with replace().";

/// For an error in the statement itself.
pub(in crate::run) fn on_statement(sqlstate: &str) -> Option<&'static str> {
    Some(match sqlstate {
        "21000" => {
            "A subquery in place of a value may return one row only: add limit 1, or use in (…) instead of =."
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
            "The calculation has no result for some values: leave those rows out, or turn the values to NULL with nullif()."
        }
        "2201W" | "2201X" => "LIMIT and OFFSET take numbers from 0.",
        "22P05" => {
            "The data holds text that UTF-8 does not have: leave that column out, or show its bytes with \
                    convert_to(column, getdatabaseencoding())."
        }
        "22P02" => {
            "A value does not have the form of its type: compare text with text, numbers with numbers, or cast."
        }
        "25006" => "Dataclips only reads: the query may neither change anything nor lock rows.",
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
            "Every column outside an aggregate such as sum() has to be in GROUP BY; a condition on an aggregate belongs \
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
            "Check the table's spelling; write its schema before it, and double quotes if it has capital letters. A table \
                    with an alias is known by that only."
        }
        "42P10" => {
            "Compare these columns with the ones that are selected: a number in ORDER BY is the place of one of them, and \
                    with DISTINCT the rows can be ordered by them only."
        }
        "42P19" => {
            "A recursive query has a part that does not refer to itself, then UNION ALL, then one that does so once."
        }
        "42P20" => {
            "Window functions such as row_number() are computed after WHERE and HAVING: put the condition into a query \
                    around this one."
        }
        "42P02" => "Write the value itself in place of the parameter.",
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
