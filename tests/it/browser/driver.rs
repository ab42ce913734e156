//! A real Chromium, driven over WebDriver: one session of one width, language and script setting.

use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use thirtyfour::cdp::Cdp;
use thirtyfour::common::log::LoggingPrefsLogLevel;
use thirtyfour::error::WebDriverErrorInner;
use thirtyfour::prelude::*;

/// What a walk looks through.
#[derive(Clone, Copy, Debug)]
pub struct View {
    /// CSS pixels.
    pub width: u32,
    /// Tag of the language asked for.
    pub language: &'static str,
    /// Whether pages may run scripts.
    pub scripts: bool,
}

/// `chromedriver`, ended when dropped.
pub struct Driver {
    process: Child,
    port: u16,
}

impl Driver {
    /// Starts it, or says why the browser tests are skipped.
    pub fn start() -> Option<Self> {
        for program in ["chromedriver", "chromium"] {
            let found = Command::new(program).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
            if !found.is_ok_and(|status| status.success()) {
                crate::support::aloud(&format!(
                    "SKIPPED: `{program}` is not installed, so no page was looked at in a browser"
                ));
                return None;
            }
        }
        // The WebDriver client shares our HTTP crate, which wants to be told its TLS provider.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut process = Command::new("chromedriver")
            .arg("--port=0")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("chromedriver starts");
        let lines = BufReader::new(process.stdout.take().expect("piped")).lines();
        let port = lines
            .map_while(Result::ok)
            .find_map(|line| {
                line.split("started successfully on port ").nth(1)?.trim_end_matches('.').trim().parse().ok()
            })
            .expect("chromedriver says its port");
        Some(Self { process, port })
    }

    /// A fresh browser with an empty profile.
    pub async fn browser(&self, view: View) -> Browser {
        let mut capabilities = DesiredCapabilities::chrome();
        for flag in [
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--disable-dev-shm-usage",
            "--hide-scrollbars",
        ] {
            capabilities.add_arg(flag).expect("flag");
        }
        let profile = tempfile::tempdir().expect("profile");
        capabilities.add_arg(&format!("--user-data-dir={}", profile.path().display())).expect("profile flag");
        capabilities
            .add_experimental_option("prefs", json!({ "intl.accept_languages": view.language }))
            .expect("language");
        for log in ["browser", "performance"] {
            capabilities.set_logging_prefs(log, LoggingPrefsLogLevel::All).expect("logs");
        }
        let driver = WebDriver::new(format!("http://127.0.0.1:{}", self.port), capabilities).await.expect("browser");
        let cdp = driver.cdp();
        cdp.send_raw(
            "Emulation.setDeviceMetricsOverride",
            json!({ "width": view.width, "height": 900, "deviceScaleFactor": 1, "mobile": view.width < 600 }),
        )
        .await
        .expect("width");
        if !view.scripts {
            cdp.send_raw("Emulation.setScriptExecutionDisabled", json!({ "value": true })).await.expect("scripts off");
        }
        Browser { driver, cdp, view, shots: shots_folder(), _profile: profile }
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// One browser window.
pub struct Browser {
    /// The session.
    pub driver: WebDriver,
    cdp: Cdp,
    /// What it looks through.
    pub view: View,
    shots: Option<PathBuf>,
    _profile: tempfile::TempDir,
}

impl Browser {
    /// Loads `url` and looks whether the page fits its width.
    pub async fn open(&self, url: &str) {
        self.driver.goto(url).await.unwrap_or_else(|error| panic!("{url}: {error}"));
        self.fits(url).await;
    }

    /// Sends a form to that address, and waits for the page that it answers.
    pub async fn send_form(&self, url: &str, fields: &[(&str, String)]) {
        let send = "const [url, fields] = arguments;
            const form = document.body.appendChild(document.createElement('form'));
            form.method = 'post';
            form.action = url;
            for (const [name, value] of fields) {
                const field = form.appendChild(document.createElement('textarea'));
                field.name = name;
                field.value = value;
            }
            form.submit();";
        self.driver.execute(send, vec![json!(url), json!(fields)]).await.expect("a form");
        let until = Instant::now() + Duration::from_secs(30);
        let has_come = "return document.readyState === 'complete' && location.href === arguments[0]";
        loop {
            let came = self.driver.execute(has_come, vec![json!(url)]).await;
            if came.is_ok_and(|came| came.json().as_bool() == Some(true)) {
                return;
            }
            assert!(Instant::now() < until, "{url} does not answer");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Fails if the page would scroll sideways.
    pub async fn fits(&self, what: &str) {
        let answer = self.cdp.send_raw("Page.getLayoutMetrics", json!({})).await.expect("layout metrics");
        let content = answer["cssContentSize"]["width"].as_f64().expect("content width");
        if content > f64::from(self.view.width) + 0.5 {
            let list = "[...document.querySelectorAll('main *')].filter(e => !e.closest('.scroll') && e.getBoundingClientRect().right > \
                        WIDTH + 1).map(e => e.outerHTML.slice(0, 120)).slice(-5).join('\\n')";
            let wide = self
                .cdp
                .send_raw(
                    "Runtime.evaluate",
                    json!({ "expression": list.replace("WIDTH", &self.view.width.to_string()) }),
                )
                .await;
            let wide = wide.map(|answer| answer["result"]["value"].to_string()).unwrap_or_default();
            panic!("{what} is {content} px wide at {} px ({:?}); what sticks out: {wide}", self.view.width, self.view);
        }
    }

    /// Keeps a model of the whole page where `NODEDOWN_SHOTS` names a folder.
    pub async fn shot(&self, name: &str) {
        let Some(folder) = &self.shots else { return };
        let how = json!({ "format": "png", "captureBeyondViewport": true });
        // The longest pages are taller than a picture may be.
        let answer = match self.cdp.send_raw("Page.captureScreenshot", how).await {
            Ok(answer) => answer,
            Err(error) if error.to_string().contains("too large") => return eprintln!("no picture of {name}: {error}"),
            Err(error) => panic!("a picture of {name}: {error}"),
        };
        let bytes = base64::Engine::decode(
            &base64::engine::general_purpose::STANDARD,
            answer["data"].as_str().expect("model data"),
        )
        .expect("base64");
        let script = if self.view.scripts { "" } else { "-nojs" };
        std::fs::write(folder.join(format!("{}-{}{script}-{name}.png", self.view.language, self.view.width)), bytes)
            .expect("model file");
    }

    /// The page as it is printed.
    pub async fn pdf(&self) -> Vec<u8> {
        let how = json!({ "preferCSSPageSize": true, "printBackground": true });
        let answer = self.cdp.send_raw("Page.printToPDF", how).await.expect("a print");
        let data = answer["data"].as_str().expect("print data");
        base64::Engine::decode(&base64::engine::general_purpose::STANDARD, data).expect("base64")
    }

    /// Looks through a window of another width, with another colour scheme, at the page that is open; what moves stands still.
    pub async fn look(&mut self, width: u32, scheme: &str) {
        self.view.width = width;
        let size = json!({ "width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 600 });
        self.cdp.send_raw("Emulation.setDeviceMetricsOverride", size).await.expect("width");
        let features = json!([
            { "name": "prefers-color-scheme", "value": scheme },
            { "name": "prefers-reduced-motion", "value": "reduce" },
        ]);
        self.cdp.send_raw("Emulation.setEmulatedMedia", json!({ "features": features })).await.expect("colours");
    }

    /// Has nothing but these cookies, written `name=value` with `; ` between.
    pub async fn have_cookies(&self, origin: &str, cookies: &str) {
        self.cdp.send_raw("Network.clearBrowserCookies", json!({})).await.expect("no cookies");
        for (name, value) in cookies.split("; ").filter_map(|cookie| cookie.split_once('=')) {
            let cookie = json!({ "name": name, "value": value, "url": origin });
            self.cdp.send_raw("Network.setCookie", cookie).await.expect("a cookie");
        }
    }

    /// Runs a script in every page from now on, before its own; the page's policy does not ask about it.
    pub async fn run_in_every_page(&self, script: &str) {
        let script = json!({ "source": script });
        self.cdp.send_raw("Page.addScriptToEvaluateOnNewDocument", script).await.expect("a script");
    }

    /// Is at the end of a slow line from now on: so many bytes a second, in each direction.
    pub async fn is_far_away(&self, bytes_a_second: u32) {
        let line = json!({ "offline": false, "latency": 50, "downloadThroughput": bytes_a_second, "uploadThroughput": bytes_a_second });
        self.cdp.send_raw("Network.enable", json!({})).await.expect("the network");
        self.cdp.send_raw("Network.emulateNetworkConditions", line).await.expect("a slow line");
    }

    /// Stands in that zone from now on.
    pub async fn stand_in(&self, zone: &str) {
        self.cdp.send_raw("Emulation.setTimezoneOverride", json!({ "timezoneId": zone })).await.expect("a zone");
    }

    /// What a promise comes to in the page.
    pub async fn awaited(&self, expression: &str) -> Value {
        let ask = json!({ "expression": expression, "awaitPromise": true, "returnByValue": true });
        let answer = self.cdp.send_raw("Runtime.evaluate", ask).await.expect("a value");
        assert!(answer["exceptionDetails"].is_null(), "{}", answer["exceptionDetails"]);
        answer["result"]["value"].clone()
    }

    /// What an expression comes to in the page.
    pub async fn evaluate(&self, expression: &str) -> Value {
        let answer = self.cdp.send_raw("Runtime.evaluate", json!({ "expression": expression })).await.expect("a value");
        assert!(answer["exceptionDetails"].is_null(), "`{expression}`: {answer}");
        answer["result"]["value"].clone()
    }

    /// Clicks what `css` finds.
    pub async fn click(&self, css: &str) {
        self.settled(css, async |element| {
            let _ = element.scroll_into_view().await;
            element.click().await
        })
        .await;
    }

    /// Does something with the element of that selector; where the page went on to the next between finding it and
    /// using it, with the one of the new page.
    pub async fn settled<T>(&self, css: &str, act: impl AsyncFn(WebElement) -> WebDriverResult<T>) -> T {
        let until = Instant::now() + Duration::from_secs(10);
        loop {
            match act(self.find(css).await).await {
                Ok(done) => return done,
                Err(error) if Instant::now() < until && went_away(&error) => {
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
                Err(error) => panic!("`{css}`: {error}"),
            }
        }
    }

    /// The element of that selector, waited for.
    pub async fn find(&self, css: &str) -> WebElement {
        match self.driver.query(By::Css(css)).first().await {
            Ok(element) => element,
            Err(error) => {
                let at = self.driver.current_url().await.map(|url| url.to_string()).unwrap_or_default();
                let page = self.driver.source().await.unwrap_or_default();
                panic!("nothing matches `{css}` at {at} ({:?}): {error}\n{page}", self.view)
            }
        }
    }

    /// Whether something matches now.
    pub async fn has(&self, css: &str) -> bool {
        self.driver.find(By::Css(css)).await.is_ok()
    }

    /// Path of the page that is shown.
    pub async fn path(&self) -> String {
        self.driver.current_url().await.expect("address").path().to_owned()
    }

    /// Path of the page once it ends so: a form that was sent leads there, sooner or later.
    pub async fn arrives(&self, end: &str) -> String {
        let until = Instant::now() + Duration::from_secs(60);
        loop {
            let at = self.path().await;
            if at.ends_with(end) {
                return at;
            }
            assert!(Instant::now() < until, "the page stays {at} and not …{end}: {}", self.text().await);
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    /// Loads the page again.
    pub async fn reload(&self) {
        self.driver.refresh().await.expect("reload");
    }

    /// Types into the field that `css` finds.
    pub async fn type_into(&self, css: &str, text: &str) {
        self.settled(css, async |element| element.send_keys(text).await).await;
    }

    /// Presses a key where the focus is.
    pub async fn press(&self, key: Key) {
        self.driver.active_element().await.expect("the focus").send_keys(key + "").await.expect("a key");
    }

    /// Id of the element that has the focus.
    pub async fn focused(&self) -> Option<String> {
        self.driver.active_element().await.ok()?.id().await.ok()?
    }

    /// Text of the page.
    pub async fn text(&self) -> String {
        self.settled("body", async |element| element.text().await).await
    }

    /// Errors that the console holds since it was asked last.
    pub async fn console(&self) -> Vec<String> {
        let entries = self.driver.get_log("browser").await.expect("console").into_iter();
        // The browser's own pages (its first tab) are not ours to judge.
        let of_ours = entries.filter(|entry| entry.level == "SEVERE" && !entry.message.starts_with("chrome://"));
        of_ours.map(|entry| entry.message).collect()
    }

    /// How many requests there were since that was asked last, and which of them were for another origin.
    pub async fn requests(&self, origin: &str) -> (usize, Vec<String>) {
        let (mut foreign, mut seen) = (Vec::new(), 0);
        for entry in self.driver.get_log("performance").await.expect("requests") {
            let Ok(message) = serde_json::from_str::<Value>(&entry.message) else { continue };
            let message = &message["message"];
            if message["method"] != "Network.requestWillBeSent" {
                continue;
            }
            let url = message["params"]["request"]["url"].as_str().unwrap_or_default();
            seen += 1;
            let own = url.starts_with(origin)
                || ["data:", "about:", "blob:", "chrome:"].iter().any(|scheme| url.starts_with(scheme));
            if !own {
                foreign.push(url.to_owned());
            }
        }
        (seen, foreign)
    }

    /// Fails if the console held an error or anything was asked of another origin; ends the session.
    pub async fn leave(self, origin: &str) {
        let console = self.console().await;
        let (seen, foreign) = self.requests(origin).await;
        assert!(seen > 0, "the browser told of no request at all, so foreign ones would not be seen either");
        assert!(foreign.is_empty(), "asked of other origins: {foreign:?}");
        assert!(console.is_empty(), "errors in the console ({:?}): {console:#?}", self.view);
        self.driver.quit().await.expect("quit");
    }
}

fn shots_folder() -> Option<PathBuf> {
    let folder = PathBuf::from(std::env::var_os("NODEDOWN_SHOTS")?);
    std::fs::create_dir_all(&folder).expect("folder for pictures");
    Some(folder)
}

/// Whether an element belonged to a page that is gone by now.
fn went_away(error: &WebDriverError) -> bool {
    matches!(error.as_inner(), WebDriverErrorInner::StaleElementReference(_) | WebDriverErrorInner::NoSuchElement(_))
        || error.to_string().contains("does not belong to the document")
}
