"""What rules on the way to the next tier share. No rule."""

from __future__ import annotations

from diagnose.case import Case
from diagnose.model import CARRIERS

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


def next_tier(case: Case) -> str:
    """Names of what this component sends requests to, seen through routers; "the next tier"."""
    names, todo, seen = [], list(case.receivers), {case.component.name}
    while todo:
        other = todo.pop(0)
        if other.component.name in seen:
            continue
        seen.add(other.component.name)
        if other.component.role in CARRIERS:
            todo += other.receivers
        else:
            names.append(other.component.name)
    return " or ".join(names) or "the next tier"
