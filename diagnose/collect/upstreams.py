"""Whom an nginx sends requests to, by its configuration: a file here, or read on its host.

On a host the command is the one of the nginx collector: what is secret is filtered out there.
"""

from __future__ import annotations

import ipaddress
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from diagnose.badlines import BadLines
from diagnose.collect.loops import AS_ROOT
from diagnose.collect.machines import Machine, as_name, printable_name, with_role
from diagnose.collect.recorder import RUN
from diagnose.errors import UsageError
from diagnose.fetches import Fetch
from diagnose.hosts.session import Session, output
from diagnose.plugins import COLLECTORS, load
from diagnose.rawfile import RawFile
from diagnose.readings import Fact

KIND = "nginx_conf"
ITSELF = ("localhost", "unix")


@dataclass(frozen=True, slots=True)
class Upstream:
    """One server that requests are passed to. host: "" for the machine of nginx itself."""

    host: str
    name: str = ""  # of its `upstream` block


def upstreams_of(raw: bytes, where: str) -> list[Upstream]:
    """The servers in a configuration, in its order, each once.

    Raises:
        UsageError: it is none of nginx.
    """
    load("collectors")
    collector = COLLECTORS[KIND]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "nginx.conf"
        path.write_bytes(raw)
        file = RawFile(where, path)
        if not collector.recognizes(file.head()):
            what = f"{where} holds no configuration of nginx"
            raise UsageError(what, hint="name a nginx.conf, or the output of `nginx -T`")
        facts = collector.parse(file, BadLines(where)).facts
    found = [_upstream(fact, where) for fact in facts if fact.name == "nginx.upstream"]
    return list(dict.fromkeys(found))


def _upstream(fact: Fact, where: str) -> Upstream:
    host = fact.value.rpartition(":")[0].strip("[]") or fact.value
    for name in filter(None, (host, fact.part)):
        printable_name(name, where)
    return Upstream("" if _is_itself(host) else host, fact.part)


def _is_itself(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host in ITSELF or host.startswith("unix:")


def read_on(session: Session) -> bytes:
    """What the host lets go of its nginx's configuration. b"" where it has none to read."""
    load("collectors")
    fetch: Fetch = next(iter(COLLECTORS[KIND].fetch))
    there, _ = output(session, fetch.where)
    if not there.ok:
        return b""
    parts: list[bytes] = []
    shell = AS_ROOT if session.target.sudo else RUN
    session.run(shell, parts.append, stdin=fetch.command.encode())
    return b"".join(parts)


def with_upstreams(
    machines: list[Machine], sender: str, upstreams: Iterable[Upstream], where: str
) -> list[Machine]:
    """The machines, with what this one sends requests to; those not known yet are added."""
    out = {one.name: one for one in machines}
    front = out[sender]
    targets: list[str] = []
    for upstream in upstreams:
        target = _known(list(out.values()), upstream, front)
        if target is None:
            target = _new(upstream, front, out, where)
            out[target.name] = target
        elif target.name != sender:
            out[target.name] = _told(target, upstream)
        if target.name != sender:
            targets.append(target.name)
    targets = list(dict.fromkeys((*front.sends_to, *targets)))
    out[sender] = replace(front, sends_to=tuple(targets), sends_by=f"as {where} has it")
    return list(out.values())


def _known(machines: list[Machine], upstream: Upstream, front: Machine) -> Machine | None:
    """The machine that an address is of, by any of its names, or by the first word of one."""
    if not upstream.host:
        beside = [m for m in machines if m.name == upstream.name and m.host == front.host]
        return beside[0] if beside and front.host else None
    wanted = upstream.host.lower()
    exact = [one for one in machines if wanted in one.called]
    short = [one for one in machines if as_name(wanted) in one.called]
    return next(iter(exact or (short if len(short) == 1 else [])), None)


def _told(target: Machine, upstream: Upstream) -> Machine:
    """Its role, where only now something tells of it."""
    return with_role(replace(target, wanted=True), upstream.name)


def _new(upstream: Upstream, front: Machine, out: dict[str, Machine], where: str) -> Machine:
    base = as_name(upstream.host) if upstream.host else upstream.name or "app"
    name = base
    for number in range(2, len(out) + 3):
        if name not in out:
            break
        name = f"{base}-{number}"
    block = f" (upstream {upstream.name})" if upstream.name else ""
    host = upstream.host or front.host or front.name
    made = Machine(name, host, why=f"{where} sends requests to it{block}")
    made = with_role(made, upstream.name)
    return made if made.role else replace(made, role="app", by="an nginx sending requests to it")
