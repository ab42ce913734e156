# The first page.

overview-empty = No cluster is in the inventory yet
overview-lost = { $cluster } lost { $nodes }
overview-lost-since = {" "}{ $ago }
overview-down = { $cluster } is down
overview-degraded = { $cluster } is degraded
overview-closing = { $cluster } is healthy again, and its incident is still open
overview-unknown = { $cluster }: no problem was seen, but not everything could be checked
overview-not-looked = { $cluster } has not been checked yet
overview-calm-one = { $cluster } is healthy
overview-calm = All { $n } clusters are healthy.
overview-lead = ; { $name } is working on it.
overview-nobody = ; nobody is working on it.
overview-stop = .
overview-more = { $n ->
    [one] { $n } more cluster is in trouble.
   *[other] { $n } more clusters are in trouble.
}
