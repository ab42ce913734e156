## The start of a node whose restart somebody took on.

start-title = Start of { $node }
start-by = Taken on by { $name },
start-unwatched = Nobody has looked since
start-col-row = What a start goes through
start-col-state = How far
start-col-when = When
start-col-seen = What was seen
start-between = between
start-since = since
start-lost-since = not so since

start-row-down = Down
start-row-process = Process and ports
start-row-finished = Start finished
start-row-raft = Raft: leads or follows in every group
start-row-distro = Data of the others loaded (Distro)
start-row-ready = Says it is ready
start-row-peers = UP for the others
start-row-data = As many services and instances as the others
start-row-clients = Clients back

start-later = Later
start-waiting = Waited for
start-stuck = Stuck
start-reached = Reached
start-lost = Lost again
start-unknown = Not known

start-state-going_on = Goes on
start-state-done = Done
start-state-stuck = Stuck
start-state-abandoned = Given up
start-state-unseen = Cannot be told
start-state-unfinished = Not followed to its end

start-allowed-nacos = Longer than { $time }, which is the most that a start needs for it
start-allowed-earlier = Longer than { $time }, twice what the slowest earlier start of this node needed for it
start-times-lost = { $n ->
    [one] Reached and lost again once
   *[other] Reached and lost again { $n } times
}

start-todo-finished = Read the end of start.out (startup.log on 3.x), and run the checks of step 1 on this node.
start-todo-raft = Run the checks of step 2 and look at the Raft table: leader, terms and port 7848 between the nodes.
start-todo-distro = Read [DISTRO-INIT] in protocol-distro.log of this node, and test 9849 (before 2.0: 8848) from it to every other node.
start-todo-ready = Read what readiness answers, and run the checks of step 2 on this node.
start-todo-peers = Run the checks of step 4: port 9849 (before 2.2.1: 8848) between this node and those that do not call it UP.
start-todo-data = Compare the nodes in step 5, and keep this node out of the load balancer until they agree.
start-todo-down = Stop the node.
start-todo-process = Start the node.
start-todo-clients = See the clients in step 5.

follow-down-silent = It does not answer any more
follow-down-already = It was down when its restart was taken on
follow-down-at-the-latest = It was down when its restart was taken on; since when is not known, this is the first look that is kept
follow-down-new-process = Another process than before runs; that it was down fell between two looks
follow-down-hangs = It does not answer, and its process or its ports are still there: it hangs, or has not been stopped
follow-down-once = One look got no answer, the next one did: that is not a stop
follow-down-unwatched = Nobody looked for some time: a stop in that time was not seen
follow-down-unasked = No look has asked this node
follow-process-none = There is no process
follow-process-silent = No answer, and no process table that could be read
follow-process-there = The process is there; no port answers yet
follow-ports = The main port answers. The gRPC ports and the Raft port are not tried once it does: the check “ports” tells of them
follow-ports-early = The Raft port and the gRPC port for clients are open, the main port does not answer yet; the gRPC port for nodes is not tried
follow-ports-raft = The Raft port is open, the gRPC port for clients and the main port are not yet; the gRPC port for nodes is not tried
follow-ports-grpc = The gRPC port for clients is open, the Raft port and the main port are not; the gRPC port for nodes is not tried
follow-by-log = Its log says so
follow-by-log-not = Its log does not say so yet
follow-by-answers = By its answers: it says that it is ready. Its log is not read
follow-answers-not-ready = It answers, and says that it is not ready
follow-distro-unseen = Only its log tells, and that is not read; that it is ready does not show it. The counts of services and instances stand for it
follow-self-untold = It does not tell who it is
follow-raft-none = It names no Raft group yet
follow-raft-alone = No other node tells its Raft groups, and what one node says by itself is not evidence of a leader
follow-raft-missing = The others have the group { $group }, it has not
follow-raft-error = The group { $group } has an error: { $error }
follow-raft-no-leader = The group { $group } has no leader
follow-raft-differs = In the group { $group } it names { $leader } as the leader, { $node } names { $other }
follow-raft-term = In the group { $group } it is in term { $term }, { $node } is in term { $other }
follow-raft-leader-silent = The leader that all name in the group { $group }, { $leader }, did not answer
follow-raft-leader-not-up = The leader that all name in the group { $group }, { $leader }, is not UP for another node
follow-raft-not-voter = It is not among the members of the group { $group }
follow-raft-fine = It leads in { $leads } and follows in { $follows } groups; the others name the same leaders in the same terms
follow-peers-all = { $up } of { $asked } say UP
follow-peers-some = { $up } of { $asked } that could be asked say UP; { $rest } could not be asked
follow-peers-not = { $up } of { $asked } say UP; not { $nodes }
follow-peers-unasked = No other node could be asked
follow-data-untold = It has not told its numbers
follow-data-alone = No other node has told its numbers
follow-data-differs = { $services } services and { $instances } instances; { $node } counts { $other_services } and { $other_instances }
follow-data-equal = { $services } services and { $instances } instances, as on { $nodes } others
follow-clients = { $now } connections now, { $before } before. A node that returns gets few by itself, so this is not waited for
follow-clients-untold = Its connections are not told
follow-clients-no-before = { $now } connections now; no look counted those of before it stopped

start-line-down = Down { $at }
start-line-down-latest = Down at { $at } or earlier
start-from-process = Counted from its process, first seen { $at }
start-from-down = Counted from when it was seen down, { $at }
start-from-claim = Counted from when it was taken on, { $at }
start-took-process = process or ports after { $time }
start-took-finished = start finished after { $time }
start-took-raft = Raft after { $time }
start-took-distro = data loaded after { $time }
start-took-ready = ready after { $time }
start-took-peers = UP for the others after { $time }
start-took-data = equal counts after { $time }
start-took-clients = clients back after { $time }
start-line-stuck = Stuck at “{ $row }”: longer than { $time }
start-line-lost = “{ $row }” was reached and lost again
start-line-unseen = Not known: { $rows }
start-line-flapped = Reached, lost and waited for anew: { $rows }
start-line-total = The whole start took { $time }; no earlier start of this node is known
start-line-total-earlier = The whole start took { $time }; earlier starts: { $earlier }
start-line-earlier = Earlier starts: { $earlier }
start-line-none-earlier = No earlier start of this node is known

timeline-start-came = { $node } starts
timeline-start-stuck = The start of { $node } is stuck
timeline-start-done = The start of { $node } is done
timeline-start-abandoned = The restart of { $node } was given up: it was not stopped, or did not come
timeline-start-unseen = The start of { $node } cannot be told to be done: something that is needed was not seen
timeline-start-claimed = The restart of { $node } was claimed; no start of it was seen
timeline-start-unfinished = The start of { $node } was not seen to its end
report-starts = Restarts
