//! Every request that changes something leaves an entry in the audit, with whoever sent it; so no new one can forget it.

use std::collections::BTreeSet;

use dataclips::model::{Email, OneTimeLink, Purpose, Role, Way};
use reqwest::Method;
use serde_json::{Value, json};

use super::table::table;
use crate::database::followers::pair;
use crate::support::{Client, Mailbox, PASSWORD, Server, status_and_body};

/// Requests that leave none, and why.
const UNAUDITED: [(&str, &str); 6] = [
    ("POST /theme", "changes a cookie only"),
    ("POST /account/views/forget", "a person's own memory"),
    ("POST /first-steps/dismissal", "a person's own view"),
    ("POST /{segment}/star", "a person's own mark"),
    ("POST /{segment}/star/removal", "a person's own mark"),
    ("POST /welcome/{secret}", "see the_welcome_link_is_audited"),
];

/// A server, and what has been requested there.
struct Audited {
    server: Server,
    /// An administrator in a browser.
    browser: Client,
    /// The same by a token.
    api: Client,
    ada: i64,
    told: BTreeSet<String>,
    /// Where its mails go.
    _mailbox: Mailbox,
}

impl Audited {
    async fn start() -> Self {
        let (server, mailbox) = Server::with_mail().await;
        let browser = server.signed_in("ada@example.com").await;
        let mut audited = Self {
            api: server.administrator.clone(),
            browser,
            server,
            ada: 0,
            told: BTreeSet::new(),
            _mailbox: mailbox,
        };
        audited.ada = audited
            .number("select id from users where email = 'ada@example.com'")
            .await;
        audited
    }

    async fn number(&self, sql: &str) -> i64 {
        let store = self.server.app.store.client().await.unwrap();
        store.query_one(sql, &[]).await.unwrap().get(0)
    }

    async fn entries(&self, what: &str, who: Option<i64>) -> i64 {
        let store = self.server.app.store.client().await.unwrap();
        let sql =
            "select count(*) from audit_entries where what = $1 and user_id is not distinct from $2
                   and address = '127.0.0.1'";
        store.query_one(sql, &[&what, &who]).await.unwrap().get(0)
    }

    /// Sends it, and expects one more entry of this kind, by this person.
    async fn expect(
        &mut self,
        route: &str,
        what: &str,
        who: Option<i64>,
        sent: impl AsyncFnOnce(&Self) -> u16,
    ) {
        let before = self.entries(what, who).await;
        let status = sent(self).await;
        if what.starts_with("preview") {
            // Runs are written a second later.
            while self.entries(what, who).await == before {
                tokio::time::sleep(std::time::Duration::from_millis(20)).await;
            }
        }
        let after = self.entries(what, who).await;
        assert!(
            after > before,
            "{route} leaves no {what} by {who:?}: {status}"
        );
        self.told.insert(route.to_owned());
    }

    /// A form that the administrator sends.
    async fn form(&mut self, route: &str, path: &str, fields: &[(&str, &str)], what: &str) {
        let who = Some(self.ada);
        let route = format!("POST {route}");
        let sent = async |audited: &Self| {
            let answer = audited.browser.submit(path, fields).await;
            let status = answer.status().as_u16();
            // Some do their work while they are read.
            answer.bytes().await.unwrap();
            status
        };
        self.expect(&route, what, who, sent).await;
    }

    /// A call of the API by the administrator; returns the body.
    async fn call(&mut self, call: &str, path: &str, body: Value, what: &str) -> Value {
        let who = Some(self.ada);
        let method: Method = call.split(' ').next().unwrap().parse().unwrap();
        let mut got = Value::Null;
        let sent = async |audited: &Self| {
            let answer = audited
                .api
                .request(method, path)
                .json(&body)
                .send()
                .await
                .unwrap();
            let (status, body) = status_and_body(answer).await;
            got = body;
            status
        };
        self.expect(call, what, who, sent).await;
        got
    }

    async fn slug(&self) -> String {
        self.server.create_clip("select 1 as one").await.slug
    }
}

async fn sign_ins(audited: &mut Audited) {
    let ada = Some(audited.ada);
    let sign_in = |password: &'static str| {
        async move |audited: &Audited| {
            let fields = [("email", "ada@example.com"), ("password", password)];
            let browser = audited.server.anonymous();
            browser.submit("/sign-in", &fields).await.status().as_u16()
        }
    };
    audited
        .expect("POST /sign-in", "sign-in.succeeded", ada, sign_in(PASSWORD))
        .await;
    audited
        .expect("POST /sign-in", "sign-in.failed", None, sign_in("wrong"))
        .await;
    let other = audited.server.signed_in("ada@example.com").await;
    let sign_out = async |_: &Audited| other.submit("/sign-out", &[]).await.status().as_u16();
    audited
        .expect("POST /sign-out", "sign-in.ended", ada, sign_out)
        .await;
    for path in ["/sign-in/forgotten", "/sign-in/link"] {
        let sent = async |audited: &Audited| {
            let browser = audited.server.anonymous();
            browser
                .submit(path, &[("email", "x@example.com")])
                .await
                .status()
                .as_u16()
        };
        let route = format!("POST {path}");
        audited
            .expect(&route, "sign-in.link-requested", None, sent)
            .await;
    }
    let email = Email::parse("ada@example.com").unwrap();
    let store = &audited.server.app.store;
    let link = OneTimeLink::create(store, &email, Purpose::SignIn, Way::HandedOver, "/").await;
    let path = format!("/enter/{}", link.unwrap().secret());
    let enter = async |audited: &Audited| {
        audited
            .server
            .anonymous()
            .submit(&path, &[])
            .await
            .status()
            .as_u16()
    };
    audited
        .expect("POST /enter/{secret}", "sign-in.succeeded", ada, enter)
        .await;
}

async fn account(audited: &mut Audited) {
    let session = audited.number("select max(id) from sessions").await;
    let end = format!("/account/sessions/{session}/end");
    audited
        .form(
            "/account/sessions/{id}/end",
            &end,
            &[],
            "account.sessions-ended",
        )
        .await;
    audited.server.signed_in("ada@example.com").await;
    let others = "/account/sessions/end-others";
    audited
        .form(others, others, &[], "account.sessions-ended")
        .await;
    let token = [("name", "sheet"), ("expires", "never"), ("read", "1")];
    audited
        .form(
            "/account/tokens",
            "/account/tokens",
            &token,
            "token.created",
        )
        .await;
    let id = audited
        .number("select id from tokens where name = 'sheet'")
        .await;
    let revoke = format!("/account/tokens/{id}/revoke");
    audited
        .form("/account/tokens/{id}/revoke", &revoke, &[], "token.revoked")
        .await;
    let password = [("current_password", PASSWORD), ("password", PASSWORD)];
    audited
        .form(
            "/account/password",
            "/account/password",
            &password,
            "account.password-changed",
        )
        .await;
}

async fn people(audited: &mut Audited) {
    let new = [("emails", "pia@example.com"), ("role", "guest")];
    audited
        .form("/people", "/people", &new, "person.added")
        .await;
    let pia = audited
        .number("select id from users where email = 'pia@example.com'")
        .await;
    let at = |verb: &str| format!("/people/{pia}/{verb}");
    let role = [("role", "member")];
    audited
        .form(
            "/people/{id}/role",
            &at("role"),
            &role,
            "person.role-changed",
        )
        .await;
    let link = [("purpose", "invitation")];
    audited
        .form("/people/{id}/link", &at("link"), &link, "person.link-made")
        .await;
    audited
        .form(
            "/people/{id}/deactivation",
            &at("deactivation"),
            &[],
            "person.deactivated",
        )
        .await;
    audited
        .form(
            "/people/{id}/reactivation",
            &at("reactivation"),
            &[],
            "person.reactivated",
        )
        .await;
    audited
        .number("insert into identities (issuer, subject, user_id) select 'https://login.example.com', 'x', max(id) from users returning user_id")
        .await;
    audited
        .form(
            "/people/{id}/unlinking",
            &at("unlinking"),
            &[],
            "person.unlinked",
        )
        .await;
    audited
        .form(
            "/people/{id}/removal",
            &at("removal"),
            &[],
            "person.removed",
        )
        .await;
    audited.server.user("pam@example.com", Role::Member).await;
    let pam = audited
        .number("select id from users where email = 'pam@example.com'")
        .await;
    audited
        .form(
            "/people/{id}/deletion",
            &format!("/people/{pam}/deletion"),
            &[],
            "person.deleted",
        )
        .await;
    let new = json!({"email": "pip@example.com", "role": "guest"});
    audited
        .call("POST /api/v1/people", "/api/v1/people", new, "person.added")
        .await;
    let pip = "/api/v1/people/pip@example.com";
    let role = json!({"role": "member"});
    audited
        .call(
            "PATCH /api/v1/people/{email}",
            pip,
            role,
            "person.role-changed",
        )
        .await;
    let link = json!({"purpose": "invitation"});
    let path = format!("{pip}/link");
    audited
        .call(
            "POST /api/v1/people/{email}/link",
            &path,
            link,
            "person.link-made",
        )
        .await;
    audited
        .call(
            "DELETE /api/v1/people/{email}",
            pip,
            json!({}),
            "person.removed",
        )
        .await;
    let access = [("default_access", "anyone")];
    audited
        .form("/settings", "/settings", &access, "settings.changed")
        .await;
    let access = json!({"default_access": "anyone"});
    audited
        .call(
            "PATCH /api/v1/settings",
            "/api/v1/settings",
            access,
            "settings.changed",
        )
        .await;
}

async fn databases(audited: &mut Audited) {
    let url = audited.server.data_url();
    let database = |name| {
        [
            ("name", name),
            ("url", &*url),
            ("password", ""),
            ("open_to", "members"),
            ("members", ""),
            ("role", ""),
        ]
    };
    audited
        .form(
            "/databases",
            "/databases",
            &database("east"),
            "database.added",
        )
        .await;
    let east = audited
        .number("select id from databases where name = 'east'")
        .await;
    let at = |verb: &str| format!("/databases/{east}{verb}");
    audited
        .form(
            "/databases/{id}",
            &at(""),
            &database("west"),
            "database.changed",
        )
        .await;
    let data = audited
        .number("select id from databases where name = 'data'")
        .await
        .to_string();
    let to = [("to", &*data)];
    audited.api.create_clip_on("west", "select 1 as one").await;
    audited
        .form(
            "/databases/{id}/move/check",
            &at("/move/check"),
            &to,
            "preview.finished",
        )
        .await;
    let check = json!({"to": "data"});
    audited
        .call(
            "POST /api/v1/databases/{name}/move/check",
            "/api/v1/databases/west/move/check",
            check,
            "preview.finished",
        )
        .await;
    audited
        .form("/databases/{id}/move", &at("/move"), &to, "database.moved")
        .await;
    for verb in ["/daily-look", "/daily-look/removal"] {
        audited
            .form(
                &format!("/databases/{{id}}{verb}"),
                &at(verb),
                &[],
                "database.changed",
            )
            .await;
    }
    audited
        .form(
            "/databases/{id}/removal",
            &at("/removal"),
            &[],
            "database.removed",
        )
        .await;
    audited
        .form(
            "/databases/{id}/restoration",
            &at("/restoration"),
            &[],
            "database.restored",
        )
        .await;
    let new = json!({"name": "north", "url": url});
    audited
        .call(
            "POST /api/v1/databases",
            "/api/v1/databases",
            new,
            "database.added",
        )
        .await;
    let north = "/api/v1/databases/north";
    let open = json!({"open_to": "members"});
    audited
        .call(
            "PATCH /api/v1/databases/{name}",
            north,
            open,
            "database.changed",
        )
        .await;
    let to = json!({"to": "data"});
    let path = format!("{north}/move");
    audited
        .call(
            "POST /api/v1/databases/{name}/move",
            &path,
            to,
            "database.moved",
        )
        .await;
    followers(audited).await;
    audited
        .call(
            "DELETE /api/v1/databases/{name}",
            north,
            json!({}),
            "database.removed",
        )
        .await;
}

async fn followers(audited: &mut Audited) {
    let pair = pair().await;
    audited
        .server
        .add_database("shop", &pair.primary_url())
        .await;
    let shop = audited
        .number("select id from databases where name = 'shop'")
        .await;
    let url = pair.follower_url();
    let typed = [("follower_name", "east"), ("follower_url", &*url)];
    audited
        .form(
            "/databases/{id}/followers",
            &format!("/databases/{shop}/followers"),
            &typed,
            "database.follower-added",
        )
        .await;
    let rules = [
        ("follower_lag_mebibytes", "1"),
        ("follower_lag_max", "10"),
        ("without_follower", "nowhere"),
    ];
    audited
        .form(
            "/databases/{id}/follower-rules",
            &format!("/databases/{shop}/follower-rules"),
            &rules,
            "database.changed",
        )
        .await;
    let east = audited.number("select id from followers").await;
    audited
        .form(
            "/databases/{id}/followers/{follower}/removal",
            &format!("/databases/{shop}/followers/{east}/removal"),
            &[],
            "database.follower-removed",
        )
        .await;
    let path = "/api/v1/databases/shop/followers";
    audited
        .call(
            "POST /api/v1/databases/{name}/followers",
            path,
            json!({"name": "west", "url": url}),
            "database.follower-added",
        )
        .await;
    audited
        .call(
            "DELETE /api/v1/databases/{name}/followers/{follower}",
            &format!("{path}/west"),
            json!({}),
            "database.follower-removed",
        )
        .await;
}

async fn clips_by_forms(audited: &mut Audited) {
    let new = [
        ("title", "x"),
        ("database", "data"),
        ("sql", "select 1 as one"),
    ];
    audited.form("/clips", "/clips", &new, "clip.created").await;
    audited
        .form("/clips/preview", "/clips/preview", &new, "preview.finished")
        .await;
    let slug = audited.slug().await;
    let at = |verb: &str| format!("/{slug}{verb}");
    let sql = [("sql", "select 2 as two")];
    audited
        .form("/{segment}", &at(""), &sql, "clip.edited")
        .await;
    audited
        .form(
            "/{segment}/preview",
            &at("/preview"),
            &sql,
            "preview.finished",
        )
        .await;
    let restoration = "/{segment}/versions/{number}/restoration";
    audited
        .form(
            restoration,
            &at("/versions/1/restoration"),
            &[],
            "clip.edited",
        )
        .await;
    let note = [("note", "why")];
    audited
        .form(
            "/{segment}/versions/{number}/note",
            &at("/versions/1/note"),
            &note,
            "clip.set",
        )
        .await;
    let csv = audited.server.anonymous().get(&at(".csv")).await;
    assert_eq!(csv.status(), 200);
    audited
        .form(
            "/{segment}/pin",
            &at("/pin"),
            &[("version", "3"), ("result", "1")],
            "clip.pinned",
        )
        .await;
    audited
        .form(
            "/{segment}/unpinning",
            &at("/unpinning"),
            &[],
            "clip.unpinned",
        )
        .await;
    let title = [("title", "Changed")];
    audited
        .form("/{segment}/title", &at("/title"), &title, "clip.renamed")
        .await;
    let about = [("description", "Changed"), ("tags", "changed")];
    audited
        .form("/{segment}/about", &at("/about"), &about, "clip.set")
        .await;
    let database = [("database", "west")];
    audited
        .form(
            "/{segment}/database",
            &at("/database"),
            &database,
            "clip.edited",
        )
        .await;
    let anyone = [("anyone", "0")];
    audited
        .form(
            "/{segment}/permissions",
            &at("/permissions"),
            &anyone,
            "clip.shared",
        )
        .await;
    let link = [("label", "sheet"), ("expires", "never")];
    audited
        .form("/{segment}/links", &at("/links"), &link, "clip.link-made")
        .await;
    let id = audited.number("select max(id) from clip_links").await;
    let revocation = at(&format!("/links/{id}/revocation"));
    audited
        .form(
            "/{segment}/links/{id}/revocation",
            &revocation,
            &[],
            "clip.link-revoked",
        )
        .await;
    let hidden = [("serve_stale", "1")];
    audited
        .form("/{segment}/options", &at("/options"), &hidden, "clip.set")
        .await;
    audited
        .form(
            "/{segment}/fork",
            &at("/fork"),
            &[("version", "1")],
            "clip.forked",
        )
        .await;
    let csv = audited.browser.get(&at(".csv")).await;
    assert_eq!(csv.status(), 200);
    let chart = [("kind", "figure"), ("y", "1")];
    audited
        .form("/{segment}/chart", &at("/chart"), &chart, "clip.charted")
        .await;
    audited
        .form(
            "/{segment}/chart/removal",
            &at("/chart/removal"),
            &[("chart", "1")],
            "clip.uncharted",
        )
        .await;
    let owner = [("email", "olga@example.com")];
    audited.server.user("olga@example.com", Role::Member).await;
    audited
        .form(
            "/{segment}/owner",
            &at("/owner"),
            &owner,
            "clip.transferred",
        )
        .await;
    audited
        .form("/{segment}/removal", &at("/removal"), &[], "clip.removed")
        .await;
    audited
        .form(
            "/{segment}/restoration",
            &at("/restoration"),
            &[],
            "clip.restored",
        )
        .await;
    let parameters = "select {{country}} as country";
    let slug = audited.server.create_clip(parameters).await.slug;
    let path = format!("/{slug}/parameters");
    let label = [("label.country", "Country")];
    audited
        .form("/{segment}/parameters", &path, &label, "clip.set")
        .await;
}

async fn clips_by_calls(audited: &mut Audited) {
    let new = json!({"title": "x", "database": "data", "sql": "select 1 as one"});
    audited
        .call("POST /api/v1/clips", "/api/v1/clips", new, "clip.created")
        .await;
    let preview = json!({"database": "data", "sql": "select 1"});
    audited
        .call(
            "POST /api/v1/preview",
            "/api/v1/preview",
            preview,
            "preview.finished",
        )
        .await;
    let slug = audited.slug().await;
    let clip = format!("/api/v1/clips/{slug}");
    let at = |verb: &str| format!("{clip}/{verb}");
    let route = |verb: &str, rest: &str| format!("{verb} /api/v1/clips/{{slug}}{rest}");
    let title = json!({"title": "Changed"});
    audited
        .call(&route("PATCH", ""), &clip, title, "clip.renamed")
        .await;
    let access = json!({"anyone": false});
    audited
        .call(
            &route("PUT", "/access"),
            &at("access"),
            access,
            "clip.shared",
        )
        .await;
    audited
        .call(
            &route("POST", "/fork"),
            &at("fork"),
            json!({}),
            "clip.forked",
        )
        .await;
    let label = json!({"label": "sheet"});
    let link = audited
        .call(
            &route("POST", "/links"),
            &at("links"),
            label,
            "clip.link-made",
        )
        .await;
    let link = at(&format!("links/{}", link["id"]));
    audited
        .call(
            &route("DELETE", "/links/{id}"),
            &link,
            json!({}),
            "clip.link-revoked",
        )
        .await;
    audited
        .call(&route("PUT", "/pin"), &at("pin"), json!({}), "clip.pinned")
        .await;
    audited
        .call(
            &route("DELETE", "/pin"),
            &at("pin"),
            json!({}),
            "clip.unpinned",
        )
        .await;
    let chart = json!({"kind": "figure", "y": ["one"]});
    audited
        .call(&route("PUT", "/chart"), &at("chart"), chart, "clip.charted")
        .await;
    audited
        .call(
            &route("DELETE", "/chart"),
            &at("chart"),
            json!({}),
            "clip.uncharted",
        )
        .await;
    audited
        .call(&route("DELETE", ""), &clip, json!({}), "clip.removed")
        .await;
    audited
        .call(
            &route("POST", "/restore"),
            &at("restore"),
            json!({}),
            "clip.restored",
        )
        .await;
}

/// Three ways to cancel a run.
async fn cancelled_runs(audited: &mut Audited) {
    for way in [
        "POST /{segment}/cancellation",
        "POST /running/{id}/cancellation",
        "DELETE /api/v1/runs/{id}",
    ] {
        let clip = audited.server.create_clip("select pg_sleep(60)").await;
        let rows = tokio::spawn({
            let (client, path) = (audited.api.clone(), format!("/{}.csv", clip.slug));
            async move { client.get(&path).await.status().as_u16() }
        });
        let id = running(&audited.api).await;
        let sent = async |audited: &Audited| match way {
            "POST /{segment}/cancellation" => {
                let path = format!("/{}/cancellation", clip.slug);
                audited
                    .browser
                    .submit(&path, &[("version", "1")])
                    .await
                    .status()
                    .as_u16()
            }
            "POST /running/{id}/cancellation" => {
                let path = format!("/running/{id}/cancellation");
                audited.browser.submit(&path, &[]).await.status().as_u16()
            }
            _ => audited
                .api
                .delete(&format!("/api/v1/runs/{id}"))
                .await
                .status()
                .as_u16(),
        };
        let ada = Some(audited.ada);
        audited.expect(way, "run.cancelled", ada, sent).await;
        assert_eq!(rows.await.unwrap(), 409);
    }
}

/// The id of the only run, once PostgreSQL executes it.
async fn running(client: &Client) -> String {
    loop {
        let (_, body) = status_and_body(client.get("/api/v1/runs").await).await;
        if body["runs"][0]["stage"] == "executing" {
            return body["runs"][0]["id"].as_str().unwrap().to_owned();
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_request_that_changes_something_leaves_an_entry() {
    let mut audited = Audited::start().await;
    sign_ins(&mut audited).await;
    people(&mut audited).await;
    databases(&mut audited).await;
    clips_by_forms(&mut audited).await;
    clips_by_calls(&mut audited).await;
    cancelled_runs(&mut audited).await;
    account(&mut audited).await;
    let table = table();
    let changing = table.iter().filter(|row| !row.method.is_safe());
    let missing: BTreeSet<String> = changing
        .map(|row| format!("{} {}", row.method, row.route))
        .filter(|route| UNAUDITED.iter().all(|(unaudited, _)| unaudited != route))
        .filter(|route| !audited.told.contains(route))
        .collect();
    assert!(missing.is_empty(), "is this audited? {missing:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_welcome_link_is_audited() {
    let audited = Audited::start().await;
    let store = audited.server.app.store.client().await.unwrap();
    let sql = "update users set role = 'member'";
    store.execute(sql, &[]).await.unwrap();
    let path = format!("/welcome/{}", audited.server.app.welcome.text());
    let new = [("email", "eve@example.com"), ("password", PASSWORD)];
    let answer = audited.server.anonymous().submit(&path, &new).await;
    assert_eq!(answer.status(), 303);
    let eve = audited
        .number("select id from users where email = 'eve@example.com'")
        .await;
    let sql = "select count(*) from audit_entries
               where what = 'person.added' and person_id = $1 and via = 'anonymous'";
    let added: i64 = store.query_one(sql, &[&eve]).await.unwrap().get(0);
    assert_eq!(
        (added, audited.entries("sign-in.succeeded", Some(eve)).await),
        (1, 1)
    );
}
