# The wall screen and its links.
board-nav = Wall screen
board-calm = { $n ->
    [one] 1 cluster, no trouble seen
   *[other] { $n } clusters, no trouble seen
}
board-trouble = { $n ->
    [one] 1 of { $all } clusters is in trouble
   *[other] { $n } of { $all } clusters are in trouble
}
board-no-answer = No answer from nodedown. What is shown is old.
board-at = As of
board-until = link ends
board-open = open for
board-over = This link has ended
board-over-what = It was ended, or its time is over. Ask a lead for a new one, or log in.
board-links = Links to the wall screen
board-links-what = A link shows how every cluster stands, what is wrong and who works on it, to anybody who has it and without an account. It leads to no other page, and nothing can be done with it.
board-open-it = Open the wall screen
board-link-new = New link
board-link-name = Where the screen is
board-link-days = For how long
board-days = { $n ->
    [one] 1 day
   *[other] { $n } days
}
board-link-make = Make the link
board-link-made = Copy the link now: it is shown only once. It ends on
board-links-made = Links
board-links-none = There is no link yet.
board-link-by = Made by
board-link-until = Ends
board-link-state = State
board-link-end = End it now
board-link-ended = Ended by { $by }
board-link-over = Over
invalid-board-days = Choose one of the lengths.
invalid-board-many = There are 50 links already. End one that nobody uses.
web-audit-board-link-made = Link to the wall screen made
web-audit-board-link-ended = Link to the wall screen ended
