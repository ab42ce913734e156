checks-gathers-nothing = This check judges what other checks have stored.
checks-not-looked = This part was not looked at.
checks-not-judged = What was seen could not be judged.
checks-timed-out = The node's deadline passed before anything was seen.
checks-tells-of-now-only = This can only be asked of a running node about now, not about the moment given.
checks-internal-error = The program failed on this part; its own log says where.
checks-interrupted = nodedown stopped while this ran; nothing of it was kept.
