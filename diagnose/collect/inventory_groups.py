"""What an Ansible inventory is made of: groups, and names that stand for many hosts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from diagnose.collect.machines import printable_name
from diagnose.errors import UsageError

MOST_HOSTS = 10_000  # that ranges may stand for (a choice)
_RANGE = re.compile(r"\[([0-9]+|[a-zA-Z]):([0-9]+|[a-zA-Z])(?::([0-9]+))?\]")


@dataclass(slots=True)
class Group:
    """A group of an inventory: hosts with their variables, groups inside it, its variables."""

    hosts: dict[str, dict[str, Any]] = field(default_factory=dict)
    children: list[str] = field(default_factory=list)
    vars: dict[str, Any] = field(default_factory=dict)


def expanded(pattern: str, where: str) -> Iterator[str]:
    """The names that a pattern with ranges stands for.

    >>> list(expanded("web[08:10]-[a:b].x", "hosts"))
    ['web08-a.x', 'web08-b.x', 'web09-a.x', 'web09-b.x', 'web10-a.x', 'web10-b.x']
    """
    match = _RANGE.search(pattern)
    if match is None:
        yield printable_name(pattern, where)
        return
    for middle in _counted(match, pattern, where):
        yield from expanded(pattern[: match.start()] + middle + pattern[match.end() :], where)


def _counted(match: re.Match[str], pattern: str, where: str) -> Iterator[str]:
    first, last, step = match[1], match[2], int(match[3] or 1)
    numbers = first.isdigit()
    if numbers != last.isdigit() or not step:
        hint = "write [01:20], [a:f], or [01:20:2]"
        raise UsageError(f"{where}: {pattern!r} has a range that is none", hint=hint)
    low, high = (int(first), int(last)) if numbers else (ord(first), ord(last))
    if (high - low) // step >= MOST_HOSTS:
        raise UsageError(f"{where}: {pattern!r} stands for too many hosts", hint="narrow it")
    for i in range(low, high + 1, step):
        yield str(i).zfill(len(first)) if numbers else chr(i)
