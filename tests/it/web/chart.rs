//! The chart of the monitor as a page shows it: readable at every width, and its times in the zone of the page.

use nodedown::commands::{Caller, monitor};
use nodedown::domain::user::Role;
use scraper::{Html, Selector};

use crate::support::run_app;

fn attributes(page: &str, selector: &str, name: &str) -> Vec<String> {
    let selector = Selector::parse(selector).expect("selector");
    let html = Html::parse_document(page);
    html.select(&selector).map(|one| one.attr(name).unwrap_or_default().to_owned()).collect()
}

fn texts(page: &str, selector: &str) -> Vec<String> {
    let selector = Selector::parse(selector).expect("selector");
    let html = Html::parse_document(page);
    html.select(&selector).map(|one| one.text().collect::<String>()).collect()
}

#[test]
fn no_text_of_the_chart_is_scaled_and_both_axes_are_written() {
    run_app(async |app| {
        let id = app.incident().await;
        app.person("olga", Role::Operator).await;
        let olga = app.log_in("olga").await;
        monitor::start(app.commands(), &Caller::new("olga"), id).await.expect("started");
        for seconds in [5, 5, 200] {
            app.clock.advance_s(seconds);
            app.look_around().await;
        }
        app.clock.advance_s(400);
        app.look_around().await;
        let path = format!("/incidents/{id}/monitor");
        let page = app.get(&path, &olga).await.body;
        let scaled = "svg[viewbox] text, svg[viewBox] text";
        assert_eq!(attributes(&page, scaled, "x"), Vec::<String>::new(), "text in a drawing that is stretched");
        assert_eq!(attributes(&page, ".plot > svg.chart:not(.names)", "width"), ["100%"]);
        let ticks = attributes(&page, "text[data-tick]", "x");
        assert!((2..=5).contains(&ticks.len()) && ticks.iter().all(|x| x.ends_with('%')), "{ticks:?}");
        assert_eq!(texts(&page, ".plot .names text")[..3], ["n1n1", "n2n2", "n3n3"], "title and name of each node");
        assert!(page.contains("A gap: no sample was taken."), "a gap is named");
        assert!(texts(&page, "#sample-rows tbody tr").len() > 3, "the table says the same");

        let shanghai = format!("{olga}; nodedown_zone=Asia/Shanghai");
        let there = app.get(&path, &shanghai).await.body;
        assert_eq!(attributes(&there, "text[data-tick]", "x"), Vec::<String>::new(), "no script moves them");
        let minutes = |page: &str| texts(page, ".plot > svg.chart:not(.names) > text.num");
        let (utc, there) = (minutes(&page), minutes(&there));
        let ahead = |text: &String| {
            let (hour, minute) = text.split_once(':').expect("hour and minute");
            format!("{:02}:{minute}", (hour.parse::<u32>().expect("an hour") + 8) % 24)
        };
        assert_eq!(there, utc.iter().map(ahead).collect::<Vec<_>>());
    });
}
