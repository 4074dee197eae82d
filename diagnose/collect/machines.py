"""Machines that something names, before they are components of a diagnose.toml."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from diagnose.collect.rolenames import role_by_name
from diagnose.errors import UsageError
from diagnose.hosts.printable import printable


@dataclass(frozen=True, slots=True)
class Machine:
    """A machine by the name that its component will have.

    host: its address where that is not the name. role: "" where nothing tells. why: who says
    that it is there. by: what the role was guessed from, "" where the user said it. sends_to:
    names of components, where nginx says so. unsaid: what could not be taken over, for the user
    to decide. wanted: the user named it, or an inventory that he gave.
    """

    name: str
    host: str = ""
    role: str = ""
    user: str = ""
    port: int = 0
    identity: str = ""
    sudo: bool = False
    why: str = ""
    by: str = ""
    sends_to: tuple[str, ...] = ()
    sends_by: str = ""
    unsaid: tuple[str, ...] = ()
    wanted: bool = True
    addresses: tuple[str, ...] = field(default=(), compare=False)  # by which others call it

    @property
    def called(self) -> set[str]:
        """All that it may be called by, in lower case."""
        return {one.lower() for one in (self.name, self.host, *self.addresses) if one}


def with_role(machine: Machine, *hints: str) -> Machine:
    """The same with the role that its name, else one of the hints, tells of."""
    if machine.role:
        return machine
    if role := role_by_name(machine.name):
        return replace(machine, role=role, by="its name")
    for hint in hints:
        if role := role_by_name(hint):
            return replace(machine, role=role, by=f"the name {hint}")
    return machine


def merged(machines: Iterable[Machine]) -> list[Machine]:
    """Each name once; what was said first wins, what it left out is taken from later ones."""
    found: dict[str, Machine] = {}
    for one in machines:
        first = found.setdefault(one.name, one)
        if first is not one:
            found[one.name] = _completed(first, one)
    return list(found.values())


def _completed(first: Machine, later: Machine) -> Machine:
    told = first.role and not first.by
    better = not told and later.role and (not later.by or not first.role)
    return replace(
        first,
        host=first.host or later.host,
        role=later.role if better else first.role,
        by=later.by if better else first.by,
        user=first.user or later.user,
        port=first.port or later.port,
        identity=first.identity or later.identity,
        sudo=first.sudo or later.sudo,
        unsaid=tuple(dict.fromkeys((*first.unsaid, *later.unsaid))),
        addresses=(*first.addresses, *later.addresses),
        wanted=first.wanted or later.wanted,
    )


def printable_name(text: str, where: str) -> str:
    """The text, which can stand in a file.

    Raises:
        UsageError: it holds control characters, or bytes that are no text.
    """
    if not text.isprintable() or not text.strip():
        shown = printable(text).replace("\n", "\\n")
        raise UsageError(f"{where} names {shown!r}, which is no name", hint="name a host")
    return text


def as_name(text: str) -> str:
    """A component's name made of an address.

    >>> as_name("10.0.0.7"), as_name("lb1.example.com"), as_name("fd00::7")
    ('10.0.0.7', 'lb1', 'fd00::7')
    """
    first = text.partition(".")[0]
    return text if re.fullmatch(r"[\d.]+|.*:.*", text) or not first else first
