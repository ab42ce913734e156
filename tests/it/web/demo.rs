//! What only the demo's pages show: where the recording stands, how it is moved on, and the coach. And what all say alike:
//! how long a cluster has to be stable.

use std::sync::{Arc, Mutex};

use http::StatusCode;
use nodedown::locale;
use nodedown::web::{Phase, Replay, Stands};

use super::site::{Site, encoded};

const PHASES: [Phase; 3] = [Phase::Down, Phase::Back, Phase::Over];

/// A recording that moves by its button alone.
struct Script(Mutex<Phase>);

impl Replay for Script {
    fn stands(&self) -> Stands {
        let phase = *self.0.lock().expect("unbroken");
        Stands { phase, phases: &PHASES, waits: phase == Phase::Down }
    }

    fn go_on(&self, from: Phase) {
        let next = self.stands().next();
        let mut phase = self.0.lock().expect("unbroken");
        if *phase == from {
            *phase = next.unwrap_or(from);
        }
    }
}

#[tokio::test]
async fn the_bar_says_where_the_recording_stands_and_moves_it_on_once_a_press() {
    let script = Arc::new(Script(Mutex::new(Phase::Down)));
    let site = Site::replaying(script.clone()).await;
    let (operator, viewer) = (site.log_in("operator").await, site.log_in("viewer").await);
    for (lang, tag) in [(nodedown::domain::message::Lang::En, "en"), (nodedown::domain::message::Lang::ZhCn, "zh-CN")] {
        let page = site.get("/clusters", &operator, tag).await;
        let down = locale::text(lang, "demo-phase-down", &[]);
        assert_eq!(page.texts("#replay [aria-current=step]"), [down], "{}", page.body);
        assert_eq!(page.texts("#replay li").len(), PHASES.len());
        assert_eq!(page.texts("#replay p"), [locale::text(lang, "demo-says-down-waits", &[])]);
        assert_eq!(page.texts("#replay button"), [locale::text(lang, "demo-go-back", &[])]);
    }
    let to_look_at = site.get("/clusters", &viewer, "en").await;
    assert_eq!((to_look_at.count("#replay li"), to_look_at.count("#replay button")), (3, 0));

    let press = encoded(&[("from", "down"), ("next", "/clusters?x=1")]);
    for _ in 0..2 {
        // Pressed twice for one phase, it moves once.
        let moved = site.post("/replay", &operator, &press).await;
        assert_eq!((moved.status, moved.location()), (StatusCode::SEE_OTHER, "/clusters?x=1"));
        assert_eq!(script.stands().phase, Phase::Back);
    }
    let hostile = encoded(&[("from", "back"), ("next", "//evil.example")]);
    assert_eq!(site.post("/replay", &operator, &hostile).await.location(), "/");
    let over = site.get("/", &operator, "en").await;
    assert_eq!(over.texts("#replay p"), [locale::text(nodedown::domain::message::Lang::En, "demo-says-over", &[])]);
    assert_eq!(over.count("#replay button"), 0);
}

#[tokio::test]
async fn the_coach_speaks_on_the_first_pages_until_it_is_sent_away() {
    let site = Site::replaying(Arc::new(Script(Mutex::new(Phase::Down)))).await;
    let operator = site.log_in("operator").await;
    for (path, speaks) in [("/", 1), ("/incidents/new?cluster=1", 1), ("/clusters", 0), ("/incidents", 0)] {
        assert_eq!(site.get(path, &operator, "en").await.count("#coach li"), speaks * 3, "{path}");
    }
    let away = site.post("/preferences", &operator, "coach=off&next=/").await;
    let cookies: Vec<_> = away.headers.get_all("set-cookie").iter().filter_map(|value| value.to_str().ok()).collect();
    let cookie = cookies.iter().find_map(|value| value.split(';').next().filter(|pair| pair.contains("coach")));
    let cookies = format!("{operator}; {}", cookie.expect("a cookie"));
    assert_eq!(site.get("/", &cookies, "en").await.count("#coach"), 0);
}

#[tokio::test]
async fn without_a_recording_there_is_no_bar_and_nothing_to_move() {
    let site = Site::with_people().await;
    let operator = site.log_in("operator").await;
    let page = site.get("/", &operator, "en").await;
    assert_eq!(page.count("#replay, #coach"), 0);
    assert_eq!(site.post("/replay", &operator, "from=down").await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn the_runbook_says_the_minutes_that_are_set() {
    let demo = Site::replaying(Arc::new(Script(Mutex::new(Phase::Down)))).await;
    let usual = Site::with_people().await;
    for (site, en, zh_cn) in [
        (&demo, "held for 1 minute without", "连续 1 分钟没有"),
        (&usual, "held for 10 minutes without", "连续 10 分钟没有"),
    ] {
        let viewer = site.log_in("viewer").await;
        for (tag, said) in [("en", en), ("zh-CN", zh_cn)] {
            let page = site.get("/runbooks/nacos-node-down", &viewer, tag).await;
            assert!(page.body.contains(said) && !page.body.contains("{stable}"), "{tag}: {said}");
        }
    }
}
