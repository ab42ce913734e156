# Findings, causes, impact, actions, do-nots, and the page of each code.
finding-node-stopped-clean = { $node } was stopped cleanly (SIGTERM or shutdown.sh): shutdown lines end its logs at { $since }, and no deeper cause was found.
finding-node-killed = { $node } was killed: its logs end at { $since } in the middle of work, without a stop line, and connections to it were refused or cut at once.
finding-node-killed-shell = { $node } was ended by SIGKILL: the shell that started it or systemd reports it as killed. Who sent the signal, the line does not tell; the OOM killer is possible.
finding-node-disk-errors = The kernel of the machine of { $node } reports a disk that fails at the time that the logs of { $node } end ({ $since }): “{ $text }”. Whether { $node } writes to that disk, the line does not say.
finding-node-disk-errors-read-only = At the time that the logs of { $node } end ({ $since }), the kernel of its machine reports that a file system takes no writes any more: “{ $text }”. Most likely { $node } writes there; the process itself may still be running.
finding-node-disk-full-told = A text that was handed in for { $node } tells of a full disk at the time that its logs end ({ $since }): “{ $text }”.
finding-node-evicted-disk = Kubernetes evicted { $node } because its machine was low on disk space: “{ $text }”. Lines of a clean stop at the end of its logs come from that.
finding-node-evicted-memory = Kubernetes evicted { $node } because its machine was low on memory: “{ $text }”. Lines of a clean stop at the end of its logs come from that.
finding-node-evicted = Kubernetes evicted { $node }: “{ $text }”. Lines of a clean stop at the end of its logs come from that.
finding-node-probe = Kubernetes ended { $node } because it did not answer a probe: “{ $text }”. Why it did not answer, the line does not say: it hung, it was overloaded, or its start takes longer than the probe allows.
finding-node-host-went-down = The machine of { $node } went down when its logs end ({ $since }): “{ $text }”.
finding-node-host-came-up = The machine of { $node } came up soon after the logs of { $node } end ({ $since }): “{ $text }”. That it was shut down in order was not seen: power loss, a crash, or a reset.
finding-node-not-started = { $node } could not be started: “{ $text }”. It did not get as far as Java.
finding-node-start-given-up = What starts { $node } has failed or given up: “{ $text }”. The lines that were handed in do not say why.
finding-node-stopped-exit-code = { $node } was ended by SIGTERM, as its exit code says (“{ $text }”). Its own logs have no line of that.
finding-node-host-silent = Kubernetes no longer hears from the machine of { $node }: “{ $text }”. The machine, its kubelet or its network is down.
finding-node-killed-no-witness = { $node } is gone: its logs end at { $since } without a stop line, and its process or ports are no longer there. No peer's log could be read to confirm it.
finding-node-killed-no-word = { $node } is gone: its logs end at { $since } without a stop line, and its process or ports are no longer there. The logs of its peers were read, but no refused connection to it was recognised in them that could confirm it.
finding-node-killed-by-peers = { $node } seems to have been killed: its peers lost their connections to it and were refused, but the end of its own logs could not be read in full.
finding-node-killed-after-hang = { $node } is gone now. Its logs end at { $since }, and its peers first saw time-outs only: it hung or its host was cut off, and then the process ended (killed, or ended by hand).
finding-node-gone = { $node } is gone: its ports refuse connections. Only its own logs can tell whether it was stopped or killed, and they were not seen.
finding-node-gone-end-late = { $node } does not serve, and there was no time in this round to read its logs to the end or to see its process. It is not known yet whether it is starting, was stopped, was killed or failed to start. Run the checks again.
finding-node-gone-end-unread = { $node } does not serve and seems to be gone, but its logs are missing or could not be read to the end. It is not known yet whether it was stopped, was killed or failed to start. Check that nacos.log is there, and run the check again.
finding-node-gone-or-elsewhere = { $node } refuses connections on its ports: its process is gone, or this is not its address. Nothing else tells of a Nacos there, so check the address and the port first.
finding-node-gone-by-peers = { $node } could not be reached from here, and its peers were refused: its process is gone. Only its own logs can tell how it ended.
finding-node-foreign = Another program answers HTTP on the main port of { $node }, and the other Nacos ports refuse connections: Nacos is not running there. Only its own logs can tell why.
finding-node-silent = { $node } has been silent since { $since }: its logs end without a stop line, and nothing was seen that could tell whether it was killed or is frozen.
finding-node-oom-killed = The kernel killed { $node } because memory ran out; its logs end at { $since }.
finding-node-oom-killed-other-id = The kernel killed a Java process because memory ran out when the logs of { $node } ended ({ $since }). The process id differs or the time stamp has no year, so it was most likely { $node }, but this is not certain.
finding-node-oom-killed-undated = The kernel killed a Java process because memory ran out; the line has no time. The logs of { $node } end at { $since }: this may be the reason.
finding-node-oom-java = { $node } ran out of Java memory (OutOfMemoryError) before it went silent at { $since }.
finding-node-oom-java-start = { $node } ran out of Java memory (OutOfMemoryError) while starting and gave up at { $since }: its heap is too small for what it has to load.
finding-node-oom-alive = { $node } is still running, but its Java memory is exhausted (OutOfMemoryError): its threads may be dead although its ports are open.
finding-node-jvm-crash = The Java virtual machine of { $node } crashed (hs_err file or fatal error banner); its logs end at { $since }.
finding-node-disk-full = { $node } shut itself down because its disk was full; the stop lines at { $since } are not a planned stop.
finding-node-disk-full-alive = { $node } is still running, but a disk that it writes to is full: logs, Raft data or configuration data cannot be written.
finding-node-disk-read-only = { $node } is still running, but a volume it writes to is read-only: nothing is written there any more. A Raft group that stopped on it stays dead until the volume can be written again and the node is restarted.
finding-node-disk-full-group = { $node } is still running, but its disk had no room when a Raft group wrote to it: that group stopped, and stays dead until there is room and the node is restarted. Its data is not damaged by that.
finding-node-files-exhausted = { $node } had no more open files (“Too many open files”) in its last minutes; then its logs end. How the process ended is not known.
finding-node-files-exhausted-alive = { $node } is still running, but may open no more files (“Too many open files”): it accepts no new connections and cannot open what it has to write.
finding-node-threads-exhausted = { $node } could not create threads any more in its last minutes (“unable to create native thread”). What needed a new thread failed from then on.
finding-node-threads-exhausted-alive = { $node } is still running, but cannot create threads any more (“unable to create native thread”): what needs a new thread fails, existing threads keep working.
finding-node-memory-native = { $node } got no more memory from the system (not the Java heap): its JVM reports this and then ends itself.
finding-node-memory-native-alive = { $node } is still running, but gets no more memory from the system (not the Java heap): “Cannot allocate memory”.
finding-node-paused = { $node } stood still: the task that its connection pool runs every 30 s ran { $seconds } s after the last time (at { $until }). The process or its machine did nothing meanwhile (virtual machine moved or frozen, no CPU time, swapping), or its clock was set. Peers and clients may have seen time-outs.
finding-node-overloaded = { $node } answers only now and then: in the last { $minutes } min it stood still { $times } times, { $seconds } s in all, and the other nodes did not. It is stopped and continued again and again, or gets too little processor time.
finding-node-overloaded-stopped = { $node } answered, but its process was stopped when it was looked at: something stops and continues it again and again.
finding-node-overloaded-late = { $node } answered some requests late or not in time (up to { $late } ms) while the other nodes answered at once. One look does not tell more: look again.
finding-node-disk-full-torn = { $node } still counts as alive, but its logs are cut off at the boundary of a disk block: there is no space left on its disk.
finding-node-disk-full-stopped = { $node } stopped, and the file system of its logs has no space left: it could not even write why.
finding-node-disk-no-room-gauge = { $node } is still running, but the file system that it was started in has no space left, according to its own metrics. Its logs and data are most likely there as well.
finding-node-disk-no-room = { $node } is still running, but the file system of its logs has no space left for users other than root.
finding-node-start-disk-full = { $node } failed to start at { $since }: its disk is full.
finding-node-hung-process = { $node } is frozen: process { $pid } is in state { $state } and does not run; its ports accept connections, but nothing answers.
finding-node-hung-ports = { $node } hangs: its port accepts connections, but HTTP does not answer.
finding-node-hung-other = { $node } does not serve: something answers on its ports, but not a working Nacos.
finding-node-hung-files = { $node } hangs: its process is there, but its logs stopped at { $since } and nothing answers.
finding-node-hung-disk = { $node } is waiting for its disk. Threads of process { $pid } that are stuck in the kernel (state D): { $blocked } of { $threads }. Its logs stopped at { $since }; what it still answers comes from memory.
finding-node-hung-by-peers = { $node } most likely hangs: its logs end at { $since } without a stop line, and its peers ({ $peers }) saw time-outs, not refusals. A host that is gone or cut off would look the same.
finding-node-hung-behind-start = A start of { $node } failed at { $since } because its ports or its data were already in use. Since then its peers ({ $peers }) get no answer and are not refused: most likely an earlier process of { $node } still holds them and hangs.
finding-node-answers-nobody = { $node } accepts the connections of all other nodes on { $ports } but answers none of them, while its own logs go on: it hangs or is overloaded. A path that is cut after the connect would look the same.
finding-node-heap-full-start = { $node } does not get through its start (begun { $since }): its heap is full, and one full garbage collection after another frees almost nothing.
finding-node-start-failed-jvm = { $node } did not get as far as Nacos: Java itself or its logging refused to start: “{ $text }”
finding-node-stuck-starting = { $node } is stuck while starting: since { $since } ({ $seconds } s) it has logged “Nacos is starting...” and never “started successfully”.
finding-node-start-broke-off = { $node } was still starting when its logs ended at { $since }. A node that has not come up refuses connections, so its peers cannot tell whether it was killed or is stuck while starting.
finding-node-starting = { $node } has been starting since { $since } ({ $seconds } s) and does not serve yet.
finding-node-starting-usual = { $node } has been starting for { $seconds } s (since { $since }) and does not serve yet. Its last start took { $usual } s.
finding-node-half-open = The gRPC ports of { $node } answer while its main port refuses connections: it is still starting (that port opens last), or only a part of it is left.
finding-node-start-failed = { $node } failed to start at { $since }; the exception chain gives no reason that nodedown knows.
finding-node-start-failed-because = { $node } failed to start at { $since }. The reason that its exception chain ends with: “{ $text }”
finding-node-start-no-leader = { $node } gave up its start at { $since }: the Raft group that holds configuration had no leader. The majority was missing; { $node } itself is not broken.
finding-node-start-failed-port = { $node } failed to start at { $since }: a port that it needs is already in use.
finding-node-flapping = { $node } keeps going down and coming up by itself: { $count } starts in the last { $minutes } min.
finding-node-flapping-starts = { $node } is started again and again and fails each time: { $count } starts in the last { $minutes } min. The reason for the newest failure is shown beside this.
finding-node-flapping-up = { $node } went down and came up { $count } times in the last { $minutes } min, and is up since { $since }.
finding-node-came-back = { $node } went down without a stop line and was started again at { $since }; it serves. Find out what ended it before it does so again.
finding-node-came-back-often = { $node } went down without a stop line { $count } times in the last { $minutes } min; it was last started at { $since } and serves. Find out what ends it.
finding-node-second-start = { $node } is serving. At { $at } somebody or something tried to start a second process beside it, and that start failed.
finding-node-second-start-hung = At { $at } somebody or something tried to start { $node }, and that start failed because its ports or its data were in use: most likely by an earlier process that does not answer. As long as that one is there, another start fails the same way.
finding-node-started-anew = { $node } may be starting again: its standard output holds only the command line and banner of a start, and no line of the process that ended. Look whether that process is there before you start another one.
finding-node-isolated = { $node } is alive, but no other node reaches it and it reaches none, while the others reach each other.
finding-node-unreachable = Nothing about { $node } can be seen: it does not answer from here, and its files could not be read.
finding-node-unreachable-for-peers = Nothing about { $node } was seen, and its peers ({ $peers }) do not reach it.
finding-cluster-quorum-lost = The majority is lost: { $live } of { $voters } voters alive, { $needed } needed. Not voting: { $dead }.
finding-cluster-quorum-cut = No leader can be elected: { $live } of { $voters } voters are alive, but the Raft port does not work between them. Not voting: { $dead }.
finding-raft-no-leader = Raft group { $group } has no leader according to { $nodes }.
finding-not-ready-election = { $node } answers but is not ready: the leader of its configuration group has just gone. The other nodes usually elect a new one within seconds; look again.
finding-readiness-error = { $node } answers the request for its readiness with HTTP { $status }: “{ $text }”. That is not how Nacos says that it is not ready: it comes from a proxy before the node, or from a fault inside it.
finding-not-ready-embedded = { $node } answers but is not ready: with embedded storage this means that its configuration group has no leader it can read from.
finding-not-ready-external = { $node } answers but is not ready: it cannot read its database.
finding-raft-link-broken = Raft port { $ports } does not work between { $node } and { $peer }, although both are alive and shown as UP.
finding-raft-link-at-start = Raft port { $ports } does not work between { $node } and { $peer }: attempts fail although both processes have been there for minutes, and the start waits for a leader that cannot be elected.
finding-link-burst = Attempts on port { $ports } between { $node } and { $peer } timed out, all within three seconds or while one of the nodes fell behind with its own log. A blocked port can look like this, and so can a node that paused for moments (garbage collection, no CPU time): look again in half a minute.
finding-link-burst-node = Attempts on port { $ports } of { $node } timed out, all within three seconds or while one of the nodes fell behind with its own log. A blocked port can look like this, and so can a node that paused for moments (garbage collection, no CPU time): look again in half a minute.
finding-raft-link-unready = Raft port { $ports } most likely does not work between { $node } and { $peer }: both answer everything else, but the readiness check of one, which reads through the other, does not answer.
finding-raft-link-broken-here = Raft port { $ports } of { $node } does not answer from here, although the node is alive.
finding-raft-stale-term = { $node } still follows an old leader at an old term: its Raft groups do not hear from the others.
finding-raft-group-not-run = { $node } looks for a leader of the Raft group { $group }, and { $peers } { $count ->
    [one] answers that it does not run
   *[other] answer that they do not run
 } this group. The connections work; the group was not set up there, most often because a start or an upgrade was not completed.
finding-raft-member-mismatch = The voters of Raft differ from the members in cluster.conf. { $side ->
    [more] Only in Raft: { $more }.
    [less] Not in Raft: { $less }.
   *[both] Only in Raft: { $more }. Not in Raft: { $less }.
  }
finding-raft-member-mismatch-api = The voters of Raft differ from the members that the nodes list in their API. { $side ->
    [more] Only in Raft: { $more }.
    [less] Not in Raft: { $less }.
   *[both] Only in Raft: { $more }. Not in Raft: { $less }.
  }
finding-raft-not-in-conf = { $node } is not a member of its own Raft groups: its Raft data belongs to another address.
finding-raft-storage-corrupt = A Raft group of { $node } stopped working because of its storage or state machine; it stays dead until the node is repaired and restarted.
finding-raft-storage-corrupt-start = { $node } failed to start at { $since }: its Raft log, metadata or snapshot under data/protocol is broken.
finding-raft-state-machine-stopped = A Raft group of { $node } stopped at a log entry that its state machine could not apply. It stays dead, and the same entry stops it again at every start.
finding-raft-group-error = { $node } reports an error in one of its Raft groups.
finding-members-disagree = { $node } runs with a different member list than the rest. { $side ->
    [more] Only there: { $more }.
    [less] Missing there: { $less }.
   *[both] Only there: { $more }. Missing there: { $less }.
  }
finding-members-state = { $node } is alive, but not UP according to { $observers }.
finding-members-ghost = { $member } is in every cluster.conf, but no machine answers there, and it never reported to any node. It does not vote in Raft.
finding-members-ghost-likely = { $member } is in every cluster.conf, but nothing answers there, and it is not in the inventory.
finding-member-unlisted = { $member } is a member that is down. It was alive before, so it is a real node and not a ghost. It is not in the inventory, so nothing more about it could be checked.
finding-member-unlisted-votes = { $member } is a member and votes in Raft, but nobody reaches it. It is not in the inventory: add it, so that its logs and ports can be checked.
finding-config-cluster-conf-drift = cluster.conf of { $node } lists different members than the rest. { $side ->
    [more] Only there: { $more }.
    [less] Missing there: { $less }.
   *[both] Only there: { $more }. Missing there: { $less }.
  }
finding-config-cluster-conf-not-listed = No cluster.conf names { $node } ({ $member }): it runs, but the others do not count it as a member.
finding-conf-malformed = cluster.conf of { $node }, line { $line }: Nacos cannot read “{ $text }” and rejects the whole file; after a restart the node runs alone.
finding-conf-malformed-character = cluster.conf of { $node }, line { $line }: “{ $text }” has a character that is no digit, though it may not be seen ({ $char }). Nacos rejects the whole file; after a restart the node runs alone.
finding-conf-ghost = cluster.conf of { $node }, line { $line }: Nacos takes “{ $text }” as a member that nobody can reach. The rest of the file counts.
finding-conf-ghost-character = cluster.conf of { $node }, line { $line }: “{ $text }” has a character that is not what it looks like or that nobody sees ({ $char }). Nacos takes the entry as a member that nobody can reach; the rest of the file counts.
finding-conf-merged = cluster.conf of { $node }, line { $line }: two addresses run together: “{ $text }”.
finding-conf-odd = cluster.conf of { $node }, line { $line }: “{ $text }” is unusual; check what it means to Nacos.
finding-conf-malformed-start = { $node } failed to start at { $since }: it could not read its cluster.conf.
finding-config-db-drift = { $node } has different database settings than the rest: { $keys }.
finding-config-auth-drift = { $node } has different auth settings (token secret, server identity or switch) than the rest: { $keys }.
finding-config-auth-rejected = A peer refuses the reports of { $node }, or { $node } refuses theirs: server identity or token secret do not match.
finding-config-properties-drift = { $node } has different settings than the rest where all must be equal: { $keys }.
finding-config-flags-drift = { $node } runs with different JVM flags, mode or storage than the rest: { $keys }.
finding-config-version-mixed = The nodes run different versions: { $versions }.
finding-config-insecure-default = { $node } uses a secret that ships with Nacos and that everybody knows.
finding-config-insecure-auth-off = { $node } runs with authentication switched off.
finding-properties-duplicate = { $node } sets { $key } more than once (lines { $lines }); the last one counts.
finding-net-grpc-blocked = gRPC port { $ports } of { $node } cannot be reached from any other node, although the node is alive and shown as UP.
finding-net-grpc-blocked-pair = gRPC port { $ports } does not work between { $node } and { $peer }, in either direction.
finding-net-grpc-blocked-here = gRPC port { $ports } of { $node } cannot be reached from here, although its other ports can.
finding-net-port-blocked = Port { $ports } of { $node } cannot be reached, although the node is alive.
finding-net-port-blocked-pair = Ports { $ports } do not work between { $node } and { $peer }, although both are alive.
finding-net-one-way = { $node } does not reach { $peer } on port { $ports }, while the other direction works.
finding-db-unreachable = { $node } cannot reach its database.
finding-db-unusable = { $node } says that its database is down: it is not reached, or it refuses { $node }; the lines do not tell which.
finding-db-unreachable-start = { $node } failed to start at { $since }: it could not reach its database.
finding-data-diverged = Live nodes return different instance lists (services: { $count }): { $services }.
finding-data-not-loaded = { $node } runs but has not loaded the naming data of its peers: naming is not ready there. With nacos.naming.data.warmup=true (the container image sets it) its readiness says no, so probes and load balancers leave it out. Its database is not the reason.
finding-data-loading = { $node } has only just started and is still loading the naming data of its peers: naming is not ready there yet.
finding-clients-missing-named = { $missing } of { $before } client connections did not come back ({ $now } now). Away, with their connections now and before: { $who }{ $more ->
    [0] .
   *[other] {" "}and { $more } more.
  }
finding-clients-missing-by-name = { $count ->
    [one] 1 client
   *[other] { $count } clients
  } from before the outage { $count ->
    [one] is
   *[other] are
  } not connected any more, or with fewer connections than before, though others are. Away, with their connections now and before: { $who }{ $more ->
    [0] .
   *[other] {" "}and { $more } more.
  } { $new ->
    [0] {""}
    [one] 1 client is new: it may be the same application at another address.
   *[other] { $new } clients are new: some may be the same applications at other addresses.
  }
finding-clients-gone-named = { $gone } of { $before } client connections went away within { $seconds ->
    [one] 1 s
   *[other] { $seconds } s
  } after { $at } while all nodes run, and are not back ({ $now } now; { $node } had { $had } of them). Away, with their connections now and before: { $who }{ $more ->
    [0] .
   *[other] {" "}and { $more } more.
  }
finding-clients-missing = { $missing } of { $before } client connections did not come back ({ $now } now).
finding-clients-gone = { $gone } of { $before } client connections went away within { $seconds ->
    [one] 1 s
   *[other] { $seconds } s
  } after { $at } while all nodes run, and are not back ({ $now } now; { $node } had { $had } of them).
finding-clients-waves = { $times } times in { $minutes } minutes, at least half of the client connections of { $node } went away within a minute and came back, although it runs on: last { $lost } of { $had } at { $at }. What closes them was not seen.
finding-clients-left = { $count } client connections of { $node } ended within { $seconds } s after { $at }, although all nodes run. How many are back was not seen: no count of connections was read. Within the next minute, { $opened } were opened on one node.
finding-clients-empty = { $node } holds { $count } of { $total } client connections on { $nodes } nodes ({ $fullest }: { $most }). Clients do not come back to a node by themselves after its restart.
finding-clients-skewed = { $node } holds { $most } of { $total } client connections on { $nodes } nodes.
finding-clock-skew = The clock of { $node } differs from the others by { $seconds } s.
finding-logs-strange = { $node } wrote warnings or errors that are neither in the catalogue nor seen in healthy clusters (lines: { $count }, kinds: { $shapes }). Worth a look, not a fault by itself.
finding-logs-last-words = The first error of { $node } before it went silent came { $seconds } s before its last line ({ $count } in all).
finding-node-hung-gc = { $node } does not answer: it spends its time in full garbage collections. Its heap is full or nearly full.
finding-node-gc-storm = { $node } still answers, but spends its time in full garbage collections: its heap is full or nearly full.
finding-node-start-failed-config = { $node } failed to start at { $since }: a setting in application.properties cannot be used.
finding-config-insecure-derby = { $node }: the Derby endpoint is open (nacos.config.derby.ops.enabled); anybody who reaches it can read the database.
finding-config-insecure-user-agent = { $node }: requests that call themselves “Nacos-Server” pass without a check (nacos.core.auth.enable.userAgentAuthWhite).
finding-config-insecure-version = { $node } runs { $version }, which has a known vulnerability ({ $weakness }); it is fixed in { $fixed } and later.
finding-config-standalone = { $node } runs in standalone mode: it never joins the others, and looks healthy on its own.
finding-net-dns = { $node } cannot resolve the name { $member }, according to its logs.
finding-net-dns-now-and-then = The name { $member } could not be resolved beside { $node } (a helper such as peer-finder says so). Where that helper builds the member list, members can be missing from it.
finding-net-dns-here = The name { $member } of { $node } does not resolve from here.
finding-config-env-drift = { $variable } of { $node } names other members than its cluster.conf { $side ->
    [more] (only the variable: { $more })
    [less] (only the file: { $less })
   *[both] (only the variable: { $more }; only the file: { $less })
  }. The container writes the file from it at the next start: then the node has another member list.
finding-vantage-limited = Not reached from here: { $ports } of { $node }. The node calls itself by another address than the one that is set up, as a container with published ports does. These may not be its ports, so nothing is concluded from this.
finding-door-grpc-not-forwarded = On port { $ports } of { $node } something answers in HTTP/1 where gRPC is expected: a proxy that only forwards HTTP is in front of it.
finding-clients-single-server = All clients of { $app } ({ $hosts } hosts) are connected to { $node }, although other nodes accepted clients at the same time: most likely they know only this address.
finding-clients-single-server-log = { $clients }{ $more ->
    [0] {""}
   *[other] {" "}and { $more } more
}: set to use one node only, as the own log of the client says. Without that node it has nowhere to go.
finding-logs-errors = { $node } keeps writing errors that nothing else explains (lines: { $count }, kinds: { $shapes }).
finding-logs-errors-known = { $node } keeps writing known errors that nothing else explains (lines: { $count }, kinds: { $kinds }).
cause-node-stopped-clean = { $nodes } { $count ->
    [one] was
   *[other] were
  } stopped cleanly: somebody or something sent SIGTERM (shutdown.sh, systemd, Kubernetes).
cause-node-killed = { $nodes } { $count ->
    [one] was
   *[other] were
  } killed without warning (SIGKILL, power or host loss): no stop line, the process is gone, and peers were refused.
cause-node-killed-shell = { $nodes } { $count ->
    [one] was
   *[other] were
  } ended by SIGKILL, as the shell that started it or systemd reports. Who sent it is not known: the OOM killer, a person, or a container limit.
cause-node-gone-or-elsewhere = { $nodes } { $count ->
    [one] refuses
   *[other] refuse
  } connections: the process is gone, or the address or port is wrong.
cause-node-gone-late = { $nodes } { $count ->
    [one] does
   *[other] do
  } not serve. There was no time in this round to see more: a start, a stop and a kill look alike.
cause-node-gone = { $nodes } { $count ->
    [one] is
   *[other] are
  } gone. It is not known whether it was a stop or a kill.
cause-node-killed-likely = { $nodes } { $count ->
    [one] was
   *[other] were
  } most likely killed (SIGKILL, power or host loss): no stop line, and the process is gone; no other node was seen to be refused.
cause-node-silent = { $nodes } went silent without a stop line: killed, frozen, or cut off together with the host; what was seen cannot tell which.
finding-logs-no-peers = { $node } counts no connection from another node (clusterCount=0), while the others count some: its peers do not connect to it. See whether their cluster.conf names it, by the address that it has, and test 9849 from them.
cause-node-oom-killed = The kernel killed { $nodes } because memory ran out.
cause-node-oom-killed-likely = Most likely the kernel killed { $nodes } because memory ran out: it killed a Java process at that moment.
cause-node-oom-killed-possible = { $nodes } may have been killed by the kernel because memory ran out: it killed a Java process, but that line has no time.
cause-node-oom-java = { $nodes } ran out of Java heap: the process may still be there with open ports and dead threads.
cause-node-jvm-crash = The JVM of { $nodes } crashed.
cause-node-disk-full = A disk that { $nodes } writes to is full: Nacos stops working then, or shuts itself down with exit code 0.
cause-node-disk-read-only = A volume of { $nodes } is read-only: nothing can be written there.
cause-node-disk-fails = The kernel of the machine of { $nodes } reports a disk that fails or takes no writes any more: “{ $text }”.
cause-node-answers-error = { $nodes } answers the request for its readiness with an error: “{ $text }”.
cause-node-evicted-disk = Kubernetes evicted { $nodes }: the machine was low on disk space.
cause-node-evicted-memory = Kubernetes evicted { $nodes }: the machine was low on memory.
cause-node-evicted = Kubernetes evicted { $nodes }: “{ $text }”.
cause-node-probe = Kubernetes ended { $nodes }: no answer to a probe (“{ $text }”).
cause-node-host-went-down = The machine of { $nodes } went down or was restarted: “{ $text }”.
cause-node-host-silent = Kubernetes no longer hears from the machine of { $nodes }.
cause-node-not-started = { $nodes } could not be started: “{ $text }”.
cause-node-files-exhausted = { $nodes } used up the limit of open files.
cause-node-threads-exhausted = { $nodes } cannot create threads any more: the limit of processes or threads is reached.
cause-node-memory-native = { $nodes } got no more memory from the system, outside the Java heap.
cause-node-paused = { $nodes } stood still for a while and went on.
cause-node-overloaded = { $nodes } { $count ->
    [one] answers
   *[other] answer
  } only now and then: too little processor time, or stopped and continued again and again.
cause-node-hung = { $nodes } { $count ->
    [one] hangs
   *[other] hang
  }: process and ports are there, but nothing answers.
cause-node-hung-disk = { $nodes } { $count ->
    [one] is
   *[other] are
  } waiting for the disk: writes do not complete, and some threads are stuck in the kernel.
cause-node-hung-likely = { $nodes } most likely { $count ->
    [one] hangs
   *[other] hang
  }; from what was seen, a lost host or a cut network would look the same.
cause-node-stuck-starting = { $nodes } { $count ->
    [one] is
   *[other] are
  } stuck while starting and will not finish by itself.
cause-node-start-broke-off = { $nodes } went silent in the middle of the start: hung there, or killed.
cause-node-starting = { $nodes } { $count ->
    [one] is
   *[other] are
  } starting and not serving yet: wait.
cause-node-start-failed = { $nodes } failed to start.
cause-node-start-failed-because = { $nodes } failed to start: “{ $text }”.
cause-node-start-no-leader = { $nodes } gave up starting because there was no Raft leader: the other nodes were not up.
cause-node-flapping = { $nodes } { $count ->
    [one] keeps
   *[other] keep
  } going down and coming up by itself.
cause-node-flapping-up = { $nodes } went down several times lately and runs now.
cause-node-killed-after-hang = { $nodes } hung first, or the host was cut off, and then the process ended: killed, or ended by hand.
cause-node-second-start = A second process of { $nodes } was started beside the one that serves, and that start failed.
cause-node-isolated = { $nodes } { $count ->
    [one] is
   *[other] are
  } alive but cut off from all other nodes.
cause-node-unreachable = Nothing about { $nodes } can be seen: host, network or access.
cause-node-unlisted = { $nodes } { $count ->
    [one] is
   *[other] are
  } in the cluster and down, but not in the inventory.
cause-cluster-quorum-lost = The Raft majority is lost: { $live } of { $voters } voters alive, { $needed } needed.
cause-cluster-quorum-cut = The Raft majority is lost: { $live } of { $voters } voters are alive, but they do not reach each other. Not voting: { $dead }.
cause-raft-no-leader = Raft group { $group } has no leader although enough nodes are alive.
cause-raft-link-broken = The Raft port does not work between { $nodes }, while every node shows every other node as UP.
cause-raft-link-at-start = The Raft port (7848) does not work between { $nodes }. With embedded storage a start waits for a leader, so it cannot finish.
cause-link-burst = Port { $ports } of { $nodes } may be blocked: attempts timed out, but within one moment or while a node paused, which looks the same.
cause-raft-member-mismatch = The voters of Raft differ from the members in cluster.conf { $side ->
    [more] (only in Raft: { $more })
    [less] (not in Raft: { $less })
    [none] { "" }
   *[both] (only in Raft: { $more }; not in Raft: { $less })
  }.
cause-raft-group-not-run = The Raft group { $group } does not run on { $peers }, according to their own answers, so { $nodes } cannot work in it. The network is fine.
cause-raft-storage-corrupt = Raft data of { $nodes } under data/protocol is broken.
cause-raft-state-machine-stopped = A Raft group of { $nodes } has stopped at an entry that it cannot apply.
cause-members-state = The nodes do not agree whether { $nodes } { $count ->
    [one] is
   *[other] are
  } UP: one of them does not reach it, or has just lost or found it.
cause-members-disagree = The nodes run with different member lists, and their files do not explain why.
cause-members-ghost = { $member } { $count ->
    [one] is a ghost member
   *[other] are ghost members
  }: no machine answers there.
cause-config-cluster-conf-drift = cluster.conf differs: { $nodes } { $count ->
    [one] lists
   *[other] list
  } other members { $side ->
    [more] (only there: { $more })
    [less] (missing: { $less })
    [none] { "" }
   *[both] (only there: { $more }; missing: { $less })
  }.
cause-config-cluster-conf-not-listed = { $nodes } runs, but no cluster.conf names it ({ $member }): the others do not count it as a member.
cause-config-cluster-conf-malformed = cluster.conf of { $nodes } has a line that Nacos does not take as it was meant: line { $line }, “{ $text }”.
cause-config-db-drift = { $nodes } { $count ->
    [one] points
   *[other] point
  } to a different database than the rest ({ $keys }).
cause-config-auth-drift = Token secret, server identity or auth switch of { $nodes } do not match the rest: requests between it and the other nodes are refused.
cause-config-properties-drift = Settings that must be equal differ on { $nodes }: { $keys }.
cause-config-flags-drift = { $nodes } { $count ->
    [one] runs
   *[other] run
  } with different JVM flags, mode or storage: { $keys }.
cause-config-version-mixed = The nodes run different versions.
cause-config-insecure = Insecure settings.
cause-net-grpc-blocked = gRPC ({ $ports }) of { $nodes } cannot be reached: clients or servers cannot connect although the node says UP.
cause-net-port-blocked = Ports { $ports } of or between { $nodes } cannot be reached.
cause-net-one-way = The network between { $nodes } works in one direction only (port { $ports }).
cause-net-dns = A name does not resolve correctly on { $nodes }.
cause-door-stale-upstream = The front door still sends requests to { $nodes }, which is dead.
cause-door-grpc-not-forwarded = The front door does not forward gRPC.
cause-db-unreachable-all = No node that could be asked reaches the database.
cause-db-unreachable = The database cannot be reached from { $nodes }.
cause-db-unusable = { $nodes } cannot use the database: it is not reached, or it refuses. Which of the two was not seen.
cause-data-diverged = Live nodes hold different instance or configuration sets.
cause-data-not-loaded = { $nodes } runs but has not loaded the naming data of its peers, so it is not ready.
cause-clients-missing = Clients have not come back after the outage.
cause-clients-skewed = Clients are spread unevenly; { $nodes } { $count ->
    [one] has
   *[other] have
  } too many.
cause-clients-gone = Clients went away together and have not come back, although all nodes run.
cause-clients-waves = Clients of { $nodes } lose their connections together and come back, again and again.
cause-clients-empty = { $nodes } { $count ->
    [one] has
   *[other] have
  } next to no clients.
cause-clients-single-server = Clients know only one server and cannot fail over when it is gone.
cause-clock-skew = The clock of { $nodes } is wrong.
cause-logs-errors = { $nodes } { $count ->
    [one] keeps
   *[other] keep
  } writing errors that nothing else explains.
cause-config-env-drift = A variable of { $nodes } names other members than its cluster.conf and overwrites it at the next start.
cause-vantage-limited = Ports of { $nodes } cannot be reached from here.
cause-none = No problem found in what was checked.
impact-ephemeral-survivors = Ephemeral discovery: works on the remaining nodes; clients of { $nodes } have to reconnect (0–8 s after a closed connection, up to 25 s after a silent one).
impact-ephemeral-works = Ephemeral discovery: works.
impact-persistent-short = Persistent services and metadata: interrupted for 5–15 s where { $nodes } led a Raft group.
impact-persistent-lost = Persistent services, metadata and switches: every change fails until the majority and a leader are back.
impact-config-external = Configuration: reading and publishing continue with the external database; only the change notification of { $nodes } is delayed.
impact-config-short = Configuration (embedded storage): publishing is interrupted for a few seconds if { $nodes } led its group.
impact-config-lost = Configuration (embedded storage): publishing fails, reading may fail, and users may not be able to log in again.
impact-apps = Running applications continue with their cached instance lists; applications that start now may fail.
impact-isolated = Clients that are still connected to { $nodes } see an instance list that becomes outdated; the others keep working.
impact-link-raft = Persistent services and metadata: requests on the side that does not reach the leader fail or wait.
impact-link-embedded = Configuration (embedded storage): publishing through the side that does not reach the leader fails; readiness there may time out.
impact-grpc = Clients cannot connect, or instance changes do not reach { $nodes }; the API still says UP.
impact-lists-differ = Clients get different instance lists depending on the node they ask.
impact-not-loaded = Clients of { $nodes } get no instances or too few; where its readiness is probed, it gets no clients.
impact-ghost = The cluster tolerates fewer failures than it seems, and every node keeps trying an address where nothing answers.
impact-group-not-run = What the group holds cannot be changed: persistent services in naming_* groups, configuration in nacos_config (embedded storage).
impact-db = Configuration, namespaces and users cannot be read or changed through { $nodes }.
impact-auth = Requests signed by { $nodes } are refused by the others, and the other way round; users are logged out at random.
impact-clients-counted = Clients: { $on } of { $before } connections were on { $nodes }. Now { $now } are connected, { $missing ->
    [0] no fewer than before
    [one] 1 fewer
   *[other] { $missing } fewer
  }.
impact-clients-waiting = Clients: { $on } of { $before } connections were on { $nodes }. Now { $now } are connected; { $missing ->
    [one] 1 is not back yet
   *[other] { $missing } are not back yet
  } (they need up to 30 s).
impact-clients-empty = Nothing fails now; the other nodes carry its share, and losing one of them moves more clients than it should.
impact-clients = Instances of the missing clients disappear from discovery after about 3 minutes; an overloaded node answers slowly.
action-front-door = Take { $nodes } out of the front door (VIP, nginx, DNS) now, and leave the other nodes running as they are.
action-find-who-stopped = Find out who stopped { $nodes }: shell history, systemd journal, Kubernetes events, a deployment at that minute.
action-save-evidence = Before any start, copy logs/ (with start.out or startup.log, hs_err and heap dumps) and the kernel log of { $nodes }: a start truncates some of these files.
action-find-killer = Find out what killed { $nodes }: kernel log (OOM), host reboot or power loss, kill -9 in the shell history, container limits or probes.
action-fix-supervisor = Remove what keeps { $nodes } from starting; what should start it names it (systemctl status and journalctl -u, kubectl describe pod, docker inspect). After “Start request repeated too quickly”, systemctl reset-failed lets systemd try again.
action-fix-probe = Find out why { $nodes } did not answer (step 2: garbage collection, CPU limit, a start that waits). Until then give the probe more time (failureThreshold, timeoutSeconds) and slow starts a startupProbe: the probe would end the next start as well.
action-relieve-host = Free what the machine of { $nodes } lacks, or move the pod to another one, and set requests and limits so that it is not evicted first.
action-start-node = Once the reason is fixed, start { $nodes } { $count ->
    [one] alone
   *[other] one after the other
  }, on the same version and with the data directory unchanged.
action-start-when-fixed = Then start { $nodes } { $count ->
    [one] alone
   *[other] one after the other
  }, with the data directory unchanged.
action-restart-alone = When that is fixed, restart { $nodes }, one node at a time: stop it, wait until the process is gone, and start it again. Otherwise a Raft group that stopped on the error does not come back.
action-continue = The process of { $nodes } is stopped by a signal (state T): find out who stopped it, then let it continue (kill -CONT PID). Until then jstack waits as well.
action-raft-storage-later = Leave the data of { $nodes } alone for now: bring back a majority of the other nodes first. Only then can the leader send a snapshot.
action-after-start = Wait until every node shows it as UP, every Raft group has one leader, and “load snapshot data success” is in protocol-distro.log. Only then put it back into the front door.
action-front-door-back = Put { $nodes } back into the front door, as soon as every node shows it as UP and every Raft group has one leader.
action-memory-limit = Give { $nodes } enough memory: lower -Xmx to at most 60 % of the memory limit, or raise the limit; heap, metaspace and direct memory all count.
action-heap = Increase the heap of { $nodes } (-Xmx), keep the heap dump, and look for what filled it (clients, big configurations).
action-jdk = Read the hs_err file of { $nodes } (signal, frame), update the JDK, and check native memory and agents.
action-free-disk = Free space on the full disk of { $nodes } and find what filled it: df -h of its home, logs/ and data/ shows which it is. Delete old logs first where they lie on it, and nothing below data/. A Raft group that stopped meanwhile works again only once its node is restarted, alone, when there is room.
action-volume-writable = On { $nodes }: see which volume is read-only and why (mount, dmesg, the storage behind it), save what is on it if the disk is failing, and make it writable again. Do not move anything away under data/: it is not what is broken.
action-give-rights = On { $nodes }: give the files that the finding names back to the account that runs Nacos (ls -l, chown -R for its home, data/ and logs/; in containers runAsUser and fsGroup). Start Nacos only under that account. Do not move or delete anything under data/: nothing there is damaged.
action-db-resources = On the database server, not on { $nodes }: read its own error log, then free its disk or raise the limit that it names (open files, memory), and publish a configuration to test. The nodes need no restart for it.
action-thread-dump = Take two thread dumps of { $nodes } (jstack, jcmd Thread.print) and note the process state before you end the process.
action-storage = Check the storage of { $nodes }: dmesg, the mounts, a lost NFS or SAN path, a snapshot that froze the file system (fsfreeze). Fix that first: a process in state D cannot be ended before its storage answers, and continues by itself when it does.
action-check-host = Check whether the host of { $nodes } is there at all: ping, console, process state (T = stopped, D = waiting for disk).
action-end-hung = If { $nodes } was only suspended, let it continue (SIGCONT). If not, end that one process, wait until it is gone, and start it again, alone.
action-wait-for-start = Wait: a start takes 10 to 60 s, on slow or loaded machines longer. Look again after 90 s; if it has not come up by then, read the end of its start.out (startup.log on 3.x).
action-wait-start = Read the last lines of start.out (startup.log on 3.x) of { $nodes }: if it waits for a leader, the other nodes have to come up first.
action-restart-stuck = Once a majority of the other nodes is up: end { $nodes } and start it again, one node at a time; a start that hung does not recover by itself.
action-quorum-then-start = Start the other nodes first, one by one, until a majority is up and nacos_config has a leader; then start { $nodes } again.
action-read-start-error = Read the exception chain in nacos.log and start.out of { $nodes }: the last “Caused by” is the reason (port in use: ss -ltnp shows who listens).
action-stop-flapping = Stop whatever restarts { $nodes } automatically (systemd, Kubernetes, a script) until the reason is known.
action-open-between = Find what cuts { $nodes } off (firewall, security group, switch, network policy) and open 8848, 9848, 9849 and 7848 between all nodes in both directions.
action-watch-rejoin = Nothing has to be restarted: watch until the view no longer flaps and every Raft group has one leader and one term.
action-reach-node = Get to the host of { $nodes } another way (console, cloud panel) and check whether host, network and process are there.
action-hand-in = Upload conf/ and logs/ of { $nodes }, or paste the output of ss and dmesg, in step 1: then nodedown can tell the cause.
action-restore-quorum = Bring back the majority first: of { $dead }, the node that is easiest to repair. Before that, nothing else helps.
action-one-by-one = Start the nodes one by one; wait for “started successfully” and a leader in every group before the next.
action-check-7848 = Test port 7848 between the live nodes in both directions, and look in “deadNodes” and “PreVote to … error” for who is missing.
action-restart-follower = If the network is fine, restart one node only, one that leads no group, and wait until a leader is elected.
action-open-7848 = Open the Raft port ({ $ports }) between { $nodes } in both directions; no node has to be restarted.
action-open-7848-start = Open the Raft port (7848) between { $nodes } in both directions first: no start can finish before that. Then wait a minute; a start that still hangs after that is ended and started again, one node at a time.
action-raft-members = While a majority is alive, correct the Raft members through the leader (add or remove one peer per group at a time), then cluster.conf.
action-raft-group = On { $peers }: read the last start in start.out (startup.log on 3.x) and naming-raft.log for why the group { $group } was not set up, and compare versions and settings with { $nodes }. Then restart one of them and wait until the group has a leader.
action-raft-storage = On { $nodes } only, while the other nodes hold a majority: stop it if it runs, and wait until the process is gone. Make a copy of data/protocol, move the broken group's folder away and start it; the leader sends a snapshot.
action-raft-entry = Read the exception behind the error on { $nodes }: it says why the entry cannot be applied. Compare version, plugins and JVM flags with a node that has applied it. A restart alone changes nothing.
action-leave-running = Leave { $nodes } as it is: it is serving. Find out what started the second process (a script, systemd, a person), so that it does not happen again.
action-members-align = Write one cluster.conf for all nodes (same spelling, all IPs or all names), then compare the member lists again.
action-ghost-remove = Remove { $member } from cluster.conf on every node. If it votes in Raft, and only while a majority is alive, remove that peer from each group through the leader.
action-conf-align = Make cluster.conf of { $nodes } equal to the others { $side ->
    [more] (remove: { $more })
    [less] (add: { $less })
    [none] { "" }
   *[both] (remove: { $more }; add: { $less })
  }; Nacos reads it without a restart.
action-conf-add = Add { $member } to cluster.conf of every node, its own included; Nacos reads it without a restart. In containers, add it to NACOS_SERVERS as well.
action-conf-fix-line = Fix line { $line } in cluster.conf of { $nodes }: one host:port per line, nothing else on it.
action-db-align = Give { $nodes } the same database settings as the others ({ $keys }).
action-db-restore = Bring the database back, and test it from { $nodes } with the account and address of application.properties.
action-auth-align = Give { $nodes } the same token secret, server identity and auth switch as the others, then restart that node alone.
action-properties-align = Make the settings equal ({ $keys }), and restart { $nodes } alone when the rest of the cluster is healthy.
action-flags-align = Start { $nodes } with the same flags, mode and storage as the others ({ $keys }).
action-version-finish = Finish the upgrade, one node at a time.
action-secure-later = Not now: after the incident, switch authentication on and set your own secrets on all nodes at once.
action-open-grpc = Open { $ports } of { $nodes } for every client and server, as plain TCP: from the nodes and through the front door.
action-open-port = Open { $ports } of { $nodes } between all nodes.
action-open-one-way = Look for the rule that drops one direction between { $nodes } (port { $ports }): firewall, security group, asymmetric route.
action-dns = Fix the name on { $nodes }, or use the same IP addresses everywhere.
action-door-upstream = Remove { $nodes } from the upstream list and switch on health checks.
action-door-grpc = Forward the main port + 1000 as a TCP stream with a long time-out.
action-data-diverged = Wait 30 s and compare again. If it stays, move the clients of the node that differs, then restart that node alone.
action-data-load = Read protocol-distro.log of { $nodes } ([DISTRO-INIT] names the peer that it asked and why it failed), and test 9849 (before 2.0: 8848) from it to every other node. If the ports are open and it does not load for 2 minutes, restart this node alone.
action-clients-gone = Find out whether these applications were stopped or deployed at that moment. If not, look at what they go through to reach Nacos (network, firewall, front door) and at the logs of one of them.
action-clients-notify = Tell the owners of the missing clients, or restart those processes one by one: step 5 has the list.
action-rebalance = When everything has been stable for some minutes, move connections in small batches.
action-single-server = Give these applications the addresses of all nodes or a front door that fails over.
action-clock = Fix time synchronisation (NTP, chrony) on { $nodes }.
action-read-errors = Read the lines in step 2 and compare them with a healthy node.
action-none = Nothing to do; keep watching in step 6.
donot-end-a-start = Do not end { $nodes } while it starts: the next start begins from the beginning, and with embedded storage an end in the middle can damage files.
donot-restart-survivors = Do not restart the nodes that still work: each one may be the last of the majority, and a restarted node serves empty lists until it has loaded.
donot-restart-all = Do not restart all nodes: that turns a partial outage into a full one and does not fix the cause.
donot-remove-data = Do not delete data/protocol (or data/): that destroys the Raft log and term of the node, and of the cluster if two nodes lose it.
donot-remove-data-many = Do not delete data/protocol on any node but this one, and not even there without a majority of the others: persistent services would be lost.
donot-copy-data = Do not copy data/ from another node: two nodes with the same Raft identity corrupt the data of both.
donot-reset-peers = Do not call resetPeers: it gives up the majority rule and can lose committed data. Use it only if the other nodes are lost for good.
donot-console-offline = Do not press “leave” for the node in the console: that changes the member list node by node and leaves the nodes with different lists.
donot-redeploy-in-bulk = Do not redeploy or scale many applications at once now: all their connections go to the nodes that are left.
donot-redeploy-apps = Do not redeploy or restart applications now: running ones live on cached lists, new ones may not come up.
donot-start-unchanged = Do not start it again unchanged: it will end the same way and may lose the evidence.
donot-second-copy = Do not start a second copy while the hung process is still there: two processes on one data directory corrupt it.
donot-start-together = Do not start several nodes at the same moment: with embedded storage they can wait for each other forever.
donot-trust-up = Do not trust “UP” and “ready”: both stay green with this fault.
donot-rebalance-yet = Do not rebalance connections before quorum, leaders and links are stable: clients would reconnect to nodes in trouble.
judged-nothing = There was nothing to judge.
judged-not-gathered = This was not seen, so it could not be judged.
judged-process-not-seen = The process table of the node was not seen: its files and its peers must tell whether its process is alive.
judged-missed-at-end = In their last lines, { $peers } cannot reach { $node } or do not show it as UP. It is not clear yet whether it has just gone or is only slow: look again with lines that are half a minute newer.
judged-copies-end = Copies only show what happened up to { $at }. Nodes that all ended at that moment look just like nodes that were copied then.
moment-zone-assumed = No log shows the time zone of the nodes: { $zone } is assumed.
moment-clock-set-back = { $path } of { $node } ends { $minutes } min after every file of the other nodes, although most of { $node }'s own files end where theirs do: most likely its clock was set back since. The moment judged does not follow that file.
moment-copies-ended = The copies end at { $end } ({ $zone }), before the moment asked for ({ $asked }). They are judged at that end; what happened after it is not known.
judged-copy-ends-early = The copied logs of { $node } end before the moment that is judged, but no other node reports it missing: the copy was probably taken earlier.
judged-node-runs = { $node }: running.
judged-node-silent = { $node } has been silent since { $since }; its peers show how it ended.
judged-node-unseen = Nothing about { $node } was seen.
judged-given-twice = What was given for { $node } is that of { $other }: the same folder, a copy of it, or the same address. It counts as not seen for { $node }. Give the files or the address of { $node } itself.
judged-no-stamps = The logs of { $node } were read (files: { $files }), and no time stamp in them was understood (first line: { $line }). Nothing in them was judged.
judged-quorum-unseen = Neither Raft members nor cluster.conf were seen, so the majority is not known.
judged-some-run = Running: { $nodes }.
judged-all-run = All nodes are running: { $nodes }.
judged-log-unreadable = { $path } could not be read: { $why ->
        [timeout] the node's time for this round was over
       *[other] { $why }
    }.
judged-log-not-understood = { $path } was read but not understood: its records have no level where Nacos writes one, so its layout was changed. Nothing in it was judged.
judged-log-cut = { $path } was read in part: { $why ->
        [over_cap] the window is larger than what is read of one file
        [deadline] the node's time for this round was over
        [changed] the file was rotated or truncated meanwhile
        [recording_start] the recording begins in the middle of the window
        [packed] the packed file is broken or ends early
        [failed] a read failed in the middle
       *[other] { $why }
    }.
judged-no-logs = The logs of { $node } were not seen.
judged-no-logs-at-all = No log of any node was seen.
judged-logs-read = { $node }: log files read: { $files }, known lines: { $hits }, nothing that needs repair.
judged-logs-agree = The logs of all nodes agree: links work and every Raft group has a leader.
judged-ports-not-probed = The ports of { $node } were not probed.
judged-link-or-node = { $node } has just failed to reach { $peer }, which has written nothing since. A few seconds will show whether the link is cut or { $peer } has stopped.
judged-probe-late = Port { $port } of { $node } did not answer in time, but other answers of this round were late too: this says nothing about the port.
judged-probe-early = Port { $port } of { $node } refused a connection while { $node } may still have been starting: this says nothing about the port. Look again.
judged-half-read = The logs of { $node } could not be read to the end in time; what they do not say proves nothing.
judged-links-unmeasured = Nobody tried these links of { $node }, and no log tells of them: { $ports }.
judged-raft-link-unseen = Whether the Raft port works between { $nodes } could not be seen: the API keeps saying that all is well while it is cut. The logs of one of them would show it.
judged-readiness-late = { $node } answers, but its readiness check did not answer in time.
judged-links-fine = No broken link was seen between the running nodes.
judged-ports = { $node }: { $open } of { $all } { $all ->
    [one] port answers
   *[other] ports answer
} from here.
judged-conf-absent = { $node } has no cluster.conf: its members come from somewhere else (member list, address server).
judged-conf-fine = { $node }: members in cluster.conf: { $count }, no bad line.
judged-conf-unseen = cluster.conf of { $node } was not seen.
judged-members-agree = Files, running member lists and Raft agree, as far as they were seen.
judged-members-strangers = Members that are not in the inventory: { $members }. They were not checked.
judged-properties-absent = application.properties of { $node } was not seen.
judged-properties-unseen = The settings of { $node } were not seen.
judged-properties-unresolved = Values that come from environment variables could not be seen: { $names }.
judged-properties-read = { $node }: { $count } effective settings read.
judged-nothing-to-compare = Fewer than two nodes' settings were seen: nothing to compare.
judged-settings-agree = { $count } settings compared; none differs where it must not.
judged-view-silent = { $node } does not answer ({ $why ->
        [refused] connection refused
        [timeout] no answer in time
        [silent] it accepts the connection and does not answer
        [reset] connection reset
        [unreachable] host or network cannot be reached
        [dns] its name does not resolve
        [wrong_protocol] what answers speaks another protocol
        [protocol] the answer is not understood
        [untrusted] what answers is not trusted
        [denied] not allowed
        [cancelled] cancelled
        [not_configured] nothing is set up for it
        [not_recorded] not in the recording
       *[other] { $why }
    }).
judged-view-no-members = { $node } did not report its member list.
judged-view-ready = { $node }: an answer came and says ready. That alone does not prove health.
judged-view-not-ready = { $node } answers and says it is not ready.
judged-view-alive = { $node } answers; it did not report its readiness.
judged-no-views = No node was asked for its view (no API).
judged-view-unseen = The view of { $node } was not seen.
judged-views-agree = The nodes that answered agree on members, leaders and terms.
judged-clients-unseen = The client connections of { $node } were not seen.
judged-clients-none-seen = No node reported its client connections.
judged-clients = { $node }: { $sdk } client connections (source: { $from ->
        [loader] connection list of the API
        [metrics] metrics of the API
        [log] newest count in the log
       *[other] { $from }
    }).
judged-clients-before-unseen = The client connections of { $node } just before { $at } were not counted: whether clients are missing since then cannot be told.
judged-watched = { $node }: watched since { $since }; { $first } client connections at the first count, { $last } at the last one ({ $at }).
judged-watched-silent = { $node }: watched since { $since }; { $first } client connections at the first count, { $last } at the last one; no answer since { $silent }.
judged-watched-never = Nobody looked at { $node }: there is no count of its client connections over time.
judged-watched-untold = { $node } did not report its client connections when it was watched.
judged-clients-spread = { $total } client connections on { $nodes } nodes.
judged-sample-silent = { $node } does not answer.
judged-sample-members = { $node } does not show these as UP: { $members }.
judged-sample-fine = { $node }: alive, all members UP.
judged-no-sample = There is no sample of { $node }.
judged-no-samples = There are no samples yet.
judged-stable-now = The newest samples of all nodes agree: nothing flaps.
judged-stable-partly = The samples that were seen are quiet, but not every node was sampled.
stability-node-silent = { $node } did not answer
stability-member = { $node } called { $member } { $state }
stability-not-ready = { $node } was not ready
stability-raft-error = { $node } reported a Raft error
stability-leader-disagree = nodes disagree on the leader or term of { $group }
stability-leader-changed = leader or term of { $group } changed ({ $node })
stability-connections = connections of { $node } fell from { $before } to { $after }
stability-gap = samples of { $node } are missing
stability-gap-all = nodedown took no sample of any node for { $seconds } s
gate-yes = Without { $node } the majority holds, every Raft group has a leader, and no other node is in trouble.
gate-yes-not-running = { $node } is not running, so starting it takes nothing away.
gate-tolerance = { $left ->
    [one] While { $node } is down, 1 more may fail.
   *[other] While { $node } is down, { $left } more may fail.
}
gate-quorum-unknown = The majority is not known: neither Raft members nor cluster.conf were seen. The checks of step 3 look at both.
gate-quorum-lost = The majority is already lost ({ $live } alive, { $needed } needed).
gate-quorum-would-be-lost = { $without ->
    [0] Without { $node } no voter would be alive, { $needed } are needed.
    [one] Without { $node } only 1 voter would be alive, { $needed } are needed.
   *[other] Without { $node } only { $without } voters would be alive, { $needed } are needed.
}
gate-no-leader = Raft group { $group } has no leader.
gate-other-down = { $node } is not running.
gate-other-starting = { $node } is still starting.
gate-other-loads = { $node } has not loaded the data of the others (Distro) yet.
gate-data-differs = { $nodes } know fewer instances of some services than the others: a restart of another node could lose them.
gate-starts = { $node } is starting: wait for it. To end it now begins the start anew.
gate-unreachable = { $node } cannot be reached, so nobody knows whether it runs. Look at it on its host, or run the checks again once it can be reached.
gate-unseen = { $node } was not seen: whether it runs is not known. The checks of step 1 look at it.
gate-yes-hung = { $node } does not answer, so ending it and starting it anew takes nothing away that serves.
gate-links-unmeasured = Nothing tells whether { $nodes } reach each other over Raft and gRPC. Let nodedown read their logs or upload them, then run the checks of step 4.
gate-links-accepted = Whether { $nodes } reach each other is not measured; the settings of this cluster accept that.
gate-election-untried = { $node } leads Raft groups. Without it { $nodes } have to elect a leader, and nobody tried the Raft port between them. Try it there (step 4), or first restart a node that leads no Raft group.
gate-waits-first = Nothing is judged yet. This waits for a round of checks, of step 1 or any other.
gate-look-none = No look has seen this cluster yet.
gate-look-down = { $node } does not serve. Before it is started, its evidence has to be kept and the cause of its stop removed: that is what an incident is for.
gate-look-needed = Without { $node } there would be no majority.
gate-look-links = Looks find nothing wrong. They do not measure the links between nodes, so this is not judged.
gate-link = A link between { $nodes } is broken.
gate-no-such-node = There is no node { $node }.
help-node-stopped-clean-title = Stopped cleanly
help-node-stopped-clean-meaning = The node's own logs end with the lines of a clean shutdown (SIGTERM, shutdown.sh), and neither a full disk nor a failed start explains them.
help-node-stopped-clean-impact = The remaining nodes keep serving ephemeral discovery; its clients reconnect. Raft groups that it led elect a new leader in 5–15 s. The cluster tolerates one failure less.
help-node-stopped-clean-todo = Take it out of the front door, find out who stopped it, start it again, and wait until all nodes show it as UP.
help-node-stopped-clean-donot = Do not restart the nodes that still work, do not delete data/protocol, do not press “leave” in the console, do not redeploy applications now.
help-node-stopped-clean-refuted = A full-disk line or a failed start shortly before the stop lines; or log lines after them.
help-node-killed-title = Killed
help-node-killed-meaning = The logs end in the middle of work without a stop line, the process is gone, and peers were refused at once: SIGKILL, power loss, or its container was ended.
help-node-killed-impact = The remaining nodes keep serving ephemeral discovery; its clients reconnect. Raft groups that it led elect a new leader in 5–15 s. The cluster tolerates one failure less.
help-node-killed-todo = Take it out of the front door, save logs and kernel log, find out what killed it, start it alone.
help-node-killed-donot = Do not restart the nodes that still work, do not delete data/protocol, do not press “leave” in the console, do not redeploy applications now.
help-node-killed-refuted = A stop line, an OOM line or an hs_err file at the end of its logs; a process that is still there; peers that only saw time-outs.
help-node-oom-killed-title = Killed by the kernel (out of memory)
help-node-oom-killed-meaning = The kernel log names the node's process as the victim of the OOM killer.
help-node-oom-killed-impact = The remaining nodes keep serving ephemeral discovery; its clients reconnect. Raft groups that it led elect a new leader in 5–15 s. The cluster tolerates one failure less.
help-node-oom-killed-todo = Lower the heap or raise the limit before you start it again.
help-node-oom-killed-donot = Do not start it unchanged: it will be killed again.
help-node-oom-killed-refuted = The OOM line names another process id, or is older than the last log line.
help-node-oom-java-title = Java memory exhausted
help-node-oom-java-meaning = Its logs contain OutOfMemoryError. The process usually stays, with open ports and dead threads.
help-node-oom-java-impact = The remaining nodes keep serving ephemeral discovery; its clients reconnect. Raft groups that it led elect a new leader in 5–15 s. The cluster tolerates one failure less.
help-node-oom-java-todo = Keep the heap dump, increase the heap, restart this node alone.
help-node-oom-java-donot = Do not start it unchanged, and do not restart the others to balance load.
help-node-oom-java-refuted = The error is older than its last start, or belongs to another process.
help-node-jvm-crash-title = JVM crash
help-node-jvm-crash-meaning = An hs_err file or the fatal error banner is newer than the last start.
help-node-jvm-crash-impact = The remaining nodes keep serving ephemeral discovery; its clients reconnect. Raft groups that it led elect a new leader in 5–15 s. The cluster tolerates one failure less.
help-node-jvm-crash-todo = Read signal and frame in hs_err, update the JDK, check native memory and agents, start it alone.
help-node-jvm-crash-donot = Do not delete hs_err and core files.
help-node-jvm-crash-refuted = The hs_err file is older than the last start.
help-node-disk-full-title = Disk full
help-node-disk-full-meaning = “Local Disk Full,Exit” or “No space left on device” comes right before the stop. Nacos then shuts down with exit code 0: it looks like a planned stop, but it is not.
help-node-disk-full-impact = The remaining nodes keep serving ephemeral discovery; its clients reconnect. Raft groups that it led elect a new leader in 5–15 s. The cluster tolerates one failure less.
help-node-disk-full-todo = Free space (old logs first), find what filled the disk, start it alone.
help-node-disk-full-donot = Do not delete anything under data/ to make room.
help-node-disk-full-refuted = The disk had space at that time, and the line belongs to another volume.
help-node-files-exhausted-title = Out of file descriptors
help-node-files-exhausted-meaning = The process has used up its limit of open files (“Too many open files”). Every connection counts as one: new clients and peers are not accepted, and files of Raft and logs cannot be opened.
help-node-files-exhausted-impact = New connections to the node fail while old ones may live on; in the end the node stops serving. Its clients move to the other nodes.
help-node-files-exhausted-todo = Raise the limit of open files and find out who holds so many connections.
help-node-files-exhausted-donot = Do not just restart it: with the same limit and the same clients it ends the same way.
help-node-files-exhausted-refuted = ls /proc/PID/fd shows far fewer entries than “Max open files” in /proc/PID/limits.
help-node-threads-exhausted-title = Out of threads
help-node-threads-exhausted-meaning = The process cannot create threads any more (“unable to create native thread”). The limit of the user (ulimit -u), of the container (pids) or of systemd (TasksMax) is reached, or the system has no memory for the stack of another thread. It is called OutOfMemoryError, but the heap is not the problem.
help-node-threads-exhausted-impact = What needs a new thread fails: new connections, elections, timers. The process stays, with open ports, so that it can look alive.
help-node-threads-exhausted-todo = Raise the limit and find out what creates so many threads, then start the node.
help-node-threads-exhausted-donot = Do not raise -Xmx: a larger heap leaves even less memory for threads.
help-node-threads-exhausted-refuted = ls /proc/PID/task shows far fewer entries than “Max processes” in /proc/PID/limits and pids.max of the container.
help-node-memory-native-title = Out of native memory
help-node-memory-native-meaning = The JVM asked the system for memory (thread stacks, direct buffers, RocksDB, its own code) and got none (“insufficient memory for the Java Runtime Environment”, “Cannot allocate memory”). The Java heap is not the problem.
help-node-memory-native-impact = The JVM usually ends itself at once. Its clients move to the other nodes.
help-node-memory-native-todo = Give the machine or the container more memory, or lower -Xmx so that more is left beside the heap; then start the node.
help-node-memory-native-donot = Do not raise -Xmx: that leaves even less beside the heap.
help-node-memory-native-refuted = free -m, memory.max of the container and vm.max_map_count leave room when it fails again.
help-node-paused-title = Node paused
help-node-paused-meaning = A task that the connection pool of the node runs every 30 s ran much too late (“Thread starvation or clock leap detected”). The process did nothing meanwhile: a virtual machine was moved or frozen, the host had no CPU time or swapped, or a collection stopped everything. A clock that is set forward looks the same.
help-node-paused-impact = Peers treat the node as gone and clients reconnect elsewhere; when it runs again, they come back. Raft groups that it led elect a new leader.
help-node-paused-todo = Find out what stopped it: snapshots or migration of the virtual machine, CPU steal, swapping, long collections, a time service that sets the clock.
help-node-paused-donot = Do not restart nodes for it: it runs again.
help-node-paused-refuted = The node’s log has lines of every few seconds in that time.
help-node-overloaded-title = Answers only some requests
help-node-overloaded-meaning = The node runs, but stands still for seconds again and again while the other nodes do not. Its container is throttled, its host is overloaded or steals its time, it swaps, or something stops and continues the process.
help-node-overloaded-impact = Requests to it are slow or time out, clients leave it and come back, and peers count failed reports; every member list may still say UP.
help-node-overloaded-todo = Take it out of the front door and find out what takes its time.
help-node-overloaded-donot = Do not restart it before you know: on the same host it will be the same.
help-node-overloaded-refuted = It answers ten times in a row within some tens of milliseconds, and its log has a heartbeat every three seconds.
help-node-hung-title = Hung
help-node-hung-meaning = Process and ports are there, but HTTP does not answer. Or, seen from files only: its logs simply end, and peers saw time-outs, not refusals.
help-node-hung-impact = Worse than a dead node: clients wait for time-outs (up to 25 s) before they move.
help-node-hung-todo = Take it out of the front door, take thread dumps, check host and disk, then end and start this one process.
help-node-hung-donot = Do not start a second copy while the first is still there, do not restart the others.
help-node-hung-refuted = It answers HTTP; or its process is gone. If its own log goes on: another node gets answers from it (then the path is cut).
help-node-starting-title = Starting
help-node-starting-meaning = The node was started a short time ago and does not serve yet; that is what a start looks like that goes well. What peers say of it is from before.
help-node-starting-impact = As long as it takes, the others carry its clients, and the cluster tolerates one failure less.
help-node-starting-todo = Wait, and look again after 90 s.
help-node-starting-donot = Do not end it and start it again; do not restart the nodes that serve.
help-node-starting-refuted = “started successfully” appears, or an error ends the start.
help-node-stuck-starting-title = Stuck while starting
help-node-stuck-starting-meaning = “Nacos is starting...” goes on and “started successfully” never comes. With embedded storage it can wait for a leader forever.
help-node-stuck-starting-impact = The remaining nodes keep serving ephemeral discovery; its clients reconnect. Raft groups that it led elect a new leader in 5–15 s. The cluster tolerates one failure less.
help-node-stuck-starting-todo = Bring the majority of the others up first, then end it and start it again.
help-node-stuck-starting-donot = Do not start several nodes at once, do not delete data/protocol.
help-node-stuck-starting-refuted = “started successfully” appears.
help-node-start-failed-title = Failed to start
help-node-start-failed-meaning = “Nacos failed to start” follows the last start, and no other code gives the reason.
help-node-start-failed-impact = The remaining nodes keep serving ephemeral discovery; its clients reconnect. Raft groups that it led elect a new leader in 5–15 s. The cluster tolerates one failure less.
help-node-start-failed-todo = Read the last “Caused by” of the exception chain, fix it, start again.
help-node-start-failed-donot = Do not start it again unchanged.
help-node-start-failed-refuted = A later start succeeded.
help-node-flapping-title = Flapping
help-node-flapping-meaning = The node started at least three times within 15 minutes.
help-node-flapping-impact = Each time, clients move and Raft groups elect; instance lists may come up empty.
help-node-flapping-todo = Stop the automatic restart, find out why the node goes down, then start it once.
help-node-flapping-donot = Do not restart the nodes that still work, do not delete data/protocol, do not press “leave” in the console, do not redeploy applications now.
help-node-flapping-refuted = Somebody restarted it on purpose that often.
help-node-second-start-title = A second start failed
help-node-second-start-meaning = A start of the node failed while its process went on: somebody started a second process beside it, whose ports or data folder were in use.
help-node-second-start-impact = None: the node is serving.
help-node-second-start-todo = Leave it running; find out what started the second process.
help-node-second-start-donot = Do not end the process that serves, and do not start another one.
help-node-second-start-refuted = The heartbeat in its logs ends before the start failed: then it is down.
help-node-isolated-title = Isolated
help-node-isolated-meaning = The node's own log goes on, but no other node reaches it and it reaches none.
help-node-isolated-impact = It serves outdated lists to clients that still reach it, and does not vote.
help-node-isolated-todo = Take it out of the front door, find what cuts it off, open the four ports; no restart is needed.
help-node-isolated-donot = Do not restart nodes to fix a network.
help-node-isolated-refuted = Some node reaches it (then it is one link), or its own log ended (then it stopped or hangs).
help-node-unreachable-title = Unreachable
help-node-unreachable-meaning = Neither its ports nor its files could be seen from here.
help-node-unreachable-impact = The remaining nodes keep serving ephemeral discovery; its clients reconnect. Raft groups that it led elect a new leader in 5–15 s. The cluster tolerates one failure less.
help-node-unreachable-todo = Get to its host another way, or upload its logs.
help-node-unreachable-donot = Do not restart the nodes that still work, do not delete data/protocol, do not press “leave” in the console, do not redeploy applications now.
help-node-unreachable-refuted = Any answer from it, or its logs.
help-cluster-quorum-lost-title = Majority lost
help-cluster-quorum-lost-meaning = Fewer voters are alive than a majority needs. DOWN members still count.
help-cluster-quorum-lost-impact = Persistent services, metadata and (with embedded storage) configuration cannot be changed. Ephemeral discovery continues on the nodes that are alive.
help-cluster-quorum-lost-todo = Bring back the node that is easiest to repair, one at a time.
help-cluster-quorum-lost-donot = Do not call resetPeers, do not delete data/protocol, do not restart the last node that is alive.
help-cluster-quorum-lost-refuted = A leader was elected since then; or a node that was counted as dead does vote.
help-raft-no-leader-title = No leader
help-raft-no-leader-meaning = A Raft group has no leader although enough nodes are alive.
help-raft-no-leader-impact = Changes to what this group stores fail: persistent services, metadata or configuration.
help-raft-no-leader-todo = Check port 7848 between the live nodes, ghosts in the Raft membership, and broken storage.
help-raft-no-leader-donot = Do not call resetPeers, do not delete data/protocol.
help-raft-no-leader-refuted = “become leader of group” or a Raft event with a leader after the last complaint.
help-raft-link-broken-title = Raft link broken
help-raft-link-broken-meaning = 7848 does not work between two nodes that are both alive. Every API still says UP.
help-raft-link-broken-impact = The side that does not reach a leader cannot write; one more failure can cost the majority.
help-raft-link-broken-todo = Open 7848 between the two, in both directions. No restart.
help-raft-link-broken-donot = Do not restart all nodes, do not trust UP.
help-raft-link-broken-refuted = 7848 answers between the two, and the complaints stopped.
help-raft-member-mismatch-title = Raft members differ from cluster.conf
help-raft-member-mismatch-meaning = The voters of Raft are not the members in the files.
help-raft-member-mismatch-impact = The majority is counted over the wrong set.
help-raft-member-mismatch-todo = Correct the members through the leader while a majority is alive.
help-raft-member-mismatch-donot = Do not call resetPeers.
help-raft-member-mismatch-refuted = The newest “conf=” in alipay-jraft.log equals cluster.conf.
help-raft-storage-corrupt-title = Raft storage broken
help-raft-storage-corrupt-meaning = A log, metadata or snapshot under data/protocol/raft cannot be read or written.
help-raft-storage-corrupt-impact = The group is dead on that node; the node may fail to start.
help-raft-storage-corrupt-todo = On that node only, with a majority of the others alive: stop the node, move the broken group's folder away and start the node; the leader sends a snapshot.
help-raft-storage-corrupt-donot = Never do this on two nodes, never copy data/ from another node.
help-raft-storage-corrupt-refuted = The disk was full or read-only: fix that first.
help-raft-state-machine-stopped-title = Raft state machine stopped
help-raft-state-machine-stopped-meaning = The state machine of a Raft group met a log entry that it could not apply, and the group stopped on that node.
help-raft-state-machine-stopped-impact = The group is dead on that node: what it stores (configuration with embedded storage, persistent services) is no longer updated there.
help-raft-state-machine-stopped-todo = Read the exception behind it and remove its reason. Then, with a majority of the others alive, on that node only: stop it, move the group's folder away and start it; the leader sends a snapshot.
help-raft-state-machine-stopped-donot = A restart alone stops at the same entry. Never delete the folder on two nodes.
help-raft-state-machine-stopped-refuted = The disk was full or the heap was used up: fix that first.
help-members-disagree-title = Member lists disagree
help-members-disagree-meaning = Live nodes run with different member lists or states, and no file explains it.
help-members-disagree-impact = Clients get different instance lists depending on the node.
help-members-disagree-todo = Write the same cluster.conf everywhere and compare again.
help-members-disagree-donot = Do not press “leave” in the console.
help-members-disagree-refuted = The lists agree when asked again.
help-members-ghost-title = Ghost member
help-members-ghost-meaning = A member at whose address no machine answers.
help-members-ghost-impact = If it votes in Raft, it raises the quorum and lowers the failure tolerance.
help-members-ghost-todo = Remove it from every cluster.conf, and from Raft if it votes.
help-members-ghost-donot = Do not remove it while the majority is lost.
help-members-ghost-refuted = A machine answers there, or it reported before: then it is a node that is down.
help-config-cluster-conf-drift-title = cluster.conf differs
help-config-cluster-conf-drift-meaning = The member sets in the files are not equal; comments and order do not matter.
help-config-cluster-conf-drift-impact = The node that differs shares its data with other members than the rest.
help-config-cluster-conf-drift-todo = Correct the file that differs; Nacos reads it without a restart.
help-config-cluster-conf-drift-donot = Do not restart all nodes.
help-config-cluster-conf-drift-refuted = The sets are equal once names and addresses are resolved.
help-config-cluster-conf-malformed-title = cluster.conf cannot be read
help-config-cluster-conf-malformed-meaning = A line is not host:port. While running, Nacos keeps the old list; at a start it runs alone.
help-config-cluster-conf-malformed-impact = The next restart of that node takes it out of the cluster.
help-config-cluster-conf-malformed-todo = Fix the named line.
help-config-cluster-conf-malformed-donot = Do not restart that node before the file is fixed.
help-config-cluster-conf-malformed-refuted = Nacos of this version accepts the line.
help-config-db-drift-title = Database settings differ
help-config-db-drift-meaning = URL, platform, account or storage of the database are not equal on all nodes.
help-config-db-drift-impact = The node that differs shows other configurations, or cannot start.
help-config-db-drift-todo = Give it the settings of the others and restart it alone.
help-config-db-drift-donot = Do not copy databases back and forth.
help-config-db-drift-refuted = Both names lead to the same database.
help-config-auth-drift-title = Auth settings differ
help-config-auth-drift-meaning = Token secret, server identity or auth switch are not equal. Secrets are compared by keyed hash and never shown.
help-config-auth-drift-impact = Tokens of one node are refused by the other; with 3.x the node is DOWN for its peers although it says it is ready.
help-config-auth-drift-todo = Set the same values and restart the node that differs, alone.
help-config-auth-drift-donot = Do not switch authentication off to save time.
help-config-auth-drift-refuted = The hashes agree.
help-config-properties-drift-title = Settings differ
help-config-properties-drift-meaning = Keys that must be equal on all nodes are not.
help-config-properties-drift-impact = Nodes behave differently under the same load.
help-config-properties-drift-todo = Make them equal, one node at a time.
help-config-properties-drift-donot = Do not change several nodes at once.
help-config-properties-drift-refuted = The values mean the same.
help-config-flags-drift-title = JVM flags, mode or storage differ
help-config-flags-drift-meaning = The processes run with different flags; standalone mode or other storage on one node breaks the cluster.
help-config-flags-drift-impact = From uneven load to a node that is not in the cluster at all.
help-config-flags-drift-todo = Start the node that differs with the flags of the others.
help-config-flags-drift-donot = Do not change heap sizes on all nodes in the middle of an incident.
help-config-flags-drift-refuted = The flags differ on purpose.
help-config-version-mixed-title = Mixed versions
help-config-version-mixed-meaning = The nodes run different versions of Nacos.
help-config-version-mixed-impact = Supported only during a rolling upgrade.
help-config-version-mixed-todo = Finish the upgrade.
help-config-version-mixed-donot = Do not go back to an older version with new data.
help-config-version-mixed-refuted = A rolling upgrade is going on right now.
help-config-insecure-title = Insecure settings
help-config-insecure-meaning = Authentication is off, or a secret is the one that ships with Nacos. Advice only: this is not the cause of an outage.
help-config-insecure-impact = Anybody on the network can read and change configurations.
help-config-insecure-todo = After the incident: your own secrets, authentication on, on all nodes at once.
help-config-insecure-donot = Do not change it in the middle of an incident.
help-config-insecure-refuted = Something in front of Nacos does the authentication.
help-net-grpc-blocked-title = gRPC blocked
help-net-grpc-blocked-meaning = 9848 or 9849 of a node cannot be reached, although 8848 can and every API says UP.
help-net-grpc-blocked-impact = 9848: clients cannot connect. 9849: instance data does not reach the node.
help-net-grpc-blocked-todo = Open the port as plain TCP, everywhere.
help-net-grpc-blocked-donot = Do not restart nodes, do not trust UP.
help-net-grpc-blocked-refuted = The port answers HTTP/2 from another node.
help-net-port-blocked-title = Ports blocked
help-net-port-blocked-meaning = 8848 or several ports cannot be reached on live nodes or between them.
help-net-port-blocked-impact = The nodes see each other as down while both serve clients.
help-net-port-blocked-todo = Open 8848, 9848, 9849 and 7848 between all nodes.
help-net-port-blocked-donot = Do not restart nodes to fix a network.
help-net-port-blocked-refuted = The ports answer when tried from the other node.
help-net-one-way-title = One-way link
help-net-one-way-meaning = One direction between two nodes is dropped, the other works. Both sides say UP.
help-net-one-way-impact = Instance changes travel one way only; views flap every few seconds.
help-net-one-way-todo = Find the rule that drops one direction: firewall, security group, asymmetric route.
help-net-one-way-donot = Do not restart nodes, do not trust UP.
help-net-one-way-refuted = Both directions answer.
help-net-dns-title = Wrong name
help-net-dns-meaning = A host name of the cluster resolves wrongly, or not at all, on some node.
help-net-dns-impact = That node cannot reach the members it names by host name.
help-net-dns-todo = Fix DNS or /etc/hosts, or use the same IP addresses everywhere.
help-net-dns-donot = Do not mix names and addresses.
help-net-dns-refuted = The name resolves the same everywhere.
help-config-env-drift-title = A variable differs from cluster.conf
help-config-env-drift-meaning = The start script of the container image writes cluster.conf from NACOS_SERVERS at each start. The variable names other members than the file that is there now, which somebody edited by hand or which is older.
help-config-env-drift-impact = None until the next start; then the node runs with a different member list.
help-config-env-drift-todo = Correct the variable where the container is defined (compose file, pod manifest).
help-config-env-drift-donot = Do not restart the node before the variable is right.
help-config-env-drift-refuted = Another script of the container writes the file, such as the peer-finder plugin.
help-vantage-limited-title = Not reachable from here
help-vantage-limited-meaning = Ports of a node cannot be reached from where nodedown runs, and its peers know the node by another address than the one that is set up. Either a container publishes its ports under other numbers, or addresses are translated in between.
help-vantage-limited-impact = None for the cluster. These ports were not checked.
help-vantage-limited-todo = Say where the ports are published.
help-vantage-limited-donot = Do not open ports in a firewall for this.
help-vantage-limited-refuted = Clients or peers report that they do not reach these ports either.
help-door-stale-upstream-title = Front door sends to a dead node
help-door-stale-upstream-meaning = VIP, nginx or DNS still sends requests to a node that does not serve.
help-door-stale-upstream-impact = A share of all requests fails.
help-door-stale-upstream-todo = Take the node out and switch on health checks.
help-door-stale-upstream-donot = Do not restart healthy nodes for that.
help-door-stale-upstream-refuted = Requests through the front door all reach live nodes.
help-door-grpc-not-forwarded-title = Front door does not forward gRPC
help-door-grpc-not-forwarded-meaning = The main port works, main port + 1000 does not.
help-door-grpc-not-forwarded-impact = Clients from 2.0 on cannot connect through it.
help-door-grpc-not-forwarded-todo = Forward it as a TCP stream.
help-door-grpc-not-forwarded-donot = Do not use an HTTP location for it.
help-door-grpc-not-forwarded-refuted = HTTP/2 SETTINGS come back through the front door.
help-db-unreachable-title = Database unreachable
help-db-unreachable-meaning = The node cannot connect to its database.
help-db-unreachable-impact = Configurations, namespaces and users cannot be read or changed there; a start fails or hangs.
help-db-unreachable-todo = Bring the database back, test from the node, then start the node if it has ended.
help-db-unreachable-donot = Do not switch to embedded storage to save time.
help-db-unreachable-refuted = The database answers from that node with the configured account.
help-data-diverged-title = Data differs between nodes
help-data-diverged-meaning = Live nodes return different instance or configuration sets.
help-data-diverged-impact = Callers see other instances depending on the node.
help-data-diverged-todo = Wait 30 s. If it stays, move the clients of the node that differs, then restart it alone.
help-data-diverged-donot = Do not restart several nodes.
help-data-diverged-refuted = The sets agree when compared again.
help-clients-missing-title = Clients missing
help-clients-missing-meaning = Fewer client connections than before the outage, or many that went away within a minute while all nodes ran, once or again and again.
help-clients-missing-impact = Their instances leave discovery after about 3 minutes.
help-clients-missing-todo = Notify their owners or restart those processes one by one.
help-clients-missing-donot = Do not restart all applications at once.
help-clients-missing-refuted = The missing ones were shut down on purpose.
help-clients-skewed-title = Clients spread unevenly
help-clients-skewed-meaning = One node holds far more connections than the others, or next to none, as after its restart. Nacos does not rebalance by itself.
help-clients-skewed-impact = The overloaded node is slow, and losing it would hurt more.
help-clients-skewed-todo = When everything is stable, move connections in small batches.
help-clients-skewed-donot = Do not rebalance during an incident.
help-clients-skewed-refuted = The uneven spread is intended.
help-clients-single-server-title = Clients know only one server
help-clients-single-server-meaning = An application has a single server address.
help-clients-single-server-impact = It cannot fail over when that node is gone.
help-clients-single-server-todo = Configure all nodes or a front door.
help-clients-single-server-donot = Do not point all applications to the same other node.
help-clients-single-server-refuted = The address is a front door that fails over.
help-clock-skew-title = Clock skew
help-clock-skew-meaning = The clocks of the nodes differ by more than 5 s.
help-clock-skew-impact = Tokens expire early, logs cannot be compared, last-seen times mislead.
help-clock-skew-todo = Fix time synchronisation.
help-clock-skew-donot = Do not make the clock jump on a running node.
help-clock-skew-refuted = The offset was measured over a slow link.
help-logs-errors-title = Unexplained errors
help-logs-errors-meaning = ERROR lines of an unknown kind keep coming long after the last start, and nothing else explains them.
help-logs-errors-impact = Unknown.
help-logs-errors-todo = Read the lines, compare with a healthy node, search for them.
help-logs-errors-donot = Do not restart a node only because of them.
help-logs-errors-refuted = The same lines are in the logs of a healthy node.
help-none-title = Nothing found
help-none-meaning = Everything that was checked is in order.
help-none-impact = None.
help-none-todo = Nothing; keep watching.
help-none-donot = Nothing to avoid.
help-none-refuted = A part that was not seen.
finding-net-lossy = Packets to or from { $nodes } get lost: { $lost } of { $tries } tries had no answer, on { $ports } ports that answered other tries.
cause-net-lossy = The network of { $nodes } loses packets: ports answer some tries and not others.
action-find-loss = Look for packet loss on the path to { $nodes }: errors and drops of the interface (ip -s link), duplex, a full connection table (conntrack -S), a flapping switch port or bond, an overloaded host.
help-net-lossy-title = Packets get lost
help-net-lossy-meaning = The same port answers one try and not the next within a second. Nothing is closed; packets are dropped on the path.
help-net-lossy-impact = Registrations, pushes and Raft appends time out now and then; nodes call each other DOWN and UP in turn, leaders change.
help-net-lossy-todo = Take the node out of the front door, then check interface errors, connection tables, switch ports and the host’s load.
help-net-lossy-donot = Do not restart nodes, do not trust UP.
help-net-lossy-refuted = All tries answer when they are repeated.
finding-net-dns-differs = { $node } resolves the name { $member } to { $first }, { $other } resolves it to { $second }.
finding-net-dns-wrong = { $node } resolves the name { $member } to { $first }; it is { $second }, as { $other } resolves it. Look at /etc/hosts and the name server of { $node }.
finding-db-unreachable-all = No node that could be asked reaches the database { $target } ({ $nodes }): the problem is the database or the network in front of it.
finding-db-unreachable-from = { $node } does not reach the database { $target }, but { $others } can: the problem is that node or its network, not the database.
finding-db-unreachable-one = { $nodes } does not reach the database { $target }. No other node could be asked, so the problem may be the database or the path to it.
judged-database-unprobed = The database { $target } was not tried from { $nodes }: no connection can be made from there.
judged-database-silent = The database { $target } took the connection of { $nodes } and did not greet in time: whether it serves is not known from there.
finding-door-stale = { $failed } of { $all } requests through the front door { $door } failed ({ $how }), while { $alive } answered directly and { $node } did not: the front door still sends requests to it.
finding-door-slow = Every request through the front door { $door } was answered, but { $slow } of { $all } far more slowly than any node answers directly, and { $node } does not answer: the front door may still try it first.
finding-door-stranger = { $failed } of { $all } requests through the front door { $door } got no answer from behind it ({ $how }), while every node answered directly. It still sends to an address that is not a node of the cluster, or does not reach one of the nodes.
finding-door-partly = { $failed } of { $all } requests through the front door { $door } failed ({ $how }), while every node that should answer did so directly. It may list an address that is not a node, or not reach one of the nodes.
finding-door-silent = Nothing answers at the front door { $door } ({ $how }), while { $alive } answered directly.
finding-door-reaches-none = The front door { $door } answers with errors only ({ $how }), while { $alive } answered directly: it does not reach any node.
finding-door-other-answers = The front door { $door } answers differently from the nodes ({ $how }): something else may be behind it, or its context path differs.
finding-door-grpc-http1 = On port { $ports } of the front door { $door } something answers in HTTP/1 where gRPC is expected, while the nodes answer gRPC directly.
finding-door-grpc-blocked = HTTP gets through the front door { $door }, but gRPC on port { $ports } does not ({ $how ->
        [refused] connection refused
        [timeout] no answer in time
        [silent] it accepts the connection and does not answer
        [reset] connection reset
        [unreachable] host or network cannot be reached
        [dns] its name does not resolve
       *[other] { $how }
    }), while the nodes answer it directly.
cause-door-slow = Requests through the front door are slow at times; it may still try { $nodes } first, which does not answer.
cause-door-not-serving = Nothing usable comes through the front door { $door }, although nodes answer directly.
cause-door-stranger = The front door { $door } still sends a part of the requests to an address that is not a node of the cluster, or does not reach one of the nodes; every node answers directly.
cause-door-partly = Some requests through the front door { $door } fail, although every node answers directly.
action-door-look = Check the front door itself: whether it runs, its upstream list (addresses and ports of the live nodes), its error log.
action-door-past = Until it is repaired, clients that have all node addresses in their configuration can bypass it.
impact-door = Clients that use the front door: some of their requests fail or are slow; clients with node addresses are not affected.
impact-door-grpc = Clients from 2.0 on that use the front door cannot connect; clients with node addresses are not affected.
judged-door-none = No front door is configured.
judged-door-not-asked = No front door could be asked.
judged-door-requests = { $answered } of { $all } requests through the front door were answered; { $straight } of { $direct } directly.
judged-door-fine = { $served } of { $all } requests through the front door were answered as the nodes answer.
judged-door-nothing-to-compare = No node answered directly, so nothing can be said about the front door { $door }.
judged-door-refuses = The front door { $door } refuses this request, so requests through it cannot be compared.
judged-door-unasked = No request was sent through the front door { $door }.
help-door-not-serving-title = Nothing gets through the front door
help-door-not-serving-meaning = VIP, nginx or load balancer does not answer, does not reach any node, or fails for some of the requests, while the nodes answer directly.
help-door-not-serving-impact = Clients that use the front door are cut off, fully or in part.
help-door-not-serving-todo = Check the front door: whether it runs, its upstream list, its error log.
help-door-not-serving-donot = Do not restart healthy nodes for that.
help-door-not-serving-refuted = Requests through the front door are answered as they are directly; or only this host cannot reach it.
finding-node-gone-from-table = { $node } is gone: no process with its home runs on its host. Only its own logs can tell whether it was stopped or killed, and they were not seen.
finding-door-named = { $failed } of { $all } requests through the front door { $door } failed ({ $how }), and the front door itself names { $node } as the node that it asked ({ $header }); { $node } does not answer directly either.
finding-door-way = { $failed } of { $all } requests through the front door { $door } failed ({ $how }), and the front door itself names { $node } as the node that it asked ({ $header }). { $node } answers directly: the path from the front door to it is broken or too slow.
finding-door-passed-over = Every request through the front door { $door } was answered, but according to the front door itself it asked { $node } first, without success ({ $header }).
finding-door-frozen = { $failed } of { $all } requests through the front door { $door } got no answer ({ $how }). { $node } accepts connections and answers nothing, directly as well, while { $alive } answered directly: the front door probably still sends to it.
finding-door-waits = No request through the front door { $door } got an answer ({ $how }). { $node } accepts connections and answers nothing, directly as well: a front door that sends all requests of one client to one node would look like this, and so would a front door that hangs itself.
finding-door-grpc-partly = gRPC through the front door { $door } was answered on { $ok } of { $tries } connections (port { $ports }), while the nodes answer it directly.
finding-door-grpc-dead = gRPC through the front door { $door } was answered on { $ok } of { $tries } connections (port { $ports }). { $dead } does not answer: the front door may still send to it.
cause-door-frozen = The front door seems to still send requests to { $nodes }, which accepts them and answers nothing.
cause-door-way = The front door { $door } does not reach { $nodes }, which answers directly.
cause-door-passed-over = The front door still asks { $nodes } first, which does not answer; it then asks another node.
cause-door-grpc-partly = gRPC through the front door { $door } works only on { $ok } of { $tries } connections.
cause-door-grpc-dead = gRPC through the front door { $door } works only on { $ok } of { $tries } connections; it may still send to { $nodes }, which does not answer.
judged-door-credentials = The front door { $door } asks for credentials of its own ({ $how }), where the nodes answer directly with { $straight }. nodedown sends none through a front door, so requests through it cannot be compared. This is not a failure of a node.
judged-kernel-not-seen = The kernel log of the node was not seen, so it is not known from there whether the kernel killed its process because memory ran out.
judged-text-unused = { $file } ({ $n ->
    [one] one line
   *[other] { $n } lines
  }): no line of it was used. The first: { $line }
judged-pasted-unused = Of a pasted text ({ $n ->
    [one] one line
   *[other] { $n } lines
  }) no line was used. The first: { $line }
finding-node-data-in-use = { $node } failed to start at { $since }: another process holds a lock on its data folder. Nothing is damaged. First look for an older process of { $node } that still runs, then for another node on the same volume.
finding-node-start-failed-native = { $node } failed to start at { $since }: a native library could not be loaded (a /tmp that is mounted noexec, another kind of CPU, or a system library that is missing).
finding-node-start-failed-permission = { $node } failed to start at { $since }: the account that runs it may not open a file or folder (permission denied). Nothing is damaged.
finding-node-start-failed-permission-path = { $node } failed to start at { $since }: the account that runs it may not open { $path } (permission denied). Nothing is damaged.
finding-db-refuses-login = { $node } failed to start at { $since }: the database answers and refuses the login. Check db.user.0 and db.password.0, and from which hosts that account may log in.
finding-db-refuses-key = { $node } failed to start at { $since }: the database answers, but the driver does not accept its way of checking the password. Use TLS (sslMode=REQUIRED in db.url.0), or set allowPublicKeyRetrieval=true there; for an old driver, change the plugin of the account.
finding-db-refuses-schema = { $node } failed to start at { $since }: the database answers, but tables or columns that this version reads are missing. Check which database db.url.0 names, and apply the schema or its upgrade for this version (conf/*-schema.sql).
finding-db-refuses-driver = { $node } failed to start at { $since }: there is no driver for its database. Check the beginning of db.url.0 and the platform setting (spring.sql.init.platform, spring.datasource.platform), and put the driver into plugins/.
finding-db-refuses-zone = { $node } failed to start at { $since }: the database answers and names a time zone that the driver does not know. Add serverTimezone, for example Asia/Shanghai, to db.url.0.
finding-db-refuses-resources = { $node } reaches its database, and the database answers that it has run out of something itself: room on its disk, open files or memory. This is not about the disk or the limits of { $node }.
finding-db-refuses-resources-start = { $node } failed to start at { $since }: the database answers that it has run out of something itself: room on its disk, open files or memory. This is not about the disk or the limits of { $node }.
finding-db-refuses-connections = { $node } failed to start at { $since }: the database answers that it takes no further connections: too many are open, or this host is blocked after many failed ones. Look at max_connections and who holds them; a blocked host needs FLUSH HOSTS there.
finding-db-refuses-login-alive = The database answers { $node } and refuses its login. Check whether the password or the account was changed there, and db.user.0 and db.password.0; a password that is changed in application.properties takes effect at the next start.
finding-db-refuses-key-alive = The database answers { $node }, but the driver does not accept its way of checking the password, as after a restart of MySQL 8. Use TLS (sslMode=REQUIRED in db.url.0), or set allowPublicKeyRetrieval=true there.
finding-db-refuses-connections-alive = The database answers { $node } that it takes no further connections: too many are open, or this host is blocked after many failed ones. Look at max_connections and who holds them; a blocked host needs FLUSH HOSTS there.
finding-db-refuses-schema-alive = The database answers { $node }, but tables or columns that this version reads are missing. Check which database db.url.0 names, and apply the schema or its upgrade for this version (conf/*-schema.sql).
finding-db-refuses-unsaid = { $node } says that its database does not work, yet a connection from { $node } to it opens: the database runs. What it refuses is in the errors that begin with [db-error] in config-fatal.log and nacos.log of { $node }.
finding-db-refuses-probe = The database answers a new connection from { $node } with an error in place of its greeting: { $text }. Connections that { $node } still holds may go on working.
finding-not-ready-refused = { $node } answers but is not ready: it cannot read its database, although a connection from { $node } to it opens.
cause-node-data-in-use = The data folder of { $nodes } is held by another process: a lock, not damage.
cause-node-start-failed-jvm = { $nodes } did not start: Java itself or its logging refused (“{ $text }”).
cause-node-start-failed-port = { $nodes } failed to start: a port is already in use.
cause-node-start-failed-config = { $nodes } failed to start: a setting in application.properties cannot be used.
cause-node-start-failed-native = { $nodes } failed to start: a native library could not be loaded.
cause-node-start-failed-permission = { $nodes } failed to start: the account that runs it may not open its files (permission denied).
cause-db-refuses = The database of { $nodes } answers, but cannot be used.
cause-db-refuses-login = The database refuses the login of { $nodes }.
cause-db-refuses-key = The database and { $nodes } do not agree on how the password is checked.
cause-db-refuses-schema = The database of { $nodes } lacks tables or columns that this version of Nacos reads.
cause-db-refuses-driver = { $nodes } { $count ->
    [one] has
   *[other] have
  } no driver for the database.
cause-db-refuses-zone = The driver of { $nodes } does not know the time zone of its database.
cause-db-refuses-resources = The database of { $nodes } has run out of disk space, open files or memory, so requests to it fail.
cause-db-refuses-connections = The database takes no new connections from { $nodes }.
action-db-accept = Change what the finding names, in the settings or in the database, and test it from { $nodes } with the account and address of application.properties (conf/).
action-free-data = Find out who holds the data of { $nodes }: look for an older process (ps -ef | grep nacos; fuser on the LOCK file), then for another node that uses the same volume. End an old process that does not serve, or give each node a folder of its own. Move nothing away and delete no LOCK file.
help-node-data-in-use-title = Data folder in use
help-node-data-in-use-meaning = The start failed on a lock that another process holds: RocksDB or Derby says that somebody has opened these files.
help-node-data-in-use-impact = The remaining nodes keep serving; the cluster tolerates one failure less until the node is back.
help-node-data-in-use-todo = Find the process that holds the files, end it if it is an old one, and start again; two nodes need two folders.
help-node-data-in-use-donot = Do not move or delete data because of a lock: nothing is damaged yet.
help-node-data-in-use-refuted = No process holds the files, and a start with the same data fails again with another error.
help-db-refuses-title = Database refuses Nacos
help-db-refuses-meaning = The connection reaches the database, and it is refused there or by the driver: login, password check, schema, driver or time zone; or the database is read-only, or has run out of disk, open files or memory itself.
help-db-refuses-impact = A start fails or hangs; a node that runs cannot read or change configurations, namespaces and users, once it needs a new connection.
help-db-refuses-todo = Change what the finding names, in the settings or in the database, test from the node, and start the node if it has ended.
help-db-refuses-donot = Do not restart the other nodes: they may be refused in the same way.
help-db-refuses-refuted = The same account, address and driver read the tables of this version from that node.
finding-config-mode-standalone = { $node } runs in standalone mode, like all the others: each of them is on its own, and there is no cluster.
finding-config-mode-1x = { $node } has worked in the mode of 1.x for more than 10 min: it goes on writing “upgrade check result false”. Services are stored twice, and a node that has already switched returns different lists.
finding-config-mode-connections = { $node } counts no connection of another node (clusterCount=0), and so does every other node: no member is connected to another. Nodes that were started in standalone mode look like this.
finding-config-port-clash = { $one } and { $other } are on one host and both need port { $ports }: each node also takes main port + 1000, + 1001 and − 1000. Whichever starts second fails.
cause-config-mode = { $nodes } run in standalone mode: each of them is on its own, and there is no cluster.
cause-config-mode-1x = { $nodes } { $count ->
    [one] has
   *[other] have
  } not left the mode of 1.x: the upgrade to 2.0 never ended.
cause-config-mode-connections = { $nodes } have no connection to one another: they probably run in standalone mode, each on its own.
cause-config-port-clash = Ports of { $nodes } on one host collide (port { $ports }).
action-cluster-mode = With embedded storage, export the configuration of each node first: their data is not merged. Then start { $nodes } in cluster mode, one after the other: remove -m standalone, MODE=standalone and -Dnacos.standalone=true.
action-finish-upgrade = Make sure that no node of 1.x runs or is left in cluster.conf, and that every node counts the same services and instances. Then end the double write once, on one node (PUT /nacos/v1/ns/operator/switches?entry=doubleWriteEnabled&value=false), or upgrade to a version from 2.2 on, which has no such mode.
action-find-mode = See how { $nodes } were started (ps -ef: -Dnacos.standalone=true; MODE in the container; “Running in … mode” at the top of start.out) and what cluster.conf names on each. If they run standalone, start them in cluster mode, one after the other.
action-other-ports = Give the nodes of this host main ports that are 10 apart (8848, 8858, 8868), in application.properties and in every cluster.conf. Ports collide at a distance of 1, 1000, 1001, 2000 and 2001.
help-config-mode-title = All nodes in the wrong mode
help-config-mode-meaning = Every node runs in standalone mode, although cluster.conf names several members. No node is unlike the others, and there is no cluster.
help-config-mode-impact = Nodes do not exchange services; with embedded storage each has its own configuration. If one stops, its clients find an empty server.
help-config-mode-todo = Start the nodes in cluster mode, one after the other.
help-config-mode-donot = Do not start all of them again at once.
help-config-mode-refuted = The nodes are meant to be independent of each other, and cluster.conf is left over.
finding-config-self-address = { $node } calls itself { $member }, and cluster.conf has no such line: it does not find itself among the members.
finding-config-self-address-taken = { $node } takes the address of { $other }, { $member }: its setting { $key } says so.
cause-config-self-address = { $nodes } uses { $member } as its own address, and cluster.conf has another one for it.
cause-config-self-address-taken = A setting of { $nodes } gives it the address of { $other }: two nodes call themselves { $member }.
action-self-address = On { $nodes }: set nacos.server.ip (in containers NACOS_SERVER_IP, or PREFER_HOST_MODE=hostname where cluster.conf has host names) to the address that cluster.conf has for the node, letter by letter. Remove the lines that Nacos added for { $member }. Then restart one node at a time.
action-own-address = On { $nodes }: set nacos.server.ip or nacos.inetutils.ip-address to its own address, the one that cluster.conf has for it, or remove the setting. Then start it alone.
action-raise-files = On { $nodes }: raise the limit of open files (LimitNOFILE of systemd, ulimit -n, nofile of the container; 65535 or more) and see in /proc/PID/fd whether connections or files fill it. Very many connections from one address mean a client that does not reuse its connection.
action-env-align = Write the right members into NACOS_SERVERS of { $nodes } (compose file, pod manifest) before the next start; the file alone is overwritten.
action-published-ports = Say where the ports of { $nodes } are published: sdk=HOST:PORT, cluster=HOST:PORT and raft=HOST:PORT, in the form of the cluster or after --node, and peer=HOST:PORT for the address that the other nodes use.
action-raise-threads = On { $nodes }: raise the limit of threads (TasksMax of systemd, ulimit -u, pids limit of the container) and find out with a thread dump (jstack PID) which threads there are too many of. Do not raise -Xmx.
action-native-memory = On { $nodes }: give the machine or the container more memory, or lower -Xmx so that a third of it stays outside the heap (thread stacks, direct buffers, RocksDB). Check vm.max_map_count and other processes on the machine.
action-find-pause = On the machine of { $nodes }, look for what stopped it then: snapshot or migration of the virtual machine, CPU steal (vmstat), swapping, a long collection in nacos_gc.log, a time service that set the clock.
action-find-overload = On the machine of { $nodes }, look for what takes its time: processor use and steal (top, vmstat), CPU limit of the container (throttling in cpu.stat), swapping, and other processes. Look as well for a debugger or a freezer that stops it.
help-config-self-address-title = A node's own address is not in the list
help-config-self-address-meaning = The node takes its address from nacos.server.ip or from its first network interface, and cluster.conf names it differently: a container's address, another interface, a name with or without a dot.
help-config-self-address-impact = The node adds itself as an extra member, and no machine stands for the member that was meant; peers and clients may be sent to an address they cannot reach. With 1.x it takes no part in elections.
help-config-self-address-todo = Set nacos.server.ip to the address of cluster.conf, one node at a time.
help-config-self-address-donot = Do not press “leave” for the wrong member in the console: the node adds itself again.
help-config-self-address-refuted = The list that the node shows in its API has it under the address of cluster.conf.
help-config-port-clash-title = Ports of one host collide
help-config-port-clash-meaning = Two members of one host need the same port: each node takes its main port, + 1000 and + 1001 for gRPC, and − 1000 for Raft.
help-config-port-clash-impact = The node that starts second does not come up, or answers in place of the other.
help-config-port-clash-todo = Use main ports that are 10 apart.
help-config-port-clash-donot = Do not start it again unchanged.
help-config-port-clash-refuted = The two names lead to different hosts or network namespaces.
finding-node-start-read-only = { $node } failed to start at { $since }: a volume that it writes to is read-only, according to its errors.
finding-node-start-failed-key = { $node } failed to start at { $since }: a certificate, a key or a key store for TLS cannot be opened: the file is missing or of another kind, or the password is wrong. The errors name it; the settings are those that begin with nacos.remote.server.rpc.tls, nacos.remote.peer.rpc.tls or server.ssl.
finding-node-start-failed-data = { $node } failed to start at { $since }: its embedded database takes no writes. Either the volume of data/ is mounted read-only, or files below data/derby-data belong to another account; the errors do not say which.
finding-node-start-failed-database-unset = { $node } failed to start at { $since }: it did not start with embedded storage (-p embedded), and of its database something is not set (db.num, db.url.0, db.user.0 or db.password.0). No database was asked.
finding-node-start-failed-database-url = { $node } failed to start at { $since }: the driver does not take the address of its database as it is written (db.url.0 and those that follow). No database was asked.
finding-db-refuses-read-only = { $node } failed to start at { $since }: the database answers that it is read-only and takes no changes, as a replica does.
finding-db-refuses-read-only-alive = The database answers { $node } that it is read-only and takes no changes, as a replica does after a failover. What is published through { $node } is refused; reading goes on.
finding-config-tls-peers = { $node } has other settings for TLS between the nodes than the rest: { $keys }. Between a node that speaks TLS and one that does not, gRPC connections fail, at least in one direction.
finding-config-tls-clients = { $node } has other settings for TLS of its clients than the rest: { $keys }.
finding-config-properties-absent = { $node } has no conf/application.properties, and other nodes have one. Unless its settings come from somewhere else, it runs with the defaults of Nacos.
cause-node-start-failed-key = { $nodes } failed to start: a certificate, a key or a key store for TLS cannot be opened.
cause-node-start-failed-database = { $nodes } failed to start: the settings of the database cannot be used. No database was asked.
cause-node-start-failed-data = { $nodes } failed to start: the embedded database takes no writes.
cause-db-refuses-read-only = The database of { $nodes } is read-only and refuses every change.
cause-config-tls-peers = TLS between the nodes is set in another way on { $nodes } than on the rest: { $keys }.
cause-config-tls-clients = TLS of the clients is set in another way on { $nodes } than on the rest: { $keys }.
cause-config-properties-absent = { $nodes } { $count ->
    [one] has
   *[other] have
} no conf/application.properties, and other nodes have one.
impact-db-read-only = Configuration, namespaces and users cannot be changed through { $nodes }; reading goes on.
action-db-writable = Find out which database server takes changes now (MySQL: SELECT @@read_only, @@super_read_only; PostgreSQL: SELECT pg_is_in_recovery()). After a failover, let the address in db.url.0 lead to that server; if the server that it names is meant to be the primary, end its read-only mode. Do not make a replica writable. Then publish a configuration to test.
action-data-writable = On { $nodes }: see why data/ takes no writes. If its volume is mounted read-only, find out why (dmesg) and make it writable again; if files below data/derby-data belong to another account, give them back to the one that runs Nacos. Do not move or delete anything under data/.
action-settings-file = On { $nodes }: see whether the settings come from somewhere else (environment, -D options, spring.config.location). If not, write conf/application.properties again after that of another node, and restart { $nodes } alone when the rest of the cluster is healthy.
finding-logs-requests = { $node } keeps refusing requests because they are wrong (lines: { $count }), such as a login with an unknown user or without a parameter. It logs them as errors; the sender is to be corrected, not the node.
