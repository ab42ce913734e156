//! The chart of the monitor as a page shows it: readable at every width, and its times in the zone of the page.

use nodedown::commands::incidents::{self, OpenIncident};
use nodedown::commands::{Caller, monitor};
use nodedown::domain::user::Role;
use scraper::{Html, Selector};

use crate::support::run_app;
use crate::support::world::Behaviour;

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

#[test]
fn the_chart_begins_before_the_outage_and_says_what_one_node_less_would_mean() {
    run_app(async |app| {
        app.world.set("n3", Behaviour::Up);
        for (node, clients) in [("n1", 30), ("n2", 30), ("n3", 30)] {
            app.world.connect(node, clients);
        }
        let cluster = app.cluster().await.id;
        let looks = async |count: usize| {
            for _ in 0..count {
                app.clock.advance_s(5);
                app.look_around().await;
            }
        };
        looks(24).await;
        app.world.set("n3", Behaviour::Stopped);
        app.world.connect("n1", 70);
        app.world.connect("n2", 20);
        looks(24).await;
        let about = OpenIncident { cluster, node: Some("n3".into()), drill: false, note: String::new() };
        let id = incidents::open(app.commands(), &Caller::new("ann"), about).await.expect("incident");
        app.person("olga", Role::Operator).await;
        let olga = app.log_in("olga").await;
        looks(12).await;
        monitor::start(app.commands(), &Caller::new("olga"), id).await.expect("started");
        looks(6).await;
        let path = format!("/incidents/{id}/monitor");
        let ever = app.get(&path, &olga).await.body;
        let whole = app.get(&format!("{path}?range=outage"), &olga).await.body;
        assert!(texts(&ever, ".legend span").iter().all(|text| !text.contains("Noticed")));
        assert!(
            texts(&whole, ".legend span").iter().any(|text| text.contains("Noticed")),
            "{:?}",
            texts(&whole, ".legend")
        );
        assert_eq!(attributes(&ever, "rect.mark", "x"), Vec::<String>::new());
        let noticed = attributes(&whole, "rect.mark", "x");
        let share: f64 = noticed[0].trim_end_matches('%').parse().expect("a share");
        assert!((60.0..90.0).contains(&share), "opened after 240 of about 330 s: {noticed:?}");
        let was_up = attributes(&whole, "rect.b-ok", "x");
        assert_eq!(was_up.iter().filter(|x| x.as_str() == "0.00%").count(), 3, "all three answered before: {was_up:?}");
        assert_eq!(attributes(&whole, "rect.b-fail", "x").len(), 1, "and then one did not, without a break");
        assert_eq!(attributes(&ever, "rect.b-ok", "x").len(), 2, "what the monitor saw begins later");

        let said = texts(&whole, "#balance p");
        assert!(said[0].contains("n1 holds 70 client connections since"), "{said:?}");
        assert!(said[0].contains("an even share is 45"), "{said:?}");
        assert!(said[1].contains("each of the others has to hold 90"), "{said:?}");
        let chinese = app.get(&format!("{path}?range=outage"), &format!("{olga}; nodedown_lang=zh-CN")).await.body;
        assert!(texts(&chinese, "#balance p")[0].contains("持有 70 个客户端连接"), "{:?}", texts(&chinese, "#balance"));
    });
}
