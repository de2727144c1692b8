//! `dataclips export` and `dataclips import`.

use serde_json::{Value, json};

use super::program::Program;
use crate::support::{Client, shared, status_and_body};

/// A store with people, databases, and clips in every state.
async fn furnished() -> (Program, Vec<String>) {
    let program = Program::on_empty_store().await;
    program.done(
        &["user", "add", "ada@example.com", "--role", "administrator"],
        "correct horse",
    );
    program.done(&["user", "add", "mia@example.com"], "correct horse");
    let database = crate::support::empty_database().await;
    let url = shared().socket_url("reader", database.rsplit_once('/').unwrap().1);
    program.done(
        &["database", "add", "data", "--open-to", "mia@example.com"],
        &url,
    );
    program.done(&["database", "add", "gone"], &url);
    let server = program.serve();
    let [ada, mia] = ["ada@example.com", "mia@example.com"]
        .map(|email| server.client(&program.done(&["token", "add", email, "--name", "x"], "")));
    let first = mia.create_clip("select 'größe 🦀' as \"ä\"").await;
    let changes = json!({"title": "“Two”", "sql": "select 2 as two", "max_age": 60, "show_sql": false, "serve_stale": true, "runs_on": "primary",
        "description": "About *two*", "tags": ["Sales", "größe"], "note": "Two instead"});
    assert_eq!(
        mia.patch(&format!("/api/v1/clips/{}", first.slug), &changes)
            .await
            .status(),
        200
    );
    let access = json!({"anyone": true, "grants": [{"to": "eda@example.com", "may": "edit"}, {"to": "@example.org", "may": "see"}]});
    let shared = ada
        .put(&format!("/api/v1/clips/{}/access", first.slug), &access)
        .await;
    assert_eq!(shared.status(), 200);
    let removed = ada.create_clip("select 3 as three").await;
    assert_eq!(
        ada.delete(&format!("/api/v1/clips/{}", removed.slug))
            .await
            .status(),
        204
    );
    let guest = json!({"email": "gus@example.com", "role": "guest"});
    assert_eq!(ada.post("/api/v1/people", &guest).await.status(), 201);
    let guest = "/api/v1/people/gus@example.com";
    let shut_out = ada.patch(guest, &json!({"active": false})).await;
    assert_eq!(shut_out.status(), 200);
    let lost = ada.create_clip_on("gone", "select 4 as four").await;
    assert_eq!(
        ada.delete("/api/v1/databases/gone?force=1").await.status(),
        204
    );
    let rules =
        json!({"follower_lag_bytes_max": 5, "follower_lag_max": 7, "without_follower": "nowhere"});
    let changed = ada.patch("/api/v1/databases/data", &rules).await;
    assert_eq!(changed.status(), 200);
    with_blanks(&mia).await;
    assert!(server.stop().success());
    (program, vec![first.slug, removed.slug, lost.slug])
}

/// A clip with parameters, pinned to a result with values.
async fn with_blanks(client: &Client) {
    let clip = client
        .create_clip("select {{country}} as country, {{n? = 1}}::int as n")
        .await;
    let path = format!("/api/v1/clips/{}", clip.slug);
    let settings = json!({"parameters": [{"name": "n", "label": "Number", "options": ["1", "2"]}]});
    assert_eq!(client.patch(&path, &settings).await.status(), 200);
    let pin = json!({"values": {"country": "France", "n": null}});
    assert_eq!(client.put(&format!("{path}/pin"), &pin).await.status(), 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn parameters_and_the_values_of_pinned_rows_are_imported() {
    let (program, _) = furnished().await;
    let backup = program.done(&["export"], "");
    let mut document: Value = serde_json::from_str(&backup).unwrap();
    let clip = &document["clips"][3];
    assert_eq!(
        clip["pin"]["values"],
        json!({"country": "France", "n": null})
    );
    let slug = clip["slug"].as_str().unwrap().to_owned();
    let fresh = Program::on_empty_store().await;
    fresh.done(&["import"], &backup);
    let server = fresh.serve();
    let rows = server
        .visitor()
        .get(&format!("/{slug}.csv?country=France&n="))
        .await;
    assert_eq!(rows.text().await.unwrap(), "country,n\nFrance,\n");
    let mia = server.client(&fresh.done(&["token", "add", "mia@example.com", "--name", "x"], ""));
    let path = format!("/api/v1/clips/{slug}");
    let (_, clip) = status_and_body(mia.get(&path).await).await;
    let parameter = &clip["parameters"][1];
    assert_eq!(
        (
            &parameter["name"],
            &parameter["label"],
            &parameter["type"],
            &parameter["options"]
        ),
        (
            &json!("n"),
            &json!("Number"),
            &json!("integer"),
            &json!(["1", "2"])
        )
    );
    let (_, results) = status_and_body(mia.get(&format!("{path}/results")).await).await;
    assert_eq!(
        results["results"][0]["values"],
        json!({"country": "France", "n": null})
    );
    // A new pin with the same values finds the imported result.
    let pin = json!({"values": {"country": "France", "n": null}});
    let (_, pinned) = status_and_body(mia.put(&format!("{path}/pin"), &pin).await).await;
    assert_eq!(pinned["pin"]["result"], 1);
    drop(server);

    // A backup from before there were parameters.
    for clip in document["clips"].as_array_mut().unwrap() {
        clip.as_object_mut().unwrap().remove("parameters");
        for version in clip["versions"].as_array_mut().unwrap() {
            version.as_object_mut().unwrap().remove("parameter_types");
        }
        if let Some(pin) = clip["pin"].as_object_mut() {
            pin.remove("values");
        }
    }
    let older = Program::on_empty_store().await;
    older.done(&["import"], &document.to_string());
    let server = older.serve();
    let rows = server.visitor().get(&format!("/{slug}.csv")).await;
    assert_eq!(rows.text().await.unwrap(), "country,n\nFrance,\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_exported_is_imported_whole_and_once() {
    let (program, slugs) = furnished().await;
    let backup = program.done(&["export"], "");
    let document: Value = serde_json::from_str(&backup).unwrap();
    assert_eq!(document["clips"].as_array().unwrap().len(), 4);
    let first = &document["clips"][0];
    assert_eq!(first["description"], "About *two*");
    assert_eq!(first["tags"], json!(["sales", "größe"]));
    assert_eq!(first["versions"][1]["note"], "Two instead");
    assert!(
        !backup.contains("correct horse")
            && !backup.contains("argon2")
            && !backup.contains("postgresql://")
    );

    let fresh = Program::on_empty_store().await;
    let imported = fresh.run(&["import"], &backup);
    assert!(
        imported.is_success && imported.stdout.is_empty(),
        "{}",
        imported.stderr
    );
    assert!(
        imported
            .stderr
            .contains("Imported 4 clips; 0 already existed."),
        "{}",
        imported.stderr
    );
    assert_eq!(fresh.done(&["export"], ""), backup);
    let again = fresh.run(&["import"], &backup);
    assert!(
        again
            .stderr
            .contains("Imported 0 clips; 4 already existed."),
        "{}",
        again.stderr
    );
    assert_eq!(fresh.done(&["export"], ""), backup);
    let mut followed = document.clone();
    let data = &mut followed["databases"][0];
    assert_eq!(
        (&data["follower_lag_max"], &data["without_follower"]),
        (&json!(7), &json!("nowhere"))
    );
    data["followers"] = json!([{"name": "east", "url_sealed": data["url_sealed"]}]);
    let other = Program::on_empty_store().await;
    other.done(&["import"], &followed.to_string());
    let exported: Value = serde_json::from_str(&other.done(&["export"], "")).unwrap();
    assert_eq!(exported["databases"], followed["databases"]);
    // Into the store that it came from, while its server runs.
    let server = program.serve();
    program.done(&["import"], &backup);
    assert_eq!(program.done(&["export"], ""), backup);
    drop(server);

    let server = fresh.serve();
    for (slug, status) in slugs.iter().zip([200, 410, 503]) {
        let answer = server.visitor().get(&format!("/{slug}.json")).await;
        assert_eq!(status_and_body(answer).await.0, status);
    }
    let old = server
        .visitor()
        .get(&format!("/{}.csv?version=1", slugs[0]))
        .await;
    assert_eq!(old.text().await.unwrap(), "ä\ngröße 🦀\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_that_cannot_be_imported_leaves_nothing_behind() {
    let (program, _) = furnished().await;
    let backup = program.done(&["export"], "");
    let fresh = Program::on_empty_store().await;
    let empty = fresh.done(&["export"], "");
    let newer = backup.replacen("\"format\": 3", "\"format\": 4", 1);
    let damaged = backup.replacen("\"slug\": \"", "\"slug\": \"x", 1);
    let without_database = backup.replacen("\"name\": \"data\"", "\"name\": \"other\"", 1);
    let of_number = "\"label\": \"Number\"";
    let long_label = backup.replacen(of_number, &format!("\"label\": \"{}\"", "x".repeat(101)), 1);
    let unknown_type = backup.replacen(of_number, "\"type\": \"money\"", 1);
    let half = &backup[..backup.len() / 2];
    for (document, words) in [
        ("", "not a backup"),
        ("{}", "not a backup"),
        (half, "not a backup"),
        (newer.as_str(), "format 4"),
        (&damaged, "damaged"),
        (&without_database, "damaged"),
        // What the API refuses too.
        (&long_label, "at most 100 characters"),
        (&unknown_type, "“money” is not one of"),
    ] {
        let said = fresh.refused(&["import"], document);
        assert!(said.contains(words), "{words}: {said}");
        assert_eq!(fresh.done(&["export"], ""), empty, "{words}");
    }
    let other = Program::on_empty_store()
        .await
        .with("DATACLIPS_SECRET_KEY", &"another key ".repeat(4));
    let said = other.refused(&["import"], &backup);
    assert!(
        said.contains("sealed with another secret key")
            && said.contains("dataclips database add data"),
        "{said}"
    );
    assert_eq!(fresh.done(&["export"], ""), empty);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_holds_a_file_for_each_clip_and_is_imported_like_a_document() {
    let (program, slugs) = furnished().await;
    let backup = program.done(&["export"], "");
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("backup");
    let named = path.to_str().unwrap();
    program.done(&["export", "--to", named], "");
    assert_eq!(std::fs::read_dir(path.join("clips")).unwrap().count(), 4);
    for private in [path.clone(), path.join("clips")] {
        assert_eq!(mode(&private), 0o700, "{private:?}");
    }
    assert_eq!(mode(&path.join("backup.json")), 0o600);
    let clip = path.join(format!("clips/{}.json", slugs[0]));
    let clip: Value = serde_json::from_slice(&std::fs::read(clip).unwrap()).unwrap();
    assert_eq!(clip["title"], "“Two”");
    let again = program.refused(&["export", "--to", named], "");
    assert!(again.contains("is not empty"), "{again}");

    let fresh = Program::on_empty_store().await;
    fresh.done(&["import", "--from", named], "");
    assert_eq!(
        in_any_order(&fresh.done(&["export"], "")),
        in_any_order(&backup)
    );

    // An export that was stopped has not written its head.
    std::fs::remove_file(path.join("backup.json")).unwrap();
    let said = fresh.refused(&["import", "--from", named], "");
    assert!(
        said.contains("backup.json is not part of a backup"),
        "{said}"
    );
}

fn mode(path: &std::path::Path) -> u32 {
    use std::os::unix::fs::PermissionsExt;
    std::fs::metadata(path).unwrap().permissions().mode() & 0o777
}

/// The clips of a folder come in the order of their slugs.
fn in_any_order(backup: &str) -> Value {
    let mut document: Value = serde_json::from_str(backup).unwrap();
    let clips = document["clips"].as_array_mut().unwrap();
    clips.sort_by_key(|clip| clip["slug"].as_str().unwrap().to_owned());
    document
}

#[tokio::test(flavor = "multi_thread")]
async fn the_history_of_results_goes_along_by_choice() {
    let (program, slugs) = furnished().await;
    let server = program.serve();
    let rows = format!("/{}.csv", slugs[0]);
    let visitor = server.visitor();
    assert_eq!(visitor.get(&rows).await.text().await.unwrap(), "two\n2\n");
    let mia = server.client(&program.done(&["token", "add", "mia@example.com", "--name", "y"], ""));
    let failing = mia.create_clip("select 1 / 0 as never").await;
    let failed = visitor.get(&format!("/{}.csv", failing.slug)).await;
    assert_eq!(failed.status(), 422);
    assert!(server.stop().success());

    let all = program.done(&["export", "--results", "all"], "");
    let fresh = Program::on_empty_store().await;
    fresh.done(&["import"], &all);
    assert_eq!(fresh.done(&["export", "--results", "all"], ""), all);
    let server = fresh.serve();
    let stored = server
        .visitor()
        .get(&format!("{rows}?version=2&result=1"))
        .await;
    assert_eq!(stored.text().await.unwrap(), "two\n2\n");
    let failure = &results(&all, &failing.slug)[0]["failure"];
    assert!(failure.to_string().contains("22012"), "{failure}");

    for (kept, pins) in [("pinned", 1), ("none", 0)] {
        let backup = program.done(&["export", "--results", kept], "");
        let document: Value = serde_json::from_str(&backup).unwrap();
        let clips = document["clips"].as_array().unwrap();
        let pinned = clips.iter().filter(|clip| clip["pin"].is_object());
        assert_eq!(pinned.count(), pins, "{kept}");
        assert!(clips.iter().all(|clip| clip["results"].is_null()), "{kept}");
    }
}

fn results(backup: &str, slug: &str) -> Vec<Value> {
    let document: Value = serde_json::from_str(backup).unwrap();
    let clips = document["clips"].as_array().unwrap();
    let clip = clips.iter().find(|clip| clip["slug"] == slug).unwrap();
    clip["results"].as_array().unwrap().clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_that_stopped_halfway_is_completed_by_another() {
    let (program, _) = furnished().await;
    let mut document: Value = serde_json::from_str(&program.done(&["export"], "")).unwrap();
    let pattern = document["clips"][3].clone();
    let clips = document["clips"].as_array_mut().unwrap();
    clips.extend((0..1_000_u32).map(|number| {
        let mut clip = pattern.clone();
        clip["slug"] = json!(slug(number));
        clip
    }));
    let whole = document.to_string();
    let cut = &whole[..whole.len() / 2];
    // Its keys are not in our order: the clips come first.
    assert!(whole.starts_with("{\"clips\""), "sorted");
    let fresh = Program::on_empty_store().await;
    let nothing = fresh.refused(&["import"], cut);
    assert!(!nothing.contains("were imported before that"), "{nothing}");
    let ordered = in_our_order(&document);
    let said = fresh.refused(&["import"], &ordered[..ordered.len() / 4 * 3]);
    assert!(
        said.contains("500 clips were imported before that"),
        "{said}"
    );
    let completed = fresh.run(&["import"], &ordered);
    let counted = "Imported 504 clips; 500 already existed.";
    assert!(completed.stderr.contains(counted), "{}", completed.stderr);
    let imported = fresh.done(&["export"], "");
    assert_eq!(in_any_order(&imported), in_any_order(&whole));
}

/// A valid slug for each number.
fn slug(number: u32) -> String {
    let digits = format!("{number:028}").into_bytes();
    digits
        .iter()
        .map(|digit| char::from(digit - b'0' + b'a'))
        .collect()
}

fn in_our_order(document: &Value) -> String {
    format!(
        r#"{{"format":{},"users":{},"databases":{},"clips":{}}}"#,
        document["format"], document["users"], document["databases"], document["clips"]
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn a_result_that_is_not_whole_is_refused() {
    let (program, _) = furnished().await;
    let backup: Value = serde_json::from_str(&program.done(&["export"], "")).unwrap();
    let fresh = Program::on_empty_store().await;
    let refused = |change: &dyn Fn(&mut Value), words: &str| {
        let mut document = backup.clone();
        change(&mut document["clips"][3]);
        let said = fresh.refused(&["import"], &document.to_string());
        assert!(said.contains(words), "{words}: {said}");
    };
    refused(&|clip| clip["pin"]["rows"] = json!(7), "damaged");
    refused(&|clip| clip["pin"]["version"] = json!(7), "damaged");
    refused(&|clip| clip["pin"]["checksum"] = json!("x"), "damaged");
    refused(&|clip| clip["pin"]["has_rows"] = json!(false), "damaged");
    refused(
        &|clip| clip["pin"]["pages"][0]["bytes"] = json!("%"),
        "a page of rows is damaged",
    );
    refused(&|clip| clip["results"] = json!([clip["pin"]]), "damaged");
}
