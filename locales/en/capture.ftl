## capture: the evidence of a node, copied before somebody starts it
capture-by-hand = Run these where you can reach the node, then upload the archive here. They only read the node; the output is written on the machine where you run them.
capture-cancel = Cancel
capture-cancelled = Cancelled by { $name }. What had been copied is kept.
capture-copied = Everything that could be read is copied.
capture-copied-partly = { $n ->
    [one] Copied, except for one thing.
   *[other] Copied, except for { $n } things.
  }
capture-could-not = Nothing could be copied: { $reason }
capture-do = Capture evidence of { $node }
capture-do-again = Capture evidence of { $node } again
capture-do-other = Capture evidence
capture-download = Download
capture-end-cancelled = cancelled
capture-end-copied = copied
capture-end-could-not-run = could not run
capture-end-interrupted = interrupted
capture-end-not-saved = could not be saved
capture-end-timed-out = time ran out
capture-files = { $n ->
    [one] One file
   *[other] { $n } files
  }
capture-gate = No evidence is kept yet: every start empties start.out.
capture-go = Capture the evidence
capture-hash-of = of the redacted text, as the download has it
capture-home-like = The Nacos home of { $node } is not in the inventory. The commands use that of { $other }: change it if it differs.
capture-home-usual = The Nacos home of { $node } is not in the inventory. The commands use /home/nacos: change it if it differs.
capture-interrupted = nodedown stopped in the middle. What was copied before is kept; capture it again.
capture-is-back = It runs again. A start empties start.out; the logs and the kernel log can still be copied.
capture-is-kept = Evidence is kept
capture-is-kept-partly = Evidence is kept in part
capture-is-kept-without = Evidence is kept, without { $names }
capture-is-kept-without-more = Evidence is kept, without { $names } and { $n } more
capture-is-not-kept = Evidence is not kept yet
capture-was-not-kept = Evidence was not kept
capture-kept = { $n ->
    [one] One file, { $size }.
   *[other] { $n } files, { $size }.
  }
capture-kernel-empty = It is empty.
capture-lacks-kernel = the kernel log
capture-lacks-process = the process table
capture-left-out = { $kib } KiB are left out: the file is larger than the limit for one file.
capture-lines-before = { $n ->
    [one] One line before these is in the download.
   *[other] { $n } lines before these are in the download.
  }
capture-list = Copied from { $node }
capture-missing-count = { $n ->
    [one] One thing could not be copied.
   *[other] { $n } things could not be copied.
  }
capture-no-stdout = There is no start.out or startup.log: what the node wrote to its standard output goes somewhere else.
capture-not-readable = nodedown has no access to the files of { $node }.
capture-not-saved = What was copied could not be saved ({ $error }). What was saved before is kept.
capture-not-text = Not copied: secrets in a file of this kind cannot be hidden.
capture-nothing = There was nothing that could be read.
capture-nothing-that-matters = Neither a log nor start.out is among what was copied: copy them by hand before a start.
capture-other = Capture the evidence of another node
capture-over-all = Not copied: a capture holds { $mib } MiB at most.
capture-part-conf = Configuration
capture-part-crash = JVM crash
capture-part-gc = GC log
capture-part-kernel = Kernel log
capture-part-log = Log
capture-part-process = Process
capture-part-stdout = Standard output
capture-paste = The kernel log and the process table can be pasted:
capture-quiet = { $n ->
    [one] One log has no line since { $from }: { $names }.
   *[other] { $n } logs have no line since { $from }: { $names }.
  }
capture-running = Copying
capture-source-size = { $size } on the node
capture-timed-out = Time ran out before everything was read.
capture-title = Evidence before a start
capture-too-many = Only { $n } logs are copied.
capture-upload-label = Archive of { $node } (zip, tar, tar.gz)
capture-what = Copied and redacted: start.out, hs_err, GC log, conf, process, kernel log, and the last 15 minutes of all logs except access logs.
capture-why = Every start empties start.out, and the reason why the node stopped may be lost with it.
capture-window = Logs from { $from } on: { $minutes } minutes before the last line of the node.
timeline-capture-ended = Evidence of { $node }: { $end }
timeline-capture-started = Capturing evidence of { $node }

## by hand: what a to-do is at a terminal
by-hand = { $n ->
    [one] One command to look with
   *[other] { $n } commands to look with
  }
by-hand-on-host = On the host of { $node }
by-hand-what = They only read: nothing on the node changes.
to-do-due = { $n ->
    [one] One to-do is open before this step is done:
   *[other] { $n } to-dos are open before this step is done:
  }
