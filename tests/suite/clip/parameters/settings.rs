//! How authors say what the form looks like.

use super::*;

#[tokio::test(flavor = "multi_thread")]
async fn labels_types_options_and_order_shape_the_form() {
    let server = Server::start().await;
    let clip = server
        .create_clip("select {{a}} as a, {{b = x}}::text as b")
        .await;
    let ada = server.signed_in("ada@example.com").await;
    let path = format!("/{}/parameters", clip.slug);
    let fields = [
        ("label.a", "Day"),
        ("help.a", "Of the sale"),
        ("type.a", "date"),
        ("order.a", "2"),
        ("label.b", ""),
        ("options.b", "x\r\ny\r\n"),
        ("order.b", "1"),
    ];
    let answer = ada.submit(&path, &fields).await;
    assert_eq!(answer.status(), 303);
    let (status, text) = page(&server, &clip, "").await;
    assert_eq!(status, 200);
    assert!(text.contains("Fill in Day to see the rows."), "{text}");
    assert!(field(&text, "a").contains("type=\"date\""));
    assert!(text.contains("id=\"value-a-help\">Of the sale<"));
    assert!(field(&text, "b").starts_with("<select"));
    assert!(text.contains("<option value=\"y\">y</option>"));
    assert!(text.find("id=\"value-b\"") < text.find("id=\"value-a\""));
    let opened = ada.get(&format!("/{}", clip.slug)).await;
    let opened = opened.text().await.unwrap();
    let label = "<label for=\"value-values.a\">Day</label>";
    assert!(opened.contains(label), "beside the editor: {opened}");
    let settings = ada.get(&format!("/{}/settings", clip.slug)).await;
    let settings = settings.text().await.unwrap();
    assert!(
        settings.contains("name=\"label.a\" value=\"Day\""),
        "{settings}"
    );
    let history = ada.get(&format!("/{}/history", clip.slug)).await;
    assert!(
        history
            .text()
            .await
            .unwrap()
            .contains("changed the settings: parameters")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_saved_is_said_beside_its_field() {
    let server = Server::start().await;
    let clip = server.create_clip("select {{a}} as a").await;
    let ada = server.signed_in("ada@example.com").await;
    let long = "x".repeat(101);
    for (name, value, problem) in [
        (
            "label.a",
            long.as_str(),
            "id=\"label-a-problem\">Write at most 100",
        ),
        (
            "type.a",
            "money",
            "id=\"type-a-problem\">“money” is not one of",
        ),
        (
            "clip.a",
            "nowhere",
            "id=\"options-a-problem\">Paste the link",
        ),
        (
            "clip.a",
            "/aaaaaaaaaaaaaaaaaaaaaaaaaaaa",
            "id=\"options-a-problem\">There is no clip",
        ),
    ] {
        let answer = ada
            .submit(&format!("/{}/parameters", clip.slug), &[(name, value)])
            .await;
        assert_eq!(answer.status(), 422, "{name}");
        let text = answer.text().await.unwrap();
        assert!(text.contains(problem), "{problem}: {text}");
        assert!(
            text.contains(&format!("value=\"{value}\"")) || name == "type.a",
            "{value}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn options_come_from_a_clip_that_the_viewer_may_read() {
    let server = Server::start().await;
    let source = server
        .create_clip("select * from (values ('es', 'Spain'), ('fr', 'France')) t")
        .await;
    let clip = server.create_clip("select {{country}} as c").await;
    let ada = server.signed_in("ada@example.com").await;
    let fields = [("clip.country", source.slug.as_str())];
    let answer = ada
        .submit(&format!("/{}/parameters", clip.slug), &fields)
        .await;
    assert_eq!(answer.status(), 303);
    let (_, text) = page(&server, &clip, "?country=fr").await;
    assert!(
        text.contains("<option value=\"fr\" selected>France</option>"),
        "{text}"
    );
    let store = server.app.store.client().await.unwrap();
    let sql = "update clips set anyone = false where slug = $1";
    store.execute(sql, &[&source.slug]).await.unwrap();
    let (status, text) = page(&server, &clip, "?country=fr").await;
    assert_eq!(status, 200);
    assert!(
        field(&text, "country").starts_with("<input") && !text.contains("Spain"),
        "{text}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_parameters_with_one_place_the_moved_one_gets_it() {
    let server = Server::start().await;
    let clip = server
        .create_clip("select {{a?}} as a, {{b?}} as b, {{c?}} as c")
        .await;
    let ada = server.signed_in("ada@example.com").await;
    let path = format!("/{}/parameters", clip.slug);
    for (places, expected) in [
        // The last moves to the first place; then back, behind the one that has its place by then.
        ([("a", "1"), ("b", "2"), ("c", "1")], ["c", "a", "b"]),
        ([("c", "3"), ("a", "2"), ("b", "3")], ["a", "b", "c"]),
    ] {
        let fields = places.map(|(name, place)| (format!("order.{name}"), place));
        let fields = fields
            .each_ref()
            .map(|(name, place)| (name.as_str(), *place));
        assert_eq!(ada.submit(&path, &fields).await.status(), 303);
        let (_, text) = page(&server, &clip, "").await;
        let found = expected.map(|name| text.find(&format!("id=\"value-{name}\"")).unwrap());
        assert!(found.is_sorted(), "{places:?}: {text}");
    }
}
