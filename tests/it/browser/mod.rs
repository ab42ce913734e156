//! Walks in a real browser: the demo from its sign-in link to the record, in both languages, at both widths, with scripts
//! and without. A page that scrolls sideways, asks another origin or writes an error to the console fails the walk.
//! `NODEDOWN_SHOTS=folder` keeps a model of every page. With scripts it also measures how far the page moves while results
//! arrive, and how many keys it takes from its start to the main action.
//!
//! One of them knows nothing of the program ([`Reader`]): it reads the page, presses what that calls next, types nothing,
//! and has to come to the end. [`gallery`] looks at every page there is.

mod driver;
mod gallery;
mod record;

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use driver::{Browser, Driver, View};
use thirtyfour::Key;

/// The demo in a process of its own, ended when dropped.
struct Demo {
    process: Child,
    link: String,
}

impl Demo {
    fn start(speed: &str) -> Self {
        let mut process = Command::new(env!("CARGO_BIN_EXE_nodedown"))
            .args(["demo", "--listen", "127.0.0.1:0", "--speed", speed])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("the demo starts");
        let mut lines = BufReader::new(process.stdout.take().expect("piped")).lines().map_while(Result::ok);
        let link = lines
            .by_ref()
            .find_map(|line| {
                line.split_whitespace()
                    .find(|word| word.starts_with("http://127.0.0.1:") && word.contains('?'))
                    .map(str::to_owned)
            })
            .expect("the demo prints its link");
        std::thread::spawn(move || lines.for_each(drop));
        Self { process, link }
    }

    fn origin(&self) -> String {
        let end = self.link.match_indices('/').nth(2).map_or(self.link.len(), |(at, _)| at);
        self.link[..end].to_owned()
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        // Asked to end, it removes its folder.
        let _ = Command::new("kill").args(["-TERM", &self.process.id().to_string()]).status();
        let _ = self.process.wait();
    }
}

#[tokio::test]
async fn the_demo_is_walked_from_the_link_to_the_record() {
    let Some(driver) = Driver::start() else { return };
    let _turn = crate::ONE_AT_A_TIME.lock().await;
    for (language, width, scripts) in [
        ("zh-CN", 360, true),
        ("en", 360, false),
        ("zh-CN", 1280, false),
        ("en", 1280, true),
        ("zh-CN", 360, false),
        ("en", 360, true),
        ("zh-CN", 1280, true),
        ("en", 1280, false),
    ] {
        let begun = Instant::now();
        let demo = Demo::start("10");
        let browser = driver.browser(View { width, language, scripts }).await;
        browser.run_in_every_page(SHIFTS).await;
        walk(&demo, &browser).await;
        browser.leave(&demo.origin()).await;
        crate::support::aloud(&format!(
            "walked in {language} at {width} px, scripts {scripts}: {:.0} s",
            begun.elapsed().as_secs_f64()
        ));
    }
}

#[tokio::test]
async fn the_demo_comes_to_its_end_by_pressing_what_each_page_calls_next() {
    let Some(driver) = Driver::start() else { return };
    let _turn = crate::ONE_AT_A_TIME.lock().await;
    let is_long = crate::support::is_long();
    // Somebody who reads slowly sees the same outage as somebody who does not.
    let (a_screen, speed) = if is_long { (Duration::from_secs(20), "1") } else { (Duration::from_secs(1), "10") };
    let views = [("en", 1280, true), ("zh-CN", 360, false), ("zh-CN", 1280, true), ("en", 360, false)];
    for (language, width, scripts) in views.into_iter().take(if is_long { 4 } else { 2 }) {
        let begun = Instant::now();
        let demo = Demo::start(speed);
        let browser = driver.browser(View { width, language, scripts }).await;
        browser.open(&demo.link).await;
        let reader = Reader { browser: &browser, a_screen };
        let pressed = reader.press_on().await;
        reader.sees_the_record().await;
        browser.leave(&demo.origin()).await;
        crate::support::aloud(&format!(
            "read to its end in {language} at {width} px, scripts {scripts}: {} presses, {:.0} s: {}",
            pressed.len(),
            begun.elapsed().as_secs_f64(),
            pressed.join(" → ")
        ));
    }
}

#[tokio::test]
async fn what_is_chosen_and_where_the_keyboard_is_stay_while_a_page_renews_itself() {
    let Some(driver) = Driver::start() else { return };
    let _turn = crate::ONE_AT_A_TIME.lock().await;
    let demo = Demo::start("10");
    let browser = driver.browser(View { width: 1280, language: "en", scripts: true }).await;
    first_step(&demo, &browser).await;
    // Everything is replaced at the next renewal, whatever it says.
    let renewed = "(async () => {
        for (const block of document.querySelectorAll('[data-live]')) block.append(document.createElement('i'));
        const old = document.querySelector('#hero i');
        for (let n = 0; n < 120 && old.isConnected; n++) await new Promise((done) => setTimeout(done, 250));
        return !old.isConnected;
    })()";
    browser
        .evaluate(
            "(() => {
                document.querySelector('#choose-cause').open = true;
                const select = document.querySelector('#cause-named');
                select.selectedIndex = select.options.length - 1;
                document.querySelector('#choose-cause button').focus();
            })()",
        )
        .await;
    assert_eq!(browser.awaited(renewed).await, true, "the page renews itself");
    let stays = "(() => {
        const select = document.querySelector('#cause-named');
        return [select.selectedIndex === select.options.length - 1, select.options.length > 1,
            document.querySelector('#choose-cause').open, document.activeElement.matches('#choose-cause button')].join();
    })()";
    assert_eq!(browser.evaluate(stays).await, "true,true,true,true");
    browser.leave(&demo.origin()).await;
}

#[tokio::test]
async fn moments_are_those_of_the_browsers_zone_in_sentences_too() {
    let Some(driver) = Driver::start() else { return };
    let _turn = crate::ONE_AT_A_TIME.lock().await;
    let demo = Demo::start("10");
    let browser = driver.browser(View { width: 1280, language: "en", scripts: true }).await;
    browser.stand_in("Asia/Shanghai").await;
    let at = first_step(&demo, &browser).await;
    let said = browser.text().await;
    assert!(said.contains("silent since 2026-11-23 01:58:30"), "a sentence of a rule: {said}");
    assert!(!said.contains("17:58:30") && !said.contains(" UTC "), "one zone: {said}");
    browser.open(&format!("{}{}/timeline", demo.origin(), at.trim_end_matches("/steps/1"))).await;
    let (zone, said) =
        (browser.evaluate("document.querySelector('.when time').textContent").await, browser.text().await);
    let first = zone.as_str().expect("a moment");
    assert!(first.starts_with("2026-11-23 02:0") && first.ends_with(" UTC+08:00"), "{first}");
    assert!(!said.contains("2026-11-22"), "no day of another zone: {said}");
    browser.leave(&demo.origin()).await;
}

#[tokio::test]
async fn a_step_that_arrives_over_a_slow_line_stands_still() {
    /// What a phone has in a cellar.
    const BYTES_A_SECOND: u32 = 8 * 1024;
    /// The results are there: nothing but a digit may still move.
    const MOST: f64 = 0.01;
    let Some(driver) = Driver::start() else { return };
    let _turn = crate::ONE_AT_A_TIME.lock().await;
    let demo = Demo::start("10");
    let browser = driver.browser(View { width: 360, language: "en", scripts: true }).await;
    let at = first_step(&demo, &browser).await;
    browser.run_in_every_page(SHIFTS).await;
    browser.is_far_away(BYTES_A_SECOND).await;
    for step in 1..=6 {
        browser.open(&format!("{}{}{step}", demo.origin(), at.trim_end_matches('1'))).await;
        assert!(browser.has("#lead-button").await, "the page has arrived");
        tokio::time::sleep(Duration::from_secs(1)).await;
        stands_still(&browser, step, MOST).await;
    }
    browser.leave(&demo.origin()).await;
}

/// Opens an incident and runs the checks of its first step; gives the path of its page.
async fn first_step(demo: &Demo, browser: &Browser) -> String {
    browser.open(&demo.link).await;
    browser.click("a[href*='/incidents/new']").await;
    browser.click("form button.primary").await;
    let at = browser.arrives("/steps/1").await;
    run_checks(browser).await;
    verdict(browser).await;
    at
}

/// Somebody who knows nothing but what the page says.
struct Reader<'a> {
    browser: &'a Browser,
    /// How long each page is read.
    a_screen: Duration,
}

impl Reader<'_> {
    /// The one thing that a page calls next.
    const NEXT: &'static str = "main .btn.primary";

    /// Presses what each page calls next until that has led to the record; gives the words that were pressed.
    async fn press_on(&self) -> Vec<String> {
        const MOST: usize = 40;
        let mut pressed = Vec::new();
        let mut since = Instant::now();
        loop {
            tokio::time::sleep(self.a_screen).await;
            if self.browser.path().await.ends_with("/report") {
                return pressed;
            }
            let said = self.browser.text().await;
            assert!(!said.contains('‹'), "a text is missing: {said}");
            self.browser.fits("a page of the walk").await;
            if self.browser.has(Self::NEXT).await {
                let word = self.browser.settled(Self::NEXT, async |button| button.text().await).await;
                self.browser.shot(&format!("5-{:02}", pressed.len())).await;
                self.browser.click(Self::NEXT).await;
                pressed.push(word.trim().to_owned());
                since = Instant::now();
                assert!(pressed.len() < MOST, "it never ends: {pressed:?}");
            } else {
                // The page waits, says for what, and is asked again as a person would.
                assert!(since.elapsed() < Duration::from_secs(240), "nothing to press after {pressed:?}: {said}");
                if !self.browser.view.scripts {
                    self.browser.reload().await;
                }
            }
        }
    }

    /// The record tells of the outage and of its end.
    async fn sees_the_record(&self) {
        let said = self.browser.text().await;
        assert!(said.contains("node.killed"), "the record does not tell what was wrong: {said}");
        let resolved = nodedown::locale::text(self.lang(), "web-incident-resolved", &[]);
        assert!(said.contains(&resolved), "the record does not say that it is over: {said}");
    }

    fn lang(&self) -> nodedown::domain::message::Lang {
        nodedown::domain::message::Lang::from_tag(self.browser.view.language).expect("one of ours")
    }
}

/// Keeps in `shifted` how far the page moved by itself: the worst of the times between which it stood still for a second.
const SHIFTS: &str = "window.shifted = 0; window.moved = [];
    let sum = 0, last = -Infinity, first = 0;
    new PerformanceObserver((list) => {
        for (const entry of list.getEntries()) {
            if (entry.hadRecentInput) continue;
            if (entry.startTime - last > 1000 || entry.startTime - first > 5000) { sum = 0; first = entry.startTime; }
            last = entry.startTime;
            sum += entry.value;
            window.shifted = Math.max(window.shifted, sum);
            for (const one of entry.sources) if (one.node) window.moved.push(
                `${entry.value.toFixed(3)} ${one.node.id || one.node.className || one.node.nodeName} ${one.previousRect.y}→${one.currentRect.y}`);
        }
    }).observe({ type: 'layout-shift', buffered: true });";
/// How far a page may move while results arrive.
const MOST_SHIFTED: f64 = 0.05;
/// How many keys it may take from the start of the page to the main action.
const MOST_KEYS: usize = 10;

/// Fails if the page has moved under the eyes of whom reads it.
async fn stands_still(browser: &Browser, step: u8, most: f64) {
    let shifted = browser.evaluate("window.shifted").await.as_f64().expect("how far");
    if shifted > most {
        let moved = browser.evaluate("window.moved.join('; ')").await;
        panic!("step {step} moved by {shifted} ({:?}): {moved}", browser.view);
    }
}

/// Fails if the main action is far away for somebody who has a keyboard alone.
async fn is_near(browser: &Browser, at: &str, demo: &Demo) {
    browser.open(&format!("{}{at}", demo.origin())).await;
    if !browser.has("#main-action").await {
        return;
    }
    for pressed in 1..=MOST_KEYS {
        // The way past everything else is taken where the page offers it.
        let skips = browser.evaluate("document.activeElement.matches('.skip[href=\"#lead-button\"]')").await;
        browser.press(if skips.as_bool() == Some(true) { Key::Enter } else { Key::Tab }).await;
        if browser.focused().await.as_deref() == Some("main-action") {
            assert!(pressed > 1, "it has the focus before anything else");
            return;
        }
    }
    panic!("the main action of {at} is more than {MOST_KEYS} keys away ({:?})", browser.view);
}

async fn walk(demo: &Demo, browser: &Browser) {
    browser.open(&demo.link).await;
    assert_eq!(browser.find("html").await.attr("lang").await.expect("lang").as_deref(), Some(browser.view.language));
    browser.shot("0-overview").await;

    browser.open(&format!("{}/incidents/new", demo.origin())).await;
    browser.shot("1-start").await;
    browser.click("form[action$='/incidents'] button.primary").await;
    for step in 1..=6 {
        let at = browser.arrives(&format!("/steps/{step}")).await;
        run_checks(browser).await;
        if browser.view.scripts {
            stands_still(browser, step, MOST_SHIFTED).await;
        }
        browser.shot(&format!("2-step-{step}")).await;
        browser.fits(&at).await;
        if step == 2 && browser.view.scripts {
            browser.type_into("body", "n").await;
            assert_eq!(browser.focused().await.as_deref(), Some("note-text"), "the key n goes to the note");
        }
        let verdict = verdict(browser).await;
        for code in ["net.grpc_blocked", "net.port_blocked", "net.one_way", "raft.link_broken"] {
            assert!(!verdict.contains(code), "step {step} blames what was in order: {verdict}");
        }
        assert!(verdict.contains("node.killed"), "step {step} no longer says what the incident is about: {verdict}");
        if browser.view.scripts {
            is_near(browser, &at, demo).await;
        }
        decide(browser, step).await;
    }
    let said = browser.text().await;
    assert!(!said.contains('‹'), "a text is missing: {said}");
    resolve(browser).await;
    for page in ["report", "timeline", "monitor", "evidence"] {
        let incident = browser.path().await;
        let incident = incident.split('/').take(3).collect::<Vec<_>>().join("/");
        browser.open(&format!("{}{incident}/{page}", demo.origin())).await;
        browser.shot(&format!("3-{page}")).await;
        let said = browser.text().await;
        assert!(!said.contains('‹'), "a text is missing on {page}: {said}");
        if page == "report" {
            assert!(said.contains("node.killed"), "the record does not tell what was wrong: {said}");
        }
    }
    for page in ["/", "/incidents", "/clusters", "/runbooks", "/help", "/help/findings/node.killed", "/account"] {
        browser.open(&format!("{}{page}", demo.origin())).await;
        browser.shot(&format!("4-{}", page.trim_matches('/').replace('/', "-"))).await;
    }
}

/// Starts the checks of the step on screen, if nobody has, and waits until they have ended.
async fn run_checks(browser: &Browser) {
    if browser.has("form[action$='/check-runs'] #main-action").await {
        browser.click("#main-action").await;
    }
    let until = Instant::now() + Duration::from_secs(90);
    loop {
        let running = browser.has("#cancel-all").await;
        if !running && browser.has("#checks .check-row").await {
            return;
        }
        assert!(Instant::now() < until, "the checks did not end: {}", browser.text().await);
        tokio::time::sleep(Duration::from_millis(500)).await;
        if !browser.view.scripts {
            browser.reload().await;
        }
    }
}

/// What the page says of the incident, once the diagnosis of the round is there, which comes after the last check.
async fn verdict(browser: &Browser) -> String {
    let until = Instant::now() + Duration::from_secs(30);
    loop {
        let said = browser.settled("#hero", async |element| element.text().await).await;
        if said.contains("node.killed") || Instant::now() > until {
            return said;
        }
        tokio::time::sleep(Duration::from_millis(500)).await;
        if !browser.view.scripts {
            browser.reload().await;
        }
    }
}

/// Decides the step on screen: done where the page offers it, else with an exception; then goes on to the next.
async fn decide(browser: &Browser, step: u8) {
    if browser.has("form[action$='/decisions'] #main-action").await {
        browser.click("#main-action").await;
    } else {
        browser.click("#more > summary").await;
        browser.type_into("#exceptions", "walked").await;
        browser.click("#exceptions ~ button").await;
    }
    if step < 6 {
        browser.arrives(&format!("/steps/{}", step + 1)).await;
        assert_eq!(browser.focused().await.as_deref(), Some("step-title"), "what is new is read from its heading");
    }
}

async fn resolve(browser: &Browser) {
    // The page of the last decision may still be on its way.
    let until = Instant::now() + Duration::from_secs(30);
    while !browser.has("#main-action[href$='/closure'], form[action$='/closure'] #main-action").await {
        assert!(Instant::now() < until, "nothing closes the incident: {}", browser.text().await);
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    browser.click("#main-action").await;
    // Nobody waited for the exit criterion: then the form asks how the recovery is known.
    while !browser.path().await.ends_with("/report") && Instant::now() < until {
        if browser.has("#reason").await && browser.path().await.ends_with("/closure") {
            browser.click(".choice:has(input[value='yes'])").await;
            browser.type_into("#reason", "walked").await;
            browser.click("form[action$='/closure'] button.primary").await;
            break;
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    browser.arrives("/report").await;
    browser.shot("2-resolved").await;
}
