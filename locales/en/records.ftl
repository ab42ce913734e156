## timeline as a story
timeline-story = Story
timeline-everything = Everything
timeline-round = Checks of step { $step }, round { $n }
timeline-round-under-way = under way
timeline-round-no-diagnosis = no diagnosis yet
timeline-round-says = { $health } · { $causes }
timeline-round-same = still { $health } · { $causes }
timeline-round-looked = { $n } of { $asked ->
    [one] { $asked } check
   *[other] { $asked } checks
} looked
timeline-round-partly = { $n } partly seen
timeline-round-unseen = { $n } could not look
timeline-round-stopped = { $n } cancelled or interrupted
timeline-round-took = took { $time }
timeline-gap-lasts = { $time } without an entry until now
timeline-gap-restarted = { $time } without an entry. nodedown was stopped and started again in this time; since when it was not running is not known.
timeline-chain = Hash chain
timeline-chain-fits = { $n ->
    [one] The entry fits the chain
   *[other] All { $n } entries fit the chain: the SHA-256 of each covers the one before it
}.
timeline-chain-head = Head of the chain, after entry { $event }:
timeline-chain-limits = The chain finds entries that were changed, removed or added in the middle. It has no key, so it is no proof: whoever can write the database can compute it anew, and an end that was cut off does not show. To be sure, compare the head with one that was exported or sent to somebody earlier.

## notes with files, and corrections
timeline-correction = Correction of entry #{ $entry }
timeline-corrected = Corrected by { $name }
timeline-corrects = Corrects #{ $entry }
note-add = Write a note
note-title = Note with files
note-with-files = Attach files…
note-files = Pictures and text files
note-files-hint = Up to { $most } files, { $size } each: pictures (PNG, JPEG, WebP, GIF) and text in UTF-8. A log that is larger: cut out the part that matters.
note-files-secrets = Passwords and tokens in text files are hidden before they are saved. Pictures are saved as they are: make sure that none shows a secret.
note-files-again = The text is kept. Choose the files again.
note-text-stays = Your text is still in the field: nothing of it is saved yet.
note-back = Back
note-correct = Correct
note-correct-title = Correct a note
note-correct-what = The correction is a new entry. The note stays in the record, struck through.
note-correct-before = Entry #{ $entry } by { $name } says:
note-correct-text = What it should say
note-correct-save = Save the correction
note-corrected = Corrected. Before:
invalid-file-many = { $most } files a note at most: save the others with another note.
invalid-file-large = { $name } is larger than 5 MiB: make the picture smaller, or cut out the part of the text that matters.
invalid-file-empty = { $name } is empty.
invalid-file-kind = { $name } is neither a picture (PNG, JPEG, WebP, GIF) nor text in UTF-8. Take a screenshot of it, or save it as UTF-8 text.
invalid-file-damaged = { $name } is a damaged picture. Save it again.
invalid-file-pixels = { $name } has more than 50 million pixels. Make it smaller.
invalid-note-corrected = Somebody else has corrected this note: entry #{ $entry } counts now. It is shown above; send your text again if it is still needed.
invalid-note-same = This is what the note says already.
