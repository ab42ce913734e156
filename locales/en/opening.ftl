# What the watcher proposes to open an incident for.
proposal-silent = { $cluster }: no answer from { $nodes }, and nobody is on it
proposal-down = { $cluster }: too few nodes answer for a majority, and nobody is on it (no answer from { $nodes })
proposal-back = { $cluster }: answers from { $nodes } again; the watcher waits to see the cluster up for a while, and nobody is on it
proposal-node-silent = { $node } has not answered the watcher’s looks since { $at }
proposal-node-back = { $node } answers the newest look. It was silent from { $at } on.
proposal-again = Silent again, { $n } times since { $at }.
proposal-open = Open an incident
proposal-dismiss = Not an incident
proposal-reason = Why not? (optional)
proposal-dismiss-what = Everybody stops seeing this. It comes back if more nodes go silent or the cluster goes down, and after 30 minutes if a node is still silent.
proposal-dismiss-do = Dismiss it
rule-proposal-ended = This is not proposed any more: all is up again, or somebody dismissed it. If you need an incident, start one from the overview.
invalid-proposal-reason = A reason has at most { $n } characters.
timeline-first-signs = First signs: the watcher had proposed this incident
timeline-first-sign = { $node }: no answer since { $at }

notify-proposed = { $cluster }: no answer from { $nodes }
notify-proposed-down = { $cluster }: too few nodes answer, { $nodes } silent
notify-proposed-silent = { $node } has not answered the watcher’s looks since { $at }.
notify-proposed-was-silent = { $node } did not answer the watcher’s looks from { $at } on.
notify-proposed-again = Silent again, { $n } times since { $at }.
notify-proposed-nobody = Nobody is on it: no incident is open.
notify-proposed-over = Over: all nodes answer again since { $at }.
notify-proposed-opened = { $name } opened { $incident }, { $at }.
notify-proposed-dismissed = { $name } said that it is not an incident, { $at }.
notify-proposed-planned = { $name } said that it is planned maintenance, { $at }.
news-proposed = A node is silent and no incident is open
