"""Machines named on the command line: `[NAME=][ROLE@][USER@]HOST[:PORT]`."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable

from diagnose.collect.machines import Machine, as_name, printable_name, with_role
from diagnose.errors import UsageError
from diagnose.model import ROLES

WHY = "named on the command line"
HINT = "write it as HOST, or NAME=ROLE@HOST, or NAME=ROLE@USER@HOST:PORT"
_PORT = re.compile(r"(?P<host>\[.+\]|[^:]+):(?P<port>\d+)")


def named(texts: Iterable[str]) -> list[Machine]:
    """The machines, in that order.

    Raises:
        UsageError: one is not written as they are, or two have one name.
    """
    found: dict[str, Machine] = {}
    for text in texts:
        machine = named_one(text)
        if machine.name in found:
            hint = "give each a name of its own: NAME=ROLE@HOST"
            raise UsageError(f"two hosts would be called {machine.name!r}", hint=hint)
        found[machine.name] = machine
    return list(found.values())


def named_one(text: str) -> Machine:
    """One of them.

    Raises:
        UsageError: it is not written as they are.

    >>> one = named_one("front=lb@deploy@10.0.0.1:2222")
    >>> (one.name, one.role, one.user, one.host, one.port)
    ('front', 'lb', 'deploy', '10.0.0.1', 2222)
    >>> named_one("db1").role, named_one("db1").by, named_one("x=db").host
    ('db', 'its name', 'x')
    """
    printable_name(text, "the command line")
    name, equals, place = text.rpartition("=")
    if equals and place in ROLES:
        return Machine(_said(name, text), role=place, host=name, why=WHY)
    role, user, host = _parted(place, text, named=bool(equals))
    port = 0
    if match := _PORT.fullmatch(host):
        host, port = match["host"], int(match["port"])
    host = _said(host.removeprefix("[").removesuffix("]"), text)
    name = _said(name, text) if equals else as_name(host)
    return with_role(Machine(name, host, role, user, port, why=WHY))


def _parted(place: str, text: str, *, named: bool) -> tuple[str, str, str]:
    """Role, user and host; the part in front of one @ is a role where it is the name of one."""
    *before, host = place.split("@")
    if len(before) == 2 and before[0] in ROLES:
        return before[0], _said(before[1], text), host
    if len(before) == 1 and before[0] in ROLES and named:
        return before[0], "", host
    if len(before) < 2:
        user = _said(before[0], text) if before else ""
        near = difflib.get_close_matches(user, ROLES, n=1, cutoff=0.75) if named else []
        if near and user:
            raise UsageError(f"{text!r}: there is no role {user!r}", hint=f"use {near[0]}")
        return "", user, host
    raise UsageError(
        f"{text!r} names no host, or a role that does not exist",
        hint=f"{HINT}; roles are {', '.join(ROLES)}",
    )


def _said(part: str, text: str) -> str:
    if not part:
        raise UsageError(f"{text!r} leaves a part empty", hint=HINT)
    return part
