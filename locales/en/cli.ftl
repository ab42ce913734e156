cli-progress = { $done }/{ $total } { $node } { $check }
cli-head = { $cluster }: { $health }
cli-health-healthy = HEALTHY
cli-health-degraded = DEGRADED
cli-health-down = DOWN
cli-health-unknown = UNKNOWN
cli-tolerance = { $count ->
    [0] You can lose no more nodes: the next one stops the cluster.
    [one] You can lose 1 more node.
   *[other] You can lose { $count } more nodes.
  }
cli-tolerance-unknown = It is not known how many more nodes can be lost: the membership was not seen.
cli-judged-at = Judged at { $at }, in { $seconds } s.
cli-causes = What is wrong
cli-no-cause-healthy = No problem found.
cli-no-cause-unknown = No problem was seen, but not everything that would show one could be checked.
cli-no-cause = Something is not right, but no cause could be named. See the findings.
cli-confidence-certain = certain
cli-confidence-likely = likely
cli-confidence-possible = possible
cli-nodes = Nodes: { $nodes }
cli-impact = What it breaks:
cli-action = Do now:
cli-do-not = Do not:
cli-refuted-by = It is something else if:
cli-consequences = Follows from it: { $codes }
cli-findings = Findings
cli-step-confirm = Confirm shutdown
cli-step-logs = Check logs
cli-step-config = Verify config
cli-step-network = Probe network
cli-step-clients = Reconnect clients
cli-step-monitor = Monitor
cli-outcome-fail = FAIL
cli-outcome-warn = WARN
cli-outcome-advice = NOTE
cli-outcome-pass = ok
cli-partly-seen = partly seen
cli-more-evidence = … and { $count } more
cli-not-seen = Could not be checked
replay-not-found = { $file }: there is no such file.
replay-denied = { $file }: this user may not read it.
replay-folder = { $file }: this is a folder; name the file that `nodedown record` wrote.
replay-unreadable = { $file }: it could not be read. { $why }
replay-broken = { $file }: this is not a recording, or it is broken or cut short. { $why }
replay-version = { $file }: it was written in format { $why }, which this version cannot read. Use a newer one.
replay-too-large = { $file }: unpacked it is larger than 1 GiB, the limit for a recording.
replay-empty = { $file }: this recording has no node.
