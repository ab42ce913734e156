//! The samples: a fresh program, an empty one, one that is worked with, the longest that may be stored, and hostile text.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::Duration;

use base64::Engine as _;
use nodedown::commands::closures::{self, CloseIncident};
use nodedown::commands::follow_ups::{self, NewFollowUp};
use nodedown::commands::incidents::{self, OpenIncident};
use nodedown::commands::maintenances::PlanMaintenance;
use nodedown::commands::notes::{self, NewFile};
use nodedown::commands::restart_claims::TakeRestart;
use nodedown::commands::{
    Caller, baselines, captures, causes, channels, check_runs, client_hosts, client_owners, clusters, credentials,
    hand_in, hand_overs, impact, maintenances, monitor, openings, owner_tellings, restart_claims, review, setup,
    to_dos, waivers,
};
use nodedown::domain::baseline::{
    self, ClusterSeen, ConfSeen, ErrorsSeen, Led, NodeSeen, ServicesSeen, Setting, SettingsSeen, StartBy, StartSeen,
    Told,
};
use nodedown::domain::channel::{Channel, ChannelKind, ChannelRules, MailRoute, QuietHours};
use nodedown::domain::client_host::ClientHost;
use nodedown::domain::client_owner::{ClientOwner, Through};
use nodedown::domain::cluster::{
    Cluster, CredentialRef, FileSource, FrontDoor, NodeSpec, SshKey, SshLocation, parse_nodes,
};
use nodedown::domain::code::Code;
use nodedown::domain::credential::{Purpose, Recipient};
use nodedown::domain::finding::Step;
use nodedown::domain::follow_up::{FollowUpState, MAX_OWNER_CHARS, MAX_WHAT_CHARS, Owner};
use nodedown::domain::id::{ChannelId, ClusterId, EventId, IncidentId, NodeName};
use nodedown::domain::incident::DecisionKind;
use nodedown::domain::look::LookState;
use nodedown::domain::message::{Lang, Message};
use nodedown::domain::notice::Outcome;
use nodedown::domain::on_silence::OnSilence;
use nodedown::domain::proposal::{Seen, Sign};
use nodedown::domain::restart_claim::GateSaid;
use nodedown::domain::review::{CauseVerdict, ChecklistItem, MAX_FACTOR_CHARS, MAX_FACTORS, ReviewTexts};
use nodedown::domain::severity::{Scope, Severity};
use nodedown::domain::to_do::ToDoId;
use nodedown::domain::trust::Trust;
use nodedown::domain::user::Role;
use nodedown::domain::vocabulary::MemberState;
use nodedown::web::paths;

use crate::support::TestApp;
use crate::support::world::{Behaviour, Node, World};

/// The end of the log of a client.
const CLIENT_LOG: &str = "\
2026-11-29 18:02:13,300 ERROR Server check fail, please check server 10.0.0.3 ,port 9848 is available , error ={}
Caused by: finishConnect(..) failed: Connection refused: /10.0.0.3:9848
2026-11-29 18:02:14,000 ERROR [fixed-10.0.0.3_8848-public] [sub-server-error] no right
";

/// How long all pages of a sample may take in all views.
pub const LIMIT: Duration = Duration::from_secs(3600);
/// From the start of the clock to half a minute after the last line of the recorded logs.
const TO_THE_LAST_LINE_S: i64 = 12 * 3600 + 5 * 60 + 50;
/// The third node is watched so long before that.
const BEFORE_THE_END_S: i64 = 125;
/// So many looks, five seconds apart: the last of them sees it up, just before its log ends.
const LOOKS_BEFORE: usize = 8;
/// A picture of one pixel.
const PICTURE: &str =
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

/// A filled data folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sample {
    /// Nobody has set it up.
    Fresh,
    /// An administrator, and nothing else.
    Empty,
    /// Worked with: incidents of every state, clusters of several kinds, people, credentials.
    Full,
    /// The longest names and texts that are taken, unbroken and in Chinese.
    Longest,
    /// Names, texts, log lines and files that would be markup, or hide and turn text around.
    Hostile,
}

/// What cannot be read back from a sample.
#[derive(Default)]
pub struct Links {
    /// Cookie of the administrator.
    pub admin: Option<String>,
    /// Cookies of people who may do less.
    pub others: Vec<(Role, String)>,
    /// Queries without which a page shows nothing, by its route.
    pub queries: Vec<(&'static str, String)>,
}

impl Sample {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Fresh, Self::Empty, Self::Full, Self::Longest, Self::Hostile];

    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Fresh => "fresh",
            Self::Empty => "empty",
            Self::Full => "full",
            Self::Longest => "longest",
            Self::Hostile => "hostile",
        }
    }

    /// Its nodes.
    pub fn world(self) -> World {
        match self {
            Self::Fresh | Self::Empty => World::of_three(),
            Self::Full | Self::Longest | Self::Hostile => self.words().world(),
        }
    }

    /// Fills a fresh program.
    pub async fn fill(self, app: &TestApp) -> Links {
        match self {
            Self::Fresh => {
                let token = setup::issue_setup_token(app.commands()).await.expect("token").expect("no users yet");
                Links { queries: vec![(paths::SETUP, format!("token={token}"))], ..Links::default() }
            }
            Self::Empty => {
                app.person("admin", Role::Admin).await;
                Links { admin: Some(app.log_in("admin").await), ..Links::default() }
            }
            Self::Full | Self::Longest | Self::Hostile => Filling { app, words: self.words() }.all().await,
        }
    }

    fn words(self) -> Words {
        match self {
            Self::Longest => Words::longest(),
            Self::Hostile => Words::hostile(),
            Self::Fresh | Self::Empty | Self::Full => Words::usual(),
        }
    }
}

/// What people and files of a sample say.
struct Words {
    cluster: String,
    nodes: [String; 3],
    /// Login names: the administrator, the lead, the operator, and two who do little.
    people: [String; 5],
    /// A name of something: a service, somebody without an account.
    name: String,
    /// A sentence.
    line: String,
    /// As long as it wants to be.
    text: String,
    /// Name of a file.
    file: String,
    /// What lines of the logs say beside what the recorded ones say.
    logged: Vec<String>,
    /// Lines of `cluster.conf` beside the real ones.
    members: String,
    /// Lines of `application.properties` beside the real ones.
    properties: String,
}

/// What a node of Nacos measures of itself.
const MEASURED: &str = "jvm_memory_used_bytes{area=\"heap\",id=\"G1 Old Gen\",} 4.1E8\n\
    jvm_gc_pause_seconds_sum{action=\"end of minor GC\",cause=\"<b>x</b>\",} 1.25\n\
    http_server_requests_seconds_count{uri=\"<script>alert(1)</script>\",} 4610874.0\n\
    nacos_monitor{module=\"naming\",name=\"avgPushCost\",} 12.0\n\
    logback_events_total{level=\"error\",} 31.0\n\
    disk_free_bytes{path=\"/home/nacos/.\",} 5.4E10\n\
    process_start_time_seconds 1.7638E9\n";

impl Words {
    fn usual() -> Self {
        Self {
            cluster: "prod-hz".to_owned(),
            nodes: ["nacos-1", "nacos-2", "nacos-3"].map(str::to_owned),
            people: ["admin", "lead", "operator", "viewer", "night-shift"].map(str::to_owned),
            name: "orders".to_owned(),
            line: "the jobs of the billing group reconnect by hand; told its owner".to_owned(),
            text: "Users saw errors from 16:05.\nThe gateway retries, so most of them did not notice.\n\n看过监控，连接数已恢复。"
                .to_owned(),
            file: "dashboard.png".to_owned(),
            logged: Vec::new(),
            members: String::new(),
            properties: String::new(),
        }
    }

    fn longest() -> Self {
        let unbroken = |chars: usize| "x".repeat(chars);
        let chinese = |chars: usize| "注册中心节点".chars().cycle().take(chars).collect::<String>();
        let mixed = |chars: usize| format!("{}{}", unbroken(chars / 2), chinese(chars - chars / 2));
        Self {
            cluster: mixed(100),
            nodes: [unbroken(100), chinese(100), format!("n3-{}", mixed(97))],
            people: [mixed(64), chinese(64), unbroken(64), format!("v{}", mixed(63)), format!("w{}", chinese(63))],
            name: mixed(100),
            line: mixed(MAX_FACTOR_CHARS),
            text: format!("{}\n{}\n{}", unbroken(5_000), chinese(10_000), "word ".repeat(900)),
            file: format!("{}.png", mixed(116)),
            logged: vec![unbroken(8_000), chinese(4_000), "word ".repeat(1_000)],
            members: format!("{}.example:8848\n", ["a".repeat(60).as_str(); 4].join(".")),
            properties: format!("{}={}\nnacos.{}=true\n", unbroken(200), chinese(500), unbroken(180)),
        }
    }

    fn hostile() -> Self {
        const MARKUP: &str = "<img src=x onerror=alert(1)>";
        let hostile = "</pre></td><script>alert('x')</script>\"><img src=x onerror=alert(1)> &lt;b&gt; &amp; \u{202e}gnp.exe\u{202c} \u{2066}a\u{200b}b \u{feff}";
        let name = "\"><b>'&amp;\u{202e}gnp\u{202c}</b>{{7*7}}";
        Self {
            cluster: format!("prod {name}"),
            nodes: [
                format!("n1{MARKUP}"),
                "n2' onclick=\"alert(1)".to_owned(),
                "\u{202e}3n&lt;\u{200b}#?%2f..".to_owned(),
            ],
            people: ["<b>admin</b>", "lead\"onfocus=\"x", "o\u{202e}perator", "</a>", "'--"].map(str::to_owned),
            name: name.to_owned(),
            line: hostile.to_owned(),
            text: format!(
                "{hostile}\n\u{1b}[31mred\u{1b}[0m\u{7}\u{8}\r\n]]>--><!-- {hostile}\n`[a](javascript:alert(1))` | x |\n"
            ),
            file: format!("{MARKUP}\u{202e}gnp.html"),
            logged: vec![
                hostile.to_owned(),
                format!("\u{1b}[31mred\u{1b}[0m\u{7} {hostile}"),
                format!("Get metrics fail,member={MARKUP}"),
                "\u{202e}\u{202e}\u{202e}turned around".to_owned(),
            ],
            members: format!("{MARKUP}:8848\n\u{202e}10.77.0.13:8848\nhost name:port # {hostile}\n"),
            properties: format!(
                "{MARKUP}={hostile}\ndb.url.0=jdbc:mysql://h/{MARKUP}?user=\u{202e}x\nnacos.x=\u{7}\\u202e\n"
            ),
        }
    }

    /// Three nodes with the recorded homes of a cluster whose third node was killed, and with what the words add.
    fn world(&self) -> World {
        let recorded = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/homes/2.5.1-killed");
        let node = |(at, name): (usize, &String)| {
            let number = at + 1;
            let mut files = home(&recorded.join(format!("n{number}")));
            let mut add = |path: &str, more: &str| files.entry(path.to_owned()).or_default().extend(more.as_bytes());
            add("conf/cluster.conf", &self.members);
            add("conf/application.properties", &self.properties);
            for said in &self.logged {
                add(
                    "logs/nacos.log",
                    &format!("\n2026-11-22 16:05:23,100 ERROR {said}\n\njava.lang.Error: {said}\n\tat {said}\n"),
                );
                add("logs/naming-server.log", &format!("2026-11-22 16:05:23,200 WARN {said}\n"));
            }
            let ip = format!("10.77.0.1{number}");
            let behaviour = if number == 3 { Behaviour::Stopped } else { Behaviour::Up };
            let apps = vec![self.name.clone(), "billing".to_owned(), "-".to_owned()];
            let mut node = Node::new(ip, behaviour, files, apps);
            // The third keeps its Prometheus endpoint closed.
            node.gauges = Some(MEASURED.to_owned()).filter(|_| number != 3);
            (NodeName(name.clone()), node)
        };
        World::of(self.nodes.iter().enumerate().map(node))
    }

    /// At most so many characters of a text.
    fn cut(text: &str, chars: usize) -> String {
        text.chars().take(chars).collect()
    }
}

/// Every file of a home, by its path in it.
fn home(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    for part in ["conf", "logs"] {
        for entry in folder.join(part).read_dir().expect("a recorded home").map_while(Result::ok) {
            let name = entry.file_name().into_string().expect("a name");
            files.insert(format!("{part}/{name}"), std::fs::read(entry.path()).expect("a file"));
        }
    }
    files
}

/// People at work.
struct Filling<'a> {
    app: &'a TestApp,
    words: Words,
}

impl Filling<'_> {
    async fn all(&self) -> Links {
        let app = self.app;
        let roles = [Role::Admin, Role::Lead, Role::Operator, Role::Viewer, Role::Operator];
        let mut admin_id = None;
        for (name, role) in self.words.people.iter().zip(roles) {
            let person = app.person(name, role).await;
            admin_id.get_or_insert(person.id);
        }
        app.clock.advance_s(TO_THE_LAST_LINE_S - BEFORE_THE_END_S);
        let cluster = self.inventory().await;
        self.watched().await;
        self.signed(cluster).await;
        self.under_way(cluster).await;
        self.closed(cluster).await;
        self.running(cluster).await;
        self.opened_itself().await;
        self.told().await;
        let admin = app.log_in(&self.words.people[0]).await;
        let id = admin_id.expect("an administrator");
        let page = app.post(&format!("/users/{id}/sign-in-link"), &admin, &[]).await.body;
        let link = page.split_once("/sign-in?").expect("a link").1.split(['<', '"', ' ']).next().expect("its query");
        let mut others = Vec::new();
        for (at, role) in [(3, Role::Viewer), (2, Role::Operator)] {
            others.push((role, app.log_in(&self.words.people[at]).await));
        }
        Links { admin: Some(admin), others, queries: vec![(paths::SIGN_IN, link.replace("&amp;", "&"))] }
    }

    /// The watcher sees who is connected to the third node until it is killed: those of an application, at several addresses.
    async fn watched(&self) {
        let (app, third) = (self.app, &self.words.nodes[2]);
        app.world.set(third, Behaviour::Up);
        let hosts: Vec<String> = (1..=12).map(|host| format!("10.0.4.{host}")).collect();
        let long = Words::cut(&format!("fd00::4 {}", self.words.line), 60);
        let of_app = hosts.iter().chain([&long]).map(|ip| (ip.as_str(), self.words.name.as_str()));
        let clients: Vec<(&str, &str)> = of_app.chain([("10.0.5.7", "-"), ("10.0.5.7", "-")]).collect();
        app.world.connect_clients(third, &clients);
        let mut left_s = BEFORE_THE_END_S;
        for _ in 0..LOOKS_BEFORE {
            app.clock.advance_s(5);
            app.look_around().await;
            left_s -= 5;
        }
        app.world.set(third, Behaviour::Stopped);
        app.world.connect_clients(third, &[]);
        app.clock.advance_s(left_s);
        app.look_around().await;
        // Some found another node.
        app.world.connect_clients(&self.words.nodes[1], &clients[9..]);
    }

    fn person(&self, at: usize) -> Caller {
        Caller::new(&self.words.people[at])
    }

    async fn channel(&self, kind: ChannelKind, reference: CredentialRef) {
        let time = |hour| jiff::civil::time(hour, 0, 0, 0);
        let quiet =
            QuietHours { from: time(22), until: time(7), zone: "Asia/Shanghai".to_owned(), unless: None, wakes: true };
        let rules = ChannelRules {
            quiet: (kind == ChannelKind::Webhook).then_some(quiet),
            missing_min: 1,
            ..ChannelRules::default()
        };
        let route =
            || MailRoute::parse("nodedown@corp.example", "ops@corp.example leads@corp.example").expect("a route");
        let mail = (kind == ChannelKind::Mail).then(route);
        let name = Words::cut(&format!("{} {}", kind.as_str(), self.words.cluster), 60);
        let channel = Channel { id: ChannelId(0), name, kind, reference, mail, lang: Lang::En, rules, active: true };
        channels::create(self.app.commands(), &self.person(0), channel).await.expect("channel");
    }

    /// What was told of the incidents: one message was refused, the others were taken or wait.
    async fn told(&self) {
        let cx = self.app.commands();
        let all = self.app.read().channels().await.expect("channels");
        let owners = owner_tellings::follow(cx, &all).await.expect("followed");
        assert!(owners > 0, "an owner has something to be told");
        channels::spread(cx, &all, EventId(0)).await.expect("spread");
        let due = self.app.read().due_notices(ChannelId(1), cx.clock().now()).await.expect("notices");
        let (first, rest) = due.split_first().expect("something was told");
        channels::record(cx, rest, Outcome::Taken, "ok").await.expect("noted");
        channels::record(cx, std::slice::from_ref(first), Outcome::Refused, &self.words.line).await.expect("noted");
    }

    /// The cluster of the incidents, and others of other kinds; two credentials and two channels.
    async fn inventory(&self) -> ClusterId {
        let (cx, admin) = (self.app.commands(), self.person(0));
        let main =
            clusters::create(cx, &admin, &self.words.cluster, self.app.world.inventory(), Vec::new(), 1000).await;
        let places = |text: &str| Recipient::parse_all(text).expect("addresses");
        let (api, ssh) = (places("https://nacos.example:8848 fd00::2"), places("ssh://10.0.8.3:22"));
        let variable = |name: &str| CredentialRef::Env { name: format!("NODEDOWN_CRED_{name}") };
        credentials::release(cx, &admin, variable("API"), Purpose::Api, api).await.expect("released");
        credentials::release(cx, &admin, variable("SSH"), Purpose::Ssh, ssh).await.expect("released");
        self.channel(ChannelKind::DingTalk, variable("ROBOT")).await;
        self.channel(ChannelKind::Webhook, variable("HOOK")).await;
        self.channel(ChannelKind::Mail, variable("MAIL")).await;

        let named = |kind: &str| Words::cut(&format!("{kind} {}", self.words.cluster), 100);
        let mut behind_tls = parse_nodes("https://nacos.example:8848/nacos [fd00::2]:8848").expect("addresses");
        for node in &mut behind_tls {
            let api = node.api.as_mut().expect("an address");
            api.trust = Trust::parse("", &"ab".repeat(32)).expect("a pin");
            api.console_port = Some(8080);
            api.credential = Some(variable("API"));
        }
        let doors = FrontDoor::parse_all("https://vip.example:8848/nacos http://10.0.8.9:8848").expect("doors");
        clusters::create(cx, &admin, &named("tls"), behind_tls, doors, 3000).await.expect("cluster");
        let place = SshLocation::parse("nacos@10.0.8.3:22:/home/nacos").expect("a place");
        let far = SshLocation { key: SshKey::Agent, passphrase: Some(variable("SSH")), kernel_log: true, ..place };
        let spec = |name: &str, files: FileSource| NodeSpec { name: NodeName::from(name), api: None, files };
        let kinds = vec![
            spec("over-ssh", FileSource::Ssh(far)),
            spec("copied", FileSource::Copied { home: format!("/srv/{}", self.words.name).into() }),
            spec("nothing", FileSource::None),
        ];
        clusters::create(cx, &admin, &named("files"), kinds, Vec::new(), 60_000).await.expect("cluster");
        self.proposed().await;
        let main = main.expect("cluster").id;
        self.well(main).await;
        main
    }

    /// What the cluster of the incidents was like twice while all was well: everything that can be another is.
    async fn well(&self, cluster: ClusterId) {
        let (cx, name) = (self.app.commands(), Words::cut(&self.words.name, baseline::MOST_CHARS));
        let now = cx.clock().now();
        for version in [1_i64, 2] {
            let at = now.plus_millis((version - 4) * 60_000);
            let key = |key: &str| (format!("{name}.{key}"), Setting { hash: version.to_string(), in_file: true });
            let settings = SettingsSeen {
                values: (0..12 + version).map(|number| key(&number.to_string())).collect(),
                ..SettingsSeen::default()
            };
            let led = Led { leader: Some(format!("10.77.0.1{version}:7848")), term: Some(version) };
            let services = (version..30).map(|number| (format!("{name}@@{number}"), number * version));
            let unseen = NodeSeen::unseen(&Message::new("source-denied").with("why", &name));
            let node = NodeSeen {
                version: Told::Seen(format!("{version} {name}")),
                members: Told::Seen([(format!("{version} {name}"), MemberState::Up)].into_iter().collect()),
                raft: Told::Seen([(name.clone(), led)].into_iter().collect()),
                settings: Told::Seen(settings),
                conf: Told::Seen(ConfSeen { members: vec![format!("{version} {name}")], hash: version.to_string() }),
                start: Told::Seen(StartSeen { at, by: StartBy::Process, took_ms: Some(20_000 * version) }),
                errors: Told::Seen(ErrorsSeen { lines: 100 * (version - 1).unsigned_abs(), window_ms: 600_000 }),
                services: Told::Seen(ServicesSeen { instances: services.collect(), complete: true, all: Some(30) }),
                ..unseen.clone()
            };
            let [first, second, third] = self.words.nodes.clone().map(NodeName);
            let seen = ClusterSeen { nodes: [(first, node.clone()), (second, node), (third, unseen)].into() };
            baselines::keep(cx, cluster, (at.plus_millis(-600_000), at), seen).await.expect("kept");
        }
    }

    /// A cluster of which two nodes are silent again, and nobody is on it.
    async fn proposed(&self) {
        let cx = self.app.commands();
        let cluster = self.silent("silent", &[90, 30], OnSilence::Propose).await;
        for (node, begins_in) in [(Some(NodeName(self.words.nodes[0].clone())), 0), (None, 60)] {
            let reason = Words::cut(&self.words.line, 300);
            let plan = PlanMaintenance { cluster: cluster.id, node, begins_in, minutes: 480, reason };
            maintenances::plan(cx, &self.person(2), plan).await.expect("planned");
        }
    }

    /// A cluster of whose nodes all but the first are silent, since so many seconds each time.
    async fn silent(&self, kind: &str, times_s: &[i64], on_silence: OnSilence) -> Cluster {
        let (cx, name) = (self.app.commands(), Words::cut(&format!("{kind} {}", self.words.cluster), 100));
        let node = |name: &String| NodeSpec { name: NodeName(name.clone()), api: None, files: FileSource::None };
        let nodes = self.words.nodes.iter().map(node).collect();
        let cluster = clusters::create(cx, &self.person(0), &name, nodes, Vec::new(), 1000).await.expect("cluster");
        for seconds in times_s {
            let since = cx.clock().now().plus_millis(-seconds * 1000);
            let sign = |name: &String| Sign { node: NodeName(name.clone()), since, begun: true };
            let silent = self.words.nodes.iter().skip(1).map(sign).collect();
            let seen = Seen { silent, state: LookState::Down, answers: BTreeMap::new(), up_since: None };
            openings::follow(cx, &cluster, &seen, on_silence).await.expect("followed");
        }
        cluster
    }

    async fn open(&self, by: usize, cluster: ClusterId, node: usize, drill: bool) -> IncidentId {
        let open = OpenIncident {
            cluster,
            node: Some(NodeName(self.words.nodes[node].clone())),
            drill,
            note: self.words.line.clone(),
        };
        let affected = vec![self.words.name.clone(), "billing".to_owned()];
        let scope = Scope { severity: Some(Severity::Sev2), affected };
        incidents::open_with(self.app.commands(), &self.person(by), open, &scope, true).await.expect("incident")
    }

    async fn look(&self, id: IncidentId, step: Step) {
        self.app.clock.advance_s(20);
        check_runs::start_step(self.app.commands(), &self.person(2), id, step).await.expect("started");
        self.app.run_pending_checks().await;
    }

    /// The first incident: worked through all steps, closed, reviewed, signed.
    async fn signed(&self, cluster: ClusterId) {
        let (app, cx, operator, lead) = (self.app, self.app.commands(), self.person(2), self.person(1));
        let id = self.open(2, cluster, 2, false).await;
        for step in Step::ALL {
            self.look(id, step).await;
            app.clock.advance_s(40);
            let (kind, reason) = match step {
                Step::Confirm => (DecisionKind::Done, ""),
                Step::Config => (DecisionKind::Skipped, self.words.line.as_str()),
                _ => (DecisionKind::DoneWithExceptions, self.words.text.as_str()),
            };
            self.waive(id, &operator).await;
            incidents::decide_step(cx, &operator, id, step, kind, reason).await.expect("decided");
            if step == Step::Logs {
                self.by_hand(id).await;
                impact::end(cx, &operator, id, None).await.expect("the impact is over");
            }
        }
        self.restarted(id).await;
        let chosen = causes::ChosenCause::InWords;
        causes::choose(cx, &lead, id, &chosen, &self.words.text, None).await.expect("chosen");
        let close = CloseIncident { recovered: true, reason: self.words.text.clone(), stable_ms: 600_000 };
        closures::close(cx, &operator, id, &close).await.expect("closed");
        self.reviewed(id).await;
        let cookie = app.log_in(&self.words.people[1]).await;
        let page = app.get(&format!("/incidents/{id}/report"), &cookie).await.body;
        let seen = page.split_once("name=\"seen\" value=\"").expect("a form to sign").1;
        let sign = review::Sign { seen: &seen[..64], reason: "", note: &self.words.line };
        review::sign(cx, &lead, id, sign).await.expect("signed");
    }

    /// Nobody waits for the clients that are missing; those at one address are waived twice, and that is taken back.
    async fn waive(&self, id: IncidentId, by: &Caller) {
        let (cx, read) = (self.app.commands(), self.app.read());
        let newest = read.diagnosis(id).await.expect("diagnosis");
        let Some(away) = newest.and_then(|newest| newest.clients) else { return };
        let missing = away.missing.iter().map(|one| &one.key);
        for what in missing.flat_map(|key| [Some(&key.ip), key.app.as_ref()]).flatten() {
            let held = read.client_waivers(id).await.expect("waivers");
            if away.awaited(&held).count > 0 {
                // Some addresses are none.
                let _ = waivers::waive(cx, by, id, what, &Words::cut(&self.words.text, 900)).await;
            }
        }
        let first =
            read.client_waivers(id).await.expect("waivers").into_iter().find(|one| one.what.kind() == "address");
        if let Some(first) = first.filter(|first| first.holds()) {
            waivers::take_back(cx, by, id, first.id).await.expect("taken back");
            waivers::waive(cx, by, id, &first.what.to_string(), &self.words.line).await.expect("waived again");
        }
    }

    async fn take_restart(&self, id: IncidentId) {
        let node = NodeName(self.words.nodes[2].clone());
        let reason = Words::cut(&self.words.line, 300);
        let asked = TakeRestart { node: &node, gate: GateSaid::NotJudged, reason: &reason };
        restart_claims::take(self.app.commands(), &self.person(2), id, asked).await.expect("taken on");
    }

    /// The third node is started, is lost once, comes, and goes down again after that.
    async fn restarted(&self, id: IncidentId) {
        let app = self.app;
        self.take_restart(id).await;
        for (behaviour, looks) in
            [(Behaviour::Stopped, 2), (Behaviour::Up, 2), (Behaviour::Stopped, 2), (Behaviour::Up, 5)]
        {
            app.world.set(&self.words.nodes[2], behaviour);
            for _ in 0..looks {
                app.clock.advance_s(5);
                app.look_around().await;
            }
        }
        app.world.set(&self.words.nodes[2], Behaviour::Stopped);
        restart_claims::end(app.commands(), &self.person(2), id, false).await.expect("over");
    }

    /// What people do beside the checks: notes with files, a capture, pasted output, ticks.
    async fn by_hand(&self, id: IncidentId) {
        let (app, cx, operator) = (self.app, self.app.commands(), self.person(2));
        let picture = base64::engine::general_purpose::STANDARD.decode(PICTURE).expect("a picture");
        let text = format!("{}\n{}", self.words.text, self.words.logged.join("\n"));
        let file = |name: String, bytes: Vec<u8>| NewFile { name, bytes };
        let files =
            vec![file(self.words.file.clone(), picture), file(format!("{}.txt", self.words.name), text.into_bytes())];
        let admin = self.person(0);
        let note = notes::add(cx, &admin, id, Some(Step::Logs), &self.words.text, files).await.expect("a note");
        notes::correct(cx, &admin, id, note, &format!("{} ({})", self.words.line, self.words.name))
            .await
            .expect("corrected");
        notes::add(cx, &operator, id, None, &self.words.text, Vec::new()).await.expect("a note");
        let node = NodeName(self.words.nodes[2].clone());
        captures::start(cx, &operator, id, &node).await.expect("a capture");
        app.run_pending_checks().await;
        let pasted =
            format!("nc: connect to 10.77.0.13 port 8848 (tcp) failed: Connection refused\n{}\n", self.words.line);
        hand_in::output(cx, &operator, id, &node, "nc", &pasted).await.expect("taken");
        let pinned = app.read().pinned_cause(id).await.expect("a cause");
        let asked =
            pinned.as_ref().and_then(|pinned| pinned.cause()).map(|cause| cause.action.clone()).unwrap_or_default();
        if let Some(first) = asked.last() {
            to_dos::mark(cx, &operator, id, &ToDoId::of(first), true).await.expect("ticked");
        }
    }

    async fn reviewed(&self, id: IncidentId) {
        let (cx, lead) = (self.app.commands(), self.person(1));
        let factors = if self.words.line.chars().count() >= MAX_FACTOR_CHARS { MAX_FACTORS } else { 2 };
        let texts = ReviewTexts {
            verdict: Some(CauseVerdict::Corrected { code: Some(Code::NodeDiskFull), words: self.words.line.clone() }),
            factors: vec![Words::cut(&self.words.line, MAX_FACTOR_CHARS).replace(['\n', '\r'], " "); factors],
            lessons: self.words.text.clone(),
            checklist: BTreeSet::from([ChecklistItem::TimelineRead, ChecklistItem::ImpactStated]),
        };
        review::save(cx, &lead, id, 0, &texts).await.expect("a review");
        let owners = [
            Owner { name: self.words.people[2].clone(), has_account: true },
            Owner { name: Words::cut(&self.words.name, MAX_OWNER_CHARS), has_account: false },
        ];
        for (owner, due) in owners.into_iter().zip(["2026-11-21", "2026-12-01"]) {
            let what = Words::cut(&self.words.line.repeat(2), MAX_WHAT_CHARS);
            let new = NewFollowUp { what, owner, due: due.parse().expect("a day") };
            let up = follow_ups::add(cx, &lead, id, &new).await.expect("a follow-up");
            if due.ends_with("01") {
                follow_ups::mark(cx, &lead, id, up, FollowUpState::Dropped, &self.words.line).await.expect("dropped");
            }
        }
    }

    /// The second: half-way, watched, its lead offered to the administrator.
    async fn under_way(&self, cluster: ClusterId) {
        let (cx, operator) = (self.app.commands(), self.person(2));
        self.app.clock.advance_s(500);
        self.lost_again(cluster).await;
        let id = self.open(2, cluster, 2, false).await;
        for step in [Step::Confirm, Step::Logs, Step::Config] {
            self.look(id, step).await;
            let (kind, reason) = (DecisionKind::DoneWithExceptions, self.words.line.as_str());
            incidents::decide_step(cx, &operator, id, step, kind, reason).await.expect("decided");
        }
        self.by_hand(id).await;
        self.look(id, Step::Network).await;
        self.look(id, Step::Clients).await;
        monitor::start(cx, &operator, id).await.expect("watched");
        let service = self.words.line.as_str();
        for (node, healthy) in self.words.nodes.iter().zip([12, 9, 12]) {
            self.app.world.serve(node, &[(service, healthy, 12), ("pay", 0, 3), ("cart", 4, 4)]);
        }
        self.take_restart(id).await;
        for _ in 0..5 {
            self.app.clock.advance_s(30);
            self.app.look_around().await;
        }
        hand_overs::offer(cx, &operator, id, &self.words.people[0], &self.words.text, None).await.expect("offered");
    }

    /// The third node came back with clients, and was lost with them.
    async fn lost_again(&self, cluster: ClusterId) {
        let (app, third) = (self.app, &self.words.nodes[2]);
        app.world.set(third, Behaviour::Up);
        let name = self.words.name.as_str();
        let long = Words::cut(&format!("fd00::4 {}", self.words.line), 60);
        app.world
            .connect_clients(third, &[("10.0.4.7", name), (&long, name), ("fd00:4:4:4:4:4:4:4", &self.words.line)]);
        for looks in [17, 3] {
            for _ in 0..looks {
                app.clock.advance_s(5);
                app.look_around().await;
            }
            app.world.set(third, Behaviour::Stopped);
            app.world.connect_clients(third, &[]);
        }
        let (app_name, line) = (Words::cut(name, 90), Words::cut(&self.words.line, 150));
        let owners = format!("{app_name} → {line}\n10.0.0.0/8 → {name}\n10.9.0.0/16 → {line}");
        let mut owners = ClientOwner::parse(&owners, &[]).expect("owners");
        let channel = app.read().channels().await.expect("channels").remove(0).0;
        for one in &mut owners {
            one.through = Through::Channel { id: channel.id, name: channel.name.clone() };
        }
        owners[2].through = Through::Deleted { name: channel.name };
        client_owners::save(app.commands(), &self.person(1), cluster, &owners).await.expect("owners");
        let hosts = "10.0.4.7 order = ssh://app@10.0.4.7/home/app/logs/nacos\n10.0.4.9 = ssh://app@10.0.4.9/logs";
        let hosts = ClientHost::parse(hosts).expect("hosts");
        app.world.write_client_log("10.0.4.7", Some(CLIENT_LOG));
        client_hosts::save(app.commands(), &self.person(1), cluster, &hosts).await.expect("hosts");
    }

    /// The third: closed and not recovered, reviewed by nobody.
    async fn closed(&self, cluster: ClusterId) {
        let (cx, operator) = (self.app.commands(), self.person(4));
        self.app.clock.advance_s(60);
        let id = self.open(4, cluster, 1, false).await;
        self.look(id, Step::Confirm).await;
        self.waive(id, &operator).await;
        for step in Step::ALL {
            incidents::decide_step(cx, &operator, id, step, DecisionKind::Skipped, &self.words.line)
                .await
                .expect("decided");
        }
        let close = CloseIncident { recovered: false, reason: self.words.line.clone(), stable_ms: 600_000 };
        closures::close(cx, &operator, id, &close).await.expect("closed");
    }

    /// The fourth: a drill whose checks run.
    async fn running(&self, cluster: ClusterId) {
        let (cx, admin) = (self.app.commands(), self.person(0));
        self.app.clock.advance_s(60);
        let id = self.open(0, cluster, 0, true).await;
        check_runs::start_step(cx, &admin, id, Step::Confirm).await.expect("started");
        self.app.clock.advance_s(5);
    }

    /// The fifth: the program opened it, and nobody has taken it.
    async fn opened_itself(&self) {
        self.silent("unled", &[45], OnSilence::Open).await;
        self.app.clock.advance_s(5);
    }
}
