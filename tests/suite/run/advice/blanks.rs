//! Blanks whose type PostgreSQL cannot tell, or tells another than was meant.

use super::Case;

pub(super) const BLANKS: &[Case] = &[
    (
        "select {{a = 1}} + {{b = 2}}",
        "42725",
        "Name the type behind the blank, as in {{b}}::numeric.",
    ),
    ("select -{{a = 1}}", "42725", "as in {{a}}::numeric."),
    (
        "select id, sum({{ a = 1 }}) from orders",
        "42725",
        "as in {{a}}::numeric.",
    ),
    (
        "select date_trunc('day', {{day = 2026-01-01}})",
        "42725",
        "as in {{day}}::timestamp.",
    ),
    (
        "select id from orders where now() > (now() - {{age = 7 days}}) and id = 1",
        "42883",
        "as in {{age}}::interval.",
    ),
    (
        "select 'é', now() - {{age = 7 días}} > now()",
        "42883",
        "as in {{age}}::interval.",
    ),
    // Not to blame.
    (
        "select now() > 1, {{a = 1}}",
        "42883",
        "No such function or operator",
    ),
    ("select summ({{a = 1}})", "42883", "check the spelling"),
];
