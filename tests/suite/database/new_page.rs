//! The form that adds a database: what it takes, what it refuses and why, and the role that it can have created.

use super::*;

#[tokio::test(flavor = "multi_thread")]
async fn a_form_adds_a_database_that_members_query() {
    let office = Office::new().await;
    let mia = office.member().await;
    let url = office.server.data_url();
    let fields = [("name", " shop "), ("url", &*url), ("open_to", "members")];
    let next = office.add(&fields).await;
    assert_eq!(next, format!("{}?done=added", office.path("shop").await));
    let page = office.page(&next).await;
    assert!(page.contains("Database added."), "{page}");
    assert!(page.contains("<h1>shop</h1>"), "{page}");
    let clip = [("title", "A"), ("database", "shop"), ("sql", "select 1")];
    path_of(mia.submit("/clips", &clip).await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn named_members_are_written_one_per_line_and_have_to_be_known() {
    let office = Office::new().await;
    let mia = office.member().await;
    let url = office.server.data_url();
    let typed = |members| {
        [
            ("name", "shop"),
            ("url", &*url),
            ("open_to", "named"),
            ("members", members),
        ]
    };
    for (members, words) in [
        ("", "Enter the address of at least one member"),
        ("mia", "“mia” is not an e-mail address."),
        (
            "mia@example.com\r\nno@example.com",
            "Some addresses have no account: no@example.com.",
        ),
    ] {
        let (status, page) = seen(office.ada.submit("/databases", &typed(members)).await).await;
        assert_eq!(status, 422);
        assert!(beside(&page, "open_to").contains(words), "{page}");
        assert_eq!(value(&page, "name"), "shop");
        assert_eq!(value(&page, "url"), url);
        assert!(page.contains("value=\"named\" checked"), "{page}");
        assert!(page.contains(&format!(">\n{members}</textarea>")), "{page}");
    }
    office.add(&typed("\r\n MIA@example.com, \r\n")).await;
    let list = super::page(&mia, "/databases").await;
    card(&list, "shop");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_says_why_and_keeps_what_was_typed_except_the_password() {
    let office = Office::new().await;
    let port = shared().port;
    let store = office.server.data.replace("data", "store");
    let good = format!("127.0.0.1:{port}");
    let data = &office.server.data;
    for (rest, field, words, shown) in [
        (
            "127.0.0.1:1/d".to_owned(),
            None,
            "Nothing listens at that host and port",
            true,
        ),
        (
            format!("{good}/{data}?sslmode=require"),
            None,
            "does not support TLS",
            true,
        ),
        (format!("{good}/nothing"), None, "SQLSTATE 3D000", true),
        (format!("{good}/{store}"), None, "keeps its own data", true),
        (
            format!("{good}/{data}?sslmode=maybe"),
            Some("url"),
            "<code>sslmode</code> must be",
            false,
        ),
        (
            "h/d?password=xyzzy@".to_owned(),
            Some("url"),
            "The URL has an @ in the wrong place",
            false,
        ),
    ] {
        let url = format!("postgresql://keeper:xyzzy@{rest}");
        let fields = [("name", "a \"b\""), ("url", &*url), ("open_to", "members")];
        let answer = office.ada.submit("/databases", &fields).await;
        assert!(!format!("{:?}", answer.headers()).contains("xyzzy"));
        let (status, page) = seen(answer).await;
        assert_eq!(status, 422, "{url}: {page}");
        assert!(page.contains(words), "{url}: {page}");
        assert!(!page.contains("xyzzy"), "{url}: {page}");
        assert_eq!(value(&page, "name"), "a &#34;b&#34;");
        assert!(page.contains("value=\"members\" checked"), "{page}");
        match field {
            Some(field) => assert!(beside(&page, field).contains(words), "{page}"),
            None => assert!(page.contains("role=\"alert\""), "{page}"),
        }
        match shown {
            true => {
                let without = url.replace(":xyzzy", "");
                assert_eq!(as_text(value(&page, "url")), without);
                let sentence = "Enter the password again: it was not kept.";
                assert_eq!(beside(&page, "password"), sentence);
            }
            false => {
                assert_eq!(value(&page, "url"), "");
                assert!(page.contains("is not shown again"), "{page}");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_password_in_its_own_field_becomes_part_of_the_url() {
    let office = Office::new().await;
    let url = office.server.data_url();
    let password = "p@ss/w:rd? ä";
    office
        .add(&[("name", "shop"), ("url", &url), ("password", password)])
        .await;
    let stored = office.stored_url("shop").await;
    let expected = url.replace("reader@", "reader:p%40ss%2Fw%3Ard%3F%20%C3%A4@");
    assert_eq!(stored.replace("%2F", "/"), expected.replace("%2F", "/"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_powerful_role_is_refused_and_creates_a_safe_one() {
    let office = Office::new().await;
    let url = office.boss_url().await;
    let typed = [("name", "shop"), ("url", &*url), ("open_to", "members")];
    let (status, page) = seen(office.ada.submit("/databases", &typed).await).await;
    assert_eq!(status, 422);
    assert!(
        page.contains("<li>The role <code>postgres</code> is a superuser.</li>"),
        "{page}"
    );
    let sql = sql_of(&page);
    assert!(
        sql[0].starts_with("create role \"dataclips_reader\" login"),
        "{sql:?}"
    );
    let role = format!("dataclips_{}", office.server.data);
    assert!(
        page.contains(&format!("Leave it empty for {role}")),
        "{page}"
    );

    let create = [typed.as_slice(), &[("create_role", "1")]].concat();
    let next = office.add(&create).await;
    let page = office.page(&next).await;
    assert!(
        page.contains("A role that can only read was created"),
        "{page}"
    );
    assert!(page.contains(&format!("<code>{role}</code>")), "{page}");
    assert!(!page.contains("What the new role lacks"), "{page}");
    let stored = office.stored_url("shop").await;
    assert!(
        stored.starts_with(&format!("postgresql://{role}:")),
        "{stored}"
    );
    let clip = office
        .server
        .administrator
        .create_clip_on("shop", "select count(*) from orders");
    let csv = office.server.rows(&clip.await, "csv").await;
    assert_eq!(csv.status(), 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_created_role_has_no_warning_unless_everyone_keeps_the_default_rights() {
    const CHOSEN: &str = "name=\"revoke\" value=\"1\" checked";
    let office = Office::new().await;
    let data = &office.server.data;
    let temporary = format!("grant temporary on database {data} to public");
    office.sql(&temporary).await;
    let url = office.boss_url().await;
    let typed = [("name", "shop"), ("url", &*url)];
    let (_, page) = seen(office.ada.submit("/databases", &typed).await).await;
    let revoke = format!("revoke temporary on database {data} from public;");
    assert!(sql_of(&page)[0].contains(&revoke), "{page}");
    assert!(page.contains(CHOSEN), "{page}");

    let unchosen = [("name", "shop"), ("url", &*url), ("role", "")];
    let (_, page) = seen(office.ada.submit("/databases", &unchosen).await).await;
    assert!(
        page.contains("name=\"revoke\"") && !page.contains(CHOSEN),
        "{page}"
    );
    let create = [unchosen.as_slice(), &[("create_role", "1")]].concat();
    let next = office.add(&create).await;
    let page = office.page(&next).await;
    assert!(
        page.contains("<span class=\"badge doubtful\">note</span>"),
        "{page}"
    );
    assert_eq!(sql_of(&page), [revoke], "{page}");

    let chosen = [
        ("name", "office"),
        ("url", &*url),
        ("role", ""),
        ("create_role", "1"),
        ("revoke", "1"),
    ];
    let next = office.add(&chosen).await;
    let page = office.page(&next).await;
    assert!(page.contains("None: the role can only read."), "{page}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_created_role_lacks_is_shown_with_its_sql() {
    let office = Office::new().await;
    let (boss, url) = office.role("createrole").await;
    let typed = [
        ("name", "shop"),
        ("url", &*url),
        ("create_role", "1"),
        ("role", ""),
    ];
    let own = format!("{boss}_reader");
    let named = [&typed[..3], &[("role", &*own)]].concat();
    let next = office.add(&named).await;
    let page = office.page(&next).await;
    assert!(
        page.contains(&format!("<dt>Role</dt><dd><code>{own}</code>")),
        "{page}"
    );
    assert!(page.contains("Only a superuser can limit"), "{page}");
    let sql = sql_of(&page);
    let limit = sql.iter().find(|sql| sql.contains("temp_file_limit"));
    office.sql(limit.unwrap()).await;

    // Another connection has nothing to do with that role.
    let path = next.split('?').next().unwrap();
    let edited = [("name", "shop"), ("url", &*office.server.data_url())];
    let next = path_of(office.ada.submit(path, &edited).await).await;
    let page = office.page(&next).await;
    assert!(!page.contains("Only a superuser can limit"), "{page}");
}

#[tokio::test(flavor = "multi_thread")]
async fn no_role_is_created_if_the_form_is_invalid() {
    let office = Office::new().await;
    let url = office.boss_url().await;
    for (name, role, field, words) in [
        (
            "data",
            "",
            "name",
            "A database with this name already exists.",
        ),
        (" ", "", "name", "Give the database a name"),
        ("shop", "pg_own", "role", "begin with pg_"),
        (
            "shop",
            "reader",
            "role",
            "The role <code>reader</code> already exists on this server.",
        ),
    ] {
        let typed = [
            ("name", name),
            ("url", &*url),
            ("role", role),
            ("create_role", "1"),
        ];
        let (status, page) = seen(office.ada.submit("/databases", &typed).await).await;
        assert_eq!(status, 422, "{page}");
        assert!(beside(&page, field).contains(words), "{page}");
        assert_eq!(value(&page, "role"), role);
        assert!(page.contains("Or have a safe role created"), "{page}");
    }
    let (member, url) = office.role("").await;
    let typed = [("name", "shop"), ("url", &*url), ("create_role", "1")];
    let (status, page) = seen(office.ada.submit("/databases", &typed).await).await;
    assert_eq!(status, 422);
    assert!(
        page.contains(&format!(
            "The role <code>{member}</code> cannot create roles."
        )),
        "{page}"
    );
    assert!(sql_of(&page)[0].contains("create role"), "{page}");
    let superuser = office.server.superuser().await;
    let sql = "select count(*) from pg_roles where rolname = $1";
    let made = format!("dataclips_{}", office.server.data);
    let left: i64 = superuser.query_one(sql, &[&made]).await.unwrap().get(0);
    assert_eq!(left, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_new_role_lacks_is_said_by_every_server_until_the_connection_changes() {
    let office = Office::new().await;
    let other = office.server.beside().await;
    let ada = other.signed_in("ada@example.com").await;
    let (_, url) = office.role("createrole noinherit").await;
    let create = [("name", "shop"), ("url", &*url), ("create_role", "1")];
    let next = office.add(&create).await;
    for browser in [&office.ada, &ada] {
        let page = page(browser, &next).await;
        assert!(page.contains("What the new role lacks"), "{page}");
        assert!(page.contains("Only a superuser"), "{page}");
    }
    let change = serde_json::json!({"url": office.server.data_url()});
    let changed = other.administrator.patch("/api/v1/databases/shop", &change);
    assert_eq!(changed.await.status(), 200);
    let page = office.page(&next).await;
    assert!(!page.contains("What the new role lacks"), "{page}");
}
