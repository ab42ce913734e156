# The first page.

overview-empty = No cluster is in the inventory yet
overview-lost = { $cluster } lost { $nodes }
overview-unanswered = { $cluster }: no answer from { $nodes }
overview-lost-since = {" "}{ $ago }
overview-lost-before = {" "}(first noticed { $ago })
overview-down = { $cluster } is down
overview-degraded = { $cluster } is degraded
overview-closing-up = All nodes of { $cluster } answer, and an incident is still open
overview-cause-of = Cause of the incident
overview-given-up = was closed { $ago } although the cluster had not recovered.
overview-closing = { $cluster } is healthy, and an incident is still open
overview-unknown = { $cluster }: no problem was seen, but not everything could be checked
overview-not-looked = { $cluster } has not been checked yet
overview-calm-one = All nodes of { $cluster } answer
overview-calm = All nodes of all { $n } clusters answer.
overview-lead = ; { $name } is working on it.
overview-no-cause-yet = no cause known yet
cluster-open = Open incident
cluster-open-what = The cause and what to do are those of the incident.
overview-no-cause = No cause was recorded
overview-nobody = ; nobody is working on it.
overview-nobody-drill = ; nobody is working on it, only a drill led by { $name } is open.
overview-stop = .
overview-more = { $n ->
    [one] { $n } more cluster is in trouble.
   *[other] { $n } more clusters are in trouble.
}

## what the watcher saw

day-label = Last 24 h:
day-and = {", "}
day-up = up { $time }
day-degraded = degraded { $time }
day-down = down { $time }
day-unseen = not seen { $time }
look-state-up = Up
look-state-degraded = Degraded
look-state-down = Down
history-title = What was seen
history-day = The last 24 hours
history-around = Half an hour before and after
history-spells = States over time
history-what = How the cluster stood, as far as its API tells every few seconds. Each minute counts by its worst look.
history-lasted = Lasted
history-why = What was wrong first
history-cut = Only the newest are listed.
history-none = Nothing was seen in this time
history-none-what = nodedown was not running, or no node could be asked. Add the API address of a node to the cluster.
overview-month = This month ({ $zone }): { $n ->
    [one] { $n } incident
   *[other] { $n } incidents
}
overview-month-recovered = , median time to recover { $median } (measured in { $of }).
overview-month-unknown = ; no recovery was measured.
