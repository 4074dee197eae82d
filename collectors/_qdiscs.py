"""What the text and the JSON form of `tc -s qdisc` have in common."""

SENT = "qdisc.sent_packets_per_s"
DROPPED = "qdisc.dropped_per_s"
OVERLIMITS = "qdisc.overlimits_per_s"
REQUEUES = "qdisc.requeues_per_s"
BACKLOG = "qdisc.backlog_packets"
NAMELESS = "tc was asked about one interface and does not name it: run it without `dev`"
