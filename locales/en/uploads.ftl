upload-lines = { $n ->
    [one] Read: 1 line.
   *[other] Read: { $n } lines.
}
upload-stamped = Time stamp understood: { $n }.
upload-used = Used by the check “{ $check }”: { $n }.
upload-used-by-none = No check uses such output; it is kept for people.
upload-first = { $why } The first: { $line }
upload-unused-tried-itself = Understood and not used, because the check tried these ports itself: { $n }.
upload-unused-unclear = Not used, because host, port or result is missing: { $n }.
upload-unused-other-port = Not used, about a port that this node does not have: { $n }.
upload-unused-other-process = Not used, about a process that is not Java, or another service or pod: { $n }.
upload-unused-other-id = Not used, about a process id that is not one of this node: { $n }.
upload-unused-out-of-window = Not used, because the time is out of the time window of the incident: { $n }.
upload-unused-no-check = Understood and not used: { $n }.
upload-unused-unknown = Not understood: { $n }.
upload-unused-cut = Not read, because there are too many lines: { $n }.
upload-files = Files: { $n }, of these logs and output: { $logs }.
upload-not-read-yet = The check “{ $check }” has not read the logs yet: run the checks again.
upload-conf-used = { $path }: read by the check “{ $check }”.
upload-conf-not-read-yet = { $path }: the check “{ $check }” has not read it yet.
upload-file-used = { $path }: entries used from the time window: { $n }.
upload-file-outside = { $path }: not used, no entry with a time stamp lies in the time window.
upload-file-end = { $path }: the check “{ $check }” used its last time stamp, { $at }. The check of the logs used no entry.
upload-file-traces = { $path }: the check “{ $check }” used lines from it. The check of the logs used no entry.
upload-file-cut = { $path }: { $why }
upload-file-unreadable = { $path }: could not be read, { $why }.
upload-files-left = Not read by the check of the logs: { $n } (no log of Nacos, or written outside the time window). The first: { $path }
upload-unstamped = No time stamp was understood in any file. The first line: { $line }
