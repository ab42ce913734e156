//! What the page says of text and files that people hand in: what was understood, what is used, and what is not and why.

use axum::body::Body;
use http::{Request, StatusCode, header};
use nodedown::commands::{Caller, check_runs, hand_in};
use nodedown::domain::finding::Step;
use nodedown::domain::id::NodeName;

use super::pages::incident;
use super::site::Site;

#[tokio::test]
async fn a_pasted_text_says_how_many_lines_are_used_and_why_the_others_are_not() {
    let site = Site::with_people().await;
    let id = incident(&site, "").await;
    let (caller, node) = (Caller::new("operator"), NodeName::from("n3"));
    let kernel = "[Sun Nov 22 04:12:20 2026] Out of memory: Killed process 4711 (java) total-vm:9kB\n\
                  [Sun Nov 22 04:12:19 2026] eth0: <b>link</b> up";
    hand_in::output(&site.app.commands, &caller, id, &node, "dmesg", kernel).await.expect("taken");
    let ss = "State Recv-Q\nLISTEN 0 100 *:8848 *:*";
    hand_in::output(&site.app.commands, &caller, id, &node, "ss", ss).await.expect("taken");
    let cookie = site.log_in("operator").await;
    let page = site.get(&format!("/incidents/{id}/steps/1"), &cookie, "en").await;
    let said = page.texts("#hand-in .understood");
    assert_eq!(said.len(), 2, "each piece has its own lines");
    for part in ["Read: 2 lines.", "Time stamp understood: 2.", "“Process and stop traces”: 1.", "Not understood: 1."]
    {
        assert!(said[0].contains(part), "{part}: {}", said[0]);
    }
    assert!(said[0].contains("The first: [Sun Nov 22 04:12:19 2026] eth0: <b>link</b> up"), "as text: {}", said[0]);
    assert!(
        said[1].contains("No check uses such output") && said[1].contains("Understood and not used: 1."),
        "{said:?}"
    );
    let page = site.get(&format!("/incidents/{id}/steps/1"), &cookie, "zh-CN").await;
    assert!(page.texts("#hand-in .understood")[0].contains("识别出时间戳：2 行"), "{}", page.body);
}

#[tokio::test]
async fn an_archive_says_file_by_file_what_the_check_of_the_logs_used() {
    let site = Site::with_people().await;
    let id = incident(&site, "").await;
    let upload = hand_in::incoming(&site.app.commands).expect("a place");
    std::fs::create_dir_all(upload.path().parent().expect("a folder")).expect("folder");
    let mut archive = tar::Builder::new(std::fs::File::create(upload.path()).expect("file"));
    let now = "2026-11-22 01:50:00,123 ERROR Server healthy check fail, currentConnection = x\n".repeat(3);
    let long_ago = "2026-10-01 04:10:00,123 ERROR old\n";
    for (path, text) in
        [("logs/nacos.log", now.as_str()), ("logs/remote.log", long_ago), ("conf/cluster.conf", "10.0.0.1\n")]
    {
        let mut header = tar::Header::new_gnu();
        header.set_size(text.len() as u64);
        header.set_mode(0o644);
        header.set_cksum();
        archive.append_data(&mut header, path, text.as_bytes()).expect("appended");
    }
    archive.finish().expect("archive");
    drop(archive);
    let (caller, node) = (Caller::new("operator"), NodeName::from("n3"));
    hand_in::archive(&site.app.commands, &caller, id, &node, "n3.tar", upload).await.expect("taken");
    let cookie = site.log_in("operator").await;
    let path = format!("/incidents/{id}/steps/2");
    let said = site.get(&path, &cookie, "en").await.texts("#hand-in .understood").concat();
    assert!(said.contains("Files: 3, of these logs and output: 2.") && said.contains("run the checks again"), "{said}");

    check_runs::start_step(&site.app.commands, &caller, id, Step::Logs).await.expect("started");
    site.app.engine.run_pending().await.expect("the engine works");
    let said = site.get(&path, &cookie, "en").await.texts("#hand-in .understood").concat();
    assert!(said.contains("logs/nacos.log: entries used from the time window: 3."), "{said}");
    assert!(!said.contains("run the checks again"), "{said}");
    assert!(said.contains("logs/remote.log"), "what is not used is named as well: {said}");
    let by_stop = "logs/remote.log: the check “Process and stop traces” used its last time stamp, ";
    assert!(said.contains("conf/cluster.conf: the check “cluster.conf” has not read it yet."), "{said}");

    for step in [Step::Confirm, Step::Config] {
        check_runs::start_step(&site.app.commands, &caller, id, step).await.expect("started");
        site.app.engine.run_pending().await.expect("the engine works");
    }
    let said = site.get(&path, &cookie, "en").await.texts("#hand-in .understood").concat();
    assert!(said.contains(by_stop) && !said.contains("logs/remote.log: not used"), "a cause may rest on it: {said}");
    assert!(said.contains("logs/nacos.log: entries used from the time window: 3."), "{said}");
    assert!(said.contains("conf/cluster.conf: read by the check “cluster.conf”."), "{said}");
}

#[tokio::test]
async fn an_upload_without_a_file_or_with_an_empty_one_is_called_what_it_is() {
    let site = Site::with_people().await;
    let id = incident(&site, "").await;
    let cookie = site.log_in("operator").await;
    for (file, says) in [("", "No file was chosen."), ("n3.zip", "The file is empty (0 bytes).")] {
        let body = format!(
            "--edge\r\nContent-Disposition: form-data; name=\"node\"\r\n\r\nn3\r\n\
             --edge\r\nContent-Disposition: form-data; name=\"archive\"; filename=\"{file}\"\r\n\r\n\r\n--edge--\r\n"
        );
        let request = Request::post(format!("/incidents/{id}/handed-in"))
            .header(header::COOKIE, &cookie)
            .header(header::ACCEPT_LANGUAGE, "en")
            .header(header::CONTENT_TYPE, "multipart/form-data; boundary=edge")
            .header("sec-fetch-site", "same-origin")
            .body(Body::from(body))
            .expect("request");
        let answer = site.ask(request).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{file}");
        assert!(answer.body.contains(says) && !answer.body.contains("kind of output"), "{file}: {}", answer.body);
    }
}
