//! Walks in a real browser: both languages, both widths, scripts on and off.

pub mod driver;

use driver::{Driver, View};

#[tokio::test]
async fn probe() {
    let Some(driver) = Driver::start() else { return };
    for scripts in [true, false] {
        let b = driver.browser(View { width: 360, language: "zh-CN", scripts }).await;
        let f = std::env::temp_dir().join("probe.html");
        std::fs::write(&f, "<html><meta name=viewport content='width=device-width'><body><p id=a>hi</p><script>document.getElementById('a').textContent='js'</script></body></html>").unwrap();
        b.open(&format!("file://{}", f.display())).await;
        eprintln!("{}", b.text().await);
        b.click("#a").await;
        b.shot("probe").await;
        b.leave("file:").await;
    }
}
