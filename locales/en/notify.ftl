# Messages to people, and the page of their channels.

notify-open = Open in nodedown
notify-test = nodedown: test message
notify-test-what = This channel works. Sent { $at }.
notify-opened = { $incident } opened: { $about }
notify-cause = { $incident } cause: { $about }
notify-unattended = { $incident } nobody answers: { $about }
notify-unattended-proposal = { $cluster }: still nobody on it, no answer from { $nodes }
notify-unattended-offer = { $to } has not answered the offer of the lead since { $at }.
notify-unattended-over = The offer of the lead to { $to } is answered or taken back by now.
notify-step-late = { $incident } a step takes long: { $about }
notify-step-late-since = Step { $n }, { $step }: not decided since { $at }.
notify-step-late-over = That step is decided by now.
notify-lead = { $incident } lead: { $about }
notify-impact-over = { $incident } impact is over: { $about }
notify-closed = { $incident } closed: { $about }
notify-reopened = { $incident } opened again: { $about }
notify-signed = { $incident } record signed: { $about }
notify-drill = [Drill] { $title }
notify-digest = nodedown: { $n } messages
notify-more = … and { $n } more
notify-affected = Affected: { $names }
notify-cause-is = { $cause } ({ $sure })
notify-cause-so-far = Cause: { $cause }
notify-lead-is = Lead: { $name }
notify-lead-offered = Offered to { $to }, who has to accept
notify-not-recovered = Closed although the cluster has not recovered
notify-by = { $name }, { $at }
notify-at = { $at }
notify-owner-missing = { $incident } { $n ->
    [one] 1 client of yours is not back: { $about }
   *[other] { $n } clients of yours are not back: { $about }
}
notify-owner-more = { $incident } { $n ->
    [one] 1 client of yours is not back: { $about }
   *[other] { $n } clients of yours are not back, { $new } of them new: { $about }
}
notify-owner-back = { $incident } { $n ->
    [one] your client is back: { $about }
   *[other] all { $n } clients of yours are back: { $about }
}
notify-owner-over = { $incident } no client of yours is waited for any more: { $about }
notify-owner-closed = { $incident } closed, { $n ->
    [one] 1 client of yours is not known to be back: { $about }
   *[other] { $n } clients of yours are not known to be back: { $about }
}
notify-owner-for = For: { $owner }
notify-owner-as-of = By the checks of { $at }:
notify-owner-client = { $client }: last on { $node }, { $at }
notify-owner-client-since = { $client }: not seen since { $at }
notify-owner-new = New: { $client }
notify-owner-left = … and { $n } more
notify-owner-again = { $n ->
    [one] Connected again by { $at }: 1
   *[other] Connected again by { $at }: { $n }
}
notify-owner-waived = Waived, nobody waits for them: { $n }
notify-owner-others = No longer on your list: { $n }
notify-owner-is-closed = The incident is closed. nodedown does not follow these clients any more.
news-clients-missing = Lists of missing clients, to owners that name this channel
channel-missing-min = Minutes until “Missing clients”
channel-missing-hint = Who owns which clients, and through which channel they are told, stands on the page of each cluster.
news-opened = Incident opened
news-cause = Cause known or changed
news-unattended = Nobody reacts to a silent node, an offered lead, or an incident that nodedown opened
news-step-late = A step takes too long
channel-unattended-min = Minutes until “Nobody reacts”
channel-step-late-min = Minutes until “Takes too long”
news-lead = Lead offered or changed
news-impact-over = Impact is over
news-closed = Incident closed
news-reopened = Incident opened again
news-signed = Record signed
web-nav-channels = Channels
channels-what = Chat groups, webhooks and mail that get messages about incidents. Addresses of robots and passwords are secrets: nodedown stores only where they are.
channels-add = Add a channel
channels-none = No channel yet, so nobody gets messages. Add a DingTalk, Feishu, WeCom or Slack robot, a webhook or mail.
channels-no-address = Messages have no link: this server does not know its own address. Set public_url.
channel-edit = Change a channel
channel-kind = Kind
channel-kind-ding-talk = DingTalk robot
channel-kind-feishu = Feishu / Lark robot
channel-kind-we-com = WeCom robot
channel-kind-slack = Slack incoming webhook
channel-kind-webhook = Webhook (signed JSON)
channel-kind-mail = Mail (SMTP)
channel-mail = For mail only
channel-mail-from = From
channel-mail-to = To
channel-mail-to-hint = One mail address or several, with commas or line breaks between them.
channel-reference = Where the address is
channel-reference-hint = env:VARIABLE or file:PATH. First line: the URL of the robot or webhook; second line, if the channel signs: the secret. For mail: smtps://HOST or smtp://HOST (STARTTLS), then the user and the password on a line each. The content itself is not stored.
channel-news = What to send
channel-clusters = Only for these clusters (none chosen: all)
channel-at-least = Only if the severity is at least
channel-at-least-any = Any severity
channel-at-least-hint = Incidents without a severity are always sent.
channel-drills = Also for drills
channel-quiet = Quiet hours
channel-quiet-what = Messages wait until the end of these hours and then come as one. Leave both times empty for no quiet hours.
channel-quiet-from = From
channel-quiet-until = Until
channel-zone = Time zone
channel-unless = During quiet hours, still send from severity
channel-unless-none = None
channel-wakes = During quiet hours, still send what waits for too long
channel-wakes-hint = “Nobody reacts” and steps that take too long: of incidents with severity SEV1, and where nobody has set a severity yet.
channel-active = In use
channel-delete = Delete the channel
channel-delete-what = Messages that are still waiting are not sent.
channel-off = Not in use
channel-failing = Not accepted
channel-works = Works
channel-unused = Nothing sent yet
channel-trouble = The last message was not accepted. The other side says:
channel-test = Send a test
channel-test-taken = The test message was accepted. The other side says:
channel-test-refused = The test message was not accepted. The other side says:
channel-send-again = { $n ->
    [one] Try 1 message again
   *[other] Try { $n } messages again
}
channel-notices = { $n ->
    [one] Last message
   *[other] Last { $n } messages
}
notice-waiting = Waiting
notice-sent = Sent
notice-refused = Refused
notice-given-up = Given up after a day
notice-due = Next try:
invalid-channel-name = At most { $n } characters, on one line.
invalid-channel-many = There are 50 channels already.
invalid-channel-zone = “{ $zone }” is not a time zone. Write it as Asia/Shanghai or UTC.
invalid-channel-reference = Write env:VARIABLE or file:PATH. What you typed was not saved, because it may be the address itself.
invalid-channel-mail = “{ $address }” is not a mail address.
invalid-channel-mails = At most { $n } recipients.
invalid-channel-minutes = Enter 1 to { $most } minutes.
invalid-channel-no-news = Choose at least one.
invalid-channel-quiet = Enter both times. They must be different.
web-audit-channel-created = Channel added
web-audit-channel-changed = Channel changed
web-audit-channel-deleted = Channel deleted
web-audit-field-kind = Kind
web-audit-field-reference = Where the address is
web-audit-field-lang = Language
web-audit-field-clusters = Clusters
web-audit-field-news = What is sent
web-audit-field-mail-from = From
web-audit-field-mail-to = To
web-audit-field-unattended-min = Minutes until “Nobody reacts”
web-audit-field-missing-min = Minutes until “Missing clients”
web-audit-field-step-late-min = Minutes until “Takes too long”
web-audit-field-drills = Also for drills
web-audit-field-at-least = Least severity
web-audit-field-quiet = Quiet hours
