# The demo: the bar that says where the recording stands, and the coach.
demo-bar = Replay of a recorded outage
demo-phase-down = down
demo-phase-starting = starting
demo-phase-back = back
demo-phase-stable = stable
demo-phase-plays = playing
demo-phase-over = over
demo-says-down-waits = The outage waits for you: the node starts again once step 4 is decided.
demo-says-down = The node is down; the recording goes on.
demo-says-starting = The node is starting.
demo-says-back = The node answers again; the other nodes will notice soon.
demo-says-stable = All nodes are up.
demo-says-plays = The recording is playing.
demo-says-over = The recording is over: the cluster stays as it was at its end.
demo-go-starting = Start the node now
demo-go-back = Skip to “back”
demo-go-stable = Skip to “stable”
demo-go-over = Skip to the end
demo-coach-title = You are on call: nacos-3, one of three nodes, has stopped.
demo-coach-1 = The blue button starts the incident, and leads on once it is open. The outage is real, recorded and replayed; nothing you press can break anything.
demo-coach-2 = There are six steps. On each page the blue button is what to do next; read the large line first, it is the cause.
demo-coach-3 = Take your time: the node stays down until step 4 is decided, or until you press “Start the node now” above.
demo-coach-off = Got it

# The exit criterion of the monitor, with the minutes that are set.
monitor-criterion = It is over when all nodes answer, agree on leaders and terms, and nothing has flapped for { $need }.
monitor-next-start = Start the monitor. It takes samples until nothing has flapped for { $need }.
monitor-next-watch = Wait: stable for { $held } of { $need } so far. A flap starts the clock again; you do not have to stay on this page.
monitor-next-first = Wait: the first sample is being taken. Then the cluster has to stay stable for { $need }.
monitor-next-unstable = Not stable yet: { $why }. The clock starts when that is over; then the cluster has to stay stable for { $need }.
monitor-next-unstable-unknown = Not stable yet. The clock starts when all nodes answer and agree; then the cluster has to stay stable for { $need }.
monitor-next-met = Stable for { $need }. Step 6 can be finished.
monitor-back-to-step = Back to step 6
monitor-finish = Finish step 6
monitor-minutes =
    { $minutes ->
        [one] 1 minute
       *[other] { $minutes } minutes
    }
