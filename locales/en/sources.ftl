# Why a source did not answer. Shown as the reason of `could not run`.
source-not-configured = Nothing is set up to check this on this node: { $what }.
source-not-configured-api = No API address is set up for this node.
source-not-configured-console = No console port is set up for this node.
source-not-configured-files = No file source is set up for this node.
source-not-configured-process = The process table can only be seen for a node whose files are read live, on this machine or over SSH.
source-not-configured-disk = Free disk space can only be seen for a node whose files are read live, on this machine or over SSH.
source-not-configured-ssh-disk = The host does not report its free disk space over SFTP.
source-not-configured-probe-from = The ports of other nodes can be tried only from a node that runs on this machine or is read over SSH.
source-not-configured-probe-from-name = In this node's network, the addresses of the other nodes lead somewhere else, so its path to them could not be tried. Enter the addresses that the nodes themselves use.
source-not-configured-probe-from-network = This node runs in its own network, as in a container. Only root can try the ports of the other nodes from there.
source-not-configured-probe-from-stopped = The process of this node does not run here, so nothing could be tried from it.
source-not-configured-clock = The clock can only be read on a node that is read over SSH.
source-not-configured-kernel = Reading the kernel log is switched off.
source-not-configured-kernel-copied = A copied Nacos home has no kernel log of its host.
source-not-configured-probe = No address is set up for this node, so its ports cannot be tried.
source-not-configured-names = The names in the settings can be resolved as the node does it only for a node that runs on this machine or is read over SSH.
source-bad-context-path = Nothing was asked: the context path of this node has characters that may not be sent. Set it again in the cluster's form: letters, digits, “-”, “_”, “.” and “/”, such as /nacos.
source-bad-host = Nothing was asked: the host of this node's address is neither a name nor an IP address that can be sent. Set it again in the cluster's form.
source-bad-ca = Nothing was asked: the CA certificate that is set up for this cluster cannot be read. Set it again in the cluster's form.
source-untrusted-issuer = The certificate that answered (for { $subject }, issued by { $issuer }) was not issued by a CA that is trusted here, so nothing was asked and nothing is known about the node. If the CA is your own, put its certificate (PEM) into the cluster's form or give it with ,ca=FILE. Or compare this fingerprint on the node itself and pin it in the form or with ,pin=…: SHA-256 { $sha256 }
source-untrusted-name = The certificate that answered (for { $subject }, issued by { $issuer }) is not for { $host }, so nothing was asked and nothing is known about the node. Use the name in the certificate as the host, or compare this fingerprint on the node itself and pin it in the cluster's form or with ,pin=…: SHA-256 { $sha256 }
source-untrusted-expired = The certificate that answered (for { $subject }, issued by { $issuer }) has expired, so nothing was asked and nothing is known about the node. Renew it. Until then, compare this fingerprint on the node itself and pin it in the cluster's form or with ,pin=…: SHA-256 { $sha256 }
source-untrusted-not-yet = The certificate that answered (for { $subject }, issued by { $issuer }) is not valid yet, so nothing was asked and nothing is known about the node. Check the clock of this machine. SHA-256 { $sha256 }
source-untrusted-pin = The certificate that answered (for { $subject }, issued by { $issuer }) is not the one that is pinned, so nothing was asked and nothing is known about the node. Either it was renewed, or something stands between nodedown and the node. Compare this fingerprint on the node itself before you pin it in the cluster's form or with ,pin=…: SHA-256 { $sha256 }
source-untrusted-certificate = The certificate that answered (for { $subject }, issued by { $issuer }) is not accepted: { $why }. Nothing was asked and nothing is known about the node. Compare this fingerprint on the node itself and pin it in the cluster's form or with ,pin=…: SHA-256 { $sha256 }
source-untrusted-no-tls = What answers on this port does not use TLS, but https is set up. Nothing is known about the node. Set the address to http.
source-untrusted-tls = What answers on this port uses TLS, but http is set up. Nothing is known about the node. Set the address to https.
source-untrusted-handshake = TLS negotiation failed with what answers on this port: { $why }. Nothing is known about the node. Check the TLS settings there; a port that wants a client certificate cannot be asked.
source-untrusted-redirect = What answers redirects to { $to } (status { $status }). nodedown does not follow redirects, so nothing is known about the node. Set the address of the node itself, with the right port and http or https; behind a gateway, set an address that is not redirected.
source-untrusted-refused = Every request was refused with status { $status }. Nothing is known about the node. Set a credential for it (user and password, or the server identity), or set the address of the node itself if a gateway asks for the log-in.
source-untrusted-not-nacos = What answers is not Nacos (status { $status }, content type { $type }). It may be a proxy, a gateway or another program, or the context path is wrong. Nothing is known about the node. Check its host, port and context path.
source-denied = Not allowed: { $why }
source-refused = Connection refused: the host is up, but nothing listens on this port. { $why }
source-reset = The connection was reset. { $why }
source-connect-timeout = No answer to the connection attempt: the host is down or packets are dropped. { $why }
source-dns = The host name does not resolve. { $why }
source-unreachable = The host cannot be reached. { $why }
source-timeout = No answer within { $ms } ms.
source-cancelled = Cancelled.
source-not-found = Not found: { $path }
source-too-large = Larger than the limit of { $limit } bytes.
source-protocol = The answer was not understood: { $why }
source-not-a-home = { $path } is not a Nacos home: it has neither conf/ nor logs/.
source-home-inside = { $path } is not a Nacos home: it has neither conf/ nor logs/. { $inside } has both: give that folder.
source-file-not-found = { $file } is not there.
source-file-denied = The user that runs nodedown may not read { $file }.
source-file-not-regular = { $file } is not a regular file (it is a folder, a pipe, a socket or a device), so it was not read.
source-file-too-large = { $file } is larger than { $limit } bytes, so it was not read.
source-file-outside = { $file } points outside { $folder }, so it was not read.
source-file-timeout = { $file } could not be read within { $ms } ms: the file system does not answer.
source-file-failed = { $file } could not be read: { $why }
credential-not-released = { $reference } is not released for { $to }, so it was neither read nor sent. An administrator releases it under Credentials.
credential-elsewhere = { $reference } is released, but not for { $to }, so it was not sent there. An administrator confirms that address under Credentials.
credential-outside-folders = { $reference } is no longer in any of the folders for credentials, so it was neither read nor sent to { $to }. An administrator puts the file into one of them and releases it there, or sets credential_dirs.
credential-form-release = Node { $node }: { $reference } is not released. Ask an administrator to release it under Credentials for { $to }, or choose one that is.
credential-form-variable = Node { $node }: { $reference } cannot be used. Only environment variables whose names begin with { $begin } can be released: an administrator sets one for nodedown and releases it under Credentials for { $to }.
credential-form-file = Node { $node }: { $reference } cannot be used. Only files in { $folders } can be released: an administrator puts the file there and releases it under Credentials for { $to }.
source-kept-missing = An uploaded file is no longer there: { $path }. The disk lost it, or somebody removed it. Upload the archive again.
source-kept-differs = An uploaded file is not what was stored: { $path }. Its size or hash differs, so it is not used. Upload the archive again.
source-kept-dropped = The uploaded files were removed after the review; their hashes and the results of the checks are kept.
source-not-recorded = Not in the recording.

# SSH. Every sentence says what to do.
source-ssh-unknown-key = The host key of { $host } is not known, so nothing was sent to it. It offers { $algorithm } { $offered }. Compare that with the fingerprint on the host itself (ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub, or the file of that kind of key); if it is the same, put the key on record with: nodedown ssh enroll '{ $host }' --known-hosts '{ $file }' (add --jump if it is reached through another host).
source-ssh-changed-key = The host key of { $host } is not the one on record, so nothing was sent to it. It offers { $algorithm } { $offered }; on record is { $recorded } ({ $at }). Either the host was set up again, or something stands between nodedown and the host. Compare with the fingerprint on the host itself; replace that line only if they are the same.
source-ssh-revoked-key = The host key of { $host } is marked as revoked ({ $at }), so nothing was sent to it. It offers { $algorithm } { $offered }. Give the host a new key and put that one on record.
source-ssh-known-hosts = The known host keys cannot be read, so no host can be identified: { $file }: { $why }
source-ssh-no-key = There is no key to log in as { $login }: no agent, and no ~/.ssh/id_ed25519, id_ecdsa or id_rsa. Name one with key=file:PATH.
source-ssh-key = The key { $file } cannot be used: { $why }
source-ssh-key-encrypted = The key { $file } is encrypted. Set where its passphrase is (passphrase=env:VAR or passphrase=file:PATH), or load the key into an agent.
source-ssh-agent = The SSH agent does not answer (SSH_AUTH_SOCK): { $why }
source-ssh-refused = { $login } took none of the keys tried: { $tried }. The public key has to be in authorized_keys of that login.
source-ssh-no-sftp = { $login } does not allow reading files over SFTP: { $why }
source-ssh-no-forwarding = { $login } does not forward connections (AllowTcpForwarding): { $why }
source-ssh-no-command = { $login } does not run { $command }.
source-vantage-ssh = files on { $host } over SSH: { $home }

# The form of a cluster.
source-files-ssh-choice = USER@HOST:PATH over SSH (live)
source-form-kernel = Read the kernel logs of the nodes over SSH
source-form-kernel-hint = When this is off, nodedown runs nothing on a node. When it is on, it runs two fixed commands there that only read: journalctl -k and, if that shows nothing, dmesg -T. They show whether the kernel killed a node because memory ran out.
source-form-ssh = Node { $node }: over SSH the folder is written USER@HOST[:PORT]:PATH, e.g. nacos@10.0.0.1:/home/nacos. You can add ,key=agent or ,key=file:PATH, ,passphrase=env:VAR or file:PATH, ,known_hosts=FILE and ,jump=USER@HOST[:PORT].

record-written = Recorded into { $file } ({ $kib } KiB), rounds: { $rounds }.

# Archives that people upload.
unpack-kind = This is neither a zip, tar or tar.gz file nor a text.
unpack-empty = The archive is empty: there is no file in it.
unpack-broken = The archive cannot be read; it may be cut short or encrypted: { $why }
unpack-outside = The archive is refused: it names a file outside itself: { $name }
unpack-sparse = The archive contains a sparse file, which nodedown cannot read: { $name }. Pack it again without --sparse.
unpack-too-large = The archive is over the limit: 512 MiB in all, 256 MiB per file, 20,000 entries. Upload only conf/ and the logs of the last hours.
unpack-no-home = The archive has neither conf/ nor logs/ of a Nacos home.
unpack-archive-inside = The archive has neither conf/ nor logs/ of a Nacos home; there is another archive inside: { $name }. Unpack it and upload what is in it.
unpack-several-homes = The archive holds several Nacos homes; upload one per node: { $names }
unpack-disk = The archive cannot be unpacked here: { $why }
source-ssh-known-hosts-write = The host key cannot be put on record: { $file } cannot be written: { $why }

# `nodedown ssh enroll`.
enroll-bad-host = `{ $text }` is not a host: write HOST or HOST:PORT, without a user, e.g. 10.0.0.1:2222 or [fd00::1]:2222.
enroll-bad-jump = `{ $text }` is not a host to log in on: write USER@HOST[:PORT], e.g. ops@gate.example.
enroll-bad-fingerprint = `{ $text }` is not a fingerprint: write SHA256:…, as ssh-keygen -lf prints it.
enroll-known = { $host } is known already: { $algorithm } { $fingerprint } ({ $at }). Nothing was changed.
enroll-offers = { $host } offers this host key: { $algorithm } { $fingerprint }
enroll-compare = Compare it on the host itself, not over this connection: ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub (or the file of that kind of key).
enroll-question = Add it to { $file }? Type yes if the fingerprints are the same:
enroll-declined = Not confirmed, nothing was changed.
enroll-no-terminal = { $host } offers { $algorithm } { $fingerprint }, and there is no terminal on which a person could confirm it. Nothing was changed. Read the fingerprint on the host itself and pass it with --fingerprint SHA256:…
enroll-mismatch = The fingerprint is not the one given; nothing was changed. { $host } offers { $algorithm } { $fingerprint }, given was { $given }. If the given one is of another kind of key of that host, give the one of this kind. Otherwise something stands between nodedown and the host.
enroll-done = { $host } is now known: { $algorithm } { $fingerprint } ({ $at }).
source-not-configured-environment = The environment of the process cannot be seen here.
source-not-configured-door = No front door is configured.
source-ssh-no-session = { $login } opens no session, or no more of them ({ $why }). The limit is MaxSessions in its sshd_config.
source-ssh-fell-silent = The SSH connection to { $login } went silent in the middle of the probe, so the probe shows nothing.
