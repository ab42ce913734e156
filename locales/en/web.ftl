## frame

web-nav = Main
web-nav-overview = Overview
web-nav-clusters = Clusters
web-nav-records = Records
web-nav-runbooks = Runbooks
web-nav-account = My account
web-nav-users = Users
web-nav-audit = Audit log
web-nav-credentials = Credentials
web-nav-help = Help
web-nav-logout = Log out
web-menu = Menu
web-skip-action = Skip to the next action
web-skip = Skip to the content
web-lang = Language
web-lang-switch = 中文
web-theme = Colours
web-theme-system = System
web-theme-light = Light
web-theme-dark = Dark
web-copied = Copied
web-not-copied = Could not copy
web-copy = Copy
web-live-off = connection lost, reconnecting…
web-foot-reads = Reads only: nothing is changed on any node.
web-foot-demo = Demo: the recording of an outage is replayed.
web-save = Save
web-change = Change
web-all = All →
web-said-password = The password was changed.
web-said-user = The user was created.
web-said-credential = The credential was released.
web-said-credential-withdrawn = The credential is withdrawn. It is no longer used.
web-said-saved = Saved.
web-said-cluster = The cluster was added. Checking it now.
web-said-deleted = Deleted.
web-duration-days = { $days } d { $hours } h
web-duration-hours = { $hours } h { $minutes } min
web-duration-minutes = { $minutes } min { $seconds } s
web-duration-seconds = { $seconds } s
web-duration-whole-days = { $days } d
web-duration-whole-hours = { $hours } h
web-duration-whole-minutes = { $minutes } min
web-ago-seconds = { $n } s ago
web-ago-minutes = { $n } min ago
web-ago-hours = { $n } h ago
web-ago-days = { $n } d ago

## errors

web-error-reference = Reference for the administrator:
web-error-checks-go-on = Checks that are running continue.
web-typed = What you typed
web-typed-what = It is not saved. Copy what you still need.
web-not-taken = Not saved.
web-error-back = Back to the overview
web-error-back-incident = Back to { $incident }
web-error-not-found-title = There is no such page
web-error-not-found-advice = The address may be mistyped, or the page was deleted. Start again from the overview.
web-error-bad-request-title = The request could not be read
web-error-bad-request-advice = Go back, load the page again and send the form once more.
web-error-bad-host-title = The request does not name exactly one host
web-error-bad-host-advice = Its Host header is missing, appears twice or is not a host name. Check the proxy in front of nodedown.
web-error-wrong-host-title = nodedown is not known under this name
web-error-wrong-host-advice = Open it at its public_url. If this name, or the name that a proxy uses, is right too, add it to the setting extra_hosts and start nodedown again.
web-error-logged-out-title = You are logged out
web-error-logged-out-advice = Your session has ended, so nothing was saved. Log in, go back in the browser (your text is still in the form) and send it again.
web-error-forbidden-title = Your role does not allow this
web-error-forbidden-rule = This needs the role { $needed }; yours is { $has }.
web-error-forbidden-advice = Ask somebody with that role, or an administrator.
web-error-cross-origin-title = The form did not come from this site
web-error-cross-origin-advice = For your safety nothing was done. Open the page again from here. If this keeps happening, the administrator has to set public_url, and the proxy in front must pass on the Host header.
web-error-conflict-title = Not possible in the current state
web-error-conflict-advice = Nothing was saved. Look at how things stand now, then decide again.
web-error-unprocessable-title = The input is not accepted
web-error-unprocessable-advice = Go back, change it and send it again. Nothing was saved.
web-error-too-large-title = That is too large
web-error-too-large-advice = Send less: only the log files around the outage, or the last lines of the output.
web-error-too-large-rule = At most { $most } can be sent here.
web-error-too-slow-title = The transfer stopped
web-error-too-slow-advice = Nothing, or almost nothing, arrived for too long, so the transfer was ended and nothing was saved. Check the network and send it again.
web-error-too-many-rule = Try again in { $seconds } s.
web-error-busy-title = Too many requests at once
web-error-busy-advice = There are more requests than nodedown can serve at once. Nothing was saved. Try again in a few seconds.
web-error-unavailable-title = Not available right now
web-error-unavailable-advice = The database does not accept the change, often because the disk is full or busy. Nothing was saved. Try again in a few seconds.
web-error-cannot-save-full-title = Nothing can be saved: the disk is full
web-error-cannot-save-full-advice = Nothing was saved this time. Free space on the disk of the data folder; saving works again by itself within seconds, without a restart. Then go back in the browser (your text is still in the form) and send it again.
web-error-cannot-save-read-only-title = Nothing can be saved: the database is read-only
web-error-cannot-save-read-only-advice = Nothing was saved this time. The disk of the data folder was mounted read-only, often after a disk fault, or nodedown's user may not write the database file. Check dmesg, the mount and the owner of the files. Saving works again by itself, without a restart.
web-error-cannot-save-io-title = Nothing can be saved: the disk reports an input/output error
web-error-cannot-save-io-advice = Nothing was saved this time. The disk or the path to it is failing: check dmesg, and copy the data folder to another disk soon. Saving works again by itself if the disk does.
web-error-cannot-save-cannot-open-title = Nothing can be saved: the database file cannot be opened
web-error-cannot-save-cannot-open-advice = Nothing was saved this time. The data folder was moved or deleted, nodedown's user may not open the file, or too many files are open. Saving works again by itself once that is fixed.
web-disk-meanwhile = Pages can be read as usual. You can log in and out, but this is kept only in memory until the disk works again; if nodedown restarts before that, these log-ins are lost. Results of checks wait in memory, up to 64 MiB. Saving starts again by itself as soon as the disk works.
web-disk-low = The disk of the data folder is almost full: { $free } of { $total } are free. When it is full, nothing can be saved.
web-disk-takes = What uses the space
web-disk-free = { $free } of { $total } are free on the disk of the data folder.
web-disk-part-database = The database (nodedown.db and its log)
web-disk-part-uploads = Uploads (handed-in)
web-disk-part-incoming = Uploads in progress (incoming)
web-disk-part-backups = Backups (backups)
web-disk-part-others = Everything else on this disk
web-disk-may-go = May be deleted: older backups, and files of other programs on this disk. Never delete nodedown.db, nodedown.db-wal or handed-in by hand: records would be lost.
web-error-damaged-title = This record cannot be read
web-error-damaged-advice = What was stored is damaged, often by a disk fault. Everything else works. Copy the data folder to another disk, and restore the last good backup: nodedown restore FILE.
web-damage = Some stored data cannot be read:
web-damage-others = and { $n } more that belong to no incident (see the log).
web-damage-here = Parts of this record are damaged and cannot be read. They are missing from what is shown.
web-damage-piece = row { $row } of { $table }
web-damage-restore = Everything else works. First check the disk (dmesg). Then bring them back from the last good backup: nodedown restore FILE.
web-damage-loss = Changes are missing: the database ends at { $database }, but the mark beside it says { $mark }. What was saved in between is lost, unless an older backup was restored on purpose. A newer backup brings it back: nodedown restore FILE.
web-damaged = damaged
web-error-internal-title = Something went wrong in nodedown
web-error-internal-advice = This is a fault of nodedown, not of the cluster. Load the page again. If it happens again, give the reference below to the administrator.

## people

web-login-title = Log in
web-login-what = nodedown leads you through the outage of a Nacos node, step by step.
web-login-ended = Your session has ended, so nothing was done. Log in; you will return to the page you were on.
web-login-kept = Your session has ended, so nothing was saved yet. Log in: your text is kept, and you can send it then.
web-login-not-kept = Your session has ended, so nothing was saved. This form cannot be kept (it holds a password, or too much text): go back in the browser to copy your text, then log in.
web-login-upload-again = Your session has ended, so nothing was saved. Uploads and pasted output are not kept: log in, then send them again.
web-login-no-users = There are no users yet. The program's log shows a one-time link for the first administrator.
web-login-wrong = The name or the password is wrong.
web-login-busy = Too many people are logging in right now, so your password was not checked. Try again in a few seconds.
web-login-spent = Too many wrong passwords were tried with this name. For now, it can log in with a password only on a device where it has logged in before.
web-login-spent-until = Logging in from this device works again after
web-login-spent-way = To get in now, use a browser where you have logged in before, or ask an administrator for a sign-in link (Users page, or “nodedown user sign-in-link NAME” on the server).
web-login-do = Log in
web-sign-in-used = This sign-in link was already used, is too old or is wrong. Ask an administrator for a new one.
web-sign-in-used-demo = This sign-in link was already used or is wrong. Start the demo again to get a new one.
web-sign-in-title = Sign in by link
web-sign-in-what = This link signs { $user } in, once.
web-sign-in-do = Sign in as { $user }
web-user-name = User name
web-password = Password
web-password-new = New password
web-password-old = Old password
web-password-again = Repeat the new password
web-password-hint = At least { $n } characters. Several words in a row work well.
web-password-change = Change password
web-password-change-what = All your other sessions end.
web-account-looks = Language and colours
web-account-looks-where = This browser keeps these choices: another browser or device has its own.
web-form-not-same = The two passwords are not the same.
web-form-name-taken = This name is already in use.
web-form-required = This field is required.
web-setup-title = Create the first administrator
web-setup-what = This link works once. There is no default password.
web-setup-1 = Administrator
web-setup-2 = First cluster
web-setup-3 = Test
web-setup-do = Create and continue
web-setup-later = Do this later
web-setup-bad-token = This set-up link is wrong or was already used.
web-setup-bad-token-advice = The valid link is in the program's log. Start nodedown again to get a new one.
web-users-what = Everybody has their own name, so that the record says who decided what.
backup-made = The newest daily backup was made at { $at }: { $file }
backup-no-room = No backup was made ({ $at }): it may need { $needs } MiB, { $free } MiB are free, and the last fifth of the disk is never used. Free some space, or run nodedown backup --to a file on another disk.
backup-failed = No backup was made ({ $at }): { $why }
web-users-inactive = May not log in
web-users-role = Role
web-users-may-log-in = May log in
web-users-password-what = All sessions of this user end.
web-users-set-password = Set password
web-users-link-what = A link signs this user in once, without the password, within { $minutes } minutes. Earlier links of this user stop working.
web-users-link-make = Make a sign-in link
web-users-link-made = Give this link only to { $user }: the person who opens it is signed in, once. It is shown only now and is good until
web-credentials-what = Which secrets nodedown may read, and to which addresses it may send them. Leads choose from these in the form of a cluster; nothing else is ever read or sent.
web-credentials-to-review = { $n ->
    [one] 1 credential comes from earlier settings: review it
   *[other] { $n } credentials come from earlier settings: review them
}
web-credentials-to-review-what = They were in use before credentials had to be released, and they are still sent to the addresses that had them. Check each one: is it the right secret, and are all addresses ours? Withdraw those that are not right.
web-credentials-none = No credential is released yet.
web-credentials-purpose = Used for
web-credentials-purpose-api = Log-in at the API
web-credentials-purpose-api-what = User and password, or the server identity of the nodes
web-credentials-purpose-ssh = SSH
web-credentials-purpose-ssh-what = A key, the passphrase of a key, or a file of known host keys; the agent and ~/.ssh need no release
web-credentials-may-go = May be sent to
web-credentials-used-by = Used by
web-credentials-unused = No cluster uses it
web-credentials-taken-over = from earlier settings
web-credentials-by = released by { $name }
web-credentials-review-what = It comes from earlier settings. If it is right as shown here, confirm that.
web-credentials-review = It is right
web-credentials-waiting = Waiting for you:
web-credentials-waiting-what = Clusters also use it for these addresses, but it is not sent there yet. If you release it, whoever runs the systems at these addresses will get the secret.
web-credentials-confirm = Release it for these addresses too
web-credentials-recipients = Addresses that it may be sent to, one per line
web-credentials-recipients-hint = http://HOST:PORT, https://HOST:PORT or ssh://HOST:PORT. Another port is another address; without a port or scheme, any is allowed. Hosts are compared as they are written: a name is not the same as its address.
web-credentials-withdraw = Withdraw
web-credentials-withdraw-what = It is no longer read or sent, from now on. Clusters keep its name; their checks say that it is missing.
web-credentials-new = Release a credential
web-credentials-new-variables = Environment variables of nodedown whose names start with { $begin }.
web-credentials-new-files = Files of at most 4 KiB in
web-credentials-reference = Where the secret is
web-credentials-reference-hint = env:VARIABLE or file:PATH; a file name alone is looked for in the first folder. The secret itself is never stored.
web-credentials-clusters = Addresses of clusters, as they are now
web-credentials-clusters-hint = Nodes that are added to a cluster later wait here until you confirm them.
web-credentials-release = Release
web-users-new = New user
web-users-create = Create user
web-role-viewer = Viewer
web-role-operator = Operator
web-role-lead = Lead
web-role-admin = Administrator
web-role-viewer-may = reads everything
web-role-operator-may = works on incidents
web-role-lead-may = reviews records, edits clusters
web-role-admin-may = manages users and settings

## text that came after the end of a session

web-kept-title = You wrote this before you had to log in again
web-kept-what = It has not been sent. Check it, then send it or discard it.
web-kept-send = Send
web-kept-throw-away = Discard
web-kept-field-text = Text
web-kept-field-note = Note
web-kept-field-reason = Reason
web-kept-field-name = Name
web-kept-field-addresses = Addresses
web-kept-field-doors = Front doors
web-kept-field-output = Output
web-kept-field-words = Cause in your words
web-kept-field-what = What is to be done
web-kept-field-affected = Affected services
web-kept-field-owner_words = Owner
web-kept-field-factors = Contributing factors
web-kept-field-lessons = Lessons

## audit log

web-audit-what = Who changed users, clusters, credentials and settings, and from what to what. Nothing here can be edited or removed.
web-audit-area = What
web-audit-area-users = Users
web-audit-area-clusters = Clusters
web-audit-area-credentials = Credentials
web-audit-area-settings = Settings
web-audit-person = Person
web-audit-person-hint = who did it, or whose account it is
web-audit-when = When
web-audit-who = Who
web-audit-change = Change
web-audit-none = Nothing recorded yet
web-audit-none-what = Changes of users, clusters, credentials and settings appear here.
web-audit-none-found = No entry matches
web-audit-older = Older entries
web-audit-by-command-line = command line
web-audit-by-command-line-user = command line ({ $user })
web-audit-by-setup-link = link of the first start
web-audit-by-start = start of the server
web-audit-user-created = User created
web-audit-user-changed = User changed
web-audit-password-set = Password set by somebody else
web-audit-password-changed = Own password changed
web-audit-sign-in-link-made = Sign-in link made
web-audit-cluster-created = Cluster added
web-audit-cluster-changed = Cluster changed
web-audit-cluster-deleted = Cluster deleted
web-audit-credential-released = Credential released
web-audit-credential-changed = Credential changed
web-audit-credential-withdrawn = Credential withdrawn
web-audit-settings-changed = Started with other settings
web-audit-settings-first = Started with these settings, none of which was recorded before
web-audit-field-role = role
web-audit-field-active = may log in
web-audit-field-name = name
web-audit-field-node = node
web-audit-field-node-order = order of the nodes
web-audit-field-node-deadline-ms = deadline of a node (ms)
web-audit-field-doors = front doors
web-audit-field-accept-unseen = may stay unseen
web-audit-field-purpose = used for
web-audit-field-recipients = may be sent to
web-audit-field-reviewed = reviewed
web-audit-yes = yes
web-audit-no = no
web-audit-nothing = nothing

## clusters

web-clusters-what = The Nacos clusters that nodedown knows, and what it last saw of them.
web-clusters-add = Add a cluster
web-clusters-add-what = Paste the cluster.conf of any node, or type one address per line.
web-clusters-add-do = Add and test
web-clusters-none = No cluster yet
web-clusters-none-what = Paste a cluster.conf or type the addresses of the nodes; nodedown only reads from them.
web-cluster-name = Name of the cluster
web-cluster-addresses = Nodes
web-cluster-addresses-hint = One per line: host, host:port, [IPv6]:port or a URL with context path. Comments with # are fine. The default port is 8848.
web-cluster-answering = { $all ->
    [one] { $answering } of 1 node answers
   *[other] { $answering ->
        [one] 1 of { $all } nodes answers
       *[other] { $answering } of { $all } nodes answer
    }
}
web-cluster-nodes = { $n ->
    [one] { $n } node
   *[other] { $n } nodes
}
web-cluster-now = Now
web-cluster-edit = Change the cluster
web-cluster-edit-what = How to reach each node, where its files are, and where its credentials are.
web-cluster-deadline = Deadline of a node, milliseconds
web-cluster-deadline-hint = All requests to one node in one round share it, so a hung node delays nobody.
web-cluster-delete = Delete the cluster
web-cluster-delete-what = Only possible while no record refers to it.
web-tolerance-short = can lose { $n } more
web-look-running = checking…
web-look-running-what = Every node has the same deadline; the result will be here in a few seconds.
web-look-none = Not checked yet
web-look-when = Checked { $ago }, took { $seconds } s.
web-test = Test now
web-node = Node
web-node-new = New node
web-node-add = Add a node
web-node-remove = Remove this node
web-node-name = Name
web-node-address = Address
web-node-host = Host (empty: only copied files)
web-node-port = Main port
web-node-console = Console port (3.x)
web-node-published = Published ports
web-node-published-hint = Only where a container publishes ports under other numbers: sdk=HOST:PORT (9848), cluster=HOST:PORT (9849), raft=HOST:PORT (7848), peer=HOST:PORT (the address that the other nodes use), with commas between.
web-node-scheme = Scheme
web-node-context = Context path (empty: probe)
web-node-files = Files
web-node-home = Folder that holds conf/ and logs/
web-node-credential = Credential
web-node-credential-at = Name of the variable, or path of the file
web-node-answers = Answers
web-node-silent = No answer
web-node-not-seen = Could not be checked
web-files-none = none
web-files-local = { $home } on this machine
web-files-copied = { $home }, a copy
web-files-ssh = { $place } over SSH
web-files-local-choice = A folder on this machine (live)
web-files-copied-choice = A folder copied from the host
web-credential-none = none
web-credential-env = variable { $name }
web-credential-file = file { $path }
web-credential-env-choice = Another environment variable, named below
web-credential-file-choice = Another file, named below
web-credential-hint = Choose a credential that an administrator has released, or write its name. nodedown stores only where the secret is, never the secret. It contains user:password, or header:name:value for the server identity. New addresses wait until an administrator confirms them.
web-cluster-credentials-wait = These credentials of the cluster are not sent until an administrator acts:
web-form-no-addresses = There is no address in this text.
web-form-bad-address = Line { $line }: “{ $text }” is not the address of a node.
web-form-cluster-name = The cluster needs a name.
web-form-deadline = The deadline is a number of milliseconds from 200 to 60000.
web-form-node-field = Node { $node }: the field “{ $field }” is not accepted.
web-form-context-path = Node { $node }: a context path may have letters, digits, “-”, “_”, “.” and “/”, such as /nacos, but not “..” and “//”.
web-form-published = { $node }: the published ports are not understood. Write sdk=HOST:PORT, cluster=HOST:PORT, raft=HOST:PORT, peer=HOST:PORT, those that are needed.
web-form-node-home = Node { $node }: the folder of its files is missing.
web-form-node-empty = Node { $node } has neither an address nor files.
web-form-node-twice = The name { $node } is used twice.
web-form-address-twice = { $one } and { $other } have the same address. Give each node its own, or remove one of them.
web-not-seen-count = { $n ->
    [one] { $n } thing was not checked, or only in part
   *[other] { $n } things were not checked, or only in part
}
web-first-next = What comes next
web-first-next-what = Checks of logs and configuration need the files of each node: a folder on this machine, a copy of it, or access over SSH. Without them nodedown still sees what the network and the API show.
web-first-done = Done, go to the overview
web-first-files = Say where the files are

## overview

web-overview-recent = Last records
web-start = Start an incident
web-continue = Continue
web-look-at = Look at it
web-drill = Drill
web-incident-node = node { $node }
web-lead = Lead: { $name }
web-step-of = Step { $n } of 6:
web-step-confirm = Confirm the shutdown
web-step-logs = Check the logs
web-step-config = Verify the configuration
web-step-network = Probe the network
web-step-clients = Reconnect the clients
web-step-monitor = Monitor
web-state = State
web-outcome-pass = OK
web-outcome-not-applicable = Not applicable
web-outcome-advice = Advice
web-outcome-warn = Warning
web-outcome-fail = Failed
web-outcome-partly = { $outcome } · partly seen
web-health-healthy = Healthy
web-health-degraded = Degraded
web-health-down = Down
web-health-unknown = Unknown
web-step-not-started = Not started
web-step-running = Running
web-step-needs-you = Needs you
web-step-done = Done
web-step-done-with-exceptions = Done with exceptions
web-step-skipped = Skipped
web-incident-declared = Open
web-incident-mitigated = Impact over
web-incident-resolved = Resolved
web-incident-reviewed = Reviewed
web-confidence-certain = Certain
web-confidence-likely = Likely
web-confidence-possible = Possible
web-check-node-stop = Process and stop traces
web-check-node-view = What the node itself says
web-check-logs-signatures = Known log lines
web-check-config-cluster-conf = cluster.conf
web-check-config-properties = application.properties and flags
web-check-net-ports = Ports
web-check-clients-connections = Client connections
web-check-monitor-sample = Sample
web-check-diagnosis = Diagnosis
web-check-stop-cause = Why it stopped
web-check-logs-compare = Logs of all nodes together
web-check-config-members = Members: file, runtime, Raft
web-check-config-compare = Configuration of all nodes
web-check-net-matrix = Every node to every node
web-check-view-matrix = Who says what about whom
web-check-clients-watched = Client connections over time
web-check-clients-spread = Spread of clients
web-check-monitor-stable = Stable

## run

web-start-cluster = Which cluster?
web-start-node = Which node has stopped?
web-start-node-none = Not known yet
web-start-node-none-what = The checks will show it
web-start-kind = Real or drill?
web-start-real = Real incident
web-start-note = Note (optional)
web-start-do = Start now
web-start-hint = Starts the clock and the first checks. nodedown only reads; it does not change any node.
web-said-handed-in = Received. Run the checks again to include it.
web-said-handed-in-unused = Received and kept, but the checks can use nothing of it. Why stands below.
web-timeline = Timeline
web-record = Record
web-steps = Steps
web-time = Time
web-verdict = What this means
web-verdict-at = as of
web-verdict-none = There is no result yet. The first answers come within seconds.
web-verdict-healthy = No problem was seen, and everything that would show one was checked.
web-verdict-healthy-rest = No problem was seen in what was checked; the rest may stay unseen, as was chosen for this cluster.
web-verdict-no-problem = No problem was seen, but not everything that would show one was checked. That is not an all-clear.
web-verdict-no-cause = Something is not right, but no cause can be named yet. See the findings and what could not be checked.
web-advice-count = { $n ->
    [one] { $n } piece of advice
   *[other] { $n } pieces of advice
}
web-cause-action = To do
web-cause-do-not = Do not
web-cause-impact = What it breaks
web-cause-because = Because
web-cause-asked = What was checked
web-cause-explains = Explains
web-cause-place = Why it is in this place in the list
web-asked-yes = seen
web-asked-no = not the case
web-asked-not-seen = could not be seen
web-cause-refuted = What would prove it wrong
web-cause-consequences = Follows from it
web-full-stop = .
web-tolerance-lost = Quorum is lost
web-tolerance-lost-so = Too few nodes are alive. Bring one back before anything else. Do not restart a node that is still alive.
web-tolerance-none = You can lose 0 more nodes
web-tolerance-none-so = Do not restart any node that is still alive.
web-tolerance-some = { $n ->
    [one] You can lose { $n } more node
   *[other] You can lose { $n } more nodes
}
web-tolerance-some-so = Quorum holds.
web-tolerance-unknown = Failure tolerance not known
web-tolerance-unknown-so = Treat it as 0 until it is known.
web-checks = Checks
web-checks-none = No checks have run for this step yet.
web-checks-tally = { $ended } of { $all }
web-checks-round = round { $n }
web-checks-deadline = at most { $seconds } s for each node
web-checks-quiet = { $n ->
    [one] { $n } check is OK
   *[other] { $n } checks are OK
}
web-checks-skipped = { $n ->
    [one] { $n } does not apply
   *[other] { $n } do not apply
}
web-elapsed = running for
web-time-left = left
web-cancel = Cancel
web-rerun = Run again
web-look = Evidence
web-look-node = Evidence: { $node }
web-seen-in = Where it was seen
web-quotes-more = { $n } more in the evidence
web-run-queued = Waiting
web-run-running = Running
web-run-seen-what = Waiting for the other nodes; all are judged together.
web-run-could-not-run = Could not check
web-run-expected = Expected while { $nodes } is down
web-run-partly = Partly seen
web-run-timed-out = Timed out
web-run-timed-out-what = Not finished within { $ms } ms, which is all the time that a node has in one round.
web-run-cancelled = Cancelled
web-run-cancelled-what = Cancelled by { $name }.
web-run-interrupted = Interrupted
web-run-interrupted-what = nodedown stopped while this was running. Run it again.
web-table-members = Members side by side
web-table-properties = Settings side by side
web-table-ports = Port matrix
web-table-views = Who says what about whom
web-table-clients = Clients side by side
web-gate-at = checks as of
web-gate-at-end = {"; "}to-dos and evidence as they are now
web-gate = May I restart a node now?
web-gate-yes = Yes
web-gate-no = No
web-hand-in = Upload what nodedown cannot reach
web-hand-in-short = Cannot be reached? Upload its output
web-hand-in-what = For nodes that only you can reach. Run one of these commands on the node, or on a host that reaches it, and paste the output. Secrets are removed before it is stored.
web-hand-in-paste = Paste output
web-hand-in-kind = Output of
web-hand-in-recognise = Recognise it from the text
web-hand-in-text = Output
web-hand-in-do = Upload output
web-hand-in-files = Upload files
web-hand-in-files-what = A zip, tar or tar.gz of the node's conf/ and logs/ folders, one file of them under its own name (nacos.log, start.out, cluster.conf), or a text file with the output of a command.
web-hand-in-archive = Archive or file
web-hand-in-upload = Upload
web-instructions = Instructions: { $title } (about { $minutes } min)
web-exit = Done when:
web-notes = Notes
web-notes-none = No notes yet.
web-note-new = What did you see or do?
web-note-save = Save the note
web-decided-done = Done by { $name }
web-decided-done-with-exceptions = Done with exceptions by { $name }
web-decided-skipped = Skipped by { $name }
web-decided-reopened = Reopened by { $name }
web-next = Next
web-next-run = Run the checks of this step. It takes seconds; the whole step about { $minutes } min.
web-next-handed-in = New evidence was handed in. Run the checks again to include it.
web-next-moved = { $nodes } changed since these checks ran. Run them again.
web-aside = {" "}({ $what })
web-next-wait = Checks are running: { $done } of { $all }. Results appear as they come.
web-next-repair = { $action } Then run the checks again.
web-next-repair-unknown = Fix what failed, then run the checks again.
web-next-look-again = { $n ->
    [one] { $n } check could not run. Try again, or upload output.
   *[other] { $n } checks could not run. Try again, or upload output.
}
web-next-done = Mark it done if { $exit }
web-next-exceptions = { $n ->
    [one] 1 check is not fully OK. Note it as an exception and continue.
   *[other] { $n } checks are not fully OK. Note them as exceptions and continue.
}
web-next-go = Continue with step { $n }: { $title }
web-next-resolve = All steps are decided, and the cluster has recovered as measured. Close the incident.
web-next-record = The incident is closed. Read the record.
web-do-run = Run the checks
web-do-done = Done, next step
web-do-done-open = { $n ->
    [one] Go to the next step, leave 1 to-do open
   *[other] Go to the next step, leave { $n } to-dos open
}
web-do-done-last = Done
web-do-done-last-open = { $n ->
    [one] Done, 1 to-do of this step left open
   *[other] Done, { $n } to-dos of this step left open
}
web-do-exceptions-now = Done with exceptions
web-do-exceptions-reason = Which exceptions there are, and why they are acceptable
web-do-skip = Skip this step…
web-do-skip-now = Skip this step
web-do-skip-reason = Why this step is skipped
web-do-reopen-step = Back to work on this step
web-do-reopen-reason = Why
web-do-mitigated = Impact is over
web-mark-mitigated = Mark the impact as over
web-do-resolve = Close the incident
web-do-reopen = It is not over: open again
web-do-review = Sign the record
web-do-review-note = What we learned
web-do-hand-over = Hand over the lead
web-do-hand-over-do = Hand over
web-do-go = Continue
web-do-record = Read the record
web-do-viewer = Read-only access.
web-more = More actions
web-monitor = Monitor
monitor-range-15m = 15 min
monitor-range-1h = 1 h
monitor-range-outage = From before the outage
balance-total = { $n } client connections on { $nodes } nodes: an even share is { $even }.
balance-above = { $node } holds { $n } client connections since { $since }; an even share is { $even }.
balance-above-or-earlier = { $node } holds { $n } client connections since { $since } or earlier; an even share is { $even }.
balance-one-less = If one node more stops, each of the others has to hold { $even } if the clients spread evenly. At worst { $node } has to hold { $worst }: if { $stops } stops and all its clients go there.
web-monitor-open = Open the monitor
web-monitor-met = Stable
web-monitor-holding = Stable so far
web-monitor-unstable = Not stable
web-monitor-first = First sample is on its way
web-monitor-stable = stable { $held } / { $need }
web-monitor-newest = last sample { $ago }
web-monitor-stopped = not watching
web-monitor-last-flap = Last flap
measure-cpu = CPU
measure-cpu-title = CPU, %
measure-load = Load
measure-load-title = Load average
measure-heap = Heap
measure-heap-title = Heap used, MiB
measure-gc = GC
measure-gc-title = GC pauses, % of the time
measure-push = Push latency
measure-push-title = Push latency, mean, ms
measure-requests = Requests
measure-requests-title = Requests a second
measure-disk = Disk
measure-disk-title = Disk free, GiB
measure-errors = Errors
measure-errors-title = ERROR lines a minute
measure-instances = Instances
measure-instances-title = Instances of all services
measure-all = All of these
measure-services = Services
services-service = Service
services-now = Healthy now
services-baseline = While all was well
services-nodes = On the nodes
services-same = all list the same
services-healthy-of = { $healthy } of { $all }
services-what = “Healthy now” is the fewest that any node lists, in the public namespace. Services with too few come first.
services-trouble = { $n } of { $all } services have too few healthy instances, or not the same on all nodes.
services-well = { $all ->
    [one] The 1 service has the same healthy instances on all nodes that were read, and no fewer than before where that is known.
   *[other] All { $all } services have the same healthy instances on all nodes that were read, and no fewer than before where that is known.
}
services-none-healthy = None healthy
services-fewer = Fewer than before
services-differ = Nodes differ
services-unhealthy = Some unhealthy
services-as-before = As before
services-not-compared = Not compared
services-unread = What { $nodes } lists was not read.
services-left-out = { $n } more services are not in the part of the list that is read.
services-more = { $n } more services are not shown; they come after these.
services-no-baseline = There is no baseline from before this incident: nobody wrote down how many there were.
monitor-measures = What the chart shows
monitor-numbers = Newest numbers
monitor-measure-table = Table: { $what }
monitor-gauges-closed = Heap, GC, push latency, requests, disk and errors come from the Prometheus endpoint, which is closed on { $nodes }. To open it, set management.endpoints.web.exposure.include=prometheus in conf/application.properties; a node reads that when it starts.
chart-label-lines = { $what } of each node over time. The table below says the same.
chart-broken = A line breaks where nothing was measured or the node started again.
chart-gap = A gap: no sample was taken.
web-monitor-flap = flap
web-monitor-leader = Leader, term
web-monitor-connections = Client connections
web-monitor-connections-short = clients
web-monitor-stop = Stop watching
web-monitor-start = Start watching
web-monitor-start-again = Watch again
web-monitor-range = Time range
web-monitor-all = All
web-monitor-none = Not watching yet
web-monitor-none-what = Start it when the fix is done; it also starts with step 6.
web-monitor-table = Samples as a table
web-node-not-ready = Not ready
web-chart-label = Whether each node answered, and over time: { $what }. The table below says the same.
web-gate-moved = { $nodes } changed since this was judged. Run the checks again.
web-gate-unjudged = Not judged
web-gate-old = This answer is out of date. Run the checks again before you restart anything.
web-cause-why = Why, and what it breaks
web-next-resolve-unsure = All steps are decided, but it was not measured that the cluster has recovered. Say how the incident ends.
web-pane-alone = Open on its own page
web-keys = Single-key shortcuts
web-keys-on = On
web-keys-off = Off
web-keys-which = Which keys there are
web-keys-title = Keys
web-keys-what = They work on pages with scripts, while no input field has the focus. A single key can start the checks of a step; no single key decides or changes anything else.
web-keys-switch = Switch them off
web-keys-help = this list
web-keys-next = next step
web-keys-previous = previous step
web-keys-run = run the checks of this step (again)
web-keys-note = write a note
web-keys-copy = copy the first command on the page
web-keys-search = search the records
web-keys-close = close what is open
web-keys-submit = send the form that has the focus
web-check-door-requests = Requests through the front door
web-check-door-compare = Front door against nodes
door-form-label = Front door (optional)
door-form-hint = The URL that your clients use instead of the nodes (VIP, nginx, load balancer or DNS name), one per line, e.g. http://nacos.example:8848/nacos. nodedown sends a few requests through it and directly, and compares them. This shows dead nodes that it still uses, and gRPC (its port + 1000) that it does not forward. Do not put a user or password in it.
door-form-scheme = Front door “{ $text }”: write it as a URL that begins with http:// or https://, e.g. http://nacos.example:8848.
door-form-credentials = The URL of a front door must not contain a user or password; it was not saved. Write only the address, e.g. http://nacos.example:8848.
door-form-address = Front door “{ $text }”: this needs a URL with a host, a port and maybe a path, e.g. http://nacos.example:8848/nacos.
door-form-many = A cluster has at most { $most } front doors.
trust-form-fold = https with your own CA (optional)
trust-form-ca-label = CA certificate (optional)
trust-form-ca-hint = For nodes and front doors behind https whose certificates your own CA issued: the certificate of that CA as PEM text. Only this CA is then trusted, not those of the system. A certificate is not a secret; never paste a private key.
trust-form-pin-label = Pinned certificates (optional)
trust-form-pin-hint = Instead of a CA: the SHA-256 of each certificate, one per line, as openssl x509 -noout -fingerprint -sha256 prints it. Exactly these certificates are accepted; name and expiry date are then not checked.
trust-form-ca = CA certificate: this needs PEM text that begins with -----BEGIN CERTIFICATE-----, at most 256 KiB.
trust-form-private-key = CA certificate: the text held a private key. It was not saved. Paste certificates only, and replace that key if others may have seen it.
trust-form-pin = Pinned certificates: each is a SHA-256 of 64 hexadecimal digits, with or without colons, one per line.
trust-form-both = Give either a CA certificate or pinned certificates, not both. With a pin the CA is not used.

## hero

hero-now = Now
hero-last = When last checked
hero-about-cause = About this cause
hero-age = seen
hero-age-ago = {" "}ago
hero-age-stale = nothing new since then
hero-clients = Clients: { $before } before, { $now } now{ $seen }.
hero-clients-now = Clients: { $now } now{ $seen }.
hero-clients-last = Clients: { $before } before, { $now } at the last count{ $seen }.
hero-clients-counted = Clients: { $now } at the last count{ $seen }.
hero-clients-seen = counted { $ago }
hero-clients-unknown = Clients: not measured.
hero-leaderless = No leader in { $groups }.
hero-groups = { $n ->
    [one] Its Raft group has a leader.
   *[other] All { $n } Raft groups have a leader.
}
hero-groups-unknown = Raft leaders: not measured.
hero-doing-running = runs
hero-doing-starting = is starting
hero-doing-start-failed = start failed
hero-doing-hung = does not answer
hero-doing-silent = silent
hero-doing-gone = process gone
hero-doing-refused = connections refused
hero-doing-unreachable = cannot be reached
hero-doing-unseen = not seen
hero-leads = { $n ->
    [0] leads no group
    [one] leader of 1 group
   *[other] leader of { $n } groups
}
hero-node-clients = { $n ->
    [one] 1 client
   *[other] { $n } clients
}
hero-node-clients-before = { $n } before
hero-chosen = chosen by { $name }
hero-contradicted = From what is seen now, nodedown would name another cause first: { $cause }
hero-others = { $n ->
    [one] The last checks name 1 other cause
   *[other] The last checks name { $n } other causes
}
hero-choose = Confirm or correct the cause
hero-choose-what = What you choose stays, whatever nodedown sees later. Who chose it and when is in the record.
hero-choose-named = Cause
hero-choose-other = Another cause, in my words
hero-choose-words = Why, or what the cause is
hero-choose-do = This is the cause
hero-choose-none = Say what the cause is
hero-choose-unknown = Not known yet: keep the reason as a note
hero-choose-words-none = What the cause is, or why it is not known yet
hero-choose-save = Save
hero-choose-unknown-note = Cause not known yet: { $words }
web-impact-over = Impact over since
web-check-details = Details
web-checks-unchanged = { $n ->
    [one] 1 check is unchanged since step { $step }
   *[other] { $n } checks are unchanged since step { $step }
}
web-exception = { $check }: { $said }
web-exception-nodes = { $check } ({ $nodes })
web-exception-to-do = Not done: { $text }
web-do-note-exceptions = Note the exceptions and continue
web-do-hand-over-nobody = There is nobody else who may lead it.
web-instructions-all = All instructions
to-do-first = First: { $action }
to-do-dropped = Done, and no longer asked for
to-do-later = What to do first stands here as soon as a cause is known.
to-do-unread = not looked at again since
to-do-left = Not ticked before the closing
to-do-over = No longer asked for, and not ticked
web-gate-not-yet = Not yet
web-start-open = { $incident } is open for this cluster.
web-start-join = Join { $incident }
web-start-beside = Start another one anyway

## restarts
capture-lacks = { $n ->
    [one] Without 1 thing.
   *[other] Without { $n } things.
 }
restart-by = { $name } is restarting { $node }
restart-until = until, at the latest,
restart-wait = Do not restart another node of this cluster meanwhile.
to-do-by-capture = from the capture by { $name }
to-do-by-upload = from the upload by { $name }
restart-runs = Being restarted
restart-end = The restart is over
restart-take = I restart it now
restart-take-node = I restart { $node } now
restart-all-the-same = Restart it all the same…
restart-why = Why { $node } is restarted although the gate does not say yes (in the record)
restart-others-wait = Wait: restart of { $node } under way
restart-follow = See the start
gate-line = Before anybody restarts a node
gate-line-node = { $node } { $said }
gate-line-yes = yes
gate-line-not_yet = not yet
gate-line-no = no
gate-line-not_judged = not judged
gate-line-waits = wait
gate-line-restarts = being restarted
gate-cluster = May a node be restarted?
gate-look-old = The newest look is out of date. Look again before you restart anything.
gate-look-when = By the newest look
gate-planned-node = Maintenance of { $node } is planned and under way ({ $reason }).
gate-planned-cluster = Maintenance of this cluster is planned and under way ({ $reason }).
gate-judged-in = Judged in { $incident }
gate-go = Take on a restart in { $incident }
gate-go-see = See it in { $incident }
gate-open-incident = Open an incident or a drill, whose checks measure the links
start-see = See how it went
web-error-back-gate = Back to the restart gate
web-next-restart-first = Before you start { $node }, do what the gate below still asks for. Its start is followed then.
web-next-restart-own = Restart { $node } now. Its start is followed below; say so when it is over.
web-next-restart-wait = Wait, and restart nothing else. The start is followed below.
web-next-restart-stuck = The start takes longer than it should. Below stands what is missing.
web-next-restart-over-own = Its start was followed to the end, see below. Say that the restart is over, so that others may go on.
web-next-restart-over = Its start was followed to the end, see below. { $name } or a lead says that the restart is over.
web-next-restart-elsewhere = Wait, and restart nothing else. The start is followed in { $incident }.
rail-since = since
rail-since-end = {""}
hero-since = since
hero-since-end = {""}
hero-since-for = , for
hero-happened = happened at
web-step-undecided = Not decided
