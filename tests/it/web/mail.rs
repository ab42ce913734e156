//! Mail to people, through a mail server on loopback that wants a login, and what waits for too long.

use std::sync::{Arc, Mutex};

use http::StatusCode;
use nodedown::commands::{Caller, hand_overs, incidents, openings};
use nodedown::domain::finding::Step;
use nodedown::domain::id::{ChannelId, IncidentId};
use nodedown::domain::incident::DecisionKind;
use nodedown::domain::look::LookState;
use nodedown::domain::notice::NoticeState;
use nodedown::domain::on_silence::OnSilence;
use nodedown::domain::proposal::{Seen, Sign};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use super::channels::{cluster, keep, open, told};
use super::site::{Site, encoded};

/// `user` and `hunter22` as AUTH PLAIN sends them.
const LOGIN: &str = "AHVzZXIAaHVudGVyMjI=";

/// What a server was sent.
#[derive(Clone, Debug, Default)]
struct Mail {
    from: String,
    to: Vec<String>,
    text: String,
}

#[derive(Default)]
struct Post {
    mails: Mutex<Vec<Mail>>,
    /// What is answered to a mail; the login is asked for in any case.
    answer: Mutex<Option<String>>,
}

/// A mail server without TLS.
struct Server {
    port: u16,
    post: Arc<Post>,
    _tasks: JoinSet<()>,
}

impl Server {
    async fn new() -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("listener");
        let port = listener.local_addr().expect("address").port();
        let post: Arc<Post> = Arc::default();
        let (mut tasks, shared) = (JoinSet::new(), Arc::clone(&post));
        tasks.spawn(async move {
            let mut talks = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                let post = Arc::clone(&shared);
                talks.spawn(async move { talk(stream, &post).await });
            }
        });
        Self { port, post, _tasks: tasks }
    }

    fn mails(&self) -> Vec<Mail> {
        self.post.mails.lock().expect("mails").clone()
    }

    fn answers(&self, answer: Option<&str>) {
        *self.post.answer.lock().expect("answer") = answer.map(str::to_owned);
    }
}

async fn talk(stream: TcpStream, post: &Post) -> Option<()> {
    let (read, mut write) = stream.into_split();
    let mut lines = BufReader::new(read).lines();
    write.write_all(b"220 mail.test ready\r\n").await.ok()?;
    let (mut mail, mut is_in) = (Mail::default(), false);
    while let Some(line) = lines.next_line().await.ok()? {
        let answer = match line.split([' ', ':']).next().unwrap_or_default() {
            "EHLO" => "250-mail.test\r\n250-8BITMIME\r\n250 AUTH PLAIN".to_owned(),
            "AUTH" if line.ends_with(LOGIN) => {
                is_in = true;
                "235 welcome".to_owned()
            }
            "AUTH" => "535 5.7.8 wrong user or password".to_owned(),
            _ if !is_in && line != "QUIT" => "530 5.7.0 log in first".to_owned(),
            "MAIL" => {
                mail = Mail { from: line, ..Mail::default() };
                "250 ok".to_owned()
            }
            "RCPT" => {
                mail.to.push(line);
                "250 ok".to_owned()
            }
            "DATA" => {
                write.write_all(b"354 go on\r\n").await.ok()?;
                while let Some(line) = lines.next_line().await.ok()?.filter(|line| line != ".") {
                    mail.text += &format!("{line}\n");
                }
                let refused = post.answer.lock().expect("answer").clone();
                if refused.is_none() {
                    post.mails.lock().expect("mails").push(mail.clone());
                }
                refused.unwrap_or_else(|| "250 2.0.0 queued as 7".to_owned())
            }
            "QUIT" => "221 bye".to_owned(),
            _ => "250 ok".to_owned(),
        };
        write.write_all(format!("{answer}\r\n").as_bytes()).await.ok()?;
    }
    Some(())
}

/// A channel of mail to two people, that carries everything.
fn mail_form<'a>(more: &[(&'a str, &'a str)]) -> String {
    let mut pairs = vec![
        ("name", "mail"),
        ("kind", "mail"),
        ("reference", "file:mail"),
        ("lang", "en"),
        ("active", "yes"),
        ("mail_from", "nodedown@corp.example"),
        ("mail_to", "a@corp.example, b@corp.example"),
        ("unattended_min", "10"),
        ("step_late_min", "30"),
    ];
    pairs.retain(|(name, _)| !more.iter().any(|(other, _)| other == name));
    pairs.extend(more);
    if !more.iter().any(|(name, _)| *name == "news") {
        pairs.extend(["unattended", "step_late", "opened", "lead"].map(|news| ("news", news)));
    }
    encoded(&pairs)
}

fn subjects(server: &Server) -> Vec<String> {
    let subject = |mail: Mail| mail.text.lines().find_map(|line| line.strip_prefix("Subject: ").map(str::to_owned));
    server.mails().into_iter().map(|mail| subject(mail).expect("a subject")).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_is_sent_with_a_login_and_what_the_server_says_is_shown() {
    let site = Site::with(Some("https://ops.example/nodedown")).await.peopled().await;
    let (server, admin, cluster) = (Server::new().await, site.log_in("admin").await, cluster(&site).await);
    keep(&site, "mail", &format!("smtp://127.0.0.1:{}?tls=none\nuser\nhunter22\n", server.port));
    let added = site.post("/nodedown/channels", &admin, &mail_form(&[])).await;
    assert_eq!(added.status, StatusCode::SEE_OTHER, "{}", added.body);
    open(&site, cluster, false).await;
    told(&site).await;
    told(&site).await;
    let mails = server.mails();
    assert_eq!(mails.len(), 1, "once: {mails:?}");
    assert!(mails[0].from.contains("<nodedown@corp.example>") && mails[0].to.len() == 2, "{mails:?}");
    for part in [
        "Subject: INC-0001 opened: prod-hz",
        "To: a@corp.example, b@corp.example",
        "Auto-Submitted: auto-generated",
        "https://ops.example/nodedown/incidents/1",
    ] {
        assert!(mails[0].text.contains(part), "{part}: {}", mails[0].text);
    }

    let tested = site.post("/nodedown/channels/1/test", &admin, "").await;
    assert!(tested.texts("#channel-1 .banner.ok")[0].contains("queued as 7"), "{}", tested.body);
    server.answers(Some("550 5.7.1 not from you"));
    let tested = site.post("/nodedown/channels/1/test", &admin, "").await;
    assert!(tested.texts("#channel-1 .banner.fail")[0].contains("not from you"), "{}", tested.body);
    server.answers(None);
    keep(&site, "mail", &format!("smtp://127.0.0.1:{}?tls=none\nuser\nwrong-password\n", server.port));
    let tested = site.post("/nodedown/channels/1/test", &admin, "").await;
    let said = &tested.texts("#channel-1 .banner.fail")[0];
    assert!(said.contains("wrong user or password") && !tested.body.contains("wrong-password"), "{said}");
    // A password is not sent in the clear unless the address says so: this server offers no STARTTLS.
    keep(&site, "mail", &format!("smtp://127.0.0.1:{}\nuser\nhunter22\n", server.port));
    let before = server.mails().len();
    let tested = site.post("/nodedown/channels/1/test", &admin, "").await;
    assert!(tested.texts("#channel-1 .banner.fail")[0].to_lowercase().contains("tls"), "{}", tested.body);
    assert_eq!(server.mails().len(), before);
    keep(&site, "mail", "https://hooks.example/x");
    let tested = site.post("/nodedown/channels/1/test", &admin, "").await;
    assert!(tested.texts("#channel-1 .banner.fail")[0].contains("not a mail server"), "{}", tested.body);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_for_now_is_tried_again_and_one_for_good_is_not() {
    let site = Site::with_people().await;
    let (server, admin, cluster) = (Server::new().await, site.log_in("admin").await, cluster(&site).await);
    keep(&site, "mail", &format!("smtp://127.0.0.1:{}?tls=none\nuser\nhunter22\n", server.port));
    site.post("/channels", &admin, &mail_form(&[])).await;
    let states = async || {
        let notices = site.app.store.read().notices(ChannelId(1)).await.expect("notices");
        notices.into_iter().rev().map(|notice| notice.state).collect::<Vec<_>>()
    };
    server.answers(Some("451 4.3.0 try later"));
    let id = open(&site, cluster, false).await;
    told(&site).await;
    assert_eq!(states().await, [NoticeState::Waiting]);
    server.answers(Some("550 5.7.1 not from you"));
    site.clock.advance(60_000);
    told(&site).await;
    assert_eq!(states().await, [NoticeState::Refused]);
    server.answers(None);
    assert_eq!(site.post("/channels/1/resend", &admin, "").await.status, StatusCode::SEE_OTHER);
    told(&site).await;
    assert_eq!((states().await, server.mails().len()), (vec![NoticeState::Sent], 1));
    assert!(server.mails()[0].text.contains(&id.label()));
}

#[tokio::test(flavor = "multi_thread")]
async fn mistakes_of_a_mail_channel_are_said_at_their_fields() {
    let site = Site::with_people().await;
    let admin = site.log_in("admin").await;
    for (field, value, says) in [
        ("mail_from", "nodedown", "not a mail address"),
        ("mail_to", "a@corp.example x", "“x” is not a mail address"),
        ("mail_to", " ", "required"),
        ("unattended_min", "0", "1 to 1440"),
        ("step_late_min", "soon", "1 to 1440"),
    ] {
        let wrong = site.post("/channels", &admin, &mail_form(&[(field, value)])).await;
        assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY, "{field}");
        let errors = wrong.texts(".error").join(" ");
        assert!(errors.contains(says), "{field}={value}: {errors}");
    }
    assert_eq!(site.post("/channels", &admin, &mail_form(&[])).await.status, StatusCode::SEE_OTHER);
    let form = site.get("/channels/1/edit", &admin, "en").await;
    assert!(form.body.contains("a@corp.example") && form.body.contains("nodedown@corp.example"), "{}", form.body);
    let log = site.get("/audit-log", &admin, "en").await;
    assert!(log.body.contains("a@corp.example b@corp.example"), "{}", log.body);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_step_that_takes_too_long_is_told_once_for_each_step() {
    let site = Site::with_people().await;
    let (server, admin, cluster) = (Server::new().await, site.log_in("admin").await, cluster(&site).await);
    keep(&site, "mail", &format!("smtp://127.0.0.1:{}?tls=none\nuser\nhunter22\n", server.port));
    site.post("/channels", &admin, &mail_form(&[("news", "step_late")])).await;
    let id = open(&site, cluster, false).await;
    site.clock.advance(29 * 60_000);
    told(&site).await;
    assert!(server.mails().is_empty(), "it is not too long yet");
    site.clock.advance(60_000);
    told(&site).await;
    told(&site).await;
    assert_eq!(subjects(&server), ["INC-0001 a step takes long: prod-hz"]);
    let text = server.mails()[0].text.clone();
    assert!(
        text.contains("Step 1, Confirm the shutdown: not decided since") && text.contains("Lead: operator"),
        "{text}"
    );
    let operator = Caller::new("operator");
    let skip = async |step| {
        let skipped = DecisionKind::Skipped;
        incidents::decide_step(&site.app.commands, &operator, id, step, skipped, "a test").await.expect("decided");
    };
    skip(Step::Confirm).await;
    told(&site).await;
    assert_eq!(server.mails().len(), 1, "the next one has just begun");
    server.answers(Some("451 4.3.0 try later"));
    site.clock.advance(30 * 60_000);
    told(&site).await;
    skip(Step::Logs).await;
    server.answers(None);
    site.clock.advance(60_000);
    told(&site).await;
    let late = &server.mails()[1].text;
    assert!(late.contains("decided by now") && !late.contains("not decided since"), "{late}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_nobody_answers_is_told_to_the_next_channel() {
    let site = Site::with_people().await;
    let (server, admin, cluster) = (Server::new().await, site.log_in("admin").await, cluster(&site).await);
    keep(&site, "mail", &format!("smtp://127.0.0.1:{}?tls=none\nuser\nhunter22\n", server.port));
    site.post("/channels", &admin, &mail_form(&[("news", "unattended")])).await;
    let known = site.app.store.read().cluster(cluster).await.expect("cluster").expect("one");
    let since = site.app.commands.clock().now();
    let silent = vec![Sign { node: known.nodes[0].name.clone(), since, begun: true }];
    let seen = Seen { silent, state: LookState::Down, answers: Default::default(), up_since: None };
    openings::follow(&site.app.commands, &known, &seen, OnSilence::Propose).await.expect("proposed");
    site.clock.advance(9 * 60_000);
    told(&site).await;
    assert!(server.mails().is_empty());
    site.clock.advance(60_000);
    told(&site).await;
    told(&site).await;
    assert_eq!(subjects(&server), ["prod-hz: still nobody on it, no answer from 192.0.2.1"]);
    let id = open(&site, cluster, false).await;
    hand_overs::offer(&site.app.commands, &Caller::new("operator"), id, "lead", "", None).await.expect("offered");
    told(&site).await;
    assert_eq!(server.mails().len(), 1, "the offer is young");
    site.clock.advance(10 * 60_000);
    told(&site).await;
    assert_eq!(subjects(&server)[1], "INC-0001 nobody answers: prod-hz");
    let text = server.mails()[1].text.clone();
    assert!(text.contains("lead has not answered the offer of the lead since"), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_incident_that_is_opened_by_itself_says_what_was_seen_and_that_nobody_has_taken_it() {
    let site = Site::with_people().await;
    let (server, admin, cluster) = (Server::new().await, site.log_in("admin").await, cluster(&site).await);
    keep(&site, "mail", &format!("smtp://127.0.0.1:{}?tls=none\nuser\nhunter22\n", server.port));
    let news = [("news", "proposed"), ("news", "opened"), ("news", "unattended")];
    site.post("/channels", &admin, &mail_form(&news)).await;
    let known = site.app.store.read().cluster(cluster).await.expect("cluster").expect("one");
    let since = site.app.commands.clock().now();
    let silent = vec![Sign { node: known.nodes[0].name.clone(), since, begun: true }];
    let seen = Seen { silent, state: LookState::Down, answers: Default::default(), up_since: None };
    site.clock.advance(30_000);
    openings::follow(&site.app.commands, &known, &seen, OnSilence::Open).await.expect("opened");
    told(&site).await;
    assert_eq!(
        subjects(&server),
        ["INC-0001 opened: prod-hz =?utf-8?b?wrc=?= 192.0.2.1"],
        "and nothing is proposed beside it"
    );
    let text = server.mails()[0].text.clone();
    for part in ["Opened by nodedown itself", "192.0.2.1 did not answer the watcher", "Nobody has taken it yet"] {
        assert!(text.contains(part), "{part}: {text}");
    }
    site.clock.advance(9 * 60_000);
    told(&site).await;
    assert_eq!(server.mails().len(), 1, "it is young");
    site.clock.advance(60_000);
    told(&site).await;
    told(&site).await;
    assert_eq!(subjects(&server)[1..], ["INC-0001 nobody answers: prod-hz =?utf-8?b?wrc=?= 192.0.2.1"], "once");
    let text = server.mails()[1].text.clone();
    assert!(text.contains("Nobody has taken it since") && !text.contains("not decided since"), "{text}");
    hand_overs::take(&site.app.commands, &Caller::new("operator"), IncidentId(1)).await.expect("taken");
    site.clock.advance(3_600_000);
    told(&site).await;
    assert_eq!(server.mails().len(), 2, "somebody is on it");
}
