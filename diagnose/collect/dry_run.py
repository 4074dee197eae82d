"""`diagnose collect --dry-run`: every command that would be run, host by host; none is run."""

from __future__ import annotations

from collections.abc import Iterator

from diagnose.collect import clocks, hostlogs
from diagnose.collect.databases import preface
from diagnose.collect.loops import Loop, loops
from diagnose.collect.orders import Orders
from diagnose.collect.plan import Part, plan
from diagnose.collect.recorder import exported
from diagnose.fetches import When
from diagnose.hosts.session import Target

TIMES = {
    When.ONCE: "once",
    When.AROUND: "before and after the load",
    When.SAMPLED: "each {interval_s:g} s while the load runs, once after a load that is over",
}


def lines(orders: Orders) -> list[str]:
    """A section for each host."""
    out: list[str] = []
    for target, parts in orders.targets.items():
        out += [_heading(target, parts), *_commands(orders, target, parts), ""]
    for part in orders.parts:
        if part.place.prometheus:
            out += [f"# {part.name}: {part.place.prometheus}, GET only", ""]
    return out


def _heading(target: Target, parts: tuple[Part, ...]) -> str:
    names = ", ".join(part.name for part in parts)
    where = "this machine" if target.local else f"{target.address} by ssh"
    where += f", in the container {target.container}" if target.container else ""
    where += f" ({target.device})" if target.device else ""
    return f"# {names}: {where}"


def _commands(orders: Orders, target: Target, parts: tuple[Part, ...]) -> Iterator[str]:
    yield "## its clock"
    yield from (clocks.NANO, clocks.ZONE)
    wanted = plan(parts, preface)
    asked = {when: loops(wanted, when, sudo=target.sudo) for when in TIMES}
    # One script may find out what several commands ask for.
    first = [
        _as_run(one.fetch.prepare, loop)
        for found in asked.values()
        for loop in found
        for one in loop.asked
        if one.fetch.prepare
    ]
    if first:
        yield "## found out first"
        yield from dict.fromkeys(first)
    for when, says in TIMES.items():
        yield f"## {says.format(interval_s=orders.settings.collect.interval_s)}"
        for loop in asked[when]:
            yield from _asked(loop)
    yield "## logs, the kernel's messages and sysstat's samples, of the window of the load"
    yield from hostlogs.lines(target, parts)
    for part in parts:
        yield from (f"results of the load: {glob}" for glob in part.place.results)


def _asked(loop: Loop) -> Iterator[str]:
    """Its commands, without what was found out first."""
    root = "sudo -n: " if loop.privileged else ""
    for one in loop.asked:
        command = exported(one.variables) + one.prefaced.run
        yield f"{one.fetch.file}: {root}{_as_run(command, loop)}"


def _as_run(text: str, loop: Loop) -> str:
    """With sudo where the user asked for it, and nothing in its place elsewhere."""
    return text.replace("$AS_ROOT ", "sudo -n " if loop.privileged else "")
