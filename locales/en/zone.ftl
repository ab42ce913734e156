zone-times = Times
zone-label = Zone of times
zone-browser = This browser's zone
zone-name = Zone of times
zone-name-hint = An IANA name such as Asia/Shanghai or Europe/Berlin, UTC, or local for this browser's zone. Exports are always in UTC.
