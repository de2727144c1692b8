//! Queries with blanks over the API: how they are saved, described, pinned, copied and backed up.

use dataclips::model::Role;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Client, Server, status_and_body};

const ORDERS: &str = "select id from orders where customer = {{customer}} and ordered_at > {{after = 2026-01-01}} \
                      and id = any ({{ids?}}) order by id limit 3";

async fn read(client: &Client, path: &str) -> Value {
    status_and_body(client.get(path).await).await.1
}

/// Saves a query, and returns status and body.
async fn saved(client: &Client, sql: &str) -> (u16, Value) {
    let new = json!({"title": "T", "database": "data", "sql": sql});
    status_and_body(client.post("/api/v1/clips", &new).await).await
}

/// Of each parameter one key, in order.
fn each<'v>(clip: &'v Value, key: &str) -> Vec<&'v Value> {
    let parameters = clip["parameters"].as_array().unwrap();
    parameters.iter().map(|parameter| &parameter[key]).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clip_describes_its_parameters() {
    let server = Server::start().await;
    let administrator = &server.administrator;
    let clip = administrator.create_clip(ORDERS).await;
    let parameter = |name: &str, type_name: &str, default: Value, nullable: bool| {
        json!({"name": name, "type": type_name, "type_fixed": false, "default": default, "nullable": nullable,
            "label": "", "help": "", "options": null})
    };
    let expected = json!([
        parameter("customer", "text", Value::Null, false),
        parameter("after", "timestamptz", json!("2026-01-01"), false),
        parameter("ids", "integer[]", Value::Null, true),
    ]);
    assert_eq!(clip.body["parameters"], expected);
    assert_eq!(clip.body.get("warning"), None);
    let path = format!("/api/v1/clips/{}", clip.slug);
    assert_eq!(read(administrator, &path).await["parameters"], expected);
    let list = read(administrator, "/api/v1/clips").await;
    assert_eq!(list["clips"][0]["parameters"], expected);
    let fork = administrator
        .post(&format!("{path}/fork"), &json!({}))
        .await;
    assert_eq!(status_and_body(fork).await.1["parameters"], expected);

    let changes = json!({"sql": "select {{n = 1}} + 1"});
    let changed = administrator.patch(&path, &changes);
    let (_, changed) = status_and_body(changed.await).await;
    assert_eq!(
        (each(&changed, "name"), each(&changed, "type")),
        (vec![&json!("n")], vec![&json!("integer")])
    );
    let hidden = administrator
        .patch(&path, &json!({"show_sql": false}))
        .await;
    assert_eq!(hidden.status(), 200);
    let member = server.user("mia@example.com", Role::Member).await;
    let seen = read(&member, &path).await;
    assert_eq!(
        (seen.get("sql"), each(&seen, "default")),
        (None, vec![&json!("1")])
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_parameter_that_is_changed_alone_keeps_its_place() {
    let server = Server::start().await;
    let administrator = &server.administrator;
    let clip = administrator.create_clip(ORDERS).await;
    let path = format!("/api/v1/clips/{}", clip.slug);
    for (names, order) in [
        (vec!["after"], ["customer", "after", "ids"]),
        (vec!["ids"], ["customer", "after", "ids"]),
        (vec!["ids", "customer"], ["ids", "after", "customer"]),
        (vec!["after"], ["ids", "after", "customer"]),
        (
            vec!["customer", "after", "ids"],
            ["customer", "after", "ids"],
        ),
    ] {
        let settings = names
            .iter()
            .map(|name| json!({"name": name, "label": "Changed"}));
        let changes = json!({"parameters": settings.collect::<Vec<_>>()});
        let (status, changed) = status_and_body(administrator.patch(&path, &changes).await).await;
        assert_eq!(status, 200, "{changed}");
        assert_eq!(each(&changed, "name"), order, "after {names:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn names_that_addresses_need_are_refused() {
    let server = Server::start().await;
    let administrator = &server.administrator;
    let clip = administrator.create_clip("select {{x}}").await;
    for name in ["sort", "version", "utm_source", "chart"] {
        let sql = format!("select {{{{x}}}}, {{{{{name}}}}}");
        let (status, body) = saved(administrator, &sql).await;
        let error = &body["error"];
        assert_eq!((status, &error["field"]), (422, &json!("sql")), "{body}");
        assert!(
            error["message"]
                .as_str()
                .unwrap()
                .contains(&format!("`{name}`")),
            "{body}"
        );
        let path = format!("/api/v1/clips/{}", clip.slug);
        let (status, _) =
            status_and_body(administrator.patch(&path, &json!({"sql": sql})).await).await;
        assert_eq!(status, 422);
        let text = format!("select '{{{{{name}}}}}', {{{{x}}}}");
        assert_eq!(saved(administrator, &text).await.0, 201);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_text_that_is_probably_not_meant_is_saved_with_a_hint() {
    let server = Server::start().await;
    let administrator = &server.administrator;
    for (sql, code, word) in [
        (
            "select id from orders where customer = '{{c}}'",
            "parameter_hint",
            "{{c}} without",
        ),
        (
            "select id from orders where id in ({{ids}})",
            "parameter_hint",
            "= any ({{ids}})",
        ),
        ("select {{a", "parameter_malformed", "}}"),
        (
            "select {{a=1}}, {{a=2}}",
            "parameter_malformed",
            "two defaults",
        ),
        (
            "select {{a}}::int, {{a}}::date",
            "parameter_ambiguous",
            "`a`",
        ),
        ("select {{a}} from tomorrow", "sql_error", "tomorrow"),
    ] {
        let (status, body) = saved(administrator, sql).await;
        let warning = &body["warning"];
        assert_eq!(
            (status, &warning["code"]),
            (201, &json!(code)),
            "{sql}: {body}"
        );
        assert!(
            warning["message"].as_str().unwrap().contains(word),
            "{sql}: {body}"
        );
        let path = format!("/api/v1/clips/{}", body["slug"].as_str().unwrap());
        let renamed = administrator.patch(&path, &json!({"title": "U"})).await;
        assert_eq!(status_and_body(renamed).await.1.get("warning"), None);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_in_quotes_that_postgresql_refuses_gets_the_same_sentence() {
    let server = Server::start().await;
    let administrator = &server.administrator;
    for (sql, instead) in [
        (
            "select id from orders where id = '{{id}}'",
            "write {{id}} without them.",
        ),
        ("select date '{{day}}'", "write {{day}} without them."),
        (
            "select interval '{{n}} days', {{x}}",
            "write {{n}} || ' days'.",
        ),
    ] {
        let (_, body) = saved(administrator, sql).await;
        let warning = &body["warning"];
        assert_eq!(warning["code"], "sql_error", "{sql}: {body}");
        let advice = warning["advice"].as_str().unwrap();
        assert!(advice.ends_with(instead), "{sql}: {body}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn types_that_were_unknown_when_a_query_was_saved_are_asked_for_later() {
    let server = Server::start().await;
    let administrator = &server.administrator;
    let clip = administrator
        .create_clip("select id from tomorrow where id = any ({{ids}})")
        .await;
    assert_eq!(each(&clip.body, "type"), [&Value::Null]);
    let rows = format!("/{}.csv?ids=2", clip.slug);
    assert_eq!(server.anonymous().get(&rows).await.status(), 422);
    let superuser = server.superuser().await;
    let create = "create table tomorrow as select generate_series(1, 3) as id; grant select on tomorrow to reader";
    superuser.batch_execute(create).await.unwrap();
    // One value is an array, since that is known before the run.
    let rows = server.anonymous().get(&rows).await;
    assert_eq!(rows.text().await.unwrap(), "id\n2\n");
    let path = format!("/api/v1/clips/{}", clip.slug);
    assert_eq!(
        each(&read(administrator, &path).await, "type"),
        ["integer[]"]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn settings_of_parameters_are_changed_and_keep_to_their_limits() {
    let server = Server::start().await;
    let administrator = &server.administrator;
    let countries = administrator.create_clip("select 'France'").await;
    let clip = administrator
        .create_clip("select {{a}}, {{b}}, {{c = 1}}")
        .await;
    let path = format!("/api/v1/clips/{}", clip.slug);
    let settings = json!({"parameters": [
        {"name": "c", "label": "Number", "help": "From 1", "type": "integer"},
        {"name": "a", "options": {"clip": countries.slug}},
        {"name": "b", "options": ["x", "y"]},
    ]});
    let (status, changed) = status_and_body(administrator.patch(&path, &settings).await).await;
    assert_eq!(status, 200, "{changed}");
    assert_eq!(each(&changed, "name"), ["c", "a", "b"]);
    assert_eq!(each(&changed, "type"), ["integer", "text", "text"]);
    assert_eq!(each(&changed, "type_fixed"), [true, false, false]);
    assert_eq!(
        (each(&changed, "label")[0], each(&changed, "help")[0]),
        (&json!("Number"), &json!("From 1"))
    );
    assert_eq!(
        each(&changed, "options"),
        [
            &Value::Null,
            &json!({"clip": countries.slug}),
            &json!(["x", "y"])
        ]
    );
    assert_eq!(changed["version"], 1);
    let activity = read(administrator, &format!("{path}/trail")).await;
    assert_eq!(activity["trail"][0]["what"], "set", "{activity}");

    // The source of options is for editors, in forks, too.
    let member = server.user("mia@example.com", Role::Member).await;
    assert_eq!(
        each(&read(&member, &path).await, "options"),
        [&Value::Null, &Value::Null, &json!(["x", "y"])]
    );
    let (_, fork) = status_and_body(member.post(&format!("{path}/fork"), &json!({})).await).await;
    assert_eq!(
        each(&fork, "options"),
        [&Value::Null, &Value::Null, &json!(["x", "y"])]
    );
    assert_eq!(
        (each(&fork, "type")[0], each(&fork, "label")[0]),
        (&json!("integer"), &json!("Number"))
    );

    for parameters in [
        json!([{"name": "a", "label": "x".repeat(101)}]),
        json!([{"name": "a", "type": "varchar(5)"}]),
        json!([{"name": "a", "options": {"clip": "x".repeat(28)}}]),
        json!([{"name": "a b"}]),
        json!([{"name": "a", "nope": 1}]),
    ] {
        let refused = administrator
            .patch(&path, &json!({"parameters": parameters}))
            .await;
        assert!(
            matches!(refused.status().as_u16(), 400 | 422),
            "{parameters}"
        );
    }
    assert_eq!(
        read(administrator, &path).await["parameters"],
        changed["parameters"]
    );
    let (status, _) = status_and_body(member.patch(&path, &settings).await).await;
    assert_eq!(status, 403);
}

#[tokio::test(flavor = "multi_thread")]
async fn results_and_pins_know_their_values() {
    let server = Server::start().await;
    let administrator = &server.administrator;
    let clip = administrator
        .create_clip("select {{country}} as c, {{n? = 1}}::int as n")
        .await;
    let path = format!("/api/v1/clips/{}", clip.slug);
    let france = format!("/{}.csv?country=France&n=", clip.slug);
    assert_eq!(
        server.anonymous().get(&france).await.text().await.unwrap(),
        "c,n\nFrance,\n"
    );
    let results = read(administrator, &format!("{path}/results")).await;
    assert_eq!(
        results["results"][0]["values"],
        json!({"country": "France", "n": null})
    );
    let page = server
        .anonymous()
        .get(&format!("/{}/history", clip.slug))
        .await;
    let history = page.text().await.unwrap();
    assert!(history.contains("country = France, n = NULL"), "{history}");

    for (body, status) in [
        (json!({}), 422),
        (json!({"values": {"country": "Spain", "other": 1}}), 422),
        (json!({"values": {"country": "Spain"}, "result": 1}), 422),
        (json!({"values": {"country": "Spain", "n": 2}}), 200),
    ] {
        let (answer, pinned) =
            status_and_body(administrator.put(&format!("{path}/pin"), &body).await).await;
        assert_eq!(answer, status, "{body}: {pinned}");
    }
    let pinned = server.anonymous().get(&format!("/{}.csv", clip.slug)).await;
    assert_eq!(pinned.text().await.unwrap(), "c,n\nSpain,2\n");
    let france = json!({"values": {"country": "France", "n": null}});
    let (_, pinned) =
        status_and_body(administrator.put(&format!("{path}/pin"), &france).await).await;
    assert_eq!(pinned["pin"]["result"], 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_error_names_its_parameter() {
    let server = Server::start().await;
    let clip = server.create_clip("select {{n}}::int").await;
    let hidden = server.create_clip("select {{n}}::int").await;
    let path = format!("/api/v1/clips/{}", hidden.slug);
    server
        .administrator
        .patch(&path, &json!({"show_sql": false}))
        .await;
    for (query, code, parameter, sqlstate) in [
        ("", "parameter_missing", json!("n"), Value::Null),
        ("?n=x", "parameter_unreadable", json!("n"), json!("22P02")),
        ("?n=1&m=2", "parameter_unknown", Value::Null, Value::Null),
    ] {
        for slug in [&clip.slug, &hidden.slug] {
            let answer = server
                .anonymous()
                .get(&format!("/{slug}.json{query}"))
                .await;
            assert_eq!(answer.headers()["access-control-allow-origin"], "*");
            let (status, body) = status_and_body(answer).await;
            let error = &body["error"];
            assert_eq!(
                (status, &error["code"]),
                (422, &json!(code)),
                "{query}: {body}"
            );
            assert_eq!(error["parameter"], parameter, "{query}: {body}");
            assert_eq!(error["sqlstate"], sqlstate, "{query}: {body}");
            // The names of parameters are for everybody who may fill them in, and so is what to add.
            let is_hidden = slug == &hidden.slug && code == "parameter_unreadable";
            assert_eq!(error.get("advice").is_none(), is_hidden, "{query}: {body}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn restoring_and_moving_keep_the_types() {
    let server = Server::start().await;
    let administrator = &server.administrator;
    let clip = administrator.create_clip("select {{n}} + 1").await;
    let path = format!("/api/v1/clips/{}", clip.slug);
    administrator
        .patch(&path, &json!({"sql": "select 2"}))
        .await;
    let page = server.signed_in("ada@example.com").await;
    let restored = page
        .submit(&format!("/{}/versions/1/restoration", clip.slug), &[])
        .await;
    assert_eq!(restored.status(), 303);
    let types = "select number, parameter_types->0->>'type_name' from versions order by number desc limit 1";
    let row = server
        .app
        .store
        .client()
        .await
        .unwrap()
        .query_one(types, &[])
        .await
        .unwrap();
    assert_eq!((row.get::<_, i32>(0), row.get::<_, &str>(1)), (3, "int4"));
}

#[tokio::test(flavor = "multi_thread")]
async fn values_in_a_body_become_what_their_types_take() {
    let server = Server::start().await;
    let administrator = &server.administrator;
    let preview = async |sql: &str, values: Value| {
        let body = json!({"database": "data", "sql": sql, "values": values});
        let answer = administrator.post("/api/v1/preview", &body).await;
        let (status, body) = status_and_body(answer).await;
        (status, body["values"][0][0].clone(), body["error"].clone())
    };
    for (sql, values, expected) in [
        (
            "select ({{j}}::jsonb)->1->>'a'",
            json!({"j": [0, {"a": "x"}]}),
            json!("x"),
        ),
        (
            "select ({{j}}::json)->>0",
            json!({"j": ["{a}"]}),
            json!("{a}"),
        ),
        (
            "select ({{n}}::int[])[2][1]::text",
            json!({"n": [[1, 2], [3, 4]]}),
            json!("3"),
        ),
        (
            "select ({{j}}::jsonb[])[1]->>0",
            json!({"j": [["x"], {}]}),
            json!("x"),
        ),
        (
            "select ({{t}}::text[])[1]",
            json!({"t": ["a,\"b"]}),
            json!("a,\"b"),
        ),
    ] {
        let (status, value, error) = preview(sql, values.clone()).await;
        assert_eq!((status, value), (200, expected), "{sql}: {error}");
    }
    for (values, advice) in [
        (json!({}), "Add it to `values`"),
        (json!({"n": [1, 2]}), "not an array"),
        (json!({"n": "\0"}), "leave it out"),
    ] {
        let (status, _, error) = preview("select {{n}} + 1", values).await;
        assert_eq!(status, 422);
        assert!(
            error["advice"].as_str().unwrap().contains(advice),
            "{error}"
        );
    }
    let clip = administrator
        .create_clip("select ({{j}}::jsonb)->>0 as first, {{ids = {1,2}}}::int[] as ids")
        .await;
    let path = format!("/api/v1/clips/{}", clip.slug);
    let pin = async |values: Value| {
        let body = json!({"values": values});
        status_and_body(administrator.put(&format!("{path}/pin"), &body).await).await
    };
    let (status, body) = pin(json!({})).await;
    let advice = body["error"]["advice"].as_str().unwrap();
    assert_eq!(status, 422);
    assert!(advice.contains("{\"values\": {\"j\": "), "{body}");
    assert_eq!(pin(json!({"j": ["x"], "ids": [[3], [4]]})).await.0, 200);
    let rows = administrator.get(&format!("/{}.json", clip.slug)).await;
    let (_, rows) = status_and_body(rows).await;
    assert_eq!(rows["values"][0], json!(["x", [[3], [4]]]));
}

#[tokio::test(flavor = "multi_thread")]
async fn equal_arrays_share_one_result() {
    let server = Server::start().await;
    let administrator = &server.administrator;
    let sql = "select id from orders where id = any ({{ids = {1,2}}}) order by id";
    let clip = administrator.create_clip(sql).await;
    for query in [
        "",
        "?ids=1&ids=2",
        "?ids=%7B1,2%7D",
        "?ids=%7B%221%22,%20%222%22%7D",
    ] {
        let rows = administrator
            .get(&format!("/{}.csv{query}", clip.slug))
            .await;
        assert_eq!(rows.headers()["x-dataclips-result"], "1", "{query}");
        assert_eq!(rows.text().await.unwrap(), "id\n1\n2\n", "{query}");
    }
    let single = async |query: &str| {
        let path = format!("/{}.csv{query}", clip.slug);
        let rows = administrator.get(&path).await;
        rows.headers()["x-dataclips-result"].clone()
    };
    assert_eq!(single("?ids=2").await, "2");
    assert_eq!(single("?ids=%7B2%7D").await, "2");
    let path = format!("/api/v1/clips/{}", clip.slug);
    let pin = json!({"values": {"ids": [2]}});
    let pinned = administrator.put(&format!("{path}/pin"), &pin).await;
    assert_eq!(status_and_body(pinned).await.1["pin"]["result"], 2);

    // A link that fixes an array opens it in every form.
    let unpinned = administrator.delete(&format!("{path}/pin")).await;
    assert_eq!(unpinned.status(), 204);
    let new = json!({"label": "Two", "values": {"ids": "{ \"1\", 2 }"}});
    let link = administrator.post(&format!("{path}/links"), &new).await;
    let (status, link) = status_and_body(link).await;
    assert_eq!(status, 201);
    let token = link["token"].as_str().unwrap();
    for query in ["?", "?ids=1&ids=2&", "?ids=%7B1,2%7D&"] {
        let rows = server
            .anonymous()
            .get(&format!("/{}.csv{query}access-token={token}", clip.slug))
            .await;
        assert_eq!(rows.status(), 200, "{query}");
        assert_eq!(rows.headers()["x-dataclips-result"], "1", "{query}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_value_that_is_given_twice_is_refused() {
    let server = Server::start().await;
    let administrator = &server.administrator;
    let body =
        r#"{"database": "data", "sql": "select {{a}}", "values": {"a": "1", "b": 2, "a": "2"}}"#;
    let request = administrator
        .request(Method::POST, "/api/v1/preview")
        .header("content-type", "application/json")
        .body(body);
    let (status, body) = status_and_body(administrator.send(request).await).await;
    assert_eq!(status, 422, "{body}");
    let field = body["error"]["field"].as_str().unwrap();
    assert!(field.starts_with("values"), "{body}");
}
