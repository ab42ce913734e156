logscan-over-cap = The window holds more than { $mib } MiB in this file; the older part was not read.
logscan-deadline = The time was up; the rest of the window was not read.
logscan-changed = The file was rotated or shortened while it was read.
logscan-recording-start = The recording begins in the middle of the window.
logscan-packed = The packed file is broken or ends early; what comes before was read.
