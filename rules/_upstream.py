"""What rules on the way to the next tier share. No rule."""

from __future__ import annotations

from diagnose.case import Case

from ._neighbours import behind

# What may keep the next tier, or the way to it, from answering.
BEHIND = (
    "nic_receive",
    "packet_loss",
    "egress_queue",
    "bandwidth",
    "conntrack",
    "listen_backlog",
    "syn_queue",
    "ephemeral_ports",
    "file_descriptors",
    "connections",
    "cpu",
    "memory",
    "swap",
    "disk",
    "thread_pool",
    "connection_pool",
    "db_connections",
    "slow_query",
    "row_lock",
    "lock",
    "checkpoint",
    "gc",
    "dns",
)


OVERFLOWS = "tcp.listen_overflows_per_s"


def next_tier(case: Case) -> str:
    """Names of what this component sends requests to; "the next tier" where nobody knows."""
    return " or ".join(c.component.name for c in behind(case)) or "the next tier"


def what_is_missing(case: Case) -> str:
    """What would tell why the next tier does not answer: its counters, or else the way there."""
    near = behind(case)
    if near and all(c.has(OVERFLOWS) for c in near):
        return f"who drops or refuses them: {next_tier(case)}'s queues of connections are known"
    return f"what {next_tier(case)} counts: nstat (ListenOverflows), ss -lnt, ip -s -s link"
