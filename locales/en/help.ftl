help-usage = Usage:{" "}
help-commands = Commands
help-arguments = Arguments
help-options = Options
help-shown = Examples:
help-default = {" "}(default: { $value })
help-possible = {" "}(one of { $value })
help-about = Guided diagnosis and incident records for a Nacos cluster that lost a node
help-about-help = Prints the help of a command
help-about-serve = Serves the web pages; the first start prints a link that creates the first administrator
help-about-demo = Replays the recording of a real outage; everything else is real. Prints a link that signs you in once
help-about-replay = Replays a file from `record` in the web pages, like the demo. Prints a link that signs you in once
help-about-healthcheck = Asks the server on this machine whether it is ready. Exit code 0: it is, 1: it is not
help-about-diagnose = Checks every node once, says what is wrong and what to do. Exit code 0: healthy, 2: problems, 3: could not find out
help-about-logscan = Prints the log lines of a time window that match a known signature, or strings from a file
help-about-record = Writes everything that the checks see into one file, once or for a while; `replay` shows it
help-about-backup = Writes all stored data into one file, also while the server runs. Credential files are not included
help-about-verify = Checks whether a backup is complete and undamaged
help-about-restore = Restores a backup; no server may be running
help-about-ssh = Manages the hosts that are read over SSH
help-about-ssh-enroll = Shows the key that a host offers and records it once you confirm it. Exit code 0: the key is known, 1: it is not
help-about-user = Manages who can log in
help-about-user-add = Adds a person who can log in; the password is read from standard input
help-about-user-list = Lists all users: name, role, and whether they may log in
help-about-user-disable = Blocks a person: ends their sessions, and they cannot log in any more
help-about-user-enable = Allows a person to log in again
help-about-user-password = Sets a person's password, read from standard input, and ends their sessions
help-about-user-sign-in-link = Prints a link that signs a person in once, within 15 minutes; the server may be running
help-about-runbook = Checks runbooks
help-about-runbook-check = Reads a runbook as the server would and says what is wrong in it, with file and line
help-about-config = Shows the server's settings
help-about-config-check = Reads all of the server's settings and shows them, or says what is wrong
help-about-config-reference = Prints every setting as a table in Markdown: flag, environment variable, default and meaning
help-about-completions = Prints the completion script of a shell
help-arg-help = Prints this help; --help prints all of it
help-arg-version = Prints the version
help-arg-lang = Language of the texts: zh-CN or en. Default: that of the environment
help-arg-config = Settings file (TOML)
help-arg-data = Folder for all stored data, also --data-dir (default: data)
help-arg-diagnose-data = The server's data folder, for --cluster (default: that of the server's settings)
help-arg-diagnose-client-logs = The own log of a client, as its SDK writes it: which servers it knows, tries and reaches. CLIENT= says whose it is
help-long-client-logs = In place of a file, ssh://USER@HOST[:PORT]/PATH reads the end of a log on another host, with the options of a node's ssh: place.
help-arg-record-data = The server's data folder, for --cluster (default: that of the server's settings)
help-arg-listen = Address and port to listen on (default: 127.0.0.1:8770)
help-arg-demo-listen = Address and port to listen on, on this machine only
help-arg-replay-listen = Address and port to listen on, on this machine only
help-arg-public-url = Address that browsers use, if it is a different one (behind a proxy)
help-arg-extra-hosts = Host that requests may name besides that of the public URL; may be given several times
help-arg-session-idle-hours = Hours without a request after which a session ends (default: 12)
help-arg-session-max-days = Days after logging in after which a session ends (default: 7)
help-arg-stable-minutes = Minutes for which a cluster has to be stable before an outage counts as over (default: 10)
help-arg-watch-seconds = Seconds between two looks at each cluster (default: 5)
help-arg-speed = How many recorded seconds pass in one real second
help-arg-replay-file = The recording
help-arg-verify-file = The backup
help-arg-restore-file = The backup
help-arg-runbook-check-file = Its folder, or the runbook.toml in it
help-arg-nodes = A node and how it is read, such as n1=dir:/copies/n1; give it once a node. --help lists every form
help-long-nodes =
    NAME=dir:PATH    a copied Nacos home, or its folder of logs
    NAME=local:PATH  the Nacos home on this machine
    NAME=log:FILE    what it wrote to its standard output, also as docker, kubectl or journalctl give it
    NAME=ssh:USER@HOST[:PORT]:PATH  the Nacos home on a host, over SSH
    NAME=api:URL     its HTTP API alone
    NAME=rec:FILE    a recording

    May be added, with commas between:
    text=FILE         pasted dmesg, journalctl, last -x, kubectl describe or get events, docker inspect or ps -a, nc, ss or
                      environment; as often as there are files
    api=URL           the API beside dir, local or ssh
    console=URL       the console of 3.x, where it is elsewhere
    cred=env:VARIABLE or cred=file:PATH  the login of the API
    ca=FILE or pin=SHA256  behind https: the CA to trust, or exactly that certificate
    key=agent or key=file:PATH, passphrase=env:VARIABLE or file:PATH, known_hosts=FILE, jump=USER@HOST[:PORT]  for ssh
    kernel=on         for ssh: also reads the kernel log, by a fixed command
    sdk=HOST:PORT, cluster=HOST:PORT, raft=HOST:PORT  where a container publishes 9848, 9849 and 7848
    peer=HOST:PORT    the address that the other nodes use for it
help-arg-doors = What clients use instead of the nodes given by --node (VIP, nginx, load balancer, DNS name), as a URL
help-long-doors =
    For example http://nacos.example:8848/nacos; behind https also URL,ca=FILE or URL,pin=SHA256.
    May be given several times. A cluster of the inventory has its own.
help-arg-cluster = A cluster of the inventory, by its name
help-arg-deadline = How long each node may take in a round, 200ms to 60s: longer over slow lines (default: 3s, or that of the cluster)
help-arg-case = A file of "Report as wrong": judges what it contains, and says what was said and what the cause really was
help-arg-at = The moment to judge: RFC 3339, or YYYY-MM-DD HH:MM:SS in the zone of the nodes
help-long-at = Default: now for live nodes, the newest stamp over all nodes for copied homes.
help-arg-window = How far back to look from there
help-arg-record-window = How far back the logs are read
help-arg-accept-unseen = What may stay unseen while the cluster is still called healthy: logs, config, links, with commas between
help-long-accept-unseen =
    The API alone does not show a torn cluster.conf or a cut between two followers.
    Adds to the setting of a --cluster.
help-arg-json = Prints one JSON object
help-arg-explain = Also says why: what the rules asked for, what explains what, what decided order and health
help-arg-from = First moment of the window: YYYY-MM-DD HH:MM:SS as the log writes it, or RFC 3339 with the zone of the log
help-arg-logscan-to = End of the window; records of exactly that moment are not included
help-arg-patterns = File of fixed strings to look for, one per line, instead of the known signatures
help-arg-count = Prints only how many lines match
help-arg-files = Log files; rotated and packed ones (.gz) too
help-arg-out = The file to write
help-arg-every = Time between two rounds
help-arg-lasting = How long to record. Without this: one round
help-arg-note = What the recording shows, for the person who replays it
help-arg-backup-to = New file to write (tar.gz)
help-arg-force = Restores even if there is data already; that data is moved aside, not deleted
help-arg-host = The host, with its port unless that is 22
help-arg-jump = A host on the way (jump host); its own key must be known already
help-arg-key = The key to log in with on the jump host: agent or file:PATH
help-arg-passphrase = Where the passphrase of that key is: env:VARIABLE or file:PATH
help-arg-known-hosts = File of known host keys (default: ~/.ssh/known_hosts)
help-arg-fingerprint = The fingerprint that you read on the host itself: then nothing is asked
help-arg-name = Login name
help-arg-role = What the person may do: viewer, operator, lead or admin
help-arg-shell = Which shell
help-examples-serve =
    # The first start: its output has the link that creates the first administrator
    nodedown serve --data /var/lib/nodedown
    # For others on the network, behind a proxy that ends TLS
    nodedown serve --data /var/lib/nodedown --listen 0.0.0.0:8770 --public-url https://nodedown.example
help-examples-diagnose =
    # Copied homes of three nodes
    nodedown diagnose --node n1=dir:/copies/n1 --node n2=dir:/copies/n2 --node n3=dir:/copies/n3
    # Live nodes: the API of one, and another over SSH
    nodedown diagnose --node n1=api:http://10.0.0.1:8848/nacos --node n2=ssh:ops@10.0.0.2:/opt/nacos
    # A cluster of the inventory, for a script
    nodedown diagnose --cluster prod --data /var/lib/nodedown --json
help-examples-logscan =
    nodedown logscan logs/nacos.log logs/naming-raft.log
    nodedown logscan --from 2026-11-29T03:00:00+08:00 --to 2026-11-29T03:10:00+08:00 logs/nacos.log
help-examples-record =
    # Ten minutes of a live cluster, a round every 5 seconds
    nodedown record --node n1=api:http://10.0.0.1:8848/nacos --out outage.rec --for 10m
    nodedown replay outage.rec
help-examples-backup =
    nodedown backup --data /var/lib/nodedown --to nodedown-backup.tar.gz
    nodedown verify nodedown-backup.tar.gz
help-examples-restore = nodedown restore --data /var/lib/nodedown nodedown-backup.tar.gz
help-examples-user-add = head -n 1 password.txt | nodedown user add --data /var/lib/nodedown --role lead wang
help-examples-ssh-enroll =
    nodedown ssh enroll 10.0.0.2
    nodedown ssh enroll 10.0.0.2 --jump ops@10.0.0.254
