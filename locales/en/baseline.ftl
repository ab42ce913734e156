## what a cluster was like when all was well

baseline-title = What changed since all was well
baseline-well-at = All was well at { $at } (baseline { $version }).
baseline-looks-same = Members and leaders are the same now.
baseline-looks-what = Members and leaders are compared with the newest look. Settings, services, clients and logs are read again for the next baseline, and in the checks of an incident.
baseline-same = Nothing that was compared has changed.
baseline-same-as-seen = Nothing has changed of what could be compared.
baseline-not-compared = What cannot be compared
baseline-no-look = Nothing was seen since.
baseline-more-lines = and { $n } more
baseline-more-names = {" "}and { $n } more
baseline-versions-all = All baselines
baseline-versions = Baselines
baseline-versions-what = When all has been well for long enough, nodedown writes down what the cluster is like. A baseline is added only when something has changed.
baseline-versions-changes = What each baseline changed
baseline-version-number = Baseline { $n }
baseline-well-since = All well since at least
baseline-still-so = Still the same at
baseline-saw-more = Nothing changed. More could be seen than before.
baseline-first = The first baseline.
baseline-before-dropped = The baseline before is no longer kept.
baseline-holds = What the newest baseline holds
baseline-holds-what = Of settings only hashes are kept, never values: they tell which key changed.
baseline-none = No baseline yet
baseline-none-unwatched = No baseline was taken: the cluster was not watched. It is watched through the API of its nodes.
baseline-none-unwell = No baseline was taken: not all is well.
baseline-none-yet = No baseline was taken: all has been well for { $minutes } min, and one is taken after { $after } min.
baseline-none-waits = No baseline was taken. One is taken after { $after } min in which all is well, while no incident is open, no maintenance runs and no restart is under way.
baseline-none-unwatched-then = No baseline was taken before this incident: the cluster was not watched, or its looks are no longer kept.
baseline-none-unwell-then = No baseline was taken before this incident: not all was well.
baseline-none-yet-then = No baseline was taken before this incident: all had been well for { $minutes } min only, and one is taken after { $after } min.
baseline-none-waits-then = No baseline was taken before this incident. One is taken after { $after } min in which all is well, while no incident is open, no maintenance runs and no restart is under way.
baseline-not-seen = Not seen

baseline-part-members = Members
baseline-part-version = Nacos version
baseline-part-raft = Raft leaders
baseline-part-start = Last start
baseline-part-settings = Settings
baseline-part-conf = cluster.conf
baseline-part-services = Services
baseline-part-clients = Clients
baseline-part-errors = Errors in logs

baseline-count-members = { $n ->
    [one] { $n } member
   *[other] { $n } members
}
baseline-count-groups = { $n ->
    [one] { $n } group
   *[other] { $n } groups
}
baseline-count-keys = { $n ->
    [one] { $n } key
   *[other] { $n } keys
}
baseline-count-services = { $n } listed, { $instances } instances
baseline-count-clients = { $n ->
    [one] 1 connection
   *[other] { $n } connections
  }, { $names ->
    [one] 1 application or address
   *[other] { $names } applications or addresses
  }
baseline-count-connections = { $n } connections, not listed by name
baseline-count-errors = { $n } lines an hour
baseline-start-took = { $at }, took { $took }

baseline-from-to = { $before } → { $now }
baseline-terms = term { $before } → { $now }
baseline-node-left = no longer in the inventory
baseline-node-joined = new in the inventory
baseline-member-gone = members no longer listed: { $names }
baseline-member-new = members newly listed: { $names }
baseline-member-state = members in another state: { $names }
baseline-version = Nacos { $before } → { $now }
baseline-leader = leader { $before } → { $now }: { $names }
baseline-elected = elected again: { $names }
baseline-started = started again at { $now }; the start before was at { $before }
baseline-started-took = started again at { $now } (took { $took_now }); the start before was at { $before } (took { $took_before })
baseline-setting-other = another value for { $names }
baseline-setting-new = newly set: { $names }
baseline-setting-gone = no longer set: { $names }
baseline-conf = cluster.conf { $side ->
    [more] names in addition: { $more }
    [less] no longer names: { $less }
   *[both] names in addition: { $more }; no longer: { $less }
}
baseline-conf-lines = cluster.conf has other lines, and the same members
baseline-service-gone = services no longer listed: { $names }
baseline-service-new = new services: { $names }
baseline-instances = instances of services: { $names }
baseline-client-gone = clients no longer connected to any node: { $names }
baseline-client-new = new clients: { $names }
baseline-client-count = number of clients: { $names }
baseline-errors = lines of level ERROR an hour: { $before } → { $now }

baseline-unseen-before = { $part } cannot be compared, not seen when all was well ({ $why })
baseline-unseen-now = { $part } cannot be compared, not seen now ({ $why })
baseline-not-looked = not looked at
baseline-not-told = the answers do not tell
baseline-silent = the node does not answer
baseline-no-files = no access to its files
baseline-no-api = no API address
baseline-copied = its files are a copy, which does not tell of now
baseline-no-properties = no application.properties
baseline-no-conf = no cluster.conf
baseline-logs-in-part = its logs were not read completely
baseline-clients-unnamed = it does not list its clients
baseline-too-large = too large to be kept
baseline-start-told-otherwise = the two starts are known from different sources
baseline-settings-of-the-file = environment and command line were not seen; only application.properties is compared
