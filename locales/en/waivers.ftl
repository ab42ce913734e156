## Clients that are missing after an outage, and of whom of them nobody waits any more.

clients-missing-count = { $n ->
    [one] 1 client is missing
   *[other] { $n } clients are missing
}
clients-missing-more = { $n } more
clients-not-known = { $n ->
    [one] Of 1 client it is not known whether it is back: a node that may hold it could not be asked. It does not hold up this step.
   *[other] Of { $n } clients it is not known whether they are back: a node that may hold them could not be asked. They do not hold up this step.
}
clients-hold = Step 5 stays open until they are back. Run the checks again, tell their owners, or waive them. Later steps can go on.
clients-hold-done = { $n ->
    [one] Not done yet: 1 client is missing.
   *[other] Not done yet: { $n } clients are missing.
}
clients-all-the-same = { $n ->
    [one] 1 client is missing. I decide so all the same.
   *[other] { $n } clients are missing. I decide so all the same.
}
clients-waived = { $n ->
    [one] 1 client that is away is waived.
   *[other] { $n } clients that are away are waived.
}
web-next-clients = { $n ->
    [one] 1 client is missing. Run the checks again once it is back, or waive it.
   *[other] { $n } clients are missing. Run the checks again once they are back, or waive them.
}
rule-clients-missing = { $n ->
    [one] 1 client is missing: { $who }
   *[other] { $n } clients are missing: { $who }
}{ $more ->
    [0] {""}
   *[other] {" "}and { $more } more
}. Run the checks again, tell their owners, or waive them with a reason. To decide all the same, give a reason and confirm their number.
rule-step-decided = Step { $step } is decided, and may rest on this. Go back to work on the step first.
waivers-title = Missing clients
waivers-open = Waive clients…
waivers-see = See who is waived
waivers-lists = Lists for their owners
waivers-nobody = No client is missing that anybody waits for.
clients-gaps = No client is known to be missing, but of some nodes nobody knows who was connected before.
waivers-untold = The newest checks do not say who is missing.
waivers-what = Step 5 cannot be done while they are. One that comes back leaves this list with the next round.
waivers-waive = Waive…
waivers-waive-one = Waive { $what }
waivers-table = All clients: before and now
waivers-form = Waive clients
waivers-who = Address, range or application
waivers-who-hint = 10.0.4.7, 10.0.4.0/24 or the name of an application as it stands above. It holds in later rounds too.
waivers-reason = Why nobody waits for them
waivers-reason-hint = For the record: switched off, moved, whom you asked.
waivers-do = Waive
waivers-held = Waived
waivers-covers = { $n ->
    [0] none is away now
    [one] 1 is away now
   *[other] { $n } are away now
}
waivers-take-back = Take back
waivers-take-back-one = Take back the waiver of { $what }
invalid-clients-empty = Name an address, a range or an application.
invalid-clients-address = This is no address and no range such as 10.0.4.0/24.
invalid-clients-wide = This range covers about everything. The widest that is taken is /8 (IPv6: /16).
invalid-clients-long = A name has at most 100 characters.
invalid-waiver-reason = Write down why nobody waits for them.
invalid-waiver-same = This is waived already.
invalid-waiver-many = There are too many waivers in this incident.
invalid-waiver-nobody = None of the clients that are away is covered by this. Check for a slip of the finger.
timeline-waived = { $n ->
    [one] Waived { $what }: 1 client that was away
   *[other] Waived { $what }: { $n } clients that were away
}
timeline-waiver-back = Took back the waiver of { $what }
owners-title = Owners of clients
owners-what = Whose the clients of this cluster are. After an outage, those that are missing are listed for each owner, to be sent to them.
owners-lines = One line each: address, range or application → whom to tell
owners-hint = Of several lines that fit, the one that says most counts: an address, then an application, then the narrowest range.
owners-back = Back to the cluster
owners-line = Line { $n }
invalid-owner-none = Whom to tell is missing behind the clients.
invalid-owner-long = An owner has at most 200 characters.
invalid-owner-twice = An earlier line names the same clients.
invalid-owner-many = There are at most 500 lines.
owners-channel-hint = To tell an owner without a phone call, add “| name of a channel” at the end of the line.
owners-channels = Channels
owners-channels-none = There is no channel yet; an administrator adds one.
owners-told = Told by message
owners-told-what = When rounds of an open incident say that clients of theirs are missing for longer than the channel’s minutes, these owners get their own list through it, and one more message when all are back. No drills.
owners-told-will = Will be told
owners-told-not-for = Channel leaves it out
owners-told-deleted = Channel was deleted
invalid-owner-channel = No channel has the name behind the “|”.
owner-says-missing = { $n ->
    [one] 1 client is missing
   *[other] { $n } clients are missing
}
owner-says-more = { $n ->
    [one] now 1 client is missing
   *[other] now { $n } clients are missing
}
owner-says-back = { $n ->
    [one] the client is back, waived or another owner’s
   *[other] all { $n } clients are back, waived or another owner’s
}
owner-says-closed = { $n ->
    [one] closed, 1 client is not known to be back
   *[other] closed, { $n } clients are not known to be back
}
owner-told-sent = Told at { $at } through { $channel }
owner-told-failed = Not told: sending through { $channel } failed
owner-told-tried = Not told yet: sending through { $channel } failed, next try { $at }
owner-told-waiting = Not told yet: the message through { $channel } is due { $at }
owner-told-others = Owners that were told
timeline-owner-told = Told { $owner } through { $channel }
timeline-owner-not-told = Could not tell { $owner } through { $channel }
web-audit-field-client-owner = owner of clients
report-clients = Clients that are away
report-clients-none = No client was missing in the newest round.
report-clients-untold = The newest round does not say who was missing.
report-clients-counted = Missing: { $missing }, of them waived: { $waived }. Back in part: { $part }. Not known: { $unknown }.
report-clients-since = Compared with
report-clients-waivers = Waivers
report-clients-taken-back = taken back by { $name }
report-clients-more = { $n } more; the JSON export has all.
restart-instance = service { $service }{ $namespace ->
    [public] {""}
   *[other] {" "}in namespace { $namespace }
}, instance { $instance }{ $by ->
    [beat] , by heartbeat
   *[connection] {""}
}{ $stands ->
    [none] {" "}(its service has no healthy instance left)
    [fewer] {" "}({ $now } healthy now, { $well } while all was well)
   *[others] {""}
}
restart-beating = instance { $instance }, by heartbeat (of which service was not read)
restart-line = Restart: { $what }
restart-line-last = Restart: { $what }, { $last }
restart-more = { $n ->
    [one] and 1 more instance
   *[other] and { $n } more instances
}
restart-nothing = It publishes nothing.
restart-nothing-said = publishes nothing
restart-not-read = What it publishes was not read.
client-logs-title = Logs of clients
client-logs-open = Logs of clients: why one does not come back
client-logs-what = Paste or upload the own log of a client. It says which servers it knows, what it gets from each, and since when. It says nothing of how a node is.
client-logs-none = No log of a client was handed in yet.
client-logs-form = Hand in the log of a client
client-logs-client = Whose log
client-logs-client-hint = Address or application, as it stands in the list of missing clients: 10.0.4.7 order
client-logs-text = Lines of the log
client-logs-text-hint = remote.log, naming.log or config.log of the SDK (~/logs/nacos), or what the application prints of them. The line with its server-addr helps too.
client-logs-file = Or a file, up to 8 MiB
client-logs-do = Hand in
client-log-read = { $understood } of { $lines } lines were understood.
client-log-span = From { $first } to { $last }, as written there.
client-log-left-out = { $n } older lines were left out.
client-log-lines = The lines
client-log-is-connected = connected at the end
client-log-is-without = no connection at the end
client-log-is-untold = not told
client-log-knows-untold = Which servers it is set to use is not told.
client-log-knows-one = It knows one server only: { $server }. If that one is gone, it has nowhere to go.
client-log-knows = It knows { $n } servers: { $servers }.
client-log-when = { $n ->
    [one] 1 time
   *[other] { $n } times
}{ $span ->
    [none] {""}
   *[other] , { $span }
}
client-log-end-connected = At the end it is connected to { $server }{ $since ->
    [none] {""}
   *[other] {" "}since { $since }
}.
client-log-end-without = At the end it has no connection{ $since ->
    [none] {""}
   *[other] {" "}since { $since }
}.
client-log-end-untold = Whether it is connected at the end is not told.
client-log-grpc-alone = { $server } answers it over HTTP, and not on the port of gRPC, which is 1000 higher: most likely a firewall or a port that is not published.
invalid-client-log-whose = Say whose log it is.
invalid-client-log-server = These are lines of a Nacos server. Hand them in for that node in step 2 instead.
invalid-client-log-nothing = No line in it is one that the SDK of Nacos writes.
invalid-client-log-many = There are 200 logs of clients already.
cli-client-log = Log of the client { $client }:
cli-client-log-none = : { $why }
timeline-client-log = Log of a client handed in: { $client }
client-log-got-refused = { $server }: refuses, { client-log-when }.
client-log-got-timed-out = { $server }: does not answer in time, { client-log-when }.
client-log-got-name = { $server }: its name does not resolve, { client-log-when }.
client-log-got-unreachable = { $server }: there is no way there, { client-log-when }.
client-log-got-closed = { $server }: the connection was ended, { client-log-when }.
client-log-got-forbidden = { $server }: does not take its login or token (403), { client-log-when }.
client-log-got-not-ready = { $server }: says that it is not ready, { client-log-when }.
client-log-got-unknown = { $server }: failed, the log does not say why, { client-log-when }.
client-log-connected = { $server }: connected, { client-log-when }.
client-log-no-server = "No server available", { client-log-when }.
client-log-not-connected = Requests that failed because it had no connection: { client-log-when }.
client-hosts-title = Logs of clients
client-hosts-what = Where the own logs of clients lie on other hosts. In step 5, nodedown reads their ends and says why a client is not back.
client-hosts-lines = One line each: client = ssh://user@host/path of its log, or of the folder its SDK writes to
client-hosts-hint = The words in front say whose log it is. Behind the path, the options of a node’s SSH place may follow: key, passphrase, known_hosts, jump.
client-hosts-unreleased = { $client }: { $reference } is not released. An administrator releases it under Credentials for { $to }.
client-hosts-login = The key of each host must be known, and secrets are used only where an administrator has released them for that host.
client-logs-read = Read over SSH
client-logs-read-what = From the hosts that the cluster names, at the newest round of step 5. A host that cannot be read says nothing of a node.
client-logs-unread = Could not be read
client-log-read-of-server = The log that is named for the client { $client } is the log of a node.
client-log-read-nothing = In the log that is named for the client { $client }, no line of a Nacos SDK was found.
invalid-client-host-place = Write client = ssh://user@host/path, for example 10.0.4.7 order = ssh://app@10.0.4.7/home/app/logs/nacos.
invalid-client-host-option = An option behind the path is not one of key=agent, key=file:PATH, passphrase=, known_hosts=, jump=.
invalid-client-host-long = The words for the client are too long; 100 characters are enough.
invalid-client-host-twice = A line above names the same client.
invalid-client-host-many = No more than 100 lines.
web-audit-field-client-host = Log of a client
