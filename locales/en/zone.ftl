zone-times = Times
zone-label = Zone of times
zone-browser = This browser's zone
zone-name = Zone of times
zone-name-hint = An IANA name such as Asia/Shanghai or Europe/Berlin, or UTC. Empty: the zone of this browser. Exports are always in UTC.
