"""The text of a first diagnose.toml: what is known, what was guessed, what is left to fill in."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from diagnose.collect.machines import Machine
from diagnose.errors import BadTopology
from diagnose.hosts.printable import printable
from diagnose.model import ROLES
from diagnose.places import place
from diagnose.spelling import quoted, toml_key

# Who is asked by whom, where nothing else is known.
ORDER = ("load_generator", "cdn", "lb", "app", "db")
BESIDE = {"app": ("cache", "queue")}  # asked beside the next tier
HEAD = """\
# The system under test, for `diagnose check`, `diagnose collect` and `diagnose analyze`.
# Written by `diagnose init`. What is a guess is called one: please correct it.
#
# Each machine that requests pass is a [components.NAME]:
#   role      one of {roles}
#   host      its name in ~/.ssh/config, its address, or "local" for this machine
#   sends_to  the components that it sends requests to, by name
# Further keys, where they are needed: user, port, identity (else as ~/.ssh/config has them);
#   container = "api" (docker or podman on that host); sudo = true (`sudo -n`, read-only);
#   logs = ["/var/log/app/*.log"]; results = ["/home/me/run_*.csv"] of a load generator;
#   database = "mysql" or "postgresql"; device = "cisco_ios" for network gear without a shell;
#   prometheus = "http://prometheus:9090" for a machine that ssh does not reach.
"""
RUN = """
[run]
timezone = "UTC"   # of logs that bear no zone: write "Europe/Berlin" where they are of another
"""
NO_GENERATOR = """
# What makes the load is a component as well. Where that is this machine, take the # away:
# [components.load_generator]
# role = "load_generator"
# host = "local"
# sends_to = [{targets}]
# results = ["run_*.csv"]
"""


def first_config(machines: Sequence[Machine]) -> str:
    """The file. Machines that nobody asked for and that have no role are comments."""
    shown = [one for one in machines if one.wanted or one.role]
    parts = [HEAD.format(roles=", ".join(ROLES)), RUN]
    parts += [_component(one, shown) for one in shown]
    if not any(one.role == "load_generator" for one in shown):
        first = next((r for r in ORDER if any(m.role == r for m in shown)), "")
        entries = [quoted(one.name) for one in shown if one.role == first and first]
        parts.append(NO_GENERATOR.format(targets=", ".join(entries)))
    strange = [one for one in machines if one not in shown]
    if strange:
        parts.append("\n# Nothing tells what these are; take the # away from those under test:\n")
        parts += [_commented(_component(one, [])) for one in strange]
    return "".join(parts)


def _component(machine: Machine, others: Sequence[Machine]) -> str:
    lines = ["", f"[components.{toml_key(machine.name)}]   # {_comment(machine.why)}"]
    if machine.role:
        guess = f"   # a guess, by {_comment(machine.by)}" if machine.by else ""
        lines.append(f"role = {quoted(machine.role)}{guess}")
    else:
        lines.append(f'# role = "…"   # not known; fill in one of: {", ".join(ROLES)}')
    lines += _reached(machine)
    lines += _sends(machine, others)
    lines += [f"# {_comment(text)}" for text in machine.unsaid]
    return "\n".join(lines) + "\n"


def _reached(machine: Machine) -> Iterator[str]:
    """Keys of its place; a value that the key does not take is a comment."""
    address = f"   # {_comment(', '.join(machine.addresses))}" if machine.addresses else ""
    yield _key(machine.name, "host", machine.host or machine.name) + address
    for key in ("user", "port", "identity", "sudo"):
        if value := getattr(machine, key):
            yield _key(machine.name, key, value)


def _key(name: str, key: str, value: str | int | bool) -> str:
    spelt = quoted(value) if isinstance(value, str) else str(value).lower()
    try:
        place(name, {"host": "x", key: value})
    except BadTopology as error:
        line = f"# {key} = {_comment(spelt)}   # cannot be: {_comment(error.hint)}"
        return line + '\nhost = ""   # so it is not connected to' * (key == "host")
    return f"{key} = {spelt}"


def _sends(machine: Machine, others: Sequence[Machine]) -> Iterator[str]:
    if machine.sends_to:
        names = ", ".join(map(quoted, machine.sends_to))
        yield f"sends_to = [{names}]   # {_comment(machine.sends_by)}"
        return
    targets = _asked_next(machine, others)
    if targets:
        names = ", ".join(quoted(one.name) for one in targets)
        yield f"sends_to = [{names}]   # a guess, by the roles"
    elif machine.role not in ("db", "cache", "queue"):
        yield "# sends_to = []   # fill in the components that it sends requests to"


def _asked_next(machine: Machine, others: Sequence[Machine]) -> list[Machine]:
    """The next tier that there is; of it those that no load balancer in between is known for."""
    if machine.role not in ORDER:
        return []
    after = ORDER[ORDER.index(machine.role) + 1 :]
    role = next((r for r in after if any(m.role == r for m in others)), "")
    if not role:
        return []
    asked = [m for m in others if m.role == role or m.role in BESIDE.get(machine.role, ())]
    behind = {name for m in others if m.role == role for name in m.sends_to}
    return [m for m in asked if m.name not in behind]


def _commented(text: str) -> str:
    return re.sub(r"^(?=[^#\n])", "# ", text, flags=re.MULTILINE)


def _comment(text: str) -> str:
    """Text that stays within its comment."""
    return " ".join(printable(text).split())
