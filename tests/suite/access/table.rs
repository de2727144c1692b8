//! Route × visitor → status.
//!
//! A row's marks stand in the order of the visitors: nobody, bad token, user token in the address, deactivated owner;
//! guest, granted, by domain, by domain unverified; member without the database, with it, editor, owner, owner who lost
//! the database, administrator; link, expired, revoked, of another clip. A dot is the status of success, an o is 200; 1 is
//! 401, 2 is 422, 3 is 403, 4 is 404, 9 is 409.

use reqwest::Method;
use serde_json::{Value, json};

use super::row::{ALL, Row};
use super::stage::{SQL, Stage, TITLE, VISITORS};

/// Those who may see a protected clip.
const READ: &str = "1111 3..3 33.... 1111";
/// The same, and those with a link.
const ROWS: &str = "1111 3..3 33.... .111";
const EDIT: &str = "1111 3333 33.... 1111";
/// Only on a database that one may query.
const EDIT_QUERY: &str = "1111 3333 33..3. 1111";
/// For an open clip. Forking a protected one needs the same rights as editing its query.
const FORK: &str = "1111 3333 3...3. 1111";
/// Only for clips that are open to anyone, no matter who sends the request.
const NOT_PROTECTED: &str = "1111 3333 333333 1111";
/// The version's author is its owner.
const NOTE: &str = OWN;
const OWN: &str = "1111 3333 333... 1111";
const SIGNED_IN: &str = "1111 .... ...... 1111";
/// Only for people signed in in a browser, as the tests of accounts check.
const BY_COOKIE: &str = "1111 1111 111111 1111";
const ADMINISTER: &str = "1111 3333 33333. 1111";
/// On a database that does not exist for those who may not query it.
const CREATE: &str = "1111 2222 2...2. 1111";

/// A database that is unknown to those who may not query it.
const OF_DATA: &str = "1111 4444 4...4. 1111";

pub fn table() -> Vec<Row> {
    let mut table = site();
    table.extend(clip_pages());
    table.extend(rows());
    table.extend(api());
    table
}

/// Pages that are not about one clip.
fn site() -> Vec<Row> {
    let gone = "4444 4444 444444 4444";
    // People who are signed in are redirected at once.
    let sign_in = "oooo .... ...... oooo";
    let nobody = [("email", "nobody"), ("password", "correct horse")];
    let query = [("title", TITLE), ("database", "data"), ("sql", SQL)];
    vec![
        Row::get("/", ALL),
        Row::get("/healthz", ALL),
        Row::get("/readyz", ALL),
        Row::get("/robots.txt", ALL),
        Row::get("/.well-known/security.txt", ALL),
        Row::new(Method::GET, "/.well-known/change-password", 303, ALL),
        Row::get("/version", ALL),
        Row::get("/metrics", ADMINISTER),
        Row::get("/welcome/{secret}", gone),
        Row::post("/welcome/{secret}", 303, gone).form(&nobody),
        Row::new(Method::GET, "/sign-in", 303, sign_in),
        Row::post("/sign-in", 422, ALL).form(&nobody),
        Row::get("/sign-in/forgotten", ALL),
        Row::post("/sign-in/forgotten", 200, ALL).form(&[("email", "nobody@example.com")]),
        Row::back("/sign-in/link"),
        Row::post("/sign-in/link", 200, ALL).form(&[("email", "nobody@example.com")]),
        // This server has no OpenID provider.
        Row::new(
            Method::GET,
            "/sign-in/provider",
            303,
            "4444 .... ...... 4444",
        ),
        Row::get("/sign-in/callback", gone),
        Row::back("/sign-out"),
        Row::post("/sign-out", 303, ALL),
        Row::back("/theme"),
        Row::post("/theme", 303, ALL).form(&[("theme", "dark"), ("next", "/")]),
        Row::get("/account", BY_COOKIE),
        Row::back("/account/password"),
        Row::post("/account/password", 422, BY_COOKIE)
            .form(&[("current_password", "x"), ("password", "y")]),
        Row::back("/account/sessions/{id}/end"),
        Row::post("/account/sessions/{id}/end", 303, BY_COOKIE),
        Row::back("/account/sessions/end-others"),
        Row::post("/account/sessions/end-others", 303, BY_COOKIE),
        Row::back("/account/tokens"),
        Row::post("/account/tokens", 303, BY_COOKIE).form(&[
            ("name", "x"),
            ("expires", "never"),
            ("read", "1"),
        ]),
        Row::back("/account/tokens/{id}/revoke"),
        Row::post("/account/tokens/{id}/revoke", 303, BY_COOKIE),
        Row::back("/account/views/forget"),
        Row::post("/account/views/forget", 303, BY_COOKIE),
        Row::get("/enter/{secret}", gone),
        Row::post("/enter/{secret}", 303, gone).form(&[("password", "correct horse")]),
        Row::get("/settings", ADMINISTER),
        Row::post("/settings", 303, ADMINISTER).form(&[("default_access", "anyone")]),
        Row::get("/audit", ADMINISTER),
        Row::get("/audit/export", ADMINISTER),
        Row::get("/running", ADMINISTER),
        Row::back("/running/{id}/cancellation"),
        Row::post("/running/{id}/cancellation", 404, ADMINISTER).form(&[("database", "")]),
        Row::get("/people", ADMINISTER),
        Row::post("/people", 422, ADMINISTER).form(&[("emails", "nobody"), ("role", "guest")]),
        Row::get("/people/{id}", ADMINISTER),
        Row::back("/people/{id}/role"),
        Row::post("/people/{id}/role", 409, ADMINISTER).form(&[("role", "member")]),
        Row::back("/people/{id}/link"),
        Row::post("/people/{id}/link", 422, ADMINISTER).form(&[("purpose", "fun")]),
        Row::back("/people/{id}/deactivation"),
        Row::post("/people/{id}/deactivation", 409, ADMINISTER),
        Row::back("/people/{id}/removal"),
        Row::post("/people/{id}/removal", 409, ADMINISTER),
        Row::get("/people/{id}/deletion", ADMINISTER),
        Row::post("/people/{id}/deletion", 409, ADMINISTER).form(&[("clips", "")]),
        Row::back("/people/{id}/unlinking"),
        Row::post("/people/{id}/unlinking", 303, ADMINISTER),
        Row::back("/people/{id}/reactivation"),
        Row::post("/people/{id}/reactivation", 303, ADMINISTER),
        Row::get("/clips/new", SIGNED_IN),
        Row::back("/clips"),
        Row::post("/clips", 303, CREATE).form(&query),
        Row::back("/clips/preview"),
        Row::post("/clips/preview", 200, CREATE).form(&query),
        // Nobody has run a preview with this id.
        Row::get("/previews/{id}", SIGNED_IN).done(404),
        Row::get("/previews/{id}/rows", SIGNED_IN).done(404),
        Row::get("/previews/{id}/columns", SIGNED_IN).done(404),
        Row::get("/clips/removed", SIGNED_IN),
        Row::back("/first-steps/dismissal"),
        Row::post("/first-steps/dismissal", 303, ADMINISTER),
        Row::get("/databases", SIGNED_IN),
        Row::post("/databases", 422, ADMINISTER).form(&[
            ("name", "x"),
            ("url", "no url"),
            ("password", ""),
            ("open_to", "members"),
            ("members", ""),
            ("role", ""),
        ]),
        Row::get("/databases/new", ADMINISTER),
        Row::get("/databases/{id}/health", ADMINISTER),
        Row::back("/databases/{id}/daily-look"),
        Row::post("/databases/{id}/daily-look", 303, ADMINISTER),
        Row::back("/databases/{id}/daily-look/removal"),
        Row::post("/databases/{id}/daily-look/removal", 303, ADMINISTER),
        Row::get("/databases/{id}/schema", OF_DATA),
        Row::get("/databases/{id}/schema/search", OF_DATA),
        Row::get("/databases/{id}", ADMINISTER),
        Row::post("/databases/{id}", 422, ADMINISTER).form(&[
            ("name", "data"),
            ("url", "no url"),
            ("password", ""),
            ("open_to", "members"),
            ("members", ""),
            ("role", ""),
        ]),
        Row::back("/databases/{id}/move"),
        Row::post("/databases/{id}/move", 422, ADMINISTER).form(&[("to", "99")]),
        Row::back("/databases/{id}/move/check"),
        Row::post("/databases/{id}/move/check", 422, ADMINISTER).form(&[("to", "99")]),
        Row::back("/databases/{id}/followers"),
        Row::post("/databases/{id}/followers", 422, ADMINISTER)
            .form(&[("follower_name", "x"), ("follower_url", "no url")]),
        Row::back("/databases/{id}/followers/{follower}/removal")
            .at("/databases/1/followers/1/removal"),
        Row::post(
            "/databases/{id}/followers/{follower}/removal",
            303,
            ADMINISTER,
        )
        .at("/databases/1/followers/1/removal"),
        Row::back("/databases/{id}/follower-rules"),
        Row::post("/databases/{id}/follower-rules", 422, ADMINISTER).form(&[
            ("follower_lag_mebibytes", "much"),
            ("follower_lag_max", "30"),
            ("without_follower", "primary"),
        ]),
        Row::back("/databases/{id}/removal"),
        Row::post("/databases/{id}/removal", 409, ADMINISTER).form(&[]),
        Row::back("/databases/{id}/restoration"),
        Row::post("/databases/{id}/restoration", 303, ADMINISTER),
    ]
}

/// A clip's pages.
fn clip_pages() -> Vec<Row> {
    vec![
        Row::get("/{segment}", ALL).of_clips(ALL, READ),
        Row::post("/{segment}", 303, EDIT_QUERY)
            .form(&[("sql", "select 2 as two")])
            .of_clips(EDIT_QUERY, EDIT_QUERY),
        Row::new(Method::GET, "/{segment}/", 308, ALL).of_clips(ALL, ALL),
        Row::back("/{segment}/preview"),
        Row::post("/{segment}/preview", 200, EDIT_QUERY)
            .form(&[("sql", "select 2 as two")])
            .of_clips(EDIT_QUERY, EDIT_QUERY),
        Row::get("/{segment}/history", ALL).of_clips(ALL, READ),
        Row::back("/{segment}/versions"),
        Row::get("/{segment}/difference", ALL).of_clips(ALL, READ),
        Row::back("/{segment}/versions/{number}/restoration"),
        Row::post("/{segment}/versions/{number}/restoration", 303, EDIT_QUERY)
            .at("/{segment}/versions/1/restoration")
            .of_clips(EDIT_QUERY, EDIT_QUERY),
        Row::back("/{segment}/versions/{number}/note"),
        Row::post("/{segment}/versions/{number}/note", 303, NOTE)
            .at("/{segment}/versions/1/note")
            .form(&[("note", "Changed")])
            .of_clips(NOTE, NOTE),
        Row::back("/{segment}/star"),
        Row::post("/{segment}/star", 303, SIGNED_IN)
            .form(&[("back", "/")])
            .of_clips(SIGNED_IN, READ),
        Row::back("/{segment}/star/removal"),
        Row::post("/{segment}/star/removal", 303, SIGNED_IN)
            .form(&[("back", "/")])
            .of_clips(SIGNED_IN, READ),
        Row::back("/{segment}/results"),
        Row::back("/{segment}/trail"),
        Row::get("/{segment}/run", ALL).of_clips(ALL, READ),
        Row::back("/{segment}/cancellation"),
        Row::post("/{segment}/cancellation", 303, EDIT)
            .form(&[("version", "1")])
            .of_clips(EDIT, EDIT),
        Row::back("/{segment}/pin"),
        Row::post("/{segment}/pin", 404, OWN)
            .form(&[("version", "1"), ("result", "9")])
            .of_clips(OWN, OWN),
        Row::back("/{segment}/unpinning"),
        Row::post("/{segment}/unpinning", 303, OWN).of_clips(OWN, OWN),
        Row::get("/{segment}/settings", EDIT).of_clips(EDIT, EDIT),
        Row::back("/{segment}/title"),
        Row::post("/{segment}/title", 303, EDIT)
            .form(&[("title", "Changed")])
            .of_clips(EDIT, EDIT),
        Row::back("/{segment}/about"),
        Row::post("/{segment}/about", 303, EDIT)
            .form(&[("description", "Changed"), ("tags", "changed")])
            .of_clips(EDIT, EDIT),
        Row::back("/{segment}/database"),
        Row::post("/{segment}/database", 303, EDIT)
            .form(&[("database", "data")])
            .of_clips("1111 3333 33..2. 1111", "1111 3333 33..2. 1111"),
        Row::back("/{segment}/permissions"),
        Row::post("/{segment}/permissions", 303, OWN)
            .form(&[("anyone", "1")])
            .of_clips(OWN, OWN),
        Row::back("/{segment}/links"),
        Row::post("/{segment}/links", 303, OWN)
            .form(&[("label", "sheet"), ("expires", "never")])
            .of_clips(OWN, OWN),
        Row::back("/{segment}/links/{id}/revocation"),
        Row::post("/{segment}/links/{id}/revocation", 303, OWN).of_clips(OWN, OWN),
        Row::back("/{segment}/parameters"),
        Row::post("/{segment}/parameters", 303, EDIT)
            .form(&[("label.country", "Country")])
            .of_clips(EDIT, EDIT),
        Row::back("/{segment}/options"),
        Row::post("/{segment}/options", 303, OWN)
            .form(&[("show_sql", "1")])
            .of_clips(OWN, OWN),
        Row::back("/{segment}/owner"),
        Row::post("/{segment}/owner", 422, OWN)
            .form(&[("email", "nobody@example.com")])
            .of_clips(OWN, OWN),
        Row::back("/{segment}/fork"),
        Row::post("/{segment}/fork", 303, FORK)
            .form(&[("version", "1")])
            .of_clips(FORK, EDIT_QUERY),
        Row::back("/{segment}/chart"),
        // Nothing has run yet that could be drawn.
        Row::post("/{segment}/chart", 404, EDIT)
            .form(&[("kind", "figure"), ("y", "1")])
            .of_clips(EDIT, EDIT),
        Row::back("/{segment}/chart/removal"),
        Row::post("/{segment}/chart/removal", 303, EDIT)
            .form(&[("chart", "1")])
            .of_clips(EDIT, EDIT),
        Row::get("/{segment}/share", ALL).of_clips(ALL, READ),
        Row::get("/{segment}/excel.iqy", ALL).of_clips(ALL, NOT_PROTECTED),
        Row::get("/{segment}/table", ALL).of_clips(ALL, NOT_PROTECTED),
        Row::get("/{segment}/embed", ALL).of_clips(ALL, NOT_PROTECTED),
        Row::back("/{segment}/removal"),
        Row::post("/{segment}/removal", 303, OWN).of_clips(OWN, OWN),
        Row::back("/{segment}/restoration"),
        Row::post("/{segment}/restoration", 303, OWN).of_clips(OWN, OWN),
    ]
}

/// A clip's rows.
fn rows() -> Vec<Row> {
    let clips = |path: &str| Row::get("/{segment}", ALL).at(path);
    let unknown = clips("/{segment}.nothing").done(404);
    vec![
        clips("/{segment}.csv").of_clips(ALL, ROWS),
        clips("/{segment}-with-words.json?shape=objects").of_clips(ALL, ROWS),
        clips("/{segment}.xlsx?version=1").of_clips(ALL, ROWS),
        clips("/{segment}.parquet?version=1").of_clips(ALL, ROWS),
        clips("/{segment}.ndjson?version=1&result=1").of_clips(ALL, ROWS),
        clips("/{segment}.md").of_clips(ALL, ROWS),
        // The clip has no column of geometries.
        clips("/{segment}.geojson").done(422).of_clips(ALL, ROWS),
        clips("/{segment}.sql").of_clips(ALL, ROWS),
        unknown.of_clips(ALL, ROWS),
        Row::new(Method::HEAD, "/{segment}", 200, ALL)
            .at("/{segment}.tsv")
            .of_clips(ALL, ROWS),
        Row::get("/{segment}/rows", ALL).of_clips(ALL, ROWS),
        Row::get("/{segment}/columns", ALL)
            .at("/{segment}/columns?columns=1")
            .of_clips(ALL, ROWS),
        Row::new(Method::OPTIONS, "/{segment}", 204, ALL)
            .at("/{segment}.csv")
            .of_clips(ALL, ALL),
        Row::new(Method::OPTIONS, "/{segment}", 204, ALL)
            .at("/{segment}")
            .of_clips(ALL, ALL),
    ]
}

fn api() -> Vec<Row> {
    let new = json!({"title": TITLE, "database": "data", "sql": SQL});
    // A database that the visitor may not query gets the same error as one that does not exist.
    let to_closed = "1111 3333 33222. 1111";
    let clip = "/api/v1/clips/{slug}";
    let patch = |value: Value| Row::new(Method::PATCH, clip, 200, EDIT).json(value);
    vec![
        Row::get("/api/v1/clips", SIGNED_IN),
        Row::post("/api/v1/clips", 201, CREATE).json(new),
        Row::post("/api/v1/preview", 200, CREATE).json(json!({"database": "data", "sql": SQL})),
        Row::get(clip, SIGNED_IN).of_clips(SIGNED_IN, READ),
        patch(json!({"title": "Changed"})).of_clips(EDIT, EDIT),
        patch(json!({"sql": "select 2 as two"})).of_clips(EDIT_QUERY, EDIT_QUERY),
        patch(json!({"database": "closed"})).of_clips(to_closed, to_closed),
        patch(json!({"show_sql": false})).of_clips(OWN, OWN),
        patch(json!({"max_age": 60})).of_clips(OWN, OWN),
        patch(json!({"serve_stale": true})).of_clips(OWN, OWN),
        Row::new(Method::DELETE, clip, 204, OWN).of_clips(OWN, OWN),
        Row::post("/api/v1/clips/{slug}/restore", 200, OWN).of_clips(OWN, OWN),
        Row::get("/api/v1/clips/{slug}/versions", SIGNED_IN).of_clips(SIGNED_IN, READ),
        Row::get("/api/v1/clips/{slug}/results", SIGNED_IN).of_clips(SIGNED_IN, READ),
        Row::get("/api/v1/clips/{slug}/trail", OWN).of_clips(OWN, OWN),
        Row::get("/api/v1/clips/{slug}/access", OWN).of_clips(OWN, OWN),
        Row::new(Method::PUT, "/api/v1/clips/{slug}/access", 200, OWN)
            .json(json!({"anyone": true}))
            .of_clips(OWN, OWN),
        Row::post("/api/v1/clips/{slug}/fork", 201, FORK)
            .json(json!({}))
            .of_clips(FORK, EDIT_QUERY),
        patch(json!({"owner": "nobody@example.com"}))
            .done(422)
            .of_clips(OWN, OWN),
        Row::get("/api/v1/clips/{slug}/links", OWN).of_clips(OWN, OWN),
        Row::post("/api/v1/clips/{slug}/links", 201, OWN)
            .json(json!({"label": "sheet"}))
            .of_clips(OWN, OWN),
        Row::new(Method::DELETE, "/api/v1/clips/{slug}/links/{id}", 404, OWN).of_clips(OWN, OWN),
        Row::get("/api/v1/audit", ADMINISTER),
        Row::get("/api/v1/audit/export", ADMINISTER),
        Row::get("/api/v1/runs", ADMINISTER),
        Row::new(Method::DELETE, "/api/v1/runs/{id}", 404, ADMINISTER),
        Row::get("/api/v1/people", ADMINISTER),
        Row::new(Method::DELETE, "/api/v1/people/{email}", 404, ADMINISTER)
            .at("/api/v1/people/nobody@example.com"),
        Row::post("/api/v1/people", 422, ADMINISTER)
            .json(json!({"email": "nobody", "role": "guest"})),
        Row::new(Method::PATCH, "/api/v1/people/{email}", 404, ADMINISTER)
            .at("/api/v1/people/nobody@example.com")
            .json(json!({})),
        Row::post("/api/v1/people/{email}/link", 404, ADMINISTER)
            .at("/api/v1/people/nobody@example.com/link")
            .json(json!({"purpose": "reset"})),
        Row::get("/api/v1/settings", ADMINISTER),
        Row::new(Method::PATCH, "/api/v1/settings", 200, ADMINISTER).json(json!({})),
        Row::new(Method::PUT, "/api/v1/clips/{slug}/pin", 200, OWN)
            .json(json!({}))
            .of_clips(OWN, OWN),
        Row::new(Method::DELETE, "/api/v1/clips/{slug}/pin", 204, OWN).of_clips(OWN, OWN),
        Row::get("/api/v1/clips/{slug}/chart", SIGNED_IN)
            .done(404)
            .of_clips(SIGNED_IN, READ),
        Row::new(Method::PUT, "/api/v1/clips/{slug}/chart", 200, EDIT)
            .json(json!({"kind": "figure", "y": ["disclosed"]}))
            .of_clips(EDIT, EDIT),
        Row::new(Method::DELETE, "/api/v1/clips/{slug}/chart", 204, EDIT).of_clips(EDIT, EDIT),
        Row::get("/api/v1/databases", SIGNED_IN),
        Row::post("/api/v1/databases", 422, ADMINISTER).json(json!({"name": "x", "url": "no url"})),
        Row::get("/api/v1/databases/{name}", OF_DATA).at("/api/v1/databases/data"),
        Row::get("/api/v1/databases/{name}", "1111 4444 44444. 1111")
            .at("/api/v1/databases/closed"),
        Row::get("/api/v1/databases/{name}/schema", OF_DATA).at("/api/v1/databases/data/schema"),
        Row::get("/api/v1/databases/{name}/health", ADMINISTER).at("/api/v1/databases/data/health"),
        Row::new(Method::PATCH, "/api/v1/databases/{name}", 422, ADMINISTER)
            .at("/api/v1/databases/data")
            .json(json!({"url": "no url"})),
        Row::new(Method::DELETE, "/api/v1/databases/{name}", 409, ADMINISTER)
            .at("/api/v1/databases/data"),
        Row::post("/api/v1/databases/{name}/move/check", 422, ADMINISTER)
            .at("/api/v1/databases/data/move/check")
            .json(json!({"to": "nowhere"})),
        Row::get("/api/v1/databases/{name}/followers", ADMINISTER)
            .at("/api/v1/databases/data/followers"),
        Row::post("/api/v1/databases/{name}/followers", 422, ADMINISTER)
            .at("/api/v1/databases/data/followers")
            .json(json!({"name": "x", "url": "no url"})),
        Row::new(
            Method::DELETE,
            "/api/v1/databases/{name}/followers/{follower}",
            404,
            ADMINISTER,
        )
        .at("/api/v1/databases/data/followers/x"),
        Row::post("/api/v1/databases/{name}/move", 422, ADMINISTER)
            .at("/api/v1/databases/data/move")
            .json(json!({"to": "nowhere"})),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn every_route_responds_to_each_visitor_as_their_rights_say() {
    let table = table();
    let mut stage = Stage::set(changes_without_database(&table)).await;
    let mut wrong = Vec::new();
    for row in &table {
        for (is_protected, marks) in [(false, Some(row.open)), (true, row.protected)] {
            let Some(marks) = marks else { continue };
            for (visitor, status) in VISITORS.iter().zip(row.statuses(marks)) {
                let got = row.ask(&mut stage, visitor, is_protected, status).await;
                if got != status {
                    let kind = if is_protected { "protected" } else { "open" };
                    wrong.push(format!(
                        "{} {} ({kind}) by {visitor}: {got}, not {status}",
                        row.method, row.path
                    ));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    stage.expect_unchanged().await;
}

/// How often the owner who lost the database changes a clip.
fn changes_without_database(table: &[Row]) -> usize {
    let owner = VISITORS
        .iter()
        .position(|visitor| *visitor == "owner who lost the database");
    let marks = table.iter().flat_map(|row| {
        let marks = [Some(row.open), row.protected].into_iter().flatten();
        marks.map(move |marks| (row, row.statuses(marks)))
    });
    let changes = marks.filter(|(row, statuses)| row.changes_a_clip(statuses[owner.unwrap()]));
    changes.count()
}
