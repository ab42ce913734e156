## timeline as a story
timeline-story = Story
timeline-everything = Everything
timeline-round = Checks of step { $step }, round { $n }
timeline-round-under-way = under way
timeline-round-no-diagnosis = no diagnosis yet
timeline-round-says = { $health } · { $causes }
timeline-no-cause = no cause named
timeline-round-same = still { $health } · { $causes }
timeline-round-looked = { $n } of { $asked ->
    [one] { $asked } check
   *[other] { $asked } checks
} gave a result
timeline-round-partly = { $n } partly seen
timeline-round-unseen = { $n } could not check
timeline-round-stopped = { $n } cancelled or interrupted
timeline-round-took = took { $time }
timeline-gap-lasts = { $time } without an entry until now
timeline-gap-restarted = { $time } without an entry. nodedown was stopped and started again in this time; since when it was not running is not known.
timeline-chain = Hash chain
timeline-chain-fits = { $n ->
    [one] The entry fits the chain
   *[other] All { $n } entries fit the chain: the SHA-256 of each covers the one before it
}.
timeline-chain-head = Head of the chain, after entry #{ $event } (the entries of all incidents are numbered together):
timeline-chain-limits = The chain finds entries that were changed, removed or added in the middle. It has no key, so it gives no proof: anyone who can write to the database can recompute it, and it does not show entries cut off at the end. To be sure, compare the head with one that was exported or sent to somebody earlier.

## notes with files, and corrections
timeline-correction = Correction of entry #{ $entry }
timeline-corrected = Corrected by { $name }
timeline-corrects = Corrects #{ $entry }
note-add = Write a note
note-title = Note with files
note-with-files = Attach files…
note-files = Pictures and text files
note-files-hint = Up to { $most } files, { $size } each: pictures (PNG, JPEG, WebP, GIF) and text in UTF-8. If a log is larger, cut out the part that matters.
note-files-secrets = Passwords and tokens in text files are hidden before they are saved. Pictures are saved as they are: make sure that none shows a secret.
note-files-again = The text is kept. Choose the files again.
note-text-stays = Your text is still in the field, but it is not saved yet.
note-back = Back
note-signed = The record is signed. To add a note, a lead opens its review again first.
note-correct = Correct
note-correct-title = Correct a note
note-correct-what = The correction is a new entry. The note stays in the record, struck through.
note-correct-before = Entry #{ $entry } by { $name } says:
note-correct-text = What it should say
note-correct-save = Save the correction
note-corrected = Corrected. Before
invalid-file-many = A note can have at most { $most } files. Save the others with another note.
invalid-file-large = { $name } is larger than 5 MiB. Make the picture smaller, or cut out the part of the text that matters.
invalid-file-empty = { $name } is empty.
invalid-file-kind = { $name } is neither a picture (PNG, JPEG, WebP, GIF) nor text in UTF-8. Take a screenshot of it, or save it as UTF-8 text.
invalid-file-damaged = { $name } is a damaged picture. Save it again.
invalid-file-pixels = { $name } has more than 50 million pixels. Make it smaller.
invalid-note-corrected = Somebody else has corrected this note: entry #{ $entry } counts now. It is shown above; send your text again if it is still needed.
invalid-note-same = The note already says this.

## insights
web-nav-insights = Insights
insights-what = The incidents of a period in numbers: medians, the longest one, and how many were counted.
insights-from = From
insights-to = To
insights-all-clusters = All clusters
insights-start = Measure from
insights-end = to
insights-show = Show
insights-bad-day = That is not a day. Write it like 2026-11-22. The last 90 days are shown instead.
insights-cut = Only the newest { $n } incidents of the period are counted. Choose a shorter period.
insights-incidents = { $n ->
    [0] No incident
    [one] { $n } incident
   *[other] { $n } incidents
}
insights-drills = { $n ->
    [0] No drill
    [one] { $n } drill
   *[other] { $n } drills
}
insights-period = from { $from } to { $to }
insights-beside-drills = { $n ->
    [one] { $n } drill, counted separately
   *[other] { $n } drills, counted separately
}
insights-beside-incidents = { $n ->
    [one] { $n } incident, counted separately
   *[other] { $n } incidents, counted separately
}
insights-none = Nothing in this period
insights-none-what = Choose a longer period, or another cluster. Without incidents there is no median.
insights-times = How long it took
insights-times-what = Half of the incidents took longer than the median, half took less.
insights-what-column = Time
insights-between = { $from } → { $to }
insights-median = Median
insights-unknown = Not known in
insights-worst = longest { $time },
insights-of = { $n ->
    [one] of { $n } incident
   *[other] of { $n } incidents
}
insights-no-number = no incident with both known
insights-not-known = not known
insights-moments = What the moments mean
insights-moment-unanswered = no answer
insights-moment-unanswered-what = The first of the watcher’s looks that the node did not answer. Known where nodedown proposed the incident or opened it by itself.
insights-moment-noticed = noticed
insights-moment-noticed-what = The incident was opened in nodedown. Somebody may have noticed it earlier.
insights-moment-confirmed = confirmed
insights-moment-confirmed-what = Step 1 was decided as done. A skip confirms nothing.
insights-moment-mitigated = impact over
insights-moment-mitigated-what = Somebody said that the impact is over. Closing the incident does not count.
insights-moment-recovered = recovered
insights-moment-recovered-what = Measured as healthy or stable from then on, and no fault was seen after it. An incident closed as not recovered has no such moment.
insights-moment-closed = closed
insights-moment-closed-what = The incident was closed, recovered or not.
insights-by-cluster = By cluster
insights-count = Incidents
insights-confirm = Time to confirm
insights-mitigate = Time until impact over
insights-recover = Time to recover
insights-by-month = By month
insights-month = Month
insights-steps = Slowest steps
insights-steps-what = From the previous decision (or the opening) to the decision on the step, including checks and waiting.
insights-step = Step
insights-skipped = Skipped in
insights-causes = Recurring causes
insights-causes-what = What the cause was in the end, and how often a person corrected the program.
insights-causes-none = No cause is known in this period.
insights-cause-in-words = Another cause, in words
insights-said = nodedown said so
insights-confirmed = A person confirmed
insights-corrected = A person corrected
insights-instead = the cause was: { $causes }
insights-without-cause = Without a known cause: { $n }
insights-blind = Checks that could not run
insights-blind-what = Checks that failed on running nodes come first: better access or configuration can fix those.
insights-blind-none = Every check could run and saw all that it looked at.
insights-partly = { $n ->
    [one] 1 run saw only part of what it looked at: { $checks }. The report of its incident says what was missing.
   *[other] { $n } runs saw only part of what they looked at: { $checks }. The reports of their incidents say what was missing.
}
insights-check = Check
insights-blind-count = Could not run
insights-blind-of = { $n } of { $runs } runs
insights-on-stopped = Also on the stopped node
insights-why = Why
insights-each-what = Each incident, newest first.
insights-took = Took
insights-more = The CSV has all of them.

## list of records
records-turned-days = The last day lies before the first one, so nothing can be found. Change one of them.
records-bad-day = That is not a day. Write it like 2026-11-22. It is not used as a filter.
records-steps = Exceptions
records-open-for = open for
records-corrected = corrected in the review
records-more-causes = { $n } more
records-follow-ups = Follow-ups
