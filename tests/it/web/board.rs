//! The wall screen: people who are logged in or have a link that holds see how clusters stand, and nobody else.

use http::StatusCode;
use nodedown::commands::{Caller, board_links};
use nodedown::domain::finding::Step;
use nodedown::domain::id::BoardLinkId;
use nodedown::domain::user::Role;
use scraper::{Html, Selector};

use crate::support::world::Behaviour;
use crate::support::{run_app, texts};

const DAY_S: i64 = 24 * 60 * 60;

#[test]
fn a_link_shows_the_wall_screen_and_nothing_else_until_it_ends() {
    run_app(async |app| {
        app.world.set("n3", Behaviour::Stopped);
        let incident = app.incident().await;
        app.check_step(incident, Step::Confirm).await;
        let (lea, vera) = (app.logged_in("lea", Role::Lead).await, app.logged_in("vera", Role::Viewer).await);

        let stranger = app.get("/board", "").await;
        assert_eq!((stranger.status, stranger.location.as_str()), (StatusCode::SEE_OTHER, "/login?next=%2Fboard"));
        assert_eq!(app.get("/board/links", &vera).await.status, StatusCode::FORBIDDEN);
        let made = app.post("/board/links", &lea, &[("name", "operations room"), ("days", "7")]).await;
        assert_eq!(made.status, StatusCode::OK);
        let address = texts(&made.body, "#board-link").concat();
        let path = address.strip_prefix("http://nodedown.test").expect("the whole address").to_owned();
        assert!(path.starts_with("/board/view/"), "{path}");
        let listed = app.get("/board/links", &lea).await.body;
        assert!(listed.contains("operations room") && !listed.contains(&path), "the key is shown once");

        let shown = app.get(&path, "").await;
        assert_eq!(shown.status, StatusCode::OK);
        assert_eq!(texts(&shown.body, "#board-head"), ["1 of 1 clusters is in trouble"]);
        assert!(texts(&shown.body, ".board-says").concat().contains("n3"), "{}", shown.body);
        assert!(shown.body.contains(&incident.label()) && shown.body.contains("operations room"), "{}", shown.body);
        let links = Selector::parse("main a, footer a").expect("selector");
        assert_eq!(Html::parse_document(&shown.body).select(&links).count(), 0, "it leads nowhere");
        for place in ["/", "/board", "/clusters", &format!("/incidents/{incident}"), "/board/links", "/events"] {
            let answer = app.get(place, "").await;
            assert!(answer.location.starts_with("/login"), "{place}: {}", answer.status);
        }
        let seen = app.get("/board", &vera).await;
        assert!(seen.status == StatusCode::OK && seen.body.contains("href=\"/\""), "who is logged in gets back");

        let spoiled = app.get(&format!("{path}x"), "").await;
        assert_eq!(spoiled.status, StatusCode::GONE);
        assert!(!spoiled.body.contains("n3") && spoiled.body.contains("This link has ended"), "{}", spoiled.body);
        assert_eq!(app.get(&format!("{path}x"), &vera).await.status, StatusCode::GONE, "also for who is logged in");
        assert_eq!(app.post("/board/links/1/end", &vera, &[]).await.status, StatusCode::FORBIDDEN);
        assert_eq!(app.post("/board/links/1/end", &lea, &[]).await.location, "/board/links");
        assert_eq!(app.get(&path, "").await.status, StatusCode::GONE);
        assert_eq!(app.post("/board/links/9/end", &lea, &[]).await.status, StatusCode::NOT_FOUND);
        assert!(texts(&app.get("/board/links", &lea).await.body, "tbody td").concat().contains("Ended by lea"));

        let (cx, by) = (app.commands(), Caller::new("lea"));
        let one = board_links::make(cx, &by, "lobby", 1).await.expect("made");
        app.clock.advance_s(DAY_S - 1);
        assert!(board_links::opened_by(cx, &one.key).await.expect("read").is_some());
        app.clock.advance_s(1);
        assert!(board_links::opened_by(cx, &one.key).await.expect("read").is_none(), "its time is over");
        board_links::end(cx, &by, BoardLinkId(2)).await.expect("over already");
        let kept = app.read().board_links().await.expect("links");
        assert_eq!(kept.iter().map(|link| link.ended.is_some()).collect::<Vec<_>>(), [false, true]);
        for (name, days) in [("", "7"), ("x", "2"), ("x", "")] {
            let refused = app.post("/board/links", &lea, &[("name", name), ("days", days)]).await;
            assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{name} {days}");
        }
    });
}
