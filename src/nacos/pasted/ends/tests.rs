//! Lines of systemd, kernels, Kubernetes and Docker, as they are handed in.

use super::*;

fn now() -> Timestamp {
    "2026-11-22T16:10:00Z".parse().expect("a time")
}

/// What the lines tell, and when, in UTC.
fn read(text: &str) -> Vec<(&'static str, Option<String>)> {
    let at = |line: &KernelLine| line.stamp.map(|stamp| stamp.at(0).to_string()[..19].replace('T', " "));
    kernel_lines(text, now()).iter().map(|line| (line.id, at(line))).collect()
}

fn ids(text: &str) -> Vec<&'static str> {
    read(text).into_iter().map(|(id, _)| id).collect()
}

#[test]
fn systemd_says_why_it_could_not_start_a_unit() {
    let text = "Nov 22 16:08:01 n3 systemd[1]: Stopped Nacos server.\n\
        Nov 22 16:08:02 n3 systemd[1]: Starting Nacos server...\n\
        Nov 22 16:08:02 n3 systemd[11211]: nacos.service: Failed to execute command: Permission denied\n\
        Nov 22 16:08:02 n3 systemd[11211]: nacos.service: Failed at step EXEC spawning /opt/nacos/bin/startup.sh: Permission denied\n\
        Nov 22 16:08:02 n3 systemd[1]: nacos.service: Control process exited, code=exited status=203\n\
        Nov 22 16:08:02 n3 systemd[1]: nacos.service: Failed with result 'exit-code'.\n\
        Nov 22 16:08:02 n3 systemd[1]: Failed to start Nacos server.\n\
        Nov 22 16:08:07 n3 systemd[1]: nacos.service: Start request repeated too quickly.\n\
        Nov 22 16:08:08 n3 systemd[1]: Started Nacos server.\n";
    assert_eq!(ids(text), ["T01", "T01", "H03", "T02", "T02", "T00"]);
    let found = kernel_lines(text, now());
    assert_eq!(
        found[1].detail.as_deref(),
        Some("Failed at step EXEC spawning /opt/nacos/bin/startup.sh: Permission denied")
    );
    assert_eq!((found[1].unit.as_deref(), found[3].described.as_deref()), (Some("nacos"), Some("Nacos server.")));
    for (line, id) in [
        ("systemd[9]: nacos.service: Failed at step CHDIR spawning /x: No such file or directory", "T01"),
        ("systemd[9]: nacos.service: Failed at step USER spawning /x: No such process", "T01"),
        ("systemd[9]: nacos.service: Failed at step NAMESPACE spawning /x: No such file or directory", "T01"),
        ("systemd[1]: nacos.service: start operation timed out. Terminating.", "T01"),
        ("systemd[1]: nacos.service: Failed with result 'start-limit-hit'.", "T02"),
        ("systemd[1]: Dependency failed for Nacos server.", "T01"),
        ("systemd[1]: nacos.service: Main process exited, code=killed, status=15/TERM", "H07"),
        ("systemd[1]: nacos.service: Main process exited, code=dumped, status=6/ABRT", "H08"),
        ("systemd[1]: nacos.service: Main process exited, code=exited, status=1/FAILURE", "H02"),
        ("systemd[1]: nacos.service: Failed with result 'timeout'.", "H03"),
    ] {
        assert_eq!(ids(&format!("2026-11-22T16:08:02+0000 n3 {line}")), [id], "{line}");
    }
}

#[test]
fn the_kernel_says_which_disk_fails() {
    for (line, id) in [
        ("blk_update_request: I/O error, dev vdb, sector 20971520 op 0x1:(WRITE) flags 0x800", "D02"),
        ("Buffer I/O error on dev sdb1, logical block 12, lost async page write", "D02"),
        ("Aborting journal on device vdb1-8.", "D01"),
        ("EXT4-fs error (device vdb1): ext4_journal_check_start:83: comm java: Detected aborted journal", "D01"),
        ("EXT4-fs (vdb1): Remounting filesystem read-only", "D01"),
        ("XFS (sdb1): Log I/O Error Detected. Shutting down filesystem: sdb1", "D01"),
        ("XFS (dm-3): Filesystem has been shut down due to log error (0x2).", "D01"),
    ] {
        assert_eq!(ids(&format!("[Sun Nov 22 16:04:12 2026] {line}")), [id], "{line}");
    }
    for harmless in [
        "blk_update_request: I/O error, dev sr0, sector 0 op 0x0:(READ)",
        "blk_update_request: I/O error, dev fd0, sector 0",
        "EXT4-fs (sdb1): mounted filesystem with ordered data mode. Opts: errors=remount-ro",
        "XFS (sdb1): Mounting V5 Filesystem",
        "XFS (sdb1): Ending clean mount",
    ] {
        assert_eq!(ids(&format!("[Sun Nov 22 16:04:12 2026] {harmless}")), [""; 0], "{harmless}");
    }
}

#[test]
fn kubernetes_tells_in_events_and_in_descriptions() {
    let pod = "Name:         nacos-2\nNamespace:    default\nContainers:\n  nacos:\n    State:          Waiting\n\
        \x20     Reason:       CrashLoopBackOff\n    Last State:     Terminated\n      Reason:       Error\n\
        \x20     Exit Code:    137\n      Started:      Sun, 22 Nov 2026 15:00:01 +0000\n\
        \x20     Finished:     Sun, 22 Nov 2026 16:04:20 +0000\nEvents:\n\
        \x20 Type     Reason     Age                  From     Message\n\
        \x20 Warning  Unhealthy  6m (x3 over 7m)      kubelet  Liveness probe failed: Get \"http://10.1.2.3:8848\": context deadline exceeded\n\
        \x20 Normal   Killing    5m40s                kubelet  Container nacos failed liveness probe, will be restarted\n";
    let at = |time: &str| Some(format!("2026-11-22 {time}"));
    assert_eq!(read(pod), [("T02", None), ("H06", at("16:04:20")), ("P01", at("16:04:20"))]);
    assert!(kernel_lines(pod, now()).iter().all(|line| line.object.as_deref() == Some("nacos-2")));
    let events = "LAST SEEN   TYPE      REASON             OBJECT        MESSAGE\n\
        3m          Warning   Evicted            pod/nacos-2   The node was low on resource: ephemeral-storage. Threshold quantity: 1Gi\n\
        3m          Warning   Evicted            pod/nacos-1   The node was low on resource: memory.\n\
        90s         Warning   FailedScheduling   pod/nacos-2   0/3 nodes are available: 3 Insufficient memory.\n\
        2m          Warning   FailedMount        pod/nacos-2   MountVolume.SetUp failed for volume \"data\": rpc error\n\
        2m          Warning   Failed             pod/nacos-2   Failed to pull image \"nacos:2.5.9\": not found\n\
        10s         Normal    Pulled             pod/nacos-2   Successfully pulled image\n\
        2m          Warning   NodeNotReady       pod/nacos-2   Node is not ready\n";
    assert_eq!(
        read(events),
        [
            ("E01", at("16:07:00")),
            ("K07", at("16:07:00")),
            ("T03", at("16:08:30")),
            ("T03", at("16:08:00")),
            ("T03", at("16:08:00")),
            ("V01", at("16:08:00")),
        ]
    );
    let pods = "NAME      READY   STATUS             RESTARTS        AGE\nnacos-0   1/1     Running            0               30d\n\
        nacos-2   0/1     CrashLoopBackOff   12 (2m30s ago)  30d\nnacos-1   0/1     ImagePullBackOff   0               5m\n";
    assert_eq!(read(pods), [("T02", at("16:07:30")), ("T03", None)]);
    let nodes = "NAME       STATUS     ROLES    AGE   VERSION\nworker-1   Ready      <none>   30d   v1.27.3\nworker-3   NotReady   <none>   30d   v1.27.3\n";
    assert_eq!(read(nodes), [("V01", None)]);
    // The condition of a machine that has room, and what a pod tolerates.
    let fine = "  DiskPressure   False   Sun, 22 Nov 2026 16:04:20 +0000   KubeletHasNoDiskPressure\n\
        Tolerations:  node.kubernetes.io/not-ready:NoExecute op=Exists for 300s\n";
    assert_eq!(ids(fine), [""; 0]);
}

#[test]
fn docker_tells_the_exit_code_and_its_time() {
    let inspect = "[\n    {\n        \"State\": {\n            \"Status\": \"exited\",\n            \"Running\": false,\n\
        \x20           \"OOMKilled\": false,\n            \"Pid\": 0,\n            \"ExitCode\": 137,\n            \"Error\": \"\",\n\
        \x20           \"StartedAt\": \"2026-11-22T15:00:00.1Z\",\n            \"FinishedAt\": \"2026-11-22T16:04:20.5Z\"\n        },\n\
        \x20       \"Name\": \"/nacos3\",\n    }\n]\n";
    assert_eq!(read(inspect), [("H06", Some("2026-11-22 16:04:20".to_owned()))]);
    assert_eq!(kernel_lines(inspect, now())[0].object.as_deref(), Some("nacos3"));
    let killed = inspect.replace("\"OOMKilled\": false", "\"OOMKilled\": true");
    assert_eq!(ids(&killed), ["K06", "H06"]);
    let list = "CONTAINER ID   IMAGE                       COMMAND   CREATED       STATUS                       PORTS   NAMES\n\
        0a1b2c3d4e5f   nacos/nacos-server:v2.5.1   \"sh\"      3 days ago    Exited (143) 5 minutes ago           nacos3\n\
        1a1b2c3d4e5f   nacos/nacos-server:v2.5.1   \"sh\"      3 days ago    Restarting (1) 9 seconds ago         nacos2\n\
        2a1b2c3d4e5f   nacos/nacos-server:v2.5.1   \"sh\"      3 days ago    Up 3 days                            nacos1\n";
    assert_eq!(ids(list), ["H07", "T02"]);
    let found = kernel_lines(list, now());
    assert_eq!((found[0].object.as_deref(), found[1].object.as_deref()), (Some("nacos3"), Some("nacos2")));
}

#[test]
fn the_history_of_a_machine_tells_when_it_went_down() {
    let last = "reboot   system boot  5.15.0-91-generi Sun Nov 22 16:05   still running\n\
        shutdown system down  5.15.0-91-generi Sun Nov 22 16:04 - 16:05  (00:01)\n\
        runlevel (to lvl 5)   5.15.0-91-generi Sun Nov  1 09:10 - 16:04 (21+06:54)\n\
        reboot   system boot  5.15.0-91-generi Sun Nov  1 09:10 - 16:04 (21+06:54)\n";
    let at = |text: &str| Some(text.to_owned());
    let found =
        [("R02", at("2026-11-22 16:05:00")), ("R01", at("2026-11-22 16:04:00")), ("R02", at("2026-11-01 09:10:00"))];
    assert_eq!(read(last), found);
    let full =
        "reboot   system boot  5.15.0-91-generi Sat Nov 22 16:05:09 2025 - Sun Nov 22 16:04:00 2026 (365+00:00)\n";
    assert_eq!(read(full), [("R02", at("2025-11-22 16:05:09"))]);
    let journal = "2026-11-22T16:04:01+0000 n3 systemd-logind[700]: System is rebooting.\n\
        2026-11-22T16:04:03+0000 n3 systemd[1]: Reached target System Reboot.\n\
        2026-11-22T16:05:10+0000 n3 kernel: Linux version 5.15.0-91-generic (buildd@x)\n\
        2026-11-22T16:05:11+0000 n3 systemd[1]: Reached target Multi-User System.\n";
    assert_eq!(ids(journal), ["R01", "R01", "R02"]);
}

#[test]
fn ages_are_read_however_they_are_written() {
    let at = |line: &str| aged(line, now()).map(|stamp| stamp.at(0).to_string()[11..19].to_owned());
    assert_eq!(at("  Warning  Failed  1h2m  kubelet  x").as_deref(), Some("15:08:00"));
    assert_eq!(at("x  Exited (1) About a minute ago  n").as_deref(), Some("16:09:00"));
    assert_eq!(at("x  Exited (1) 2 hours ago  n").as_deref(), Some("14:10:00"));
    let listed = "0a1b2c3d4e5f   nacos:2   \"sh\"   3 days ago    Exited (143) 5 minutes ago   nacos3";
    assert_eq!(at(listed).as_deref(), Some("16:05:00"), "not when it was made");
    assert_eq!(at("5m line of something else"), None);
    assert_eq!(at("  Warning  Failed  99999999999999999999d  kubelet  x"), None);
}
