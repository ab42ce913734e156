# Why a source did not answer. Shown as the reason of `could not run`.
source-not-configured = No way to look is set up for this node: { $what }.
source-not-configured-api = No API address is set up for this node.
source-not-configured-console = No console port is set up for this node.
source-not-configured-files = No file source is set up for this node.
source-not-configured-process = The process table is only seen for a node whose files are on this machine.
source-not-configured-disk = Free disk space is only seen for a node whose files are on this machine.
source-not-configured-probe = No address is set up for this node, so its ports cannot be tried.
source-denied = Not allowed: { $why }
source-refused = Connection refused: the host is up, nothing listens there. { $why }
source-reset = The connection was reset. { $why }
source-connect-timeout = No answer to the connection attempt: host down or packets dropped. { $why }
source-dns = The host name does not resolve. { $why }
source-unreachable = The host cannot be reached. { $why }
source-timeout = No answer within { $ms } ms.
source-cancelled = Cancelled.
source-not-found = Not there: { $path }
source-too-large = Larger than the limit of { $limit } bytes.
source-protocol = An answer that is not understood: { $why }
source-not-recorded = Not in the recording.

record-written = Recorded { $rounds } rounds into { $file } ({ $kib } KiB).

# Archives that people hand in.
unpack-kind = This is neither a zip nor a tar nor a tar.gz.
unpack-broken = The archive cannot be read; it may be cut short or encrypted: { $why }
unpack-outside = The archive is refused: it names a file outside of itself: { $name }
unpack-too-large = The archive holds more than is taken: 512 MiB in all, 256 MiB a file, 20,000 entries. Hand in conf/ and the logs of the last hours only.
unpack-no-home = The archive holds neither conf/ nor logs/ of a Nacos home.
unpack-several-homes = The archive holds several Nacos homes; hand in one a node: { $names }
unpack-disk = The archive cannot be unpacked here: { $why }
