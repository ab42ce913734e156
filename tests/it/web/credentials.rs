//! Which secret goes where: through the forms that people use, and the checks that would send it.

use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use http::StatusCode;
use nodedown::commands::incidents::OpenIncident;
use nodedown::commands::{Caller, check_runs, credentials, incidents};
use nodedown::domain::check_run::{CheckRunState, RunEnd};
use nodedown::domain::finding::Step;
use nodedown::domain::id::ClusterId;
use nodedown::store::migrations::MIGRATIONS;
use scraper::{Html, Selector};
use sqlx::Connection as _;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use super::site::{Answer, Site, encoded};

/// Something that listens where a node would be, lets in all who send the secret, and keeps what it was sent.
struct Node {
    ip: &'static str,
    port: u16,
    heard: Arc<Mutex<Vec<String>>>,
    _tasks: JoinSet<()>,
}

/// The secret of these stories.
const SECRET: &str = "geheim-47110815";

impl Node {
    async fn on(ip: &'static str) -> Self {
        let listener = TcpListener::bind((ip, 0)).await.expect("listener");
        let port = listener.local_addr().expect("address").port();
        let heard = Arc::new(Mutex::new(Vec::new()));
        let (mut tasks, all) = (JoinSet::new(), heard.clone());
        tasks.spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((mut stream, _)) = listener.accept().await {
                let all = all.clone();
                connections.spawn(async move {
                    let mut request = Vec::new();
                    while !is_whole(&request) {
                        if stream.read_buf(&mut request).await.unwrap_or(0) == 0 {
                            break;
                        }
                    }
                    let request = String::from_utf8_lossy(&request).into_owned();
                    let (status, body) = answer(&request);
                    all.lock().expect("heard").push(request);
                    let length = body.len();
                    let answer =
                        format!("HTTP/1.1 {status} X\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}");
                    let _ = stream.write_all(answer.as_bytes()).await;
                });
            }
        });
        Self { ip, port, heard, _tasks: tasks }
    }

    /// How often it was sent the secret, or a token that was got with it.
    fn told(&self) -> usize {
        let heard = self.heard.lock().expect("heard");
        heard.iter().filter(|request| request.contains(SECRET) || request.contains("token-of-the-node")).count()
    }

    fn asked(&self) -> usize {
        self.heard.lock().expect("heard").len()
    }

    fn url(&self) -> String {
        format!("http://{}:{}", self.ip, self.port)
    }
}

fn is_whole(request: &[u8]) -> bool {
    let text = String::from_utf8_lossy(request).to_ascii_lowercase();
    let Some((head, body)) = text.split_once("\r\n\r\n") else { return false };
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
    body.len() >= length.and_then(|length| length.parse().ok()).unwrap_or(0)
}

fn answer(request: &str) -> (u16, &'static str) {
    if request.starts_with("POST /nacos/v1/auth/login") && request.contains(SECRET) {
        (200, "{\"accessToken\":\"token-of-the-node\"}")
    } else if request.contains("/health/") {
        (200, "OK")
    } else if request.contains(SECRET) || request.contains("token-of-the-node") {
        (200, "{}")
    } else {
        (403, "{\"status\":403,\"message\":\"unknown user!\"}")
    }
}

fn pairs(list: &[(&str, &str)]) -> Vec<(String, String)> {
    list.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

/// The form of a cluster: name, address and credential of each node.
fn cluster_form(nodes: &[(&str, &Node, &str)], more: &[(&str, &str)]) -> String {
    let mut all = pairs(&[("name", "prod"), ("deadline_ms", "60000")]);
    for (row, (name, node, credential)) in nodes.iter().enumerate() {
        let port = node.port.to_string();
        let fields = [
            ("name", *name),
            ("host", node.ip),
            ("port", &port),
            ("scheme", "http"),
            ("context_path", "/nacos"),
            ("credential", credential),
        ];
        all.extend(fields.iter().map(|(field, value)| (format!("n{row}-{field}"), (*value).to_owned())));
    }
    all.extend(pairs(more));
    encoded(&all)
}

/// The value of the first field that a selector finds.
fn value(answer: &Answer, selector: &str) -> String {
    let selector = Selector::parse(selector).expect("selector");
    let page = Html::parse_document(&answer.body);
    let found = page.select(&selector).next().and_then(|element| element.attr("value").map(str::to_owned));
    found.unwrap_or_else(|| panic!("no value there in {}", answer.body))
}

struct Story {
    site: Site,
    lead: String,
    admin: String,
    folder: PathBuf,
}

impl Story {
    async fn begin() -> Self {
        Self::of(Site::with_people().await).await
    }

    async fn of(site: Site) -> Self {
        let (lead, admin) = (site.log_in("lead").await, site.log_in("admin").await);
        let folder = site.app.commands.data_dir().join("credentials");
        std::fs::create_dir_all(&folder).expect("folder");
        Self { site, lead, admin, folder }
    }

    /// A file with a credential, and how it is named.
    fn file(&self, name: &str, text: &str) -> String {
        std::fs::write(self.folder.join(name), text).expect("file");
        format!("file:{}", self.folder.join(name).display())
    }

    async fn cluster(&self, node: &Node) -> ClusterId {
        let form = encoded(&pairs(&[("name", "prod"), ("addresses", &format!("{}/nacos", node.url()))]));
        let made = self.site.post("/clusters", &self.lead, &form).await;
        assert_eq!(made.status, StatusCode::SEE_OTHER, "{}", made.body);
        self.site.app.commands.read().clusters().await.expect("clusters")[0].id
    }

    async fn edit(&self, cluster: ClusterId, form: &str) -> Answer {
        self.site.post(&format!("/clusters/{cluster}"), &self.lead, form).await
    }

    async fn save(&self, cluster: ClusterId, form: &str) {
        let saved = self.edit(cluster, form).await;
        assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.body);
    }

    async fn release(&self, reference: &str, fields: &[(&str, &str)]) -> Answer {
        let mut form = pairs(&[("reference", reference), ("purpose", "api")]);
        form.extend(pairs(fields));
        self.site.post("/credentials", &self.admin, &encoded(&form)).await
    }

    /// Runs the checks that ask for clients and gives how they ended: `judged`, or the reason with its values.
    async fn clients(&self, cluster: ClusterId) -> Vec<String> {
        self.run(cluster, Step::Clients, "clients.connections").await
    }

    async fn run(&self, cluster: ClusterId, step: Step, kind: &str) -> Vec<String> {
        let (commands, ann) = (&self.site.app.commands, Caller::new("lead"));
        let open = OpenIncident { cluster, node: None, drill: true, note: String::new() };
        let incident = incidents::open(commands, &ann, open).await.expect("incident");
        check_runs::start_step(commands, &ann, incident, step).await.expect("started");
        self.site.app.engine.run_pending().await.expect("the engine works");
        let runs = commands.read().runs(incident).await.expect("runs");
        let ends = runs.into_iter().filter(|run| run.check == kind).map(|run| match run.state {
            CheckRunState::Ended { end: RunEnd::Judged { .. }, .. } => "judged".to_owned(),
            CheckRunState::Ended { end: RunEnd::CouldNotRun { reason }, .. } => {
                format!("{} {:?}", reason.key, reason.args)
            }
            other => panic!("{other:?}"),
        });
        ends.collect()
    }
}

#[tokio::test]
async fn a_lead_uses_what_an_administrator_has_released_and_nothing_else() {
    let (story, node) = (Story::begin().await, Node::on("127.0.0.1").await);
    let cluster = story.cluster(&node).await;
    let good = story.file("prod", &format!("nacos:{SECRET}\n"));

    let page = story.site.get("/credentials", &story.lead, "en").await;
    assert_eq!(page.status, StatusCode::FORBIDDEN, "only administrators");
    for (reference, says) in [
        ("file:/etc/passwd", "Only files in"),
        ("env:HOME", "NODEDOWN_CRED_"),
        ("env:NODEDOWN_CRED_PROD", "Ask an administrator to release it"),
        (&good, "Ask an administrator to release it"),
        ("file:/proc/self/environ", "Only files in"),
    ] {
        let refused = story.edit(cluster, &cluster_form(&[("n1", &node, reference)], &[])).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{reference}");
        let said = refused.texts("#n0-credential-error");
        assert!(said.len() == 1 && said[0].contains(says) && said[0].contains(reference), "{said:?}");
    }
    let place = [("n0-files", "ssh"), ("n0-home", "ops@127.0.0.1:/opt/nacos,key=file:/etc/ssh/ssh_host_rsa_key")];
    let refused = story.edit(cluster, &cluster_form(&[("n1", &node, "none")], &place)).await;
    assert!(refused.texts("#n0-home-error")[0].contains("ssh_host_rsa_key"), "{}", refused.body);
    let saved = story.site.app.commands.read().cluster(cluster).await.expect("cluster").expect("some");
    assert!(saved.nodes.iter().all(|node| node.api.as_ref().is_some_and(|api| api.credential.is_none())));

    // What the page offers is what it shows.
    let page = story.site.get("/credentials", &story.admin, "en").await;
    assert!(page.body.contains(&good), "the file is offered");
    let ticked = value(&page, "input[name=cluster]");
    assert_eq!(ticked, node.url());
    let released = story.release("file:prod", &[("cluster", &ticked)]).await;
    assert_eq!(released.status, StatusCode::SEE_OTHER, "{}", released.body);
    let again = story.release(&good, &[("cluster", &ticked)]).await;
    assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY, "released already");

    let form = story.site.get(&format!("/clusters/{cluster}/edit"), &story.lead, "en").await;
    assert_eq!(form.texts("#n0-credential option[value^='file:']"), [good.as_str()]);
    story.save(cluster, &cluster_form(&[("n1", &node, &good)], &[])).await;
    assert_eq!(node.told(), 0);
    assert_ne!(story.clients(cluster).await.len(), 0);
    assert!(node.told() >= 2, "it logs in, and asks with the token");
    let form = story.site.get(&format!("/clusters/{cluster}/edit"), &story.lead, "en").await;
    assert_eq!(form.texts("#n0-credential option[selected]"), [good.as_str()]);
    assert_eq!(story.site.get(&format!("/clusters/{cluster}"), &story.lead, "en").await.count("#waiting"), 0);
}

#[tokio::test]
async fn only_variables_and_files_of_the_folders_can_be_released() {
    let story = Story::begin().await;
    for (reference, field) in [
        ("file:/etc/passwd", "#new .error"),
        ("file:../nodedown.db", "#new .error"),
        ("env:HOME", "#new .error"),
        ("nacos:geheim", "#new .error"),
    ] {
        let refused = story.release(reference, &[("recipients", "http://10.0.0.1:8848")]).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{reference}");
        assert!(refused.texts(field).iter().any(|text| !text.is_empty()), "{reference}");
    }
    for recipients in ["", "ssh://10.0.0.1:22", "http://u:p@10.0.0.1", "ftp://10.0.0.1"] {
        let refused = story.release("env:NODEDOWN_CRED_X", &[("recipients", recipients)]).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{recipients}");
    }
    assert!(story.site.app.commands.read().releases().await.expect("releases").is_empty());
    let released = story.release("env:NODEDOWN_CRED_X", &[("recipients", "10.0.0.1")]).await;
    assert_eq!(released.status, StatusCode::SEE_OTHER);
    for lang in ["en", "zh-CN"] {
        let page = story.site.get("/credentials", &story.admin, lang).await;
        assert_eq!((page.count(".release"), page.count(".release .banner.warn")), (1, 1), "it is not set");
    }
    let gone = story.site.post("/credentials/999/withdrawal", &story.admin, "").await;
    assert_eq!(gone.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn the_host_of_a_clients_log_waits_for_an_administrator_as_a_node_does() {
    let story = Story::begin().await;
    let cluster = story.cluster(&Node::on("127.0.0.1").await).await;
    let key = story.file("key", "a key");
    let released = story.release(&key, &[("purpose", "ssh"), ("recipients", "ssh://10.0.4.8:22")]).await;
    assert_eq!(released.status, StatusCode::SEE_OTHER, "{}", released.body);
    let hosts = format!("order = ssh://app@10.0.4.7/logs,key={key}\npay = ssh://app@10.0.4.8/logs,key={key}");
    let path = format!("/clusters/{cluster}/client-hosts");
    let saved = story.site.post(&path, &story.lead, &encoded(&pairs(&[("hosts", &hosts)]))).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.body);
    let page = story.site.get("/credentials", &story.admin, "en").await;
    assert_eq!(value(&page, ".waiting input[name=recipients]"), "ssh://10.0.4.7:22", "the other may have it");
    let id = story.site.app.commands.read().releases().await.expect("releases")[0].id;
    let confirm = encoded(&pairs(&[("recipients", "ssh://10.0.4.7:22")]));
    let confirmed = story.site.post(&format!("/credentials/{id}/confirmation"), &story.admin, &confirm).await;
    assert_eq!(confirmed.status, StatusCode::SEE_OTHER);
    let page = story.site.get("/credentials", &story.admin, "en").await;
    assert_eq!(page.count(".waiting"), 0);
}

#[tokio::test]
async fn a_released_credential_goes_to_no_other_address() {
    let story = Story::begin().await;
    // A header is sent with every request, so that nothing has to ask for it.
    let reference = story.file("prod", &format!("header:X-Identity:{SECRET}"));
    let (node, evil, port) = (Node::on("127.0.0.1").await, Node::on("127.0.0.2").await, Node::on("127.0.0.1").await);
    let cluster = story.cluster(&node).await;
    let released = story.release(&reference, &[("recipients", &node.url())]).await;
    assert_eq!(released.status, StatusCode::SEE_OTHER, "{}", released.body);
    story.save(cluster, &cluster_form(&[("n1", &node, &reference)], &[])).await;
    story.clients(cluster).await;
    assert!(node.told() > 0, "where it may go, it goes");

    // Another host, another port of the same host, another node, a front door.
    for (nodes, other) in [
        (vec![("n1", &evil, reference.as_str())], &evil),
        (vec![("n1", &port, reference.as_str())], &port),
        (vec![("n1", &node, reference.as_str()), ("n2", &evil, reference.as_str())], &evil),
    ] {
        story.save(cluster, &cluster_form(&nodes, &[("doors", &evil.url())])).await;
        let page = story.site.get(&format!("/clusters/{cluster}"), &story.lead, "en").await;
        let said = page.texts("#waiting li").join(" ");
        assert!(said.contains(&other.url()) && said.contains("An administrator confirms that address"), "{said}");
        let asked = other.asked();
        let ends = story.clients(cluster).await;
        let refused = |end: &&String| end.starts_with("credential-elsewhere") && end.contains(&other.url());
        assert_eq!(ends.iter().filter(refused).count(), 1, "{ends:?}");
        assert!(other.asked() > asked, "it is asked without");
        assert_eq!((evil.told(), port.told()), (0, 0), "it is not sent");
    }
    let asked = evil.asked();
    story.run(cluster, Step::Network, "door.requests").await;
    assert!(evil.asked() > asked && evil.told() == 0, "nor through the door");

    // A cluster of the lead's own.
    let own = encoded(&pairs(&[("name", "mine"), ("addresses", &format!("{}/nacos", evil.url()))]));
    assert_eq!(story.site.post("/clusters", &story.lead, &own).await.status, StatusCode::SEE_OTHER);
    let clusters = story.site.app.commands.read().clusters().await.expect("clusters");
    let mine = clusters.iter().find(|cluster| cluster.name == "mine").expect("mine").id;
    let form = cluster_form(&[("n1", &evil, &reference)], &[]).replacen("name=prod", "name=mine", 1);
    story.save(mine, &form).await;
    assert!(story.clients(mine).await[0].starts_with("credential-elsewhere"));
    assert_eq!(evil.told(), 0);

    // The administrator is shown what waits, and confirms that.
    let page = story.site.get("/credentials", &story.admin, "en").await;
    let waiting = value(&page, ".waiting input[name=recipients]");
    assert!(waiting.contains(&evil.url()), "{waiting}");
    let id = story.site.app.commands.read().releases().await.expect("releases")[0].id;
    let confirm = encoded(&pairs(&[("recipients", &waiting)]));
    let by_lead = story.site.post(&format!("/credentials/{id}/confirmation"), &story.lead, &confirm).await;
    assert_eq!(by_lead.status, StatusCode::FORBIDDEN);
    let confirmed = story.site.post(&format!("/credentials/{id}/confirmation"), &story.admin, &confirm).await;
    assert_eq!(confirmed.status, StatusCode::SEE_OTHER);
    story.clients(cluster).await;
    assert!(evil.told() > 0, "now it may go there");

    // Withdrawn, it is used no more, and what the cluster names can stay.
    let withdrawn = story.site.post(&format!("/credentials/{id}/withdrawal"), &story.admin, "").await;
    assert_eq!(withdrawn.status, StatusCode::SEE_OTHER);
    let before = (node.told(), evil.told());
    let ends = story.clients(cluster).await;
    assert!(ends.iter().all(|end| end.starts_with("credential-not-released")), "{ends:?}");
    assert_eq!((node.told(), evil.told()), before);
    let log = story.site.get("/audit-log?area=credentials", &story.admin, "en").await;
    for word in ["Credential released", "Credential changed", "Credential withdrawn", &reference, &evil.url()] {
        assert!(log.body.contains(word), "{word}: {}", log.body);
    }
    story.save(cluster, &cluster_form(&[("n1", &node, &reference)], &[])).await;
    assert_eq!(story.edit(mine, &cluster_form(&[("n1", &node, "file:/etc/hosts")], &[])).await.status, 422);
}

#[tokio::test]
async fn a_token_is_not_used_once_its_credential_is_withdrawn() {
    let (story, node) = (Story::begin().await, Node::on("127.0.0.1").await);
    let reference = story.file("prod", &format!("nacos:{SECRET}"));
    let cluster = story.cluster(&node).await;
    story.release(&reference, &[("recipients", "127.0.0.1")]).await;
    story.save(cluster, &cluster_form(&[("n1", &node, &reference)], &[])).await;
    story.clients(cluster).await;
    let told = node.told();
    assert!(told > 0);
    let id = story.site.app.commands.read().releases().await.expect("releases")[0].id;
    credentials::withdraw(&story.site.app.commands, &Caller::new("admin"), id).await.expect("withdrawn");
    assert!(story.clients(cluster).await[0].starts_with("credential-not-released"));
    assert_eq!(node.told(), told, "neither the password nor the token");
}

#[tokio::test]
async fn a_host_on_the_way_is_an_address_as_well() {
    let (story, node, gate) = (Story::begin().await, Node::on("127.0.0.1").await, Node::on("127.0.0.2").await);
    let cluster = story.cluster(&node).await;
    let key = story.file("id", "no key");
    let to = format!("ssh://127.0.0.1:{}", node.port);
    let form = pairs(&[("reference", &key), ("purpose", "ssh"), ("recipients", &to)]);
    let released = story.site.post("/credentials", &story.admin, &encoded(&form)).await;
    assert_eq!(released.status, StatusCode::SEE_OTHER, "{}", released.body);
    let home = format!("ops@127.0.0.1:{}:/opt/nacos,key={key},jump=ops@127.0.0.2:{}", node.port, gate.port);
    let place = [("n0-files", "ssh"), ("n0-home", home.as_str())];
    story.save(cluster, &cluster_form(&[("n1", &node, "none")], &place)).await;
    let page = story.site.get(&format!("/clusters/{cluster}"), &story.lead, "en").await;
    assert!(page.texts("#waiting li")[0].contains(&format!("ssh://127.0.0.2:{}", gate.port)), "{}", page.body);
    let ends = story.run(cluster, Step::Logs, "logs.signatures").await;
    assert!(ends[0].contains("credential-elsewhere"), "{ends:?}");
    assert_eq!(gate.asked(), 0, "nobody even knocks there");
    // Released for SSH, it is not a log-in of an API.
    let refused = story.edit(cluster, &cluster_form(&[("n1", &node, &key)], &[])).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
}

/// A named pipe stopped the whole server; `/dev/zero` filled its memory.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_no_small_file_of_the_folder_is_said_so_while_others_are_served() {
    let (story, node) = (Story::begin().await, Node::on("127.0.0.1").await);
    let cluster = story.cluster(&node).await;
    let at = |name: &str| story.folder.join(name);
    rustix::fs::mkfifoat(rustix::fs::CWD, at("pipe"), rustix::fs::Mode::RWXU).expect("a pipe");
    std::fs::write(at("large"), format!("nacos:{}", "a".repeat(5 * 1024))).expect("file");
    std::fs::write(story.folder.with_file_name("outside"), format!("nacos:{SECRET}")).expect("file");
    symlink(story.folder.with_file_name("outside"), at("out")).expect("link");
    symlink("/dev/zero", at("zero")).expect("link");
    std::fs::create_dir(at("folder")).expect("folder");
    let odd = [
        ("pipe", "source-file-not-regular"),
        ("large", "source-file-too-large"),
        ("out", "source-file-outside"),
        ("zero", "source-file-outside"),
        ("folder", "source-file-not-regular"),
        ("none", "source-file-not-found"),
    ];
    let references = odd.map(|(name, _)| format!("file:{}", at(name).display()));
    for reference in &references {
        let released = story.release(reference, &[("recipients", "127.0.0.1")]).await;
        assert_eq!(released.status, StatusCode::SEE_OTHER, "{}", released.body);
    }
    let page = story.site.get("/credentials", &story.admin, "en").await;
    assert_eq!(page.count(".release .banner.warn"), odd.len(), "each is said to be unreadable: {}", page.body);
    let mut served = Vec::new();
    for _ in odd {
        served.push(Node::on("127.0.0.1").await);
    }
    let nodes: Vec<_> = odd.iter().zip(&references).zip(&served).collect();
    let nodes: Vec<_> = nodes.iter().map(|((odd, one), node)| (odd.0, *node, one.as_str())).collect();
    story.save(cluster, &cluster_form(&nodes, &[])).await;

    let serving = async {
        for _ in 0..20 {
            assert_eq!(story.site.get("/login", "", "en").await.status, StatusCode::OK);
            tokio::task::yield_now().await;
        }
    };
    let both = async { tokio::join!(story.clients(cluster), serving).0 };
    let ends = tokio::time::timeout(crate::support::HANGS, both).await.expect("nobody is held up");
    for ((name, reason), end) in odd.iter().zip(&ends) {
        assert!(end.starts_with(reason), "{name}: {end}");
    }
    assert_eq!(served.iter().map(Node::told).sum::<usize>(), 0);
}

/// A database as it was before there were releases.
async fn old_database(folder: &Path, nodes: &[(&str, String, String)]) {
    let options = SqliteConnectOptions::new().filename(folder.join("nodedown.db")).create_if_missing(true);
    let mut connection = SqliteConnection::connect_with(&options).await.expect("connection");
    MIGRATIONS.run_to(20_261_123_000_000, &mut connection).await.expect("migrated");
    let cluster =
        "INSERT INTO clusters (id, name, node_deadline_ms, created_at, updated_at) VALUES (1, 'prod', 60000, 1, 1)";
    sqlx::query(cluster).execute(&mut connection).await.expect("cluster");
    for (position, (name, api, files)) in (0_i64..).zip(nodes) {
        sqlx::query("INSERT INTO nodes (cluster_id, position, name, api, files) VALUES (1, $1, $2, $3, $4)")
            .bind(position)
            .bind(name)
            .bind(api)
            .bind(files)
            .execute(&mut connection)
            .await
            .expect("node");
    }
    connection.close().await.expect("closed");
}

#[tokio::test]
async fn what_was_in_use_before_is_taken_over_for_its_addresses_and_shown_once() {
    let (node, evil) = (Node::on("127.0.0.1").await, Node::on("127.0.0.2").await);
    let folder = tempfile::tempdir().expect("folder");
    let old = folder.path().join("old secret");
    std::fs::write(&old, format!("header:X-Identity:{SECRET}")).expect("file");
    let api = |node: &Node, credential: &str| {
        format!(
            r#"{{"scheme":"http","host":"{}","port":{},"context_path":"/nacos","console_port":null,"credential":{credential}}}"#,
            node.ip, node.port
        )
    };
    let file = format!(r#"{{"kind":"file","path":"{}"}}"#, old.display());
    let ssh = r#"{"kind":"ssh","host":{"user":"ops","host":"10.0.0.9","port":22},"home":"/opt/nacos","key":{"kind":"file","path":"/k/id"},"passphrase":{"kind":"env","name":"OLD_PASS"},"jump":{"user":"ops","host":"127.0.0.3","port":2222}}"#;
    let nodes = [
        ("n1", api(&node, &file), r#"{"kind":"none"}"#.to_owned()),
        ("n2", api(&node, r#"{"kind":"env","name":"OLD_NACOS"}"#), ssh.to_owned()),
    ];
    old_database(folder.path(), &nodes).await;
    let story = Story::of(Site::people_on(folder).await).await;
    let releases = story.site.app.commands.read().releases().await.expect("releases");
    let shown: Vec<String> = releases
        .iter()
        .map(|one| {
            let to: Vec<_> = one.recipients.iter().map(ToString::to_string).collect();
            assert!(one.wants_review());
            format!("{} {} {}", one.purpose.as_str(), one.reference, to.join(" "))
        })
        .collect();
    let (url, path) = (node.url(), old.display());
    assert_eq!(
        shown,
        [
            format!("api env:OLD_NACOS {url}"),
            format!("api file:{path} {url}"),
            "ssh env:OLD_PASS ssh://127.0.0.3:2222 ssh://10.0.0.9:22".to_owned(),
            "ssh file:/k/id ssh://127.0.0.3:2222 ssh://10.0.0.9:22".to_owned(),
        ]
    );
    assert_eq!(credentials::take_over(&story.site.app.commands).await.expect("once"), 0);

    // It goes on as before, and nowhere else.
    let cluster = ClusterId(1);
    story.clients(cluster).await;
    assert!(node.told() > 0);
    let reference = format!("file:{path}");
    story.save(cluster, &cluster_form(&[("n1", &evil, &reference)], &[])).await;
    assert!(story.clients(cluster).await[0].starts_with("credential-elsewhere"));
    assert_eq!(evil.told(), 0);

    // Administrators see it until they said that it is right.
    assert_eq!(story.site.get("/", &story.lead, "en").await.count("#to-review"), 0);
    assert_eq!(story.site.get("/", &story.admin, "en").await.count("#to-review"), 1);
    for release in &releases {
        let reviewed = story.site.post(&format!("/credentials/{}/review", release.id), &story.admin, "").await;
        assert_eq!(reviewed.status, StatusCode::SEE_OTHER);
    }
    let page = story.site.get("/credentials", &story.admin, "zh-CN").await;
    assert_eq!((page.count("#to-review"), page.count(".release")), (0, 4));
    assert_eq!(story.site.get("/", &story.admin, "en").await.count("#to-review"), 0);
    // What lies outside of the folders does not come back once it is withdrawn.
    let id = releases[1].id;
    story.site.post(&format!("/credentials/{id}/withdrawal"), &story.admin, "").await;
    let refused = story.release(&reference, &[("recipients", &url)]).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
}
