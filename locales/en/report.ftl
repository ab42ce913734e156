## the record as a postmortem

report-zone = All times: { $zone }
report-zone-name = Times
report-take-along = Export the record
report-no-cause = No cause was named.
report-not-known = not known
report-not-measured = not measured
report-colon = :{" "}
report-between-sentences = {" "}
report-between-parts = ; {""}
report-drill = A drill.{" "}
report-sentence = { $parts }.
report-sentence-opened = Opened { $at }
report-sentence-mitigated = impact over after { $time }
report-sentence-mitigated-not = nobody said when the impact was over
report-sentence-recovered = recovered after { $time }
report-sentence-recovered-not = recovery was not measured
report-sentence-not-recovered = it had not recovered
report-sentence-closed = closed after { $time }
report-sentence-closed-not = still open

## cause
report-cause = Cause
report-cause-since = named
report-cause-named = By the checks of
report-cause-stands = now
report-cause-corrected = corrected in the review by { $name }
report-cause-said = Said at the time
report-cause-said-because = What that was based on
report-rests-on-nothing = No evidence is kept for it.
report-evidence = evidence { $hash }…
report-causes = Causes during the incident
report-causes-none = No cause was named.
report-why = Why this cause
report-means = What such a cause breaks

## impact
report-impact = Impact
report-harm-nodes = Nodes that did not serve, at worst
report-harm-nodes-none = none
report-harm-nodes-not = not measured
report-harm-clients = Client connections
report-harm-clients-on = { $on } of { $before } were on { $nodes }
report-harm-clients-are = { $before } before the outage, { $fewest } at the lowest count, { $last } at the last count
report-harm-clients-not = not measured: no round counted them on every node
report-harm-groups = Raft groups without a leader
report-harm-groups-are = { $groups } (of { $all })
report-harm-groups-none = none in any round, of { $all }
report-harm-groups-not = not measured
report-harm-leaders = Raft leaders lost
report-harm-leaders-are = { $node } led { $led } of { $groups ->
    [one] 1 Raft group
   *[other] { $groups } Raft groups
}
report-harm-leaders-not = not measured
report-harm-tolerance = More nodes that could have been lost
report-harm-tolerance-now = { $fewest } at worst, { $last } now
report-harm-tolerance-end = { $fewest } at worst, { $last } at the closing
report-harm-tolerance-not = not measured: the members were not seen
report-harm-lasted = From the last log line to the end of the impact
report-harm-lasted-not = not known
report-harm-requests = Failed requests of services
report-harm-requests-not = not measured: nodedown does not see them

## course
report-course = Course
report-course-label = When what happened; the table below says the same
report-course-total = { $time } in all.
report-course-widened = To scale; parts too short to see are drawn wider.
report-part-unanswered = until no answer
report-part-noticed = until noticed
report-part-confirmed = until confirmed
report-part-mitigated = until impact over
report-part-recovered = until recovered
report-part-closed = until closed
report-part-open = still open
report-moment = Moment
report-moment-at = When
report-moment-since = Since the one before
report-moment-what = How it is known
report-moment-silent = Silent
report-moment-silent-what = last line in the node's own logs
report-moment-silent-not = no log of the node was read, its log goes on, or its last line is newer than the incident
report-moment-unanswered = No answer
report-moment-unanswered-what = the watcher’s first look that it did not answer
report-moment-noticed = Noticed
report-moment-noticed-what = the incident was opened
report-moment-noticed-not = the incident was opened
report-moment-confirmed = Confirmed
report-moment-confirmed-what = step 1 was done
report-moment-confirmed-not = step 1 is not done
report-moment-mitigated = Impact over
report-moment-mitigated-what = a person said so
report-moment-mitigated-filled = first seen to be well again then, as measured; filled in when the incident was closed
report-moment-mitigated-not = nobody said so
report-moment-recovered = Recovered
report-moment-recovered-what = measured as healthy or stable from then on, and no fault was seen after it
report-moment-recovered-not = not measured, or closed as not recovered
report-moment-closed = Closed
report-moment-closed-what = the incident was closed
report-moment-closed-not = it is still open

## steps
report-steps = Steps
report-step = Step
report-decision = Decision
report-machine = Machine
report-person = Person
report-waiting = Waiting
report-blind = Not fully checked
report-not-run = no checks were run
report-undecided = Not decided.
report-times-what = Machine: checks were running. Waiting: checks were queued, or the cluster was being watched. Person: the rest of the time of the step (reading, working, away).

## appendix
report-appendix = Appendix
report-appendix-what = What page one is based on. Each part can be opened; only open parts are printed in full.
report-open-all = Open all parts
report-fold-all = Close all parts
report-closed = – closed, not printed
report-checks = Checks and decisions of each step
report-exceptions = Skips, exceptions and blind spots
report-exceptions-none = None: every step was done, and every check could run
report-exception = Step { $step }: { $state }
report-open-steps = Not decided: { $steps }
report-open-steps-why = Nobody decided how these steps ended.
report-partly-seen = { $check }, partly seen: { $places }
report-not-seen = { $check } could not check: { $places }
report-whole-cluster = whole cluster
report-cancelled = Cancelled by { $by }.
report-stood = What was on screen at each decision
report-stood-what = The cause, the state from the last round that said something new, and the newest results at that moment. When an open page refreshed the state by itself, that is not kept, so the state on screen may have been newer.
report-stood-none = No cause was named yet.
report-stood-no-round = No round had ended yet.
report-stood-no-checks = No check had ended yet.
report-no-evidence = No evidence was gathered.
report-hashes-what = Each hash is that of the text as it is stored, with secrets already removed.
report-head-title = Timeline: hash of its newest entry
report-head = Entry #{ $event } (the entries of all incidents are numbered together) has the hash { $hash }. It stands for all entries up to this one as they were at the time of this export. If an entry is changed later, the hash no longer fits. But somebody who can write to the database can also recompute the chain.
report-head-none = The timeline has no entry.
report-chain-fits = The entries fit their hash chain.
report-chain-broken = The entries do not fit their hash chain: the timeline was changed outside nodedown.
report-runbook = Runbook
report-state-end = State at the closing
report-state-now = State now
report-state-round = by the last round
report-state-monitor = by the monitor
report-state-watcher = by a look at the API of the nodes
report-state-before = Last round:
report-exported = Exported
report-at-home = Record in nodedown

## print, chat
report-sheet-before = Page{" "}
report-sheet-after = {""}
report-summary = Summary for a chat
report-summary-in-en = Summary in English
report-summary-in-zh-CN = Summary in Chinese
report-copy-en = Copy in English
report-copy-zh-CN = Copy in Chinese
report-summary-undecided = Steps not decided: { $n }
report-summary-exceptions = Steps skipped: { $skipped }, with exceptions: { $exceptions }
report-csv = CSV
report-copied = Evidence copied before a start
report-copied-file = File
report-copied-kind = Kind
