//! Logs of clients as SDKs of several versions write them.

use super::*;

fn seen(text: &str) -> ClientLogSeen {
    read(text).unwrap_or_else(|why| panic!("{why:?}: {text}"))
}

fn got(seen: &ClientLogSeen, address: &str) -> Vec<(Got, u32)> {
    let tried = seen.tried.get(address).unwrap_or_else(|| panic!("{address}: {:?}", seen.tried));
    tried.failed.iter().map(|(got, lines)| (*got, lines.count)).collect()
}

/// A Java client of 2.x whose only server was stopped.
const ONE_SERVER: &str = "\
2026-11-29T18:01:58.962+08:00  INFO 62727 --- [           main] com.alibaba.nacos.common.remote.client   : [bf97_config-0] Try to connect to server on start up, server: {serverIp = '10.0.0.3', server main port = 8848}
2026-11-29T18:01:59.001+08:00  INFO 62727 --- [           main] com.alibaba.nacos.common.remote.client   : [bf97_config-0] Success to connect to server [10.0.0.3:8848] on start up, connectionId = 1756630888801_10.0.4.7_65114
2026-11-29T18:02:10.100+08:00 ERROR 62727 --- [t.remote.worker] c.a.n.c.remote.client.grpc.GrpcClient    : [1756630888801_10.0.4.7_65114]Request stream error, switch server,error=io.grpc.StatusRuntimeException: UNAVAILABLE: Network closed for unknown reason
2026-11-29T18:02:10.200+08:00  INFO 62727 --- [t.remote.worker] com.alibaba.nacos.common.remote.client   : [bf97_config-0] Try to reconnect to a new server, server is  not appointed, will choose a random server.
2026-11-29T18:02:10.300+08:00 ERROR 62727 --- [t.remote.worker] c.a.n.c.remote.client.grpc.GrpcClient    : Server check fail, please check server 10.0.0.3 ,port 9848 is available , error ={}

java.util.concurrent.ExecutionException: com.alibaba.nacos.shaded.io.grpc.StatusRuntimeException: UNAVAILABLE: io exception
\tat com.alibaba.nacos.shaded.com.google.common.util.concurrent.AbstractFuture.getDoneValue(AbstractFuture.java:566)
Caused by: com.alibaba.nacos.shaded.io.grpc.netty.shaded.io.netty.channel.AbstractChannel$AnnotatedConnectException: finishConnect(..) failed: Connection refused: /10.0.0.3:9848

2026-11-29T18:02:10.400+08:00  INFO 62727 --- [t.remote.worker] com.alibaba.nacos.common.remote.client   : [bf97_config-0] Fail to connect server, after trying 1 times, last try server is {serverIp = '10.0.0.3', server main port = 8848}, error = unknown
2026-11-29T18:02:11.000+08:00 ERROR 62727 --- [           main] com.alibaba.nacos.common.remote.client   : Send request fail, request = ConfigQueryRequest{headers={}, requestId='null'}, retryTimes = 0, errorMessage = Client not connected, current status:UNHEALTHY
2026-11-29T18:02:12.000+08:00 ERROR 62727 --- [           main] c.a.n.c.config.impl.ClientWorker         : [fixed-10.0.0.3_8848-public] [sub-server-error] dataId=a.yaml, group=DEFAULT_GROUP, tenant=public
";

#[test]
fn a_client_with_one_server_says_what_it_gets_and_since_when() {
    let seen = seen(ONE_SERVER);
    assert_eq!(seen.only_server(), Some("10.0.0.3:8848"));
    assert_eq!(got(&seen, "10.0.0.3:8848"), [(Got::Refused, 1)], "the cause stands below the line");
    assert_eq!(seen.tried["10.0.0.3:8848"].connected.as_ref().map(|lines| lines.count), Some(1));
    assert_eq!(seen.end, LogEnd::Without { since: Some("2026-11-29T18:02:10.100+08:00".to_owned()) });
    assert_eq!(seen.not_connected.as_ref().map(|lines| lines.count), Some(1));
    assert_eq!(seen.span.as_ref().map(|(first, _)| first.as_str()), Some("2026-11-29T18:01:58.962+08:00"));
    let keys: Vec<String> = seen.says().into_iter().map(|message| message.key).collect();
    let expected = [
        "client-log-knows-one",
        "client-log-got-refused",
        "client-log-connected",
        "client-log-not-connected",
        "client-log-end-without",
    ];
    assert_eq!(keys, expected);
}

#[test]
fn a_client_that_fails_over_came_back() {
    let seen = seen(
        "2026-11-29 18:02:10,100 [c.a.n.c.r.worker] INFO  [a1_naming-0] Server healthy check fail, currentConnection = 17_10.0.4.7_1\n\
         2026-11-29 18:02:10,200 [c.a.n.c.r.worker] INFO  [a1_naming-0] Try to reconnect to a new server, server is  not appointed, will choose a random server.\n\
         2026-11-29 18:02:13,300 ERROR Server check fail, please check server 10.0.0.1 ,port 9848 is available , error =java.util.concurrent.TimeoutException: Waited 3000 milliseconds\n\
         2026-11-29 18:02:13,400 INFO  [a1_naming-0] Success to connect a server [10.0.0.2:8848], connectionId = 18_10.0.4.7_2\n",
    );
    assert_eq!(got(&seen, "10.0.0.1:8848"), [(Got::TimedOut, 1)]);
    let since = Some("2026-11-29 18:02:13,400".to_owned());
    assert_eq!(seen.end, LogEnd::Connected { server: "10.0.0.2:8848".to_owned(), since });
    assert!(seen.knows.is_empty(), "which servers it has, nobody said: two that it tried are not all");
    assert_eq!(seen.only_server(), None);
}

#[test]
fn what_it_gets_is_told_apart() {
    let line = |port: u16, error: &str| {
        format!(
            "2026-11-29 18:02:10 ERROR Server check fail, please check server 10.0.0.1 ,port {port} is available , error ={error}\n"
        )
    };
    for (error, expected) in [
        ("io.grpc.StatusRuntimeException: UNAVAILABLE: io exception", Got::Unknown),
        ("java.net.ConnectException: Connection refused", Got::Refused),
        ("UNAVAILABLE: Unable to resolve host nacos-1", Got::NameUnknown),
        ("java.net.UnknownHostException: nacos-1", Got::NameUnknown),
        ("java.net.NoRouteToHostException: No route to host", Got::Unreachable),
        ("DEADLINE_EXCEEDED: deadline exceeded after 2.9s", Got::TimedOut),
        ("java.io.IOException: Connection reset by peer", Got::Closed),
        ("ErrCode:403, ErrMsg:unknown user!", Got::Forbidden),
        ("server is DOWN now, please try again later!", Got::NotReady),
    ] {
        let seen = seen(&line(9848, error));
        assert_eq!(got(&seen, "10.0.0.1:8848"), [(expected, 1)], "{error}");
    }
    assert_eq!(got(&seen(&line(9849, "x")), "10.0.0.1:8849"), [(Got::Unknown, 1)], "of another main port");
}

#[test]
fn grpc_that_fails_where_http_answers_is_told() {
    let http =
        "2026-11-29 18:02:01 ERROR failed to req API:10.0.0.1:8848/nacos/v1/auth/login. code:403 msg: unknown user!\n";
    let grpc = "2026-11-29 18:02:10 ERROR Server check fail, please check server 10.0.0.1 ,port 9848 is available , error ={}\nCaused by: Connection timed out: /10.0.0.1:9848\n";
    let both = seen(&format!("{http}{grpc}"));
    assert_eq!(both.grpc_alone_fails().collect::<Vec<_>>(), ["10.0.0.1:8848"]);
    assert_eq!(got(&both, "10.0.0.1:8848"), [(Got::TimedOut, 1), (Got::Forbidden, 1)]);
    assert_eq!(seen(grpc).grpc_alone_fails().count(), 0, "that HTTP answers is not known");
    let dead = "2026-11-29 18:02:01 ERROR failed to req API:10.0.0.1:8848/nacos/v1/ns/instance. code:500 msg: java.net.ConnectException: Connection refused\n";
    let dead = seen(&format!("{dead}{grpc}"));
    assert_eq!(dead.grpc_alone_fails().count(), 0, "a code of the SDK's own is no answer");
    assert!(got(&dead, "10.0.0.1:8848").contains(&(Got::Refused, 1)));
}

#[test]
fn all_servers_are_those_that_it_says_itself() {
    for (line, expected) in [
        (
            "failed to req API:/nacos/v1/ns/instance/beat after all servers([10.0.0.1:8848, http://10.0.0.2:8848]) tried: x",
            "10.0.0.1:8848 10.0.0.2:8848",
        ),
        ("request: /nacos/v1/ns/instance failed, servers: [10.0.0.3:8848], code: 500, msg: x", "10.0.0.3:8848"),
        ("[fixed-10.0.0.1_8848-10.0.0.2_8848-public] [sub-server-error] no right", "10.0.0.1:8848 10.0.0.2:8848"),
        (
            "[fixed-nacos-0.nacos-hs_8848-nacos-1.nacos-hs_8848] [data-received] dataId=x",
            "nacos-0.nacos-hs:8848 nacos-1.nacos-hs:8848",
        ),
        ("spring.cloud.nacos.discovery.server-addr=10.0.0.1:8848,10.0.0.2:8848", "10.0.0.1:8848 10.0.0.2:8848"),
        ("      server-addr: nacos.example:8848", "nacos.example:8848"),
        ("serverAddr=10.0.0.1:8848", "10.0.0.1:8848"),
    ] {
        assert_eq!(seen(line).knows.join(" "), expected, "{line}");
    }
    for line in [
        "server-addr: ${NACOS:127.0.0.1:8848}",
        "[NACOS SocketTimeoutException httpGet] currentServerAddr:http://10.0.0.1:8848， err : connect timed out",
    ] {
        assert!(read(line).map_or_else(|_| Vec::new(), |seen| seen.knows).is_empty(), "{line}");
    }
}

#[test]
fn a_text_of_a_node_or_of_nobody_is_none_of_a_client() {
    let link = "2026-11-29 18:02:10,100 INFO [Cluster-10.0.0.2:8848] Server healthy check fail, currentConnection = 17_10.0.0.1_1\n";
    assert_eq!(read(&format!("{ONE_SERVER}{link}")), Err(NotAClients::OfAServer));
    for text in ["", "hello\nworld", "2026-11-29 18:02:10 INFO Started OrderApplication in 3 seconds", "<html>"] {
        assert_eq!(read(text), Err(NotAClients::NothingKnown), "{text}");
    }
}

#[test]
fn hostile_text_stays_small_and_is_no_address() {
    let bad = "Success to connect a server [<script>alert(1)</script>], connectionId = 1\n";
    assert_eq!(read(bad), Err(NotAClients::NothingKnown));
    let many: String = (0..5000)
        .map(|n| format!("2026-11-29 18:02:10 Success to connect a server [h{n}:1], connectionId = {n}\n"))
        .collect();
    assert_eq!(seen(&many).tried.len(), MOST_SERVERS);
    let long =
        format!("2026-11-29 18:02:10 Client not connected, current status:STARTING \u{202e}{}", "x".repeat(100_000));
    let sample = seen(&long).not_connected.expect("told").sample;
    assert!(sample.chars().count() <= SAMPLE && !sample.contains('\u{202e}'), "{sample}");
}
