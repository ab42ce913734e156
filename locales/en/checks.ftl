checks-no-watcher = Nothing watches the cluster here.
checks-gathers-nothing = This check only judges what other checks have stored.
checks-not-looked = This part was not checked.
checks-not-judged = What was seen could not be judged.
checks-timed-out = The node's deadline passed before anything was seen.
checks-tells-of-now-only = This can only be asked of a running node and about now, not about the given moment.
checks-internal-error = The program failed on this part; its own log says where.
checks-interrupted = nodedown stopped while this was running; no result was kept.
